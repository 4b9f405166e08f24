//===- Emitter.h - formats that results are written in --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An emitter is a row of a table: the endings of its files' names, how far a
// model is compiled before it is written, and the function that writes it.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_FORMATS_EMITTER_H
#define GRAFT_COMPILER_FORMATS_EMITTER_H

#include "exporters/Output.h"
#include "support/Status.h"

#include "mlir/IR/BuiltinOps.h"

namespace graft {

class OpenModel;

struct Emitter {
  /// How far a module goes before it is written.
  enum class Stage {
    Graph,     ///< the model's own graph, with engines in it
    Functions, ///< fused `nn` functions in the precision that is asked for
    Plan       ///< a `plan.engine`
  };

  const char *name;                            ///< of a result: "a GraphDef"
  llvm::ArrayRef<llvm::StringLiteral> endings; ///< of a file's name
  Stage stage;

  /// Checks before the work that the result may be written there. Errors as
  /// checkReplaces() has them.
  Status (*check)(const Output &output);

  /// Writes the module, whole or not at all. `model` is null unless
  /// `writesOpenModel`.
  Status (*write)(mlir::ModuleOp module, const OpenModel *model,
                  const Output &output);

  /// Whether it needs the model that its front end opens, and so writes models
  /// of that format only, into a folder.
  bool writesOpenModel = false;
  /// What writes into memory in its place; null where it does so itself.
  const Emitter *inMemory = nullptr;
};

/// The emitter of that stage which the output's name ends for, or else
/// `otherwise`, or what that has for memory.
const Emitter &findEmitter(Emitter::Stage stage, const Output &output,
                           const Emitter &otherwise);

/// Adds an emitter, which is queried before all others. It must exist until the
/// process ends; no work may be under way.
void addEmitter(const Emitter &emitter);

extern const Emitter kGraphDefEmitter, kSavedModelEmitter, kPlanEmitter;

} // namespace graft

#endif // GRAFT_COMPILER_FORMATS_EMITTER_H
