//===- SimTarget.cpp - the compile side of the target `sim` ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "SimTarget.h"
#include "SimBackend.h"

using namespace graft;
using namespace graft::sim;

namespace {

class SimTarget final : public plan::Target {
public:
  using Target::Target;

  llvm::StringRef chooseLayout(plan::BufferType) const override {
    return plan::BufferType::kRowMajor;
  }
  Status canMeasure() const override {
    return Status::usage("kernels for target 'sim' cannot be timed: its "
                         "processor is simulated");
  }
  std::string describeMachine() const override { return "simulated"; }
};

} // namespace

static std::unique_ptr<const plan::Target>
makeTarget(llvm::StringRef architecture) {
  if (!architecture.empty())
    return nullptr;
  plan::TargetInfo info;
  info.name = "sim";
  info.backend = &simBackend();
  info.features = simBackend().features();
  info.machine.copyBandwidth = 1e9;
  // Products of i8 by i8, both symmetric, of convolutions alone.
  info.quantization.isSigned = true;
  info.quantization.asymmetric = false;
  info.quantization.operations = {"conv2d"};
  return std::make_unique<SimTarget>(std::move(info));
}

plan::TargetFamily graft::sim::makeSimTargets() {
  return {"sim", {}, makeTarget};
}
