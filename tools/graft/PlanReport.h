//===- PlanReport.h - what is in a plan -----------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report of `graft inspect` on an engine plan, for programs and for people.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TOOLS_GRAFT_PLANREPORT_H
#define GRAFT_TOOLS_GRAFT_PLANREPORT_H

#include "runtime/core/Engine.h"

#include <string>

namespace graft {

/// A JSON document, indented, with a newline at its end:
///   {"schema_version": 1, "file": "plan", "producer", "name", "precision",
///    "features": [...], "dynamic", "arena_bytes", "weight_bytes",
///    "inputs": [{"name", "dtype", "shape"}], "outputs": [...],
///    "layers": [{"name", "kind", "provider", "tactic", "precision",
///                "epilogues": [kind...], "nodes": [node...],
///                "inputs": [{"dtype", "shape"}], "outputs": [...]}]}
/// An unknown dimension is -1. `arena_bytes` of a dynamic plan is 0.
std::string describePlanAsJson(const runtime::PlanFile &file);

/// The same as a table, one line a layer.
std::string describePlanAsText(const runtime::PlanFile &file);

/// How many launches compute in which precision: "31 int8, 2 fp32".
std::string countPrecisions(const runtime::Plan &plan);

} // namespace graft

#endif // GRAFT_TOOLS_GRAFT_PLANREPORT_H
