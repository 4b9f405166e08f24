//===- RangeTable.h - which numbers each tensor holds ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What calibration finds and quantization needs: a JSON text with a line for
// each tensor, sorted by name, so that two tables compare with `diff`. It comes
// from outside, and all of it is checked. This file knows no IR.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_RANGETABLE_H
#define GRAFT_PASSES_NN_RANGETABLE_H

#include "support/Status.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace graft::nn {

/// The numbers of one tensor.
struct Range {
  /// What an 8-bit type has to span.
  float min = 0, max = 0;
  /// The smallest and largest number that was seen.
  float observedMin = 0, observedMax = 0;
  /// The mean of each channel, the last dimension; empty if nobody asked.
  std::vector<float> mean;
};

class RangeTable {
public:
  /// Errors (BadInput) say what must be there; they do not name the file.
  static Expected<RangeTable> parse(std::string_view text);
  /// The same table gives the same bytes.
  std::string write() const;

  /// The range of the tensor of that name (ValueNames.h), or null.
  const Range *find(std::string_view name) const;
  void set(const std::string &name, Range range);
  const auto &getRanges() const { return ranges; }

  /// How the ranges were chosen.
  std::string algorithm;
  /// A hash of the data, and how many samples there were.
  std::string dataHash;
  uint64_t samples = 0;

private:
  std::map<std::string, Range, std::less<>> ranges;
};

} // namespace graft::nn

#endif // GRAFT_PASSES_NN_RANGETABLE_H
