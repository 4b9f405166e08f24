//===- ReferenceProvider.cpp - runs everything, slowly --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference kernels take dense tensors only, so they run on copies of
// slices.
//===----------------------------------------------------------------------===//
#include "runtime/core/ReferenceProvider.h"
#include "runtime/core/StagedKernel.h"
#include "runtime/ops/Semantics.h"

using namespace graft;
using namespace graft::runtime;

namespace {

class ReferenceKernel final : public Kernel {
public:
  ReferenceKernel(const LaunchDesc &launch) : launch(launch) {}

  Status enqueue(const void *const *sources, void *const *targets,
                 ExecutionContext &) override {
    std::vector<ops::TensorView> from;
    std::vector<ops::TensorView> to;
    for (size_t i = 0; i < launch.inputs.size(); ++i)
      // The kernels do not write their inputs.
      from.push_back(
          {launch.inputs[i].type, const_cast<void *>(sources[i]), {}});
    for (size_t i = 0; i < launch.outputs.size(); ++i)
      to.push_back({launch.outputs[i].type, targets[i], {}});
    return ops::evaluate(launch.op, from, to);
  }

private:
  LaunchDesc launch;
};

class ReferenceProvider final : public Provider {
public:
  std::string_view name() const override { return "reference"; }

  std::vector<Tactic> tactics(const LaunchDesc &launch, int) const override {
    if (!check(launch).ok())
      return {};
    Tactic tactic;
    tactic.name = kReferenceTactic;
    // Much slower than any other, and in proportion to the size of the tensors.
    double elements = 1.0;
    for (const std::vector<Slot> *slots : {&launch.inputs, &launch.outputs})
      for (const Slot &slot : *slots) {
        int64_t count = 0;
        (void)ops::countElements(slot.type.shape, count);
        elements += static_cast<double>(count);
      }
    tactic.seconds = 1e-6 + elements * 1e-7;
    tactic.stridedInputs = true;
    tactic.stridedOutputs = true;
    return {tactic};
  }

protected:
  Expected<std::unique_ptr<Kernel>> createKernel(const LaunchDesc &launch,
                                                 int threads) const override {
    const LaunchDesc dense = makeDense(launch);
    if (needsStaging(launch, dense))
      return createStaged(*this, launch, dense, threads);
    GRAFT_RETURN_IF_ERROR(check(launch));
    return std::unique_ptr<Kernel>(std::make_unique<ReferenceKernel>(launch));
  }

private:
  static Status check(const LaunchDesc &launch) {
    if (!launch.tactic.empty() && launch.tactic != kReferenceTactic)
      return Status::badInput("the tactic must be 'reference', got '" +
                              launch.tactic + "'");
    for (const Slot &slot : launch.inputs)
      if (!slot.layout.empty())
        return Status::badInput("a reference kernel's constants must not be "
                                "packed, got layout '" +
                                slot.layout + "'");
    std::vector<ops::TensorType> results;
    return inferTypes(launch, results);
  }
};

} // namespace

const Provider &graft::runtime::referenceProvider() {
  static const ReferenceProvider provider;
  return provider;
}
