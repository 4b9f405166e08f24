//===- Suppression.cpp - one box for each object --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Non-maximum suppression: keeps the best of overlapping boxes. The choice
// depends on single roundings, so all is computed in single precision, in
// TensorFlow's order.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Suppression.h"
#include "runtime/ops/Element.h"
#include "runtime/ops/Families.h"
#include "runtime/ops/Validation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

using namespace graft;
using namespace graft::ops;

namespace {

/// A box whose corners, y before x, may come in any order.
struct Box {
  float top, left, bottom, right, area;

  explicit Box(const float *corners)
      : top(std::min(corners[0], corners[2])),
        left(std::min(corners[1], corners[3])),
        bottom(std::max(corners[0], corners[2])),
        right(std::max(corners[1], corners[3])),
        area((bottom - top) * (right - left)) {}
};

/// Intersection over union. Boxes without an area overlap with none.
float overlap(const Box &a, const Box &b) {
  if (a.area <= 0.0f || b.area <= 0.0f)
    return 0.0f;
  float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  float width = std::min(a.right, b.right) - std::max(a.left, b.left);
  float both = std::max(height, 0.0f) * std::max(width, 0.0f);
  return both / (a.area + b.area - both);
}

Status checkShare(float value) {
  if (value >= 0.0f && value <= 1.0f)
    return Status();
  return Status::failed("iou_threshold must be in [0, 1], got " +
                        std::to_string(value));
}

/// Checks input `index`, a threshold of the type of the scores.
Status expectThreshold(const ShapeInputs &inputs, size_t index) {
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, index, 0, 0));
  return expectSameDType(inputs, 1, index);
}

Status expectShare(const ShapeInputs &inputs, size_t index) {
  GRAFT_RETURN_IF_ERROR(expectThreshold(inputs, index));
  const ShapeInput &input = inputs[index];
  if (!input.constant)
    return Status();
  return checkShare(
      static_cast<float>(loadDouble(input.constant, input.type.dtype, 0)));
}

/// How many boxes of an image are returned.
int64_t resultSize(const OpDesc &op, int64_t classes) {
  int64_t size = op.attributes.getInt("size", 1);
  int64_t perClass = op.attributes.getInt("size_per_class", 1);
  if (!op.attributes.getInt("pad_per_class"))
    return size;
  if (classes == kDynamic)
    return kDynamic;
  return classes == 0 || perClass <= size / classes ? perClass * classes : size;
}

//===----------------------------------------------------------------------===//
// One class
//===----------------------------------------------------------------------===//

Status inferSuppression(const OpDesc &op, const ShapeInputs &inputs,
                        TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 5, 5));
  DType dtype = inputs[0].type.dtype;
  if (dtype != DType::F32 && dtype != DType::F16)
    return broken("input 0 must hold f32 or f16", toString(inputs[0].type));
  GRAFT_RETURN_IF_ERROR(expectSameDType(inputs, 0, 1));
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, 1, 1, 1));
  GRAFT_RETURN_IF_ERROR(expectShape(inputs, 0, {inputs[1].type.shape[0], 4}));
  GRAFT_RETURN_IF_ERROR(expectShare(inputs, 2));
  GRAFT_RETURN_IF_ERROR(expectThreshold(inputs, 3));
  GRAFT_RETURN_IF_ERROR(expectThreshold(inputs, 4));
  int64_t size = 0;
  GRAFT_RETURN_IF_ERROR(readInt(op, "size", 0, 1, size));
  results = {{DType::I32, {size}}, {dtype, {size}}, {DType::I32, {}}};
  return Status();
}

Status evaluateSuppression(const OpDesc &op, const Views &inputs,
                           const Views &results) {
  struct Candidate {
    int64_t box;
    float score;
    size_t compared; ///< selected boxes that it was compared with
  };
  std::vector<float> boxes = widenAll<float>(inputs[0]);
  std::vector<float> scores = widenAll<float>(inputs[1]);
  float iou = widenAll<float>(inputs[2])[0];
  float threshold = widenAll<float>(inputs[3])[0];
  float sigma = widenAll<float>(inputs[4])[0];
  GRAFT_RETURN_IF_ERROR(checkShare(iou));
  if (!(sigma >= 0.0f))
    return Status::failed("soft_nms_sigma must not be negative, got " +
                          std::to_string(sigma));
  // Each step rounds to the type of the scores.
  bool half = inputs[1].type.dtype == DType::F16;
  auto round = [&](float x) { return half ? toFloat(toFloat16(x)) : x; };
  bool soft = sigma > 0.0f;
  float scale = soft ? round(-0.5f / sigma) : 0.0f;
  auto weight = [&](float share) {
    if (!soft && !(share <= iou))
      return 0.0f;
    return round(std::exp(round(round(scale * share) * share)));
  };
  auto worse = [](const Candidate &a, const Candidate &b) {
    return a.score < b.score || (a.score == b.score && a.box > b.box);
  };

  std::priority_queue<Candidate, std::vector<Candidate>, decltype(worse)> queue(
      worse);
  for (size_t i = 0; i < scores.size(); ++i)
    if (scores[i] > threshold)
      queue.push({static_cast<int64_t>(i), scores[i], 0});
  auto size = static_cast<size_t>(op.attributes.getInt("size", 1));
  std::vector<Box> kept;
  std::vector<int64_t> positions;
  std::vector<double> values;
  while (kept.size() < size && !queue.empty()) {
    Candidate next = queue.top();
    queue.pop();
    Box box(boxes.data() + next.box * 4);
    float before = next.score;
    bool dropped = false;
    // Compares with the latest box first, which overlaps most often, and with
    // none twice.
    for (size_t j = kept.size(); j > next.compared && !dropped; --j) {
      float share = round(overlap(box, kept[j - 1]));
      next.score = round(next.score * weight(share));
      dropped = !soft && share > iou;
      if (next.score <= threshold)
        break;
    }
    next.compared = kept.size();
    if (dropped)
      continue;
    if (next.score == before) {
      kept.push_back(box);
      positions.push_back(next.box);
      values.push_back(next.score);
    } else if (next.score > threshold) {
      queue.push(next);
    }
  }
  results[2].as<int32_t>()[0] = static_cast<int32_t>(kept.size());
  positions.resize(size);
  values.resize(size);
  narrowAll(positions, results[0]);
  narrowAll(values, results[1]);
  return Status();
}

//===----------------------------------------------------------------------===//
// Many classes
//===----------------------------------------------------------------------===//

Status inferCombined(const OpDesc &op, const ShapeInputs &inputs,
                     TensorTypes &results) {
  GRAFT_RETURN_IF_ERROR(expectInputs(inputs, 4, 4));
  if (inputs[0].type.dtype != DType::F32)
    return broken("input 0 must hold f32", toString(inputs[0].type));
  GRAFT_RETURN_IF_ERROR(expectSameDType(inputs, 0, 1));
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, 0, 4, 4));
  GRAFT_RETURN_IF_ERROR(expectRank(inputs, 1, 3, 3));
  GRAFT_RETURN_IF_ERROR(expectShare(inputs, 2));
  GRAFT_RETURN_IF_ERROR(expectThreshold(inputs, 3));
  const Shape &boxes = inputs[0].type.shape;
  const Shape &scores = inputs[1].type.shape;
  GRAFT_RETURN_IF_ERROR(
      expectShape(inputs, 0, {scores[0], scores[1], kDynamic, 4}));
  if (boxes[2] != 1 && !compatible(boxes[2], scores[2]))
    return broken("boxes must be shared by all classes or one for each of " +
                      std::to_string(scores[2]),
                  toString(boxes));
  for (const char *name : {"size_per_class", "size"}) {
    int64_t size = 0;
    GRAFT_RETURN_IF_ERROR(readInt(op, name, 1, 1, size));
  }
  int64_t total = resultSize(op, scores[2]);
  int64_t batch = known(boxes[0], scores[0]);
  results = {{DType::F32, {batch, total, 4}},
             {DType::F32, {batch, total}},
             {DType::F32, {batch, total}},
             {DType::I32, {batch}}};
  return Status();
}

Status evaluateCombined(const OpDesc &op, const Views &inputs,
                        const Views &results) {
  CombinedSuppression work(op, inputs[0].type.shape, inputs[1].type.shape);
  GRAFT_RETURN_IF_ERROR(
      work.setThresholds(*inputs[2].as<float>(), *inputs[3].as<float>()));
  std::vector<CombinedSuppression::Candidate> heap(
      static_cast<size_t>(work.candidates()));
  std::vector<CombinedSuppression::Pick> picks(
      static_cast<size_t>(work.picks()));
  const float *boxes = inputs[0].as<float>();
  CombinedSuppression::Results all = {
      results[0].as<float>(), results[1].as<float>(), results[2].as<float>(),
      results[3].as<int32_t>()};
  for (int64_t batch = 0; batch < work.batches(); ++batch) {
    for (int64_t label = 0; label < work.classes(); ++label)
      work.selectClass(batch, label, boxes, inputs[1].as<float>(), heap.data(),
                       picks.data() + label * work.picksPerClass());
    work.writeBest(batch, boxes, picks.data(), all);
  }
  return Status();
}

} // namespace

CombinedSuppression::CombinedSuppression(const OpDesc &op, const Shape &boxes,
                                         const Shape &scores)
    : batchCount(boxes[0]), boxCount(boxes[1]), boxSets(boxes[2]),
      classCount(scores[2]),
      perClass(std::min(op.attributes.getInt("size_per_class", 1), boxes[1])),
      total(resultSize(op, scores[2])),
      clip(op.attributes.getInt("clip_boxes", 1) != 0) {}

Status CombinedSuppression::setThresholds(float iou, float score) {
  iouThreshold = iou;
  scoreThreshold = score;
  return checkShare(iou);
}

const float *CombinedSuppression::boxOf(const float *boxes, int64_t batch,
                                        int64_t box, int64_t label) const {
  int64_t set = boxSets > 1 ? label : 0;
  return boxes + ((batch * boxCount + box) * boxSets + set) * 4;
}

void CombinedSuppression::selectClass(int64_t batch, int64_t label,
                                      const float *boxes, const float *scores,
                                      Candidate *heap, Pick *selected) const {
  // The heap determines the order of candidates with equal scores; it is
  // TensorFlow's if they are inserted in the same order.
  auto worse = [](const Candidate &a, const Candidate &b) {
    return a.score < b.score;
  };
  Candidate *end = heap;
  for (int64_t box = 0; box < boxCount; ++box) {
    float score = scores[(batch * boxCount + box) * classCount + label];
    if (!(score > scoreThreshold))
      continue;
    *end++ = {box, score};
    std::push_heap(heap, end, worse);
  }
  int64_t count = 0;
  while (count < perClass && end != heap) {
    std::pop_heap(heap, end, worse);
    Candidate next = *--end;
    Box box(boxOf(boxes, batch, next.box, label));
    bool distinct = true;
    for (int64_t j = count - 1; j >= 0 && distinct; --j)
      distinct =
          !(overlap(box, Box(boxOf(boxes, batch, selected[j].box, label))) >
            iouThreshold);
    if (distinct)
      selected[count++] = {next.box, label, next.score};
  }
  std::fill(selected + count, selected + perClass,
            Pick{-1, -1, -std::numeric_limits<float>::infinity()});
}

void CombinedSuppression::writeBest(int64_t batch, const float *boxes,
                                    Pick *all, const Results &results) const {
  // This sort determines the order of equal scores: it is TensorFlow's, on the
  // same number of picks.
  std::sort(all, all + picks(),
            [](const Pick &a, const Pick &b) { return b.score < a.score; });
  int64_t found = std::count_if(all, all + picks(),
                                [](const Pick &pick) { return pick.box >= 0; });
  int64_t count = std::min(found, total);
  float *to = results.boxes + batch * total * 4;
  float *scores = results.scores + batch * total;
  float *labels = results.labels + batch * total;
  for (int64_t i = 0; i < count; ++i) {
    const float *corners = boxOf(boxes, batch, all[i].box, all[i].label);
    for (int64_t k = 0; k < 4; ++k)
      to[i * 4 + k] =
          clip ? std::max(std::min(corners[k], 1.0f), 0.0f) : corners[k];
    scores[i] = all[i].score;
    labels[i] = static_cast<float>(all[i].label);
  }
  std::fill(to + count * 4, to + total * 4, 0.0f);
  std::fill(scores + count, scores + total, 0.0f);
  std::fill(labels + count, labels + total, 0.0f);
  results.count[batch] = static_cast<int32_t>(count);
}

void graft::ops::addSuppressionRows(Rows &rows) {
  rows.push_back(
      {"combined_non_max_suppression", inferCombined, evaluateCombined});
  rows.push_back(
      {"non_max_suppression", inferSuppression, evaluateSuppression});
}
