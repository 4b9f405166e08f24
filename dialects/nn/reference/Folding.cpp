//===- Folding.cpp - operations on constants ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One folder for the whole dialect, behind those of single operations: what is
// small and reads constants only is computed by the evaluator.
//===----------------------------------------------------------------------===//
#include "dialects/nn/reference/Folding.h"

#include "dialects/nn/NN.h"
#include "dialects/nn/reference/Evaluator.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/Interfaces/FoldInterfaces.h"

using namespace mlir;
using namespace graft;
using namespace graft::nn;

/// Folding must not take longer than running: weights are left to the passes
/// that know what they gain.
static constexpr int64_t kMaxElements = 1 << 16;
static constexpr int64_t kMaxResultBytes = 8 * kMaxElements;

namespace {

class ConstantFolder final : public DialectFoldInterface {
public:
  using DialectFoldInterface::DialectFoldInterface;

  LogicalResult fold(Operation *op, ArrayRef<Attribute> operands,
                     SmallVectorImpl<OpFoldResult> &results) const override {
    // Dequantized constants are the weights of quantized networks, which are
    // multiplied as quantized values: nn-simplify evaluates them where they are
    // not.
    if (operands.empty() || isa<DequantizeOp>(op))
      return failure();
    bool movesNothing = op->hasTrait<ReshapeLike>();
    SmallVector<ElementsAttr> values;
    int64_t elements = 0;
    for (Attribute operand : operands) {
      auto value = dyn_cast_or_null<ElementsAttr>(operand);
      if (!value)
        return failure();
      elements += value.getNumElements();
      if (elements > kMaxElements && !movesNothing)
        return failure();
      values.push_back(value);
    }
    SmallVector<ElementsAttr> folded;
    if (failed(evaluate(op, values, kMaxResultBytes, folded)))
      return failure();
    for (auto [value, result] : llvm::zip_equal(folded, op->getResults())) {
      if (value.getType() != result.getType())
        return failure();
      results.push_back(Attribute(value));
    }
    return success();
  }
};

} // namespace

std::unique_ptr<DialectInterface> nn::createConstantFolder(Dialect *dialect) {
  return std::make_unique<ConstantFolder>(dialect);
}
