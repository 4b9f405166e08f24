//===- Reduction.cpp - many elements to one -------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions over axes, positions of extremes, running sums, and the largest
// elements of rows. An empty reduction returns the neutral element.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Element.h"
#include "runtime/ops/Families.h"
#include "runtime/ops/Indexing.h"
#include "runtime/ops/Validation.h"

#include <algorithm>
#include <limits>
#include <numeric>

using namespace graft;
using namespace graft::ops;

namespace {

Status inferReduce(const OpDesc &op, const ShapeInputs &inputs,
                   TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  std::string_view kind = op.attributes.getString("kind");
  bool logical = kind == "any" || kind == "all";
  if (!logical && kind != "sum" && kind != "mean" && kind != "max" &&
      kind != "min" && kind != "prod")
    return broken("attribute 'kind' must be sum, mean, max, min, prod, any or "
                  "all",
                  "'" + std::string(kind) + "'");
  const TensorType &type = inputs[0].type;
  if (logical != (type.dtype == DType::Bool))
    return broken(logical ? "input 0 must hold bool"
                          : "input 0 must hold numbers",
                  toString(type));
  DType result;
  GRAFT_RETURN_IF_ERROR(readDType(op, "to", type.dtype, result));
  if (op.attributes.find("to") && !(isFloat(type.dtype) && isFloat(result)))
    return broken("attribute 'to' must name a float type, and input 0 hold "
                  "floats",
                  std::string(name(result)) + " for " + toString(type));
  std::vector<int64_t> axes;
  GRAFT_RETURN_IF_ERROR(readInts(op, "axes", axes));
  std::vector<bool> reduced;
  GRAFT_RETURN_IF_ERROR(readAxes(axes, type.shape.size(), reduced));
  bool keep = op.attributes.getInt("keep_dims") != 0;
  Shape shape;
  for (size_t d = 0; d < reduced.size(); ++d)
    if (!reduced[d])
      shape.push_back(type.shape[d]);
    else if (keep)
      shape.push_back(1);
  return one(results, result, std::move(shape));
}

template <typename C>
C neutral(std::string_view kind) {
  using Limits = std::numeric_limits<C>;
  if (kind == "max")
    return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
  if (kind == "min")
    return Limits::has_infinity ? Limits::infinity() : Limits::max();
  return kind == "prod" || kind == "all" ? C(1) : C(0);
}

/// Accumulates `value` into `total`, for a reduction of `kind`. NaN propagates.
template <typename C>
void fold(std::string_view kind, C &total, C value) {
  using W = std::conditional_t<std::is_same_v<C, double>, double, uint64_t>;
  if (kind == "max")
    total = total != total || total > value ? total : value;
  else if (kind == "min")
    total = total != total || total < value ? total : value;
  else if (kind == "prod")
    total = static_cast<C>(static_cast<W>(total) * static_cast<W>(value));
  else if (kind == "any")
    total = total != 0 || value != 0;
  else if (kind == "all")
    total = total != 0 && value != 0;
  else
    total = static_cast<C>(static_cast<W>(total) + static_cast<W>(value));
}

/// An empty reduction returns the least or greatest integer of the narrow type,
/// not of the compute type.
template <typename C>
void clampNeutral(DType dtype, std::vector<C> &totals) {
  if constexpr (!std::is_same_v<C, double>)
    visitAny(dtype, [&](auto tag) {
      using T = typename decltype(tag)::type;
      if constexpr (std::is_integral_v<T>)
        for (C &total : totals)
          total =
              std::clamp(total, static_cast<C>(std::numeric_limits<T>::min()),
                         static_cast<C>(std::numeric_limits<T>::max()));
    });
}

Status evaluateReduce(const OpDesc &op, const Views &inputs,
                      const Views &results) {
  std::string_view kind = op.attributes.getString("kind");
  const Shape &shape = inputs[0].type.shape;
  std::vector<bool> reduced;
  (void)readAxes(op.attributes.getInts("axes"), shape.size(), reduced);
  Shape kept = shape;
  int64_t folded = 1;
  for (size_t d = 0; d < shape.size(); ++d)
    if (reduced[d])
      kept[d] = 1;
  std::vector<int64_t> strides = broadcastStrides(kept, shape);
  int64_t all = 0;
  int64_t count = 0;
  (void)countElements(shape, all);
  (void)countElements(kept, count);
  folded = count ? all / count : 0;
  visitComputeType(inputs[0].type.dtype, [&](auto tag) {
    using C = typename decltype(tag)::type;
    std::vector<C> x = widenAll<C>(inputs[0]);
    std::vector<C> totals(static_cast<size_t>(count), neutral<C>(kind));
    size_t i = 0;
    forEachOffset<1>(shape, {strides}, [&](const std::array<int64_t, 1> &at) {
      fold(kind, totals[static_cast<size_t>(at[0])], x[i++]);
    });
    if (kind == "max" || kind == "min")
      clampNeutral(inputs[0].type.dtype, totals);
    if (kind == "mean")
      for (C &total : totals) {
        if constexpr (std::is_same_v<C, double>)
          total /= static_cast<double>(folded);
        else
          total = folded ? total / static_cast<C>(folded) : C(0);
      }
    narrowAll(totals, results[0]);
  });
  return Status();
}

Status inferArgument(const OpDesc &op, const ShapeInputs &inputs,
                     TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  Shape shape = inputs[0].type.shape;
  size_t axis = 0;
  GRAFT_RETURN_IF_ERROR(readAxis(op, shape.size(), 0, axis));
  DType dtype;
  GRAFT_RETURN_IF_ERROR(readDType(op, "to", DType::I64, dtype));
  if (!isInteger(dtype))
    return broken("attribute 'to' must name an integer type",
                  std::string(name(dtype)));
  if (shape[axis] == 0)
    return broken("the axis must not be empty", toString(shape));
  shape.erase(shape.begin() + static_cast<ptrdiff_t>(axis));
  return one(results, dtype, std::move(shape));
}

/// The products of the sizes before, at and after `axis`.
struct Slices {
  int64_t outer = 1;
  int64_t size = 1;
  int64_t inner = 1;

  Slices(const Shape &shape, size_t axis) : size(shape[axis]) {
    (void)product(shape, 0, axis, outer);
    (void)product(shape, axis + 1, shape.size(), inner);
  }
};

Status evaluateArgument(const OpDesc &op, const Views &inputs,
                        const Views &results) {
  const Shape &shape = inputs[0].type.shape;
  size_t axis = 0;
  (void)readAxis(op, shape.size(), 0, axis);
  bool largest = op.kind == "arg_max";
  Slices slices(shape, axis);
  visitComputeType(inputs[0].type.dtype, [&](auto tag) {
    using C = typename decltype(tag)::type;
    std::vector<C> x = widenAll<C>(inputs[0]);
    std::vector<int64_t> found;
    if (x.empty())
      return;
    for (int64_t o = 0; o < slices.outer; ++o)
      for (int64_t i = 0; i < slices.inner; ++i) {
        const C *slice = x.data() + o * slices.size * slices.inner + i;
        int64_t best = 0;
        for (int64_t k = 1; k < slices.size; ++k) {
          C value = slice[k * slices.inner];
          C champion = slice[best * slices.inner];
          // A NaN never wins, and never stays.
          if (largest ? value > champion : value < champion)
            best = k;
          else if (champion != champion && value == value)
            best = k;
        }
        found.push_back(best);
      }
    narrowAll(found, results[0]);
  });
  return Status();
}

Status inferCumulative(const OpDesc &op, const ShapeInputs &inputs,
                       TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  GRAFT_RETURN_IF_ERROR(expectNumber(inputs, 0));
  size_t axis = 0;
  GRAFT_RETURN_IF_ERROR(readAxis(op, inputs[0].type.shape.size(), 0, axis));
  return one(results, inputs[0].type.dtype, inputs[0].type.shape);
}

Status evaluateCumulative(const OpDesc &op, const Views &inputs,
                          const Views &results) {
  const Shape &shape = inputs[0].type.shape;
  size_t axis = 0;
  (void)readAxis(op, shape.size(), 0, axis);
  bool exclusive = op.attributes.getInt("exclusive") != 0;
  bool reverse = op.attributes.getInt("reverse") != 0;
  std::string_view kind = op.kind == "cumprod" ? "prod" : "sum";
  Slices slices(shape, axis);
  visitComputeType(inputs[0].type.dtype, [&](auto tag) {
    using C = typename decltype(tag)::type;
    std::vector<C> x = widenAll<C>(inputs[0]);
    for (int64_t o = 0; !x.empty() && o < slices.outer; ++o)
      for (int64_t i = 0; i < slices.inner; ++i) {
        C *slice = x.data() + o * slices.size * slices.inner + i;
        C total = neutral<C>(kind);
        for (int64_t step = 0; step < slices.size; ++step) {
          int64_t k = reverse ? slices.size - 1 - step : step;
          C &value = slice[k * slices.inner];
          C before = total;
          fold(kind, total, value);
          value = exclusive ? before : total;
        }
      }
    narrowAll(x, results[0]);
  });
  return Status();
}

Status inferTopK(const OpDesc &op, const ShapeInputs &inputs,
                 TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  GRAFT_RETURN_IF_ERROR(expectNumber(inputs, 0));
  GRAFT_RETURN_IF_ERROR(
      expectRank(inputs, 0, 1, std::numeric_limits<size_t>::max()));
  int64_t k = 0;
  GRAFT_RETURN_IF_ERROR(readInt(op, "k", 0, 1, k));
  Shape shape = inputs[0].type.shape;
  if (shape.back() != kDynamic && k > shape.back())
    return broken("attribute 'k' must not exceed the last size " +
                      std::to_string(shape.back()),
                  std::to_string(k));
  shape.back() = k;
  results.assign(2, {inputs[0].type.dtype, shape});
  return readDType(op, "to", DType::I32, results[1].dtype);
}

Status evaluateTopK(const OpDesc &, const Views &inputs, const Views &results) {
  auto size = static_cast<size_t>(inputs[0].type.shape.back());
  auto k = static_cast<size_t>(results[0].type.shape.back());
  visitComputeType(inputs[0].type.dtype, [&](auto tag) {
    using C = typename decltype(tag)::type;
    std::vector<C> x = widenAll<C>(inputs[0]);
    std::vector<C> values;
    std::vector<int64_t> positions;
    std::vector<size_t> order(size);
    for (size_t start = 0; start < x.size(); start += size) {
      std::iota(order.begin(), order.end(), size_t(0));
      const C *row = x.data() + start;
      // Equal elements keep their order. NaN comes last.
      std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        bool nanA = row[a] != row[a];
        bool nanB = row[b] != row[b];
        if (nanA != nanB)
          return nanB;
        return nanA || row[a] == row[b] ? a < b : row[a] > row[b];
      });
      for (size_t i = 0; i < k; ++i) {
        values.push_back(row[order[i]]);
        positions.push_back(static_cast<int64_t>(order[i]));
      }
    }
    narrowAll(values, results[0]);
    narrowAll(positions, results[1]);
  });
  return Status();
}

} // namespace

void graft::ops::addReductionRows(Rows &rows) {
  rows.push_back({"reduce", inferReduce, evaluateReduce});
  rows.push_back({"arg_max", inferArgument, evaluateArgument});
  rows.push_back({"arg_min", inferArgument, evaluateArgument});
  rows.push_back({"cumsum", inferCumulative, evaluateCumulative});
  rows.push_back({"cumprod", inferCumulative, evaluateCumulative});
  rows.push_back({"top_k", inferTopK, evaluateTopK});
}
