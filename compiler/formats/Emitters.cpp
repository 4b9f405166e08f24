//===- Emitters.cpp - the table of emitters -------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/formats/Emitter.h"

#include "compiler/formats/GraphModels.h"
#include "exporters/plan/PlanExporter.h"

#include <vector>

using namespace mlir;
using namespace graft;

static Status checkPlan(const Output &output) {
  return checkOutput(output, plan::kPlanFile);
}

static Status writePlan(ModuleOp module, const OpenModel *,
                        const Output &output) {
  Expected<plan::EngineOp> engine = plan::findEngine(module);
  GRAFT_RETURN_IF_ERROR(engine.status());
  if (!output.buffer)
    return plan::exportPlanFile(*engine, output.path);
  return plan::exportPlan(*engine, [&](std::string_view piece) {
    return output.buffer->write(piece);
  });
}

static constexpr llvm::StringLiteral kGraphDefEndings[] = {".pb", ".pbtxt",
                                                           ".prototxt"};

const Emitter graft::kGraphDefEmitter = {
    "a GraphDef",  kGraphDefEndings, Emitter::Stage::Graph,
    checkGraphDef, writeGraphDef,
};
const Emitter graft::kSavedModelEmitter = {
    "a SavedModel",
    {},
    Emitter::Stage::Graph,
    checkSavedModel,
    writeSavedModel,
    /*writesOpenModel=*/true,
    /*inMemory=*/&kGraphDefEmitter,
};
const Emitter graft::kPlanEmitter = {
    "a plan", {}, Emitter::Stage::Plan, checkPlan, writePlan,
};

/// In the order of the queries; emitters that programs add come before them.
static std::vector<const Emitter *> &emitters() {
  static std::vector<const Emitter *> all = {
      &kGraphDefEmitter, &kSavedModelEmitter, &kPlanEmitter};
  return all;
}

void graft::addEmitter(const Emitter &emitter) {
  emitters().insert(emitters().begin(), &emitter);
}

const Emitter &graft::findEmitter(Emitter::Stage stage, const Output &output,
                                  const Emitter &otherwise) {
  auto isNamed = [&](const Emitter &emitter) {
    return llvm::any_of(emitter.endings, [&](StringRef ending) {
      return StringRef(output.path).ends_with(ending);
    });
  };
  if (output.buffer)
    return otherwise.inMemory ? *otherwise.inMemory : otherwise;
  for (const Emitter *emitter : emitters())
    if (emitter->stage == stage && isNamed(*emitter))
      return *emitter;
  return otherwise;
}
