//===- Observation.cpp - what calibration notes of a tensor ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/ops/Observation.h"
#include "runtime/ops/Element.h"
#include "runtime/ops/Families.h"
#include "runtime/ops/Validation.h"

#include <limits>

using namespace graft;
using namespace graft::ops;

namespace {

Status inferObserve(const OpDesc &, const ShapeInputs &inputs,
                    TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  if (inputs[0].type.dtype != DType::F32)
    return broken("input 0 must hold f32", toString(inputs[0].type));
  results = {{DType::F32, {2}}, {DType::I64, {kNumBins}}};
  return Status();
}

Status evaluateObserve(const OpDesc &, const Views &inputs,
                       const Views &results) {
  std::vector<double> x = widenAll<double>(inputs[0]);
  // The largest float is the maximum of an empty set, not a value of a tensor.
  auto isObserved = [](double value) {
    return std::fabs(value) < std::numeric_limits<float>::max();
  };
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for (double value : x)
    if (isObserved(value)) {
      least = std::min(least, value);
      most = std::max(most, value);
    }
  // The sign of a zero must not depend on the order.
  narrowAll<double>({least + 0.0, most + 0.0}, results[0]);
  std::vector<int64_t> counts(kNumBins, 0);
  int exponent = findWidthExponent(std::max(std::fabs(least), std::fabs(most)));
  for (double value : x)
    if (isObserved(value))
      ++counts[static_cast<size_t>(findBin(value, exponent))];
  narrowAll(counts, results[1]);
  return Status();
}

} // namespace

void graft::ops::addObservationRows(Rows &rows) {
  rows.push_back({"observe", inferObserve, evaluateObserve});
}
