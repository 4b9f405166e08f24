//===- Compare.h - where two files, or their answers, differ --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `graft compare` and `graft.compare` say.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPARE_COMPARE_H
#define GRAFT_COMPARE_COMPARE_H

#include "compiler/Compiler.h"
#include "runtime/include/graft_runtime.h"
#include "support/Deviation.h"
#include "support/Npz.h"

#include <optional>

namespace graft {

/// One place in which two files differ.
struct Difference {
  /// What is different: "node", "operator", "device", "input", "attribute",
  /// "order", "function", "version", "signature", "file" and "other" of models;
  /// "plan", "layer" and "weights" of plans.
  std::string kind;
  /// Where: "node 'a'", "function 'f', node 'a'", "layer 'conv1'"; empty for
  /// the whole.
  std::string where;
  /// Which attribute, input or field of it; may be empty.
  std::string what;
  /// The values, shortened; empty where one side has none.
  std::string left, right;
};

/// An output of two models, element by element. Equal NaNs and infinities are
/// no difference.
struct OutputDifference {
  std::string name;
  std::string left, right; ///< type and shape, "f4[1, 10]"
  bool comparable = false; ///< type and shape agree
  int64_t elements = 0;
  int64_t beyond = 0; ///< elements |a - b| > atol + rtol * |b|
  double maxAbsolute = 0;
  double maxRelative = 0; ///< of |a - b| / |b|, where b is not 0
  int64_t worst = 0;      ///< the element with the largest difference
  Deviation deviation;    ///< of the right one from the left one
  TopAgreement tops;      ///< of matrices with more than one column
};

/// The result of a layer on the right, compared with that name's on the left.
struct LayerDifference {
  std::string name, kind, precision; ///< of the right one
  /// The left side has a layer of this name with as many elements.
  bool comparable = false;
  Deviation deviation;
};

/// When two outputs agree.
struct OutputTolerance {
  /// |a - b| <= absolute + relative * |b| for each element, of which the right
  /// side is b.
  double relative = 1e-4, absolute = 1e-5;
  /// In dB, Deviation::signalToNoise at least: where it is given it decides,
  /// and it alone.
  std::optional<double> signalToNoise;
};

struct ComparisonReport {
  std::string subject;    ///< "models", "plans" or "outputs"
  bool identical = false; ///< of files: byte for byte
  int64_t differenceCount = 0;
  std::vector<Difference> differences; ///< the first of them
  OutputTolerance tolerance;
  std::vector<OutputDifference> outputs; ///< by name
  std::vector<LayerDifference> layers;   ///< in the right side's order

  /// The files say the same (maybe in other bytes), or the outputs agree.
  bool equal() const { return differenceCount == 0; }
};

struct CompareOptions {
  int64_t limit = 100; ///< differences to list; all are counted
};

/// Compares two plans, or two models node by node: names, operators, inputs,
/// attributes, order, functions, versions, and of SavedModels also signatures
/// and files. Errors: Usage for a plan and a model, BadInput for a damaged one.
Expected<ComparisonReport> compareFiles(const ModelSource &left,
                                        const ModelSource &right,
                                        const CompareOptions &options);

/// Compares the answers of two models. Two single outputs are compared whatever
/// their names.
ComparisonReport compareOutputs(const NpzArrays &left, const NpzArrays &right,
                                const OutputTolerance &tolerance);

/// Runs both engines on the same arrays and compares the results of their
/// layers, as real values of any type, and then their outputs. Needs memory for
/// the results of all layers of the left one, in fp32. Errors as of
/// makeContext.
Expected<ComparisonReport> compareLayers(const graft_engine *left,
                                         const graft_engine *right,
                                         const NpzArrays &inputs, int threads,
                                         const OutputTolerance &tolerance);

/// A JSON document, indented, with a newline at its end:
///   {"schema_version": 1, "subject", "equal", "identical",
///    "difference_count", "differences": [{"kind", "where", "what", "left",
///    "right"}], "outputs": [{"name", "left", "right", "elements", "beyond",
///    "max_absolute", "max_relative", "worst_element", "sqnr_db", "cosine",
///    "rows", "same_top1", "in_top5"}], "rtol", "atol", "min_sqnr_db",
///    "layers": [{"name", "kind", "precision", "elements", "sqnr_db", "cosine",
///    "max_error", "max"}]}
/// Files have `identical` and `differences`, outputs what follows, `layers` if
/// they were compared. A figure that is not finite is null: "sqnr_db" where
/// nothing differs, and all of a layer without a counterpart.
std::string toJson(const ComparisonReport &report);

/// The same for people: a verdict, then a line for each difference.
std::string toText(const ComparisonReport &report);

/// True if `path` is an engine plan, by its first bytes.
bool isPlan(const std::string &path);

} // namespace graft

#endif // GRAFT_COMPARE_COMPARE_H
