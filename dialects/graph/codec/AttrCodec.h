//===- AttrCodec.h - AttrValue to attribute and back ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Both directions in one place, so that they cannot drift apart. What is
// decoded is encoded again and compared; where a byte would be lost, the whole
// value is kept raw instead. So encoding gives what was decoded, by
// construction.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_GRAPH_CODEC_ATTRCODEC_H
#define GRAFT_DIALECTS_GRAPH_CODEC_ATTRCODEC_H

#include "dialects/graph/Graph.h"
#include "dialects/graph/codec/Serialize.h"
#include "proto/framework.pb.h"
#include "support/Status.h"

#include <memory>
#include <string>

namespace graft::graph {

/// `value` as an attribute. Tensors and shapes are checked: sizes, dimensions,
/// the length of the contents. `blobName` names resources. An error is BadInput
/// and does not name the node.
Expected<mlir::Attribute> decodeAttr(const tensorflow::AttrValue &value,
                                     mlir::StringRef blobName,
                                     mlir::MLIRContext *context);

/// The attributes of a map as a dictionary. Left in `attrs` is what that cannot
/// hold: the entry of an empty name, and unknown fields of the values and of
/// their lists. An error names the attribute.
Expected<mlir::DictionaryAttr>
decodeAttrs(google::protobuf::Map<std::string, tensorflow::AttrValue> &attrs,
            mlir::StringRef blobName, mlir::MLIRContext *context,
            mlir::ArrayRef<mlir::NamedAttribute> more = {});

/// Bytes in several places, in their order.
using Pieces = mlir::SmallVector<mlir::ArrayRef<char>, 1>;

/// The inverse. With `content`, what lies outside protobuf's reach, in
/// resources, is not copied into `value` but returned there: the caller splices
/// it in as the tensor's `tensor_content`, or as `s` where `value` is no
/// tensor. Error: Failed, for an attribute that has no counterpart in
/// TensorFlow.
Status encodeAttr(mlir::Attribute attr, tensorflow::AttrValue &value,
                  Pieces *content = nullptr);

/// The whole dictionary, copying every tensor.
Status
encodeAttrs(mlir::DictionaryAttr attrs,
            google::protobuf::Map<std::string, tensorflow::AttrValue> &result);

} // namespace graft::graph

#endif // GRAFT_DIALECTS_GRAPH_CODEC_ATTRCODEC_H
