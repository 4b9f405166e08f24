//===- TypedTrial.h - a launch on tensors of several types ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a launch by a provider, between guard bytes, and by the reference. f32
// must agree to a few units in the last place, bf16 and f16 to one. Quantized
// values must be equal; one may differ by one only if its real value is almost
// a tie.
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
  /// Of float inputs; quantized inputs take all values.
  float low = -1, high = 1;
  std::string tactic; ///< that must be chosen, if any
  bool packs = false; ///< passes constants as the provider packs them

  void expectEqual(const runtime::Provider &provider) const;
};

} // namespace graft::test

#endif // GRAFT_TEST_UNIT_RUNTIME_CPU_TYPEDTRIAL_H
