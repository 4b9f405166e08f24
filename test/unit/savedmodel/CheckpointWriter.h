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

#include "formats/savedmodel/TensorBundleWriter.h"
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

using Records = TableRecords;

/// A table with few records in a block, so that it has several.
inline std::string makeTable(const Records &records, size_t blockSize = 3,
                             char compression = 0) {
  return encodeSortedTable(records, blockSize, compression);
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
