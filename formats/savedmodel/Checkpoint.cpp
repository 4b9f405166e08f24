//===- Checkpoint.cpp - the files of a training checkpoint ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "formats/savedmodel/Checkpoint.h"

#include "formats/text/TextReader.h"
#include "proto/checkpoint.pb.h"
#include "support/MappedFile.h"

#include <filesystem>
#include <optional>
#include <string_view>

using namespace graft;
namespace fs = std::filesystem;

static bool isFile(const fs::path &path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

/// `path` without `suffix`; nothing if it does not end so.
static std::optional<std::string> without(std::string_view path,
                                          std::string_view suffix) {
  if (path.size() <= suffix.size() ||
      path.substr(path.size() - suffix.size()) != suffix)
    return std::nullopt;
  return std::string(path.substr(0, path.size() - suffix.size()));
}

bool graft::isCheckpoint(const std::string &path) {
  std::error_code error;
  if (fs::is_directory(path, error))
    return isFile(fs::path(path) / "checkpoint") &&
           !isFile(fs::path(path) / "saved_model.pb") &&
           !isFile(fs::path(path) / "saved_model.pbtxt");
  for (std::string_view suffix : {".meta", ".index"})
    if (without(path, suffix))
      return isFile(path);
  return isFile(path + ".meta") || isFile(path + ".index");
}

/// The prefix that the file "checkpoint" of `folder` names.
static Expected<std::string> newestIn(const fs::path &folder) {
  std::string list = (folder / "checkpoint").string();
  Expected<MappedFile> file = MappedFile::open(list);
  if (!file)
    return file.status();
  tensorflow::CheckpointState state;
  if (!parseText(file->bytes(), list, "CheckpointState", state) ||
      state.model_checkpoint_path().empty())
    return Status::badInput("'" + list +
                            "' does not name a checkpoint; name the prefix of "
                            "one instead of its folder");
  fs::path prefix = folder / state.model_checkpoint_path();
  // The folder may have moved since it was written.
  if (!isFile(prefix.string() + ".index") && !isFile(prefix.string() + ".meta"))
    prefix = folder / fs::path(state.model_checkpoint_path()).filename();
  return prefix.string();
}

Expected<std::string> graft::findCheckpoint(const std::string &path) {
  std::error_code error;
  std::string prefix = path;
  if (fs::is_directory(path, error)) {
    Expected<std::string> newest = newestIn(path);
    if (!newest)
      return newest;
    prefix = *std::move(newest);
  }
  for (std::string_view suffix : {".meta", ".index"})
    if (std::optional<std::string> stem = without(prefix, suffix))
      prefix = *std::move(stem);
  if (!isFile(prefix + ".meta"))
    return Status::badInput(
        "'" + prefix +
        "' must be a checkpoint of TensorFlow 1 with its graph, '" + prefix +
        ".meta', got none; a checkpoint of TensorFlow 2 has values alone: load "
        "it into its model and save that with tf.saved_model.save or "
        "model.export");
  if (!isFile(prefix + ".index"))
    return Status::badInput(
        "'" + prefix + ".index', the variables of the checkpoint, is missing" +
        (isFile(prefix) ? "; a checkpoint of version 1 is not read"
                        : "; restore it"));
  return prefix;
}
