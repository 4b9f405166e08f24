//===- Context.cpp - one run of an engine at a time -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// prepare() does everything that does not need the data.
//===----------------------------------------------------------------------===//
#include "runtime/core/Context.h"
#include "runtime/core/ArenaPlanner.h"
#include "runtime/core/KernelChoice.h"
#include "support/Processors.h"

#include <algorithm>

using namespace graft;
using namespace graft::runtime;

Context::Context(std::shared_ptr<const Engine> engine, int threads)
    : source(std::move(engine)), threads(resolveThreads(threads)),
      bindings(source->backend().device()), loop(source->backend()),
      arena(source->backend().device()), values(source->backend().device()) {
  const Plan &plan = source->plan();
  for (uint32_t index : plan.inputs)
    inputShapes.push_back(plan.tensors[index].type.shape);
  ports.assign(plan.tensors.size(), 0);
  for (uint32_t i = 0; i < plan.inputs.size(); ++i)
    ports[plan.inputs[i]] = i;
  for (uint32_t i = 0; i < plan.outputs.size(); ++i)
    ports[plan.outputs[i]] = i;
}

Context::~Context() = default;

Status Context::setShape(size_t i, const ops::Shape &shape) {
  const Plan &plan = source->plan();
  if (i >= plan.inputs.size())
    return Status::usage("the input must be one of " +
                         std::to_string(plan.inputs.size()) + ", got " +
                         std::to_string(i));
  const PlanTensor &port = plan.tensors[plan.inputs[i]];
  if (!port.takes(shape))
    return Status::usage("input '" + port.name + "' must be " +
                         port.describe() + ", got " + ops::toString(shape));
  if (inputShapes[i] == shape)
    return Status();
  inputShapes[i] = shape;
  ready = false;
  return Status();
}

void Context::release() {
  ready = false;
  loop.clear();
  bindings.clear();
  solution = ShapeSolution();
}

Status Context::prepare() {
  if (ready)
    return Status();
  release();
  const Plan &plan = source->plan();
  for (const PlanTensor &tensor : plan.tensors)
    solution.shapes.push_back(tensor.type.shape);
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    const ops::Shape &shape = inputShapes[i];
    if (!ops::TensorType{ops::DType::F32, shape}.isStatic())
      return Status::usage("input '" + plan.tensors[plan.inputs[i]].name +
                           "' must be given a shape, got " +
                           ops::toString(shape));
    solution.shapes[plan.inputs[i]] = shape;
  }
  GRAFT_RETURN_IF_ERROR(
      solveShapes(plan, source->facts(), source->weights(), solution));
  addresses.assign(plan.tensors.size(), nullptr);
  GRAFT_RETURN_IF_ERROR(makeValues());
  GRAFT_RETURN_IF_ERROR(makeArena());
  if (Status status = makeSteps(); !status.ok()) {
    release();
    return status;
  }
  ready = true;
  return Status();
}

Status Context::makeValues() {
  const Backend &backend = source->backend();
  uint64_t bytes = 0;
  // These are a few small tensors, whose sizes cannot overflow.
  auto aligned = [&](size_t size) {
    return (size + backend.alignment() - 1) & ~(backend.alignment() - 1);
  };
  for (const auto &[root, value] : solution.values)
    bytes += aligned(value.size());
  if (!values.reset(bytes))
    return Status::exhausted("known values need " + std::to_string(bytes) +
                             " bytes");
  std::byte *next = values.data();
  for (const auto &[root, value] : solution.values) {
    addresses[root] = next;
    if (!value.empty())
      GRAFT_RETURN_IF_ERROR(
          backend.device().copyIn(next, value.data(), value.size()));
    next += aligned(value.size());
  }
  return Status();
}

Status Context::makeArena() {
  const Plan &plan = source->plan();
  const PlanFacts &facts = source->facts();
  std::vector<ArenaBlock> blocks;
  std::vector<uint32_t> owners;
  for (uint32_t i = 0; i < plan.tensors.size(); ++i) {
    if (plan.tensors[i].storage != Storage::Arena ||
        facts.firstUse[i] == kNever || addresses[i])
      continue;
    ArenaBlock block;
    if (!ops::countBytes({plan.tensors[i].type.dtype, solution.shapes[i]},
                         block.bytes))
      return Status::exhausted(describeTensor(plan, i) +
                               " must fit into memory, got " +
                               ops::toString(solution.shapes[i]));
    block.first = facts.firstUse[i];
    block.last = facts.lastUse[i];
    block.offset = plan.tensors[i].offset;
    blocks.push_back(block);
    owners.push_back(i);
  }
  uint64_t bytes = plan.arenaBytes;
  if (!facts.isStatic &&
      !planArena(blocks, bytes, source->backend().alignment()))
    return Status::exhausted("the arena must fit into memory");
  if (arena.size() != bytes && !arena.reset(bytes))
    return Status::exhausted("the arena needs " + std::to_string(bytes) +
                             " bytes");
  for (size_t i = 0; i < blocks.size(); ++i)
    addresses[owners[i]] = arena.data() + blocks[i].offset;
  return Status();
}

Slot Context::makeSlot(uint32_t index) const {
  const Placement &place = solution.placements[index];
  const PlanTensor &root = source->plan().tensors[place.root];
  Slot slot;
  slot.type = {source->plan().tensors[index].type.dtype,
               solution.shapes[index]};
  if (!place.dense)
    slot.strides = place.strides;
  slot.constant = root.storage == Storage::Constant;
  if (slot.constant) {
    slot.data = source->weights().data() + root.offset + place.byteOffset;
    slot.layout = root.layout;
    slot.bytes = root.layout.empty() ? 0 : root.bytes;
  }
  return slot;
}

LaunchDesc Context::describe(size_t index) const {
  const PlanLaunch &launch = source->plan().launches[index];
  LaunchDesc desc;
  desc.op = launch.op;
  desc.tactic = launch.tactic;
  for (uint32_t input : launch.inputs)
    desc.inputs.push_back(makeSlot(input));
  for (uint32_t output : launch.outputs)
    desc.outputs.push_back(makeSlot(output));
  return desc;
}

/// Bytes of the ports with this context's shapes.
Status Context::stagePorts() {
  const Plan &plan = source->plan();
  std::vector<uint64_t> bytes[2];
  for (bool isOutput : {false, true})
    for (uint32_t port : isOutput ? plan.outputs : plan.inputs)
      if (!ops::countBytes(
              {plan.tensors[port].type.dtype, solution.shapes[port]},
              bytes[isOutput].emplace_back()))
        return Status::exhausted(describeTensor(plan, port) +
                                 " must fit into memory, got " +
                                 ops::toString(solution.shapes[port]));
  return bindings.stage(bytes[0], bytes[1]);
}

size_t Context::addPointer(uint32_t index) {
  const Placement &place = solution.placements[index];
  const PlanTensor &root = source->plan().tensors[place.root];
  switch (root.storage) {
  case Storage::Input:
  case Storage::Output:
    return bindings.add({root.storage == Storage::Output, ports[place.root]},
                        place.byteOffset);
  case Storage::Constant:
    // Kernels get inputs as pointers to const.
    return bindings.add(const_cast<std::byte *>(source->residentWeights()) +
                        root.offset + place.byteOffset);
  case Storage::Arena:
    return bindings.add(addresses[place.root] + place.byteOffset);
  case Storage::View:
    break; // no root is a view
  }
  return bindings.add(nullptr);
}

Expected<std::unique_ptr<Kernel>> Context::makeKernel(size_t index) const {
  const Plan &plan = source->plan();
  const PlanLaunch &launch = plan.launches[index];
  auto isOpen = [&](uint32_t tensor) {
    return !plan.tensors[tensor].type.isStatic();
  };
  KernelRequest request;
  request.planned = &source->provider(index);
  for (const std::vector<uint32_t> *tensors : {&launch.inputs, &launch.outputs})
    request.isDynamic |= std::any_of(tensors->begin(), tensors->end(), isOpen);
  for (uint32_t input : launch.inputs)
    for (uint32_t output : launch.outputs)
      request.inPlace |=
          compareMemory(plan, solution.shapes, solution.placements, input,
                        output) != Sharing::None;
  return chooseKernel(source->backend(), request, describe(index), threads);
}

Status Context::makeSteps() {
  const Plan &plan = source->plan();
  if (bindings.isStaged())
    GRAFT_RETURN_IF_ERROR(stagePorts());
  for (size_t i = 0; i < plan.launches.size(); ++i) {
    const PlanLaunch &launch = plan.launches[i];
    LaunchLoop::Step &step = loop.add();
    step.name = &launch.name;
    auto isEmpty = [&](uint32_t tensor) {
      int64_t count = 0;
      (void)ops::countElements(solution.shapes[tensor], count);
      return count == 0;
    };
    if (solution.done[i] ||
        std::all_of(launch.outputs.begin(), launch.outputs.end(), isEmpty))
      continue;
    Expected<std::unique_ptr<Kernel>> kernel = makeKernel(i);
    if (!kernel)
      return Status(kernel.status().code(), "launch '" + launch.name + "': " +
                                                kernel.status().message());
    step.kernel = *std::move(kernel);
    // The pointers of a launch are contiguous in the table.
    for (size_t k = 0; k < launch.inputs.size(); ++k) {
      size_t place = addPointer(launch.inputs[k]);
      step.inputs = k == 0 ? place : step.inputs;
    }
    for (size_t k = 0; k < launch.outputs.size(); ++k) {
      size_t place = addPointer(launch.outputs[k]);
      step.outputs = k == 0 ? place : step.outputs;
    }
  }
  announceWeights();
  return loop.prepare();
}

/// A run uses weights once, and they are many times larger than the caches. So
/// each kernel learns which weights follow, to prefetch them in time.
void Context::announceWeights() {
  constexpr uint64_t kWorthwhile = 16 << 10;
  const Plan &plan = source->plan();
  const std::byte *next = nullptr;
  uint64_t nextBytes = 0;
  for (size_t i = loop.size(); i-- > 0;) {
    if (loop[i].kernel && next)
      loop[i].kernel->expectNext(next, nextBytes);
    for (uint32_t input : plan.launches[i].inputs) {
      const Placement &place = solution.placements[input];
      const PlanTensor &root = plan.tensors[place.root];
      if (root.storage != Storage::Constant || root.bytes < kWorthwhile ||
          place.byteOffset != 0)
        continue;
      next = source->residentWeights() + root.offset;
      nextBytes = root.bytes;
    }
  }
}

Status Context::run(const void *const *inputs, void *const *outputs,
                    const RunOptions &options) {
  if (!ready)
    GRAFT_RETURN_IF_ERROR(prepare());
  return loop.run(bindings, inputs, outputs, options);
}

LiveTensor Context::launchOutput(size_t launch, size_t i) const {
  uint32_t index = source->plan().launches[launch].outputs[i];
  return {{source->plan().tensors[index].type.dtype, solution.shapes[index]},
          solution.placements[index].strides,
          bindings.at(loop[launch].outputs)[i]};
}

ops::TensorType Context::inputType(size_t i) const {
  const PlanTensor &port = source->plan().tensors[source->plan().inputs[i]];
  return {port.type.dtype, inputShapes[i]};
}

const ops::Shape &Context::outputShape(size_t i) const {
  uint32_t index = source->plan().outputs[i];
  return ready ? solution.shapes[index]
               : source->plan().tensors[index].type.shape;
}

ops::TensorType Context::outputType(size_t i) const {
  uint32_t index = source->plan().outputs[i];
  return {source->plan().tensors[index].type.dtype, outputShape(i)};
}
