//===- SizeRanges.h - which sizes the inputs may have -----------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_GRAPH_SIZERANGES_H
#define GRAFT_DIALECTS_GRAPH_SIZERANGES_H

#include "llvm/ADT/StringRef.h"

namespace graft::graph {

/// Attribute of a graph.graph where the user has stated shapes of inputs: a
/// dictionary of those that may vary within limits, by the name of the feed.
/// Each is an array of i64: the smallest and the largest size of each
/// dimension, where a largest of -1 means that there is none. The types of the
/// fed tensors say what is fixed.
inline constexpr llvm::StringLiteral kSizeRangesAttr = "graph.size_ranges";

} // namespace graft::graph

#endif // GRAFT_DIALECTS_GRAPH_SIZERANGES_H
