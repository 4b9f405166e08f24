//===- Serialize.h - the bytes of a message, always the same --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_GRAPH_CODEC_SERIALIZE_H
#define GRAFT_DIALECTS_GRAPH_CODEC_SERIALIZE_H

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

namespace graft::graph {

/// protobuf promises the same bytes within one library only, and its libraries
/// do differ: C++ writes a map's entries by ascending key; Python (upb) writes
/// strings so too, except that "ab" comes before its prefix "a", and integers
/// descending. What TensorFlow users see comes from Python.
enum class MapOrder { Python, Cpp };

/// The deterministic serialization: fields by number, unknown fields last, maps
/// in that order.
std::string serialize(const google::protobuf::Message &message,
                      MapOrder order = MapOrder::Cpp);

/// True if a map writes the entry of key `a` before that of key `b`.
bool comesBefore(std::string_view a, std::string_view b, MapOrder order);

/// The orders in which the maps seen so far may have been written.
struct PossibleOrders {
  bool python = true;
  bool cpp = true;

  /// Notes that one entry of a map follows another.
  void note(std::string_view before, std::string_view after) {
    python &= comesBefore(before, after, MapOrder::Python);
    cpp &= comesBefore(before, after, MapOrder::Cpp);
  }
};

/// Notes the order of every map in a serialized message of that type.
void noteOrder(const google::protobuf::Descriptor *type, std::string_view bytes,
               PossibleOrders &orders);

} // namespace graft::graph

#endif // GRAFT_DIALECTS_GRAPH_CODEC_SERIALIZE_H
