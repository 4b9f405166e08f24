//===- Quantization.cpp - to integers with a scale, and back --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// real = (quantized - zero_point) * scale. Attributes: scale (floats) and
// zero_point (integers), one or one per position of `axis`; `to` names the
// result's type. Quantization rounds to nearest, ties to even, and saturates.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Element.h"
#include "runtime/ops/Families.h"
#include "runtime/ops/Validation.h"

#include <cmath>

using namespace graft;
using namespace graft::ops;

namespace {

/// Scale and zero point of every element.
struct Scales {
  std::vector<double> scale;
  std::vector<int64_t> zero;
  int64_t inner = 1; ///< contiguous elements with one scale

  Status read(const OpDesc &op, const Shape &shape) {
    scale = op.attributes.getFloats("scale");
    if (const AttributeValue *value = op.attributes.find("scale"))
      if (const double *number = std::get_if<double>(value))
        scale = {*number};
    zero = op.attributes.getInts("zero_point");
    if (const AttributeValue *value = op.attributes.find("zero_point"))
      if (const int64_t *integer = std::get_if<int64_t>(value))
        zero = {*integer};
    if (zero.empty())
      zero.assign(scale.size(), 0);
    for (double factor : scale)
      if (!(factor > 0) || std::isinf(factor))
        return broken("scales must be positive numbers",
                      std::to_string(factor));
    if (scale.empty() || zero.size() != scale.size())
      return broken("scale and zero_point must be as many numbers, one or more",
                    std::to_string(scale.size()) + " and " +
                        std::to_string(zero.size()));
    if (scale.size() == 1)
      return Status();
    size_t axis = 0;
    GRAFT_RETURN_IF_ERROR(readAxis(op, shape.size(), -1, axis));
    if (!compatible(shape[axis], static_cast<int64_t>(scale.size())))
      return broken("there must be one scale, or one per position of axis " +
                        std::to_string(axis) + " of " + toString(shape),
                    std::to_string(scale.size()));
    (void)product(shape, axis + 1, shape.size(), inner);
    return Status();
  }

  size_t at(size_t element) const {
    return scale.size() == 1
               ? 0
               : element / static_cast<size_t>(inner) % scale.size();
  }
};

Status inferQuantize(const OpDesc &op, const ShapeInputs &inputs,
                     TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  GRAFT_RETURN_IF_ERROR(expectFloat(inputs, 0));
  Scales scales;
  GRAFT_RETURN_IF_ERROR(scales.read(op, inputs[0].type.shape));
  DType dtype;
  GRAFT_RETURN_IF_ERROR(readDType(op, "to", DType::I8, dtype));
  if (!isInteger(dtype))
    return broken("attribute 'to' must name an integer type",
                  std::string(name(dtype)));
  return one(results, dtype, inputs[0].type.shape);
}

Status evaluateQuantize(const OpDesc &op, const Views &inputs,
                        const Views &results) {
  Scales scales;
  GRAFT_RETURN_IF_ERROR(scales.read(op, inputs[0].type.shape));
  std::vector<double> x = widenAll<double>(inputs[0]);
  for (size_t i = 0; i < x.size(); ++i)
    // Rounds before it adds the zero point, which could turn the value into a
    // tie.
    x[i] = std::nearbyint(x[i] / scales.scale[scales.at(i)]) +
           static_cast<double>(scales.zero[scales.at(i)]);
  narrowAll(x, results[0]);
  return Status();
}

Status inferDequantize(const OpDesc &op, const ShapeInputs &inputs,
                       TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  GRAFT_RETURN_IF_ERROR(expectInteger(inputs, 0));
  Scales scales;
  GRAFT_RETURN_IF_ERROR(scales.read(op, inputs[0].type.shape));
  DType dtype;
  GRAFT_RETURN_IF_ERROR(readDType(op, "to", DType::F32, dtype));
  if (!isFloat(dtype))
    return broken("attribute 'to' must name a float type",
                  std::string(name(dtype)));
  return one(results, dtype, inputs[0].type.shape);
}

Status evaluateDequantize(const OpDesc &op, const Views &inputs,
                          const Views &results) {
  Scales scales;
  GRAFT_RETURN_IF_ERROR(scales.read(op, inputs[0].type.shape));
  std::vector<double> x = widenAll<double>(inputs[0]);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = (x[i] - static_cast<double>(scales.zero[scales.at(i)])) *
           scales.scale[scales.at(i)];
  narrowAll(x, results[0]);
  return Status();
}

} // namespace

void graft::ops::addQuantizationRows(Rows &rows) {
  rows.push_back({"quantize", inferQuantize, evaluateQuantize});
  rows.push_back({"dequantize", inferDequantize, evaluateDequantize});
}
