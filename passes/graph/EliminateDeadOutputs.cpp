//===- EliminateDeadOutputs.cpp - remove what no fetch needs --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Marks from the wanted nodes backwards, erases the rest, gives nodes with
// unread results a smaller form, and drops the functions that nothing names any
// more.
//===----------------------------------------------------------------------===//
#include "passes/graph/GraphUtils.h"
#include "passes/graph/Passes.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace graft::graph {

#define GEN_PASS_DEF_ELIMINATEDEADOUTPUTS
#include "passes/graph/Passes.h.inc"

namespace {

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

/// A fed node that is no input becomes a Placeholder of its name: the user's
/// value takes the place of what it computed.
void replaceByPlaceholder(NodeOp node) {
  MLIRContext *context = node.getContext();
  auto type = cast<ShapedType>(node.getOutputs()[0].getType());
  SmallVector<int64_t> dims;
  if (type.hasRank())
    for (int64_t dim : type.getShape())
      dims.push_back(ShapedType::isDynamic(dim) ? -1 : dim);
  OpBuilder builder(node);
  NamedAttrList attrs;
  attrs.set("dtype", TypeAttr::get(type.getElementType()));
  attrs.set("shape", ShapeAttr::get(context, dims, type.hasRank()));
  if (Attribute hint = node.getAttrs().get("_output_shapes"))
    attrs.set("_output_shapes", hint);
  auto placeholder =
      NodeOp::create(builder, node.getLoc(), TypeRange(type), "Placeholder",
                     ValueRange(), ValueRange(), node.getName(),
                     attrs.getDictionary(context), node.getDeviceAttr());
  node.getOutputs()[0].replaceAllUsesWith(placeholder.getOutputs()[0]);
  node.getControl().replaceAllUsesWith(placeholder.getControl());
  node.erase();
}

/// The fed nodes of the main graph that compute something which is not needed.
/// PlaceholderWithDefault stays: it is made to be fed or not.
void replaceFedNodes(GraphOp graph, const Border &border) {
  SmallVector<NodeOp> fed;
  for (auto node : graph.getBlock()->getOps<NodeOp>())
    if (border.isWhollyFed(node) && node.getOutputs().size() == 1 &&
        (!node.getInputs().empty() || node.is("Const")) &&
        !node.is("PlaceholderWithDefault") &&
        isa<ShapedType>(node.getOutputs()[0].getType()) &&
        !isReference(node.getOutputs()[0].getType()))
      fed.push_back(node);
  for (NodeOp node : fed)
    replaceByPlaceholder(node);
}

/// True if the nodes of `container` that nobody reads must stay.
bool wantsEverything(Operation *container, const Border &border) {
  return isa<GraphOp>(container) && !border.hasFetches();
}

/// An input of the graph, which the user may feed though nothing reads it.
bool isInput(NodeOp node, const Border &border) {
  return border.isFedByUser(node.getNameAttr()) &&
         (node.is("Placeholder") || node.is("PlaceholderWithDefault"));
}

bool isWanted(Operation *op, const Border &border) {
  if (auto node = dyn_cast<NodeOp>(op))
    return isa<FuncOp>(op->getParentOp())
               ? hasEffect(node)
               : border.isFetched(node.getNameAttr()) || isInput(node, border);
  if (auto segment = dyn_cast<SegmentOp>(op))
    return border.isFetched(segment.getNameAttr());
  return true; // graph.return, and what the dialect does not know
}

/// Erases the ops of `container` that nothing wanted reads.
void eraseDeadNodes(Operation *container, const Border &border) {
  if (wantsEverything(container, border))
    return;
  Block &body = getBody(container);
  DenseSet<Operation *> live;
  SmallVector<Operation *> worklist;
  auto mark = [&](Operation *op) {
    if (op && live.insert(op).second)
      worklist.push_back(op);
  };
  for (Operation &op : body)
    if (isWanted(&op, border))
      mark(&op);
  while (!worklist.empty())
    for (Value operand : worklist.pop_back_val()->getOperands())
      mark(operand.getDefiningOp());

  SmallVector<Operation *> dead;
  for (Operation &op : body)
    if (!live.contains(&op))
      dead.push_back(&op);
  eraseTogether(dead);
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// An operator that computes the leading results of another one.
struct SmallerForm {
  StringLiteral op;
  StringLiteral smaller;
  unsigned results;
  /// Attributes that the smaller one has not.
  ArrayRef<StringRef> dropped;
  /// A boolean attribute that must be false, or empty.
  StringLiteral unless;
};

constexpr StringRef argmaxAttrs[] = {"Targmax", "include_batch_in_index"};
constexpr StringRef padAttrs[] = {"pad_to_max_output_size"};
const SmallerForm smallerForms[] = {
    {"MaxPoolWithArgmax", "MaxPool", 1, argmaxAttrs, ""},
    {"NonMaxSuppressionV4", "NonMaxSuppressionV3", 1, padAttrs,
     "pad_to_max_output_size"},
    {"UniqueWithCounts", "Unique", 2, {}, ""},
    {"UniqueWithCountsV2", "UniqueV2", 2, {}, ""},
};

/// Replaces `node` by `op` with the results whose numbers are `kept`; the
/// inputs are those of the same numbers if `pairInputs`, else all.
void shrinkResults(NodeOp node, StringRef op, ArrayRef<unsigned> kept,
                   DictionaryAttr attrs, bool pairInputs) {
  OpBuilder builder(node);
  SmallVector<Type> types;
  SmallVector<Value> inputs;
  NamedAttrList list(attrs);
  list.erase("_output_shapes"); // one shape for each result that was
  for (unsigned number : kept) {
    types.push_back(node.getOutputs()[number].getType());
    if (pairInputs)
      inputs.push_back(node.getInputs()[number]);
  }
  if (!pairInputs)
    llvm::append_range(inputs, node.getInputs());
  auto smaller = NodeOp::create(builder, node.getLoc(), types, op, inputs,
                                node.getControls(), node.getName(),
                                list.getDictionary(node.getContext()),
                                node.getDeviceAttr());
  for (auto [number, result] : llvm::zip(kept, smaller.getOutputs()))
    node.getOutputs()[number].replaceAllUsesWith(result);
  node.getControl().replaceAllUsesWith(smaller.getControl());
  node.erase();
}

void shrinkIdentityN(NodeOp node) {
  SmallVector<unsigned> kept;
  SmallVector<Attribute> types;
  auto list = node.getNodeAttr<ListAttr>("T");
  size_t count = node.getOutputs().size();
  if (!list || list.getElements().size() != count ||
      node.getInputs().size() != count)
    return;
  for (OpResult output : node.getOutputs())
    if (!output.use_empty()) {
      kept.push_back(output.getResultNumber());
      types.push_back(list.getElements()[output.getResultNumber()]);
    }
  if (kept.empty() || kept.size() == count)
    return;
  NamedAttrList attrs(node.getAttrs());
  attrs.set("T", ListAttr::get(node.getContext(), list.getKind(), types));
  shrinkResults(node, "IdentityN", kept, attrs.getDictionary(node.getContext()),
                /*pairInputs=*/true);
}

void shrinkNode(NodeOp node) {
  for (const SmallerForm &form : smallerForms) {
    if (!node.is(form.op) || node.getOutputs().size() <= form.results ||
        (!form.unless.empty() && node.getBoolAttr(form.unless, false)))
      continue;
    if (llvm::any_of(node.getOutputs().drop_front(form.results),
                     [](Value value) { return !value.use_empty(); }))
      return;
    NamedAttrList attrs(node.getAttrs());
    for (StringRef name : form.dropped)
      attrs.erase(name);
    shrinkResults(node, form.smaller,
                  llvm::to_vector(llvm::seq<unsigned>(0, form.results)),
                  attrs.getDictionary(node.getContext()), /*pairInputs=*/false);
    return;
  }
  if (node.is("IdentityN"))
    shrinkIdentityN(node);
}

/// Shrinks nodes with unread results. One whose name the user knows keeps its
/// results: their numbers are known, too.
void shrinkNodes(Operation *container, const Border &border) {
  if (wantsEverything(container, border))
    return;
  for (Operation &op : llvm::make_early_inc_range(getBody(container)))
    if (auto node = dyn_cast<NodeOp>(op))
      if (!border.names(node.getNameAttr()))
        shrinkNode(node);
}

struct EliminateDeadOutputs
    : impl::EliminateDeadOutputsBase<EliminateDeadOutputs> {
  void runOnOperation() override {
    // A function is cleaned before its callees are looked for: what it no
    // longer calls is not reached.
    auto reached = reachFunctions(
        getOperation(), [&](Operation *container) { clean(container); });
    for (auto func :
         llvm::make_early_inc_range(getOperation().getOps<FuncOp>()))
      if (!reached.contains(func))
        func.erase();
  }

  void clean(Operation *container) {
    Border border(container);
    if (auto graph = dyn_cast<GraphOp>(container))
      replaceFedNodes(graph, border);
    eraseDeadNodes(container, border);
    shrinkNodes(container, border);
    // Shrinking may have left nodes that only the dropped results needed.
    eraseDeadNodes(container, border);
    dropStaleColocations(getBody(container));
  }
};

} // namespace
} // namespace graft::graph
