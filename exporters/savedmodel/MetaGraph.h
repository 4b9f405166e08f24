//===- MetaGraph.h - what a SavedModel says about its graph ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_EXPORTERS_SAVEDMODEL_METAGRAPH_H
#define GRAFT_EXPORTERS_SAVEDMODEL_METAGRAPH_H

#include "dialects/graph/Graph.h"
#include "exporters/savedmodel/KeptVariables.h"
#include "formats/savedmodel/SavedModel.h"
#include "proto/saved_model.pb.h"
#include "tftrt/EngineAssets.h"

#include "mlir/IR/BuiltinOps.h"

namespace graft {

struct MetaGraph {
  /// The MetaGraphDef; its graph has only the nodes that the module lacks.
  tensorflow::MetaGraphDef def;
  /// The files, in the assets folder, that the graph reads.
  std::vector<std::string> assets;
};

/// Adapts what `source` says to the module's graph, from which `engines` and
/// `variables` were taken. Its graph_def has only the nodes that the graph
/// lacks: inputs of signatures that nothing reads. A twin (see
/// findTwinSignatures()) gets the tensors of the signature that it repeats.
/// Error: Failed for a fetched tensor of an unknown type.
Expected<MetaGraph> buildMetaGraph(const SavedModel &source,
                                   mlir::ModuleOp module,
                                   const EngineAssets &engines,
                                   const KeptVariables &variables);

} // namespace graft

#endif // GRAFT_EXPORTERS_SAVEDMODEL_METAGRAPH_H
