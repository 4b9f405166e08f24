//===- Target.h - what an engine is built for -----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes query the target of an engine and know none by name. A new target is a
// file in passes/plan/targets/ and a call of registerTarget().
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_PLAN_TARGET_H
#define GRAFT_PASSES_PLAN_TARGET_H

#include "dialects/plan/Plan.h"
#include "passes/nn/QuantizationScheme.h"
#include "passes/plan/MachineModel.h"
#include "runtime/core/Backend.h"

#include <functional>

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace graft::plan {

/// The properties of a target that are plain values.
struct TargetInfo {
  std::string name; ///< `name[:architecture]`
  /// Of the processor; empty where it is the one of this machine.
  std::string architecture;
  /// Features that a machine must have to run the plan, in the runtime's order.
  std::vector<std::string> features;
  /// The backend that will run the plan; the plan has its alignment and its
  /// memory space.
  const runtime::Backend *backend = nullptr;
  /// The providers whose tactics are chosen, in order of preference; the last
  /// one takes every launch. Empty: the backend's own.
  std::vector<const runtime::Provider *> providers;
  /// The default number of threads that tactics are chosen for; 0: as many as
  /// this machine has cores.
  int threads = 0;
  MachineModel machine;
  nn::QuantizationScheme quantization;
};

class Target {
public:
  explicit Target(TargetInfo info);
  virtual ~Target();

  llvm::StringRef getName() const { return info.name; }
  llvm::StringRef getArchitecture() const { return info.architecture; }
  llvm::ArrayRef<std::string> getFeatures() const { return info.features; }
  const std::vector<const runtime::Provider *> &getProviders() const {
    return info.providers;
  }
  /// The number of threads to choose for, if the user requests `requested`, or
  /// 0.
  int resolveThreads(int requested) const;
  /// Of each buffer in the arena, in bytes: a multiple of plan::kAlignment.
  uint64_t getAlignment() const { return info.backend->alignment(); }
  const MachineModel &getMachine() const { return info.machine; }
  const nn::QuantizationScheme &getQuantization() const {
    return info.quantization;
  }

  /// The provider of that name, or null.
  const runtime::Provider *findProvider(llvm::StringRef name) const;

  /// The physical layout of a buffer that launches exchange.
  virtual llvm::StringRef chooseLayout(BufferType type) const = 0;

  /// Adds the target's own passes over engines, which run before tactics are
  /// chosen.
  virtual void addPasses(mlir::OpPassManager &engines) const;

  /// Fails, and names what is missing, if kernels cannot be timed on this
  /// machine.
  virtual Status canMeasure() const;
  /// Seconds of `launch`, whose tactic is set; see plan::measure().
  virtual Expected<double> measure(const runtime::Provider &provider,
                                   runtime::LaunchDesc launch,
                                   llvm::ArrayRef<const void *> constants,
                                   int threads) const;
  /// The properties that measured times depend on, beside the launch and the
  /// threads.
  virtual std::string describeMachine() const = 0;

private:
  TargetInfo info;
};

/// The targets of one name, which differ in their architecture.
struct TargetFamily {
  std::string name;
  /// The list of targets, for messages.
  std::vector<std::string> architectures;
  /// The target of that architecture, which is empty for the family's default;
  /// null if there is none.
  std::function<std::unique_ptr<const Target>(llvm::StringRef architecture)>
      make;
};

/// Makes targets known. A family of the same name is replaced, except for
/// targets that have been requested.
void registerTarget(TargetFamily family);

/// The target `name[:architecture]`, which exists until the process ends. Fails
/// (Usage) with the list of targets.
Expected<const Target *> findTarget(llvm::StringRef name);

/// The target of `engine`, or null after a diagnostic.
const Target *getTarget(EngineOp engine);

/// The default target.
llvm::StringRef getDefaultTarget();

} // namespace graft::plan

#endif // GRAFT_PASSES_PLAN_TARGET_H
