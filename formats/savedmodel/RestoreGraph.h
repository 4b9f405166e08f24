//===- RestoreGraph.h - Which checkpoint key belongs to which variable ----===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A graph states itself how its variables are restored: by a node of its saver.
// That part of the graph has the key of each variable exactly, for any names of
// the variables and the Python objects.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_FORMATS_SAVEDMODEL_RESTOREGRAPH_H
#define GRAFT_FORMATS_SAVEDMODEL_RESTOREGRAPH_H

#include "support/Status.h"

#include <map>
#include <string>

namespace graft {
namespace tensorflow {
class MetaGraphDef;
class TrackableObjectGraph;
} // namespace tensorflow

/// What a variable is restored from.
struct RestoreSource {
  std::string key;
  /// Empty: the whole tensor. Else "shape slice", as RestoreV2 has it.
  std::string slice;
};

/// From the name of a variable's node (VarHandleOp, VariableV2) to its source.
using RestoreMap = std::map<std::string, RestoreSource>;

/// Follows the restore operation of the graph's saver: into the functions that
/// it calls, to each assignment, from its value back to RestoreV2, and from its
/// target back to the variable. What is restored in another way is left out. An
/// error (BadInput) names the node or function.
Expected<RestoreMap> readRestoreGraph(const tensorflow::MetaGraphDef &graph);

/// Adds the variables that `map` lacks and that a call of the graph captures:
/// the model's object graph says which object each is, and the way from the
/// root to that object leads to its key in the checkpoint's. Both must have
/// been checked. Needed where Python restores, as it does for Keras 3, whose
/// names may repeat.
void addFromCaptures(const tensorflow::MetaGraphDef &graph,
                     const tensorflow::TrackableObjectGraph &objects,
                     RestoreMap &map);

/// Adds the variables that `map` lacks and whose shared name is the full name
/// of exactly one object of the checkpoint. Needed where Python restores.
void addFromObjectGraph(const tensorflow::MetaGraphDef &graph,
                        const tensorflow::TrackableObjectGraph &objects,
                        RestoreMap &map);

/// True for the ops that are variables.
bool isVariableOp(const std::string &op);

} // namespace graft

#endif // GRAFT_FORMATS_SAVEDMODEL_RESTOREGRAPH_H
