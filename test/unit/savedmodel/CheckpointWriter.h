//===- CheckpointWriter.h - Writes checkpoints for tests ------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Small checkpoints, proper ones and damaged ones.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_TEST_UNIT_SAVEDMODEL_CHECKPOINTWRITER_H
#define GRAFT_TEST_UNIT_SAVEDMODEL_CHECKPOINTWRITER_H

#include "proto/checkpoint.pb.h"
#include "support/Crc32c.h"
#include "test/unit/support/TemporaryDirectory.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace graft::test {

inline void putFixed32(std::string &to, uint32_t value) {
  for (int i = 0; i < 4; ++i)
    to += static_cast<char>(value >> (8 * i));
}

inline void putVarint(std::string &to, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

using Records = std::vector<std::pair<std::string, std::string>>;

/// A block's contents: keys without what they share with the key before.
inline std::string makeBlock(const Records &records) {
  std::string block, last;
  for (const auto &[key, value] : records) {
    size_t shared = 0;
    while (shared < std::min(key.size(), last.size()) &&
           key[shared] == last[shared])
      ++shared;
    putVarint(block, shared);
    putVarint(block, key.size() - shared);
    putVarint(block, value.size());
    block += key.substr(shared) + value;
    last = key;
  }
  putFixed32(block, 0); // the one restart point
  putFixed32(block, 1);
  return block;
}

/// Appends a block with its trailer; the result is its handle.
inline std::string appendBlock(std::string &file, std::string block,
                               char compression = 0) {
  std::string handle;
  putVarint(handle, file.size());
  putVarint(handle, block.size());
  block += compression;
  uint32_t checksum = maskCrc32c(crc32c(block));
  file += block;
  putFixed32(file, checksum);
  return handle;
}

/// A table with so many records in a block.
inline std::string makeTable(const Records &records, size_t blockSize = 3,
                             char compression = 0) {
  std::string file;
  Records index;
  for (size_t i = 0; i < records.size(); i += blockSize) {
    auto end = records.begin() + std::min(i + blockSize, records.size());
    Records block(records.begin() + i, end);
    std::string last = block.back().first;
    index.emplace_back(last, appendBlock(file, makeBlock(block), compression));
  }
  std::string footer = appendBlock(file, makeBlock({}));
  footer += appendBlock(file, makeBlock(index));
  footer.resize(40);
  putFixed32(footer, 0x8b80fb57);
  putFixed32(footer, 0xdb477524);
  return file + footer;
}

/// A checkpoint of one shard under way. Change the entries before writing to
/// damage it.
struct CheckpointWriter {
  tensorflow::BundleHeaderProto header;
  std::map<std::string, tensorflow::BundleEntryProto> entries;
  std::string data;

  CheckpointWriter() {
    header.set_num_shards(1);
    header.mutable_version()->set_producer(1);
  }

  tensorflow::BundleEntryProto &add(const std::string &key,
                                    tensorflow::DataType dtype,
                                    const std::vector<int64_t> &shape,
                                    std::string_view bytes) {
    tensorflow::BundleEntryProto &entry = entries[key];
    entry.set_dtype(dtype);
    for (int64_t dim : shape)
      entry.mutable_shape()->add_dim()->set_size(dim);
    entry.set_offset(data.size());
    entry.set_size(bytes.size());
    entry.set_crc32c(maskCrc32c(crc32c(bytes)));
    data += bytes;
    return entry;
  }

  tensorflow::BundleEntryProto &addFloats(const std::string &key,
                                          const std::vector<int64_t> &shape,
                                          const std::vector<float> &values) {
    return add(key, tensorflow::DT_FLOAT, shape,
               {reinterpret_cast<const char *>(values.data()),
                values.size() * sizeof(float)});
  }

  void addStrings(const std::string &key, const std::vector<int64_t> &shape,
                  const std::vector<std::string> &strings) {
    std::string bytes, seen, all;
    for (const std::string &string : strings) {
      putVarint(bytes, string.size());
      putFixed32(seen, string.size());
      all += string;
    }
    std::string checksum;
    putFixed32(checksum, maskCrc32c(crc32c(seen)));
    bytes += checksum + all;
    add(key, tensorflow::DT_STRING, shape, bytes)
        .set_crc32c(maskCrc32c(crc32c(seen + checksum + all)));
  }

  std::string index() const {
    Records records{{"", header.SerializeAsString()}};
    for (const auto &[key, entry] : entries)
      records.emplace_back(key, entry.SerializeAsString());
    return makeTable(records);
  }

  /// Writes PREFIX.index and PREFIX.data-00000-of-00001.
  void write(const std::string &prefix) const {
    writeBytes(prefix + ".index", index());
    writeBytes(prefix + ".data-00000-of-00001", data);
  }
};

} // namespace graft::test

#endif // GRAFT_TEST_UNIT_SAVEDMODEL_CHECKPOINTWRITER_H
