//===- Normalization.cpp - statistics of slices and what they scale -------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Batch normalisation for inference, layer normalisation, local response
// normalisation, softmax and its logarithm.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Element.h"
#include "runtime/ops/Families.h"
#include "runtime/ops/Validation.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace graft;
using namespace graft::ops;

namespace {

constexpr size_t kAnyRank = std::numeric_limits<size_t>::max();

Status inferBatchNorm(const OpDesc &, const ShapeInputs &inputs,
                      TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 5, 5));
  GRAFT_RETURN_IF_ERROR(expectFloat(inputs, 0));
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, 0, 1, kAnyRank));
  Shape shape = inputs[0].type.shape;
  for (size_t i = 1; i < 5; ++i) {
    GRAFT_RETURN_IF_ERROR(expectFloat(inputs, i));
    GRAFT_RETURN_IF_ERROR(expectShape(inputs, i, {shape.back()}));
    shape.back() = known(shape.back(), inputs[i].type.shape[0]);
  }
  return one(results, inputs[0].type.dtype, std::move(shape));
}

Status evaluateBatchNorm(const OpDesc &op, const Views &inputs,
                         const Views &results) {
  double epsilon = readNumber(op, "epsilon", 1e-3);
  std::vector<double> x = widenAll<double>(inputs[0]);
  std::vector<double> scale = widenAll<double>(inputs[1]);
  std::vector<double> offset = widenAll<double>(inputs[2]);
  std::vector<double> mean = widenAll<double>(inputs[3]);
  std::vector<double> variance = widenAll<double>(inputs[4]);
  for (size_t i = 0; i < x.size(); ++i) {
    size_t c = i % scale.size();
    x[i] = (x[i] - mean[c]) / std::sqrt(variance[c] + epsilon) * scale[c] +
           offset[c];
  }
  narrowAll(x, results[0]);
  return Status();
}

Status inferLayerNorm(const OpDesc &op, const ShapeInputs &inputs,
                      TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 3, 3));
  GRAFT_RETURN_IF_ERROR(expectFloat(inputs, 0));
  const Shape &shape = inputs[0].type.shape;
  size_t axis = 0;
  GRAFT_RETURN_IF_ERROR(readAxis(op, shape.size(), -1, axis));
  Shape tail(shape.begin() + static_cast<ptrdiff_t>(axis), shape.end());
  for (size_t i = 1; i < 3; ++i) {
    GRAFT_RETURN_IF_ERROR(expectFloat(inputs, i));
    GRAFT_RETURN_IF_ERROR(expectShape(inputs, i, tail));
  }
  return one(results, inputs[0].type.dtype, shape);
}

Status evaluateLayerNorm(const OpDesc &op, const Views &inputs,
                         const Views &results) {
  double epsilon = readNumber(op, "epsilon", 1e-3);
  std::vector<double> x = widenAll<double>(inputs[0]);
  std::vector<double> gamma = widenAll<double>(inputs[1]);
  std::vector<double> beta = widenAll<double>(inputs[2]);
  size_t size = gamma.size();
  for (size_t start = 0; size && start < x.size(); start += size) {
    double *slice = x.data() + start;
    double mean = 0;
    for (size_t i = 0; i < size; ++i)
      mean += slice[i];
    mean /= static_cast<double>(size);
    double variance = 0;
    for (size_t i = 0; i < size; ++i)
      variance += (slice[i] - mean) * (slice[i] - mean);
    variance /= static_cast<double>(size);
    double factor = 1.0 / std::sqrt(variance + epsilon);
    for (size_t i = 0; i < size; ++i)
      slice[i] = (slice[i] - mean) * factor * gamma[i] + beta[i];
  }
  narrowAll(x, results[0]);
  return Status();
}

Status inferLRN(const OpDesc &op, const ShapeInputs &inputs,
                TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  GRAFT_RETURN_IF_ERROR(expectFloat(inputs, 0));
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, 0, 1, kAnyRank));
  int64_t radius = 0;
  GRAFT_RETURN_IF_ERROR(readInt(op, "depth_radius", 0, 5, radius));
  return one(results, inputs[0].type.dtype, inputs[0].type.shape);
}

Status evaluateLRN(const OpDesc &op, const Views &inputs,
                   const Views &results) {
  int64_t radius = op.attributes.getInt("depth_radius", 5);
  double bias = readNumber(op, "bias", 1.0);
  double alpha = readNumber(op, "alpha", 1.0);
  double beta = readNumber(op, "beta", 0.5);
  std::vector<double> x = widenAll<double>(inputs[0]);
  std::vector<double> y(x.size());
  int64_t channels = inputs[0].type.shape.back();
  radius = std::min(radius, channels);
  for (size_t start = 0; start < x.size();
       start += static_cast<size_t>(channels))
    for (int64_t c = 0; c < channels; ++c) {
      double squares = 0;
      for (int64_t i = std::max<int64_t>(0, c - radius);
           i <= std::min(channels - 1, c + radius); ++i) {
        double value = x[start + static_cast<size_t>(i)];
        squares += value * value;
      }
      size_t at = start + static_cast<size_t>(c);
      y[at] = x[at] / std::pow(bias + alpha * squares, beta);
    }
  narrowAll(y, results[0]);
  return Status();
}

Status inferSoftmax(const OpDesc &op, const ShapeInputs &inputs,
                    TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  GRAFT_RETURN_IF_ERROR(expectFloat(inputs, 0));
  size_t axis = 0;
  GRAFT_RETURN_IF_ERROR(readAxis(op, inputs[0].type.shape.size(), -1, axis));
  return one(results, inputs[0].type.dtype, inputs[0].type.shape);
}

Status evaluateSoftmax(const OpDesc &op, const Views &inputs,
                       const Views &results) {
  const Shape &shape = inputs[0].type.shape;
  size_t axis = 0;
  (void)readAxis(op, shape.size(), -1, axis);
  bool logarithm = op.kind == "log_softmax";
  std::vector<double> x = widenAll<double>(inputs[0]);
  if (x.empty())
    return Status();
  int64_t inner = 1;
  (void)product(shape, axis + 1, shape.size(), inner);
  auto stride = static_cast<size_t>(inner);
  auto size = static_cast<size_t>(shape[axis]);
  for (size_t first = 0; first < x.size(); ++first) {
    if (first / stride % size != 0)
      continue; // not the start of a slice
    double top = -std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < size; ++i)
      top = std::max(top, x[first + i * stride]);
    double sum = 0;
    for (size_t i = 0; i < size; ++i)
      sum += std::exp(x[first + i * stride] - top);
    for (size_t i = 0; i < size; ++i) {
      double &value = x[first + i * stride];
      value =
          logarithm ? value - top - std::log(sum) : std::exp(value - top) / sum;
    }
  }
  narrowAll(x, results[0]);
  return Status();
}

} // namespace

void graft::ops::addNormalizationRows(Rows &rows) {
  rows.push_back({"batch_norm", inferBatchNorm, evaluateBatchNorm});
  rows.push_back({"layer_norm", inferLayerNorm, evaluateLayerNorm});
  rows.push_back({"lrn", inferLRN, evaluateLRN});
  rows.push_back({"softmax", inferSoftmax, evaluateSoftmax});
  rows.push_back({"log_softmax", inferSoftmax, evaluateSoftmax});
}
