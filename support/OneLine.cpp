//===- OneLine.cpp - text from a file, for a line of a message ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/OneLine.h"

#include <cstdint>

using namespace graft;

/// Bytes of the character of UTF-8 that the text begins with; 0 where there is
/// none, or one that controls a terminal.
static size_t printableLength(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  if (byte(0) < 0x80)
    return byte(0) >= 0x20 && byte(0) != 0x7f;
  size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < length)
    return 0;
  uint32_t character = byte(0) & (0x7f >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80)
      return 0;
    character = character << 6 | (byte(i) & 0x3f);
  }
  constexpr uint32_t smallest[] = {0, 0, 0xa0, 0x800, 0x10000};
  bool isSurrogate = character >= 0xd800 && character < 0xe000;
  return character < smallest[length] || isSurrogate || character > 0x10ffff
             ? 0
             : length;
}

static void escape(std::string_view text, std::string &line) {
  constexpr const char *digits = "0123456789ABCDEF";
  while (!text.empty()) {
    size_t length = printableLength(text);
    if (length == 0) {
      auto code = static_cast<uint8_t>(text[0]);
      line += {'\\', digits[code >> 4], digits[code & 15]};
      length = 1;
    } else {
      line += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
}

std::string graft::oneLine(std::string_view message) {
  constexpr size_t most = 560;
  constexpr std::string_view gap = " ... ";
  std::string line;
  // An escape has three bytes, so that a third of them always fits.
  if (message.size() <= 4 * most) {
    escape(message, line);
  } else {
    escape(message.substr(0, 2 * most), line);
    escape(message.substr(message.size() - 2 * most), line);
  }
  if (line.size() <= most)
    return line;
  auto isInside = [&](size_t at) { return (line[at] & 0xc0) == 0x80; };
  size_t head = (most - gap.size()) / 2, tail = line.size() - head;
  while (head > 0 && isInside(head))
    --head;
  while (tail < line.size() && isInside(tail))
    ++tail;
  return line.substr(0, head) + std::string(gap) + line.substr(tail);
}
