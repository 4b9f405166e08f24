//===- SortedTable.cpp - The index file of a checkpoint -------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The format, from the end of the file: a footer of 48 bytes with the handles
// (offset and size, as varints) of two index blocks and a magic number; the
// second index block, whose values are handles of data blocks; the data blocks.
// A block is followed by a byte for its compression and a masked CRC-32C of
// both. In a block a key gives only what differs from the key before; an array
// of restart points, which only searches need, ends it.
//
//===----------------------------------------------------------------------===//

#include "formats/savedmodel/SortedTable.h"

#include "support/ByteReader.h"
#include "support/CheckedMath.h"
#include "support/Crc32c.h"

using namespace graft;

static constexpr uint64_t tableMagic = 0xdb4775248b80fb57ull;
static constexpr size_t footerSize = 48;
static constexpr size_t blockTrailerSize = 5;
/// TensorFlow spells every 16th key in full, so all keys together are not much
/// longer than 16 files. Without a bound a small file could ask for gigabytes.
static constexpr size_t maxExpansion = 64;

namespace {

struct Handle {
  uint64_t offset;
  uint64_t size;
};

class Reader {
public:
  Reader(std::string_view file, const std::string &path)
      : file(file), path(path) {}

  Expected<std::vector<TableRecord>> read() {
    if (file.size() < footerSize)
      return damaged("it is too short for a checkpoint's index");
    ByteReader footer(file.substr(file.size() - footerSize));
    ByteReader magic(file.substr(file.size() - 8));
    if (magic.fixed64() != tableMagic)
      return damaged("it does not end as a checkpoint's index does");
    std::optional<Handle> metaIndex = handle(footer), index = handle(footer);
    if (!metaIndex || !index)
      return damaged("its footer is no pair of block handles");

    std::vector<TableRecord> blocks;
    if (Status status = readBlock(*index, blocks); !status)
      return status;
    std::vector<TableRecord> records;
    for (const TableRecord &block : blocks) {
      ByteReader value(block.value);
      std::optional<Handle> data = handle(value);
      if (!data)
        return damaged("its index block has a value that is no block handle");
      if (Status status = readBlock(*data, records); !status)
        return status;
    }
    return records;
  }

private:
  Status damaged(const std::string &what) const {
    return Status::badInput("'" + path + "' is damaged: " + what +
                            "; restore the file");
  }

  static std::optional<Handle> handle(ByteReader &reader) {
    std::optional<uint64_t> offset = reader.varint64();
    std::optional<uint64_t> size = reader.varint64();
    if (!offset || !size)
      return std::nullopt;
    return Handle{*offset, *size};
  }

  /// Appends the records of a block.
  Status readBlock(Handle at, std::vector<TableRecord> &records) {
    std::string where = "the block at offset " + std::to_string(at.offset);
    std::optional<uint64_t> whole =
        checkedAdd<uint64_t>(at.size, blockTrailerSize);
    if (!whole || !extentFits(at.offset, *whole, file.size() - footerSize))
      return damaged(where + " lies outside the file");
    std::string_view checked = file.substr(at.offset, at.size + 1);
    ByteReader trailer(file.substr(at.offset + at.size + 1, 4));
    if (unmaskCrc32c(*trailer.fixed32()) != crc32c(checked))
      return damaged(where + " does not match its checksum");
    if (char compression = checked.back())
      return Status::badInput(
          "'" + path + "': " + where + " is compressed (kind " +
          std::to_string(static_cast<unsigned char>(compression)) +
          "), which checkpoints of TensorFlow are not; save the model again");

    std::string_view block = checked.substr(0, at.size);
    if (block.size() < 4)
      return damaged(where + " is too short");
    ByteReader end(block.substr(block.size() - 4));
    uint64_t restarts = *end.fixed32();
    if (restarts > (block.size() - 4) / 4)
      return damaged(where + " has more restart points than bytes");
    block.remove_suffix(4 + 4 * restarts);

    std::string key;
    ByteReader reader(block);
    while (!reader.empty()) {
      std::optional<uint32_t> shared = reader.varint32();
      std::optional<uint32_t> own = reader.varint32();
      std::optional<uint32_t> length = reader.varint32();
      if (!shared || !own || !length || *shared > key.size())
        return damaged(where + " has a record without a proper header");
      std::optional<std::string_view> suffix = reader.take(*own);
      std::optional<std::string_view> value = reader.take(*length);
      if (!suffix || !value)
        return damaged(where + " has a record that runs over its end");
      key.resize(*shared);
      key += *suffix;
      keyBytes += key.size();
      if (keyBytes / maxExpansion > file.size())
        return damaged(where + " has longer keys than its size allows");
      if (!records.empty() && key <= records.back().key)
        return damaged(where + " has keys out of order");
      records.push_back({key, *value});
    }
    return {};
  }

  std::string_view file;
  const std::string &path;
  uint64_t keyBytes = 0; ///< of all records so far
};

} // namespace

Expected<std::vector<TableRecord>>
graft::readSortedTable(std::string_view bytes, const std::string &path) {
  return Reader(bytes, path).read();
}
