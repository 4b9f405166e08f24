//===- OpTable.cpp - The signatures of TensorFlow's ops -------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table is sorted by name. Its lines are found once; a line is parsed when
// its op is first asked for, so that a tool pays for the ops it meets.
//
//===----------------------------------------------------------------------===//

#include "dialects/graph/OpTable.h"

#include <algorithm>
#include <mutex>
#include <vector>

using namespace graft::graph;

namespace graft::graph::detail {
/// Generated from OpTable.txt.
std::string_view opTableText();
} // namespace graft::graph::detail

namespace {

struct Entry {
  std::string_view name;
  std::string_view line;
  std::once_flag parsed;
  std::unique_ptr<const OpSignature> signature;
};

struct Index {
  std::vector<Entry> entries;

  Index() : entries(std::count(text().begin(), text().end(), '\n')) {
    std::string_view rest = text();
    for (Entry &entry : entries) {
      entry.line = rest.substr(0, rest.find('\n'));
      entry.name = entry.line.substr(0, entry.line.find('('));
      rest.remove_prefix(entry.line.size() + 1);
    }
  }

  static std::string_view text() { return detail::opTableText(); }
};

} // namespace

static Index &index() {
  static Index index;
  return index;
}

size_t OpTable::builtinCount() { return index().entries.size(); }

std::string_view OpTable::builtinText() { return Index::text(); }

const OpSignature *OpTable::builtin(std::string_view name) {
  std::vector<Entry> &entries = index().entries;
  auto entry = std::lower_bound(entries.begin(), entries.end(), name,
                                [](const Entry &entry, std::string_view name) {
                                  return entry.name < name;
                                });
  if (entry == entries.end() || entry->name != name)
    return nullptr;
  std::call_once(entry->parsed, [&] {
    if (std::optional<OpSignature> signature = parseOpSignature(entry->line))
      entry->signature =
          std::make_unique<const OpSignature>(*std::move(signature));
  });
  return entry->signature.get();
}

const OpSignature *OpTable::lookup(std::string_view name) const {
  if (const OpSignature *signature = builtin(name))
    return signature;
  auto found = custom.find(name);
  return found == custom.end() ? nullptr : found->second.get();
}

bool OpTable::add(OpSignature signature) {
  if (lookup(signature.name))
    return false;
  std::string name = signature.name;
  custom.emplace(std::move(name),
                 std::make_unique<OpSignature>(std::move(signature)));
  return true;
}
