//===- Serialize.cpp - the bytes of a message, always the same ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// protobuf writes in C++'s order; for Python's, the entries of each map are
// rearranged in place, which changes no length. The recursion follows the
// nesting of messages, which the parser bounds at 100.
//===----------------------------------------------------------------------===//
#include "dialects/graph/codec/Serialize.h"

#include "support/ByteReader.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <vector>

using namespace graft;
using namespace graft::graph;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

bool graph::comesBefore(std::string_view a, std::string_view b,
                        MapOrder order) {
  size_t common = std::min(a.size(), b.size());
  if (int difference = a.substr(0, common).compare(b.substr(0, common)))
    return difference < 0;
  return order == MapOrder::Cpp ? a.size() < b.size() : a.size() > b.size();
}

namespace {
/// One field of a serialized message.
struct Field {
  const FieldDescriptor *descriptor = nullptr; // null: unknown
  std::string_view whole, bytes;
};

/// An entry of a map, copied.
struct Entry {
  std::string bytes;
  std::string text;
  int64_t number = 0;
};
} // namespace

/// Reads the next field of a message that protobuf has just written.
static bool next(ByteReader &reader, const Descriptor *type, Field &field) {
  std::string_view before = reader.remaining();
  std::optional<uint32_t> tag = reader.varint32();
  if (!tag)
    return false;
  field.descriptor = type->FindFieldByNumber(*tag >> 3);
  field.bytes = {};
  switch (*tag & 7) {
  case 0:
    reader.varint64();
    break;
  case 1:
    reader.take(8);
    break;
  case 2:
    if (std::optional<uint64_t> length = reader.varint64())
      field.bytes = reader.take(*length).value_or(std::string_view());
    break;
  case 5:
    reader.take(4);
    break;
  default:
    // A group can only be an unknown field, and those come last.
    return false;
  }
  field.whole = before.substr(0, before.size() - reader.remaining().size());
  return true;
}

static Entry readEntry(const Field &field) {
  Entry entry;
  entry.bytes = field.whole;
  const FieldDescriptor *key = field.descriptor->message_type()->map_key();
  ByteReader reader(field.bytes);
  reader.varint32(); // the key's tag
  switch (key->type()) {
  case FieldDescriptor::TYPE_STRING:
    if (std::optional<uint64_t> length = reader.varint64())
      entry.text = reader.take(*length).value_or(std::string_view());
    break;
  case FieldDescriptor::TYPE_FIXED64:
  case FieldDescriptor::TYPE_SFIXED64:
    entry.number = reader.fixed64().value_or(0);
    break;
  case FieldDescriptor::TYPE_FIXED32:
  case FieldDescriptor::TYPE_SFIXED32:
    entry.number = reader.fixed32().value_or(0);
    break;
  default:
    entry.number = reader.varint64().value_or(0);
    break;
  }
  return entry;
}

/// True if an entry of the map `field` comes before another.
static bool entryBefore(const Entry &a, const Entry &b,
                        const FieldDescriptor *field, MapOrder order) {
  const FieldDescriptor *key = field->message_type()->map_key();
  if (key->type() == FieldDescriptor::TYPE_STRING)
    return graph::comesBefore(a.text, b.text, order);
  const Entry &less = order == MapOrder::Cpp ? a : b;
  const Entry &greater = order == MapOrder::Cpp ? b : a;
  if (key->cpp_type() == FieldDescriptor::CPPTYPE_UINT32 ||
      key->cpp_type() == FieldDescriptor::CPPTYPE_UINT64)
    return static_cast<uint64_t>(less.number) <
           static_cast<uint64_t>(greater.number);
  return less.number < greater.number;
}

/// Puts the entries of one map, which begin at `begin`, into Python's order.
static void sortEntries(char *begin, const std::vector<Field> &fields) {
  std::vector<Entry> entries;
  for (const Field &field : fields)
    entries.push_back(readEntry(field));
  std::sort(
      entries.begin(), entries.end(), [&](const Entry &a, const Entry &b) {
        return entryBefore(a, b, fields.front().descriptor, MapOrder::Python);
      });
  for (const Entry &entry : entries)
    begin = std::copy(entry.bytes.begin(), entry.bytes.end(), begin);
}

/// Puts every map of the message into Python's order.
static void sortMaps(const Descriptor *type, char *begin, size_t size) {
  ByteReader reader({begin, size});
  std::vector<Field> run;
  auto flush = [&] {
    if (run.size() > 1)
      sortEntries(const_cast<char *>(run.front().whole.data()), run);
    run.clear();
  };
  Field field;
  while (next(reader, type, field)) {
    if (!run.empty() && field.descriptor != run.front().descriptor)
      flush();
    if (!field.descriptor ||
        field.descriptor->type() != FieldDescriptor::TYPE_MESSAGE)
      continue;
    sortMaps(field.descriptor->message_type(),
             const_cast<char *>(field.bytes.data()), field.bytes.size());
    if (field.descriptor->is_map())
      run.push_back(field);
  }
  flush();
}

void graph::noteOrder(const Descriptor *type, std::string_view bytes,
                      PossibleOrders &orders) {
  ByteReader reader(bytes);
  Field field;
  const FieldDescriptor *lastField = nullptr;
  Entry last;
  while (next(reader, type, field)) {
    if (field.descriptor &&
        field.descriptor->type() == FieldDescriptor::TYPE_MESSAGE)
      noteOrder(field.descriptor->message_type(), field.bytes, orders);
    if (!field.descriptor || !field.descriptor->is_map()) {
      lastField = nullptr;
      continue;
    }
    Entry entry = readEntry(field);
    if (lastField == field.descriptor) {
      orders.python &= entryBefore(last, entry, lastField, MapOrder::Python);
      orders.cpp &= entryBefore(last, entry, lastField, MapOrder::Cpp);
    }
    lastField = field.descriptor;
    last = std::move(entry);
  }
}

std::string graph::serialize(const google::protobuf::Message &message,
                             MapOrder order) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  if (order == MapOrder::Python)
    sortMaps(message.GetDescriptor(), bytes.data(), bytes.size());
  return bytes;
}
