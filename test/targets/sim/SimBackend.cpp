//===- SimBackend.cpp - the run side of the target `sim` ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "SimBackend.h"
#include "SimDevice.h"
#include "SimProvider.h"
#include "SimQueue.h"

using namespace graft;
using namespace graft::runtime;

namespace {

class SimBackend final : public Backend {
public:
  std::string_view target() const override { return "sim"; }
  std::string_view hardware() const override { return "a simulated device"; }
  const std::vector<std::string> &features() const override {
    static const std::vector<std::string> list = {"simulated"};
    return list;
  }
  const std::vector<const Provider *> &providers() const override {
    static const std::vector<const Provider *> list = {&sim::simProvider()};
    return list;
  }
  const Device &device() const override { return sim::simDevice(); }
  uint64_t alignment() const override { return 256; }
  Expected<std::unique_ptr<ExecutionContext>>
  createExecutionContext() const override {
    return std::unique_ptr<ExecutionContext>(std::make_unique<sim::SimQueue>());
  }
};

} // namespace

const Backend &graft::sim::simBackend() {
  static const SimBackend backend;
  return backend;
}
