//===- FrontEnd.h - formats that models are read from ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A front end is a row of a table: how to recognise a model of its format, how
// to make a module of it, and which passes make `nn` functions of that module.
// All else is the same for every format. docs/add-a-format.md walks through
// one.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_FORMATS_FRONTEND_H
#define GRAFT_COMPILER_FORMATS_FRONTEND_H

#include "importers/ModelSource.h"
#include "passes/Pipelines.h"
#include "support/ShapeMap.h"
#include "support/Status.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <memory>

namespace graft {

struct Emitter;

/// A model that is to be written again in its own format: what its file has
/// besides the module. It outlives the module, whose weights lie in the file.
class OpenModel {
public:
  virtual ~OpenModel();

  /// Imports all that the model does, or what `source` chooses of it. What
  /// `stated` says of inputs is not applied; it says which of them are alike.
  virtual Expected<mlir::OwningOpRef<mlir::ModuleOp>>
  import(const ModelSource &source, const ShapeMap &stated,
         mlir::MLIRContext *context) const = 0;

  /// How many ways there are to call it.
  virtual size_t countSignatures() const = 0;

  /// Frees data that is not needed after the import.
  virtual void rest() {}
};

struct FrontEnd {
  const char *name; ///< of a model: "a SavedModel"

  /// Whether the model is of this format. Looks, and reports nothing.
  bool (*recognizes)(const ModelSource &model);

  /// Adds the dialects of its modules, and what passes ask about them.
  void (*registerDialects)(mlir::DialectRegistry &registry);

  /// Makes a module of the model, with its weights still in the file. Errors:
  /// BadInput for what is missing or damaged, Usage for a choice that the model
  /// does not have; one line that names the file.
  Expected<mlir::OwningOpRef<mlir::ModuleOp>> (*import)(
      const ModelSource &model, mlir::MLIRContext *context);

  /// Determines outputs and sizes of inputs that the user states or leaves
  /// open. Error: Usage, for names that the model does not have.
  Status (*settle)(mlir::ModuleOp module, const ModelSource &model,
                   const ShapeMap &stated);

  /// Adds the passes that make `nn` functions of the module: one, "main", with
  /// the names of its ports.
  void (*addFunctions)(mlir::OpPassManager &pm,
                       const EnginePipelineOptions &options,
                       const Extension &extension);

  /// The format that `convert` writes if the output's name does not determine
  /// it. Null: a model of this format has no graph that engines could stand in.
  const Emitter *emitter = nullptr;

  /// Opens the model for that emitter. Null where it takes the module alone.
  Expected<std::unique_ptr<OpenModel>> (*open)(const ModelSource &model) =
      nullptr;

  /// Whether the model says which inputs it has.
  bool statesInputs = false;
  /// Whether values of variables are in other files than the graph.
  bool hasCheckpoint = false;
};

/// The front end of the model: the first that recognises it. The last one takes
/// everything.
const FrontEnd &findFrontEnd(const ModelSource &model);

/// Error (Usage) unless the model has a graph, which `action` ("convert")
/// needs.
Status checkHasGraph(const ModelSource &model, const char *action);

/// Adds a front end, which is queried before all others. It must exist until
/// the process ends; no work may be under way.
void addFrontEnd(const FrontEnd &frontEnd);

/// Registers the dialects of all front ends.
void registerFrontEndDialects(mlir::DialectRegistry &registry);

} // namespace graft

#endif // GRAFT_COMPILER_FORMATS_FRONTEND_H
