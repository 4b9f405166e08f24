//===- Describe.h - between launches and runtime descriptions -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The bridge between `plan` operations and the plain data that runtime/ops and
// the providers work with. Both directions lose nothing.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_PLAN_DESCRIBE_H
#define GRAFT_DIALECTS_PLAN_DESCRIBE_H

#include "dialects/plan/Plan.h"
#include "runtime/ops/OpDesc.h"
#include "runtime/ops/Tensor.h"

#include <optional>

namespace graft::plan {

/// The element type and logical shape of a buffer; nothing where engines do not
/// have its element type.
std::optional<ops::TensorType> toTensorType(BufferType type);

/// What `launch` computes.
ops::OpDesc describe(LaunchOp launch);

/// The attributes of a launch that computes `desc`.
mlir::DictionaryAttr toSettings(mlir::MLIRContext *context,
                                const ops::OpDesc &desc);
mlir::ArrayAttr toEpilogues(mlir::MLIRContext *context,
                            const ops::OpDesc &desc);

/// Names of the TensorFlow nodes in `location`, each once, in their order.
llvm::SmallVector<std::string> collectNodes(mlir::Location location);

} // namespace graft::plan

#endif // GRAFT_DIALECTS_PLAN_DESCRIBE_H
