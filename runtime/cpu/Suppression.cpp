//===- Suppression.cpp - one box for each object --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shares the two steps of the reference among threads: first the classes of all
// images, then the images.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Suppression.h"
#include "runtime/cpu/Families.h"
#include "runtime/cpu/Loops.h"
#include "runtime/cpu/Problem.h"
#include "runtime/cpu/Threads.h"
#include "support/CheckedMath.h"

#include <optional>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

class SuppressionKernel : public Kernel {
public:
  bool init(const LaunchDesc &launch, int threadCount);
  uint64_t scratchBytes() const override { return heapOffset + heapBytes; }
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) override;
  /// Elements that are certainly read.
  int64_t reads() const { return scores; }

private:
  using Candidate = ops::CombinedSuppression::Candidate;
  using Pick = ops::CombinedSuppression::Pick;

  std::optional<ops::CombinedSuppression> work;
  int64_t scores = 0;
  uint64_t heapOffset = 0; ///< after the picks of all images
  uint64_t heapBytes = 0;  ///< one heap for each thread
  int threads = 1;
};

bool SuppressionKernel::init(const LaunchDesc &launch, int threadCount) {
  if (launch.op.kind != "combined_non_max_suppression" ||
      launch.inputs.size() != 4 || launch.outputs.size() != 4 ||
      !isDense(launch) || !launch.inputs[0].type.isStatic() ||
      !launch.inputs[1].type.isStatic())
    return false;
  const ops::TensorType &type = launch.inputs[1].type;
  work.emplace(launch.op, launch.inputs[0].type.shape, type.shape);
  if (!ops::countElements(type.shape, scores))
    return false;
  threads = threadsFor(scores, threadCount);
  auto bytes = [](int64_t a, int64_t b, size_t size) {
    std::optional<uint64_t> count = checkedMul(uint64_t(a), uint64_t(b));
    return count ? checkedMul(*count, uint64_t(size)) : count;
  };
  auto picks = bytes(work->batches(), work->picks(), sizeof(Pick));
  auto heaps = bytes(threads, work->candidates(), sizeof(Candidate));
  if (!picks || !heaps || !checkedAdd(*picks, *heaps))
    return false;
  heapOffset = *picks;
  heapBytes = *heaps;
  return true;
}

Status SuppressionKernel::enqueue(const void *const *inputs,
                                  void *const *outputs,
                                  ExecutionContext &context) {
  auto *boxes = static_cast<const float *>(inputs[0]);
  auto *given = static_cast<const float *>(inputs[1]);
  GRAFT_RETURN_IF_ERROR(
      work->setThresholds(*static_cast<const float *>(inputs[2]),
                          *static_cast<const float *>(inputs[3])));
  auto *picks = static_cast<Pick *>(context.scratch());
  auto *heaps = reinterpret_cast<Candidate *>(
      static_cast<std::byte *>(context.scratch()) + heapOffset);
  int64_t classes = work->classes();
  parallel(threads, work->batches() * classes, [&](PartTaker &taker) {
    Candidate *heap = heaps + taker.thread() * work->candidates();
    for (int64_t i; taker.take(i);)
      work->selectClass(i / classes, i % classes, boxes, given, heap,
                        picks + i * work->picksPerClass());
  });
  ops::CombinedSuppression::Results results = {
      static_cast<float *>(outputs[0]), static_cast<float *>(outputs[1]),
      static_cast<float *>(outputs[2]), static_cast<int32_t *>(outputs[3])};
  parallelFor(threads, work->batches(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t batch = begin; batch < end; ++batch)
      work->writeBest(batch, boxes, picks + batch * work->picks(), results);
  });
  return Status();
}

} // namespace

Tactics cpu::suppressionTactics(const LaunchDesc &launch, int threads) {
  SuppressionKernel kernel;
  if (!kernel.init(launch, threads))
    return {};
  Tactic tactic;
  tactic.name = "classes";
  tactic.seconds = memorySeconds(16.0 * double(kernel.reads()), threads);
  return {tactic};
}

KernelOr cpu::createSuppression(const LaunchDesc &launch, int threads) {
  return makeKernel<SuppressionKernel>(launch, threads, "suppression");
}
