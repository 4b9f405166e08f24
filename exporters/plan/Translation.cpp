//===- Translation.cpp - graft-translate --mlir-to-plan
//---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "exporters/plan/PlanExporter.h"

#include "mlir/Tools/mlir-translate/Translation.h"

using namespace mlir;
using namespace graft;

static LogicalResult translate(ModuleOp module, llvm::raw_ostream &os) {
  Expected<plan::EngineOp> engine = plan::findEngine(module);
  if (!engine)
    return module.emitError() << StringRef(engine.status().message());
  Status status = plan::exportPlan(*engine, [&](std::string_view bytes) {
    os << StringRef(bytes);
    return Status();
  });
  if (!status.ok())
    return engine->emitError() << StringRef(status.message());
  return success();
}

void graft::plan::registerPlanTranslation() {
  static TranslateFromMLIRRegistration registration(
      "mlir-to-plan", "write the module's engine as a plan file", translate,
      [](DialectRegistry &registry) { registry.insert<plan::PlanDialect>(); });
}
