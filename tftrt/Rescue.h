//===- Rescue.h - models that TF-TRT wrote, native again ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// TensorFlow 2.18 and later know none of TF-TRT's operators, and do not load a
// model that has one. The nodes that its engines replaced are still in the
// model; here they come back.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TFTRT_RESCUE_H
#define GRAFT_TFTRT_RESCUE_H

#include "compiler/Compiler.h"

#include <optional>

namespace graft {

struct RescueOptions {
  bool keepDevices = false; ///< leave nodes on the GPU that the file names
  /// Set: convert what was restored.
  std::optional<ConvertOptions> conversion;
};

/// An engine that is its nodes again.
struct RestoredEngine {
  std::string name;
  std::string function; ///< that it was in; empty for the main graph
  int64_t nodes = 0;
};

struct RescueReport {
  std::vector<RestoredEngine> engines;
  std::optional<ConversionReport> conversion;
};

/// Reads a GraphDef or SavedModel that TF-TRT of TensorFlow 1.7 to 2.17 wrote,
/// and writes one of the same kind without its engines, their cache and their
/// files: with the nodes that were there before, under their names, and the
/// same signatures. Bytes of engines are not read. A SavedModel is written as
/// `exportSavedModel` does: without Python's objects, with variables as
/// constants. Errors: BadInput names the engine whose nodes the model lacks, or
/// says that there is no engine.
Expected<RescueReport> rescueModel(const ModelSource &model,
                                   const RescueOptions &options,
                                   const Output &output,
                                   const Progress &progress);

} // namespace graft

#endif // GRAFT_TFTRT_RESCUE_H
