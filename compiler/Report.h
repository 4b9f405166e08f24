//===- Report.h - what became of a model, to read -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_REPORT_H
#define GRAFT_COMPILER_REPORT_H

#include "compiler/Compiler.h"
#include "support/FileKind.h"
#include "tftrt/Rescue.h"

namespace graft {

/// A JSON document, indented, with a newline at its end:
///   {"schema_version": 1, "precision", "nodes", "converted",
///    "engines": [{"name", "nodes", "launches",
///                 "precisions": {precision: launches}}],
///    "native": [{"node", "op", "code", "reason"}],
///    "warnings": ["text"]}
std::string toJson(const ConversionReport &report, Precision precision);

/// A line of totals, then a line for each operator, reason and code that nodes
/// stay native for: causes before consequences, the most frequent first. Inputs
/// and constants that only native nodes read are counted.
std::string toText(const ConversionReport &report, Precision precision);

/// The file that a report of a conversion or a rescue is written to, as JSON.
extern const FileKind kReportFile;

/// A JSON document as above; of a rescue alone, "conversion" is null:
///   {"schema_version": 1, "restored": [{"name", "function", "nodes"}],
///    "conversion": {"schema_version", "precision", "nodes", ...}}
std::string toJson(const RescueReport &report, Precision precision);

/// How many engines of TF-TRT are nodes again, a line for each, and the totals
/// of the conversion.
std::string toText(const RescueReport &report, Precision precision);

/// A JSON document as above:
///   {"schema_version": 1, "kind": "model", "nodes", "functions",
///    "inputs": ["name: type"], "outputs": [...], "ops": {"operator": nodes}}
std::string toJson(const ModelSummary &summary);

} // namespace graft

#endif // GRAFT_COMPILER_REPORT_H
