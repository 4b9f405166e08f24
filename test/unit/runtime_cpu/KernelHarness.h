//===- KernelHarness.h - kernels against the reference --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a launch through a provider, with packing, strided views and guard
// bytes, and compares it with the reference kernel, which sums in double
// precision. The error that is allowed follows from the sum itself: c * sqrt(K)
// * eps * sum |a b|.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TEST_UNIT_RUNTIME_CPU_KERNELHARNESS_H
#define GRAFT_TEST_UNIT_RUNTIME_CPU_KERNELHARNESS_H

#include "runtime/cpu/Providers.h"

#include <gtest/gtest.h>

namespace graft::test {

struct Case {
  ops::OpDesc op;
  std::vector<ops::Shape> inputs;
  std::vector<bool> constant; ///< which inputs are; empty: all but input 0
  ops::Shape output;
  int64_t depth = 1; ///< K, products per sum
  int threads = 1;
  int runThreads = 0; ///< other threads than it was packed for; 0: as many
  int64_t inputPadding = 0;  ///< extra channels between pixels of input 0
  int64_t outputPadding = 0; ///< extra channels between pixels of the output
  bool inPlace = false;      ///< let the tactic's in-place epilogue alias
  bool pack = true;
  float low = -1.0f, high = 1.0f; ///< range of the inputs
  /// Added to the magnitude that the allowed error is relative to.
  float floor = 0.0f;
  std::string tactic; ///< empty: the cheapest
};

enum class Outcome { Passed, NotTaken, Failed };

/// NotTaken where the provider has no tactic (of that name, or for such
/// strides).
Outcome check(const runtime::Provider &provider, const Case &test,
              std::string &message);

} // namespace graft::test

#endif // GRAFT_TEST_UNIT_RUNTIME_CPU_KERNELHARNESS_H
