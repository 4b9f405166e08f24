//===- Provider.cpp - Graft's own kernels as a provider -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The operation and the tactic of a launch select the family that runs it. A
// plan for another processor may name a tactic that no family has on this
// machine or for these sizes; then the first family that takes the launch runs
// it.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Families.h"
#include "runtime/cpu/Providers.h"
#include "runtime/cpu/convolution/Bf16Convolution.h"
#include "runtime/cpu/convolution/Convolution.h"
#include "runtime/cpu/convolution/QuantizedConvolution.h"
#include "runtime/ops/Semantics.h"

#include <algorithm>
#include <unordered_map>

using namespace graft;
using namespace graft::runtime;

namespace {

struct Family {
  /// Operations that it may take; an empty list means all.
  std::vector<std::string_view> kinds;
  /// Its tactics; a name that ends in '-' is a prefix.
  std::vector<std::string_view> names;
  std::vector<Tactic> (*tactics)(const LaunchDesc &launch, int threads);
  Expected<std::unique_ptr<Kernel>> (*create)(const LaunchDesc &launch,
                                              int threads);
  /// Packs input 1, or null.
  Expected<PackedConstant> (*pack)(const LaunchDesc &launch,
                                   const void *dense) = nullptr;
  /// Bytes of input 1 in the layout of its slot, or 0.
  uint64_t (*packedBytes)(const LaunchDesc &launch) = nullptr;

  bool mayTake(std::string_view kind) const {
    return kinds.empty() ||
           std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  }
  bool mayHave(std::string_view tactic) const {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      return name.back() == '-' ? tactic.substr(0, name.size()) == name
                                : tactic == name;
    });
  }
  /// Whether its kernels read the launch's packed constants.
  bool reads(const LaunchDesc &launch) const {
    for (size_t i = 0; i < launch.inputs.size(); ++i)
      if (const Slot &slot = launch.inputs[i];
          !slot.layout.empty() &&
          (i != 1 || !packedBytes || packedBytes(launch) != slot.bytes))
        return false;
    return true;
  }
};

const Family families[] = {
    {{"attention"}, {"tiles"}, cpu::attentionTactics, cpu::createAttention},
    {{"conv2d"}, {"window"}, cpu::depthwiseTactics, cpu::createDepthwise},
    {{"conv2d"},
     {"code-window"},
     cpu::quantizedDepthwiseTactics,
     cpu::createQuantizedDepthwise},
    {{"conv2d", "matmul"},
     {"codes"},
     cpu::quantizedConvolutionTactics,
     cpu::createQuantizedConvolution,
     cpu::packQuantizedFilter,
     cpu::packedQuantizedFilterBytes},
    {{"conv2d", "matmul"},
     {"halves"},
     cpu::bf16ConvolutionTactics,
     cpu::createBf16Convolution,
     cpu::packBf16Filter,
     cpu::packedBf16FilterBytes},
    {{"conv2d", "matmul"},
     {"direct", "winograd"},
     cpu::convolutionTactics,
     cpu::createConvolution,
     cpu::packFilter,
     cpu::packedFilterBytes},
    {{"max_pool2d", "avg_pool2d"},
     {"window"},
     cpu::poolTactics,
     cpu::createPool},
    {{"max_pool2d", "avg_pool2d"},
     {"code-window"},
     cpu::quantizedPoolTactics,
     cpu::createQuantizedPool},
    {{}, {"rows"}, cpu::elementwiseTactics, cpu::createElementwise},
    {{"reduce"}, {"rows"}, cpu::reduceTactics, cpu::createReduce},
    {{"softmax", "layer_norm"},
     {"rows"},
     cpu::normalizeTactics,
     cpu::createNormalize},
    {{"observe"}, {"bins"}, cpu::observeTactics, cpu::createObserve},
    {{"combined_non_max_suppression"},
     {"classes"},
     cpu::suppressionTactics,
     cpu::createSuppression},
    {{"concat", "pack", "slice", "strided_slice", "pad", "transpose",
      "broadcast_to", "identity", "reshape", "expand_dims", "squeeze"},
     {"copy"},
     cpu::movementTactics,
     cpu::createMovement},
    {{"quantize", "dequantize"},
     {"rows"},
     cpu::quantizationTactics,
     cpu::createQuantization},
    {{}, {"f32-"}, cpu::computeInF32Tactics, cpu::createComputeInF32},
};

using Candidates = std::vector<const Family *>;

/// The families that may take an operation of `kind`, in their order.
const Candidates &familiesOf(const std::string &kind) {
  using Index = std::unordered_map<std::string_view, Candidates>;
  static const Index index = [] {
    Index made;
    for (const ops::OpSemantics &operation : ops::allOperations())
      for (const Family &family : families)
        if (family.mayTake(operation.kind))
          made[operation.kind].push_back(&family);
    return made;
  }();
  static const Candidates none;
  auto it = index.find(kind);
  return it == index.end() ? none : it->second;
}

/// The first family that takes the launch, or null.
const Family *findTaker(const LaunchDesc &launch, int threads) {
  for (const Family *family : familiesOf(launch.op.kind))
    if (!family->tactics(launch, threads).empty())
      return family;
  return nullptr;
}

class CpuProvider : public Provider {
public:
  std::string_view name() const override { return "cpu"; }

  std::vector<Tactic> tactics(const LaunchDesc &launch,
                              int threads) const override {
    for (const Family *family : familiesOf(launch.op.kind)) {
      std::vector<Tactic> found = family->tactics(launch, threads);
      if (!found.empty())
        return found;
    }
    return {};
  }

  Expected<PackedConstant> pack(const LaunchDesc &launch, unsigned input,
                                const void *dense, int) const override {
    auto isNamed = [&](const Tactic &tactic) {
      return tactic.name == launch.tactic;
    };
    const Family *packer = nullptr;
    for (const Family *family : familiesOf(launch.op.kind)) {
      if (packer || !family->mayHave(launch.tactic))
        continue;
      const std::vector<Tactic> found = family->tactics(launch, 1);
      if (std::any_of(found.begin(), found.end(), isNamed))
        packer = family;
    }
    if (!packer)
      packer = findTaker(launch, 1);
    return packer && packer->pack && input == 1 ? packer->pack(launch, dense)
                                                : PackedConstant();
  }

  uint64_t packedBytes(const LaunchDesc &launch,
                       unsigned input) const override {
    if (input != 1)
      return 0;
    for (const Family *family : familiesOf(launch.op.kind))
      if (family->mayHave(launch.tactic) && family->packedBytes)
        if (uint64_t bytes = family->packedBytes(launch))
          return bytes;
    const Family *taker = findTaker(launch, 1);
    return taker && taker->packedBytes ? taker->packedBytes(launch) : 0;
  }

protected:
  Expected<std::unique_ptr<Kernel>> createKernel(const LaunchDesc &launch,
                                                 int threads) const override {
    for (const Family *family : familiesOf(launch.op.kind))
      if (family->mayHave(launch.tactic) && family->reads(launch))
        if (cpu::KernelOr kernel = family->create(launch, threads);
            kernel || kernel.status().code() == StatusCode::Exhausted)
          return kernel;
    if (const Family *taker = findTaker(launch, threads);
        taker && taker->reads(launch))
      return taker->create(launch, threads);
    return Status::failed("cpu: no kernel for '" + launch.op.kind + "'");
  }
};

} // namespace

const Provider *graft::runtime::cpuProvider() {
  static const CpuProvider provider;
  return &provider;
}
