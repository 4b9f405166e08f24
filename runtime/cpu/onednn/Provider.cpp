//===- Provider.cpp - oneDNN as a provider --------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Takes convolutions, matrix products, pooling and softmax on dense tensors.
// oneDNN 3.2 falls back to its slow reference loops for images that are slices
// of larger tensors, so no tactic here takes strided tensors.
//===----------------------------------------------------------------------===//
#include "runtime/core/Memory.h"
#include "runtime/cpu/Isa.h"
#include "runtime/cpu/Problem.h"
#include "runtime/cpu/Providers.h"
#include "runtime/cpu/WorkerPool.h"
#include "runtime/cpu/onednn/Plan.h"
#include "runtime/cpu/onednn/Regions.h"
#include "runtime/cpu/onednn/Weights.h"

#include <algorithm>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::onednn;

namespace {

class OneDnnKernel : public Kernel {
public:
  /// Makes primitives of the plan; allocates all that run() uses. `weights`:
  /// the contents of constant weights, or null.
  Status init(PrimitivePlan plan, const void *weights, int threads);

  uint64_t scratchBytes() const override { return scratchSize; }
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) override;

private:
  struct Argument {
    bool isOutput;
    unsigned index;
    MemoryObject memory;
  };
  Status addMemory(int argument, const_dnnl_memory_desc_t desc,
                   MemoryObject &memory);
  void reserve(const_dnnl_memory_desc_t desc, uint64_t &offset);
  Status makeReorder(const PrimitivePlan &plan);
  Status setReorderBuffers(const void *source, void *target, void *scratch);
  Status reorderOnce(const PrimitivePlan &plan, const void *weights);

  int threads = 1;
  uint64_t scratchSize = 0;
  Stream stream;
  Primitive primitive;
  std::vector<dnnl_exec_arg_t> arguments;
  std::vector<Argument> slots;
  MemoryObject scratchpad;
  // Reorders weights that have another format than the primitive requires:
  // constants once, others at each run.
  Memory ownWeights;
  Primitive reorder;
  MemoryObject reorderSource, reorderTarget, reorderScratchpad;
  std::vector<dnnl_exec_arg_t> reorderArguments;
  uint64_t scratchpadOffset = 0, targetOffset = 0, reorderScratchpadOffset = 0;
  unsigned weightsIndex = 0;
};

Status makeMemory(const_dnnl_memory_desc_t desc, MemoryObject &memory) {
  dnnl_memory_t created = nullptr;
  GRAFT_RETURN_IF_DNNL_ERROR(
      dnnl_memory_create(&created, desc, engine(), DNNL_MEMORY_NONE), "memory");
  memory.reset(created);
  return Status();
}

const_dnnl_memory_desc_t descOf(const MemoryObject &memory) {
  const_dnnl_memory_desc_t desc = nullptr;
  (void)dnnl_memory_get_memory_desc(memory.get(), &desc);
  return desc;
}

Status OneDnnKernel::addMemory(int argument, const_dnnl_memory_desc_t desc,
                               MemoryObject &memory) {
  if (Status s = makeMemory(desc, memory); !s)
    return s;
  arguments.push_back({argument, memory.get()});
  return Status();
}

void OneDnnKernel::reserve(const_dnnl_memory_desc_t desc, uint64_t &offset) {
  offset = scratchSize;
  scratchSize += (dnnl_memory_desc_get_size(desc) + 63) / 64 * 64;
}

Status OneDnnKernel::init(PrimitivePlan plan, const void *weights,
                          int threadCount) {
  threads = threadCount;
  // Members of a region may wait for each other. Borrowed threads may be
  // present.
  cpu::WorkerPool &pool = cpu::WorkerPool::own();
  if (&cpu::WorkerPool::current() == &pool && !pool.reserve(threads))
    return Status::exhausted("a run on " + std::to_string(threads) +
                             " threads must get " +
                             std::to_string(threads - 1) +
                             " more from the system, which has no more: give "
                             "fewer threads");
  dnnl_stream_t createdStream = nullptr;
  GRAFT_RETURN_IF_DNNL_ERROR(
      dnnl_stream_create(&createdStream, engine(), dnnl_stream_default_flags),
      "stream");
  stream.reset(createdStream);
  dnnl_primitive_t created = nullptr;
  GRAFT_RETURN_IF_DNNL_ERROR(dnnl_primitive_create(&created, plan.desc.get()),
                             "primitive");
  primitive.reset(created);
  arguments.reserve(plan.bindings.size() + 2);
  for (Binding &binding : plan.bindings) {
    slots.push_back({binding.isOutput, binding.index, nullptr});
    if (Status s = addMemory(binding.argument, binding.desc.get(),
                             slots.back().memory);
        !s)
      return s;
  }
  const_dnnl_memory_desc_t scratch = dnnl_primitive_desc_query_md(
      plan.desc.get(), dnnl_query_scratchpad_md, 0);
  if (dnnl_memory_desc_get_size(scratch) > 0) {
    reserve(scratch, scratchpadOffset);
    if (Status s = addMemory(DNNL_ARG_SCRATCHPAD, scratch, scratchpad); !s)
      return s;
  }
  if (plan.weights < 0)
    return Status();
  weightsIndex = unsigned(plan.weights);
  if (dnnl_memory_desc_equal(plan.given.get(), plan.wanted.get())) {
    slots.push_back({false, weightsIndex, nullptr});
    return addMemory(DNNL_ARG_WEIGHTS, plan.wanted.get(), slots.back().memory);
  }

  if (Status s = addMemory(DNNL_ARG_WEIGHTS, plan.wanted.get(), reorderTarget);
      !s)
    return s;
  GRAFT_RETURN_IF_ERROR(makeReorder(plan));
  if (weights)
    return reorderOnce(plan, weights);
  reserve(plan.wanted.get(), targetOffset);
  if (reorderScratchpad)
    reserve(descOf(reorderScratchpad), reorderScratchpadOffset);
  return Status();
}

Status OneDnnKernel::makeReorder(const PrimitivePlan &plan) {
  GRAFT_RETURN_IF_ERROR(makeMemory(plan.given.get(), reorderSource));
  dnnl_primitive_attr_t attr = nullptr;
  GRAFT_RETURN_IF_DNNL_ERROR(dnnl_primitive_attr_create(&attr), "attributes");
  PrimitiveAttr attributes(attr);
  GRAFT_RETURN_IF_DNNL_ERROR(
      dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user),
      "scratchpad mode");
  dnnl_primitive_desc_t desc = nullptr;
  GRAFT_RETURN_IF_DNNL_ERROR(
      dnnl_reorder_primitive_desc_create(&desc, plan.given.get(), engine(),
                                         plan.wanted.get(), engine(), attr),
      "reorder");
  PrimitiveDesc owner(desc);
  dnnl_primitive_t created = nullptr;
  GRAFT_RETURN_IF_DNNL_ERROR(dnnl_primitive_create(&created, desc), "reorder");
  reorder.reset(created);
  reorderArguments = {{DNNL_ARG_FROM, reorderSource.get()},
                      {DNNL_ARG_TO, reorderTarget.get()}};
  const_dnnl_memory_desc_t scratch =
      dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0);
  if (dnnl_memory_desc_get_size(scratch) > 0) {
    GRAFT_RETURN_IF_ERROR(makeMemory(scratch, reorderScratchpad));
    reorderArguments.push_back({DNNL_ARG_SCRATCHPAD, reorderScratchpad.get()});
  }
  return Status();
}

/// What the next execution of the reorder reads and writes.
Status OneDnnKernel::setReorderBuffers(const void *source, void *target,
                                       void *scratch) {
  GRAFT_RETURN_IF_DNNL_ERROR(
      dnnl_memory_set_data_handle(reorderSource.get(),
                                  const_cast<void *>(source)),
      "memory");
  GRAFT_RETURN_IF_DNNL_ERROR(
      dnnl_memory_set_data_handle(reorderTarget.get(), target), "memory");
  if (reorderScratchpad)
    GRAFT_RETURN_IF_DNNL_ERROR(
        dnnl_memory_set_data_handle(reorderScratchpad.get(), scratch),
        "memory");
  return Status();
}

/// The plan was packed for another number of threads, for which the primitive
/// requires another format.
Status OneDnnKernel::reorderOnce(const PrimitivePlan &plan,
                                 const void *weights) {
  const uint64_t bytes = dnnl_memory_desc_get_size(plan.wanted.get());
  const uint64_t scratchBytes =
      reorderScratchpad ? dnnl_memory_desc_get_size(descOf(reorderScratchpad))
                        : 0;
  Memory scratch;
  if (!ownWeights.reset(bytes) || !scratch.reset(scratchBytes))
    return Status::exhausted("weights in another layout need " +
                             std::to_string(bytes) + " bytes");
  GRAFT_RETURN_IF_ERROR(
      setReorderBuffers(weights, ownWeights.data(), scratch.data()));
  GRAFT_RETURN_IF_DNNL_ERROR(
      dnnl_primitive_execute(reorder.get(), stream.get(),
                             int(reorderArguments.size()),
                             reorderArguments.data()),
      "reorder");
  reorder.reset();
  return Status();
}

Status OneDnnKernel::enqueue(const void *const *inputs, void *const *outputs,
                             ExecutionContext &context) {
  ThreadCountScope scope(threads);
  auto at = [&](uint64_t offset) {
    return static_cast<void *>(static_cast<char *>(context.scratch()) + offset);
  };
  for (Argument &slot : slots) {
    void *data = slot.isOutput ? outputs[slot.index]
                               : const_cast<void *>(inputs[slot.index]);
    GRAFT_RETURN_IF_DNNL_ERROR(
        dnnl_memory_set_data_handle(slot.memory.get(), data), "memory");
  }
  if (scratchpad)
    GRAFT_RETURN_IF_DNNL_ERROR(
        dnnl_memory_set_data_handle(scratchpad.get(), at(scratchpadOffset)),
        "memory");
  if (reorder) {
    GRAFT_RETURN_IF_ERROR(setReorderBuffers(
        inputs[weightsIndex], at(targetOffset), at(reorderScratchpadOffset)));
    GRAFT_RETURN_IF_DNNL_ERROR(
        dnnl_primitive_execute(reorder.get(), stream.get(),
                               int(reorderArguments.size()),
                               reorderArguments.data()),
        "reorder");
  }
  GRAFT_RETURN_IF_DNNL_ERROR(
      dnnl_primitive_execute(primitive.get(), stream.get(),
                             int(arguments.size()), arguments.data()),
      "execution");
  return Status();
}

/// Seconds that a primitive takes: measured rates per thread on AVX-512 at two
/// 512-bit multiply-adds a cycle, plus the time to open a parallel region.
double estimate(const LaunchDesc &launch, const PrimitivePlan &plan,
                int threads) {
  // Multiply-adds count twice. Without bf16 instructions, bf16 is converted
  // when it is loaded.
  double peak = 264e9;
  if (launch.inputs[0].type.dtype == ops::DType::BF16)
    peak *= cpu::hasBf16Products() ? 1.86 : 0.5;
  constexpr double kBandwidth = 20e9; // of memory, per thread
  constexpr double kOverhead = 4e-6;
  double bytes = 0;
  for (const Slot &slot : launch.inputs) {
    int64_t count = 0;
    (void)ops::countElements(slot.type.shape, count);
    bytes += double(count) * double(ops::sizeOf(slot.type.dtype));
  }
  double flops = 0, rate = 0.87; // brgconv, brgemm: 0.82 to 0.99
  cpu::Conv2D conv;
  if (cpu::readConv2D(launch, conv)) {
    flops = conv.flops();
    if (conv.groups > 1)
      rate = 0.12; // depthwise: bound by loads
    else if (conv.window.size[0] * conv.window.size[1] == 1)
      rate = 0.84; // writes are not overlapped
    else if (conv.channels < 16)
      rate = 0.55; // image layers: few products per load
  } else if (plan.weights >= 0) {
    int64_t out = 0;
    (void)ops::countElements(launch.outputs[0].type.shape, out);
    const ops::Shape &a = launch.inputs[0].type.shape;
    bool transposed = launch.op.attributes.getInt("transpose_a") != 0;
    flops = 2.0 * double(out) * double(a[a.size() - (transposed ? 2 : 1)]);
  } else {
    flops = bytes / 4 * 8;
    rate = 0.02;
  }
  if (plan.implementation.rfind("ref", 0) == 0)
    rate = 0.002;
  return kOverhead + std::max(flops / (peak * rate), bytes / kBandwidth) /
                         std::max(threads, 1);
}

/// Whether oneDNN takes the launch on every processor. It does for f32, but it
/// knows the speed of this processor alone: Graft's kernels come first.
bool isPortable(const LaunchDesc &launch, int threads) {
  return cpu::allOf(launch, ops::DType::F32) &&
         cpuProvider()->tactics(launch, threads).empty();
}

class OneDnnProvider : public Provider {
public:
  std::string_view name() const override { return "onednn"; }

  std::vector<Tactic> tactics(const LaunchDesc &launch,
                              int threads) const override {
    if (cpu::chosenArchitecture() && !isPortable(launch, threads))
      return {};
    ThreadCountScope scope(threads);
    Expected<PrimitivePlan> plan = planPrimitive(launch);
    if (!plan)
      return {};
    if (cpu::chosenArchitecture())
      plan->implementation.clear(); // that of this processor
    Tactic tactic;
    tactic.name = "primitive";
    tactic.seconds = estimate(launch, *plan, threads);
    return {tactic};
  }

  Expected<PackedConstant> pack(const LaunchDesc &launch, unsigned input,
                                const void *dense, int threads) const override {
    ThreadCountScope scope(threads);
    PackedConstant packed;
    // The format would be this processor's. The kernel reorders the weights.
    if (cpu::chosenArchitecture())
      return packed;
    Expected<PrimitivePlan> plan = planPrimitive(launch);
    if (!plan || plan->weights != int(input))
      return packed;
    std::string tag = tagOf(plan->wanted.get());
    if (tag.empty() ||
        dnnl_memory_desc_equal(plan->wanted.get(), plan->dense.get()))
      return packed; // the primitive reorders at each run, if at all
    packed.layout = tag;
    packed.bytes.resize(dnnl_memory_desc_get_size(plan->wanted.get()));
    PrimitivePlan once;
    MemoryObject from, to;
    if (Status s = makeMemory(plan->dense.get(), from); !s)
      return s;
    if (Status s = makeMemory(plan->wanted.get(), to); !s)
      return s;
    (void)dnnl_memory_set_data_handle(from.get(), const_cast<void *>(dense));
    (void)dnnl_memory_set_data_handle(to.get(), packed.bytes.data());
    dnnl_primitive_desc_t desc = nullptr;
    GRAFT_RETURN_IF_DNNL_ERROR(dnnl_reorder_primitive_desc_create(
                                   &desc, plan->dense.get(), engine(),
                                   plan->wanted.get(), engine(), nullptr),
                               "reorder");
    PrimitiveDesc owner(desc);
    dnnl_primitive_t created = nullptr;
    GRAFT_RETURN_IF_DNNL_ERROR(dnnl_primitive_create(&created, desc),
                               "reorder");
    Primitive reorder(created);
    dnnl_stream_t createdStream = nullptr;
    GRAFT_RETURN_IF_DNNL_ERROR(
        dnnl_stream_create(&createdStream, engine(), dnnl_stream_default_flags),
        "stream");
    Stream stream(createdStream);
    dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from.get()},
                                   {DNNL_ARG_TO, to.get()}};
    GRAFT_RETURN_IF_DNNL_ERROR(
        dnnl_primitive_execute(reorder.get(), stream.get(), 2, arguments),
        "reorder");
    return packed;
  }

  uint64_t packedBytes(const LaunchDesc &launch,
                       unsigned input) const override {
    return input == 1 ? packedWeightBytes(launch) : 0;
  }

protected:
  Expected<std::unique_ptr<Kernel>> createKernel(const LaunchDesc &launch,
                                                 int threads) const override {
    ThreadCountScope scope(threads);
    Expected<PrimitivePlan> plan = planPrimitive(launch);
    if (!plan)
      return plan.status();
    auto kernel = std::make_unique<OneDnnKernel>();
    const void *weights =
        plan->weights < 0 ? nullptr : launch.inputs[size_t(plan->weights)].data;
    GRAFT_RETURN_IF_ERROR(kernel->init(std::move(*plan), weights, threads));
    return std::unique_ptr<Kernel>(std::move(kernel));
  }
};

} // namespace

const Provider *graft::runtime::oneDnnProvider() {
  static const OneDnnProvider provider;
  return &provider;
}
