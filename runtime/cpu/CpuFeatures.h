//===- CpuFeatures.h - what this processor can do -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names of processor features, in LLVM's spelling. A plan lists those that its
// tactics and packed constants were chosen for.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_CPUFEATURES_H
#define GRAFT_RUNTIME_CPU_CPUFEATURES_H

#include <string>
#include <vector>

namespace graft::runtime {

/// The features of this processor that matter to kernels, in a fixed order.
const std::vector<std::string> &hostFeatures();

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CPU_CPUFEATURES_H
