//===- Inliner.cpp - function bodies in the place of calls ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A worklist of calls; new calls that come with a body go on it, so that
// nesting costs no stack.
//===----------------------------------------------------------------------===//
#include "passes/graph/Inliner.h"

#include "dialects/graph/DataTypes.h"
#include "dialects/graph/NodeAttrs.h"
#include "dialects/graph/OpTable.h"
#include "tftrt/EngineNodes.h"
#include "tftrt/Names.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace graft::graph {
namespace {

/// So many characters of a node's name count as another node.
constexpr int64_t namePrice = 128;

//===----------------------------------------------------------------------===//
// Which function a node stands for
//===----------------------------------------------------------------------===//

/// The value of `value` if it is a constant, seen through nodes that pass on.
ElementsAttr findConstant(Value value) {
  auto node = seeThrough(value).getDefiningOp<NodeOp>();
  return node ? node.getConstantValue() : ElementsAttr();
}

/// What TensorFlow takes a constant predicate for: a scalar is true if it is
/// not zero, any other tensor if it has elements. Nothing for a scalar of
/// another kind.
std::optional<bool> truth(ElementsAttr constant) {
  if (!constant)
    return std::nullopt;
  if (constant.getShapedType().getRank() != 0)
    return constant.getNumElements() != 0;
  auto dense = dyn_cast<DenseElementsAttr>(constant);
  if (!dense)
    return std::nullopt;
  if (isa<IntegerType>(dense.getElementType()))
    return !dense.getSplatValue<APInt>().isZero();
  if (isa<FloatType>(dense.getElementType()))
    return !dense.getSplatValue<APFloat>().isZero();
  return std::nullopt;
}

} // namespace

Library::Library(ModuleOp module) {
  for (auto func : module.getOps<FuncOp>())
    functions[func.getSymNameAttr()] = func;
  // Take away functions that call none of the rest, until none is left or the
  // rest is recursive.
  DenseMap<Operation *, SmallVector<FuncOp>> callers;
  DenseMap<Operation *, size_t> callees;
  SmallVector<FuncOp> leaves;
  for (auto func : module.getOps<FuncOp>()) {
    size_t count = 0;
    for (StringAttr name : calledFunctions(func))
      if (FuncOp callee = functions.lookup(name)) {
        callers[callee].push_back(func);
        ++count;
      }
    callees[func] = count;
    if (count == 0)
      leaves.push_back(func);
    else
      recursive.insert(func);
  }
  while (!leaves.empty()) {
    FuncOp func = leaves.pop_back_val();
    for (auto node : func.getBlock()->getOps<NodeOp>()) {
      if (acts(node))
        acting.insert(func);
      node.getAttrs().walk([&](PlaceholderAttr) { templates.insert(func); });
    }
    for (FuncOp caller : callers[func])
      if (--callees[caller] == 0) {
        recursive.erase(caller);
        leaves.push_back(caller);
      }
  }
}

bool Library::acts(NodeOp node) const {
  static const llvm::StringSet<> calls = {"Case", "If", "PartitionedCall",
                                          "StatefulPartitionedCall", "While"};
  bool isDirect = functions.contains(node.getOpAttr());
  if (!isDirect && !hasEffect(node))
    return false;
  if (!isDirect && !calls.contains(node.getOp()))
    return true;
  llvm::SmallSetVector<StringAttr, 8> names;
  names.insert(node.getOpAttr());
  collectFunctions(node.getAttrs(), names);
  return llvm::any_of(names, [&](StringAttr name) {
    FuncOp func = functions.lookup(name);
    return func ? recursive.contains(func) || acting.contains(func)
                : name != node.getOpAttr();
  });
}

FuncOp Library::nativeSegment(NodeOp engine) const {
  return functions.lookup(
      StringAttr::get(engine.getContext(), tftrt::nativeSegmentName(engine)));
}

std::optional<Callee> Library::resolveConditional(NodeOp node) const {
  if (node.getInputs().empty())
    return std::nullopt;
  auto rest = node.getInputs().drop_front();
  if (node.is("If") || node.is("StatelessIf")) {
    std::optional<bool> taken = truth(findConstant(node.getInputs()[0]));
    if (!taken)
      return std::nullopt;
    auto branch =
        node.getNodeAttr<FuncAttr>(*taken ? "then_branch" : "else_branch");
    return Callee{find(branch), rest, branch ? branch.getAttrs() : nullptr};
  }
  if (node.is("Case") || node.is("StatelessCase")) {
    auto index = dyn_cast_or_null<DenseIntElementsAttr>(
        findConstant(node.getInputs()[0]));
    auto branches = node.getNodeAttr<ListAttr>("branches");
    if (!index || index.getNumElements() != 1 || !branches ||
        branches.getElements().empty())
      return std::nullopt;
    // An index out of bounds takes the last branch.
    int64_t last = branches.getElements().size() - 1;
    int64_t taken = index.getSplatValue<APInt>().getSExtValue();
    auto branch = dyn_cast<FuncAttr>(
        branches.getElements()[taken < 0 || taken > last ? last : taken]);
    return Callee{find(branch), rest, branch ? branch.getAttrs() : nullptr};
  }
  if (node.is("While") || node.is("StatelessWhile")) {
    // A condition that is never true: the loop gives its inputs.
    FuncOp condition = find(node.getNodeAttr<FuncAttr>("cond"));
    if (!condition || condition.getBlock()->empty())
      return std::nullopt;
    auto terminator = dyn_cast<ReturnOp>(condition.getBlock()->back());
    if (terminator && terminator.getValues().size() == 1 &&
        truth(findConstant(terminator.getValues()[0])) == false)
      return Callee{FuncOp(), node.getInputs(), nullptr};
  }
  return std::nullopt;
}

std::optional<Callee> Library::resolve(NodeOp node) const {
  std::optional<Callee> callee;
  if (node.is("PartitionedCall") || node.is("StatefulPartitionedCall")) {
    if (auto attr = node.getNodeAttr<FuncAttr>("f"))
      callee = Callee{find(attr), node.getInputs(), attr.getAttrs()};
  } else if (tftrt::isEngine(node)) {
    // The engine computes what its native segment says.
    auto attr = node.getNodeAttr<FuncAttr>(tftrt::kSegmentFunction);
    callee = Callee{nativeSegment(node), node.getInputs(),
                    attr ? attr.getAttrs() : nullptr};
  } else if (FuncOp direct = functions.lookup(node.getOpAttr())) {
    callee = Callee{direct, node.getInputs(), node.getAttrs()};
  } else {
    callee = resolveConditional(node);
    if (callee && !callee->func && !node.is("While") &&
        !node.is("StatelessWhile"))
      return std::nullopt;
    if (callee && !callee->func)
      return callee;
  }
  if (!callee || !callee->func || recursive.contains(callee->func))
    return std::nullopt;
  Block &body = *callee->func.getBlock();
  auto terminator = body.empty() ? ReturnOp() : dyn_cast<ReturnOp>(body.back());
  if (!terminator || body.getNumArguments() != callee->arguments.size() ||
      terminator.getValues().size() != node.getOutputs().size())
    return std::nullopt;
  return callee;
}

//===----------------------------------------------------------------------===//
// Placeholders in attributes
//===----------------------------------------------------------------------===//

namespace {

/// `attr` with its placeholders replaced by the values in `values`; null if one
/// has none.
Attribute substitute(Attribute attr, DictionaryAttr values) {
  bool missing = false;
  AttrTypeReplacer replacer;
  replacer.addReplacement([&](PlaceholderAttr placeholder) -> Attribute {
    Attribute value = values ? values.get(placeholder.getName()) : Attribute();
    missing |= !value;
    return value ? value : placeholder;
  });
  Attribute result = replacer.replace(attr);
  return missing ? Attribute() : result;
}

/// Element types that depended on a placeholder follow from the attributes now.
void determineTypes(NodeOp node) {
  const OpSignature *signature = OpTable::builtin(node.getOp());
  if (!signature)
    return;
  Expected<FlatArgs> outputs =
      flattenArgs(*signature, signature->outputs, NodeAttrs(node.getAttrs()));
  if (!outputs || (*outputs).types.size() != node.getOutputs().size())
    return;
  for (auto [output, number] : llvm::zip(node.getOutputs(), (*outputs).types)) {
    auto type = dyn_cast<TensorType>(output.getType());
    auto opaque =
        type ? dyn_cast<OpaqueType>(type.getElementType()) : OpaqueType();
    if (opaque && opaque.getNumber() == 0)
      output.setType(type.clone(typeFromNumber(number, node.getContext())));
  }
}

//===----------------------------------------------------------------------===//
// Inlining into one body
//===----------------------------------------------------------------------===//

/// Inlines into one body.
class BodyInliner {
public:
  BodyInliner(Operation *container, const Library &library,
              const InlinePolicy &policy, int64_t &budget,
              llvm::SetVector<FuncOp> &inlined)
      : container(container), body(getBody(container)), border(container),
        index(body), library(library), policy(policy), budget(budget),
        inlined(inlined) {
    // A function's arguments and nodes share their names.
    if (auto func = dyn_cast<FuncOp>(container))
      for (auto name : func.getArgNames().getAsRange<StringAttr>())
        if (!index.contains(name))
          index.insert(name, nullptr);
  }

  LogicalResult run();

private:
  bool canSubstitute(Callee callee);
  SmallVector<Operation *> cloneBody(NodeOp call, Callee callee,
                                     IRMapping &mapping);
  void replaceCall(NodeOp call, Callee callee);

  Operation *container;
  Block &body;
  Border border;
  NodeIndex index;
  const Library &library;
  const InlinePolicy &policy;
  int64_t &budget;
  llvm::SetVector<FuncOp> &inlined;
  SmallVector<NodeOp> worklist;
};

/// True if every attribute placeholder of the callee has a value.
bool BodyInliner::canSubstitute(Callee callee) {
  if (!callee.func || !library.isTemplate(callee.func))
    return true;
  for (auto node : callee.func.getBlock()->getOps<NodeOp>())
    if (!substitute(node.getAttrs(), callee.attrs))
      return false;
  return true;
}

/// "loc:@x" in a function means the function's x, which now has another name.
/// What names no node of the function goes, unless `keepsOthers`.
void renameColocations(NodeOp node,
                       const DenseMap<StringAttr, StringAttr> &names,
                       bool keepsOthers) {
  auto list = node.getNodeAttr<ListAttr>("_class");
  if (!list)
    return;
  MLIRContext *context = node.getContext();
  SmallVector<Attribute> elements;
  for (Attribute element : list.getElements()) {
    auto text = dyn_cast<StringAttr>(element);
    StringRef name = text ? text.getValue() : StringRef();
    if (!name.consume_front("loc:@"))
      elements.push_back(element);
    else if (StringAttr now = names.lookup(StringAttr::get(context, name)))
      elements.push_back(
          StringAttr::get(context, "loc:@" + Twine(now.getValue())));
    else if (keepsOthers)
      elements.push_back(element);
  }
  if (elements.empty())
    return updateAttrs(node, {"_class"});
  updateAttrs(node, {},
              NamedAttribute(StringAttr::get(context, "_class"),
                             ListAttr::get(context, list.getKind(), elements)));
}

/// Clones the callee's nodes before `call`, with their new names, devices and
/// attributes.
SmallVector<Operation *> BodyInliner::cloneBody(NodeOp call, Callee callee,
                                                IRMapping &mapping) {
  Block &source = *callee.func.getBlock();
  DenseMap<StringAttr, StringAttr> names;
  bool keepsNames = policy.keepsNames && policy.keepsNames(call);
  bool substitutes = library.isTemplate(callee.func);
  OpBuilder builder(call);
  SmallVector<Operation *> clones;
  for (Operation &op : source.without_terminator()) {
    Operation *clone = builder.clone(op, mapping);
    clones.push_back(clone);
    auto node = dyn_cast<NodeOp>(clone);
    if (!node)
      continue;
    StringAttr name = keepsNames
                          ? index.claim(node.getName(), node.getContext())
                          : index.claim(call.getName() + "/" + node.getName(),
                                        node.getContext());
    index.insert(name, node);
    names[node.getNameAttr()] = name;
    node.setNameAttr(name);
    node->setLoc(NameLoc::get(name, node.getLoc()));
    if (!keepsNames && !node.getDeviceAttr() && call.getDeviceAttr())
      node.setDeviceAttr(call.getDeviceAttr());
    // Two loops of one frame name in one graph would be one loop.
    if (auto frame = node.getNodeAttr<StringAttr>("frame_name");
        frame && !keepsNames)
      updateAttrs(node, {},
                  builder.getNamedAttr(
                      "frame_name", builder.getStringAttr(call.getName() + "/" +
                                                          frame.getValue())));
    if (substitutes) {
      node.setAttrsAttr(
          cast<DictionaryAttr>(substitute(node.getAttrs(), callee.attrs)));
      determineTypes(node);
    }
  }
  // A body is not sorted: what a node names may have been cloned after it.
  for (Operation *clone : clones) {
    if (auto node = dyn_cast<NodeOp>(clone))
      renameColocations(node, names, keepsNames);
    for (OpOperand &operand : clone->getOpOperands())
      operand.set(mapping.lookupOrDefault(operand.get()));
  }
  return clones;
}

/// Puts the callee in the place of `call`.
///
/// A call runs as a whole: after its control inputs, and its effects happen
/// though nobody reads them. So the first nodes of the body wait for the
/// control inputs, and where something has to wait for the effects or for the
/// call itself, or where the user knows the call's name, an Identity of that
/// name gathers results and edges.
void BodyInliner::replaceCall(NodeOp call, Callee callee) {
  IRMapping mapping;
  SmallVector<Value> results, effects, finished;
  SmallVector<Operation *> clones;
  bool givesArgument = !callee.func;
  if (callee.func) {
    Block &source = *callee.func.getBlock();
    for (auto [argument, value] :
         llvm::zip(source.getArguments(), callee.arguments))
      mapping.map(argument, value);
    clones = cloneBody(call, callee, mapping);
    auto terminator = cast<ReturnOp>(source.back());
    for (Value value : terminator.getValues()) {
      results.push_back(mapping.lookup(value));
      givesArgument |= isa<BlockArgument>(value);
    }
    for (Value control : terminator.getControls())
      finished.push_back(mapping.lookup(control));
  } else {
    llvm::append_range(results, callee.arguments);
  }

  SmallVector<Value> waits(call.getControls());
  DenseSet<Operation *> inBody(clones.begin(), clones.end());
  for (Operation *clone : clones) {
    auto node = dyn_cast<NodeOp>(clone);
    if (node && library.acts(node))
      effects.push_back(node.getControl());
    bool isFirst = llvm::none_of(clone->getOperands(), [&](Value operand) {
      return inBody.contains(operand.getDefiningOp());
    });
    if (isFirst && !waits.empty())
      addControls(clone, waits);
    if (node)
      worklist.push_back(node);
  }

  bool isSeen = border.names(call.getNameAttr());
  bool isWaitedFor = !call.getControl().use_empty();
  bool passesThrough = givesArgument && !waits.empty();
  if (isWaitedFor && !isSeen && !passesThrough && effects.empty() &&
      policy.keepsNames && policy.keepsNames(call)) {
    // No trace of the call is to be left: wait for the results themselves.
    SmallVector<Value> done(finished);
    for (Value result : results)
      if (Operation *source = result.getDefiningOp())
        done.push_back(getControlResult(source));
    setControls(call, done);
    bypassControls(call);
    isWaitedFor = false;
  }
  if (isSeen || isWaitedFor || !effects.empty() || passesThrough) {
    SmallVector<Value> controls = effects;
    if (isWaitedFor)
      llvm::append_range(controls, finished);
    if (passesThrough || (isWaitedFor && controls.empty()))
      llvm::append_range(controls, waits);
    NodeOp gate;
    if (results.empty()) {
      OpBuilder builder(call);
      gate = NodeOp::create(
          builder, call.getLoc(), TypeRange(), "NoOp", ValueRange(), controls,
          call.getName(), builder.getDictionaryAttr({}), call.getDeviceAttr());
    } else {
      gate = createIdentity(call, call.getLoc(), results, controls,
                            call.getName(), call.getDeviceAttr());
    }
    dedupeControls(gate);
    index.insert(call.getNameAttr(), gate);
    call.getControl().replaceAllUsesWith(gate.getControl());
    if (!effects.empty() || passesThrough)
      results.assign(gate.getOutputs().begin(), gate.getOutputs().end());
  }
  for (auto [output, result] : llvm::zip(call.getOutputs(), results))
    output.replaceAllUsesWith(result);
  call.erase();
}

LogicalResult BodyInliner::run() {
  for (auto node : body.getOps<NodeOp>())
    worklist.push_back(node);
  // In the order of the file: names are claimed in that order.
  std::reverse(worklist.begin(), worklist.end());
  while (!worklist.empty()) {
    NodeOp node = worklist.pop_back_val();
    if (policy.wants && !policy.wants(node))
      continue;
    std::optional<Callee> callee = library.resolve(node);
    if (!callee || callee->func == container || !canSubstitute(*callee))
      continue;
    if (callee->func) {
      // Names nest, too: in a deep nest of calls they would outgrow the nodes.
      int64_t size = callee->func.getBlock()->getOperations().size();
      budget -= size * (1 + node.getName().size() / namePrice);
      if (budget < 0)
        return node.emitError("inlining calls must add at most ")
               << policy.maxNodes << " nodes, got more at the call of '"
               << callee->func.getSymName()
               << "'; call functions from fewer places";
      inlined.insert(callee->func);
    }
    replaceCall(node, *callee);
  }
  dropStaleColocations(body);
  return success();
}

} // namespace

LogicalResult Inliner::run(Operation *container) {
  return BodyInliner(container, library, policy, budget, inlined).run();
}

void Inliner::eraseUnreached(ModuleOp module) {
  auto reached = reachFunctions(module, [](Operation *) {});
  for (FuncOp func : inlined)
    if (!reached.contains(func))
      func.erase();
  inlined.clear();
}

} // namespace graft::graph
