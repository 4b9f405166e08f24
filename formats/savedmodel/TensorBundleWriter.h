//===- TensorBundleWriter.h - tensors as a checkpoint ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The counterpart of formats/savedmodel/TensorBundle.h. Knows no MLIR.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_FORMATS_SAVEDMODEL_TENSORBUNDLEWRITER_H
#define GRAFT_FORMATS_SAVEDMODEL_TENSORBUNDLEWRITER_H

#include "proto/checkpoint.pb.h"
#include "support/AtomicFile.h"
#include "support/Status.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace graft {

/// Key and value, sorted by key.
using TableRecords = std::vector<std::pair<std::string, std::string>>;

void putFixed32(std::string &to, uint32_t value);
void putVarint(std::string &to, uint64_t value);

/// The contents of a table's block.
std::string encodeTableBlock(const TableRecords &records);
/// Appends a block with its trailer; the result is its handle. `compression` is
/// the number that the block claims.
std::string appendTableBlock(std::string &file, std::string block,
                             char compression = 0);

/// A sorted table as LevelDB and TensorFlow's checkpoints have it, with so many
/// records in a block.
std::string encodeSortedTable(const TableRecords &records,
                              size_t recordsInBlock = 16, char compression = 0);

/// A checkpoint of one shard under way: PREFIX.index and
/// PREFIX.data-00000-of-00001.
class TensorBundleWriter {
public:
  static Expected<TensorBundleWriter> create(const std::string &prefix);

  /// Appends a tensor's elements, row-major and little-endian.
  Status add(const std::string &key, int dtype,
             const std::vector<int64_t> &shape, std::string_view bytes);
  /// Appends a tensor of strings.
  Status addStrings(const std::string &key, const std::vector<int64_t> &shape,
                    const std::vector<std::string_view> &strings);

  /// Writes the index. Call once, last.
  Status commit();

private:
  TensorBundleWriter(std::string prefix, AtomicFile data)
      : prefix(std::move(prefix)), data(std::move(data)) {}
  tensorflow::BundleEntryProto &addEntry(const std::string &key, int dtype,
                                         const std::vector<int64_t> &shape);

  std::string prefix;
  AtomicFile data;
  std::map<std::string, tensorflow::BundleEntryProto> entries;
};

} // namespace graft

#endif // GRAFT_FORMATS_SAVEDMODEL_TENSORBUNDLEWRITER_H
