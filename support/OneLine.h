//===- OneLine.h - text from a file, for a line of a message --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Errors quote names that files and users give, and those may hold anything: a
// line break, what a terminal takes for a command, a megabyte.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_SUPPORT_ONELINE_H
#define GRAFT_SUPPORT_ONELINE_H

#include <cstddef>
#include <string>

namespace graft {

/// The message with control characters escaped, as in "\0A", and without its
/// middle if it is very long. For whoever shows a Status to someone.
inline std::string oneLine(std::string message) {
  constexpr size_t most = 2000;
  if (message.size() > most)
    message.replace(most / 2, message.size() - most, " ... ");
  std::string line;
  line.reserve(message.size());
  for (char c : message) {
    unsigned char code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7f) {
      constexpr const char *digits = "0123456789ABCDEF";
      line += {'\\', digits[code >> 4], digits[code & 15]};
    } else {
      line += c;
    }
  }
  return line;
}

} // namespace graft

#endif // GRAFT_SUPPORT_ONELINE_H
