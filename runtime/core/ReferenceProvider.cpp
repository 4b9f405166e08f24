//===- ReferenceProvider.cpp - runs everything, slowly --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference kernels know dense tensors only, so slices of larger tensors
// are gathered into scratch memory before and scattered from it after.
//===----------------------------------------------------------------------===//
#include "runtime/core/ReferenceProvider.h"
#include "runtime/ops/Indexing.h"
#include "runtime/ops/Semantics.h"
#include "support/CheckedMath.h"

using namespace graft;
using namespace graft::runtime;

namespace {

constexpr const char *kTactic = "reference";

/// A slot and, where it is a slice, the place of its dense copy in the scratch
/// memory.
struct Operand {
  ops::TensorType type;
  std::vector<int64_t> strides;
  uint64_t staging = 0;

  /// Copies between the slice and its dense copy.
  void gather(const void *slice, void *dense) const {
    copy(dense, slice, ops::denseStrides(type.shape), strides);
  }
  void scatter(const void *dense, void *slice) const {
    copy(slice, dense, strides, ops::denseStrides(type.shape));
  }

private:
  void copy(void *to, const void *from, const std::vector<int64_t> &toStrides,
            const std::vector<int64_t> &fromStrides) const {
    ops::forEachOffset<2>(type.shape, {toStrides, fromStrides},
                          [&](const std::array<int64_t, 2> &at) {
                            ops::copyElements(to, at[0], from, at[1], 1,
                                              ops::sizeOf(type.dtype));
                          });
  }
};

class ReferenceKernel final : public Kernel {
public:
  ReferenceKernel(ops::OpDesc op) : op(std::move(op)) {}

  Status add(const Slot &slot, bool output) {
    Operand operand = {slot.type, slot.strides, total};
    if (!slot.strides.empty()) {
      uint64_t bytes = 0;
      std::optional<uint64_t> aligned;
      std::optional<uint64_t> sum;
      if (ops::countBytes(slot.type, bytes))
        aligned = checkedAlignTo(bytes, 64);
      if (aligned)
        sum = checkedAdd(total, *aligned);
      if (!sum)
        return Status::exhausted("a copy of " + ops::toString(slot.type) +
                                 " must fit into memory");
      total = *sum;
    }
    (output ? outputs : inputs).push_back(std::move(operand));
    return Status();
  }

  uint64_t scratchBytes() const override { return total; }

  Status run(const void *const *sources, void *const *targets,
             void *scratch) override {
    auto stage = [&](const Operand &operand) {
      return static_cast<std::byte *>(scratch) + operand.staging;
    };
    std::vector<ops::TensorView> from;
    std::vector<ops::TensorView> to;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Operand &input = inputs[i];
      // The kernels do not write what they read.
      void *data = const_cast<void *>(sources[i]);
      if (!input.strides.empty()) {
        data = stage(input);
        input.gather(sources[i], data);
      }
      from.push_back({input.type, data, {}});
    }
    for (size_t i = 0; i < outputs.size(); ++i)
      to.push_back({outputs[i].type,
                    outputs[i].strides.empty() ? targets[i] : stage(outputs[i]),
                    {}});
    GRAFT_RETURN_IF_ERROR(ops::evaluate(op, from, to));
    for (size_t i = 0; i < outputs.size(); ++i)
      if (!outputs[i].strides.empty())
        outputs[i].scatter(to[i].data, targets[i]);
    return Status();
  }

private:
  ops::OpDesc op;
  std::vector<Operand> inputs;
  std::vector<Operand> outputs;
  uint64_t total = 0;
};

class ReferenceProvider final : public Provider {
public:
  std::string_view name() const override { return "reference"; }

  std::vector<Tactic> tactics(const LaunchDesc &launch, int) const override {
    if (!check(launch).ok())
      return {};
    Tactic tactic;
    tactic.name = kTactic;
    // Slower than any other by a wide margin, and dearer for larger tensors.
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
                                                 int) const override {
    GRAFT_RETURN_IF_ERROR(check(launch));
    auto kernel = std::make_unique<ReferenceKernel>(launch.op);
    for (const Slot &slot : launch.inputs)
      GRAFT_RETURN_IF_ERROR(kernel->add(slot, /*output=*/false));
    for (const Slot &slot : launch.outputs)
      GRAFT_RETURN_IF_ERROR(kernel->add(slot, /*output=*/true));
    return std::unique_ptr<Kernel>(std::move(kernel));
  }

private:
  static Status check(const LaunchDesc &launch) {
    if (!launch.tactic.empty() && launch.tactic != kTactic)
      return Status::badInput("the tactic must be 'reference', got '" +
                              launch.tactic + "'");
    std::vector<ops::ShapeInput> inputs;
    for (const Slot &slot : launch.inputs) {
      if (!slot.layout.empty())
        return Status::badInput("a reference kernel's constants must not be "
                                "packed, got layout '" +
                                slot.layout + "'");
      inputs.push_back({slot.type, slot.strides.empty() ? slot.data : nullptr});
    }
    std::vector<ops::TensorType> results;
    return ops::inferTypes(launch.op, inputs, results);
  }
};

} // namespace

const Provider &graft::runtime::referenceProvider() {
  static const ReferenceProvider provider;
  return provider;
}
