//===- SegmentReport.cpp - what became of each node -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/graph/SegmentReport.h"

#include "passes/graph/GraphUtils.h"

using namespace mlir;

namespace graft::graph {

int64_t byteSize(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped || !shaped.hasStaticShape() ||
      !shaped.getElementType().isIntOrFloat())
    return -1;
  int64_t bytes = (shaped.getElementTypeBitWidth() + 7) / 8;
  for (int64_t size : shaped.getShape())
    if (__builtin_mul_overflow(bytes, size, &bytes))
      return -1;
  return bytes;
}

static int64_t borderBytes(SegmentOp segment) {
  int64_t total = 0;
  for (ValueRange values :
       {ValueRange(segment.getInputs()), ValueRange(segment.getOutputs())})
    for (Type type : values.getTypes()) {
      int64_t bytes = byteSize(type);
      if (bytes < 0 || __builtin_add_overflow(total, bytes, &total))
        return -1;
    }
  return total;
}

SegmentReport collectSegmentReport(ModuleOp module) {
  SegmentReport report;
  // A constant may be in several engines and outside; it is one node.
  DenseSet<StringAttr> converted;
  for (auto graph : module.getOps<GraphOp>())
    for (Operation &op : *graph.getBlock()) {
      if (auto segment = dyn_cast<SegmentOp>(op)) {
        SegmentReport::Engine engine;
        engine.name = segment.getName().str();
        for (auto node : segment.getBlock()->getOps<NodeOp>()) {
          converted.insert(node.getNameAttr());
          ++engine.nodes;
        }
        engine.inputs = segment.getInputs().size();
        engine.outputs = segment.getOutputs().size();
        engine.borderBytes = borderBytes(segment);
        report.engines.push_back(std::move(engine));
      } else if (auto node = dyn_cast<NodeOp>(op)) {
        if (auto native = node->getAttrOfType<NativeAttr>("graph.native"))
          report.native.push_back({node.getName().str(), node.getOp().str(),
                                   native.getCode(),
                                   native.getReason().getValue().str()});
      }
    }
  size_t shared = 0;
  for (const SegmentReport::Native &native : report.native)
    shared +=
        converted.contains(StringAttr::get(module.getContext(), native.node));
  report.converted = converted.size() - shared;
  report.nodes = report.converted + report.native.size();
  return report;
}

} // namespace graft::graph
