//===- SavedModel.h - A SavedModel on disk --------------------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads a SavedModel directory: the graph, its signatures and assets, and the
// value of each variable as a view into the checkpoint. Knows no MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_FORMATS_SAVEDMODEL_SAVEDMODEL_H
#define GRAFT_FORMATS_SAVEDMODEL_SAVEDMODEL_H

#include "formats/savedmodel/TensorBundle.h"
#include "support/Status.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace graft {
namespace tensorflow {
class MetaGraphDef;
class TensorInfo;
} // namespace tensorflow

/// A tensor of a signature.
struct SignatureTensor {
  std::string name;   ///< what the user calls it
  std::string tensor; ///< what the graph calls it; empty for a composite tensor
  int dtype = 0;
  bool hasRank = false;
  std::vector<int64_t> shape; ///< -1 is unknown
};

/// A way to call the model. Inputs and outputs are sorted by name.
struct Signature {
  std::string name;
  std::string methodName;
  std::vector<SignatureTensor> inputs;
  std::vector<SignatureTensor> outputs;
};

/// A file whose path is fed to a tensor before the graph runs.
struct Asset {
  std::string tensor;
  std::string path;
};

/// Whether a signature of that name is one to call, and does not only
/// initialise or train the model.
bool isCallable(std::string_view signature);

/// Calls `visit` with the graph's name of each tensor that `info` is made of:
/// one, or several of a sparse or composite tensor.
void forEachTensor(const tensorflow::TensorInfo &info,
                   const std::function<void(const std::string &)> &visit);

/// A serialized GraphDef, and what keeps its bytes alive.
struct SerializedGraph {
  std::string_view bytes;
  std::shared_ptr<const void> owner;
};

/// A variable's node and value. The element type of the value is the node's.
struct Variable {
  std::string node;
  std::string key; ///< in the checkpoint
  BundleTensor value;
  /// The elements of a tensor of strings, whose `value` has no bytes.
  std::vector<std::string> strings;
};

class SavedModel {
public:
  /// Reads the SavedModel at `path`, its directory or the saved_model.pb in it.
  /// `tags` chooses the graph; without tags it is the one tagged "serve", or
  /// the only one there is. Errors (BadInput) are one line that names the file.
  static Expected<SavedModel> load(const std::string &path,
                                   const std::vector<std::string> &tags = {});

  /// Reads a TensorFlow 1 checkpoint, as findCheckpoint() finds it, as a model
  /// without signatures. Errors (BadInput) are one line that names the file.
  static Expected<SavedModel> loadCheckpoint(const std::string &path);

  SavedModel(SavedModel &&);
  SavedModel &operator=(SavedModel &&);
  ~SavedModel();

  const std::string &directory() const;
  /// The file that the graph was read from.
  const std::string &file() const;
  /// Of a binary file, without large contents: see parseLean().
  const tensorflow::MetaGraphDef &metaGraph() const;
  /// The graph in the mapped file, or a copy where the file has it as text.
  const SerializedGraph &graph() const;

  /// Sorted by name; those that only initialise the model are left out.
  const std::vector<Signature> &signatures() const;
  /// The signature of that name; without one, "serving_default" or the only one
  /// there is. An error (Usage) lists what there is.
  Expected<const Signature *> signature(std::string_view name = {}) const;
  /// The names of all, the default one first.
  const std::vector<std::string> &signatureOrder() const;
  /// Signatures that compute what another one does, with its name; see
  /// findTwinSignatures().
  const std::map<std::string, std::string> &twins() const;

  const std::vector<Asset> &assets() const;
  /// Those with the engines of a converted model, which are not among them.
  const std::vector<Asset> &engineAssets() const;

  /// The node that initialises the model, its tables for example; empty if
  /// there is none. In a converted model, that of the model before.
  const std::string &initNode() const;

  /// The variables with their values, in the order of the graph's nodes. A
  /// variable that the checkpoint does not fill is left out, and so is one of a
  /// type that is neither strings nor plain arrays.
  const std::vector<Variable> &variables() const;

  /// Frees what nobody needs after the import, most of a large model's
  /// messages: metaGraph() has no functions and no objects then.
  void forgetFunctions();

private:
  struct State;
  explicit SavedModel(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

} // namespace graft

#endif // GRAFT_FORMATS_SAVEDMODEL_SAVEDMODEL_H
