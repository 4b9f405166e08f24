//===- Backend.h - the run side of a target -------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A plan names its target. The target's backend states which providers run the
// plan's launches, in which memory, and whether this machine can run them. Each
// target's folder has one, and runtime/targets lists them. The compile side of
// a target is passes/plan/Target.h.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_BACKEND_H
#define GRAFT_RUNTIME_CORE_BACKEND_H

#include "runtime/core/ArenaPlanner.h"
#include "runtime/core/Device.h"
#include "runtime/core/ExecutionContext.h"
#include "runtime/core/Provider.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace graft::runtime {

class Backend {
public:
  virtual ~Backend();

  /// The target's name without an architecture.
  virtual std::string_view target() const = 0;
  /// The name of the hardware in messages, with its article: "a CPU".
  virtual std::string_view hardware() const = 0;
  /// The features of this machine's hardware, in a fixed order. A plan lists
  /// those that it requires.
  virtual const std::vector<std::string> &features() const = 0;

  /// The providers, in order of preference. The last takes every launch whose
  /// types are valid and whose constants are not packed.
  virtual const std::vector<const Provider *> &providers() const = 0;

  /// Where the tensors of this target's plans live.
  virtual const Device &device() const { return hostDevice(); }
  /// Of buffers and constants, in bytes: a power of two, kArenaAlignment at
  /// least.
  virtual uint64_t alignment() const { return kArenaAlignment; }
  /// A context for runs, without scratch memory. Errors: Exhausted, or Failed
  /// if the hardware is not usable now.
  virtual Expected<std::unique_ptr<ExecutionContext>>
  createExecutionContext() const;

  /// The provider of that name, or null.
  const Provider *findProvider(std::string_view name) const;
  const Provider &lastResort() const { return *providers().back(); }
};

/// The backend of a target, "name" or "name:architecture"; null if this build
/// has none.
const Backend *findBackend(std::string_view target);
/// "cpu, ...": for messages.
std::string listBackends();

/// Adds a backend to those of the build, until the process ends. Must not be
/// called while other threads look for one.
void registerBackend(const Backend &backend);

/// The backends of the build. Defined in runtime/targets.
const std::vector<const Backend *> &builtinBackends();

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_BACKEND_H
