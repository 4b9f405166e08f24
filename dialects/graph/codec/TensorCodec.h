//===- TensorCodec.h - TensorProto to attribute and back ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_GRAPH_CODEC_TENSORCODEC_H
#define GRAFT_DIALECTS_GRAPH_CODEC_TENSORCODEC_H

#include "dialects/graph/Graph.h"
#include "proto/framework.pb.h"
#include "support/Status.h"

#include <memory>

namespace graft::graph {

/// A tensor's `tensor_content` where the file has it.
struct ContentView {
  mlir::ArrayRef<char> bytes;
  /// Keeps the bytes alive.
  std::shared_ptr<const void> owner;
};

/// `tensor` as an attribute; null if the dialect cannot say it, so that the
/// caller keeps it raw. With `content`, the tensor's contents are those bytes
/// and `tensor` holds the rest. An error (BadInput) is a tensor that cannot be:
/// a negative dimension, a size that overflows, contents of the wrong length.
Expected<TensorAttr> decodeTensor(const tensorflow::TensorProto &tensor,
                                  const ContentView *content,
                                  mlir::StringRef blobName,
                                  mlir::MLIRContext *context);

/// The inverse. With `content`, a resource's bytes are returned there instead
/// of copied to `tensor_content`.
Status encodeTensor(TensorAttr attr, tensorflow::TensorProto &tensor,
                    mlir::ArrayRef<char> *content = nullptr);

/// The number of elements of a constant's shape. An error (BadInput) if a
/// dimension is unknown or negative or the product overflows.
Expected<int64_t> countElements(const tensorflow::TensorShapeProto &shape);

/// "[2,?,3]", for messages.
std::string describe(const tensorflow::TensorShapeProto &shape);

/// The number of elements in the typed list that a tensor of its type uses, and
/// their bytes in TensorData's layout; nothing if the type has no such list or
/// an element does not fit the type.
std::optional<int64_t> listLength(const tensorflow::TensorProto &tensor);
bool readList(const tensorflow::TensorProto &tensor, int64_t length,
              llvm::SmallVectorImpl<char> &bytes);
/// Fills the list of the tensor's type from the first `length` elements,
/// reading a splat's only element over and over.
bool writeList(llvm::ArrayRef<char> bytes, bool splat, int64_t length,
               tensorflow::TensorProto &tensor);
} // namespace graft::graph

#endif // GRAFT_DIALECTS_GRAPH_CODEC_TENSORCODEC_H
