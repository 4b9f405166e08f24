//===- Samples.h - the data of a calibration, batch by batch --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An .npz archive, a directory of them, or arrays in memory, which hold the
// inputs of a model. If the arrays are longer in their first dimension than the
// model's inputs, they are split into batches. For a fixed batch size, a rest
// at the end of an archive or item is not used.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_CALIBRATION_SAMPLES_H
#define GRAFT_CALIBRATION_SAMPLES_H

#include "support/Npz.h"

#include <functional>
#include <memory>

namespace graft {

/// Where samples are.
struct SampleData {
  SampleData() = default;
  SampleData(std::string path) : path(std::move(path)) {}

  bool empty() const { return path.empty() && items.empty(); }
  /// What messages call all of it.
  std::string name() const {
    return items.empty() ? path : "the calibration data";
  }

  std::string path; ///< an archive, or a directory of them
  /// Or arrays by the name of the input, as one archive has them.
  std::vector<std::shared_ptr<const NpzArrays>> items;
};

/// An input of the model.
struct SampleInput {
  std::string name;
  /// -1 for any size.
  std::vector<int64_t> shape;
  /// The largest size of the first dimension, if that is -1 and the limit is
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

/// Passes the archive, those of a directory in the order of their names, or
/// each item to `take`, after `check` has accepted the headers of its arrays.
/// Errors: BadInput for data that is missing, damaged or empty, and what
/// `check` and `take` fail with.
Expected<SampleCounts> readSamples(const SampleData &data,
                                   const std::vector<SampleInput> &inputs,
                                   const CheckArray &check,
                                   const TakeBatch &take);

} // namespace graft

#endif // GRAFT_CALIBRATION_SAMPLES_H
