//===- ModelWriter.h - a model is written again ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Like the input, or in the format that the output's name says.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_FORMATS_MODELWRITER_H
#define GRAFT_COMPILER_FORMATS_MODELWRITER_H

#include "compiler/formats/Emitter.h"
#include "compiler/formats/FrontEnd.h"

namespace graft {

/// Lives longer than the module that it writes.
class ModelWriter {
public:
  /// Finds the emitter, checks that it may write there, and opens the model if
  /// the emitter needs it. `action` is what the user asked for, for messages.
  /// Error: Usage, for a model that has no graph to be written.
  static Expected<ModelWriter> create(const ModelSource &model,
                                      const Output &output, const char *action);

  /// The model, if all of it is to be imported; else null.
  OpenModel *getOpenModel() const { return open.get(); }

  /// Error: Failed, too, for a variable whose value would be left behind.
  Status check(mlir::ModuleOp module) const;
  Status write(mlir::ModuleOp module) const;

private:
  ModelWriter(const ModelSource &model, const Output &output)
      : frontEnd(&findFrontEnd(model)), path(model.path), output(output) {}

  const FrontEnd *frontEnd;
  const Emitter *emitter = nullptr;
  std::unique_ptr<OpenModel> open;
  std::string path;
  Output output;
};

} // namespace graft

#endif // GRAFT_COMPILER_FORMATS_MODELWRITER_H
