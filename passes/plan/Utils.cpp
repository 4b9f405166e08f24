//===- Utils.cpp - what passes over `plan` share --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/plan/Utils.h"
#include "runtime/core/KernelChoice.h"

using namespace mlir;
using namespace graft;
using namespace graft::plan;

LaunchOp graft::plan::createCopy(OpBuilder &builder, Location loc, Value from,
                                 Value to) {
  return LaunchOp::create(builder, loc, "identity", StringAttr(), StringAttr(),
                          StringAttr(), from, to, builder.getDictionaryAttr({}),
                          builder.getArrayAttr({}));
}

std::optional<runtime::Tactic>
graft::plan::findTactic(LaunchOp launch, const runtime::LaunchDesc &desc,
                        const Target &target, int threads) {
  if (!launch.getProvider())
    return std::nullopt;
  const runtime::Provider *provider =
      target.findProvider(*launch.getProvider());
  if (!provider)
    return std::nullopt;
  // Providers are queried for tactics with an empty name.
  runtime::LaunchDesc open = desc;
  open.tactic.clear();
  for (runtime::Tactic &tactic : provider->tactics(open, threads))
    if (tactic.name == desc.tactic)
      return std::move(tactic);
  return std::nullopt;
}

StringRef graft::plan::getPrecisionName(const runtime::LaunchDesc &desc) {
  const runtime::Slot &slot =
      desc.inputs.empty() ? desc.outputs.front() : desc.inputs.front();
  ops::DType type = slot.type.dtype;
  // u8 and i8 are quantized values, except in casts.
  bool isQuantized = type == ops::DType::U8 || type == ops::DType::I8;
  if (isQuantized && desc.op.kind != "cast")
    return "int8";
  return StringRef(ops::name(type));
}

bool graft::plan::selectTactic(LaunchOp launch, const StaticTypes &types,
                               const Target &target, int threads) {
  runtime::LaunchDesc desc = types.describe(launch);
  std::optional<runtime::ProvidedTactic> best = runtime::findCheapest(
      target.getProviders(), desc, /*except=*/nullptr, threads);
  if (!best)
    return false;
  launch.setProvider(StringRef(best->provider->name()));
  launch.setTactic(StringRef(best->tactic.name));
  launch.setPrecision(getPrecisionName(desc));
  return true;
}
