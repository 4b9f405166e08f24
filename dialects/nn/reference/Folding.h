//===- Folding.h - operations on constants --------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_REFERENCE_FOLDING_H
#define GRAFT_DIALECTS_NN_REFERENCE_FOLDING_H

#include "mlir/Interfaces/FoldInterfaces.h"

#include <memory>

namespace graft::nn {

/// Folds every operation of the dialect whose operands are constant, up to a
/// size where folding is not worth its time.
std::unique_ptr<mlir::DialectInterface>
createConstantFolder(mlir::Dialect *dialect);

} // namespace graft::nn

#endif // GRAFT_DIALECTS_NN_REFERENCE_FOLDING_H
