//===- ByteReader.h - Little-endian reads that check their bounds ---------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A cursor over bytes from a file. A read past the end answers nothing and
// moves nothing.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_SUPPORT_BYTEREADER_H
#define GRAFT_SUPPORT_BYTEREADER_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace graft {

class ByteReader {
public:
  explicit ByteReader(std::string_view bytes) : rest(bytes) {}

  bool empty() const { return rest.empty(); }
  std::string_view remaining() const { return rest; }

  std::optional<std::string_view> take(uint64_t count) {
    if (count > rest.size())
      return std::nullopt;
    std::string_view taken = rest.substr(0, count);
    rest.remove_prefix(count);
    return taken;
  }

  std::optional<uint32_t> fixed32() {
    std::optional<uint64_t> value = fixed(4);
    if (!value)
      return std::nullopt;
    return static_cast<uint32_t>(*value);
  }

  std::optional<uint64_t> fixed64() { return fixed(8); }

  /// Base-128, least significant group first, as protobuf and LevelDB write it.
  /// Nothing if it is cut off or does not fit in 64 bits.
  std::optional<uint64_t> varint64() {
    uint64_t value = 0;
    for (size_t i = 0; i < rest.size() && i < 10; ++i) {
      uint64_t group = static_cast<uint8_t>(rest[i]);
      if (i == 9 && group > 1)
        return std::nullopt;
      value |= (group & 0x7f) << (7 * i);
      if (group < 0x80) {
        rest.remove_prefix(i + 1);
        return value;
      }
    }
    return std::nullopt;
  }

  /// The same; nothing if it does not fit in 32 bits.
  std::optional<uint32_t> varint32() {
    ByteReader ahead = *this;
    std::optional<uint64_t> value = ahead.varint64();
    if (!value || *value > UINT32_MAX)
      return std::nullopt;
    *this = ahead;
    return static_cast<uint32_t>(*value);
  }

private:
  std::optional<uint64_t> fixed(unsigned size) {
    std::optional<std::string_view> bytes = take(size);
    if (!bytes)
      return std::nullopt;
    uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i)
      value |= uint64_t(static_cast<uint8_t>((*bytes)[i])) << (8 * i);
    return value;
  }

  std::string_view rest;
};

} // namespace graft

#endif // GRAFT_SUPPORT_BYTEREADER_H
