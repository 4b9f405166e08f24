//===- SortedTable.h - The index file of a checkpoint ---------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A checkpoint's index is a LevelDB table: sorted keys, each with a value, in
// checksummed blocks.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_FORMATS_SAVEDMODEL_SORTEDTABLE_H
#define GRAFT_FORMATS_SAVEDMODEL_SORTEDTABLE_H

#include "support/Status.h"

#include <string>
#include <string_view>
#include <vector>

namespace graft {

struct TableRecord {
  std::string key;
  std::string_view value; ///< lies in the table's bytes
};

/// Reads every record of the table, in the order of the keys, which is checked
/// to be strictly ascending. The checksum of every block is verified. An error
/// (BadInput) names `path`, the file that the bytes come from.
Expected<std::vector<TableRecord>> readSortedTable(std::string_view bytes,
                                                   const std::string &path);

} // namespace graft

#endif // GRAFT_FORMATS_SAVEDMODEL_SORTEDTABLE_H
