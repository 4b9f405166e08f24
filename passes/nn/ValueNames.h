//===- ValueNames.h - what tensors are called outside of the compiler -----===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A range table names tensors so that a later compilation can find them and a
// person can recognise them: by the TensorFlow node that computes them.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_VALUENAMES_H
#define GRAFT_PASSES_NN_VALUENAMES_H

#include "mlir/IR/Block.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace graft::nn {

/// A name for every tensor of the body of a function. An operation's result is
/// called like the last node of its location, since a fusion stands for the
/// value of the last operation in it; further results have ":1", ":2". An
/// argument without a node is "function/index".
///
/// Of several operations of one node, the last gives the node's value and has
/// its name; "#2", "#3" stand behind those of the ones before it, from the last
/// to the first. Constants come after all others, so that where they stand
/// changes no name.
class ValueNames {
public:
  explicit ValueNames(mlir::Block &block);

  /// The name of a value of the block; empty for any other.
  llvm::StringRef get(mlir::Value value) const { return names.lookup(value); }

private:
  void add(mlir::Value value, std::string name);

  /// Each name, with the number of its uses.
  llvm::StringMap<unsigned> taken;
  llvm::DenseMap<mlir::Value, llvm::StringRef> names;
};

} // namespace graft::nn

#endif // GRAFT_PASSES_NN_VALUENAMES_H
