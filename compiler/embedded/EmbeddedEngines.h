//===- EmbeddedEngines.h - run the engines of a converted model -*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A converted model outside of TensorFlow: its engines run as they are, in
// their own precision and by their own kernels, and what is between them is
// compiled.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_EMBEDDED_EMBEDDEDENGINES_H
#define GRAFT_COMPILER_EMBEDDED_EMBEDDEDENGINES_H

#include "compiler/Compiler.h"

namespace graft {

/// The result for an engine of a converted model.
struct EmbeddedEngine {
  std::string name;      ///< of its node
  std::string precision; ///< of its plan; empty if there is none
  /// Why its nodes were compiled instead; empty if it runs.
  std::string unused;
};

/// Makes a plan of the whole model, as buildPlan() does, in which the engines
/// that the model has run. `options` are for what is between them. An engine
/// that cannot be a part of the plan is replaced by its nodes, and says why; so
/// are all where `options` name another precision than fp32 or ranges, because
/// then the model is to be compiled anew. Gives the engines in the order of the
/// graph; a model without any is built as buildPlan() does.
Expected<std::vector<EmbeddedEngine>>
buildWithEngines(const ModelSource &model, const ShapeMap &shapes,
                 const EngineOptions &options, const Output &output,
                 const Progress &progress);

/// Lines for a reader: how many engines run and in which precision, then a line
/// for each reason that engines do not. Empty without engines.
std::string toText(const std::vector<EmbeddedEngine> &engines);

/// A JSON document as of Report.h:
///   {"schema_version": 1, "engines": [{"name", "precision", "unused"}]}
std::string toJson(const std::vector<EmbeddedEngine> &engines);

} // namespace graft

#endif // GRAFT_COMPILER_EMBEDDED_EMBEDDEDENGINES_H
