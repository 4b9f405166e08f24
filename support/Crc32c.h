//===- Crc32c.h - The Castagnoli checksum ---------------------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CRC-32C (reflected polynomial 0x82F63B78) as TensorFlow's checkpoints use it,
// with the mask that LevelDB puts over a checksum stored beside its data.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_SUPPORT_CRC32C_H
#define GRAFT_SUPPORT_CRC32C_H

#include <cstdint>
#include <string_view>

namespace graft {

/// The checksum of the bytes that gave `crc` followed by `bytes`. Uses the
/// processor's instruction where there is one.
uint32_t crc32c(std::string_view bytes, uint32_t crc = 0);

/// The same in portable C++; public so that tests can compare the two.
uint32_t crc32cPortable(std::string_view bytes, uint32_t crc = 0);

/// A stored checksum is masked, because the checksum of data that contains its
/// own checksum says little.
inline uint32_t maskCrc32c(uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}
inline uint32_t unmaskCrc32c(uint32_t masked) {
  uint32_t rotated = masked - 0xa282ead8u;
  return (rotated >> 17) | (rotated << 15);
}

} // namespace graft

#endif // GRAFT_SUPPORT_CRC32C_H
