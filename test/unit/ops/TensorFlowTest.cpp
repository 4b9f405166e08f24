//===- TensorFlowTest.cpp - the operations against TensorFlow -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads tensorflow_cases.txt, which tensorflow_cases.py has written: inputs and
// what TensorFlow makes of them, NaN, infinities and empty tensors included.
//===----------------------------------------------------------------------===//
#include "TestOps.h"

#include <fstream>
#include <set>
#include <sstream>

using namespace graft::ops;
using namespace graft::ops::test;

namespace {

struct Case {
  OpDesc op;
  double tolerance = 0;
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
};

template <typename T>
std::vector<T> readAll(std::istream &line) {
  std::vector<T> values;
  for (T value; line >> value;)
    values.push_back(value);
  return values;
}

AttributeValue readAttribute(std::istream &line) {
  char kind = 0;
  line >> kind;
  if (kind == 'I')
    return readAll<int64_t>(line);
  if (kind == 'F')
    return readAll<double>(line);
  std::string word;
  line >> word;
  if (kind == 's')
    return word;
  if (kind == 'f')
    return std::stod(word);
  return int64_t(std::stoll(word));
}

Tensor readTensor(std::istream &line) {
  std::string dtype;
  size_t rank = 0;
  TensorType type;
  line >> dtype >> rank;
  EXPECT_TRUE(parseDType(dtype, type.dtype)) << dtype;
  for (size_t d = 0; d < rank; ++d) {
    int64_t size = 0;
    line >> size;
    type.shape.push_back(size);
  }
  Tensor tensor(type);
  std::string word;
  int64_t i = 0;
  for (; line >> word; ++i) {
    // Integers beyond 2^53 are not doubles.
    if (type.dtype == DType::I64)
      reinterpret_cast<int64_t *>(tensor.bytes.data())[i] = std::stoll(word);
    else
      storeRounded(tensor.bytes.data(), type.dtype, i, std::stod(word));
  }
  int64_t count = 0;
  EXPECT_TRUE(countElements(type.shape, count) && count == i);
  return tensor;
}

std::vector<Case> readCases() {
  std::ifstream file(GRAFT_TENSORFLOW_CASES);
  std::vector<Case> cases;
  for (std::string text; std::getline(file, text);) {
    std::istringstream line(text);
    std::string word;
    line >> word;
    if (word == "op") {
      Case &next = cases.emplace_back();
      line >> next.op.kind >> next.tolerance;
    } else if (word == "attr") {
      std::string name;
      line >> name;
      cases.back().op.attributes.set(name, readAttribute(line));
    } else if (word == "in") {
      cases.back().inputs.push_back(readTensor(line));
    } else if (word == "out") {
      cases.back().outputs.push_back(readTensor(line));
    }
  }
  return cases;
}

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
  std::vector<Case> cases = readCases();
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
  for (const Case &test : readCases())
    covered.insert(test.op.kind);
  // TensorFlow has no operation of these names; other tests look at them.
  covered.insert({"identity", "cumprod", "dequantize", "quantize",
                  "hard_sigmoid", "hard_swish", "observe", "attention"});
  for (const OpSemantics &row : allOperations())
    EXPECT_TRUE(covered.count(row.kind)) << row.kind;
}
