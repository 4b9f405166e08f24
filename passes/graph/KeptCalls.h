//===- KeptCalls.h - calls that are not inlined -----------------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_KEPTCALLS_H
#define GRAFT_PASSES_GRAPH_KEPTCALLS_H

#include "llvm/ADT/StringRef.h"

namespace graft::graph {

/// A node with this attribute, set by whoever runs the passes, stays though it
/// is a call: an engine that is to run as it is.
inline constexpr llvm::StringLiteral kKeptCallAttr = "graph.kept_call";

} // namespace graft::graph

#endif // GRAFT_PASSES_GRAPH_KEPTCALLS_H
