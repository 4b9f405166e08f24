//===- CalibrationStore.cpp - what calibration graphs are fed -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tensorflow/CalibrationStore.h"

#include "tensorflow/core/framework/tensor_util.h"

using namespace graft;
namespace tf = ::tensorflow;

CalibrationStore &CalibrationStore::get() {
  // Never destroyed: kernels may run while the process ends.
  static auto *store = new CalibrationStore;
  return *store;
}

void CalibrationStore::open(const std::string &name) {
  std::lock_guard<std::mutex> lock(mutex);
  runs.try_emplace(name);
}

bool CalibrationStore::isOpen(const std::string &name) const {
  std::lock_guard<std::mutex> lock(mutex);
  return runs.count(name) != 0;
}

void CalibrationStore::add(const std::string &name, const Run &inputs) {
  Run copies;
  for (const tf::Tensor &input : inputs)
    copies.push_back(tf::tensor::DeepCopy(input));
  std::lock_guard<std::mutex> lock(mutex);
  runs[name].push_back(std::move(copies));
}

std::optional<CalibrationStore::Run>
CalibrationStore::take(const std::string &name) {
  std::lock_guard<std::mutex> lock(mutex);
  auto found = runs.find(name);
  if (found == runs.end() || found->second.empty())
    return std::nullopt;
  Run first = std::move(found->second.front());
  found->second.pop_front();
  return first;
}
