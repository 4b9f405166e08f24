//===- SavedModelExporter.cpp - the graph dialect to a SavedModel ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The graph is a message in a message in a file, and a message begins with its
// length. So the graph is encoded twice: once to count its bytes, once to write
// them; weights are only passed by.
//===----------------------------------------------------------------------===//
#include "exporters/savedmodel/SavedModelExporter.h"

#include "dialects/graph/codec/Serialize.h"
#include "exporters/graphdef/GraphDefExporter.h"
#include "exporters/graphdef/Rope.h"
#include "exporters/savedmodel/KeptVariables.h"
#include "exporters/savedmodel/MetaGraph.h"
#include "support/AtomicFile.h"
#include "support/MappedFile.h"
#include "tftrt/EngineAssets.h"

#include <climits>
#include <filesystem>

using namespace mlir;
using namespace graft;
using namespace graft::graph;
using tensorflow::MetaGraphDef;
namespace fs = std::filesystem;

/// The version of the directory's format, TensorFlow's only one.
static constexpr uint64_t schemaVersion = 1;

static std::string bytesOf(const google::protobuf::Message &message) {
  return serialize(message, MapOrder::Python);
}

/// Hands the bytes of saved_model.pb to `sink`.
static Status writeModel(MetaGraphDef &meta, ModuleOp module,
                         llvm::function_ref<Status(StringRef)> sink) {
  // The fields before the graph, the nodes after the module's, and what
  // follows.
  std::string info = bytesOf(meta.meta_info_def());
  std::string moreNodes = bytesOf(meta.graph_def());
  meta.clear_meta_info_def();
  meta.clear_graph_def();
  std::string rest = bytesOf(meta);

  uint64_t graphSize = moreNodes.size();
  Status counted = exportGraphDef(module, [&](StringRef piece) {
    graphSize += piece.size();
    return Status();
  });
  if (!counted)
    return counted;
  Rope beforeGraph;
  beforeGraph.field(MetaGraphDef::kMetaInfoDefFieldNumber, StringRef(info));
  beforeGraph.header(MetaGraphDef::kGraphDefFieldNumber, graphSize);
  uint64_t metaSize = beforeGraph.size() + graphSize + rest.size();
  Rope start;
  start.varint(tensorflow::SavedModel::kSavedModelSchemaVersionFieldNumber
               << 3);
  start.varint(schemaVersion);
  start.header(tensorflow::SavedModel::kMetaGraphsFieldNumber, metaSize);
  if (start.size() + metaSize > INT_MAX)
    return Status::failed(
        "a SavedModel's graph with its constants must be below "
        "2 GiB, which protobuf cannot pass, got " +
        std::to_string(metaSize) + " bytes");
  start.append(beforeGraph);
  if (Status status = start.write(sink); !status)
    return status;
  uint64_t written = 0;
  Status status = exportGraphDef(module, [&](StringRef piece) {
    written += piece.size();
    return sink(piece);
  });
  if (!status)
    return status;
  if (written + moreNodes.size() != graphSize)
    return Status::internal("the graph was encoded in " +
                            std::to_string(written) + " bytes, then in " +
                            std::to_string(graphSize - moreNodes.size()));
  if (Status after = sink(moreNodes); !after)
    return after;
  return sink(rest);
}

static Status makeFolder(const fs::path &folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  return error ? Status::failed("'" + folder.string() +
                                "' cannot be made: " + error.message())
               : Status();
}

static Status copyAsset(const std::string &name, const SavedModel &source,
                        const std::string &directory) {
  Expected<MappedFile> file = MappedFile::open(
      (fs::path(source.directory()) / "assets" / name).string());
  if (!file)
    return file.status();
  fs::path destination = fs::path(directory) / "assets" / name;
  if (Status made = makeFolder(destination.parent_path()); !made)
    return made;
  return AtomicFile::writeAll(destination.string(), file->bytes());
}

Status graft::exportSavedModel(const SavedModel &source, ModuleOp module,
                               const std::string &path) {
  EngineAssets engines = EngineAssets::take(module, source.initNode());
  KeptVariables variables = KeptVariables::take(module);
  Expected<MetaGraph> meta = buildMetaGraph(source, module, engines, variables);
  if (!meta)
    return meta.status();
  Expected<AtomicDirectory> directory = AtomicDirectory::create(path);
  if (!directory)
    return directory.status();
  Expected<AtomicFile> file = AtomicFile::create(
      (fs::path(directory->path()) / "saved_model.pb").string());
  if (!file)
    return file.status();
  Status status = writeModel(meta->def, module, [&](StringRef piece) {
    return file->write({piece.data(), piece.size()});
  });
  if (!status)
    return status;
  if (Status done = file->commit(); !done)
    return done;
  for (const std::string &asset : meta->assets)
    if (Status copied = copyAsset(asset, source, directory->path()); !copied)
      return copied;
  if (!engines.empty()) {
    fs::path assets = fs::path(directory->path()) / "assets";
    if (Status made = makeFolder(assets); !made)
      return made;
    if (Status written = engines.write(assets.string()); !written)
      return written;
  }
  if (!variables.empty())
    if (Status written = variables.write(directory->path()); !written)
      return written;
  return directory->commit();
}
