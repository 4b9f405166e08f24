//===- Pooling.cpp - maxima and means of windows --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pools of NHWC images. A maximum never includes padding; a mean includes it,
// as zeros, if `include_pad` is set. Means of quantized values subtract
// `zero_point`.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Element.h"
#include "runtime/ops/Families.h"
#include "runtime/ops/Products.h"
#include "runtime/ops/Validation.h"

#include <algorithm>
#include <limits>

using namespace graft;
using namespace graft::ops;

namespace {

struct Window {
  std::vector<int64_t> size;
  std::vector<int64_t> strides;
  std::vector<int64_t> pads; ///< top, bottom, left, right

  Status read(const OpDesc &op) {
    if (!op.attributes.find("window"))
      return broken("attribute 'window' must be two integers", "none");
    GRAFT_RETURN_IF_ERROR(readInts(op, "window", 2, 1, 1, size));
    GRAFT_RETURN_IF_ERROR(readInts(op, "strides", 2, 1, 1, strides));
    GRAFT_RETURN_IF_ERROR(readInts(op, "pads", 4, 0, 0, pads));
    for (size_t i = 0; i < 4; ++i)
      if (pads[i] >= size[i / 2])
        return broken("pads must be smaller than the window " + list(size),
                      list(pads));
    return Status();
  }
};

Status inferPool(const OpDesc &op, const ShapeInputs &inputs,
                 TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 1, 1));
  GRAFT_RETURN_IF_ERROR(expectNumber(inputs, 0));
  DType dtype = inputs[0].type.dtype, result = dtype;
  if (op.kind == "avg_pool2d") {
    if (dtype == DType::U8 || dtype == DType::I8) {
      GRAFT_RETURN_IF_ERROR(checkZeroPoint(op, inputs));
      GRAFT_RETURN_IF_ERROR(readDType(op, "to", DType::F32, result));
    } else {
      GRAFT_RETURN_IF_ERROR(expectFloat(inputs, 0));
    }
  }
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, 0, 4, 4));
  Window window;
  GRAFT_RETURN_IF_ERROR(window.read(op));
  Shape shape = inputs[0].type.shape;
  for (size_t i = 0; i < 2; ++i)
    GRAFT_RETURN_IF_ERROR(slidingOutput(
        inputs[0].type.shape[1 + i], window.size[i], 1, window.strides[i],
        window.pads[2 * i], window.pads[2 * i + 1], shape[1 + i]));
  return one(results, result, std::move(shape));
}

/// The part of a window that is on the image: [begin, end).
struct Span {
  int64_t begin;
  int64_t end;
};
Span clipWindow(const Window &window, size_t dim, int64_t position,
                int64_t size) {
  int64_t start = position * window.strides[dim] - window.pads[2 * dim];
  return {std::max<int64_t>(start, 0),
          std::min(start + window.size[dim], size)};
}

/// Each result is `reduce` of the elements under its window and of the window's
/// area, padding included.
template <typename C, typename Fn>
void pool(const OpDesc &op, const Views &inputs, const TensorView &result,
          Fn &&reduce) {
  Window window;
  (void)window.read(op);
  const Shape &in = inputs[0].type.shape;
  const Shape &out = result.type.shape;
  std::vector<C> x = readFactors<C>(op, inputs[0]);
  int64_t count = 0;
  (void)countElements(out, count);
  std::vector<C> values;
  values.reserve(static_cast<size_t>(count));
  std::vector<C> covered;
  double area =
      static_cast<double>(window.size[0]) * static_cast<double>(window.size[1]);
  if (count == 0)
    return;
  for (int64_t n = 0; n < out[0]; ++n)
    for (int64_t oh = 0; oh < out[1]; ++oh)
      for (int64_t ow = 0; ow < out[2]; ++ow) {
        Span rows = clipWindow(window, 0, oh, in[1]);
        Span columns = clipWindow(window, 1, ow, in[2]);
        for (int64_t c = 0; c < out[3]; ++c) {
          covered.clear();
          for (int64_t h = rows.begin; h < rows.end; ++h)
            for (int64_t w = columns.begin; w < columns.end; ++w)
              covered.push_back(x[static_cast<size_t>(
                  ((n * in[1] + h) * in[2] + w) * in[3] + c)]);
          values.push_back(reduce(covered, area));
        }
      }
  narrowAll(values, result);
}

/// The least finite value of a float type.
double lowestOf(DType dtype) {
  switch (dtype) {
  case DType::F16:
    return -65504.0;
  case DType::BF16:
    return -0x1.fep127;
  case DType::F32:
    return std::numeric_limits<float>::lowest();
  default:
    return std::numeric_limits<double>::lowest();
  }
}

/// For floats the maximum starts from the least finite value and ignores NaN,
/// as in TensorFlow: a window of NaN and minus infinity returns that value.
Status evaluateMaxPool(const OpDesc &op, const Views &inputs,
                       const Views &results) {
  const DType dtype = inputs[0].type.dtype;
  visitComputeType(dtype, [&](auto tag) {
    using C = typename decltype(tag)::type;
    pool<C>(op, inputs, results[0], [&](const std::vector<C> &xs, double) {
      C best = xs.empty() ? C(0) : xs.front();
      if (isFloat(dtype) && !xs.empty())
        best = static_cast<C>(lowestOf(dtype));
      for (C x : xs)
        best = best < x ? x : best;
      return best;
    });
  });
  return Status();
}

Status evaluateAvgPool(const OpDesc &op, const Views &inputs,
                       const Views &results) {
  bool includePad = op.attributes.getInt("include_pad") != 0;
  pool<double>(
      op, inputs, results[0], [&](const std::vector<double> &xs, double area) {
        double sum = 0;
        for (double x : xs)
          sum += x;
        return sum / (includePad ? area : static_cast<double>(xs.size()));
      });
  return Status();
}

} // namespace

void graft::ops::addPoolingRows(Rows &rows) {
  rows.push_back({"max_pool2d", inferPool, evaluateMaxPool});
  rows.push_back({"avg_pool2d", inferPool, evaluateAvgPool});
}
