//===- Drawing.h - a graph to look at -------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `graft inspect --dot` and `--html` draw: a plan's launches or a model's
// nodes. Names come from a file and may be any bytes; both writers escape them.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TOOLS_GRAFT_DRAWING_H
#define GRAFT_TOOLS_GRAFT_DRAWING_H

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace graft {

struct Drawing {
  struct Node {
    std::vector<std::string> lines; ///< the first is what it does
    std::string details;            ///< shown when pointed at
    bool isPort = false;            ///< an input or output
  };
  std::vector<Node> nodes;
  std::vector<std::pair<size_t, size_t>> edges; ///< indices, without repetition

  void connect(size_t from, size_t to);
};

/// For Graphviz.
std::string toDot(const Drawing &drawing, std::string_view name);

/// An SVG element, laid out in layers from top to bottom. Nodes on a cycle are
/// laid out as if the edge that closes it were not there.
std::string toSvg(const Drawing &drawing);

/// The text of an HTML or SVG element or attribute.
std::string escapeHtml(std::string_view text);

} // namespace graft

#endif // GRAFT_TOOLS_GRAFT_DRAWING_H
