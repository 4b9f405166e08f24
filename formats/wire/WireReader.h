//===- WireReader.h - a walk over protobuf's wire format ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds the fields of a message without parsing or copying them. Groups, which
// only unknown fields could use, are skipped without recursion.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_FORMATS_WIRE_WIREREADER_H
#define GRAFT_FORMATS_WIRE_WIREREADER_H

#include "support/ByteReader.h"

namespace graft {

/// One field: its number, its bytes with the tag, and what it holds when it is
/// length-delimited.
struct WireField {
  uint32_t number = 0;
  bool isBytes = false;
  std::string_view whole;
  std::string_view bytes;
};

class WireReader {
public:
  explicit WireReader(std::string_view message)
      : begin(message.data()), size(message.size()), reader(message) {}

  /// The next field; false at the end or where the message is damaged.
  bool next(WireField &field) {
    if (reader.empty() || bad)
      return false;
    const char *start = position();
    ByteReader before = reader;
    bad = !skipField(field);
    if (bad)
      reader = before;
    field.whole = std::string_view(start, size_t(position() - start));
    return !bad;
  }

  /// True if the walk ended at damage.
  bool damaged() const { return bad; }
  /// Where the reader stands: behind the last good field.
  size_t offset() const { return size - reader.remaining().size(); }

private:
  const char *position() const { return begin + offset(); }

  bool skipField(WireField &field) {
    unsigned depth = 0;
    do {
      std::optional<uint32_t> tag = reader.varint32();
      if (!tag || (*tag >> 3) == 0)
        return false;
      if (depth == 0) {
        field.number = *tag >> 3;
        field.isBytes = (*tag & 7) == 2;
        field.bytes = {};
      }
      switch (*tag & 7) {
      case 0:
        if (!reader.varint64())
          return false;
        break;
      case 1:
        if (!reader.take(8))
          return false;
        break;
      case 2: {
        std::optional<uint64_t> length = reader.varint64();
        if (!length)
          return false;
        std::optional<std::string_view> taken = reader.take(*length);
        if (!taken)
          return false;
        if (depth == 0)
          field.bytes = *taken;
        break;
      }
      case 3:
        ++depth;
        break;
      case 4:
        if (depth == 0)
          return false;
        --depth;
        break;
      case 5:
        if (!reader.take(4))
          return false;
        break;
      default:
        return false;
      }
    } while (depth > 0);
    return true;
  }

  const char *begin;
  size_t size;
  ByteReader reader;
  bool bad = false;
};

} // namespace graft

#endif // GRAFT_FORMATS_WIRE_WIREREADER_H
