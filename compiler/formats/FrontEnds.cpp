//===- FrontEnds.cpp - the table of front ends ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/formats/FrontEnd.h"

#include "compiler/formats/Emitter.h"
#include "compiler/formats/GraphModels.h"

#include <vector>

using namespace graft;

OpenModel::~OpenModel() = default;

/// In the order of the queries.
static const FrontEnd kFrontEnds[] = {
    {"a checkpoint", isCheckpointModel, registerGraphDialect, importCheckpoint,
     settleCheckpoint, addFunctions, &kGraphDefEmitter, /*open=*/nullptr,
     /*statesInputs=*/false,
     /*hasCheckpoint=*/true},
    {"a SavedModel", isSavedModel, registerGraphDialect, importSavedModel,
     settleGraph, addFunctions, &kSavedModelEmitter, openSavedModel,
     /*statesInputs=*/true, /*hasCheckpoint=*/true},
    // All other files: the GraphDef importer reports what is wrong.
    {"a GraphDef", [](const ModelSource &) { return true; },
     registerGraphDialect, importGraphDef, settleGraph, addFunctions,
     &kGraphDefEmitter},
};

/// Those that programs add, the last one first.
static std::vector<const FrontEnd *> &added() {
  static std::vector<const FrontEnd *> frontEnds;
  return frontEnds;
}

void graft::addFrontEnd(const FrontEnd &frontEnd) {
  added().insert(added().begin(), &frontEnd);
}

const FrontEnd &graft::findFrontEnd(const ModelSource &model) {
  for (const FrontEnd *frontEnd : added())
    if (frontEnd->recognizes(model))
      return *frontEnd;
  for (const FrontEnd &frontEnd : kFrontEnds)
    if (frontEnd.recognizes(model))
      return frontEnd;
  llvm_unreachable("the last one takes everything");
}

Status graft::checkHasGraph(const ModelSource &model, const char *action) {
  const FrontEnd &frontEnd = findFrontEnd(model);
  return frontEnd.emitter
             ? Status()
             : Status::usage(model.path + ": " + action +
                             " takes a model that TensorFlow runs, got " +
                             frontEnd.name + "; build makes a plan of it");
}

void graft::registerFrontEndDialects(mlir::DialectRegistry &registry) {
  for (const FrontEnd *frontEnd : added())
    frontEnd->registerDialects(registry);
  for (const FrontEnd &frontEnd : kFrontEnds)
    frontEnd.registerDialects(registry);
}
