//===- CheckpointFuzzer.cpp - any bytes as a checkpoint's index -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whoever can write an index can write its checksums, so those of all blocks
// that the file names are made right first.
//===----------------------------------------------------------------------===//
#include "Fuzz.h"
#include "formats/savedmodel/SortedTable.h"
#include "formats/savedmodel/TensorBundle.h"
#include "support/ByteReader.h"
#include "support/Crc32c.h"

#include <cstring>

using namespace graft;

namespace {

constexpr size_t kFooter = 48;

/// Reads a handle and repairs the block that it names. False if there is none.
bool repairBlock(std::string &file, ByteReader &handle, std::string &block) {
  std::optional<uint64_t> offset = handle.varint64(), size = handle.varint64();
  if (!offset || !size || *offset > file.size() || *size > file.size() ||
      *offset + *size + 5 > file.size() - kFooter)
    return false;
  block = file.substr(*offset, *size);
  file[*offset + *size] = 0; // not compressed
  uint32_t sum = maskCrc32c(crc32c(
      std::string_view(file).substr(size_t(*offset), size_t(*size) + 1)));
  std::memcpy(file.data() + *offset + *size + 1, &sum, sizeof(sum));
  return true;
}

void repair(std::string &file) {
  if (file.size() < kFooter)
    return;
  constexpr uint64_t magic = 0xdb4775248b80fb57ull;
  std::memcpy(file.data() + file.size() - 8, &magic, sizeof(magic));
  const std::string end = file.substr(file.size() - kFooter);
  ByteReader footer(end);
  std::string index, ignored;
  if (!repairBlock(file, footer, ignored) || !repairBlock(file, footer, index))
    return;
  ByteReader records(index);
  while (!records.empty()) {
    (void)records.varint32();
    std::optional<uint32_t> key = records.varint32();
    std::optional<uint32_t> length = records.varint32();
    if (!key || !length || !records.take(*key))
      return;
    std::optional<std::string_view> value = records.take(*length);
    if (!value)
      return;
    ByteReader handle(*value);
    (void)repairBlock(file, handle, ignored);
  }
}

} // namespace

GRAFT_FUZZ_TARGET(const uint8_t *data, size_t size) {
  static const fuzz::Folder folder;
  static const std::string shard =
      folder.write("v.data-00000-of-00001", std::string(4096, '\1'));
  std::string file(fuzz::view(data, size));
  repair(file);
  std::string prefix = folder.write("v.index", file);
  prefix.resize(prefix.size() - std::strlen(".index"));
  Expected<TensorBundle> bundle = TensorBundle::open(prefix);
  fuzz::requireGoodError(bundle.status());
  if (!bundle)
    return 0;
  for (const std::string &key : bundle->keys()) {
    fuzz::require(bundle->contains(key), "a key must be there");
    Expected<BundleTensor> tensor = bundle->read(key);
    fuzz::requireGoodError(tensor.status());
    if (tensor) {
      // Reads what is said to be there.
      volatile uint32_t sum = crc32c(tensor->bytes);
      (void)sum;
    }
    fuzz::requireGoodError(bundle->readStrings(key).status());
    TensorSlice slice;
    for (size_t d = 0; tensor && d < tensor->shape.size(); ++d) {
      slice.starts.push_back(0);
      slice.lengths.push_back(1);
    }
    fuzz::requireGoodError(bundle->readSlice(key, slice).status());
  }
  return 0;
}
