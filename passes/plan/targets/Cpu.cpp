//===- Cpu.cpp - processors as targets ------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/plan/targets/Targets.h"
#include "runtime/cpu/CpuBackend.h"

#include "llvm/TargetParser/Host.h"

using namespace graft;
using namespace graft::plan;

static constexpr llvm::StringLiteral kName = "cpu";

static MachineModel getMachineModel() {
  MachineModel machine;
  machine.copyBandwidth = 8e9;
  // Half the bytes after which the sets of a first-level cache repeat: a stride
  // of two pixels, which reductions of the image use, doubles the distance.
  machine.cacheConflictBytes = 2048;
  machine.cacheLineBytes = 64;
  return machine;
}

/// Kernels multiply u8 with i8 and take any zero point at no cost.
static nn::QuantizationScheme getQuantizationScheme() {
  nn::QuantizationScheme scheme;
  scheme.operations = {"conv2d", "matmul"};
  return scheme;
}

namespace {

class CpuTarget : public Target {
public:
  using Target::Target;

  /// The kernels reach the limit of the arithmetic units on plain NHWC, and
  /// plain buffers can be joined and cut without copies: nothing is ever
  /// reordered.
  llvm::StringRef chooseLayout(BufferType) const override {
    return BufferType::kRowMajor;
  }

  std::string describeMachine() const override {
    return llvm::sys::getHostCPUName().str();
  }
};

} // namespace

static std::unique_ptr<const Target> makeTarget(llvm::StringRef architecture) {
  if (!architecture.empty())
    return nullptr;
  TargetInfo info;
  info.name = kName.str();
  info.backend = &runtime::cpuBackend();
  info.features = info.backend->features();
  info.machine = getMachineModel();
  info.quantization = getQuantizationScheme();
  return std::make_unique<CpuTarget>(std::move(info));
}

TargetFamily graft::plan::makeCpuTargets() {
  return {kName.str(), {}, makeTarget};
}
