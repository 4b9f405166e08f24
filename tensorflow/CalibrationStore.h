//===- CalibrationStore.h - what calibration graphs are fed -----*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Engines of a calibration graph run their native segments and keep what goes
// in, until the converter takes it. TensorFlow's resources belong to a session;
// this belongs to the process, since the converter has none.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TENSORFLOW_CALIBRATIONSTORE_H
#define GRAFT_TENSORFLOW_CALIBRATIONSTORE_H

#include "tensorflow/core/framework/tensor.h"

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace graft {

/// Written on the engine nodes of a calibration graph: the name under which
/// their inputs are kept.
inline constexpr char kCalibrationResource[] = "_graft_calibration";

class CalibrationStore {
public:
  using Run = std::vector<tensorflow::Tensor>;

  static CalibrationStore &get();

  /// Makes the name known.
  void open(const std::string &name);
  /// Keeps a copy of the tensors: the memory of a feed is the caller's.
  void add(const std::string &name, const Run &inputs);
  bool isOpen(const std::string &name) const;
  /// The run that was kept first, which is forgotten; nothing if none is left.
  std::optional<Run> take(const std::string &name);

private:
  mutable std::mutex mutex;
  std::map<std::string, std::deque<Run>> runs; ///< guarded by `mutex`
};

} // namespace graft

#endif // GRAFT_TENSORFLOW_CALIBRATIONSTORE_H
