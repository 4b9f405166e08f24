//===- PlanContainer.cpp - the file around a plan's sections --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reader and writer side by side, over the same two structs.
//===----------------------------------------------------------------------===//
#include "runtime/core/PlanContainer.h"
#include "support/CheckedMath.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>

using namespace graft;
using namespace graft::runtime;

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "plans are written as they lie in memory");

namespace {

using Hash = std::array<unsigned char, 16>;

struct Header {
  unsigned char magic[8];
  uint16_t major;
  uint16_t minor;
  uint32_t sections;
  uint64_t length;
  Hash hash;
  unsigned char reserved[24];
};
static_assert(sizeof(Header) == 64);

struct Entry {
  uint32_t type;
  uint32_t alignment;
  uint64_t offset;
  uint64_t length;
  Hash hash;
  uint64_t reserved;
};
static_assert(sizeof(Entry) == 48);

enum SectionType : uint32_t { kMetadata = 1, kWeights = 2, kCode = 3 };

constexpr unsigned char kMagic[8] = {0x89, 'G',  'F',  'T',
                                     '\r', '\n', 0x1a, '\n'};
constexpr uint32_t kMaxSections = 16;
constexpr uint64_t kMaxAlignment = 4096;
/// The source of zeros between pieces.
constexpr char kZeros[kMaxAlignment] = {};

Hash toHash(XXH128_hash_t value) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, value);
  Hash hash;
  std::memcpy(hash.data(), canonical.digest, hash.size());
  return hash;
}

Hash hashOf(std::string_view bytes) {
  return toHash(XXH3_128bits(bytes.data(), bytes.size()));
}

std::string_view bytesOf(const void *data, size_t size) {
  return {static_cast<const char *>(data), size};
}

Hash hashOfHeader(Header header, const std::vector<Entry> &entries) {
  header.hash = {};
  std::string bytes(bytesOf(&header, sizeof(header)));
  bytes += bytesOf(entries.data(), entries.size() * sizeof(Entry));
  return hashOf(bytes);
}

Status damaged(std::string rule, std::string what) {
  return Status::badInput(std::move(rule) + ", got " + what);
}

Status checkHeader(const Header &header, uint64_t size) {
  if (std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0)
    return Status::badInput("the file must be an engine plan; its first bytes "
                            "are not a plan's, or were changed by a transfer "
                            "in text mode");
  if (header.major != kPlanMajor || header.minor > kPlanMinor)
    return damaged("the plan's format must be " + std::to_string(kPlanMajor) +
                       "." + std::to_string(kPlanMinor) +
                       ": build the plan again with this version of graft",
                   std::to_string(header.major) + "." +
                       std::to_string(header.minor));
  if (header.length != size)
    return damaged("the plan must be complete, " +
                       std::to_string(header.length) + " bytes",
                   std::to_string(size));
  if (header.sections > kMaxSections)
    return damaged("a plan must have at most " + std::to_string(kMaxSections) +
                       " sections",
                   std::to_string(header.sections));
  return Status();
}

Status checkEntry(const Entry &entry, uint64_t tableEnd, uint64_t size) {
  bool aligned = entry.alignment && entry.alignment <= kMaxAlignment &&
                 (entry.alignment & (entry.alignment - 1)) == 0 &&
                 entry.offset % entry.alignment == 0;
  // Sections are read in place.
  uint32_t least = entry.type == kMetadata ? 16 : kWeightAlignment;
  if (!aligned || entry.alignment < least)
    return damaged("a section must be aligned",
                   "offset " + std::to_string(entry.offset) +
                       " for an alignment of " +
                       std::to_string(entry.alignment));
  if (entry.offset < tableEnd || !extentFits(entry.offset, entry.length, size))
    return damaged("a section must lie inside of the file",
                   std::to_string(entry.length) + " bytes at " +
                       std::to_string(entry.offset) + " of " +
                       std::to_string(size));
  return Status();
}

} // namespace

bool graft::runtime::hasPlanMagic(std::string_view file) {
  return file.size() >= sizeof(kMagic) &&
         std::memcmp(file.data(), kMagic, sizeof(kMagic)) == 0;
}

Expected<PlanSections>
graft::runtime::readPlanContainer(std::string_view file) {
  Header header;
  if (file.size() < sizeof(header))
    return damaged("a plan must have at least " +
                       std::to_string(sizeof(header)) + " bytes",
                   std::to_string(file.size()));
  std::memcpy(&header, file.data(), sizeof(header));
  GRAFT_RETURN_IF_ERROR(checkHeader(header, file.size()));
  uint64_t tableEnd = sizeof(header) + header.sections * sizeof(Entry);
  if (tableEnd > file.size())
    return damaged("the table of sections must lie inside of the file",
                   std::to_string(header.sections) + " sections in " +
                       std::to_string(file.size()) + " bytes");
  std::vector<Entry> entries(header.sections);
  if (!entries.empty())
    std::memcpy(entries.data(), file.data() + sizeof(header),
                entries.size() * sizeof(Entry));
  if (hashOfHeader(header, entries) != header.hash)
    return Status::badInput("the plan is damaged: its header does not match "
                            "its hash");

  PlanSections sections;
  uint64_t end = tableEnd;
  for (const Entry &entry : entries) {
    // In the order of the file, so that no two overlap.
    GRAFT_RETURN_IF_ERROR(checkEntry(entry, end, file.size()));
    std::string_view gap = file.substr(end, entry.offset - end);
    if (gap.find_first_not_of('\0') != std::string_view::npos)
      return Status::badInput("the plan is damaged: bytes between its sections "
                              "are not zero");
    end = entry.offset + entry.length;
    std::string_view bytes = file.substr(entry.offset, entry.length);
    if (hashOf(bytes) != entry.hash)
      return Status::badInput("the plan is damaged: section " +
                              std::to_string(entry.type) +
                              " does not match its hash");
    std::string_view *known = entry.type == kMetadata  ? &sections.metadata
                              : entry.type == kWeights ? &sections.weights
                              : entry.type == kCode    ? &sections.code
                                                       : nullptr;
    if (!known || !known->empty())
      return damaged("sections must be one each of metadata, weights and code",
                     "type " + std::to_string(entry.type));
    *known = bytes;
  }
  if (end != file.size())
    return damaged("a plan must end with its last section",
                   std::to_string(file.size() - end) + " bytes more");
  return sections;
}

uint64_t PlanWriter::addWeight(std::string_view bytes) {
  uint64_t offset = *checkedAlignTo(weightBytes, alignment);
  weights.push_back(bytes);
  weightBytes = offset + bytes.size();
  return offset;
}

Status
PlanWriter::write(const std::function<Status(std::string_view)> &sink) const {
  auto padding = [](uint64_t at, uint64_t alignment) {
    return std::string_view(kZeros, (0 - at) & (alignment - 1));
  };
  // The weights with the zeros between them, piece by piece.
  auto forEachWeight = [&](auto &&fn) -> Status {
    uint64_t at = 0;
    for (std::string_view weight : weights) {
      std::string_view zeros = padding(at, alignment);
      GRAFT_RETURN_IF_ERROR(fn(zeros));
      GRAFT_RETURN_IF_ERROR(fn(weight));
      at += zeros.size() + weight.size();
    }
    return Status();
  };

  std::vector<Entry> entries;
  entries.push_back({kMetadata, 16, 0, metadata.size(), hashOf(metadata), 0});
  if (weightBytes) {
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_128bits_reset(&state);
    (void)forEachWeight([&](std::string_view piece) {
      XXH3_128bits_update(&state, piece.data(), piece.size());
      return Status();
    });
    entries.push_back({kWeights, kWeightAlignment, 0, weightBytes,
                       toHash(XXH3_128bits_digest(&state)), 0});
  }
  if (!code.empty())
    entries.push_back({kCode, 64, 0, code.size(), hashOf(code), 0});

  static_assert(sizeof(Header) + 3 * sizeof(Entry) <= kMaxMadePiece);
  uint64_t at = sizeof(Header) + entries.size() * sizeof(Entry);
  for (Entry &entry : entries) {
    entry.offset = *checkedAlignTo(at, uint64_t(entry.alignment));
    at = entry.offset + entry.length;
  }
  Header header = {};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.major = kPlanMajor;
  header.minor = kPlanMinor;
  header.sections = static_cast<uint32_t>(entries.size());
  header.length = at;
  header.hash = hashOfHeader(header, entries);

  GRAFT_RETURN_IF_ERROR(sink(bytesOf(&header, sizeof(header))));
  GRAFT_RETURN_IF_ERROR(
      sink(bytesOf(entries.data(), entries.size() * sizeof(Entry))));
  at = sizeof(Header) + entries.size() * sizeof(Entry);
  for (const Entry &entry : entries) {
    GRAFT_RETURN_IF_ERROR(sink(padding(at, entry.alignment)));
    if (entry.type == kWeights)
      GRAFT_RETURN_IF_ERROR(forEachWeight(sink));
    else
      GRAFT_RETURN_IF_ERROR(sink(entry.type == kMetadata ? metadata : code));
    at = entry.offset + entry.length;
  }
  return Status();
}
