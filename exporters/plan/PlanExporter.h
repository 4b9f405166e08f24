//===- PlanExporter.h - writes an engine as a plan file -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The last conversion: a plan needs no MLIR. Equal engines produce equal bytes.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_EXPORTERS_PLAN_PLANEXPORTER_H
#define GRAFT_EXPORTERS_PLAN_PLANEXPORTER_H

#include "dialects/plan/Plan.h"
#include "support/FileKind.h"

#include "mlir/IR/BuiltinOps.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace graft::plan {

/// What exportPlanFile() writes.
extern const FileKind kPlanFile;

/// Takes the next piece of a file.
using PlanSink = std::function<Status(std::string_view)>;

/// Hands the plan file of `engine` to `sink`, piece by piece. Weights are not
/// copied; equal ones are written once. Fails where the engine has not been
/// through all passes of the plan dialect (Internal), or as the sink does.
Status exportPlan(EngineOp engine, const PlanSink &sink);

/// Writes the plan of `engine` to `path`, whole or not at all.
Status exportPlanFile(EngineOp engine, const std::string &path);

/// A plan file in memory, in pieces. Weights are where the constants of the
/// engine have them, so it lives no longer than their resources do.
struct PlanPieces {
  std::vector<std::string_view> pieces;
  std::shared_ptr<const void> owner; ///< of all that is not a weight
};

/// The plan of `engine` without a copy of its weights.
Expected<PlanPieces> exportPlanPieces(EngineOp engine);

/// The plan of `engine` as the bytes of a file.
Expected<std::string> exportPlanBytes(EngineOp engine);

/// The one engine of `module`. Fails (Usage) where there is none or several.
Expected<EngineOp> findEngine(mlir::ModuleOp module);

} // namespace graft::plan

#endif // GRAFT_EXPORTERS_PLAN_PLANEXPORTER_H
