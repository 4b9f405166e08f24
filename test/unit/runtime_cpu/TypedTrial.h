//===- TypedTrial.h - a launch on tensors of several types ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a launch by a provider, between guard bytes, and by the reference.
// Floats must agree to a few units in the last place, halves to one. Codes must
// be equal; one may differ by one only where the number that it stands for is
// as good as halfway between two.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TEST_UNIT_RUNTIME_CPU_TYPEDTRIAL_H
#define GRAFT_TEST_UNIT_RUNTIME_CPU_TYPEDTRIAL_H

#include "runtime/cpu/Providers.h"

#include <gtest/gtest.h>

namespace graft::test {

struct TypedTrial {
  ops::OpDesc op;
  std::vector<ops::TensorType> inputs;
  std::vector<bool> constant;
  ops::TensorType output;
  /// Elements between the rows of the last dimension, of every tensor that is
  /// not constant.
  int64_t inputPadding = 0, outputPadding = 0;
  int threads = 2;
  float low = -1, high = 1; ///< of inputs of floats; codes are of all values
  std::string tactic;       ///< that must be chosen, if any
  bool packs = false;       ///< hands constants over as the provider packs them

  void expectEqual(const runtime::Provider &provider) const;
};

} // namespace graft::test

#endif // GRAFT_TEST_UNIT_RUNTIME_CPU_TYPEDTRIAL_H
