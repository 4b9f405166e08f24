//===- SamplesTest.cpp - how data is cut into batches ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "calibration/Samples.h"
#include "test/unit/support/TemporaryDirectory.h"

#include <gtest/gtest.h>
#include <numeric>

using namespace graft;
using graft::test::TemporaryDirectory;

namespace {

/// Bytes 0, 1, 2, ... in that shape.
NpyArray count(std::vector<int64_t> shape, char first = 0) {
  NpyArray array{"u1", std::move(shape), ""};
  int64_t size = 1;
  for (int64_t dim : array.shape)
    size *= dim;
  array.bytes.resize(static_cast<size_t>(size));
  std::iota(array.bytes.begin(), array.bytes.end(), first);
  return array;
}

struct Seen {
  std::vector<std::string> batches; ///< "x[2, 3]=... y[2]=..."
  SampleCounts counts;
  std::string error;
};

Seen read(const SampleData &data, const std::vector<SampleInput> &inputs) {
  Seen seen;
  Expected<SampleCounts> counts = readSamples(
      data, inputs, {}, [&](const NpzArrays &arrays, int64_t samples) {
        std::string text = std::to_string(samples) + ":";
        for (const auto &[name, array] : arrays) {
          text += " " + name;
          for (int64_t dim : array.shape)
            text += "x" + std::to_string(dim);
          text += "@" + std::to_string(int(array.bytes.at(0)));
        }
        seen.batches.push_back(text);
        return Status();
      });
  if (counts)
    seen.counts = *counts;
  else
    seen.error = counts.status().message();
  return seen;
}

using Texts = std::vector<std::string>;

TEST(Samples, ItemsAreAsArchives) {
  TemporaryDirectory folder;
  const NpzArrays first = {{"x", count({5, 3})}},
                  second = {{"x", count({2, 3})}};
  ASSERT_TRUE(writeNpz(folder / "0.npz", first));
  ASSERT_TRUE(writeNpz(folder / "1.npz", second));
  SampleData items;
  for (const NpzArrays &arrays : {first, second})
    items.items.push_back(std::make_shared<NpzArrays>(arrays));
  const std::vector<SampleInput> inputs = {{"x", {2, 3}}};
  Seen seen = read(items, inputs),
       files = read(SampleData(folder.path()), inputs);
  EXPECT_EQ(seen.batches, (Texts{"2: xx2x3@0", "2: xx2x3@6", "2: xx2x3@0"}));
  EXPECT_EQ(seen.batches, files.batches);
  EXPECT_EQ(seen.counts.used, files.counts.used);
  EXPECT_EQ(seen.counts.hash, files.counts.hash);
  seen = read(items, {{"x", {3, 3}}});
  EXPECT_EQ(seen.error.rfind("item 1 of the calibration data: must have", 0),
            0u)
      << seen.error;
}

TEST(Samples, CutsToTheModelsBatch) {
  TemporaryDirectory folder;
  std::string path = folder / "a.npz";
  ASSERT_TRUE(writeNpz(path, {{"x", count({5, 3})}, {"y", count({5})}}));
  // A vector of as many entries follows; what fills no batch is left.
  Seen seen = read(path, {{"x", {2, 3}}, {"y", {2}}});
  EXPECT_EQ(seen.batches, (Texts{"2: xx2x3@0 yx2@0", "2: xx2x3@6 yx2@2"}));
  EXPECT_EQ(seen.counts.used, 4);
  // One that has other sizes goes whole.
  seen = read(path, {{"x", {1, 3}}, {"y", {5}}});
  EXPECT_EQ(seen.batches.size(), 5u);
  EXPECT_EQ(seen.batches[4], "1: xx1x3@12 yx5@0");
}

TEST(Samples, CutsForAnyBatch) {
  TemporaryDirectory folder;
  std::string path = folder / "a.npz";
  ASSERT_TRUE(writeNpz(path, {{"x", count({10, 3})}}));
  EXPECT_EQ(read(path, {{"x", {-1, 3}}}).batches,
            (Texts{"8: xx8x3@0", "2: xx2x3@24"}));
  EXPECT_EQ(read(path, {{"x", {-1, 3}, 4}}).batches,
            (Texts{"4: xx4x3@0", "4: xx4x3@12", "2: xx2x3@24"}));
}

TEST(Samples, LeavesWhatIsNoBatch) {
  TemporaryDirectory folder;
  std::string path = folder / "a.npz";
  // A vector of any length is one sample, and so are arrays that disagree.
  ASSERT_TRUE(writeNpz(path, {{"x", count({100})}}));
  EXPECT_EQ(read(path, {{"x", {-1}}}).batches, (Texts{"1: xx100@0"}));
  ASSERT_TRUE(writeNpz(path, {{"x", count({4, 2})}, {"y", count({3, 2})}}));
  EXPECT_EQ(read(path, {{"x", {-1, 2}}, {"y", {-1, 2}}}).batches,
            (Texts{"1: xx4x2@0 yx3x2@0"}));
  ASSERT_TRUE(writeNpz(path, {{"x", count({})}}));
  EXPECT_EQ(read(path, {{"x", {}}}).batches, (Texts{"1: x@0"}));
}

TEST(Samples, ReadsADirectoryInOrder) {
  TemporaryDirectory folder;
  ASSERT_TRUE(writeNpz(folder / "b.npz", {{"x", count({1, 2}, 7)}}));
  ASSERT_TRUE(writeNpz(folder / "a.npz", {{"x", count({2, 2})}}));
  graft::test::writeBytes(folder / "notes.txt", "not an archive");
  Seen seen = read(folder.path(), {{"x", {1, 2}}});
  EXPECT_EQ(seen.batches, (Texts{"1: xx1x2@0", "1: xx1x2@2", "1: xx1x2@7"}));
  // The hash is of the samples, however they are divided and whatever comes
  // first.
  ASSERT_TRUE(writeNpz(folder / "all", {{"x", [] {
                                           NpyArray all = count({3, 2});
                                           all.bytes = {7, 8, 0, 1, 2, 3};
                                           return all;
                                         }()}}));
  Seen whole = read(folder / "all", {{"x", {3, 2}}});
  EXPECT_EQ(whole.counts.hash, seen.counts.hash);
  EXPECT_NE(whole.counts.hash, 0u);
  EXPECT_NE(read(folder / "a.npz", {{"x", {1, 2}}}).counts.hash,
            seen.counts.hash);
}

TEST(Samples, RefusesWhatIsNotThere) {
  TemporaryDirectory folder;
  EXPECT_NE(read(folder.path(), {}).error.find("needs one or more .npz files"),
            std::string::npos);
  EXPECT_NE(read(folder / "none.npz", {}).error.find("none.npz"),
            std::string::npos);
  ASSERT_TRUE(writeNpz(folder / "a.npz", {{"x", count({3, 2})}}));
  EXPECT_NE(
      read(folder / "a.npz", {{"x", {4, 2}}})
          .error.find(
              "must have 4 samples or more, as the model's batch is, got 3"),
      std::string::npos);
}

} // namespace
