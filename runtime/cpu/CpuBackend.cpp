//===- CpuBackend.cpp - the run side of the target `cpu` ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/CpuBackend.h"
#include "runtime/core/ReferenceProvider.h"
#include "runtime/cpu/CpuFeatures.h"
#include "runtime/cpu/Providers.h"
#include "runtime/cpu/Threads.h"
#include "runtime/cpu/WorkerPool.h"

#include <optional>

using namespace graft;
using namespace graft::runtime;

namespace {

/// Kernels run when they are enqueued. The calling thread states which threads
/// they use: those that the caller lends, or the worker pool.
class CpuExecutionContext final : public ExecutionContext {
public:
  void begin(const ThreadRunner &threads) override {
    counted.emplace();
    lent.emplace(threads);
  }
  void end() override {
    lent.reset();
    counted.reset();
  }

private:
  std::optional<cpu::WorkerPool::Run> counted;
  std::optional<cpu::ThreadRunnerScope> lent;
};

class CpuBackend final : public Backend {
public:
  std::string_view target() const override { return "cpu"; }
  std::string_view hardware() const override { return "a CPU"; }
  const std::vector<std::string> &features() const override {
    return hostFeatures();
  }
  const std::vector<const Provider *> &providers() const override {
    static const std::vector<const Provider *> list = {
        oneDnnProvider(), cpuProvider(), &referenceProvider()};
    return list;
  }
  Expected<std::unique_ptr<ExecutionContext>>
  createExecutionContext() const override {
    return std::unique_ptr<ExecutionContext>(
        std::make_unique<CpuExecutionContext>());
  }
};

} // namespace

const Backend &graft::runtime::cpuBackend() {
  static const CpuBackend backend;
  return backend;
}
