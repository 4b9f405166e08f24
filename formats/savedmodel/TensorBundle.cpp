//===- TensorBundle.cpp - The tensors of a checkpoint ---------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every record of the index is checked before its shard is touched: type,
// shape, size against shape, extent against shard, then the checksum of the
// bytes.
//
//===----------------------------------------------------------------------===//

#include "formats/savedmodel/TensorBundle.h"

#include "formats/savedmodel/SortedTable.h"
#include "proto/checkpoint.pb.h"
#include "support/ByteReader.h"
#include "support/CheckedMath.h"
#include "support/Crc32c.h"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cstdio>

using namespace graft;

/// The version of the format that is read here.
static constexpr int bundleVersion = 1;

int64_t graft::dataTypeSize(int dtype) {
  switch (dtype) {
  case tensorflow::DT_BOOL:
  case tensorflow::DT_INT8:
  case tensorflow::DT_UINT8:
  case tensorflow::DT_QINT8:
  case tensorflow::DT_QUINT8:
  case tensorflow::DT_FLOAT8_E5M2:
  case tensorflow::DT_FLOAT8_E4M3FN:
  case tensorflow::DT_FLOAT8_E4M3FNUZ:
  case tensorflow::DT_FLOAT8_E4M3B11FNUZ:
  case tensorflow::DT_FLOAT8_E5M2FNUZ:
  // Types below a byte are not packed.
  case tensorflow::DT_INT4:
  case tensorflow::DT_UINT4:
  case tensorflow::DT_INT2:
  case tensorflow::DT_UINT2:
  case tensorflow::DT_FLOAT4_E2M1FN:
    return 1;
  case tensorflow::DT_HALF:
  case tensorflow::DT_BFLOAT16:
  case tensorflow::DT_INT16:
  case tensorflow::DT_UINT16:
  case tensorflow::DT_QINT16:
  case tensorflow::DT_QUINT16:
    return 2;
  case tensorflow::DT_FLOAT:
  case tensorflow::DT_INT32:
  case tensorflow::DT_UINT32:
  case tensorflow::DT_QINT32:
    return 4;
  case tensorflow::DT_DOUBLE:
  case tensorflow::DT_INT64:
  case tensorflow::DT_UINT64:
  case tensorflow::DT_COMPLEX64:
    return 8;
  case tensorflow::DT_COMPLEX128:
    return 16;
  default:
    return 0;
  }
}

namespace {

/// A checked record of the index.
struct Entry {
  int dtype;
  std::vector<int64_t> shape;
  int shard;
  uint64_t offset;
  uint64_t size;
  uint32_t maskedChecksum;
  bool isSliced;
};

} // namespace

struct TensorBundle::State {
  std::string prefix;
  std::string indexPath;
  int shardCount = 0;
  std::map<std::string, Entry, std::less<>> entries;
  std::map<int, std::shared_ptr<const MappedFile>> shards;

  Status bad(std::string_view key, const std::string &what) const {
    return Status::badInput("'" + indexPath + "': tensor '" + std::string(key) +
                            "' " + what);
  }

  Status readHeader(std::string_view value);
  Status addEntry(const std::string &key, std::string_view value);
  Expected<const Entry *> find(std::string_view key) const;
  Expected<std::shared_ptr<const MappedFile>> shard(int id);
  /// The stored bytes of an entry; their checksum is not yet verified.
  Expected<BundleTensor> extent(std::string_view key, const Entry &entry);
  Expected<BundleTensor> read(std::string_view key, const Entry &entry);
};

Status TensorBundle::State::readHeader(std::string_view value) {
  tensorflow::BundleHeaderProto header;
  if (!header.ParseFromArray(value.data(), value.size()))
    return Status::badInput("'" + indexPath + "' is damaged: its header does " +
                            "not parse; restore the file");
  if (header.endianness() != tensorflow::BundleHeaderProto::LITTLE)
    return Status::badInput("'" + indexPath + "' was written on a big-endian " +
                            "machine; save the model on a little-endian one");
  if (header.version().min_consumer() > bundleVersion)
    return Status::badInput("'" + indexPath + "' needs a reader of version " +
                            std::to_string(header.version().min_consumer()) +
                            ", this is " + std::to_string(bundleVersion) +
                            "; save the model with an older " + "TensorFlow");
  if (header.num_shards() < 1)
    return Status::badInput("'" + indexPath + "' is damaged: it must have at " +
                            "least one shard, got " +
                            std::to_string(header.num_shards()));
  shardCount = header.num_shards();
  return {};
}

Status TensorBundle::State::addEntry(const std::string &key,
                                     std::string_view value) {
  tensorflow::BundleEntryProto proto;
  if (!proto.ParseFromArray(value.data(), value.size()))
    return bad(key, "has a record that does not parse; restore the file");
  if (proto.shape().unknown_rank())
    return bad(key, "must have a known rank; restore the file");
  Entry entry{proto.dtype(),
              {},
              proto.shard_id(),
              static_cast<uint64_t>(proto.offset()),
              static_cast<uint64_t>(proto.size()),
              proto.crc32c(),
              proto.slices_size() != 0};
  for (const auto &dim : proto.shape().dim())
    entry.shape.push_back(dim.size());
  std::optional<int64_t> count = checkedElementCount(entry.shape);
  if (!count)
    return bad(key, "has a dimension that is negative, or too many elements; "
                    "restore the file");
  if (!entry.isSliced) {
    if (proto.shard_id() < 0 || proto.shard_id() >= shardCount)
      return bad(key, "must lie in one of " + std::to_string(shardCount) +
                          " shards, got shard " +
                          std::to_string(proto.shard_id()));
    if (proto.offset() < 0 || proto.size() < 0)
      return bad(key, "has a negative offset or size; restore the file");
    // The size of a string or variant tensor does not follow from its shape.
    if (int64_t elementSize = dataTypeSize(proto.dtype())) {
      std::optional<int64_t> size = checkedMul(*count, elementSize);
      if (size != proto.size())
        return bad(key, "must have " +
                            (size ? std::to_string(*size) : "fewer") +
                            " bytes, got " + std::to_string(proto.size()));
    }
  }
  entries.emplace(key, std::move(entry));
  return {};
}

Expected<const Entry *> TensorBundle::State::find(std::string_view key) const {
  auto found = entries.find(key);
  if (found == entries.end())
    return bad(key, "is not there; the checkpoint belongs to another graph");
  return &found->second;
}

Expected<std::shared_ptr<const MappedFile>> TensorBundle::State::shard(int id) {
  std::shared_ptr<const MappedFile> &slot = shards[id];
  if (!slot) {
    char suffix[32];
    std::snprintf(suffix, sizeof(suffix), ".data-%05d-of-%05d", id, shardCount);
    Expected<MappedFile> file = MappedFile::open(prefix + suffix);
    if (!file)
      return file.status();
    slot = std::make_shared<const MappedFile>(*std::move(file));
  }
  return slot;
}

Expected<BundleTensor> TensorBundle::State::extent(std::string_view key,
                                                   const Entry &entry) {
  Expected<std::shared_ptr<const MappedFile>> file = shard(entry.shard);
  if (!file)
    return file.status();
  std::string_view bytes = (*file)->bytes();
  if (!extentFits(entry.offset, entry.size, bytes.size()))
    return bad(key, "ends at byte " + std::to_string(entry.offset) + " + " +
                        std::to_string(entry.size) + " of '" + (*file)->path() +
                        "', which has " + std::to_string(bytes.size()) +
                        "; restore the file");
  return BundleTensor{entry.dtype, entry.shape,
                      bytes.substr(entry.offset, entry.size), *file};
}

Expected<BundleTensor> TensorBundle::State::read(std::string_view key,
                                                 const Entry &entry) {
  if (entry.isSliced)
    return bad(key, "is stored in parts, and is wanted whole; save the model "
                    "without partitioned variables");
  if (dataTypeSize(entry.dtype) == 0)
    return bad(key, "has elements of DataType " + std::to_string(entry.dtype) +
                        ", which have no fixed size");
  Expected<BundleTensor> tensor = extent(key, entry);
  if (tensor && unmaskCrc32c(entry.maskedChecksum) != crc32c(tensor->bytes))
    return bad(key, "does not match its checksum: '" + tensor->file->path() +
                        "' is damaged; restore the file");
  return tensor;
}

//===----------------------------------------------------------------------===//
// TensorBundle
//===----------------------------------------------------------------------===//

TensorBundle::TensorBundle(std::unique_ptr<State> state)
    : state(std::move(state)) {}
TensorBundle::TensorBundle(TensorBundle &&) = default;
TensorBundle &TensorBundle::operator=(TensorBundle &&) = default;
TensorBundle::~TensorBundle() = default;

Expected<TensorBundle> TensorBundle::open(const std::string &prefix) {
  // Protobuf would write to stderr what the status says anyway.
  google::protobuf::LogSilencer silencer;
  auto state = std::make_unique<State>();
  state->prefix = prefix;
  state->indexPath = prefix + ".index";
  Expected<MappedFile> index = MappedFile::open(state->indexPath);
  if (!index)
    return index.status();
  Expected<std::vector<TableRecord>> records =
      readSortedTable(index->bytes(), state->indexPath);
  if (!records)
    return records.status();
  // The header's key is empty, and so comes first.
  if (records->empty() || !records->front().key.empty())
    return Status::badInput("'" + state->indexPath +
                            "' is damaged: it has no header; restore the file");
  if (Status status = state->readHeader(records->front().value); !status)
    return status;
  for (size_t i = 1; i < records->size(); ++i)
    if (Status status = state->addEntry((*records)[i].key, (*records)[i].value);
        !status)
      return status;
  return TensorBundle(std::move(state));
}

bool TensorBundle::contains(std::string_view key) const {
  return state->entries.find(key) != state->entries.end();
}

bool TensorBundle::holdsStrings(std::string_view key) const {
  auto entry = state->entries.find(key);
  return entry != state->entries.end() &&
         entry->second.dtype == tensorflow::DT_STRING &&
         !entry->second.isSliced;
}

std::vector<std::string> TensorBundle::keys() const {
  std::vector<std::string> keys;
  for (const auto &[key, entry] : state->entries)
    if (key.front() != '\0') // the keys of parts start with a zero
      keys.push_back(key);
  return keys;
}

const std::string &TensorBundle::indexPath() const { return state->indexPath; }

Expected<BundleTensor> TensorBundle::read(std::string_view key) {
  Expected<const Entry *> entry = state->find(key);
  if (!entry)
    return entry.status();
  return state->read(key, **entry);
}

/// The key under which a part of a tensor is stored: an encoding of name, rank
/// and extents that sorts as they do.
static std::string partKey(std::string_view name, const TensorSlice &slice) {
  std::string key;
  // An unsigned number: its length, then its bytes, most significant first.
  auto putUnsigned = [&](uint64_t value) {
    std::string bytes;
    for (; value; value >>= 8)
      bytes.insert(bytes.begin(), static_cast<char>(value));
    key += static_cast<char>(bytes.size());
    key += bytes;
  };
  // A number that is not negative: as few bytes as hold it, most significant
  // first, the first of which tells the length by its leading ones.
  auto putSigned = [&](uint64_t value) {
    unsigned length = 1;
    while (length < 10 && value >> std::min(63u, 7 * length - 1) != 0)
      ++length;
    std::string bytes(length, '\0');
    for (unsigned i = 0; i < length && i < 8; ++i)
      bytes[length - 1 - i] = static_cast<char>(value >> (8 * i));
    for (unsigned bit = 0; bit < length; ++bit)
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] | (0x80 >> (bit % 8)));
    key += bytes;
  };
  putUnsigned(0);
  for (char c : name) {
    key += c;
    if (c == '\0')
      key += '\xff';
    else if (c == '\xff')
      key += '\0';
  }
  key += std::string_view("\0\x01", 2);
  putUnsigned(slice.starts.size());
  for (size_t dim = 0; dim < slice.starts.size(); ++dim) {
    putSigned(slice.starts[dim]);
    putSigned(slice.lengths[dim]);
  }
  return key;
}

Expected<BundleTensor> TensorBundle::readSlice(std::string_view key,
                                               const TensorSlice &slice) {
  Expected<const Entry *> found = state->find(key);
  if (!found)
    return found.status();
  const Entry &entry = **found;
  size_t rank = entry.shape.size();
  bool inside = slice.starts.size() == rank && slice.lengths.size() == rank;
  for (size_t dim = 0; inside && dim < rank; ++dim)
    inside =
        slice.starts[dim] >= 0 && slice.lengths[dim] >= 0 &&
        extentFits(slice.starts[dim], slice.lengths[dim], entry.shape[dim]);
  if (!inside)
    return state->bad(key, "does not contain the part that the graph wants; "
                           "the checkpoint belongs to another graph");

  if (entry.isSliced) {
    auto part = state->entries.find(partKey(key, slice));
    if (part == state->entries.end() || part->second.isSliced ||
        part->second.shape != slice.lengths)
      return state->bad(key, "is stored in other parts than the graph wants; "
                             "save the model without partitioned variables");
    return state->read(key, part->second);
  }

  // One stretch: after the first dimension in which more than one element is
  // taken, the dimensions must be taken whole.
  size_t dim = 0;
  while (dim < rank && slice.lengths[dim] == 1)
    ++dim;
  for (size_t after = dim + 1; after < rank; ++after)
    if (slice.lengths[after] != entry.shape[after])
      return state->bad(key, "is wanted in a part that is not one stretch of "
                             "it; save the model without partitioned "
                             "variables");
  Expected<BundleTensor> whole = state->read(key, entry);
  if (!whole)
    return whole;
  // Products of lengths inside the shape: read() has shown that they fit.
  uint64_t start = 0, size = dataTypeSize(entry.dtype);
  for (size_t i = 0; i < rank; ++i) {
    start = start * entry.shape[i] + slice.starts[i];
    size *= slice.lengths[i];
  }
  start = size == 0 ? 0 : start * dataTypeSize(entry.dtype);
  whole->bytes = whole->bytes.substr(start, size);
  whole->shape = slice.lengths;
  return whole;
}

Expected<BundleStrings> TensorBundle::readStrings(std::string_view key) {
  Expected<const Entry *> found = state->find(key);
  if (!found)
    return found.status();
  const Entry &entry = **found;
  if (!holdsStrings(key))
    return state->bad(key, "must be a tensor of strings, stored whole");
  Expected<BundleTensor> tensor = state->extent(key, entry);
  if (!tensor)
    return tensor.status();
  auto damaged = [&](const char *what) {
    return state->bad(key, std::string(what) + ": '" + tensor->file->path() +
                               "' is damaged; restore the file");
  };

  // All lengths as varints, their checksum, then all characters. Checksums see
  // a length as four bytes (eight, where four are too few). A string takes at
  // least a byte, so a damaged shape cannot make this allocate much.
  std::optional<int64_t> count = checkedElementCount(entry.shape);
  if (!count || static_cast<uint64_t>(*count) > entry.size)
    return damaged("has more elements than bytes");
  ByteReader reader(tensor->bytes);
  std::vector<uint64_t> lengths(*count);
  uint32_t checksum = 0;
  for (uint64_t &length : lengths) {
    std::optional<uint64_t> value = reader.varint64();
    if (!value)
      return damaged("has a length that does not parse");
    length = *value;
    char bytes[8];
    for (int i = 0; i < 8; ++i)
      bytes[i] = static_cast<char>(length >> (8 * i));
    size_t width = length <= UINT32_MAX ? 4 : 8;
    checksum = crc32c({bytes, width}, checksum);
  }
  std::optional<std::string_view> stored = reader.take(4);
  if (!stored || ByteReader(*stored).fixed32() != maskCrc32c(checksum))
    return damaged("has lengths that do not match their checksum");
  checksum = crc32c(*stored, checksum);
  checksum = crc32c(reader.remaining(), checksum);
  if (unmaskCrc32c(entry.maskedChecksum) != checksum)
    return damaged("does not match its checksum");
  BundleStrings strings{entry.shape, {}};
  strings.elements.reserve(lengths.size());
  for (uint64_t length : lengths) {
    std::optional<std::string_view> string = reader.take(length);
    if (!string)
      return damaged("has a string that runs over its end");
    strings.elements.push_back(*string);
  }
  if (!reader.empty())
    return damaged("has bytes after its last string");
  return strings;
}
