//===- ForeignFileTest.cpp - models that are of another kind --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/ForeignFile.h"

#include "test/unit/support/TemporaryDirectory.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace graft;
using namespace std::string_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

namespace {

std::string zipOf(const std::string &member) {
  return "PK\3\4"s + std::string(26, '\0') + member + "contents";
}

TEST(ForeignFile, FormatsOfModelsSayHowToComeToOne) {
  EXPECT_THAT(describeForeignFile(zipOf("model.weights.h5"), "m.keras"),
              testing::AllOf(StartsWith("a Keras file (.keras); export it"),
                             HasSubstr(".export(DIRECTORY)")));
  EXPECT_THAT(describeForeignFile("\x89HDF\r\n\x1a\n...", "m.h5"),
              StartsWith("an HDF5 file of Keras"));
  EXPECT_THAT(describeForeignFile("\x1c\0\0\0TFL3 and more"s, "m.tflite"),
              StartsWith("a TensorFlow Lite model"));
  EXPECT_THAT(describeForeignFile("\x08\x07\x12\x07pytorch"s, "m.onnx"),
              StartsWith("an ONNX model"));
  EXPECT_THAT(describeForeignFile("\x08\x01\x12\x04more"s, "saved_model.pb"),
              StartsWith("the saved_model.pb of a SavedModel; name the "
                         "directory"));
  EXPECT_THAT(describeForeignFile(zipOf("archive/data.pkl"), "m.pt"),
              StartsWith("a PyTorch file"));
  EXPECT_THAT(describeForeignFile("\x89GFT\r\n\x1a\n...", "m.plan"),
              StartsWith("an engine plan of Graft already"));
  EXPECT_THAT(describeForeignFile("ptrt....", "m.engine"),
              StartsWith("an engine of TensorRT"));
  EXPECT_THAT(describeForeignFile("{\"modelTopology\": {}}", "model.json"),
              StartsWith("a TensorFlow.js model"));
  EXPECT_THAT(describeForeignFile(" {\"class_name\": \"Model\"}", "m.json"),
              StartsWith("the configuration of a Keras model"));
}

TEST(ForeignFile, WhatIsNoModelIsNamedToo) {
  EXPECT_THAT(describeForeignFile(zipOf("x.npy"), "in.npz"),
              StartsWith("an archive of NumPy arrays"));
  EXPECT_THAT(describeForeignFile(zipOf("m/saved_model.pb"), "m.zip"),
              StartsWith("a zip archive with a SavedModel in it"));
  EXPECT_THAT(describeForeignFile(zipOf("read.me"), "m.zip"),
              StartsWith("a zip archive; unpack it"));
  EXPECT_THAT(describeForeignFile("\x1f\x8b\x08\0"s, "m.pb.gz"),
              StartsWith("compressed with gzip"));
  EXPECT_THAT(describeForeignFile(std::string(257, 'a') + "ustar  ", "m.tar"),
              StartsWith("a tar archive"));
  EXPECT_THAT(describeForeignFile(
                  "version https://git-lfs.github.com/spec/v1\n", "m.pb"),
              StartsWith("a pointer of Git LFS"));
  EXPECT_THAT(describeForeignFile("<!DOCTYPE html><html>", "m.pb"),
              StartsWith("a page of HTML"));
  EXPECT_EQ(describeForeignFile("\1\2\3\4", "a/model.ckpt.data-00000-of-00002"),
            "the values of a checkpoint; name its prefix, 'a/model.ckpt'");
}

// A node, a library, versions, text: what a GraphDef begins with; and what no
// format is known of.
TEST(ForeignFile, GraphDefsAreNotForeign) {
  for (const std::string &bytes :
       {"\x0a\x06\x0a\x01x\x12\x01y"s, "\x12\x00"s, "\x22\x03\x08\xde\x01"s,
        "\x1a"s, ""s, "P"s, "PK"s, "node { name: \"x\" }"s,
        "versions { producer: 21 }"s, "\x08"s, "\x08\x01"s,
        "# a comment\nnode {}"s})
    EXPECT_THAT(describeForeignFile(bytes, "m.pb"), IsEmpty()) << bytes;
}

TEST(ForeignFile, DirectoriesSayWhichPartToName) {
  test::TemporaryDirectory directory;
  std::filesystem::path root(directory.path());
  auto write = [&](const std::filesystem::path &path) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "x";
  };
  EXPECT_THAT(describeForeignDirectory(root.string()), IsEmpty());
  EXPECT_THAT(describeForeignDirectory((root / "none").string()), IsEmpty());
  write(root / "serving" / "1" / "saved_model.pb");
  EXPECT_EQ(describeForeignDirectory((root / "serving").string()),
            "a directory of SavedModels; name one of them: '" +
                (root / "serving" / "1").string() + "'");
  write(root / "training" / "ckpt-3.index");
  write(root / "training" / "ckpt-3.data-00000-of-00001");
  EXPECT_EQ(describeForeignDirectory((root / "training").string()),
            "a directory of checkpoints; name one by its prefix: '" +
                (root / "training" / "ckpt-3").string() + "'");
  write(root / "keras" / "model.weights.h5");
  EXPECT_THAT(describeForeignDirectory((root / "keras").string()),
              StartsWith("an unpacked Keras file"));
  write(root / "browser" / "model.json");
  EXPECT_THAT(describeForeignDirectory((root / "browser").string()),
              StartsWith("a TensorFlow.js model"));
}

} // namespace
