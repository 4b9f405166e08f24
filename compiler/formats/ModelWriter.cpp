//===- ModelWriter.cpp - a model is written again -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/formats/ModelWriter.h"

#include "compiler/formats/GraphModels.h"

using namespace graft;

Expected<ModelWriter> ModelWriter::create(const ModelSource &model,
                                          const Output &output,
                                          const char *action) {
  ModelWriter writer(model, output);
  GRAFT_RETURN_IF_ERROR(checkHasGraph(model, action));
  writer.emitter =
      &findEmitter(Emitter::Stage::Graph, output, *writer.frontEnd->emitter);
  GRAFT_RETURN_IF_ERROR(writer.emitter->check(output));
  if (writer.emitter->writesOpenModel) {
    if (!writer.frontEnd->open)
      return Status::internal(std::string(writer.frontEnd->name) +
                              " cannot be written as " + writer.emitter->name);
    Expected<std::unique_ptr<OpenModel>> open = writer.frontEnd->open(model);
    GRAFT_RETURN_IF_ERROR(open.status());
    writer.open = *std::move(open);
  }
  return writer;
}

Status ModelWriter::check(mlir::ModuleOp module) const {
  return !open && frontEnd->hasCheckpoint ? checkFrozen(module, path)
                                          : Status();
}

Status ModelWriter::write(mlir::ModuleOp module) const {
  return emitter->write(module, open.get(), output);
}
