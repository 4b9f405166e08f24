//===- Detection.cpp - boxes around objects -------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Non-maximum suppression, in the forms whose results have a size that does not
// depend on the boxes.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace graft;
using graph::NativeReason;

/// The results are as many as there are boxes left.
static void unpadded(NodeConversion &c) {
  c.refuse(NativeReason::UnsupportedShape,
           "the number of results must not depend on the boxes: "
           "NonMaxSuppressionV4 with pad_to_max_output_size and "
           "CombinedNonMaxSuppression have a constant one, got operator " +
               c.getNode().getOp());
}

/// A threshold may have another type than the boxes.
static Value threshold(NodeConversion &c, size_t index) {
  return c.cast(c.input(index), getElementTypeOrSelf(c.input(0).getType()));
}

static Operation *padded(NodeConversion &c, Value sigma) {
  if (!c.getNode().getBoolAttr("pad_to_max_output_size", false)) {
    c.refuse(NativeReason::UnsupportedAttribute,
             "pad_to_max_output_size must be true, so that the number of "
             "results does not depend on the boxes, got false");
    return nullptr;
  }
  int64_t size = 0;
  if (!c.constantInt(2, "max_output_size", size))
    return nullptr;
  return c.createOp(
      nn::NonMaxSuppressionOp::getOperationName(),
      {c.input(0), c.input(1), threshold(c, 3), threshold(c, 4), sigma},
      {{"size", size}});
}

static void hard(NodeConversion &c) {
  if (!c.input(4))
    return;
  Value sigma = c.scalar(getElementTypeOrSelf(c.input(0).getType()), 0.0);
  if (Operation *op = padded(c, sigma)) {
    c.result(op->getResult(0));
    c.result(op->getResult(2));
  }
}

static void soft(NodeConversion &c) {
  if (!c.input(5))
    return;
  if (Operation *op = padded(c, c.input(5)))
    for (Value result : op->getResults())
      c.result(result);
}

static void combined(NodeConversion &c) {
  graph::NodeOp node = c.getNode();
  int64_t perClass = 0, size = 0;
  if (!c.constantInt(2, "max_output_size_per_class", perClass) ||
      !c.constantInt(3, "max_total_size", size))
    return;
  Operation *op =
      c.createOp(nn::CombinedNonMaxSuppressionOp::getOperationName(),
                 {c.input(0), c.input(1), c.input(4), c.input(5)},
                 {{"size", size},
                  {"size_per_class", perClass},
                  {"pad_per_class", node.getBoolAttr("pad_per_class", false)},
                  {"clip_boxes", node.getBoolAttr("clip_boxes", true)}});
  if (op)
    for (Value result : op->getResults())
      c.result(result);
}

void graft::addDetectionConverters(ConverterRows &rows) {
  rows.append({
      {"CombinedNonMaxSuppression", combined},
      {"NonMaxSuppression", unpadded},
      {"NonMaxSuppressionV2", unpadded},
      {"NonMaxSuppressionV3", unpadded},
      {"NonMaxSuppressionV4", hard},
      {"NonMaxSuppressionV5", soft},
  });
}
