//===- Tuner.cpp - times kernels on this machine --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/plan/Tuner.h"

#include "dialects/plan/Plan.h"
#include "passes/plan/Packing.h"

#include "llvm/Support/MathExtras.h"

#include <chrono>
#include <cstdlib>
#include <cstring>

using namespace graft;
using namespace graft::plan;

/// A trial ends after this many runs, or after this time and a few runs.
static constexpr int kMaxRuns = 50;
static constexpr int kMinRuns = 4;
static constexpr double kMaxSeconds = 0.02;

namespace {

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<void, Free>;

/// Zeroed memory with the alignment of the arena; null if memory runs out.
Memory allocate(uint64_t bytes) {
  uint64_t rounded =
      llvm::alignTo(std::max<uint64_t>(bytes, 1), plan::kAlignment);
  Memory memory(std::aligned_alloc(plan::kAlignment, rounded));
  if (memory)
    std::memset(memory.get(), 0, rounded);
  return memory;
}

/// Fills float tensors with values around 0.5: zeros would favour kernels whose
/// speed depends on the data. Integers may be indices and stay 0.
void fill(const runtime::Slot &slot, void *memory, uint64_t bytes) {
  if (slot.type.dtype != ops::DType::F32)
    return;
  auto *values = static_cast<float *>(memory);
  for (uint64_t i = 0; i < bytes / sizeof(float); ++i)
    values[i] = 0.25f + 0.03125f * static_cast<float>(i % 17);
}

} // namespace

Expected<double> graft::plan::measure(const runtime::Provider &provider,
                                      runtime::LaunchDesc desc,
                                      llvm::ArrayRef<const void *> constants,
                                      int threads) {
  Status exhausted(StatusCode::Exhausted, "no memory for a trial run");
  llvm::SmallVector<std::vector<std::byte>> packed;
  GRAFT_RETURN_IF_ERROR(
      packForTrial(provider, desc, constants, threads, packed));

  std::vector<Memory> owned;
  auto provide = [&](const runtime::Slot &slot) -> void * {
    uint64_t bytes = 0;
    if (!runtime::countSpan(slot, bytes))
      return nullptr;
    owned.push_back(allocate(bytes));
    if (owned.back())
      fill(slot, owned.back().get(), bytes);
    return owned.back().get();
  };
  std::vector<const void *> inputs;
  std::vector<void *> outputs;
  for (size_t i = 0; i < desc.inputs.size(); ++i) {
    if (!packed[i].empty())
      inputs.push_back(packed[i].data());
    else
      inputs.push_back(constants[i] ? constants[i] : provide(desc.inputs[i]));
    if (!inputs.back())
      return exhausted;
  }
  for (const runtime::Slot &slot : desc.outputs) {
    outputs.push_back(provide(slot));
    if (!outputs.back())
      return exhausted;
  }

  auto kernel = provider.create(desc, threads);
  if (!kernel)
    return kernel.status();
  Memory scratch = allocate((*kernel)->scratchBytes());
  if (!scratch)
    return exhausted;
  runtime::ExecutionContext context(scratch.get());
  double best = 0.0, total = 0.0;
  for (int run = 0; run < kMaxRuns; ++run) {
    auto start = std::chrono::steady_clock::now();
    GRAFT_RETURN_IF_ERROR(
        (*kernel)->enqueue(inputs.data(), outputs.data(), context));
    double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
            .count();
    // The first run warms caches up and does not count.
    if (run == 0)
      continue;
    best = run == 1 ? seconds : std::min(best, seconds);
    total += seconds;
    if (run >= kMinRuns && total > kMaxSeconds)
      break;
  }
  // The clock may be too coarse for the smallest kernels.
  return std::max(best, 1e-9);
}
