//===- ShapeMap.cpp - what a user states of inputs' shapes ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/ShapeMap.h"

#include <algorithm>

using namespace graft;

Status graft::checkInputNames(const ShapeMap &shapes,
                              const std::vector<std::string> &names,
                              const char *owner) {
  for (const auto &[name, dims] : shapes) {
    if (std::find(names.begin(), names.end(), name) != names.end())
      continue;
    std::string list;
    for (const std::string &known : names)
      list += (list.empty() ? "'" : ", '") + known + "'";
    return Status::usage("option 'shapes' must name inputs of the " +
                         std::string(owner) + ", which has " +
                         (list.empty() ? "none" : list) + "; got '" + name +
                         "'");
  }
  return Status();
}
