//===- SimProvider.cpp - who runs launches on the simulated device --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Its processor is simulated by the CPU's kernels, on the device's view of the
// memory.
//===----------------------------------------------------------------------===//
#include "SimProvider.h"
#include "SimDevice.h"
#include "SimQueue.h"
#include "runtime/core/ReferenceProvider.h"
#include "runtime/cpu/Providers.h"

#include <cstring>

using namespace graft;
using namespace graft::sim;
using namespace graft::runtime;

static constexpr char kTactic[] = "simulated";

static bool isFilter(const LaunchDesc &launch, size_t input) {
  return input == 1 && launch.op.kind == "conv2d" &&
         launch.inputs[1].type.shape.size() == 4;
}

/// Copies a filter between [height, width, in, out] and [out, height, width,
/// in].
static void transpose(const ops::TensorType &type, bool toPacked,
                      const void *from, void *to) {
  size_t size = ops::sizeOf(type.dtype);
  auto outs = static_cast<size_t>(type.shape[3]);
  auto rest =
      static_cast<size_t>(type.shape[0] * type.shape[1] * type.shape[2]);
  for (size_t o = 0; o < outs; ++o)
    for (size_t r = 0; r < rest; ++r) {
      size_t dense = (r * outs + o) * size, packed = (o * rest + r) * size;
      std::memcpy(static_cast<char *>(to) + (toPacked ? packed : dense),
                  static_cast<const char *>(from) + (toPacked ? dense : packed),
                  size);
    }
}

/// The launch as the CPU's providers know it: no constant is packed.
static LaunchDesc unpacked(const LaunchDesc &launch) {
  LaunchDesc result = launch;
  result.tactic.clear();
  for (Slot &slot : result.inputs) {
    slot.layout.clear();
    slot.bytes = 0;
    slot.data = nullptr;
  }
  return result;
}

namespace {

/// A kernel of the CPU on the device's memory.
class SimKernel final : public Kernel {
public:
  Status init(const LaunchDesc &launch);
  uint64_t scratchBytes() const override { return inner->scratchBytes(); }
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) override;

private:
  std::vector<std::vector<std::byte>> constants; ///< or empty, of each input
  size_t numOutputs = 0;
  std::unique_ptr<Kernel> inner;
};

class SimProvider final : public Provider {
public:
  std::string_view name() const override { return "sim"; }
  std::vector<Tactic> tactics(const LaunchDesc &launch, int) const override;
  Expected<PackedConstant> pack(const LaunchDesc &launch, unsigned input,
                                const void *dense, int) const override;
  uint64_t packedBytes(const LaunchDesc &launch, unsigned input) const override;

protected:
  Expected<std::unique_ptr<Kernel>> createKernel(const LaunchDesc &launch,
                                                 int) const override;
};

} // namespace

/// Who simulates the launch.
static const Provider *findInner(const LaunchDesc &launch, Tactic &tactic) {
  for (const Provider *provider : {cpuProvider(), &referenceProvider()}) {
    std::vector<Tactic> tactics = provider->tactics(launch, 1);
    if (tactics.empty())
      continue;
    tactic = tactics.front();
    return provider;
  }
  return nullptr;
}

Status SimKernel::init(const LaunchDesc &launch) {
  LaunchDesc desc = unpacked(launch);
  Tactic tactic;
  const Provider *provider = findInner(desc, tactic);
  if (!provider)
    return Status::failed("sim: no kernel for '" + launch.op.kind + "'");
  desc.tactic = tactic.name;
  constants.resize(launch.inputs.size());
  numOutputs = launch.outputs.size();
  for (size_t i = 0; i < launch.inputs.size(); ++i) {
    const Slot &slot = launch.inputs[i];
    if (!slot.constant || !slot.data)
      continue;
    uint64_t bytes = 0;
    if (!ops::countBytes(slot.type, bytes))
      return Status::exhausted("sim: a constant must fit into memory");
    std::vector<std::byte> dense(bytes);
    if (slot.layout.empty())
      std::memcpy(dense.data(), slot.data, bytes);
    else
      transpose(slot.type, /*toPacked=*/false, slot.data, dense.data());
    Expected<PackedConstant> packed =
        provider->pack(desc, static_cast<unsigned>(i), dense.data(), 1);
    GRAFT_RETURN_IF_ERROR(packed.status());
    desc.inputs[i].layout = packed->layout;
    desc.inputs[i].bytes = packed->bytes.size();
    constants[i] =
        packed->layout.empty() ? std::move(dense) : std::move(packed->bytes);
    desc.inputs[i].data = constants[i].data();
  }
  Expected<std::unique_ptr<Kernel>> kernel = provider->create(desc, 1);
  GRAFT_RETURN_IF_ERROR(kernel.status());
  inner = *std::move(kernel);
  return Status();
}

Status SimKernel::enqueue(const void *const *inputs, void *const *outputs,
                          ExecutionContext &context) {
  std::vector<const void *> from;
  std::vector<void *> to;
  const SimDevice &device = simDevice();
  for (size_t i = 0; i < constants.size(); ++i)
    from.push_back(constants[i].empty() ? device.inside(inputs[i])
                                        : constants[i].data());
  for (size_t i = 0; i < numOutputs; ++i)
    to.push_back(device.inside(outputs[i]));
  void *scratch =
      inner->scratchBytes() ? device.inside(context.scratch()) : nullptr;
  static_cast<SimQueue &>(context).push([this, from, to, scratch] {
    ExecutionContext own(scratch);
    return inner->enqueue(from.data(), to.data(), own);
  });
  return Status();
}

std::vector<Tactic> SimProvider::tactics(const LaunchDesc &launch, int) const {
  for (const std::vector<Slot> *slots : {&launch.inputs, &launch.outputs})
    for (const Slot &slot : *slots)
      if (!slot.strides.empty())
        return {};
  Tactic found;
  if (!findInner(unpacked(launch), found))
    return {};
  Tactic tactic;
  tactic.name = kTactic;
  tactic.seconds = found.seconds;
  return {tactic};
}

Expected<PackedConstant> SimProvider::pack(const LaunchDesc &launch,
                                           unsigned input, const void *dense,
                                           int) const {
  PackedConstant packed;
  if (!isFilter(launch, input))
    return packed;
  packed.layout = kFilterLayout;
  packed.bytes.resize(packedBytes(launch, input));
  transpose(launch.inputs[input].type, /*toPacked=*/true, dense,
            packed.bytes.data());
  return packed;
}

uint64_t SimProvider::packedBytes(const LaunchDesc &launch,
                                  unsigned input) const {
  uint64_t bytes = 0;
  return isFilter(launch, input) &&
                 ops::countBytes(launch.inputs[input].type, bytes)
             ? bytes
             : 0;
}

Expected<std::unique_ptr<Kernel>>
SimProvider::createKernel(const LaunchDesc &launch, int) const {
  for (size_t i = 0; i < launch.inputs.size(); ++i)
    if (!launch.inputs[i].layout.empty() &&
        (launch.inputs[i].layout != kFilterLayout || !isFilter(launch, i)))
      return Status::badInput("sim: a filter must be packed as 'ohwi', got '" +
                              launch.inputs[i].layout + "'");
  auto kernel = std::make_unique<SimKernel>();
  GRAFT_RETURN_IF_ERROR(kernel->init(launch));
  return std::unique_ptr<Kernel>(std::move(kernel));
}

const Provider &graft::sim::simProvider() {
  static const SimProvider provider;
  return provider;
}
