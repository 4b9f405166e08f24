//===- Suppression.h - one box for each object ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// combined_non_max_suppression in two steps: the boxes of one class, and the
// best of all classes. Parts of a batch may run each step concurrently. The
// caller owns the memory.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_OPS_SUPPRESSION_H
#define GRAFT_RUNTIME_OPS_SUPPRESSION_H

#include "runtime/ops/OpDesc.h"
#include "runtime/ops/Tensor.h"
#include "support/Status.h"

namespace graft::ops {

class CombinedSuppression {
public:
  /// A box whose score is above the threshold.
  struct Candidate {
    int64_t box;
    float score;
  };
  /// A box that was selected; `box` is -1 if a class has too few.
  struct Pick {
    int64_t box;
    int64_t label;
    float score;
  };
  /// Where the results of the whole batch go.
  struct Results {
    float *boxes;
    float *scores;
    float *labels;
    int32_t *count;
  };

  /// For static shapes that the shape function has accepted.
  CombinedSuppression(const OpDesc &op, const Shape &boxes,
                      const Shape &scores);

  int64_t batches() const { return batchCount; }
  int64_t classes() const { return classCount; }
  /// The most candidates of a class, and picks of each class and of an image.
  int64_t candidates() const { return boxCount; }
  int64_t picksPerClass() const { return perClass; }
  int64_t picks() const { return perClass * classCount; }

  /// Sets the thresholds; fails if the first is not valid.
  Status setThresholds(float iou, float score);

  /// Selects boxes of class `label` of image `batch` into `selected`.
  void selectClass(int64_t batch, int64_t label, const float *boxes,
                   const float *scores, Candidate *heap, Pick *selected) const;
  /// Sorts the picks of image `batch`, and writes its best.
  void writeBest(int64_t batch, const float *boxes, Pick *all,
                 const Results &results) const;

private:
  const float *boxOf(const float *boxes, int64_t batch, int64_t box,
                     int64_t label) const;

  int64_t batchCount;
  int64_t boxCount;
  int64_t boxSets; ///< 1, or one for each class
  int64_t classCount;
  int64_t perClass;
  int64_t total;
  bool clip;
  float iouThreshold = 0.0f;
  float scoreThreshold = 0.0f;
};

} // namespace graft::ops

#endif // GRAFT_RUNTIME_OPS_SUPPRESSION_H
