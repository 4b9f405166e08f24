//===- SortedTableTest.cpp - Tests of the index reader --------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A table reads back; no byte of it can change, and none can go, unnoticed.
//
//===----------------------------------------------------------------------===//

#include "formats/savedmodel/SortedTable.h"

#include "CheckpointWriter.h"
#include "gtest/gtest.h"

using namespace graft;
using namespace graft::test;

static const Records sample = {{"", "header"},
                               {"a", "1"},
                               {"ab", ""},
                               {"abc", "3"},
                               {"abd", "44"},
                               {"b", "5"},
                               {"ba", std::string(200, 'x')}};

TEST(SortedTableTest, ReadsEveryBlock) {
  for (size_t blockSize : {1, 2, 3, 100}) {
    std::string file = makeTable(sample, blockSize);
    Expected<std::vector<TableRecord>> records = readSortedTable(file, "f");
    ASSERT_TRUE(records) << records.status().message();
    ASSERT_EQ(records->size(), sample.size());
    for (size_t i = 0; i < sample.size(); ++i) {
      EXPECT_EQ((*records)[i].key, sample[i].first);
      EXPECT_EQ((*records)[i].value, sample[i].second);
    }
  }
}

TEST(SortedTableTest, AnEmptyTableHasNoRecords) {
  std::string file = makeTable({});
  Expected<std::vector<TableRecord>> records = readSortedTable(file, "f");
  ASSERT_TRUE(records) << records.status().message();
  EXPECT_TRUE(records->empty());
}

TEST(SortedTableTest, EveryChangedByteShows) {
  std::string file = makeTable(sample);
  // The block of meta-data, which nothing reads, and what pads the footer may
  // change: the records must then be the same.
  size_t noticed = 0;
  for (size_t i = 0; i < file.size(); ++i)
    for (char flip : {'\x01', '\x80'}) {
      std::string damaged = file;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      Expected<std::vector<TableRecord>> records =
          readSortedTable(damaged, "f");
      if (!records) {
        EXPECT_EQ(records.status().code(), StatusCode::BadInput);
        ++noticed;
        continue;
      }
      ASSERT_EQ(records->size(), sample.size()) << "byte " << i;
      for (size_t k = 0; k < sample.size(); ++k) {
        ASSERT_EQ((*records)[k].key, sample[k].first) << "byte " << i;
        ASSERT_EQ((*records)[k].value, sample[k].second) << "byte " << i;
      }
    }
  EXPECT_GT(noticed, 2 * (file.size() - 60));
}

TEST(SortedTableTest, EveryLostByteShows) {
  std::string file = makeTable(sample);
  for (size_t size = 0; size < file.size(); ++size)
    EXPECT_FALSE(readSortedTable(std::string_view(file).substr(0, size), "f"));
}

TEST(SortedTableTest, KeysDoNotOutgrowTheirFile) {
  // A long key, and a great many that add a byte to it: gigabytes, from a file
  // of half a megabyte.
  std::string key(1 << 18, 'k');
  std::string block;
  putVarint(block, 0);
  putVarint(block, key.size());
  putVarint(block, 0);
  block += key;
  for (uint32_t i = 0; i < 30000; ++i) {
    putVarint(block, key.size() + i);
    putVarint(block, 1);
    putVarint(block, 0);
    block += 'k';
  }
  putFixed32(block, 0);
  putFixed32(block, 1);
  std::string file, index;
  std::string handle = appendTableBlock(file, block);
  index = encodeTableBlock({{key, handle}});
  std::string footer = appendTableBlock(file, encodeTableBlock({}));
  footer += appendTableBlock(file, index);
  footer.resize(40);
  putFixed32(footer, 0x8b80fb57u);
  putFixed32(footer, 0xdb477524u);
  Expected<std::vector<TableRecord>> read = readSortedTable(file + footer, "f");
  ASSERT_FALSE(read);
  EXPECT_NE(read.status().message().find("longer keys than its size"),
            std::string::npos)
      << read.status().message();
}

TEST(SortedTableTest, SaysWhatIsWrong) {
  auto message = [](const std::string &file) {
    return readSortedTable(file, "dir/x.index").status().message();
  };
  EXPECT_EQ(message("short"),
            "'dir/x.index' is damaged: it is too short for a checkpoint's "
            "index; restore the file");
  EXPECT_EQ(message(std::string(100, 'x')),
            "'dir/x.index' is damaged: it does not end as a checkpoint's index "
            "does; restore the file");
  EXPECT_EQ(
      message(makeTable(sample, 100, /*compression=*/1)),
      "'dir/x.index': the block at offset 0 is compressed (kind 1), which "
      "checkpoints of TensorFlow are not; save the model again");
  EXPECT_EQ(message(makeTable({{"b", ""}, {"a", ""}})),
            "'dir/x.index' is damaged: the block at offset 0 has keys out of "
            "order; restore the file");
  EXPECT_EQ(message(makeTable({{"a", ""}, {"a", ""}}, 1)),
            "'dir/x.index' is damaged: the block at offset 47 has keys out of "
            "order; restore the file");
}

TEST(SortedTableTest, SoundChecksumsDoNotMakeSoundBlocks) {
  // Blocks whose checksums are right and whose contents are not.
  auto table = [](const std::string &block) {
    std::string file;
    Records index{{"z", appendTableBlock(file, block)}};
    std::string footer = appendTableBlock(file, encodeTableBlock({}));
    footer += appendTableBlock(file, encodeTableBlock(index));
    footer.resize(40);
    return file + footer + "\x57\xfb\x80\x8b\x24\x75\x47\xdb";
  };
  std::string restarts;
  putFixed32(restarts, 0);
  std::string tooMany;
  putFixed32(tooMany, 0xffffffff);
  EXPECT_TRUE(readSortedTable(table(std::string("\0\1\0k", 4) + restarts), "f"))
      << "the pattern of the cases below is sound";
  using namespace std::string_literals;
  for (const std::string &block :
       {""s, "abc"s, tooMany, "\x05\x01\x00k"s + restarts,
        "\x00\x7f\x00k"s + restarts, "\x00\x01\x7fk"s + restarts,
        "\x00\xff"s + restarts,
        "\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00k"s + restarts})
    EXPECT_FALSE(readSortedTable(table(block), "f"));
}
