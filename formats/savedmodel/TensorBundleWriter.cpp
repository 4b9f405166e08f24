//===- TensorBundleWriter.cpp - tensors as a checkpoint -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "formats/savedmodel/TensorBundleWriter.h"

#include "support/Crc32c.h"

#include <algorithm>

using namespace graft;

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

void graft::putFixed32(std::string &to, uint32_t value) {
  for (int i = 0; i < 4; ++i)
    to += static_cast<char>(value >> (8 * i));
}

void graft::putVarint(std::string &to, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

/// Keys are stored without what they share with the key before.
std::string graft::encodeTableBlock(const TableRecords &records) {
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

std::string graft::appendTableBlock(std::string &file, std::string block,
                                    char compression) {
  std::string handle;
  putVarint(handle, file.size());
  putVarint(handle, block.size());
  block += compression;
  uint32_t checksum = maskCrc32c(crc32c(block));
  file += block;
  putFixed32(file, checksum);
  return handle;
}

std::string graft::encodeSortedTable(const TableRecords &records,
                                     size_t recordsInBlock, char compression) {
  std::string file;
  TableRecords index;
  for (size_t i = 0; i < records.size(); i += recordsInBlock) {
    auto begin = records.begin() + static_cast<ptrdiff_t>(i);
    auto end = begin + static_cast<ptrdiff_t>(
                           std::min(recordsInBlock, records.size() - i));
    TableRecords block(begin, end);
    std::string last = block.back().first;
    index.emplace_back(
        last, appendTableBlock(file, encodeTableBlock(block), compression));
  }
  std::string footer = appendTableBlock(file, encodeTableBlock({}));
  footer += appendTableBlock(file, encodeTableBlock(index));
  footer.resize(40);
  putFixed32(footer, 0x8b80fb57); // LevelDB's magic
  putFixed32(footer, 0xdb477524);
  return file + footer;
}

//===----------------------------------------------------------------------===//
// The bundle
//===----------------------------------------------------------------------===//

Expected<TensorBundleWriter>
TensorBundleWriter::create(const std::string &prefix) {
  Expected<AtomicFile> data =
      AtomicFile::create(prefix + ".data-00000-of-00001");
  if (!data)
    return data.status();
  return TensorBundleWriter(prefix, *std::move(data));
}

tensorflow::BundleEntryProto &
TensorBundleWriter::addEntry(const std::string &key, int dtype,
                             const std::vector<int64_t> &shape) {
  tensorflow::BundleEntryProto &entry = entries[key];
  entry.set_dtype(static_cast<tensorflow::DataType>(dtype));
  for (int64_t dim : shape)
    entry.mutable_shape()->add_dim()->set_size(dim);
  entry.set_offset(static_cast<int64_t>(data.size()));
  return entry;
}

Status TensorBundleWriter::add(const std::string &key, int dtype,
                               const std::vector<int64_t> &shape,
                               std::string_view bytes) {
  tensorflow::BundleEntryProto &entry = addEntry(key, dtype, shape);
  entry.set_size(static_cast<int64_t>(bytes.size()));
  entry.set_crc32c(maskCrc32c(crc32c(bytes)));
  return data.write(bytes);
}

/// All lengths as varints, their checksum, then all characters. Checksums see a
/// length as four bytes, or as eight where four are too few.
Status
TensorBundleWriter::addStrings(const std::string &key,
                               const std::vector<int64_t> &shape,
                               const std::vector<std::string_view> &strings) {
  tensorflow::BundleEntryProto &entry =
      addEntry(key, tensorflow::DT_STRING, shape);
  std::string head, lengths;
  for (std::string_view string : strings) {
    putVarint(head, string.size());
    size_t width = string.size() <= UINT32_MAX ? 4 : 8;
    for (size_t i = 0; i < width; ++i)
      lengths +=
          static_cast<char>(static_cast<uint64_t>(string.size()) >> (8 * i));
  }
  uint32_t checksum = crc32c(lengths);
  std::string ofLengths;
  putFixed32(ofLengths, maskCrc32c(checksum));
  head += ofLengths;
  checksum = crc32c(ofLengths, checksum);
  Status status = data.write(head);
  uint64_t size = head.size();
  for (std::string_view string : strings) {
    if (!status)
      return status;
    size += string.size();
    checksum = crc32c(string, checksum);
    status = data.write(string);
  }
  entry.set_size(static_cast<int64_t>(size));
  entry.set_crc32c(maskCrc32c(checksum));
  return status;
}

Status TensorBundleWriter::commit() {
  if (Status status = data.commit(); !status)
    return status;
  tensorflow::BundleHeaderProto header;
  header.set_num_shards(1);
  header.mutable_version()->set_producer(1);
  // The map is sorted, and the header's key is empty.
  TableRecords records{{"", header.SerializeAsString()}};
  for (const auto &[key, entry] : entries)
    records.emplace_back(key, entry.SerializeAsString());
  return AtomicFile::writeAll(prefix + ".index", encodeSortedTable(records));
}
