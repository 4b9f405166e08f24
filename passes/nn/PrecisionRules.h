//===- PrecisionRules.h - what stays in f32 -------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rules that hold for every narrower precision.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_PRECISIONRULES_H
#define GRAFT_PASSES_NN_PRECISIONRULES_H

#include "dialects/nn/NN.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace graft::nn {

/// Whether the operation is a convolution of a single channel: a filter on
/// samples, such as those of sound, which need more precision than a narrow
/// type has. A narrow type is not faster, either: its products are summed in
/// groups of channels.
bool filtersSamples(mlir::Operation *op);

/// Whether a node that the location names passes the test.
bool anyName(mlir::Location location,
             llvm::function_ref<bool(llvm::StringRef)> test);

} // namespace graft::nn

#endif // GRAFT_PASSES_NN_PRECISIONRULES_H
