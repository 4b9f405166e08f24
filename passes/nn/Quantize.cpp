//===- Quantize.cpp - where values are quantized --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Implements nn-quantize: first decides which tensors to quantize, then inserts
// pairs of quantize and dequantize.
//===----------------------------------------------------------------------===//
#include "passes/nn/ChannelMath.h"
#include "passes/nn/LayerPrecisions.h"
#include "passes/nn/NamePattern.h"
#include "passes/nn/Passes.h"
#include "passes/nn/PrecisionRules.h"
#include "passes/nn/QuantizeWeights.h"
#include "passes/nn/QuantizedTensors.h"
#include "passes/nn/ValueNames.h"

#include "mlir/IR/Remarks.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/IntEqClasses.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>

using namespace mlir;
using namespace graft;
using namespace graft::nn;

namespace graft::nn {
#define GEN_PASS_DEF_QUANTIZE
#include "passes/nn/Passes.h.inc"
} // namespace graft::nn

static bool isNumber(Value value) {
  return getElementTypeOrSelf(value.getType()).isF32();
}

/// The weights of an operation that can multiply 8-bit values, or null. A
/// matrix may still be transposed.
static ConstantOp getQuantizableWeights(Operation *op) {
  if (!isa<Conv2DOp, MatMulOp>(op) || !isNumber(op->getOperand(0)) ||
      !isNumber(op->getResult(0)) || filtersSamples(op))
    return {};
  auto weights = op->getOperand(1).getDefiningOp<ConstantOp>();
  auto matmul = dyn_cast<MatMulOp>(op);
  if (!weights ||
      (matmul && (matmul.getTransposeA() ||
                  cast<RankedTensorType>(weights.getType()).getRank() != 2)))
    return {};
  return weights;
}

/// The weights of `op` with its output channels last: a transposed matrix is
/// copied, because new weights are created anyway. Null if there is none.
static ConstantOp putChannelsLast(Operation *op, ConstantOp weights) {
  auto matmul = dyn_cast<MatMulOp>(op);
  if (!matmul || !matmul.getTransposeB())
    return weights;
  PatternRewriter rewriter(op->getContext());
  rewriter.setInsertionPoint(op);
  Value turned = evaluateNow(
      rewriter, TransposeOp::create(rewriter, weights.getLoc(), Value(weights),
                                    ArrayRef<int64_t>{1, 0}));
  if (!turned)
    return {};
  op->setOperand(1, turned);
  matmul.setTransposeB(false);
  return turned.getDefiningOp<ConstantOp>();
}

/// The number of products that an output channel of these weights sums.
static int64_t countTerms(ConstantOp weights) {
  auto type = cast<RankedTensorType>(weights.getType());
  return type.getNumElements() / type.getShape().back();
}

/// Whether the operation computes means of pixels, which it can do with
/// quantized values.
static bool averages(Operation *op) {
  if (isa<AvgPool2DOp>(op))
    return true;
  auto reduce = dyn_cast<ReduceOp>(op);
  return reduce && reduce.getKind() == "mean" && !reduce.getToAttr() &&
         cast<RankedTensorType>(reduce.getX().getType()).getRank() == 4 &&
         reduce.getAxes() == ArrayRef<int64_t>{1, 2};
}

/// Whether the operands of `reader` are only returned, at most after moves.
/// Such values are not quantized.
static bool leavesFunction(Operation *reader) {
  while (isa<KeepsScaleOpInterface>(reader) && reader->hasOneUse())
    reader = *reader->user_begin();
  return reader->hasTrait<OpTrait::IsTerminator>();
}

namespace {

/// Decides which tensors of one block are quantized. Tensors that operations
/// only move or compare form a class, which has one scale.
class Decisions {
public:
  /// `stays` says which operations are left alone.
  Decisions(Block &block, llvm::function_ref<bool(Operation *)> stays);

  /// Operations that multiply quantized values, in order, with their weights.
  ArrayRef<std::pair<Operation *, ConstantOp>> getProducts() const {
    return products;
  }
  /// The tensors to quantize, in order, without those that are moved copies of
  /// others.
  ArrayRef<Value> getRoots() const { return roots; }
  /// The tensors of the class of `value`.
  ArrayRef<Value> getClass(Value value) const {
    return members[classes[indices.lookup(value)]];
  }

private:
  bool isQuantized(Value value) const {
    auto it = indices.find(value);
    return it != indices.end() &&
           quantizedClasses.contains(classes[it->second]);
  }
  void require(Value value) {
    if (auto it = indices.find(value); it != indices.end())
      quantizedClasses.insert(classes[it->second]);
  }
  void number(Block &block);

  SmallVector<std::pair<Operation *, ConstantOp>> products;
  SmallVector<Value> roots, values;
  DenseMap<Value, unsigned> indices;
  llvm::IntEqClasses classes;
  SmallVector<SmallVector<Value>> members;
  DenseSet<unsigned> quantizedClasses;
};

} // namespace

void Decisions::number(Block &block) {
  auto add = [&](Value value) {
    if (!isNumber(value))
      return;
    indices[value] = values.size();
    values.push_back(value);
  };
  llvm::for_each(block.getArguments(), add);
  for (Operation &op : block)
    llvm::for_each(op.getResults(), add);
  classes.grow(values.size());
  for (Operation &op : block) {
    auto mover = dyn_cast<KeepsScaleOpInterface>(op);
    if (!mover || !isNumber(op.getResult(0)))
      continue;
    for (Value data : op.getOperands().take_front(mover.getNumDataOperands()))
      classes.join(indices[data], indices[op.getResult(0)]);
  }
  classes.compress();
  members.resize(classes.getNumClasses());
  for (auto [i, value] : llvm::enumerate(values))
    members[classes[i]].push_back(value);
}

Decisions::Decisions(Block &block,
                     llvm::function_ref<bool(Operation *)> stays) {
  number(block);
  DenseSet<Value> sums; // results of quantized products
  for (Operation &op : block) {
    ConstantOp weights = getQuantizableWeights(&op);
    if (!weights || stays(&op))
      continue;
    weights = putChannelsLast(&op, weights);
    if (!weights)
      continue;
    if (!fitsSums(weights)) {
      remark::missed(
          op.getLoc(),
          remark::RemarkOpts::name("Quantized").category("nn-quantize"))
          << "each sum of products must fit 32 bits, got "
          << std::to_string(countTerms(weights)) << " terms";
      continue;
    }
    products.emplace_back(&op, weights);
    sums.insert(op.getResult(0));
    require(op.getOperand(0));
  }
  // A product's result that another product's epilogue or a mean reads is
  // cheaper to pass as quantized values.
  auto requireSums = [&](Value value) {
    if (sums.contains(value) || isQuantized(value))
      require(value);
  };
  for (auto [op, weights] : products)
    for (Value operand : cast<EpilogueOpInterface>(op).getEpilogueOperands())
      if (operand.getType() == op->getResult(0).getType())
        requireSums(operand);
  for (Operation &op : block)
    if (averages(&op) && !stays(&op))
      requireSums(op.getOperand(0));
  for (Value value : values) {
    if (isQuantized(value) && !value.getDefiningOp<KeepsScaleOpInterface>())
      roots.push_back(value);
  }
}

namespace {

class QuantizePass : public graft::nn::impl::QuantizeBase<QuantizePass> {
public:
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override;
  void runOnOperation() override;

private:
  LogicalResult loadTable();
  /// Whether the table has a tensor of the block.
  bool knows(Block &block) const;
  LogicalResult quantize(Block &block);
  /// False for a product that is none of `operations`.
  bool multiplies(Operation *op) const {
    return operations.empty() || !isa<Conv2DOp, MatMulOp>(op) ||
           llvm::is_contained(operations, op->getName().stripDialect());
  }
  /// The scale of a class of tensors.
  FailureOr<QuantizationParams> chooseParams(ArrayRef<Value> tensors,
                                             const ValueNames &names) const;
  void quantizeProduct(OpBuilder &builder, Operation *op, ConstantOp weights,
                       const TensorRange *input);

  const graft::RangeTable *table = nullptr;
  graft::RangeTable named; ///< that of the option
  NamePattern kept;
};

} // namespace

LogicalResult QuantizePass::initialize(MLIRContext *context) {
  if (graft::Status status = kept.parse(keep); !status)
    return emitError(UnknownLoc::get(context))
           << "nn-quantize: keep " << StringRef(status.message());
  return success();
}

LogicalResult QuantizePass::loadTable() {
  if (ranges.empty()) {
    FailureOr<const graft::RangeTable *> held =
        HeldTable::of(getAnalysisManager(), getOperation()).get(getOperation());
    if (failed(held))
      return failure();
    table = *held;
    if (table)
      return success();
    return getOperation()->emitError()
           << "quantization needs ranges, got none: calibrate the model";
  }
  auto file = llvm::MemoryBuffer::getFile(ranges);
  if (!file)
    return getOperation()->emitError()
           << ranges << ": cannot be read: " << file.getError().message();
  FailureOr<graft::RangeTable> parsed =
      readTable(getOperation(), (*file)->getBuffer(), Twine(ranges) + ": ");
  if (failed(parsed))
    return failure();
  named = *std::move(parsed);
  table = &named;
  return success();
}

bool QuantizePass::knows(Block &block) const {
  ValueNames names(block);
  return llvm::any_of(block, [&](Operation &op) {
    return llvm::any_of(op.getResults(), [&](Value result) {
      return table->find(names.get(result).str());
    });
  });
}

FailureOr<QuantizationParams>
QuantizePass::chooseParams(ArrayRef<Value> tensors,
                           const ValueNames &names) const {
  double low = 0, high = 0;
  bool any = false;
  for (Value tensor : tensors)
    if (const TensorRange *range = table->find(names.get(tensor).str())) {
      any = true;
      low = std::min(low, double(range->min));
      high = std::max(high, double(range->max));
    }
  if (!any)
    return emitError(tensors.front().getLoc())
           << "tensor '" << names.get(tensors.front())
           << "' must have a range, got none: the table is of another model or "
              "of other shapes, or the data gave this tensor no finite value";
  QuantizationParams params;
  params.type = IntegerType::get(tensors.front().getContext(), 8,
                                 isSigned ? IntegerType::Signless
                                          : IntegerType::Unsigned);
  if (asymmetric && (low < 0 || (isSigned && high > 0))) {
    params.scale = (high - low) / 255;
    params.zeroPoint = std::llrint(-low / params.scale) - (isSigned ? 128 : 0);
  } else if (isSigned) {
    params.scale = std::max(-low, high) / 127;
  } else if (low < 0) {
    params.scale = std::max(-low, high) / 127;
    params.zeroPoint = 128;
  } else {
    params.scale = high / 255;
  }
  if (!(params.scale > 1e-30))
    params.scale = 1.0;
  return params;
}

void QuantizePass::quantizeProduct(OpBuilder &builder, Operation *op,
                                   ConstantOp weights,
                                   const TensorRange *input) {
  auto heavy = cast<HeavyOpInterface>(op);
  builder.setInsertionPoint(op);
  DequantizeOp rounded = quantizeWeights(builder, weights, perChannel);
  if (!rounded)
    return;
  op->setOperand(1, rounded);
  SmallVector<float> errors;
  if (correctBias && input && !input->mean.empty())
    errors = findMeanError(heavy, weights, rounded, input->mean);
  if (errors.empty() || (heavy.getBias() && !isConstant(heavy.getBias())))
    return;
  auto type =
      RankedTensorType::get({int64_t(errors.size())}, builder.getF32Type());
  Value bias = ConstantOp::create(
      builder, op->getLoc(), DenseElementsAttr::get(type, ArrayRef(errors)));
  PatternRewriter rewriter(op->getContext());
  rewriter.setInsertionPoint(op);
  if (heavy.getBias())
    bias = compute<AddOp>(rewriter, op->getLoc(), heavy.getBias(), bias);
  if (bias)
    heavy.setBias(bias);
}

LogicalResult QuantizePass::quantize(Block &block) {
  ValueNames names(block);
  LayerPrecisions chosen(*table);
  Decisions decisions(block, [&](Operation *op) {
    return !multiplies(op) || chosen.find(op) ||
           anyName(op->getLoc(),
                   [&](StringRef name) { return kept.match(name); });
  });
  // Looks up all names before any changes.
  SmallVector<std::pair<Value, QuantizationParams>> placed;
  for (Value root : decisions.getRoots()) {
    FailureOr<QuantizationParams> params =
        chooseParams(decisions.getClass(root), names);
    if (failed(params))
      return failure();
    placed.emplace_back(root, *params);
  }
  OpBuilder builder(block.getParentOp()->getContext());
  for (auto [op, weights] : decisions.getProducts())
    quantizeProduct(builder, op, weights,
                    table->find(names.get(op->getOperand(0)).str()));
  for (auto [root, params] : placed) {
    builder.setInsertionPointAfterValue(root);
    Value quantized = createQuantize(builder, root.getLoc(), root, params);
    Value back = createDequantize(builder, root.getLoc(), quantized, params);
    root.replaceUsesWithIf(back, [&](OpOperand &use) {
      return use.getOwner() != quantized.getDefiningOp() &&
             !leavesFunction(use.getOwner());
    });
  }
  if (!placed.empty())
    remark::passed(
        block.getParentOp()->getLoc(),
        remark::RemarkOpts::name("Quantized").category("nn-quantize"))
        << remark::metric("tensors", placed.size())
        << remark::metric("products", decisions.getProducts().size());
  return success();
}

void QuantizePass::runOnOperation() {
  // A network that contains quantization itself is not changed.
  bool isQuantized =
      getOperation()
          ->walk([](QuantizeOp) { return WalkResult::interrupt(); })
          .wasInterrupted();
  if (isQuantized)
    return;
  if (failed(loadTable()))
    return signalPassFailure();
  // Precisions that were chosen without samples, or a model without calibrated
  // tensors: no layer becomes int8.
  if (table->getRanges().empty())
    return;
  SmallVector<Block *> blocks;
  getOperation()->walk([&](EpilogueOpInterface op) {
    if (!llvm::is_contained(blocks, op->getBlock()))
      blocks.push_back(op->getBlock());
  });
  // Some engines of several may not have been calibrated: their ranges are
  // unknown. A table that has no tensor of any is of another model.
  SmallVector<Block *> known;
  llvm::copy_if(blocks, std::back_inserter(known),
                [&](Block *block) { return knows(*block); });
  for (Block *block : known.empty() && !partial ? blocks : known)
    if (failed(quantize(*block)))
      return signalPassFailure();
}
