//===- PlanTrials.h - precisions on trial, as plans on this machine -------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_PRECISION_PLANTRIALS_H
#define GRAFT_COMPILER_PRECISION_PLANTRIALS_H

#include "compiler/Session.h"

namespace graft {

/// The most samples on which the loss is measured.
inline constexpr int64_t kMostSamples = 64;

/// Whether a table without choices gets some by choosePrecisions.
inline bool wantsChoices(const EngineOptions &options) {
  return options.precision == Precision::Best ||
         !options.accuracyBudget.empty();
}

/// Fills the table's choices: the fastest precision of each layer, measured
/// here and now, if the session's options want the best, and what their
/// accuracy budget demands on `samples`, some batches of inputs. Errors
/// (Failed): fp32 itself does not meet the budget.
Status choosePrecisions(Session &session, std::vector<NpzArrays> samples,
                        RangeTable &table);

} // namespace graft

#endif // GRAFT_COMPILER_PRECISION_PLANTRIALS_H
