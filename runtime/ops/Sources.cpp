//===- Sources.cpp - tensors from numbers ---------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// range(start, limit, delta): the values from start, delta apart, before limit.
// Its size is known if all three are constant.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Element.h"
#include "runtime/ops/Families.h"
#include "runtime/ops/Validation.h"

#include <cmath>

using namespace graft;
using namespace graft::ops;

namespace {

/// The size of a range of integers: the ceiling of (limit - start) / delta.
Status countIntegers(int64_t start, int64_t limit, int64_t delta,
                     int64_t &count) {
  if (delta == 0)
    return broken("delta must not be 0", "0");
  bool up = delta > 0;
  count = 0;
  if (start == limit)
    return Status();
  if (up ? start > limit : start < limit)
    return broken("the range must go from start towards limit",
                  list({start, limit, delta}));
  // The distance of two 64-bit integers fits into 64 bits without sign.
  uint64_t distance =
      up ? static_cast<uint64_t>(limit) - static_cast<uint64_t>(start)
         : static_cast<uint64_t>(start) - static_cast<uint64_t>(limit);
  uint64_t step =
      up ? static_cast<uint64_t>(delta) : 0 - static_cast<uint64_t>(delta);
  uint64_t steps = (distance - 1) / step + 1;
  count = static_cast<int64_t>(steps);
  if (count < 0)
    return broken("the range must fit into memory", std::to_string(steps));
  return Status();
}

Status countFloats(double start, double limit, double delta, int64_t &count) {
  double steps = std::ceil((limit - start) / delta);
  if (delta == 0 || std::isnan(steps) || steps > 9e18)
    return broken("the range must be finite",
                  std::to_string(start) + ", " + std::to_string(limit) +
                      " and " + std::to_string(delta));
  if (steps < 0)
    return broken("the range must go from start towards limit",
                  std::to_string(start) + ", " + std::to_string(limit) +
                      " and " + std::to_string(delta));
  count = static_cast<int64_t>(steps);
  return Status();
}

Status inferRange(const OpDesc &, const ShapeInputs &inputs,
                  TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 3, 3));
  bool constant = true;
  DType dtype = inputs[0].type.dtype;
  GRAFT_RETURN_IF_ERROR(expectNumber(inputs, 0));
  for (size_t i = 0; i < 3; ++i) {
    GRAFT_RETURN_IF_ERROR(expectRank(inputs, i, 0, 0));
    GRAFT_RETURN_IF_ERROR(expectSameDType(inputs, 0, i));
    constant = constant && inputs[i].constant;
  }
  int64_t count = kDynamic;
  if (constant && isFloat(dtype))
    GRAFT_RETURN_IF_ERROR(countFloats(loadDouble(inputs[0].constant, dtype, 0),
                                      loadDouble(inputs[1].constant, dtype, 0),
                                      loadDouble(inputs[2].constant, dtype, 0),
                                      count));
  else if (constant)
    GRAFT_RETURN_IF_ERROR(countIntegers(loadInt(inputs[0].constant, dtype, 0),
                                        loadInt(inputs[1].constant, dtype, 0),
                                        loadInt(inputs[2].constant, dtype, 0),
                                        count));
  return one(results, dtype, {count});
}

Status evaluateRange(const OpDesc &, const Views &inputs,
                     const Views &results) {
  int64_t count = results[0].type.shape[0];
  visitAny(inputs[0].type.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using C = ComputeType<T>;
    C start = widen(inputs[0].as<T>()[0]);
    C delta = widen(inputs[2].as<T>()[0]);
    for (int64_t i = 0; i < count; ++i)
      if constexpr (std::is_same_v<C, double>)
        results[0].as<T>()[i] =
            narrow<T>(start + static_cast<double>(i) * delta);
      else
        results[0].as<T>()[i] =
            narrow<T>(static_cast<uint64_t>(start) +
                      static_cast<uint64_t>(i) * static_cast<uint64_t>(delta));
  });
  return Status();
}

} // namespace

void graft::ops::addSourceRows(Rows &rows) {
  rows.push_back({"range", inferRange, evaluateRange});
}
