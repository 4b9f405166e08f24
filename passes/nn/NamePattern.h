//===- NamePattern.h - nodes by a regular expression ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_NAMEPATTERN_H
#define GRAFT_PASSES_NN_NAMEPATTERN_H

#include "support/Status.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Regex.h"

#include <memory>

namespace graft::nn {

/// A POSIX extended regular expression of the user's.
class NamePattern {
public:
  /// An empty text matches nothing. Errors (Usage) begin with "must be ...": a
  /// text that is no expression, or one that costs too much: nested more than
  /// 100 deep, with more than 100,000 states after its repetitions are
  /// expanded, or with a back reference, which takes exponential time to match.
  Status parse(llvm::StringRef text);

  /// Whether a part of the name matches.
  bool match(llvm::StringRef name) const { return regex && regex->match(name); }

private:
  std::shared_ptr<const llvm::Regex> regex; // passes are copied
};

} // namespace graft::nn

#endif // GRAFT_PASSES_NN_NAMEPATTERN_H
