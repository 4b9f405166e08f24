//===- Provider.cpp - Graft's own kernels as a provider -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Asks each family of kernels in turn; the first that takes a launch runs it.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Families.h"
#include "runtime/cpu/Providers.h"
#include "runtime/cpu/convolution/CodeConvolution.h"
#include "runtime/cpu/convolution/Convolution.h"
#include "runtime/cpu/convolution/HalfConvolution.h"

#include <algorithm>

using namespace graft;
using namespace graft::runtime;

namespace {

struct Family {
  std::vector<Tactic> (*tactics)(const LaunchDesc &launch, int threads);
  Expected<std::unique_ptr<Kernel>> (*create)(const LaunchDesc &launch,
                                              int threads);
  /// Packs input 1, or null.
  Expected<PackedConstant> (*pack)(const LaunchDesc &launch,
                                   const void *dense) = nullptr;
  /// Bytes of input 1 in the form that its layout names, or 0.
  uint64_t (*packedBytes)(const LaunchDesc &launch) = nullptr;
};

const Family families[] = {
    {cpu::attentionTactics, cpu::createAttention},
    {cpu::depthwiseTactics, cpu::createDepthwise},
    {cpu::codeDepthwiseTactics, cpu::createCodeDepthwise},
    {cpu::codeConvolutionTactics, cpu::createCodeConvolution,
     cpu::packCodeFilter, cpu::packedCodeFilterBytes},
    {cpu::halfConvolutionTactics, cpu::createHalfConvolution,
     cpu::packHalfFilter, cpu::packedHalfFilterBytes},
    {cpu::convolutionTactics, cpu::createConvolution, cpu::packFilter,
     cpu::packedFilterBytes},
    {cpu::poolTactics, cpu::createPool},
    {cpu::codePoolTactics, cpu::createCodePool},
    {cpu::elementwiseTactics, cpu::createElementwise},
    {cpu::reduceTactics, cpu::createReduce},
    {cpu::normalizeTactics, cpu::createNormalize},
    {cpu::observeTactics, cpu::createObserve},
    {cpu::suppressionTactics, cpu::createSuppression},
    {cpu::movementTactics, cpu::createMovement},
    {cpu::quantizationTactics, cpu::createQuantization},
    {cpu::widenedTactics, cpu::createWidened},
};

/// The family that has the launch's tactic. Where none has, or the launch names
/// none, the first that takes it: a plan may be of a processor on which others
/// do. Null where none takes it.
const Family *findFamily(const LaunchDesc &launch, int threads) {
  const Family *first = nullptr;
  for (const Family &family : families) {
    const std::vector<Tactic> found = family.tactics(launch, threads);
    if (found.empty())
      continue;
    auto isNamed = [&](const Tactic &tactic) {
      return tactic.name == launch.tactic;
    };
    if (launch.tactic.empty() ||
        std::any_of(found.begin(), found.end(), isNamed))
      return &family;
    if (!first)
      first = &family;
  }
  return first;
}

class CpuProvider : public Provider {
public:
  std::string_view name() const override { return "cpu"; }

  std::vector<Tactic> tactics(const LaunchDesc &launch,
                              int threads) const override {
    for (const Family &family : families) {
      std::vector<Tactic> found = family.tactics(launch, threads);
      if (!found.empty())
        return found;
    }
    return {};
  }

  Expected<PackedConstant> pack(const LaunchDesc &launch, unsigned input,
                                const void *dense, int) const override {
    const Family *family = findFamily(launch, 1);
    return family && family->pack && input == 1 ? family->pack(launch, dense)
                                                : PackedConstant();
  }

  uint64_t packedBytes(const LaunchDesc &launch,
                       unsigned input) const override {
    const Family *family = findFamily(launch, 1);
    return family && family->packedBytes && input == 1
               ? family->packedBytes(launch)
               : 0;
  }

protected:
  Expected<std::unique_ptr<Kernel>> createKernel(const LaunchDesc &launch,
                                                 int threads) const override {
    if (const Family *family = findFamily(launch, threads))
      return family->create(launch, threads);
    return Status::failed("cpu: no kernel for '" + launch.op.kind + "'");
  }
};

} // namespace

const Provider *graft::runtime::cpuProvider() {
  static const CpuProvider provider;
  return &provider;
}
