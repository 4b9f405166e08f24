//===- NativeReasons.h - what each reason means, and what to do -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The codes of a conversion report's `native` rows, in words. `graft explain`
// prints them, and docs/native-reasons.md is made of them.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_GRAPH_NATIVEREASONS_H
#define GRAFT_DIALECTS_GRAPH_NATIVEREASONS_H

#include <cstddef>
#include <string_view>

namespace graft::graph {

/// What a row of the report tells its reader.
enum class ReasonKind {
  Cause,       ///< something that a change to the model or the options mends
  Consequence, ///< that its neighbours, or a limit, kept it out of an engine
  Harmless,    ///< nothing: every model has such nodes
};

struct ReasonText {
  std::string_view meaning; ///< a paragraph: why such a node stays native
  std::string_view advice;  ///< a paragraph: what to do about it
  ReasonKind kind = ReasonKind::Cause;
};

/// The number of codes; they are 0 and up.
size_t nativeReasonCount();

/// The name of a code, "unknown_operator"; a report has no other.
std::string_view nativeReasonName(size_t code);

const ReasonText &nativeReasonText(size_t code);

/// The kind of the code of that name; Cause for one that there is not.
ReasonKind nativeReasonKind(std::string_view name);

} // namespace graft::graph

#endif // GRAFT_DIALECTS_GRAPH_NATIVEREASONS_H
