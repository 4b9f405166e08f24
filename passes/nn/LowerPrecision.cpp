//===- LowerPrecision.cpp - 16-bit floats where that is safe --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Implements nn-lower-precision: first decides for each operation, then changes
// types and inserts casts between f32 and the lower precision.
//===----------------------------------------------------------------------===//
#include "passes/nn/ChannelMath.h"
#include "passes/nn/LayerPrecisions.h"
#include "passes/nn/NamePattern.h"
#include "passes/nn/Passes.h"
#include "passes/nn/PrecisionRules.h"

#include "mlir/IR/Remarks.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace graft;
using namespace graft::nn;

namespace graft::nn {
#define GEN_PASS_DEF_LOWERPRECISION
#include "passes/nn/Passes.h.inc"
} // namespace graft::nn

/// Whether `value` has the type that is to be narrowed.
static bool isWide(Value value) {
  return getElementTypeOrSelf(value.getType()).isF32();
}

/// Whether operand `index` must have the operation's type. Biases, epilogues'
/// operands and the parameters of a normalisation are read as they are.
static bool isData(Operation *op, unsigned index) {
  if (isa<HeavyOpInterface>(op))
    return index < 2;
  if (isa<AttentionOp>(op))
    return index < 3;
  return !isa<BatchNormOp, LayerNormOp, EpilogueOpInterface>(op) || index == 0;
}

namespace {

/// The class of an operation, as the options define it.
struct Rules {
  /// By mnemonic: classes that are not those of the operations' entries.
  using Overrides = llvm::StringMap<PrecisionClass>;

  const Overrides &overrides;
  /// Nodes of such a name stay in f32; null for none.
  const NamePattern *keep = nullptr;
  /// Only operations that are listed with the narrow type become narrow.
  std::optional<LayerPrecisions> listed;

  PrecisionClass classOf(Operation *op, Precision narrow) const;
};

/// The decisions about the operations of one block.
class Decisions {
public:
  Decisions(Block &block, const Rules &rules, Precision precision);

  bool isNarrow(Operation *op) const { return narrow.contains(op); }

private:
  /// Whether an operation that produces an f32 operand of `op`, or reads an f32
  /// result of `op`, passes the test.
  template <typename Fn>
  static bool anySource(Operation *op, Fn test);
  template <typename Fn>
  static bool anyReader(Operation *op, Fn test);

  SmallPtrSet<Operation *, 32> narrow;
};

} // namespace

PrecisionClass Rules::classOf(Operation *op, Precision narrow) const {
  auto precise = dyn_cast<PrecisionOpInterface>(op);
  if (!precise || (keep && anyName(op->getLoc(), [&](StringRef name) {
                     return keep->match(name);
                   })))
    return PrecisionClass::Keep;
  PrecisionClass own =
      filtersSamples(op) ? PrecisionClass::Keep : precise.getPrecisionClass();
  auto found = overrides.find(op->getName().stripDialect());
  if (found != overrides.end())
    own = found->second;
  bool passedOver =
      listed && own == PrecisionClass::Allow && listed->find(op) != narrow;
  return passedOver ? PrecisionClass::Keep : own;
}

template <typename Fn>
bool Decisions::anySource(Operation *op, Fn test) {
  return llvm::any_of(op->getOperands(), [&](Value operand) {
    Operation *source = operand.getDefiningOp();
    return source && isWide(operand) && test(source);
  });
}

template <typename Fn>
bool Decisions::anyReader(Operation *op, Fn test) {
  return llvm::any_of(op->getResults(), [&](Value result) {
    return isWide(result) && llvm::any_of(result.getUsers(), test);
  });
}

Decisions::Decisions(Block &block, const Rules &rules, Precision precision) {
  constexpr PrecisionClass Allow = PrecisionClass::Allow;
  constexpr PrecisionClass Infer = PrecisionClass::Infer;
  constexpr PrecisionClass Clear = PrecisionClass::Clear;
  SmallVector<Operation *> ops;
  llvm::DenseMap<Operation *, PrecisionClass> classes;
  for (Operation &op : block) {
    bool reads = llvm::any_of(llvm::enumerate(op.getOperands()), [&](auto it) {
      return isData(&op, it.index()) && isWide(it.value());
    });
    if (op.hasTrait<OpTrait::IsTerminator>())
      continue;
    // A reduction that already reads narrow values (`to = "f32"`) still decides
    // for its readers.
    PrecisionClass own = rules.classOf(&op, precision);
    if (!reads && own != PrecisionClass::Deny)
      continue;
    ops.push_back(&op);
    classes[&op] = own;
  }
  auto is = [&](Operation *op, PrecisionClass wanted) {
    auto it = classes.find(op);
    return it != classes.end() && it->second == wanted;
  };
  auto passesOn = [&](Operation *op) { return is(op, Infer) || is(op, Clear); };

  // From above: what follows from narrow operations, and what from denied ones.
  // The block is in order, so that one walk is enough.
  SmallPtrSet<Operation *, 32> below, tainted, above;
  for (Operation *op : ops) {
    if (anySource(op,
                  [&](Operation *source) {
                    return is(source, PrecisionClass::Deny) ||
                           tainted.contains(source);
                  }) &&
        passesOn(op))
      tainted.insert(op);
    if (is(op, Allow) || (passesOn(op) && anySource(op, [&](Operation *source) {
                            return below.contains(source);
                          })))
      below.insert(op);
  }
  for (Operation *op : llvm::reverse(ops)) {
    bool leads = anyReader(op, [&](Operation *reader) {
      return is(reader, Allow) || (passesOn(reader) && above.contains(reader));
    });
    if (leads && passesOn(op))
      above.insert(op);
    bool between = passesOn(op) && below.contains(op) && above.contains(op) &&
                   !(is(op, Infer) && tainted.contains(op));
    if (is(op, Allow) || between)
      narrow.insert(op);
  }
  // Operations that never round become narrow if all readers are narrow. An
  // operation without floats in its result follows its operands.
  for (Operation *op : llvm::reverse(ops)) {
    if (!is(op, Clear) || !llvm::any_of(op->getResults(), isWide))
      continue;
    bool all = llvm::all_of(op->getResults(), [&](Value result) {
      return !isWide(result) ||
             (!result.use_empty() &&
              llvm::all_of(result.getUses(), [&](OpOperand &use) {
                return narrow.contains(use.getOwner()) &&
                       isData(use.getOwner(), use.getOperandNumber());
              }));
    });
    if (all)
      narrow.insert(op);
  }
  for (Operation *op : ops) {
    if (!is(op, Clear) || llvm::any_of(op->getResults(), isWide))
      continue;
    bool all = llvm::all_of(op->getOperands(), [&](Value operand) {
      return !isWide(operand) || (operand.getDefiningOp() &&
                                  narrow.contains(operand.getDefiningOp()));
    });
    if (all)
      narrow.insert(op);
  }
}

namespace {

/// Changes the types of one block as decided.
class Rewriter {
public:
  Rewriter(MLIRContext *context, FloatType narrow, const Decisions &decisions)
      : rewriter(context), wide(Float32Type::get(context)), narrow(narrow),
        decisions(decisions) {}

  /// Fails where a constant cannot be converted.
  LogicalResult run(Block &block);

  size_t numNarrow() const { return count; }
  size_t numCasts() const { return casts.size(); }

private:
  /// The type that `operand` has to get; null where it stays.
  FloatType findWanted(OpOperand &operand) const;
  /// `value` in the element type `to`; null if that fails.
  Value castTo(Value value, FloatType to);
  void setResults(Operation *op);

  PatternRewriter rewriter;
  FloatType wide, narrow;
  const Decisions &decisions;
  DenseSet<Value> narrowed;
  llvm::DenseMap<std::pair<Value, Type>, Value> casts;
  size_t count = 0;
};

} // namespace

FloatType Rewriter::findWanted(OpOperand &operand) const {
  Operation *op = operand.getOwner();
  if (!isData(op, operand.getOperandNumber()))
    return {};
  bool becomes = decisions.isNarrow(op);
  if (becomes && isWide(operand.get()))
    return narrow;
  return !becomes && narrowed.contains(operand.get()) ? wide : FloatType();
}

Value Rewriter::castTo(Value value, FloatType to) {
  Value &known = casts[{value, to}];
  if (known)
    return known;
  rewriter.setInsertionPointAfterValue(value);
  std::string name;
  llvm::raw_string_ostream(name) << to;
  auto type = cast<RankedTensorType>(value.getType()).clone(to);
  auto created =
      CastOp::create(rewriter, value.getLoc(), type, value, StringRef(name));
  known = isConstant(value) ? evaluateNow(rewriter, created) : Value(created);
  return known;
}

void Rewriter::setResults(Operation *op) {
  bool isHeavy = isa<HeavyOpInterface>(op);
  // The sums of a heavy operation are f32, and may stay f32 for f32 readers.
  if (isHeavy &&
      llvm::none_of(op->getResult(0).getUsers(), [&](Operation *reader) {
        return decisions.isNarrow(reader);
      })) {
    op->setAttr("to", rewriter.getStringAttr("f32"));
    return;
  }
  if (isHeavy)
    op->removeAttr("to");
  for (Value result : op->getResults()) {
    if (!isWide(result))
      continue;
    if (auto reduce = dyn_cast<ReduceOp>(op))
      reduce.removeToAttr();
    result.setType(cast<RankedTensorType>(result.getType()).clone(narrow));
    narrowed.insert(result);
  }
}

LogicalResult Rewriter::run(Block &block) {
  SmallVector<Operation *> ops(llvm::make_pointer_range(block.getOperations()));
  for (Operation *op : ops) {
    for (OpOperand &operand : op->getOpOperands())
      if (FloatType wanted = findWanted(operand)) {
        Value converted = castTo(operand.get(), wanted);
        if (!converted)
          return op->emitOpError("a constant operand cannot be converted to ")
                 << wanted;
        operand.set(converted);
      }
    if (decisions.isNarrow(op)) {
      setResults(op);
      ++count;
    }
  }
  return success();
}

namespace {

class LowerPrecisionPass
    : public graft::nn::impl::LowerPrecisionBase<LowerPrecisionPass> {
public:
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    overrides.clear();
    for (auto [list, wanted] : {std::pair(&allow, PrecisionClass::Allow),
                                std::pair(&infer, PrecisionClass::Infer),
                                std::pair(&clear, PrecisionClass::Clear),
                                std::pair(&deny, PrecisionClass::Deny)})
      for (const std::string &mnemonic : *list) {
        if (!RegisteredOperationName::lookup("nn." + mnemonic, context))
          return emitError(UnknownLoc::get(context))
                 << "nn-lower-precision: there must be an operation of each "
                    "name, got '"
                 << mnemonic << "'";
        overrides[mnemonic] = wanted;
      }
    if (graft::Status status = kept.parse(keep); !status)
      return emitError(UnknownLoc::get(context))
             << "nn-lower-precision: keep " << StringRef(status.message());
    if (type != "bf16" && type != "f16")
      return emitError(UnknownLoc::get(context))
             << "nn-lower-precision: type must be bf16 or f16, got '" << type
             << "'";
    return success();
  }

  void runOnOperation() override {
    MLIRContext *context = &getContext();
    FloatType narrow = type == "f16" ? FloatType(Float16Type::get(context))
                                     : FloatType(BFloat16Type::get(context));
    Rules rules{overrides, keep.empty() ? nullptr : &kept, std::nullopt};
    if (listed && failed(loadList(rules.listed.emplace())))
      return signalPassFailure();
    SmallVector<Block *> blocks;
    getOperation()->walk([&](Block *block) { blocks.push_back(block); });
    for (Block *block : blocks) {
      Decisions decisions(*block, rules,
                          type == "f16" ? Precision::FP16 : Precision::BF16);
      Rewriter rewriter(context, narrow, decisions);
      if (failed(rewriter.run(*block)))
        return signalPassFailure();
      if (rewriter.numNarrow())
        remark::passed(
            block->getParentOp()->getLoc(),
            remark::RemarkOpts::name("Narrowed").category("nn-lower-precision"))
            << remark::metric("operations", rewriter.numNarrow())
            << remark::metric("casts", rewriter.numCasts());
    }
  }

private:
  /// The layers that the module's table lists; none without a table.
  LogicalResult loadList(LayerPrecisions &list) {
    FailureOr<const graft::RangeTable *> table =
        HeldTable::of(getAnalysisManager(), getOperation()).get(getOperation());
    if (succeeded(table) && *table)
      list = LayerPrecisions(**table);
    return table;
  }

  Rules::Overrides overrides;
  NamePattern kept;
};

} // namespace
