//===- PlanOps.cpp - verifiers and folders of the `plan` dialect ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "dialects/plan/Plan.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace graft::plan;

#define GET_OP_CLASSES
#include "dialects/plan/PlanOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Names of results in the printed form
//===----------------------------------------------------------------------===//

void InputOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getBuffer(), "in");
}
void OutputOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getBuffer(), "out");
}
void ConstantOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getBuffer(), "cst");
}
void AllocOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getBuffer(), "buf");
}
void ViewOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getBuffer(), "view");
}
void AliasOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getBuffer(), "alias");
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

Value graft::plan::getRoot(Value buffer) {
  while (auto view = buffer.getDefiningOp<ViewLikeOpInterface>())
    buffer = view.getViewSource();
  return buffer;
}

bool graft::plan::isDense(Value buffer) {
  // A slice is dense where every axis outside the sliced one has size 1.
  while (auto view = buffer.getDefiningOp<ViewOp>()) {
    BufferType type = view.getBuffer().getType();
    ArrayRef<int64_t> shape = type.getShape();
    if (type != view.getParent().getType() &&
        llvm::any_of(shape.take_front(view.getAxis()),
                     [](int64_t size) { return size != 1; }))
      return false;
    buffer = view.getParent();
  }
  return true;
}

//===----------------------------------------------------------------------===//
// EngineOp
//===----------------------------------------------------------------------===//

SmallVector<InputOp, 4> EngineOp::getInputs() {
  return llvm::to_vector<4>(getBlock()->getOps<InputOp>());
}

SmallVector<OutputOp, 4> EngineOp::getOutputs() {
  return llvm::to_vector<4>(getBlock()->getOps<OutputOp>());
}

/// Checks that no two ports of a kind have the same name.
template <typename PortOp>
static LogicalResult verifyPortNames(EngineOp engine) {
  llvm::StringMap<PortOp> seen;
  for (PortOp port : engine.getBlock()->getOps<PortOp>()) {
    auto [it, isNew] = seen.try_emplace(port.getName(), port);
    if (isNew)
      continue;
    InFlightDiagnostic diag = port.emitOpError("name must be unique, got '")
                              << port.getName() << "' again";
    diag.attachNote(it->second.getLoc()) << "first use";
    return diag;
  }
  return success();
}

LogicalResult EngineOp::verifyRegions() {
  if (getDynamic() && getArenaBytes())
    return emitOpError(
        "a dynamic engine has no arena size, its executor lays out the arena");
  if (getArenaBytes() && static_cast<int64_t>(*getArenaBytes()) < 0)
    return emitOpError("the arena's size is at least 0, got ")
           << static_cast<int64_t>(*getArenaBytes());
  for (Operation &op : *getBlock())
    if (!isa<PlanDialect>(op.getDialect()))
      return op.emitError("an engine holds plan operations only, got '")
             << op.getName() << "'";
  if (failed(verifyPortNames<InputOp>(*this)) ||
      failed(verifyPortNames<OutputOp>(*this)))
    return failure();
  if (!getArenaBytes())
    return success();
  for (AllocOp alloc : getBlock()->getOps<AllocOp>()) {
    if (!alloc.getOffset())
      return alloc.emitOpError("needs an offset, the engine has an arena");
    int64_t end;
    if (__builtin_add_overflow(static_cast<int64_t>(*alloc.getOffset()),
                               *alloc.getBuffer().getType().getBytes(), &end) ||
        end > static_cast<int64_t>(*getArenaBytes()))
      return alloc.emitOpError("must lie in the arena of ")
             << static_cast<int64_t>(*getArenaBytes()) << " bytes, got offset "
             << *alloc.getOffset();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// ConstantOp
//===----------------------------------------------------------------------===//

LogicalResult ConstantOp::verify() {
  BufferType buffer = getBuffer().getType();
  auto type = dyn_cast<RankedTensorType>(getValue().getType());
  if (!buffer.isStatic())
    return emitOpError("needs a static shape, got ") << buffer;
  if (buffer.isPacked()) {
    if (!type || type.getRank() != 1 || !type.getElementType().isInteger(8))
      return emitOpError("a packed constant holds bytes as tensor<Nxi8>, got ")
             << getValue().getType();
    return success();
  }
  if (!type || type.getShape() != buffer.getShape() ||
      type.getElementType() != buffer.getElementType())
    return emitOpError("value and buffer must agree in shape and element type, "
                       "got ")
           << getValue().getType() << " and " << buffer;
  return success();
}

//===----------------------------------------------------------------------===//
// AllocOp
//===----------------------------------------------------------------------===//

LogicalResult AllocOp::verify() {
  BufferType type = getBuffer().getType();
  if (type.isPacked())
    return emitOpError("only constants have a packed layout, got ") << type;
  if (!getOffset())
    return success();
  if (!type.getBytes())
    return emitOpError("a buffer with an offset has a static shape, got ")
           << type;
  int64_t offset = *getOffset();
  if (offset < 0 || offset % kAlignment != 0)
    return emitOpError("offset must be a multiple of ")
           << kAlignment << ", got " << offset;
  return success();
}

//===----------------------------------------------------------------------===//
// ViewOp
//===----------------------------------------------------------------------===//

Value ViewOp::getViewSource() { return getParent(); }

LogicalResult ViewOp::verify() {
  BufferType parent = getParent().getType(), view = getBuffer().getType();
  if (parent.isPacked() || parent.getLayout() != view.getLayout() ||
      parent.getElementType() != view.getElementType())
    return emitOpError("a slice has its parent's element type and row-major "
                       "layout, got ")
           << view << " of " << parent;
  int64_t axis = getAxis(), start = getStart();
  if (axis < 0 || axis >= parent.getRank() ||
      view.getRank() != parent.getRank())
    return emitOpError("axis must be one of the ")
           << parent.getRank() << " dimensions of both buffers, got " << axis;
  for (int64_t i = 0; i < parent.getRank(); ++i)
    if (i != axis && view.getShape()[i] != parent.getShape()[i])
      return emitOpError("only dimension ")
             << axis << " may differ, got " << view << " of " << parent;
  int64_t size = view.getShape()[axis], whole = parent.getShape()[axis];
  if (ShapedType::isDynamic(size) || ShapedType::isDynamic(whole))
    return emitOpError("the sliced dimension must be static, got ")
           << view << " of " << parent;
  int64_t end;
  if (start < 0 || __builtin_add_overflow(start, size, &end) || end > whole)
    return emitOpError("must lie in its parent's ")
           << whole << " indices, got " << size << " from " << start;
  return success();
}

OpFoldResult ViewOp::fold(FoldAdaptor) {
  // Slices of slices stay: those of a nested concat say together what is whole.
  if (getParent().getType() == getBuffer().getType())
    return getParent();
  return {};
}

//===----------------------------------------------------------------------===//
// AliasOp
//===----------------------------------------------------------------------===//

Value AliasOp::getViewSource() { return getParent(); }

LogicalResult AliasOp::verify() {
  BufferType parent = getParent().getType(), alias = getBuffer().getType();
  if (parent.isPacked() || parent.getLayout() != alias.getLayout() ||
      parent.getElementBytes() != alias.getElementBytes())
    return emitOpError("an alias has its parent's element size and row-major "
                       "layout, got ")
           << alias << " of " << parent;
  if (!isDense(getParent()))
    return emitOpError("needs a dense parent, got a slice");
  if (parent.isStatic() && alias.isStatic() &&
      parent.getBytes() != alias.getBytes())
    return emitOpError("must have as many elements as its parent, got ")
           << alias << " of " << parent;
  if (llvm::count_if(alias.getShape(), ShapedType::isDynamic) > 1)
    return emitOpError("may have one dynamic dimension, got ") << alias;
  return success();
}

OpFoldResult AliasOp::fold(FoldAdaptor) {
  if (getParent().getType() == getBuffer().getType())
    return getParent();
  auto outer = getParent().getDefiningOp<AliasOp>();
  if (!outer)
    return {};
  getParentMutable().assign(outer.getParent());
  return getBuffer();
}

//===----------------------------------------------------------------------===//
// LaunchOp
//===----------------------------------------------------------------------===//

void LaunchOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  for (OpOperand &input : getInputsMutable())
    effects.emplace_back(MemoryEffects::Read::get(), &input);
  for (OpOperand &output : getOutputsMutable())
    effects.emplace_back(MemoryEffects::Write::get(), &output);
}

LogicalResult LaunchOp::verify() {
  if (getTactic() && !getProvider())
    return emitOpError("a tactic needs a provider");
  if (getOutputs().empty())
    return emitOpError("must write a buffer, got none");
  for (auto [i, output] : llvm::enumerate(getOutputs())) {
    Operation *root = getRoot(output).getDefiningOp();
    if (isa_and_nonnull<AllocOp, OutputOp>(root))
      continue;
    InFlightDiagnostic diag =
        emitOpError("may write plan.alloc and plan.output, got ")
        << (root ? root->getName().getStringRef() : "an argument")
        << " as output " << i;
    if (root)
      diag.attachNote(root->getLoc()) << "the buffer";
    return diag;
  }
  for (NamedAttribute setting : getSettings())
    if (!isa<IntegerAttr, FloatAttr, StringAttr, DenseI64ArrayAttr,
             DenseF64ArrayAttr>(setting.getValue()))
      return emitOpError(
                 "attributes are integers, floats, strings or arrays of "
                 "i64 or f64, got ")
             << setting.getValue() << " for '" << setting.getName().getValue()
             << "'";
  for (EpilogueAttr step : getEpilogues().getAsRange<EpilogueAttr>())
    if (step.getOperand() < -1 ||
        step.getOperand() >= static_cast<int64_t>(getInputs().size()))
      return emitOpError("an epilogue's operand is one of the ")
             << getInputs().size() << " inputs, got " << step.getOperand();
  return success();
}

/// A launch that nobody can see the results of.
LogicalResult LaunchOp::canonicalize(LaunchOp launch,
                                     PatternRewriter &rewriter) {
  for (Value output : launch.getOutputs())
    if (!output.getDefiningOp<AllocOp>() || !output.hasOneUse())
      return failure();
  rewriter.eraseOp(launch);
  return success();
}
