//===- RestoreSegments.cpp - native segments for TF-TRT's engines ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An engine is a call of its native segment, so the inliner does the work. What
// remains is TF-TRT's cache of engines: a few nodes around a handle.
//===----------------------------------------------------------------------===//
#include "passes/FailureCode.h"
#include "passes/graph/Inliner.h"
#include "tftrt/EngineNodes.h"
#include "tftrt/Names.h"
#include "tftrt/Passes.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace graft::graph;

namespace graft::tftrt {

#define GEN_PASS_DEF_RESTORESEGMENTS
#include "tftrt/Passes.h.inc"

namespace {

/// The nodes around the cache of engines, by the names that TensorFlow 2.0, and
/// from 2.1 on 2.17 gave them.
bool isCacheNode(NodeOp node) {
  static const llvm::StringSet<> names = {
      "CreateTRTEngineCacheHandle", "CreateTRTResourceHandle",
      "DumpTRTEngineCache",         "GetCalibrationDataOp",
      "InitializeTRTEngineOp",      "InitializeTRTResource",
      "PopulateTRTEngineCache",     "SerializeTRTEngineOp",
      "SerializeTRTResource",
  };
  return names.contains(node.getOp());
}

/// `TRTCalibOp` of TensorFlow 1.7: its outputs are its inputs.
bool isProbe(NodeOp node) {
  return node.is(kCalibrationOp) && nativeSegmentName(node).empty() &&
         node.getOutputs().size() == node.getInputs().size();
}

/// The functions with nodes of the cache, and those that call one.
llvm::SetVector<StringAttr> findCacheUsers(ModuleOp module) {
  DenseMap<StringAttr, SmallVector<StringAttr>> callers;
  llvm::SetVector<StringAttr> found;
  for (auto func : module.getOps<FuncOp>()) {
    for (StringAttr callee : calledFunctions(func))
      callers[callee].push_back(func.getSymNameAttr());
    if (llvm::any_of(func.getBlock()->getOps<NodeOp>(), isCacheNode))
      found.insert(func.getSymNameAttr());
  }
  for (size_t i = 0; i < found.size(); ++i)
    for (StringAttr caller : callers.lookup(found[i]))
      found.insert(caller);
  return found;
}

/// The variable that holds the path of a file, if `value` reads one: so
/// TensorFlow 2 keeps the paths of assets.
NodeOp findPathVariable(Value value) {
  auto read = seeThrough(value).getDefiningOp<NodeOp>();
  if (!read || !read.is("ReadVariableOp"))
    return NodeOp();
  auto variable = seeThrough(read.getInputs()[0]).getDefiningOp<NodeOp>();
  return variable && variable.is("VarHandleOp") ? variable : NodeOp();
}

/// Erases nodes whose results nothing else reads. What waited for one of them
/// waits for what it waited for, be it an input or a control input, so that all
/// that ran before still runs.
void eraseAndBypass(const llvm::SetVector<Operation *> &dead) {
  for (Operation *op : dead) {
    SmallVector<Value> controls(getControls(op));
    for (Value input : cast<NodeOp>(op).getInputs()) {
      // There is no need to wait for a constant.
      auto source = input.getDefiningOp<NodeOp>();
      if (source && source->getNumOperands() > 0)
        controls.push_back(source.getControl());
    }
    setControls(op, controls);
  }
  // They may wait for each other, in any order of the file.
  auto isWaitedFor = [&](Operation *op) {
    return llvm::any_of(cast<NodeOp>(op).getControl().getUsers(),
                        [&](Operation *user) { return !dead.contains(user); });
  };
  for (size_t pass = 0; pass < dead.size(); ++pass) {
    bool changed = false;
    for (Operation *op : dead)
      if (isWaitedFor(op)) {
        bypassControls(cast<NodeOp>(op));
        changed = true;
      }
    if (!changed)
      break;
  }
  eraseTogether(dead.getArrayRef());
}

/// Erases a variable that is written and never read, with what writes it.
void eraseUnread(NodeOp variable) {
  llvm::SetVector<Operation *> dead;
  dead.insert(variable);
  for (Operation *user : variable.getOutputs()[0].getUsers()) {
    auto node = dyn_cast<NodeOp>(user);
    bool writes = node && node.is("AssignVariableOp") &&
                  node.getInputs()[1] != variable.getOutputs()[0];
    bool reads = !node || !llvm::all_of(node.getOutputs(), [](Value output) {
      return output.use_empty();
    });
    if (reads ||
        !(writes || node.is("ReadVariableOp") || node.is("VarIsInitializedOp")))
      return;
    dead.insert(node);
  }
  eraseAndBypass(dead);
}

/// Erases the nodes of the cache in `body`, and those that pass its handle on
/// or destroy it. Fails where another node reads it.
LogicalResult eraseCache(Block &body) {
  llvm::SetVector<Operation *> dead;
  for (auto node : body.getOps<NodeOp>())
    if (isCacheNode(node))
      dead.insert(node);
  for (size_t i = 0; i < dead.size(); ++i)
    for (Value output : cast<NodeOp>(dead[i]).getOutputs())
      for (Operation *user : output.getUsers()) {
        auto node = dyn_cast<NodeOp>(user);
        if (!node || !(isIdentityLike(node) || isCacheNode(node) ||
                       node.is("DestroyResourceOp")))
          return user->emitError("nothing but TF-TRT's own nodes must read its "
                                 "resource '")
                 << getName(dead[i]).getValue() << "'";
        dead.insert(node);
      }
  llvm::SetVector<Operation *> paths;
  for (Operation *op : dead)
    for (Value input : cast<NodeOp>(op).getInputs())
      if (NodeOp variable = findPathVariable(input))
        paths.insert(variable);
  eraseAndBypass(dead);
  for (Operation *op : paths)
    eraseUnread(cast<NodeOp>(op));
  return success();
}

struct RestoreSegments : impl::RestoreSegmentsBase<RestoreSegments> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    // What the pass refuses is missing in the file.
    ScopedDiagnosticHandler handler(&getContext(), [](Diagnostic &diagnostic) {
      setFailureCode(diagnostic, StatusCode::BadInput);
      return failure(); // shown by whoever else listens
    });
    if (failed(checkSegments(module)) || failed(inlineSegments(module)))
      return signalPassFailure();
    for (Operation *container : getContainers(module)) {
      for (auto node : getBody(container).getOps<NodeOp>())
        if (!keepDevices && node.getDevice() &&
            node.getDevice()->contains_insensitive("gpu:"))
          node.removeDeviceAttr();
      dropStaleColocations(getBody(container));
    }
  }

private:
  LogicalResult checkSegments(ModuleOp module);
  LogicalResult inlineSegments(ModuleOp module);
};

/// Every engine has a native segment that fits it.
LogicalResult RestoreSegments::checkSegments(ModuleOp module) {
  Library library(module);
  NodeOp first;
  size_t missing = 0;
  for (Operation *container : getContainers(module))
    for (auto node : getBody(container).getOps<NodeOp>())
      if (isEngine(node) && !isProbe(node) && !library.resolve(node)) {
        first = first ? first : node;
        ++missing;
      }
  if (!first)
    return success();
  InFlightDiagnostic error = first.emitError();
  StringRef name = nativeSegmentName(first);
  if (name.empty())
    error << "the engine must name its native segment, got neither "
             "segment_func nor segment_funcdef_name";
  else if (!library.nativeSegment(first))
    error << "the engine's native segment must be in the model, got no "
             "function '"
          << name << "'";
  else
    error << "the engine's native segment '" << name
          << "' must take and give what the engine does and not call itself, "
             "got another function of that name";
  if (missing > 1)
    error << "; " << missing - 1 << " more engines have none";
  return error << "; the engine's bytes cannot be turned back: convert the "
                  "original model again";
}

LogicalResult RestoreSegments::inlineSegments(ModuleOp module) {
  Library library(module);
  llvm::SetVector<StringAttr> cacheUsers = findCacheUsers(module);
  InlinePolicy policy;
  policy.keepsNames = isEngine;
  policy.wants = [&](NodeOp node) {
    if (isEngine(node))
      return true;
    std::optional<Callee> callee = library.resolve(node);
    return callee && callee->func &&
           cacheUsers.contains(callee->func.getSymNameAttr());
  };
  Inliner inliner(library, policy);
  // A function is inlined as it is: its own engines and calls follow it.
  for (Operation *container : getContainers(module)) {
    if (failed(inliner.run(container)))
      return failure();
    SmallVector<NodeOp> probes;
    for (auto node : getBody(container).getOps<NodeOp>())
      if (isEngine(node) && isProbe(node))
        probes.push_back(node);
    for (NodeOp node : probes) {
      SmallVector<Value> sources(node.getInputs());
      NodeOp gate = createIdentity(node, node.getLoc(), sources,
                                   node.getControls(), node.getName());
      node.getControl().replaceAllUsesWith(gate.getControl());
      for (auto [output, value] :
           llvm::zip(node.getOutputs(), gate.getOutputs()))
        output.replaceAllUsesWith(value);
      node.erase();
    }
  }
  inliner.eraseUnreached(module);
  // What creates and destroys the cache is named by objects of Python only.
  if (!module.getOps<GraphOp>().empty()) {
    auto reached = reachFunctions(module, [](Operation *) {});
    for (auto func : llvm::make_early_inc_range(module.getOps<FuncOp>()))
      if (cacheUsers.contains(func.getSymNameAttr()) && !reached.contains(func))
        func.erase();
  }
  for (Operation *container : getContainers(module))
    if (failed(eraseCache(getBody(container))))
      return failure();
  return success();
}

} // namespace
} // namespace graft::tftrt
