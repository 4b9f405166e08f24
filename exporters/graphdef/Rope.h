//===- Rope.h - a message in pieces ---------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A protobuf message under construction: small pieces are copied, weights are
// borrowed. A message can be put into another because its size is known.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_EXPORTERS_GRAPHDEF_ROPE_H
#define GRAFT_EXPORTERS_GRAPHDEF_ROPE_H

#include "support/Status.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace graft {

class Rope {
public:
  uint64_t size() const { return total; }

  /// Adds a copy of the bytes.
  void append(llvm::StringRef bytes) {
    text.append(bytes.data(), bytes.size());
    total += bytes.size();
  }

  /// Adds bytes that outlive the rope.
  void borrow(llvm::StringRef bytes) {
    borrowed.push_back({text.size(), bytes});
    total += bytes.size();
  }

  /// Adds a varint.
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      byte(static_cast<char>(value | 0x80));
    byte(static_cast<char>(value));
  }

  /// Adds the tag and length of a field that holds `length` bytes, which the
  /// caller adds next.
  void header(uint32_t field, uint64_t length) {
    varint(field << 3 | 2);
    varint(length);
  }

  /// Adds a field that holds the bytes.
  void field(uint32_t number, llvm::StringRef bytes) {
    header(number, bytes.size());
    append(bytes);
  }

  /// Adds a field that holds the message.
  void field(uint32_t number, const Rope &message) {
    header(number, message.size());
    append(message);
  }

  void append(const Rope &other) {
    for (const Borrowed &piece : other.borrowed)
      borrowed.push_back({text.size() + piece.position, piece.bytes});
    text += other.text;
    total += other.total;
  }

  void clear() {
    text.clear();
    borrowed.clear();
    total = 0;
  }

  /// Hands the bytes to `sink`, piece by piece.
  Status write(llvm::function_ref<Status(llvm::StringRef)> sink) const {
    llvm::StringRef rest(text);
    size_t position = 0;
    for (const Borrowed &piece : borrowed) {
      if (piece.position > position)
        if (Status status = sink(rest.slice(position, piece.position)); !status)
          return status;
      position = piece.position;
      if (Status status = sink(piece.bytes); !status)
        return status;
    }
    return position < rest.size() ? sink(rest.drop_front(position)) : Status();
  }

  std::string str() const {
    std::string bytes;
    bytes.reserve(total);
    (void)write([&](llvm::StringRef piece) {
      bytes.append(piece.data(), piece.size());
      return Status();
    });
    return bytes;
  }

private:
  /// Bytes that come before `text[position]`.
  struct Borrowed {
    size_t position;
    llvm::StringRef bytes;
  };

  void byte(char value) {
    text.push_back(value);
    ++total;
  }

  std::string text;
  std::vector<Borrowed> borrowed;
  uint64_t total = 0;
};

} // namespace graft

#endif // GRAFT_EXPORTERS_GRAPHDEF_ROPE_H
