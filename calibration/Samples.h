//===- Samples.h - the data of a calibration, batch by batch --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An .npz archive, or a directory of them, whose arrays hold the inputs of a
// model. Where the arrays are longer in their first dimension than the model's
// inputs, they are cut into as many batches. What is left at the end of an
// archive and fills no batch of a model whose batch is fixed is not used.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_CALIBRATION_SAMPLES_H
#define GRAFT_CALIBRATION_SAMPLES_H

#include "support/Npz.h"

#include <functional>

namespace graft {

/// An input of the model.
struct SampleInput {
  std::string name;
  /// -1 where any size goes.
  std::vector<int64_t> shape;
  /// The most that the first dimension may be, if that is -1 and anything is
  /// known.
  int64_t largestBatch = 0;
};

/// Arrays for one run, and how many samples they are.
using TakeBatch =
    std::function<Status(const NpzArrays &arrays, int64_t samples)>;

struct SampleCounts {
  int64_t used = 0;
  /// The sum of a hash of each sample: the same whatever the order.
  uint64_t hash = 0;
};

/// Hands the archive, or those of a directory in the order of their names, to
/// `take`, once `check` has passed the headers of its arrays. Errors: BadInput
/// for data that is missing, damaged or empty, and what `check` and `take` fail
/// with.
Expected<SampleCounts> readSamples(const std::string &path,
                                   const std::vector<SampleInput> &inputs,
                                   const CheckArray &check,
                                   const TakeBatch &take);

} // namespace graft

#endif // GRAFT_CALIBRATION_SAMPLES_H
