//===- TensorBuffer.h - tensors in memory and in attributes ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A dense tensor that the interpreter computes with. It owns its memory, or
// looks into an attribute whose storage already has the right form.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_REFERENCE_TENSORBUFFER_H
#define GRAFT_DIALECTS_NN_REFERENCE_TENSORBUFFER_H

#include "runtime/ops/Tensor.h"

#include "mlir/IR/BuiltinAttributes.h"

#include <memory>

namespace graft::nn {

class TensorBuffer {
public:
  /// Allocates zeros. Fails for a type of unknown or too large size.
  llvm::LogicalResult allocate(const ops::TensorType &type);

  /// Reads a constant. Dense attributes and resources of the right form are
  /// looked into, not copied, if they are aligned: the buffer lives no longer
  /// than the attribute.
  llvm::LogicalResult read(mlir::ElementsAttr value);

  /// The elements as a constant. Large ones are not copied: they become a dense
  /// resource that shares this buffer's memory.
  mlir::ElementsAttr toConstant(mlir::MLIRContext *context) const;

  /// The elements as a dense attribute, which copies them.
  mlir::DenseElementsAttr toAttribute(mlir::MLIRContext *context) const;

  /// Dense, row-major; valid as long as the buffer.
  const ops::TensorView &view() const { return tensor; }

private:
  ops::TensorView tensor;
  std::shared_ptr<char[]> owned;
};

} // namespace graft::nn

#endif // GRAFT_DIALECTS_NN_REFERENCE_TENSORBUFFER_H
