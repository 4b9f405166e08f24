//===- ForeignFile.cpp - models that are of another kind ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/ForeignFile.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <vector>

using namespace graft;
namespace fs = std::filesystem;
using namespace std::string_view_literals;

/// Contents are looked for in so many bytes, however large the file is.
static constexpr size_t kProbe = 1 << 16;
/// Entries of a directory that are looked at.
static constexpr size_t kMaxEntries = 4096;

static constexpr char kExportKeras[] =
    "export it in Python: "
    "keras.models.load_model(FILE).export(DIRECTORY) writes a SavedModel";

static bool begins(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

static bool ends(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() &&
         text.substr(text.size() - suffix.size()) == suffix;
}

static bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// "model.ckpt.data-00000-of-00001".
static bool isShardName(std::string_view name) {
  size_t at = name.rfind(".data-");
  size_t of = name.rfind("-of-");
  return at != std::string_view::npos && of != std::string_view::npos &&
         of > at && of + 4 < name.size() &&
         std::all_of(name.begin() + of + 4, name.end(),
                     [](unsigned char c) { return std::isdigit(c); });
}

/// By the names of its members, which a zip has in front of each and in a
/// directory at its end.
static std::string describeZip(std::string_view bytes) {
  std::string_view tail =
      bytes.substr(bytes.size() - std::min(bytes.size(), kProbe));
  auto has = [&](std::string_view member) {
    return holds(bytes.substr(0, kProbe), member) || holds(tail, member);
  };
  if (has("model.weights.h5"))
    return std::string("a Keras file (.keras); ") + kExportKeras;
  if (has("saved_model.pb"))
    return "a zip archive with a SavedModel in it; unpack it and name its "
           "directory";
  if (has("/data.pkl"))
    return "a PyTorch file; Graft reads models of TensorFlow";
  if (has(".npy"))
    return "an archive of NumPy arrays (.npz); name the model, and give arrays "
           "by --inputs or --data";
  return "a zip archive; unpack it and name the model in it";
}

/// A message whose first field is a small integer: no GraphDef, whose fields
/// below 4 are messages.
static std::string describeVersioned(std::string_view bytes) {
  if (bytes.size() < 3 || bytes[0] != 0x08)
    return {};
  auto version = static_cast<unsigned char>(bytes[1]);
  if (version == 1 && bytes[2] == 0x12)
    return "the saved_model.pb of a SavedModel; name the directory that it "
           "belongs to, and keep the file's name";
  if (version >= 2 && version < 32 && (bytes[2] == 0x12 || bytes[2] == 0x3a))
    return "an ONNX model; name the TensorFlow model that it was made of";
  return {};
}

static std::string describeText(std::string_view bytes) {
  std::string_view text = bytes.substr(0, 4096);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text[0])))
    text.remove_prefix(1);
  if (begins(text, "version https://git-lfs"))
    return "a pointer of Git LFS, not the file itself; fetch it with 'git lfs "
           "pull'";
  if (begins(text, "<!DOCTYPE") || begins(text, "<!doctype") ||
      begins(text, "<html"))
    return "a page of HTML, as a failed download leaves it; download it again";
  if (!begins(text, "{"))
    return {};
  if (holds(text, "weightsManifest") || holds(text, "modelTopology"))
    return "a TensorFlow.js model; name the SavedModel that it was made of";
  if (holds(text, "\"class_name\""))
    return std::string("the configuration of a Keras model, without its "
                       "weights; load the whole model and ") +
           kExportKeras;
  return "a JSON document";
}

std::string graft::describeForeignFile(std::string_view bytes,
                                       std::string_view name) {
  if (begins(bytes, "PK\3\4"sv))
    return describeZip(bytes);
  if (begins(bytes, "\x89HDF\r\n\x1a\n"sv))
    return std::string(
               "an HDF5 file of Keras (.h5); load the whole model and ") +
           kExportKeras;
  if (bytes.size() >= 8 && bytes.substr(4, 4) == "TFL3")
    return "a TensorFlow Lite model; name the SavedModel that it was made of";
  if (begins(bytes, "\x89GFT\r\n\x1a\n"sv))
    return "an engine plan of Graft already; 'graft run', 'graft bench' and "
           "'graft inspect' take it";
  if (begins(bytes, "ptrt"sv) || begins(bytes, "ftrt"sv))
    return "an engine of TensorRT; name the TensorFlow model that it was made "
           "of";
  if (begins(bytes, "\x93NUMPY"sv))
    return "a NumPy array (.npy); name the model";
  if (begins(bytes, "\x1f\x8b"sv))
    return "compressed with gzip; unpack it";
  if (begins(bytes, "BZh"sv))
    return "compressed with bzip2; unpack it";
  if (begins(bytes, "\xfd"
                    "7zXZ"sv))
    return "compressed with xz; unpack it";
  if (bytes.size() >= 262 && bytes.substr(257, 5) == "ustar")
    return "a tar archive; unpack it and name the model in it";
  if (begins(bytes, "\x80\x02"sv) || begins(bytes, "\x80\x04"sv))
    return "a pickle of Python; Graft reads models of TensorFlow";
  if (isShardName(name))
    return "the values of a checkpoint; name its prefix, '" +
           std::string(name.substr(0, name.rfind(".data-"))) + "'";
  if (std::string text = describeText(bytes); !text.empty())
    return text;
  return describeVersioned(bytes);
}

/// The names in a directory, sorted; the first of them in a huge one.
static std::vector<fs::path> listDirectory(const std::string &path) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator it(path, error), end;
       !error && it != end && entries.size() < kMaxEntries; it.increment(error))
    entries.push_back(it->path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

std::string graft::describeForeignDirectory(const std::string &path) {
  std::error_code error;
  if (!fs::is_directory(path, error))
    return {};
  std::string prefix;
  bool weights = false, browser = false;
  for (const fs::path &entry : listDirectory(path)) {
    std::string name = entry.filename().string();
    // TensorFlow Serving keeps versions in directories of numbers.
    if (fs::exists(entry / "saved_model.pb", error))
      return "a directory of SavedModels; name one of them: '" +
             entry.string() + "'";
    weights |= name == "model.weights.h5";
    browser |= name == "model.json";
    if (ends(name, ".index"))
      prefix = entry.string().substr(0, entry.string().size() - 6);
  }
  if (!prefix.empty())
    return "a directory of checkpoints; name one by its prefix: '" + prefix +
           "'";
  if (weights)
    return std::string("an unpacked Keras file; load the whole model and ") +
           kExportKeras;
  if (browser)
    return "a TensorFlow.js model; name the SavedModel that it was made of";
  return {};
}
