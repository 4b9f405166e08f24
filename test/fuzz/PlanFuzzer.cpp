//===- PlanFuzzer.cpp - any bytes as a plan -------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whoever can write a plan can write its hashes, so they are made right first.
//===----------------------------------------------------------------------===//
#include "Fuzz.h"
#include "test/unit/runtime/ExercisePlan.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

using namespace graft;

namespace {

// PlanContainer.h has the format.
constexpr size_t kHeader = 64, kEntry = 48;

template <typename T>
T readAt(const std::string &file, size_t offset) {
  T value;
  std::memcpy(&value, file.data() + offset, sizeof(T));
  return value;
}

void writeHash(std::string &file, size_t to, size_t offset, size_t size) {
  XXH128_canonical_t hash;
  XXH128_canonicalFromHash(&hash, XXH3_128bits(file.data() + offset, size));
  std::memcpy(file.data() + to, hash.digest, sizeof(hash.digest));
}

void repair(std::string &file) {
  if (file.size() < kHeader)
    return;
  uint64_t length = file.size();
  std::memcpy(file.data() + 16, &length, sizeof(length));
  uint32_t sections = readAt<uint32_t>(file, 12);
  if (sections > (file.size() - kHeader) / kEntry)
    return;
  for (uint32_t i = 0; i < sections; ++i) {
    size_t entry = kHeader + i * kEntry;
    uint64_t offset = readAt<uint64_t>(file, entry + 8);
    uint64_t size = readAt<uint64_t>(file, entry + 16);
    if (offset <= file.size() && size <= file.size() - offset)
      writeHash(file, entry + 24, offset, size);
  }
  std::memset(file.data() + 24, 0, 16);
  writeHash(file, 24, 0, kHeader + sections * kEntry);
}

} // namespace

GRAFT_FUZZ_TARGET(const uint8_t *data, size_t size) {
  std::string file(fuzz::view(data, size));
  repair(file);
  (void)runtime::test::exercise(file);
  return 0;
}
