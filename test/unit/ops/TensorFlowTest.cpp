//===- TensorFlowTest.cpp - the operations against TensorFlow -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "TensorFlowCases.h"

#include <set>

using namespace graft::ops;
using namespace graft::ops::test;

namespace {

/// Whether `got` is what TensorFlow gives; NaN equals NaN.
bool matches(double got, double want, double tolerance) {
  if (std::isnan(want) || std::isnan(got))
    return std::isnan(want) && std::isnan(got);
  if (got == want)
    return true;
  return std::fabs(got - want) <= tolerance * std::max(1.0, std::fabs(want));
}

} // namespace

TEST(TensorFlow, GivesTheSameResults) {
  std::vector<Case> cases = readCases(GRAFT_TENSORFLOW_CASES);
  ASSERT_GT(cases.size(), 200u);
  for (size_t c = 0; c < cases.size(); ++c) {
    const Case &test = cases[c];
    std::string who = "case " + std::to_string(c) + ", " + test.op.kind;
    auto results = run(test.op, test.inputs);
    ASSERT_TRUE(results) << who << ": " << results.status().message();
    ASSERT_EQ(results->size(), test.outputs.size()) << who;
    for (size_t i = 0; i < test.outputs.size(); ++i) {
      const Tensor &want = test.outputs[i];
      const Tensor &got = (*results)[i];
      ASSERT_EQ(toString(got.type), toString(want.type)) << who;
      Floats g = got.numbers();
      Floats w = want.numbers();
      for (size_t k = 0; k < w.size(); ++k)
        EXPECT_TRUE(matches(g[k], w[k], test.tolerance))
            << who << " [" << k << "] is " << g[k] << ", TensorFlow has "
            << w[k];
    }
  }
}

TEST(TensorFlow, CoversTheTable) {
  std::set<std::string> covered;
  for (const Case &test : readCases(GRAFT_TENSORFLOW_CASES))
    covered.insert(test.op.kind);
  // TensorFlow has no operation of these names; other tests look at them.
  covered.insert({"identity", "cumprod", "dequantize", "quantize",
                  "hard_sigmoid", "hard_swish", "observe", "attention"});
  for (const OpSemantics &row : allOperations())
    EXPECT_TRUE(covered.count(row.kind)) << row.kind;
}
