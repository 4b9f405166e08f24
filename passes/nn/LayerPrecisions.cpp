//===- LayerPrecisions.cpp - what a table says of each layer --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/nn/LayerPrecisions.h"

#include "passes/nn/PrecisionRules.h"

#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;
using namespace graft;
using namespace graft::nn;

HeldTable::HeldTable(Operation *op) {
  while (op->getParentOp())
    op = op->getParentOp();
  auto held = op->getAttrOfType<StringAttr>(kRangesAttr);
  if (held && !held.getValue().empty())
    table.emplace(RangeTable::parse(held.getValue()));
}

const HeldTable &HeldTable::of(AnalysisManager analyses, Operation *op) {
  if (Operation *parent = op->getParentOp())
    if (auto known = analyses.getCachedParentAnalysis<HeldTable>(parent))
      return *known;
  return analyses.getAnalysis<HeldTable>();
}

FailureOr<const RangeTable *> HeldTable::get(Operation *op) const {
  if (!table)
    return nullptr;
  if (!*table)
    return op->emitError() << StringRef(table->status().message());
  return &**table;
}

void graft::nn::holdTable(Operation *module, const RangeTable &table) {
  module->setAttr(kRangesAttr,
                  StringAttr::get(module->getContext(), table.write()));
}

FailureOr<RangeTable> graft::nn::readTable(Operation *op, StringRef text,
                                           const Twine &prefix) {
  auto parsed = RangeTable::parse(text);
  if (!parsed)
    return op->emitError() << prefix << StringRef(parsed.status().message());
  return *std::move(parsed);
}

LayerPrecisions::LayerPrecisions(const RangeTable &table) {
  for (const WideLayer &layer : table.wide)
    precisions[layer.node] = layer.precision;
}

std::optional<graft::Precision> LayerPrecisions::find(Operation *op) const {
  std::optional<Precision> precision;
  if (!precisions.empty())
    anyName(op->getLoc(), [&](StringRef name) {
      auto found = precisions.find(name);
      if (found != precisions.end())
        precision = found->second;
      return precision.has_value();
    });
  return precision;
}
