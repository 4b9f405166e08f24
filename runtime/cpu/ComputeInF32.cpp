//===- ComputeInF32.cpp - f32 kernels for bf16 and f16 tensors ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs launches on bf16 and f16 for which there is no such kernel: it converts
// inputs to f32 in scratch memory, runs an f32 kernel and rounds the result
// once. It converts constants when the kernel is created; the plan holds them
// in bf16 or f16.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Families.h"
#include "runtime/cpu/FloatRows.h"
#include "runtime/cpu/Isa.h"
#include "runtime/cpu/Loops.h"
#include "runtime/cpu/Providers.h"
#include "runtime/cpu/Threads.h"

#include <algorithm>
#include <tuple>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

bool has16BitFloats(const LaunchDesc &launch) {
  auto isNarrow = [](const Slot &slot) {
    return is16BitFloat(slot.type.dtype);
  };
  return std::any_of(launch.inputs.begin(), launch.inputs.end(), isNarrow) ||
         std::any_of(launch.outputs.begin(), launch.outputs.end(), isNarrow);
}

/// The same launch on f32. Converted tensors are dense, as in the scratch
/// memory.
LaunchDesc widen(const LaunchDesc &launch) {
  LaunchDesc wide = launch;
  wide.tactic.clear();
  for (std::vector<Slot> *slots : {&wide.inputs, &wide.outputs})
    for (Slot &slot : *slots)
      if (is16BitFloat(slot.type.dtype)) {
        slot.type.dtype = ops::DType::F32;
        slot.strides.clear();
        slot.data = nullptr;
      }
  std::string_view to = wide.op.attributes.getString("to");
  if (to == "bf16" || to == "f16")
    wide.op.attributes.set("to", std::string("f32"));
  return wide;
}

struct Choice {
  const Provider *provider;
  Tactic inner;
  std::string name;
};

/// The tactics for the launch in f32, cheapest first. If `named` is not empty,
/// that tactic alone, if it exists; only its provider is queried.
std::vector<Choice> choicesFor(const LaunchDesc &wide, std::string_view named,
                               int threads) {
  std::vector<Choice> choices;
  for (const Provider *provider : {oneDnnProvider(), cpuProvider()}) {
    const std::string prefix = "f32-" + std::string(provider->name()) + "-";
    if (!named.empty() && named.substr(0, prefix.size()) != prefix)
      continue;
    for (Tactic &tactic : provider->tactics(wide, threads)) {
      std::string name = prefix + tactic.name;
      if (named.empty() || name == named)
        choices.push_back({provider, std::move(tactic), std::move(name)});
    }
  }
  // Names are unique.
  std::sort(choices.begin(), choices.end(),
            [](const Choice &a, const Choice &b) {
              return std::tie(a.inner.seconds, a.name) <
                     std::tie(b.inner.seconds, b.name);
            });
  return choices;
}

/// Whether the launch has bf16 or f16 tensors, and all tensors can be copied.
bool canComputeInF32(const LaunchDesc &launch) {
  for (const std::vector<Slot> *slots : {&launch.inputs, &launch.outputs})
    for (const Slot &slot : *slots) {
      int64_t count = 0;
      if (!slot.type.isStatic() || !slot.layout.empty() ||
          !ops::countElements(slot.type.shape, count) || count == 0)
        return false;
    }
  return has16BitFloats(launch);
}

/// A bf16 or f16 tensor and its f32 copy in the scratch memory.
struct Staged {
  unsigned index;
  uint64_t offset;
  FloatRows rows;
  StridedLoop loop; ///< the copy, then the tensor
  int threads;

  void load(const void *from, float *to) const {
    parallelFor(threads, loop.total(), 64, [&](int64_t begin, int64_t end) {
      loop.forRuns(begin, end, [&](const int64_t *at, int64_t count) {
        int64_t stride = loop.innerStride(1);
        if (stride == 1)
          rows.read(from, at[1], count, to + at[0]);
        else
          for (int64_t i = 0; i < count; ++i)
            rows.read(from, at[1] + i * stride, 1, to + at[0] + i);
      });
    });
  }
  void store(const float *from, void *to) const {
    parallelFor(threads, loop.total(), 64, [&](int64_t begin, int64_t end) {
      loop.forRuns(begin, end, [&](const int64_t *at, int64_t count) {
        int64_t stride = loop.innerStride(1);
        if (stride == 1)
          rows.write(to, at[1], count, from + at[0]);
        else
          for (int64_t i = 0; i < count; ++i)
            rows.write(to, at[1] + i * stride, 1, from + at[0] + i);
      });
    });
  }
};

class ComputeInF32Kernel : public Kernel {
public:
  Status init(const LaunchDesc &launch, int threads);
  uint64_t scratchBytes() const override { return scratchSize; }
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) override;

private:
  Status stage(const Slot &slot, unsigned index, int threads,
               std::vector<Staged> &staged);

  std::unique_ptr<Kernel> inner;
  uint64_t innerOffset = 0, scratchSize = 0;
  std::vector<Staged> in, out;
  std::vector<const void *> sources; ///< constants are set once
  std::vector<bool> isFixed;
  std::vector<void *> targets;
  std::vector<std::vector<float>> constants;
  std::vector<std::vector<std::byte>> packed;
};

Status ComputeInF32Kernel::stage(const Slot &slot, unsigned index, int threads,
                                 std::vector<Staged> &staged) {
  int64_t count = 0, bytes = 0;
  if (!ops::countElements(slot.type.shape, count) ||
      __builtin_mul_overflow(count, int64_t(sizeof(float)), &bytes) ||
      __builtin_add_overflow(bytes, 63, &bytes))
    return Status::exhausted("cpu: a tensor must fit into memory");
  Slot dense = slot;
  dense.strides.clear();
  staged.push_back(
      {index, scratchSize, FloatRows(slot.type.dtype),
       StridedLoop(slot.type.shape, {stridesOf(dense), stridesOf(slot)}),
       threadsFor(count, threads)});
  if (__builtin_add_overflow(scratchSize, uint64_t(bytes) / 64 * 64,
                             &scratchSize))
    return Status::exhausted("cpu: a tensor must fit into memory");
  return Status();
}

Status ComputeInF32Kernel::init(const LaunchDesc &launch, int threads) {
  LaunchDesc wide = widen(launch);
  std::vector<Choice> choices;
  if (canComputeInF32(launch))
    choices = choicesFor(wide, launch.tactic, threads);
  if (choices.empty() && canComputeInF32(launch)) // of another processor
    choices = choicesFor(wide, /*named=*/"", threads);
  if (choices.empty())
    return Status::failed("cpu: no kernel of floats for '" + launch.op.kind +
                          "'");
  const Provider *provider = choices.front().provider;
  wide.tactic = choices.front().inner.name;
  sources.resize(launch.inputs.size(), nullptr);
  isFixed.resize(launch.inputs.size(), false);
  targets.resize(launch.outputs.size(), nullptr);
  constants.resize(launch.inputs.size());
  packed.resize(launch.inputs.size());
  for (unsigned i = 0; i < launch.inputs.size(); ++i) {
    const Slot &slot = launch.inputs[i];
    if (!is16BitFloat(slot.type.dtype))
      continue;
    if (!slot.constant || !slot.data || !isDense(slot)) {
      wide.inputs[i].constant = false;
      GRAFT_RETURN_IF_ERROR(stage(slot, i, threads, in));
      continue;
    }
    int64_t count = 0;
    (void)ops::countElements(slot.type.shape, count);
    constants[i].resize(size_t(count));
    FloatRows(slot.type.dtype).read(slot.data, 0, count, constants[i].data());
    wide.inputs[i].data = constants[i].data();
    isFixed[i] = true;
  }
  for (unsigned i = 0; i < launch.inputs.size(); ++i) {
    if (!isFixed[i])
      continue;
    sources[i] = constants[i].data();
    Expected<PackedConstant> form =
        provider->pack(wide, i, constants[i].data(), threads);
    GRAFT_RETURN_IF_ERROR(form.status());
    if (form->layout.empty())
      continue;
    packed[i] = std::move(form->bytes);
    wide.inputs[i].layout = form->layout;
    wide.inputs[i].bytes = packed[i].size();
    wide.inputs[i].data = sources[i] = packed[i].data();
    constants[i] = {};
  }
  for (unsigned i = 0; i < launch.outputs.size(); ++i)
    if (is16BitFloat(launch.outputs[i].type.dtype))
      GRAFT_RETURN_IF_ERROR(stage(launch.outputs[i], i, threads, out));
  Expected<std::unique_ptr<Kernel>> made = provider->create(wide, threads);
  GRAFT_RETURN_IF_ERROR(made.status());
  inner = *std::move(made);
  innerOffset = scratchSize;
  if (__builtin_add_overflow(scratchSize, inner->scratchBytes(), &scratchSize))
    return Status::exhausted("cpu: a tensor must fit into memory");
  return Status();
}

Status ComputeInF32Kernel::enqueue(const void *const *inputs,
                                   void *const *outputs,
                                   ExecutionContext &context) {
  char *base = static_cast<char *>(context.scratch());
  for (size_t i = 0; i < sources.size(); ++i)
    if (!isFixed[i])
      sources[i] = inputs[i];
  for (size_t i = 0; i < targets.size(); ++i)
    targets[i] = outputs[i];
  for (const Staged &staged : in) {
    float *copy = reinterpret_cast<float *>(base + staged.offset);
    staged.load(inputs[staged.index], copy);
    sources[staged.index] = copy;
  }
  for (const Staged &staged : out)
    targets[staged.index] = base + staged.offset;
  {
    ScratchOffset offset(context, innerOffset);
    GRAFT_RETURN_IF_ERROR(
        inner->enqueue(sources.data(), targets.data(), context));
  }
  for (const Staged &staged : out)
    staged.store(reinterpret_cast<const float *>(base + staged.offset),
                 outputs[staged.index]);
  return Status();
}

} // namespace

Tactics cpu::computeInF32Tactics(const LaunchDesc &launch, int threads) {
  if (!canComputeInF32(launch))
    return {};
  // A processor with bf16 instructions multiplies twice as many values a
  // second, so only depthwise operations are faster in f32. A plan for another
  // processor may name such a tactic all the same.
  bool isProduct = launch.op.kind == "matmul" || launch.op.kind == "conv2d" ||
                   launch.op.kind == "conv2d_transpose";
  if (launch.tactic.empty() && isProduct &&
      launch.op.attributes.getInt("groups", 1) == 1 &&
      launch.inputs[0].type.dtype == ops::DType::BF16 && hasBf16Products() &&
      !oneDnnProvider()->tactics(launch, threads).empty())
    return {};
  double bytes = 0;
  bool stridedInputs = true, stridedOutputs = true;
  for (const std::vector<Slot> *slots : {&launch.inputs, &launch.outputs})
    for (const Slot &slot : *slots) {
      int64_t count = 0;
      (void)ops::countElements(slot.type.shape, count);
      bool isNarrow = is16BitFloat(slot.type.dtype);
      if (isNarrow && !slot.constant)
        bytes += 6.0 * double(count);
      if (!isNarrow && !slot.constant)
        (slots == &launch.inputs ? stridedInputs : stridedOutputs) = false;
    }
  Tactics tactics;
  for (Choice &choice : choicesFor(widen(launch), /*named=*/"", threads)) {
    Tactic tactic;
    tactic.name = choice.name;
    tactic.seconds = choice.inner.seconds + memorySeconds(bytes, threads);
    tactic.stridedInputs = stridedInputs || choice.inner.stridedInputs;
    tactic.stridedOutputs = stridedOutputs || choice.inner.stridedOutputs;
    tactics.push_back(std::move(tactic));
  }
  return tactics;
}

KernelOr cpu::createComputeInF32(const LaunchDesc &launch, int threads) {
  auto kernel = std::make_unique<ComputeInF32Kernel>();
  GRAFT_RETURN_IF_ERROR(kernel->init(launch, threads));
  return std::unique_ptr<Kernel>(std::move(kernel));
}
