//===- MessageFields.h - The fields of a message --------------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A walk over protobuf's wire format that neither parses nor copies. Groups,
// which TensorFlow's messages do not have, count as damage.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_FORMATS_SAVEDMODEL_MESSAGEFIELDS_H
#define GRAFT_FORMATS_SAVEDMODEL_MESSAGEFIELDS_H

#include "support/ByteReader.h"

namespace graft {

struct MessageField {
  uint64_t number = 0;
  bool isBytes = false;   ///< length-delimited: a message, a string
  std::string_view whole; ///< with the tag
  std::string_view bytes; ///< the contents of one that isBytes
};

class MessageFields {
public:
  explicit MessageFields(std::string_view message) : reader(message) {}

  /// False at the end, and where the bytes are no field.
  bool next(MessageField &field) {
    if (reader.empty() || damaged)
      return false;
    std::string_view start = reader.remaining();
    damaged = !read(field);
    field.whole = start.substr(0, start.size() - reader.remaining().size());
    return !damaged;
  }
  bool isDamaged() const { return damaged; }

private:
  bool read(MessageField &field) {
    enum WireType { Varint = 0, Fixed64 = 1, Length = 2, Fixed32 = 5 };
    std::optional<uint32_t> tag = reader.varint32();
    if (!tag || *tag >> 3 == 0)
      return false;
    field.number = *tag >> 3;
    field.isBytes = (*tag & 7) == Length;
    field.bytes = {};
    switch (*tag & 7) {
    case Varint:
      return reader.varint64().has_value();
    case Fixed64:
      return reader.take(8).has_value();
    case Fixed32:
      return reader.take(4).has_value();
    case Length: {
      std::optional<uint64_t> length = reader.varint64();
      std::optional<std::string_view> taken;
      if (length)
        taken = reader.take(*length);
      if (taken)
        field.bytes = *taken;
      return taken.has_value();
    }
    default:
      return false;
    }
  }

  ByteReader reader;
  bool damaged = false;
};

} // namespace graft

#endif // GRAFT_FORMATS_SAVEDMODEL_MESSAGEFIELDS_H
