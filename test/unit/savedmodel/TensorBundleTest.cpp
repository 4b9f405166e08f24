//===- TensorBundleTest.cpp - Tests of the checkpoint reader --------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors read back as views; damage anywhere is one clear line.
//
//===----------------------------------------------------------------------===//

#include "formats/savedmodel/TensorBundle.h"

#include "CheckpointWriter.h"
#include "gtest/gtest.h"

#include <cstring>

using namespace graft;
using namespace graft::test;
using namespace std::string_literals;

namespace {

class TensorBundleTest : public ::testing::Test {
protected:
  Expected<TensorBundle> open(const CheckpointWriter &writer) {
    writer.write(prefix);
    return TensorBundle::open(prefix);
  }

  /// The message of the first error on the way to tensor "t".
  std::string error(const CheckpointWriter &writer) {
    Expected<TensorBundle> bundle = open(writer);
    if (!bundle)
      return bundle.status().message();
    Expected<BundleTensor> tensor = bundle->read("t");
    return tensor.status().message();
  }

  static std::vector<float> floats(const BundleTensor &tensor) {
    std::vector<float> values(tensor.bytes.size() / sizeof(float));
    if (!values.empty()) // memcpy takes no null, not even for nothing
      std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    return values;
  }

  TemporaryDirectory dir;
  std::string prefix = dir / "variables";
  std::string at = "'" + prefix + ".index': tensor 't' ";
};

using Floats = std::vector<float>;
using Shape = std::vector<int64_t>;

} // namespace

TEST_F(TensorBundleTest, ReadsTensorsWhereTheyLie) {
  CheckpointWriter writer;
  writer.addFloats("t", {2, 3}, {1, 2, 3, 4, 5, 6});
  writer.add("flag", tensorflow::DT_BOOL, {}, "\1");
  writer.addFloats("none", {0, 7}, {});
  Expected<TensorBundle> bundle = open(writer);
  ASSERT_TRUE(bundle) << bundle.status().message();
  EXPECT_EQ(bundle->keys(), (std::vector<std::string>{"flag", "none", "t"}));
  Expected<BundleTensor> tensor = bundle->read("t");
  ASSERT_TRUE(tensor) << tensor.status().message();
  EXPECT_EQ(tensor->dtype, tensorflow::DT_FLOAT);
  EXPECT_EQ(tensor->shape, (Shape{2, 3}));
  EXPECT_EQ(floats(*tensor), (Floats{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(tensor->bytes.data(), tensor->file->bytes().data());
  EXPECT_TRUE(bundle->read("none")->bytes.empty());
  EXPECT_EQ(bundle->read("flag")->bytes, "\1");
  // The view outlives the bundle.
  bundle = Status::failed("gone");
  EXPECT_EQ(floats(*tensor)[5], 6);
}

TEST_F(TensorBundleTest, ReadsStrings) {
  CheckpointWriter writer;
  writer.addStrings("t", {3}, {"ab", "", std::string(300, 'c')});
  Expected<TensorBundle> bundle = open(writer);
  ASSERT_TRUE(bundle) << bundle.status().message();
  Expected<BundleStrings> strings = bundle->readStrings("t");
  ASSERT_TRUE(strings) << strings.status().message();
  EXPECT_EQ(strings->shape, Shape({3}));
  ASSERT_EQ(strings->elements.size(), 3u);
  EXPECT_EQ(strings->elements[0], "ab");
  EXPECT_EQ(strings->elements[2].size(), 300u);
  EXPECT_FALSE(bundle->read("t")) << "strings are no array";
}

TEST_F(TensorBundleTest, WriterAndReaderAgreeOnStrings) {
  std::string path = dir / "written";
  Expected<TensorBundleWriter> writer = TensorBundleWriter::create(path);
  ASSERT_TRUE(writer) << writer.status().message();
  std::string large(300, 'c');
  ASSERT_TRUE(writer->addStrings("t", {2, 2}, {"ab", "", large, "d"}));
  ASSERT_TRUE(writer->addStrings("none", {0}, {}));
  ASSERT_TRUE(writer->add("n", tensorflow::DT_UINT8, {2}, "xy"));
  ASSERT_TRUE(writer->commit());
  Expected<TensorBundle> bundle = TensorBundle::open(path);
  ASSERT_TRUE(bundle) << bundle.status().message();
  Expected<BundleStrings> strings = bundle->readStrings("t");
  ASSERT_TRUE(strings) << strings.status().message();
  EXPECT_EQ(strings->shape, Shape({2, 2}));
  EXPECT_EQ(strings->elements,
            (std::vector<std::string_view>{"ab", "", large, "d"}));
  EXPECT_TRUE(bundle->readStrings("none")->elements.empty());
  EXPECT_EQ(bundle->read("n")->bytes, "xy");
}

TEST_F(TensorBundleTest, EveryChangedByteOfStringsShows) {
  CheckpointWriter writer;
  writer.addStrings("t", {2}, {"ab", "cde"});
  for (size_t i = 0; i < writer.data.size(); ++i) {
    CheckpointWriter damaged = writer;
    damaged.data[i] = static_cast<char>(damaged.data[i] ^ 0x40);
    Expected<TensorBundle> bundle = open(damaged);
    ASSERT_TRUE(bundle);
    EXPECT_FALSE(bundle->readStrings("t")) << "byte " << i;
  }
  // A shape with more elements than the bytes can hold is not believed.
  writer.entries["t"].mutable_shape()->mutable_dim(0)->set_size(1ll << 60);
  Expected<TensorBundle> bundle = open(writer);
  ASSERT_TRUE(bundle);
  EXPECT_FALSE(bundle->readStrings("t"));
}

TEST_F(TensorBundleTest, EveryChangedByteOfDataShows) {
  CheckpointWriter writer;
  writer.addFloats("t", {2}, {1, 2});
  for (size_t i = 0; i < writer.data.size(); ++i) {
    CheckpointWriter damaged = writer;
    damaged.data[i] = static_cast<char>(damaged.data[i] ^ 1);
    EXPECT_EQ(error(damaged), at + "does not match its checksum: '" + prefix +
                                  ".data-00000-of-00001' is damaged; restore "
                                  "the file");
  }
}

TEST_F(TensorBundleTest, EveryChangedByteOfTheIndexShowsOrDoesNotMatter) {
  CheckpointWriter writer;
  writer.addFloats("t", {2}, {1, 2});
  writer.write(prefix);
  std::string index = writer.index();
  for (size_t i = 0; i < index.size(); ++i) {
    std::string damaged = index;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    writeBytes(prefix + ".index", damaged);
    Expected<TensorBundle> bundle = TensorBundle::open(prefix);
    if (!bundle)
      continue;
    Expected<BundleTensor> tensor = bundle->read("t");
    if (tensor)
      EXPECT_EQ(floats(*tensor), (Floats{1, 2})) << "byte " << i;
  }
}

TEST_F(TensorBundleTest, LostFiles) {
  CheckpointWriter writer;
  writer.addFloats("t", {2}, {1, 2});
  writer.data.pop_back();
  EXPECT_EQ(error(writer), at + "ends at byte 0 + 8 of '" + prefix +
                               ".data-00000-of-00001', which has 7; restore "
                               "the file");
  std::filesystem::remove(prefix + ".data-00000-of-00001");
  EXPECT_EQ(TensorBundle::open(prefix)->read("t").status().message(),
            "cannot open '" + prefix +
                ".data-00000-of-00001': No such file or directory");
  std::filesystem::remove(prefix + ".index");
  EXPECT_EQ(TensorBundle::open(prefix).status().message(),
            "cannot open '" + prefix + ".index': No such file or directory");
}

TEST_F(TensorBundleTest, TheStatusAloneSaysWhatIsWrong) {
  CheckpointWriter writer;
  writer.addFloats("t", {2}, {1, 2});
  writer.entries["t"].mutable_shape()->mutable_dim(0)->set_name("\xff");
  EXPECT_EQ(error(writer),
            at + "has a record that does not parse; restore the file");
  // Protobuf likes to comment on text that is none.
  testing::internal::CaptureStderr();
  EXPECT_FALSE(TensorBundle::open(prefix));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(TensorBundleTest, RecordsThatCannotBe) {
  CheckpointWriter writer;
  writer.addFloats("t", {2}, {1, 2});
  auto damaged = [&](auto change) {
    CheckpointWriter copy = writer;
    change(copy.entries["t"]);
    return error(copy);
  };
  using Entry = tensorflow::BundleEntryProto;
  std::string dimension =
      at + "has a dimension that is negative, or too many elements; restore "
           "the file";
  EXPECT_EQ(damaged([](Entry &e) {
              e.mutable_shape()->mutable_dim(0)->set_size(-2);
            }),
            dimension);
  EXPECT_EQ(damaged([](Entry &e) {
              e.mutable_shape()->mutable_dim(0)->set_size(INT64_MAX);
              e.mutable_shape()->add_dim()->set_size(2);
            }),
            dimension);
  EXPECT_EQ(damaged([](Entry &e) {
              e.mutable_shape()->mutable_dim(0)->set_size(INT64_MAX / 2);
            }),
            at + "must have fewer bytes, got 8");
  EXPECT_EQ(damaged([](Entry &e) { e.set_size(12); }),
            at + "must have 8 bytes, got 12");
  EXPECT_EQ(damaged([](Entry &e) { e.set_dtype(tensorflow::DT_DOUBLE); }),
            at + "must have 16 bytes, got 8");
  EXPECT_EQ(damaged([](Entry &e) { e.set_offset(-1); }),
            at + "has a negative offset or size; restore the file");
  EXPECT_EQ(damaged([](Entry &e) { e.set_offset(INT64_MAX); }),
            at + "ends at byte 9223372036854775807 + 8 of '" + prefix +
                ".data-00000-of-00001', which has 8; restore the file");
  EXPECT_EQ(damaged([](Entry &e) { e.set_shard_id(1); }),
            at + "must lie in one of 1 shards, got shard 1");
  EXPECT_EQ(
      damaged([](Entry &e) { e.mutable_shape()->set_unknown_rank(true); }),
      at + "must have a known rank; restore the file");
  EXPECT_EQ(damaged([](Entry &e) { e.set_dtype(tensorflow::DT_VARIANT); }),
            at + "has elements of DataType 21, which have no fixed size");
}

TEST_F(TensorBundleTest, HeadersThatCannotBe) {
  CheckpointWriter writer;
  writer.addFloats("t", {2}, {1, 2});
  std::string index = "'" + prefix + ".index' ";
  CheckpointWriter damaged = writer;
  damaged.header.set_endianness(tensorflow::BundleHeaderProto::BIG);
  EXPECT_EQ(error(damaged), index + "was written on a big-endian machine; save "
                                    "the model on a little-endian one");
  damaged = writer;
  damaged.header.mutable_version()->set_min_consumer(7);
  EXPECT_EQ(error(damaged), index + "needs a reader of version 7, this is 1; "
                                    "save the model with an older TensorFlow");
  damaged = writer;
  damaged.header.set_num_shards(-1);
  EXPECT_EQ(error(damaged), index + "is damaged: it must have at least one "
                                    "shard, got -1");
  writeBytes(prefix + ".index", makeTable({{"t", ""}}));
  EXPECT_EQ(TensorBundle::open(prefix).status().message(),
            index + "is damaged: it has no header; restore the file");
}

TEST_F(TensorBundleTest, PartsOfAWholeTensor) {
  CheckpointWriter writer;
  writer.addFloats("t", {2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
  Expected<TensorBundle> bundle = open(writer);
  ASSERT_TRUE(bundle) << bundle.status().message();
  auto part = [&](Shape starts, Shape lengths) {
    Expected<BundleTensor> tensor =
        bundle->readSlice("t", {std::move(starts), std::move(lengths)});
    return tensor ? floats(*tensor) : Floats{-1};
  };
  EXPECT_EQ(part({1, 0, 0}, {1, 2, 2}), (Floats{4, 5, 6, 7}));
  EXPECT_EQ(part({1, 1, 0}, {1, 1, 2}), (Floats{6, 7}));
  EXPECT_EQ(part({0, 1, 1}, {1, 1, 1}), (Floats{3}));
  EXPECT_EQ(part({0, 0, 0}, {2, 2, 2}), (Floats{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(part({2, 0, 0}, {0, 2, 2}), (Floats{}));
  // Not one stretch; outside; of another rank; a sum that overflows.
  EXPECT_EQ(part({0, 1, 0}, {2, 1, 2}), (Floats{-1}));
  EXPECT_EQ(part({1, 0, 0}, {2, 2, 2}), (Floats{-1}));
  EXPECT_EQ(part({1}, {1}), (Floats{-1}));
  EXPECT_EQ(part({1, 0, 0}, {INT64_MAX, 2, 2}), (Floats{-1}));
  EXPECT_EQ(part({-1, 0, 0}, {1, 2, 2}), (Floats{-1}));
}

TEST_F(TensorBundleTest, TensorsStoredInParts) {
  CheckpointWriter writer;
  tensorflow::BundleEntryProto &whole = writer.entries["t"];
  whole.set_dtype(tensorflow::DT_FLOAT);
  whole.mutable_shape()->add_dim()->set_size(300);
  whole.add_slices();
  // The key as TensorFlow writes it: 0, name, rank 1, then start and length.
  writer.addFloats("\0t\0\1\1\1\x80\xa0"s, {32}, Floats(32, 1));
  writer.addFloats("\0t\0\1\1\1\xa0\xc1\x0c"s, {268}, Floats(268, 2));
  Expected<TensorBundle> bundle = open(writer);
  ASSERT_TRUE(bundle) << bundle.status().message();
  EXPECT_EQ(bundle->keys(), std::vector<std::string>{"t"});
  Expected<BundleTensor> first = bundle->readSlice("t", {{0}, {32}});
  ASSERT_TRUE(first) << first.status().message();
  EXPECT_EQ(floats(*first), Floats(32, 1));
  Expected<BundleTensor> second = bundle->readSlice("t", {{32}, {268}});
  ASSERT_TRUE(second) << second.status().message();
  EXPECT_EQ(floats(*second), Floats(268, 2));
  EXPECT_FALSE(bundle->readSlice("t", {{0}, {31}}));
  EXPECT_FALSE(bundle->read("t"));
}
