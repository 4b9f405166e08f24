//===- GraphAttributes.h - what else is known of a graph --------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_GRAPH_GRAPHATTRIBUTES_H
#define GRAFT_DIALECTS_GRAPH_GRAPHATTRIBUTES_H

#include "llvm/ADT/StringRef.h"

namespace graft::graph {

/// Attribute of a graph.graph where the user has stated shapes of inputs: a
/// dictionary of those that may vary within limits, by the name of the feed.
/// Each is an array of i64: the smallest and the largest size of each
/// dimension, where a largest of -1 means that there is none. The types of the
/// fed tensors say what is fixed.
inline constexpr llvm::StringLiteral kSizeRangesAttr = "graph.size_ranges";

/// Attribute of a graph.graph that has assets: the names of the nodes that
/// TensorFlow feeds their paths, an array of strings. They are feeds like the
/// user's, but who does not read them does not need them.
inline constexpr llvm::StringLiteral kAssetsAttr = "graph.assets";

/// Attribute of a graph.graph of several signatures: a dictionary that has, for
/// each "SIGNATURE/INPUT", the name of the feed and INPUT.
inline constexpr llvm::StringLiteral kSignatureInputsAttr =
    "graph.signature_inputs";

/// The attribute of a variable's node (VarHandleOp, VariableV2) that holds the
/// value which the checkpoint restores.
inline constexpr llvm::StringLiteral kVariableValueAttr = "graph.value";

/// Unit attribute of a graph.graph in which graph-segment found nothing that
/// engines can compute from the inputs alone, where it was to fetch that.
inline constexpr llvm::StringLiteral kNothingFedAttr = "graph.nothing_fed";

} // namespace graft::graph

#endif // GRAFT_DIALECTS_GRAPH_GRAPHATTRIBUTES_H
