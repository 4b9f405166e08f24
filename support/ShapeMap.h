//===- ShapeMap.h - what a user states of inputs' shapes ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_SUPPORT_SHAPEMAP_H
#define GRAFT_SUPPORT_SHAPEMAP_H

#include "support/Status.h"

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace graft {

/// Sizes that a dimension may take.
struct DimRange {
  int64_t min = 0, max = 0;
  bool isFixed() const { return min == max; }
  bool operator==(const DimRange &other) const {
    return min == other.min && max == other.max;
  }
};

/// As DimRange::max: there is no largest size.
inline constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();

/// Shapes by the name of the input.
using ShapeMap = std::map<std::string, std::vector<DimRange>>;

/// Whether `names`, the inputs of `owner` ("model"), have all that is stated.
/// Error: Usage, with the list.
Status checkInputNames(const ShapeMap &shapes,
                       const std::vector<std::string> &names,
                       const char *owner);

} // namespace graft

#endif // GRAFT_SUPPORT_SHAPEMAP_H
