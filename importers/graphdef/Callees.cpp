//===- Callees.cpp - functions that a node calls --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Only the ops that run their functions when they run are checked. A function
// may stand in other attributes without being there: a gradient that was
// pruned, or the segment of an engine that is already built.
//===----------------------------------------------------------------------===//
#include "importers/graphdef/Body.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSwitch.h"

using namespace graft;
using namespace graft::graph;
using llvm::ArrayRef;
using llvm::StringRef;

/// True if attribute `name` of `op` says what the op calls.
static bool namesCallees(StringRef op, StringRef name) {
  return llvm::StringSwitch<bool>(op)
      .Cases({"PartitionedCall", "StatefulPartitionedCall"}, name == "f")
      .Cases({"If", "StatelessIf"},
             name == "then_branch" || name == "else_branch")
      .Cases({"While", "StatelessWhile"}, name == "cond" || name == "body")
      .Cases({"Case", "StatelessCase"}, name == "branches")
      .Default(false);
}

Status graft::checkCallees(const Body &graph, ArrayRef<Body> functions) {
  llvm::DenseSet<StringRef> names;
  for (const Body &body : functions)
    names.insert(body.function->rest.signature().name());
  auto check = [&](const Body &body) {
    for (const NodeRecord &node : body.nodes)
      for (mlir::NamedAttribute attr : node.attrs) {
        if (!namesCallees(node.op.getValue(), attr.getName().getValue()))
          continue;
        StringRef missing;
        auto note = [&](mlir::Attribute value) {
          auto func = mlir::dyn_cast<FuncAttr>(value);
          if (func && !names.contains(func.getName().getValue()))
            missing = func.getName().getValue();
        };
        // Not the functions in the attributes of the function.
        note(attr.getValue());
        if (auto list = mlir::dyn_cast<ListAttr>(attr.getValue()))
          llvm::for_each(list.getElements(), note);
        if (missing.data())
          return Status::badInput(
              body.where(node) + ": attribute " +
              quoted(attr.getName().getValue()) +
              " must name a function of the library, got " + quoted(missing) +
              "; export the graph again, with its functions");
      }
    return Status();
  };
  if (Status status = check(graph); !status)
    return status;
  for (const Body &body : functions)
    if (Status status = check(body); !status)
      return status;
  return Status();
}
