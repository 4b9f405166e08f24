//===- PlanDrawing.h - a plan to look at ----------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TOOLS_GRAFT_PLANDRAWING_H
#define GRAFT_TOOLS_GRAFT_PLANDRAWING_H

#include "runtime/core/Engine.h"
#include "tools/graft/Drawing.h"

#include <map>

namespace graft {

/// Microseconds by the name of the layer.
using LayerTimes = std::map<std::string, double>;

/// Inputs, launches and outputs; an edge from what wrote a tensor, or a part of
/// it, to what reads it.
Drawing drawPlan(const runtime::Plan &plan, const LayerTimes &times);

/// One page without anything outside of it: a table of the layers that can be
/// searched, the graph, and who uses which bytes of the arena when.
std::string planPage(const runtime::PlanFile &file, const LayerTimes &times);

/// Such a page: `rows` and `rest` are HTML.
std::string htmlPage(const std::string &title, const std::string &intro,
                     const std::vector<std::string> &columns,
                     const std::string &rows, const std::string &rest);

} // namespace graft

#endif // GRAFT_TOOLS_GRAFT_PLANDRAWING_H
