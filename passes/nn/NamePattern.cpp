//===- NamePattern.cpp - nodes by a regular expression --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// llvm::Regex compiles recursively and copies what "{m,n}" repeats, so a short
// text can exhaust the stack or memory. This code computes the cost first.
//===----------------------------------------------------------------------===//
#include "passes/nn/NamePattern.h"

#include "llvm/ADT/SmallVector.h"

#include <algorithm>

using namespace graft;
using namespace graft::nn;
using llvm::StringRef;

static constexpr uint64_t kMostDepth = 100, kMostStates = 100000;

namespace {
/// The states of a group: of all but its last atom, and of that one, which a
/// repetition multiplies.
struct Group {
  uint64_t rest = 1, last = 0;
};
} // namespace

/// The larger bound of a repetition whose "{" is taken; consumes the "}".
static uint64_t takeBound(StringRef &text) {
  uint64_t bounds[2] = {1, 0};
  for (uint64_t &bound : bounds) {
    if (text.consumeInteger(10, bound))
      bound = 1;
    if (!text.consume_front(","))
      break;
  }
  text.consume_front("}");
  return std::max<uint64_t>({bounds[0], bounds[1], 1});
}

/// Why the expression is refused before it is compiled; empty if it is not.
static std::string findCost(StringRef text) {
  llvm::SmallVector<Group> groups(1);
  auto close = [&](Group group) { return group.rest + group.last; };
  while (!text.empty()) {
    Group &group = groups.back();
    char c = text.front();
    text = text.drop_front();
    if (c == '(') {
      if (groups.size() > kMostDepth)
        return "more than " + std::to_string(kMostDepth) + " nested groups";
      groups.emplace_back();
    } else if (c == ')' && groups.size() > 1) {
      uint64_t states = close(groups.pop_back_val());
      groups.back().rest += groups.back().last;
      groups.back().last = states;
    } else if (c == '{') {
      group.last *= std::min(takeBound(text), kMostStates + 1);
    } else if (c == '*' || c == '+' || c == '?') {
      group.last += 2;
    } else {
      if (c == '\\' && !text.empty()) {
        if (text.front() >= '1' && text.front() <= '9')
          return "a reference back";
        text = text.drop_front();
      } else if (c == '[') {
        size_t start = text.starts_with("^") ? 1 : 0; // a first "]" is a member
        text = text.substr(std::min(text.find(']', start + 1), text.size()));
        text.consume_front("]");
      }
      group.rest += group.last;
      group.last = 1;
    }
    if (close(groups.back()) > kMostStates)
      return "more than " + std::to_string(kMostStates) + " states";
  }
  return {};
}

Status NamePattern::parse(StringRef text) {
  regex = nullptr;
  if (text.empty())
    return {};
  auto refuse = [&](const std::string &why) {
    return Status::usage("must be a regular expression, got '" + text.str() +
                         "': " + why);
  };
  if (std::string cost = findCost(text); !cost.empty())
    return refuse(cost);
  auto compiled = std::make_shared<const llvm::Regex>(text);
  std::string broken;
  if (!compiled->isValid(broken))
    return refuse(broken);
  regex = std::move(compiled);
  return {};
}
