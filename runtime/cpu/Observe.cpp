//===- Observe.cpp - limits and histograms of tensors ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Makes two passes: the first finds the limits, which determine the width of
// the histogram; the second computes the bins of a few hundred elements in
// vectors and then counts them one by one. A thread counts into several tables
// in turn, because most neighbours are equal (after a relu they are zeros) and
// incrementing a counter that was just stored is slow.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Families.h"
#include "runtime/cpu/Functions.h"
#include "runtime/cpu/Loops.h"
#include "runtime/cpu/Threads.h"
#include "runtime/ops/Observation.h"

#include <algorithm>
#include <cstring>
#include <limits>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

class ObserveKernel : public Kernel {
public:
  bool init(const LaunchDesc &launch, int threadCount);
  uint64_t scratchBytes() const override {
    return uint64_t(threads) * sizeof(Notes);
  }
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) override;

private:
  static constexpr int64_t kTables = 4;
  /// Elements whose bins are computed before they are counted.
  static constexpr int64_t kRun = 512;

  /// What one thread has observed.
  struct alignas(64) Notes {
    float least, most;
    /// The last entry counts NaN and infinities.
    uint32_t counts[kTables][ops::kNumBins + 16];
  };

  /// Calls fn(elements, count) for the contiguous runs of [begin, end).
  template <typename Fn>
  void forNeighbours(const float *x, int64_t begin, int64_t end, Fn fn) const;
  void findLimits(Notes &notes, const float *x, int64_t begin,
                  int64_t end) const;
  void count(Notes &notes, const float *x, int64_t begin, int64_t end,
             int exponent) const;

  const RowTable *table = nullptr;
  StridedLoop loop;
  int threads = 1;
};

bool ObserveKernel::init(const LaunchDesc &launch, int threadCount) {
  if (launch.op.kind != "observe" || launch.inputs.size() != 1 ||
      launch.outputs.size() != 2 || !launch.inputs[0].type.isStatic() ||
      launch.inputs[0].type.dtype != ops::DType::F32 ||
      !isDense(launch.outputs[0]) || !isDense(launch.outputs[1]))
    return false;
  int64_t all = 0;
  // Counters of a thread have 32 bits.
  if (!ops::countElements(launch.inputs[0].type.shape, all) || all <= 0 ||
      all > std::numeric_limits<int32_t>::max())
    return false;
  loop =
      StridedLoop(launch.inputs[0].type.shape, {stridesOf(launch.inputs[0])});
  table = &rows();
  threads = threadsFor(all, threadCount);
  return true;
}

template <typename Fn>
void ObserveKernel::forNeighbours(const float *x, int64_t begin, int64_t end,
                                  Fn fn) const {
  int64_t stride = loop.innerStride(0);
  loop.forRuns(begin, end, [&](const int64_t *at, int64_t length) {
    if (stride == 1)
      return fn(x + at[0], length);
    for (int64_t i = 0; i < length; ++i)
      fn(x + at[0] + i * stride, 1);
  });
}

void ObserveKernel::findLimits(Notes &notes, const float *x, int64_t begin,
                               int64_t end) const {
  forNeighbours(x, begin, end, [&](const float *some, int64_t length) {
    table->finiteLimits(some, length, notes.least, notes.most);
  });
}

void ObserveKernel::count(Notes &notes, const float *x, int64_t begin,
                          int64_t end, int exponent) const {
  std::memset(notes.counts, 0, sizeof(notes.counts));
  float scale = std::ldexp(1.0f, ops::kLogBinsPerSide - exponent);
  forNeighbours(x, begin, end, [&](const float *some, int64_t length) {
    float bins[kRun];
    for (int64_t done = 0; done < length; done += kRun) {
      int64_t part = std::min(kRun, length - done);
      table->bins(bins, some + done, part, scale, float(ops::kBinsPerSide));
      for (int64_t i = 0; i < part; ++i)
        ++notes.counts[i % kTables][size_t(int32_t(bins[i]))];
    }
  });
}

Status ObserveKernel::enqueue(const void *const *inputs, void *const *outputs,
                              ExecutionContext &context) {
  const float *x = static_cast<const float *>(inputs[0]);
  float *limits = static_cast<float *>(outputs[0]);
  auto *counts = static_cast<int64_t *>(outputs[1]);
  auto *notes = static_cast<Notes *>(context.scratch());
  int64_t all = loop.total();
  // One part for each thread, the same in both passes.
  auto walk = [&](auto fn) {
    parallel(threads, threads, [&](PartTaker &taker) {
      for (int64_t part; taker.take(part);)
        fn(notes[part], all * part / threads, all * (part + 1) / threads);
    });
  };
  walk([&](Notes &own, int64_t begin, int64_t end) {
    own.least = std::numeric_limits<float>::infinity();
    own.most = -own.least;
    findLimits(own, x, begin, end);
  });
  limits[0] = notes[0].least;
  limits[1] = notes[0].most;
  for (int part = 1; part < threads; ++part) {
    limits[0] = std::min(limits[0], notes[part].least);
    limits[1] = std::max(limits[1], notes[part].most);
  }
  // The sign of a zero must not depend on the order.
  limits[0] += 0.0f;
  limits[1] += 0.0f;
  int exponent = ops::findWidthExponent(
      std::max(std::fabs(limits[0]), std::fabs(limits[1])));
  walk([&](Notes &own, int64_t begin, int64_t end) {
    count(own, x, begin, end, exponent);
  });
  std::fill_n(counts, ops::kNumBins, int64_t(0));
  for (int part = 0; part < threads; ++part)
    for (const auto &seen : notes[part].counts)
      for (int64_t bin = 0; bin < ops::kNumBins; ++bin)
        counts[bin] += seen[bin];
  return Status();
}

} // namespace

Tactics cpu::observeTactics(const LaunchDesc &launch, int threads) {
  ObserveKernel kernel;
  if (!kernel.init(launch, threads))
    return {};
  Tactic tactic = memoryTactic("bins", launch.inputs[0], 8.0, threads);
  tactic.stridedInputs = true;
  return {tactic};
}

KernelOr cpu::createObserve(const LaunchDesc &launch, int threads) {
  return makeKernel<ObserveKernel>(launch, threads, "observation");
}
