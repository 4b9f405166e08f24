//===- Npy.cpp - one NumPy array as a file --------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An .npy file is a magic, a version, the length of a header, the header, which
// is a Python dictionary with exactly three entries, and the elements.
//===----------------------------------------------------------------------===//
#include "support/ByteReader.h"
#include "support/CheckedMath.h"
#include "support/Npz.h"

#include <algorithm>
#include <cctype>
#include <numeric>

using namespace graft;

namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr size_t kMaxRank = 32; // NumPy's own limit before version 2

/// What the header's dictionary says.
struct Dictionary {
  std::string descr;
  bool fortranOrder = false;
  std::vector<int64_t> shape;
};

/// A parser of the three Python literals that a header may hold.
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : rest(text) {}

  bool parse(Dictionary &header) {
    bool descr = false, order = false, shape = false;
    if (!eat('{'))
      return false;
    while (!eat('}')) {
      std::string key;
      if (!string(key) || !eat(':'))
        return false;
      if (key == "descr" && !descr)
        descr = string(header.descr);
      else if (key == "fortran_order" && !order)
        order = boolean(header.fortranOrder);
      else if (key == "shape" && !shape)
        shape = tuple(header.shape);
      else
        return false;
      eat(',');
    }
    skipSpace();
    return descr && order && shape && rest.empty();
  }

private:
  void skipSpace() {
    while (!rest.empty() && std::isspace(static_cast<unsigned char>(rest[0])))
      rest.remove_prefix(1);
  }
  bool eat(char c) {
    skipSpace();
    if (rest.empty() || rest[0] != c)
      return false;
    rest.remove_prefix(1);
    return true;
  }
  bool word(std::string_view text) {
    skipSpace();
    if (rest.substr(0, text.size()) != text)
      return false;
    rest.remove_prefix(text.size());
    return true;
  }
  bool string(std::string &value) {
    skipSpace();
    if (rest.empty() || (rest[0] != '\'' && rest[0] != '"'))
      return false;
    size_t end = rest.find(rest[0], 1);
    if (end == std::string_view::npos)
      return false;
    value = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    return true;
  }
  bool boolean(bool &value) {
    value = word("True");
    return value || word("False");
  }
  bool integer(int64_t &value) {
    skipSpace();
    value = 0;
    size_t digits = 0;
    auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    for (; digits < rest.size() && isDigit(rest[digits]); ++digits)
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, rest[digits] - '0', &value))
        return false;
    rest.remove_prefix(digits);
    return digits > 0;
  }
  bool tuple(std::vector<int64_t> &values) {
    if (!eat('('))
      return false;
    while (!eat(')')) {
      int64_t value;
      if (values.size() == kMaxRank || !integer(value))
        return false;
      values.push_back(value);
      if (!eat(','))
        return eat(')');
    }
    return true;
  }

  std::string_view rest;
};

/// Bytes of an element of type `dtype` ("f4"), or 0 if it is not a number.
size_t elementSize(std::string_view dtype) {
  static constexpr std::string_view kTypes[] = {"f2", "f4", "f8", "i1", "i2",
                                                "i4", "i8", "u1", "u2", "u4",
                                                "u8", "b1", "V2"};
  if (std::find(std::begin(kTypes), std::end(kTypes), dtype) ==
      std::end(kTypes))
    return 0;
  return dtype[1] - '0';
}

/// Brings elements from column-major into row-major order.
std::string toRowMajor(std::string_view columnMajor,
                       const std::vector<int64_t> &shape, size_t size) {
  std::string result;
  result.reserve(columnMajor.size());
  std::vector<int64_t> index(shape.size(), 0);
  for (size_t n = columnMajor.size() / size; n > 0; --n) {
    size_t offset = 0;
    for (size_t d = shape.size(); d-- > 0;)
      offset = offset * shape[d] + index[d];
    result.append(columnMajor.substr(offset * size, size));
    for (size_t d = shape.size(); d-- > 0;) {
      if (++index[d] < shape[d])
        break;
      index[d] = 0;
    }
  }
  return result;
}

} // namespace

Expected<NpyHeader> graft::parseNpyHeader(std::string_view start,
                                          uint64_t fileSize) {
  ByteReader reader(start);
  auto magic = reader.take(kMagic.size());
  auto version = reader.take(2);
  if (!magic || *magic != kMagic || !version)
    return Status::badInput("expected a NumPy array, got other bytes");
  uint8_t major = (*version)[0];
  if (major < 1 || major > 3)
    return Status::badInput("expected format version 1 to 3, got " +
                            std::to_string(major));
  uint64_t length = 0;
  if (auto bytes = reader.take(major == 1 ? 2 : 4))
    for (size_t i = bytes->size(); i-- > 0;)
      length = length << 8 | static_cast<uint8_t>((*bytes)[i]);
  Dictionary entries;
  auto text = reader.take(length);
  if (!text || !HeaderParser(*text).parse(entries))
    return Status::badInput("the array's header is damaged");

  NpyHeader header;
  char order = entries.descr.empty() ? '?' : entries.descr[0];
  header.dtype =
      entries.descr.substr(std::min<size_t>(1, entries.descr.size()));
  size_t size = elementSize(header.dtype);
  if (!size || std::string_view("<>|=").find(order) == std::string_view::npos)
    return Status::badInput("expected an array of numbers, got type '" +
                            entries.descr + "'");
  header.shape = std::move(entries.shape);
  header.columnMajor = entries.fortranOrder;
  header.bigEndian = order == '>';
  header.offset = start.size() - reader.remaining().size();
  auto count = checkedElementCount(header.shape);
  auto bytes = count ? checkedMul<uint64_t>(*count, size) : std::nullopt;
  if (!bytes || header.offset > fileSize || *bytes != fileSize - header.offset)
    return Status::badInput("the array's shape does not fit its " +
                            std::to_string(fileSize - header.offset) +
                            " bytes of elements");
  header.bytes = *bytes;
  return header;
}

NpyArray graft::makeArray(const NpyHeader &header, std::string elements) {
  size_t size = elementSize(header.dtype);
  NpyArray array{header.dtype, header.shape, std::move(elements)};
  if (header.columnMajor)
    array.bytes = toRowMajor(array.bytes, array.shape, size);
  if (header.bigEndian)
    for (size_t i = 0; i < array.bytes.size(); i += size)
      std::reverse(array.bytes.begin() + i, array.bytes.begin() + i + size);
  return array;
}

Expected<NpyArray> graft::parseNpy(std::string_view file) {
  Expected<NpyHeader> header = parseNpyHeader(file, file.size());
  GRAFT_RETURN_IF_ERROR(header.status());
  return makeArray(*header, std::string(file.substr(header->offset)));
}

std::string graft::formatNpy(const NpyArray &array) {
  std::string header = "{'descr': '";
  header += elementSize(array.dtype) == 1 || array.dtype[0] == 'V' ? '|' : '<';
  header += array.dtype + "', 'fortran_order': False, 'shape': (";
  for (int64_t dim : array.shape)
    header += std::to_string(dim) + ", ";
  if (array.shape.size() > 1)
    header.resize(header.size() - 2);
  else if (!array.shape.empty())
    header.pop_back();
  header += "), }";
  // The elements start at a multiple of 64 bytes; the header ends in a newline.
  size_t prefix = kMagic.size() + 4;
  header.append(63 - (prefix + header.size()) % 64, ' ');
  header += '\n';
  std::string file(kMagic);
  file += '\x01';
  file += '\0';
  file += static_cast<char>(header.size() & 0xff);
  file += static_cast<char>(header.size() >> 8);
  return file + header + array.bytes;
}
