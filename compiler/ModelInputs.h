//===- ModelInputs.h - what is stated of a model's inputs -------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_MODELINPUTS_H
#define GRAFT_COMPILER_MODELINPUTS_H

#include "compiler/Compiler.h"
#include "dialects/graph/Graph.h"
#include "formats/savedmodel/SavedModel.h"

#include <set>

namespace graft {

/// Gives the feeds the shapes that the user names; a range becomes an unknown
/// size. Errors (Usage) name the input and what it has.
Status applyShapes(graph::GraphOp graph, const ShapeMap &shapes);

/// The signatures for which `shapes` differ from those of their twins.
std::set<std::string> findSeparated(const SavedModel &model,
                                    const ShapeMap &shapes);

/// Gives the feeds the shapes of the arrays that they will be run on, where
/// these fit and the user has stated no range. Error: Usage, for an array of
/// another name.
Status settleSizes(graph::GraphOp graph, const ModelSource &model);

/// For ConvertOptions::prepare: gives the feeds the shapes that the user names,
/// and has TensorFlow refuse others. Null for none.
std::function<Status(Compilation &)> stateShapes(ShapeMap shapes);

/// For a plan of a graph whose inputs neither the user nor a signature has
/// chosen: takes each truth value that need not be fed ("is this training?")
/// for its default. As an input it would keep both sides of what it steers.
void settleSwitches(Compilation &work, const ModelSource &model);

} // namespace graft

#endif // GRAFT_COMPILER_MODELINPUTS_H
