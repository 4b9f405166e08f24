//===- ValueNames.cpp - what tensors are called outside of the compiler ---===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/nn/ValueNames.h"

#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace graft::nn;

/// The last node in `location`; empty if it has none.
static StringRef lastNode(Location location) {
  SmallVector<LocationAttr> worklist{location};
  while (!worklist.empty()) {
    LocationAttr next = worklist.pop_back_val();
    if (auto name = dyn_cast<NameLoc>(next))
      return name.getName();
    if (auto fused = dyn_cast<FusedLoc>(next))
      for (Location part : fused.getLocations())
        worklist.push_back(part);
    else if (auto call = dyn_cast<CallSiteLoc>(next))
      worklist.append({call.getCaller(), call.getCallee()});
  }
  return {};
}

void ValueNames::add(Value value, std::string name) {
  auto entry = taken.try_emplace(name, 1);
  // A name with a suffix may be that of a node, too.
  for (unsigned &count = entry.first->second; !entry.second;)
    entry = taken.try_emplace(name + "#" + std::to_string(++count), 1);
  names[value] = entry.first->first();
}

ValueNames::ValueNames(Block &block) {
  StringRef function = "function";
  if (Operation *parent = block.getParentOp())
    if (auto symbol = SymbolTable::getSymbolName(parent))
      function = symbol;
  for (BlockArgument argument : block.getArguments()) {
    StringRef node = lastNode(argument.getLoc());
    add(argument, node.empty()
                      ? (function + "/" + Twine(argument.getArgNumber())).str()
                      : node.str());
  }
  auto addResults = [&](bool constants) {
    for (Operation &op : llvm::reverse(block)) {
      if (op.hasTrait<OpTrait::ConstantLike>() != constants)
        continue;
      StringRef node = lastNode(op.getLoc());
      if (node.empty())
        node = op.getName().getStringRef();
      for (OpResult result : op.getResults()) {
        unsigned k = result.getResultNumber();
        add(result, k ? (node + ":" + Twine(k)).str() : node.str());
      }
    }
  };
  addResults(/*constants=*/false);
  addResults(/*constants=*/true);
}
