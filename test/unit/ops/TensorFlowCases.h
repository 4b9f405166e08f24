//===- TensorFlowCases.h - operations with TensorFlow's results -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads tensorflow_cases.txt, which tensorflow_cases.py has written: inputs and
// what TensorFlow makes of them, NaN, infinities and empty tensors included.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TEST_UNIT_OPS_TENSORFLOWCASES_H
#define GRAFT_TEST_UNIT_OPS_TENSORFLOWCASES_H

#include "TestOps.h"

#include <fstream>
#include <sstream>

namespace graft::ops::test {

/// An operation on inputs, and what TensorFlow makes of them.
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

inline AttributeValue readAttribute(std::istream &line) {
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

inline Tensor readTensor(std::istream &line) {
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

/// The cases of `path`.
inline std::vector<Case> readCases(const char *path) {
  std::ifstream file(path);
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

} // namespace graft::ops::test

#endif // GRAFT_TEST_UNIT_OPS_TENSORFLOWCASES_H
