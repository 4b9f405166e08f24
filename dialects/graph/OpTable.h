//===- OpTable.h - The signatures of TensorFlow's ops ---------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The op registry of TensorFlow as a table in the tree (OpTable.txt, written by
// scripts/gen_op_table.py), and beside it the custom ops of one graph.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_DIALECTS_GRAPH_OPTABLE_H
#define GRAFT_DIALECTS_GRAPH_OPTABLE_H

#include "dialects/graph/OpSignature.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace graft::graph {

/// Signatures by name: TensorFlow's own, and those added to this table.
class OpTable {
public:
  /// TensorFlow's signature of the op, or null. Parsed at the first request and
  /// kept; safe to call from several threads.
  static const OpSignature *builtin(std::string_view name);

  /// The number of TensorFlow's ops, and the text of the table, a line each.
  static size_t builtinCount();
  static std::string_view builtinText();

  /// TensorFlow's signature, else the one added here, else null. The pointer
  /// lives as long as the table.
  const OpSignature *lookup(std::string_view name) const;

  /// Adds the signature of a custom op. False, and nothing is changed, if an op
  /// of that name is known.
  bool add(OpSignature signature);

private:
  std::map<std::string, std::unique_ptr<OpSignature>, std::less<>> custom;
};

/// Parses one line of the table; nothing if it does not follow the format.
std::optional<OpSignature> parseOpSignature(std::string_view line);

} // namespace graft::graph

#endif // GRAFT_DIALECTS_GRAPH_OPTABLE_H
