//===- DifferenceList.h - what the comparisons of files share -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPARE_DIFFERENCELIST_H
#define GRAFT_COMPARE_DIFFERENCELIST_H

#include "compare/Compare.h"

namespace graft {

/// Counts differences and keeps the first ones.
class DifferenceList {
public:
  DifferenceList(ComparisonReport &report, int64_t limit)
      : report(report), limit(limit) {}

  void add(std::string kind, std::string where, std::string what,
           std::string left, std::string right) {
    if (report.differenceCount++ < limit)
      report.differences.push_back({std::move(kind), std::move(where),
                                    std::move(what), std::move(left),
                                    std::move(right)});
  }
  /// Adds a difference if the two are not equal.
  void check(const std::string &kind, const std::string &where,
             const std::string &what, const std::string &left,
             const std::string &right) {
    if (left != right)
      add(kind, where, what, left, right);
  }
  int64_t count() const { return report.differenceCount; }

private:
  ComparisonReport &report;
  int64_t limit;
};

Status compareModels(const ModelSource &left, const ModelSource &right,
                     ComparisonReport &report, DifferenceList &differences);

Status comparePlans(const std::string &left, const std::string &right,
                    ComparisonReport &report, DifferenceList &differences);

} // namespace graft

#endif // GRAFT_COMPARE_DIFFERENCELIST_H
