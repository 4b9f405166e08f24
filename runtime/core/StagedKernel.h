//===- StagedKernel.h - kernels for copies of a launch's operands ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel that does not take a launch's operands with their strides may take
// copies of them: dense copies of slices, full copies of operands that are
// broadcast. The copies are made in the scratch memory before each run.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_STAGEDKERNEL_H
#define GRAFT_RUNTIME_CORE_STAGEDKERNEL_H

#include "runtime/core/Provider.h"

namespace graft::runtime {

/// `launch` with epilogue operands expanded to the result's shape, unless they
/// are one value or one row for all positions: few kernels broadcast along
/// other dimensions. All shapes are static.
LaunchDesc spreadOperands(const LaunchDesc &launch);

/// `launch` with dense slots in place of slices.
LaunchDesc makeDense(const LaunchDesc &launch);

/// `launch` with constants of zeros in place of packed ones, for kernels that
/// do not read them because the products are empty.
LaunchDesc dropPacked(const LaunchDesc &launch);

/// Whether some slot of `launch` differs from `staged`, a result of the
/// functions above.
bool needsStaging(const LaunchDesc &launch, const LaunchDesc &staged);

/// A kernel of `provider` for `staged`, which runs on the slots of `launch`.
/// Errors: the provider's, or Exhausted if a copy does not fit into memory.
Expected<std::unique_ptr<Kernel>> createStaged(const Provider &provider,
                                               const LaunchDesc &launch,
                                               const LaunchDesc &staged,
                                               int threads);

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_STAGEDKERNEL_H
