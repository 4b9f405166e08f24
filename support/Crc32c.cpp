//===- Crc32c.cpp - The Castagnoli checksum -------------------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Eight bytes a step: with SSE4.2's instruction, else with eight tables.
//
//===----------------------------------------------------------------------===//

#include "support/Crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

using namespace graft;

using Tables = std::array<std::array<uint32_t, 256>, 8>;

/// tables[k][b] is the effect of byte b followed by k zero bytes.
static constexpr Tables makeTables() {
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1) ^ ((crc & 1) ? 0x82f63b78u : 0u);
    tables[0][byte] = crc;
  }
  for (size_t k = 1; k < 8; ++k)
    for (size_t byte = 0; byte < 256; ++byte) {
      uint32_t previous = tables[k - 1][byte];
      tables[k][byte] = (previous >> 8) ^ tables[0][previous & 0xff];
    }
  return tables;
}

static constexpr Tables tables = makeTables();

static uint64_t loadLittle64(const char *data) {
  uint64_t word;
  std::memcpy(&word, data, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2")))
uint32_t crc32cHardware(std::string_view bytes, uint32_t crc) {
  uint64_t state = ~crc;
  const char *data = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; data += 8, left -= 8)
    state = _mm_crc32_u64(state, loadLittle64(data));
  uint32_t narrow = static_cast<uint32_t>(state);
  for (; left > 0; ++data, --left)
    narrow = _mm_crc32_u8(narrow, static_cast<uint8_t>(*data));
  return ~narrow;
}
#endif

uint32_t graft::crc32cPortable(std::string_view bytes, uint32_t crc) {
  uint32_t state = ~crc;
  const char *data = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; data += 8, left -= 8) {
    uint64_t word = loadLittle64(data) ^ state;
    state = 0;
    for (size_t k = 0; k < 8; ++k)
      state ^= tables[7 - k][(word >> (8 * k)) & 0xff];
  }
  for (; left > 0; ++data, --left)
    state =
        (state >> 8) ^ tables[0][(state ^ static_cast<uint8_t>(*data)) & 0xff];
  return ~state;
}

uint32_t graft::crc32c(std::string_view bytes, uint32_t crc) {
#if defined(__x86_64__)
  static const bool hasInstruction = __builtin_cpu_supports("sse4.2");
  if (hasInstruction)
    return crc32cHardware(bytes, crc);
#endif
  return crc32cPortable(bytes, crc);
}
