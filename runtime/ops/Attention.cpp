//===- Attention.cpp - rows weighted by how they match --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scaled dot-product attention of several heads. The heads are the dimension
// before the last, as the projections produce them.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Element.h"
#include "runtime/ops/Families.h"
#include "runtime/ops/Indexing.h"
#include "runtime/ops/Validation.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace graft;
using namespace graft::ops;

namespace {

/// Of queries, keys and values [batch, position, head, feature].
constexpr size_t kBatch = 0, kPosition = 1, kHead = 2, kFeature = 3;

Status inferAttention(const OpDesc &, const ShapeInputs &inputs,
                      TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 3, 4));
  for (size_t i = 0; i < inputs.size(); ++i)
    GRAFT_RETURN_IF_ERROR(expectFloat(inputs, i));
  for (size_t i = 0; i < 3; ++i)
    GRAFT_RETURN_IF_ERROR(expectRank(inputs, i, 4, 4));
  GRAFT_RETURN_IF_ERROR(expectSameDType(inputs, 0, 1));
  GRAFT_RETURN_IF_ERROR(expectSameDType(inputs, 0, 2));
  const Shape &query = inputs[0].type.shape, &key = inputs[1].type.shape,
              &value = inputs[2].type.shape;
  GRAFT_RETURN_IF_ERROR(expectShape(
      inputs, 1, {query[kBatch], kDynamic, query[kHead], query[kFeature]}));
  GRAFT_RETURN_IF_ERROR(expectShape(
      inputs, 2, {key[kBatch], key[kPosition], key[kHead], kDynamic}));
  Shape scores = {known(query[kBatch], key[kBatch]),
                  known(query[kHead], key[kHead]), query[kPosition],
                  known(key[kPosition], value[kPosition])};
  if (inputs.size() == 4) {
    Shape masked;
    GRAFT_RETURN_IF_ERROR(
        broadcastShapes(inputs[3].type.shape, scores, masked));
    if (!compatible(masked, scores))
      return broken("the mask must broadcast to " + toString(scores),
                    toString(inputs[3].type));
  }
  return one(results, inputs[0].type.dtype,
             {scores[0], query[kPosition], scores[1], value[kFeature]});
}

Status evaluateAttention(const OpDesc &op, const Views &inputs,
                         const Views &results) {
  const Shape &query = inputs[0].type.shape, &value = inputs[2].type.shape;
  int64_t heads = query[kHead], rows = query[kPosition];
  int64_t keys = value[kPosition], features = query[kFeature];
  int64_t width = value[kFeature];
  double scale = readNumber(op, "scale", 1.0);
  std::vector<double> q = widenAll<double>(inputs[0]);
  std::vector<double> k = widenAll<double>(inputs[1]);
  std::vector<double> v = widenAll<double>(inputs[2]);
  std::vector<double> mask(1, 0.0);
  Shape scoreShape = {query[kBatch], heads, rows, keys};
  std::vector<int64_t> maskStrides(4, 0);
  if (inputs.size() == 4) {
    mask = widenAll<double>(inputs[3]);
    maskStrides = broadcastStrides(inputs[3].type.shape, scoreShape);
  }
  int64_t count = 0;
  (void)countElements(results[0].type.shape, count);
  std::vector<double> out(static_cast<size_t>(count), 0.0);
  std::vector<double> weights(static_cast<size_t>(keys));
  auto at = [heads](int64_t batch, int64_t position, int64_t length,
                    int64_t head, int64_t size) {
    return ((batch * length + position) * heads + head) * size;
  };
  forEachPosition(
      {query[kBatch], heads, rows},
      [&](const std::vector<int64_t> &position, int64_t) {
        int64_t batch = position[0], head = position[1], row = position[2];
        const double *from = q.data() + at(batch, row, rows, head, features);
        double top = -std::numeric_limits<double>::infinity(), sum = 0;
        for (int64_t key = 0; key < keys; ++key) {
          const double *other = k.data() + at(batch, key, keys, head, features);
          double score = 0;
          for (int64_t i = 0; i < features; ++i)
            score += from[i] * other[i];
          score = score * scale +
                  mask[static_cast<size_t>(
                      batch * maskStrides[0] + head * maskStrides[1] +
                      row * maskStrides[2] + key * maskStrides[3])];
          weights[static_cast<size_t>(key)] = score;
          top = std::max(top, score);
        }
        for (double &weight : weights)
          sum += weight = std::exp(weight - top);
        double *to = out.data() + at(batch, row, rows, head, width);
        for (int64_t key = 0; key < keys; ++key)
          for (int64_t i = 0; i < width; ++i)
            to[i] +=
                weights[static_cast<size_t>(key)] / sum *
                v[static_cast<size_t>(at(batch, key, keys, head, width) + i)];
      });
  narrowAll(out, results[0]);
  return Status();
}

} // namespace

void graft::ops::addAttentionRows(Rows &rows) {
  rows.push_back({"attention", inferAttention, evaluateAttention});
}
