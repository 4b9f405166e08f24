//===- ObserveTest.cpp - limits and histograms, fast and slow -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Isa.h"
#include "runtime/cpu/Providers.h"
#include "runtime/ops/Observation.h"
#include "runtime/ops/Semantics.h"

#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace graft;
using namespace graft::runtime;

namespace {

class Observe : public testing::TestWithParam<cpu::Isa> {
protected:
  void SetUp() override { cpu::limitIsa(GetParam()); }
  void TearDown() override { cpu::limitIsa(cpu::Isa::Avx512); }
};

struct Observation {
  std::vector<float> limits = std::vector<float>(2);
  std::vector<int64_t> counts = std::vector<int64_t>(ops::kNumBins);
};

ops::TensorType limitsType() { return {ops::DType::F32, {2}}; }
ops::TensorType countsType() { return {ops::DType::I64, {ops::kNumBins}}; }

/// `rows` of `columns` elements of `x`, which lie `stride` apart.
Observation observeFast(const std::vector<float> &x, int64_t rows,
                        int64_t columns, int64_t stride, int threads) {
  LaunchDesc launch;
  launch.op.kind = "observe";
  launch.inputs.resize(1);
  launch.inputs[0].type = {ops::DType::F32, {rows, columns}};
  if (stride != columns)
    launch.inputs[0].strides = {stride, 1};
  launch.outputs.resize(2);
  launch.outputs[0].type = limitsType();
  launch.outputs[1].type = countsType();
  std::vector<Tactic> tactics = cpuProvider()->tactics(launch, threads);
  EXPECT_EQ(tactics.size(), 1u);
  EXPECT_TRUE(tactics.at(0).stridedInputs);
  launch.tactic = tactics.at(0).name;
  Expected<std::unique_ptr<Kernel>> kernel =
      cpuProvider()->create(launch, threads);
  EXPECT_TRUE(kernel) << kernel.status().message();
  std::vector<std::byte> scratch((*kernel)->scratchBytes() + 64);
  auto address = reinterpret_cast<uintptr_t>(scratch.data());
  Observation result;
  const void *inputs[] = {x.data()};
  void *outputs[] = {result.limits.data(), result.counts.data()};
  ExecutionContext context(scratch.data() + (64 - address % 64));
  Status status = (*kernel)->enqueue(inputs, outputs, context);
  EXPECT_TRUE(status.ok()) << status.message();
  return result;
}

Observation observeSlowly(std::vector<float> x) {
  Observation result;
  ops::OpDesc op;
  op.kind = "observe";
  Status status = ops::evaluate(
      op, {{{ops::DType::F32, {int64_t(x.size())}}, x.data(), {}}},
      {{limitsType(), result.limits.data(), {}},
       {countsType(), result.counts.data(), {}}});
  EXPECT_TRUE(status.ok()) << status.message();
  return result;
}

TEST_P(Observe, CountsAsTheReferenceDoes) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  for (float scale : {1.0f, 1e-3f, 3e4f, 1e38f, 1e-42f})
    for (int64_t columns : {1, 3, 17, 64, 1000, 50000})
      for (int64_t gap : {0, 5}) {
        const int64_t rows = 3, stride = columns + gap;
        std::vector<float> all(size_t(rows * stride), 1e30f), dense;
        for (int64_t row = 0; row < rows; ++row)
          for (int64_t i = 0; i < columns; ++i) {
            float value = normal(random) * scale;
            // Zeros, powers of two and what is not finite among them.
            switch (random() % 8) {
            case 0:
              value = 0.0f;
              break;
            case 1:
              value = std::ldexp(1.0f, std::ilogb(value == 0 ? 1 : value));
              break;
            case 2:
              value = random() % 9 ? -0.0f : NAN;
              break;
            case 3:
              value = random() % 9 ? -value : -INFINITY;
              break;
            default:
              break;
            }
            all[size_t(row * stride + i)] = value;
            dense.push_back(value);
          }
        Observation want = observeSlowly(dense);
        for (int threads : {1, 2, 3}) {
          Observation got = observeFast(all, rows, columns, stride, threads);
          EXPECT_EQ(got.limits, want.limits) << scale << " x " << columns;
          EXPECT_FALSE(std::signbit(got.limits[0]) && got.limits[0] == 0);
          EXPECT_EQ(got.counts, want.counts) << scale << " x " << columns;
        }
      }
}

TEST_P(Observe, SeesNothingWhereNothingIsFinite) {
  Observation got = observeFast({NAN, INFINITY, -INFINITY}, 1, 3, 3, 1);
  EXPECT_EQ(got.limits, (std::vector<float>{INFINITY, -INFINITY}));
  EXPECT_EQ(got.counts, std::vector<int64_t>(ops::kNumBins));
}

INSTANTIATE_TEST_SUITE_P(Isas, Observe,
                         testing::Values(cpu::Isa::Avx512, cpu::Isa::Avx2,
                                         cpu::Isa::Portable),
                         [](const testing::TestParamInfo<cpu::Isa> &info) {
                           return info.param == cpu::Isa::Avx512 ? "avx512"
                                  : info.param == cpu::Isa::Avx2 ? "avx2"
                                                                 : "portable";
                         });

} // namespace
