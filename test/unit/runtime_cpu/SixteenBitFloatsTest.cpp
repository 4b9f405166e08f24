//===- SixteenBitFloatsTest.cpp - kernels on 16-bit floats ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "TypedTrial.h"

#include "runtime/cpu/FloatRows.h"
#include "runtime/cpu/Isa.h"
#include "runtime/cpu/Providers.h"
#include "runtime/ops/Element.h"
#include "runtime/ops/Semantics.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <random>

using namespace graft;
using namespace graft::runtime;
using graft::test::TypedTrial;
using ops::DType;
using Ints = std::vector<int64_t>;

namespace {

class SixteenBitFloats : public testing::TestWithParam<cpu::Isa> {
protected:
  void SetUp() override { cpu::limitIsa(GetParam()); }
  void TearDown() override { cpu::limitIsa(cpu::Isa::Avx512); }
};

uint32_t bitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

TEST_P(SixteenBitFloats, WidensEveryNumber) {
  std::vector<uint16_t> all(65536);
  for (size_t i = 0; i < all.size(); ++i)
    all[i] = uint16_t(i);
  std::vector<float> bf16(all.size()), f16(all.size());
  cpu::floatConversions().widenBf16(bf16.data(), all.data(),
                                    int64_t(all.size()));
  cpu::floatConversions().widenF16(f16.data(), all.data(), int64_t(all.size()));
  for (size_t i = 0; i < all.size(); ++i) {
    float exact = ops::toFloat(ops::BFloat16{all[i]});
    ASSERT_TRUE(bitsOf(bf16[i]) == bitsOf(exact) ||
                (std::isnan(bf16[i]) && std::isnan(exact)))
        << i;
    exact = ops::toFloat(ops::Float16{all[i]});
    ASSERT_TRUE(bitsOf(f16[i]) == bitsOf(exact) ||
                (std::isnan(f16[i]) && std::isnan(exact)))
        << i;
  }
}

TEST_P(SixteenBitFloats, NarrowsToTheNearestAndOnTiesToEven) {
  std::vector<float> values = {
      0.0f,     -0.0f,     1.0f,     -1.0f,  65504.0f,    65519.9f,   65520.0f,
      1e38f,    3.4e38f,   -3.4e38f, 1e-40f, -1e-45f,     6e-8f,      2.9e-8f,
      INFINITY, -INFINITY, NAN,      -NAN,   1.00390625f, 1.01171875f};
  std::mt19937 random(3);
  // Values of all exponents, many of them ties.
  for (int i = 0; i < 200000; ++i) {
    uint32_t bits = uint32_t(random());
    if (i % 3 == 0)
      bits = (bits & 0xffff0000u) | 0x8000u;
    if (i % 3 == 1)
      bits = (bits & 0xffffe000u) | 0x1000u;
    float value;
    std::memcpy(&value, &bits, sizeof(value));
    values.push_back(value);
  }
  // Tails of every length.
  for (int64_t count = int64_t(values.size()); count > 0;
       count = count > 40 ? 40 : count - 1) {
    std::vector<uint16_t> bf16(size_t(count) + 1, 0x1234),
        f16(size_t(count) + 1, 0x1234);
    cpu::floatConversions().narrowBf16(bf16.data(), values.data(), count);
    cpu::floatConversions().narrowF16(f16.data(), values.data(), count);
    EXPECT_EQ(bf16.back(), 0x1234);
    EXPECT_EQ(f16.back(), 0x1234);
    for (size_t i = 0; i < size_t(count); ++i) {
      if (std::isnan(values[i])) {
        ASSERT_TRUE(std::isnan(ops::toFloat(ops::BFloat16{bf16[i]}))) << i;
        ASSERT_TRUE(std::isnan(ops::toFloat(ops::Float16{f16[i]}))) << i;
        continue;
      }
      ASSERT_EQ(bf16[i], ops::toBFloat16(values[i]).bits) << values[i];
      ASSERT_EQ(f16[i], ops::toFloat16(values[i]).bits) << values[i];
    }
  }
}

/// A launch on tensors of 16-bit and 32-bit floats, run by `provider` and by
/// the reference.
struct Trial {
  ops::OpDesc op;
  std::vector<ops::TensorType> inputs;
  std::vector<bool> constant;
  ops::TensorType output;
  int64_t padding = 0; ///< elements between pixels of input 0 and the output

  void expectEqual(const Provider &provider, double tolerance,
                   const std::string &tactic = "") {
    std::mt19937 random(9);
    std::uniform_real_distribution<double> uniform(-1, 1);
    std::vector<std::vector<char>> dense, given;
    LaunchDesc launch;
    launch.op = op;
    for (size_t i = 0; i < inputs.size(); ++i) {
      Slot slot;
      slot.type = inputs[i];
      slot.constant = constant[i];
      bool isPadded = i == 0 && padding;
      if (isPadded)
        slot.strides = padded(inputs[i].shape);
      launch.inputs.push_back(slot);
      int64_t count = countOf(inputs[i].shape);
      dense.emplace_back(size_t(count) * ops::sizeOf(inputs[i].dtype));
      for (int64_t e = 0; e < count; ++e)
        ops::storeRounded(dense.back().data(), inputs[i].dtype, e,
                          uniform(random));
      given.push_back(isPadded ? spread(dense.back(), inputs[i])
                               : dense.back());
    }
    Slot out;
    out.type = output;
    if (padding)
      out.strides = padded(output.shape);
    launch.outputs.push_back(out);
    for (size_t i = 0; i < inputs.size(); ++i)
      if (constant[i])
        launch.inputs[i].data = given[i].data();

    launch.tactic = tactic;
    if (tactic.empty()) {
      std::vector<Tactic> tactics = provider.tactics(launch, 2);
      ASSERT_FALSE(tactics.empty());
      EXPECT_TRUE(!padding ||
                  (tactics[0].stridedInputs && tactics[0].stridedOutputs));
      launch.tactic = tactics[0].name;
    }
    Expected<std::unique_ptr<Kernel>> kernel = provider.create(launch, 2);
    ASSERT_TRUE(kernel) << kernel.status().message();
    std::vector<ops::TensorView> views;
    std::vector<const void *> pointers;
    for (size_t i = 0; i < inputs.size(); ++i) {
      views.push_back({inputs[i], dense[i].data(), {}});
      pointers.push_back(given[i].data());
    }
    size_t bytes = size_t(countOf(output.shape)) * ops::sizeOf(output.dtype);
    std::vector<char> expected(bytes), found(bytes);
    found = spread(found, output);
    std::vector<char> scratch((*kernel)->scratchBytes() + 64);
    void *aligned = reinterpret_cast<void *>(
        (reinterpret_cast<uintptr_t>(scratch.data()) + 63) / 64 * 64);
    void *result = found.data();
    ExecutionContext context(aligned);
    ASSERT_TRUE((*kernel)->enqueue(pointers.data(), &result, context).ok());
    ASSERT_TRUE(ops::evaluate(op, views, {{output, expected.data(), {}}}).ok());
    expected = spread(expected, output);
    for (int64_t e = 0;
         e < int64_t(expected.size() / ops::sizeOf(output.dtype)); ++e) {
      double want = ops::loadDouble(expected.data(), output.dtype, e);
      double got = ops::loadDouble(found.data(), output.dtype, e);
      ASSERT_NEAR(got, want, tolerance * (1 + std::fabs(want))) << e;
    }
  }

private:
  static int64_t countOf(const ops::Shape &shape) {
    int64_t count = 0;
    EXPECT_TRUE(ops::countElements(shape, count));
    return count;
  }
  std::vector<int64_t> padded(const ops::Shape &shape) const {
    std::vector<int64_t> strides(shape.size(), 1);
    for (size_t i = shape.size(); i > 1; --i)
      strides[i - 2] =
          strides[i - 1] * (shape[i - 1] + (i == shape.size() ? padding : 0));
    return strides;
  }
  /// With zeros between the pixels.
  std::vector<char> spread(const std::vector<char> &bytes,
                           const ops::TensorType &type) const {
    size_t row = size_t(type.shape.back()) * ops::sizeOf(type.dtype);
    size_t gap = size_t(padding) * ops::sizeOf(type.dtype);
    std::vector<char> result(bytes.size() / row * (row + gap));
    for (size_t i = 0; i < bytes.size() / row; ++i)
      std::memcpy(&result[i * (row + gap)], &bytes[i * row], row);
    return result;
  }
};

/// One unit in the last place, where sums of floats may round the other way.
double unit(DType type) { return type == DType::BF16 ? 1.0 / 128 : 1.0 / 1024; }

TEST_P(SixteenBitFloats, RunsConvolutions) {
  for (DType type : {DType::BF16, DType::F16})
    for (DType result : {type, DType::F32})
      for (int64_t groups : {1, 24}) {
        Trial trial;
        trial.op.kind = "conv2d";
        trial.op.attributes.set("pads", Ints{1, 1, 1, 1});
        trial.op.attributes.set("groups", groups);
        trial.op.attributes.set("has_bias", int64_t(1));
        trial.op.attributes.set("to", std::string(ops::name(result)));
        trial.op.epilogues = {{"add", 3}, {"relu", -1}};
        trial.inputs = {{type, {1, 9, 9, 24}},
                        {type, {3, 3, 24 / groups, 24}},
                        {DType::F32, {24}},
                        {type, {1, 9, 9, 24}}};
        trial.constant = {false, true, true, false};
        trial.output = {result, {1, 9, 9, 24}};
        double tolerance = result == DType::F32 ? 1e-5 : unit(type);
        // Where the processor has products of bf16, they are oneDNN's.
        bool isNative =
            groups == 1 && type == DType::BF16 && cpu::hasBf16Products();
        trial.expectEqual(isNative ? *oneDnnProvider() : *cpuProvider(),
                          tolerance);
        if (result == DType::F32)
          continue; // a wide result must be dense
        trial.padding = 5;
        trial.expectEqual(*cpuProvider(), tolerance);
      }
}

/// Queries, keys, heads, features, width of values; with and without a mask,
/// which is one for all heads and queries, or each one's own.
TEST_P(SixteenBitFloats, RunsAttention) {
  struct Sizes {
    int64_t batch, queries, keys, heads, features, width;
  };
  for (DType type : {DType::F32, DType::BF16, DType::F16})
    for (const Sizes &s : std::vector<Sizes>{{1, 128, 128, 3, 64, 64},
                                             {2, 29, 17, 2, 5, 40},
                                             {1, 1, 33, 1, 8, 1},
                                             {3, 40, 1, 2, 1, 7}})
      for (int mask : {0, 1, 2}) {
        Trial trial;
        trial.op.kind = "attention";
        trial.op.attributes.set("scale", 0.37);
        trial.inputs = {{type, {s.batch, s.queries, s.heads, s.features}},
                        {type, {s.batch, s.keys, s.heads, s.features}},
                        {type, {s.batch, s.keys, s.heads, s.width}}};
        if (mask == 1)
          trial.inputs.push_back({DType::F32, {s.batch, 1, 1, s.keys}});
        if (mask == 2)
          trial.inputs.push_back({type, {s.heads, s.queries, s.keys}});
        trial.constant.assign(trial.inputs.size(), false);
        trial.output = {type, {s.batch, s.queries, s.heads, s.width}};
        double tolerance = type == DType::F32 ? 1e-6 : unit(type);
        trial.expectEqual(*cpuProvider(), tolerance);
        trial.padding = 5;
        trial.expectEqual(*cpuProvider(), tolerance);
      }
}

TEST_P(SixteenBitFloats, NormalizesRows) {
  for (DType type : {DType::BF16, DType::F16})
    for (const char *kind : {"softmax", "layer_norm"}) {
      Trial trial;
      trial.op.kind = kind;
      trial.op.attributes.set("epsilon", 1e-3);
      trial.inputs = {{type, {3, 7, 300}}};
      if (trial.op.kind == "layer_norm") {
        trial.inputs.push_back({DType::F32, {300}});
        trial.inputs.push_back({DType::F32, {300}});
      }
      trial.constant.assign(trial.inputs.size(), false);
      trial.output = {type, {3, 7, 300}};
      trial.expectEqual(*cpuProvider(), unit(type));
    }
}

TEST_P(SixteenBitFloats, RunsPoolsWithEpilogues) {
  for (const char *kind : {"max_pool2d", "avg_pool2d"})
    for (DType type : {DType::BF16, DType::F16})
      for (const char *last : {"relu", "tanh"}) {
        Trial trial;
        trial.op.kind = kind;
        trial.op.attributes.set("window", Ints{3, 3});
        trial.op.attributes.set("pads", Ints{1, 1, 1, 1});
        trial.op.epilogues = {{"add", 1}, {last, -1}};
        trial.inputs = {{type, {2, 6, 7, 300}}, {type, {2, 6, 7, 300}}};
        trial.constant = {false, false};
        trial.output = {type, {2, 6, 7, 300}};
        trial.expectEqual(*cpuProvider(), unit(type));
        trial.padding = 5;
        trial.expectEqual(*cpuProvider(), unit(type));
      }
}

TEST_P(SixteenBitFloats, RunsElementwiseAndCasts) {
  for (DType type : {DType::BF16, DType::F16}) {
    Trial trial;
    trial.constant = {false};
    trial.inputs = {{type, {3, 7, 700}}};
    trial.output = {type, {3, 7, 700}};
    for (const char *kind : {"sigmoid", "relu", "swish"}) {
      trial.op.kind = kind;
      trial.padding = 0;
      trial.expectEqual(*cpuProvider(), unit(type));
      trial.padding = 3;
      trial.expectEqual(*cpuProvider(), unit(type));
    }
    trial.op.kind = "cast";
    trial.op.attributes.set("to", std::string("f32"));
    trial.output.dtype = DType::F32;
    trial.expectEqual(*cpuProvider(), 0);
    trial.inputs[0].dtype = DType::F32;
    trial.output.dtype = type;
    trial.op.attributes.set("to", std::string(ops::name(type)));
    trial.expectEqual(*cpuProvider(), 0);

    // Short rows that repeat, of each width.
    Trial row;
    row.op.kind = "sub";
    row.constant = {false, false};
    for (DType narrow : {type, DType::F32})
      for (int64_t columns : {2, 3, 33, 256}) {
        row.output = {narrow, {5, 41, columns}};
        row.inputs = {{narrow, {5, 41, columns}}, {narrow, {1, 1, columns}}};
        row.expectEqual(*cpuProvider(), unit(type));
        std::swap(row.inputs[0], row.inputs[1]);
        row.expectEqual(*cpuProvider(), unit(type));
      }

    // Broadcasts of each side.
    Trial two;
    two.op.kind = "mul";
    two.constant = {false, false};
    two.output = {type, {3, 7, 700}};
    for (const ops::Shape &other :
         {ops::Shape{3, 7, 700}, ops::Shape{700}, ops::Shape{3, 7, 1}}) {
      two.inputs = {{type, {3, 7, 700}}, {type, other}};
      two.expectEqual(*cpuProvider(), unit(type));
      std::swap(two.inputs[0], two.inputs[1]);
      two.expectEqual(*cpuProvider(), unit(type));
    }
  }
}

/// Over pixels, all but the pixels, and rows; of odd numbers of channels, of
/// more than are reduced at a time, and of so few that rows are converted
/// together.
TEST_P(SixteenBitFloats, Reduces) {
  struct Reduce {
    ops::Shape in;
    Ints axes;
    ops::Shape out;
  };
  const std::vector<Reduce> reduces = {{{2, 7, 7, 300}, {1, 2}, {2, 300}},
                                       {{1, 15, 14, 37}, {1, 2}, {1, 37}},
                                       {{2, 30, 30, 3}, {1, 2}, {2, 3}},
                                       {{2, 9, 8, 5}, {1}, {2, 8, 5}},
                                       {{3, 5, 41}, {2}, {3, 5}},
                                       {{2, 2, 2500}, {-1}, {2, 2}},
                                       {{600, 7}, {1}, {600}},
                                       {{3, 5, 40}, {0, 2}, {5}},
                                       {{9, 30, 131}, {0, 1, 2}, {}}};
  for (DType from : {DType::F32, DType::BF16, DType::F16})
    for (DType to : {DType::F32, DType::BF16, DType::F16})
      for (const char *kind : {"sum", "mean", "max"})
        for (const Reduce &reduce : reduces)
          for (int threads : {1, 2}) {
            SCOPED_TRACE(std::string(kind) + " of " +
                         ops::toString(ops::TensorType{from, reduce.in}) +
                         " to " + std::string(ops::name(to)));
            TypedTrial trial;
            trial.op.kind = "reduce";
            trial.op.attributes.set("kind", std::string(kind));
            trial.op.attributes.set("axes", reduce.axes);
            if (to != from)
              trial.op.attributes.set("to", std::string(ops::name(to)));
            trial.inputs = {{from, reduce.in}};
            trial.constant = {false};
            trial.output = {to, reduce.out};
            trial.threads = threads;
            trial.tactic = "rows";
            trial.expectEqual(*cpuProvider());
            trial.inputPadding = 5;
            trial.expectEqual(*cpuProvider());
          }
}

/// Half as many bytes take half the time.
TEST_P(SixteenBitFloats, ReductionsCostTheBytesTheyRead) {
  LaunchDesc launch;
  launch.op.kind = "reduce";
  launch.op.attributes.set("kind", std::string("mean"));
  launch.op.attributes.set("axes", Ints{1, 2});
  launch.op.attributes.set("to", std::string("f32"));
  launch.inputs.resize(1);
  launch.outputs.resize(1);
  launch.outputs[0].type = {DType::F32, {1, 64}};
  auto seconds = [&](DType type, int64_t size) {
    launch.inputs[0].type = {type, {1, size, 8, 64}};
    return cpuProvider()->tactics(launch, 1).at(0).seconds;
  };
  EXPECT_DOUBLE_EQ(seconds(DType::BF16, 16), seconds(DType::F32, 8));
  EXPECT_LT(seconds(DType::F16, 16), seconds(DType::F32, 16));
}

INSTANTIATE_TEST_SUITE_P(EachIsa, SixteenBitFloats,
                         testing::Values(cpu::Isa::Portable, cpu::Isa::Avx2,
                                         cpu::Isa::Avx512),
                         [](const auto &info) {
                           return info.param == cpu::Isa::Portable ? "portable"
                                  : info.param == cpu::Isa::Avx2   ? "avx2"
                                                                   : "avx512";
                         });

} // namespace
