//===- QuantizedConvolutionTest.cpp - products of quantized values --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Isa.h"
#include "runtime/cpu/Providers.h"
#include "runtime/ops/Element.h"
#include "runtime/ops/Semantics.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <set>

using namespace graft;
using namespace graft::runtime;
using ops::DType;
using Ints = std::vector<int64_t>;

namespace {

class QuantizedConvolution : public testing::TestWithParam<cpu::Isa> {
protected:
  void SetUp() override { cpu::limitIsa(GetParam()); }
  void TearDown() override { cpu::limitIsa(cpu::Isa::Avx512); }
};

/// A convolution or product as nn-fuse-quantization makes them.
struct Trial {
  ops::Shape x, weights, y;
  int64_t zeroPoint = 0;
  bool hasBias = true;
  bool hasResidual = false, residualIsQuantized = true;
  std::string activation = "relu";
  bool makesQuantized = true;
  int64_t outZeroPoint = 0;
  Ints strides = {1, 1}, pads = {0, 0, 0, 0}, dilations = {1, 1};
  int64_t groups = 1;
  int64_t inputPadding = 0, outputPadding = 0; ///< channels between pixels
  int threads = 1;
  bool packs = true;
  double range = 1; ///< about the largest value that is quantized

  LaunchDesc launch() const;
  void expectEqual() const;
};

Slot makeSlot(DType type, ops::Shape shape, bool constant) {
  Slot slot;
  slot.type = {type, std::move(shape)};
  slot.constant = constant;
  return slot;
}

LaunchDesc Trial::launch() const {
  LaunchDesc launch;
  ops::OpDesc &op = launch.op;
  bool isMatMul = x.size() == 2;
  op.kind = isMatMul ? "matmul" : "conv2d";
  op.attributes.set("has_bias", int64_t(0));
  op.attributes.set("zero_point", zeroPoint);
  op.attributes.set("to", std::string(makesQuantized ? "u8" : "f32"));
  if (!isMatMul) {
    op.attributes.set("strides", strides);
    op.attributes.set("pads", pads);
    op.attributes.set("dilations", dilations);
    op.attributes.set("groups", groups);
  }
  launch.inputs = {makeSlot(DType::U8, x, false),
                   makeSlot(DType::I8, weights, true),
                   makeSlot(DType::F32, {y.back()}, true)};
  op.epilogues.push_back({"mul", 2});
  auto add = [&](DType type, ops::Shape shape, double alpha, double beta) {
    op.epilogues.push_back({"add", int32_t(launch.inputs.size()), alpha, beta});
    launch.inputs.push_back(makeSlot(type, std::move(shape), alpha == 0));
  };
  if (hasBias)
    add(DType::F32, {y.back()}, 0, 0);
  if (hasResidual && residualIsQuantized)
    add(DType::U8, y, 0.02, 100);
  else if (hasResidual)
    add(DType::F32, y, 0, 0);
  if (activation == "clip")
    op.epilogues.push_back({"clip", -1, -1.0, 1.5});
  else if (!activation.empty())
    op.epilogues.push_back({activation});
  if (makesQuantized)
    op.epilogues.push_back({"quantize", -1, 0.03, double(outZeroPoint)});
  launch.outputs = {
      makeSlot(makesQuantized ? DType::U8 : DType::F32, y, false)};
  return launch;
}

void Trial::expectEqual() const {
  LaunchDesc desc = launch();
  std::mt19937 random(17);
  std::uniform_real_distribution<double> uniform(-1, 1);
  int64_t depth = 1;
  for (size_t i = 0; i + 1 < weights.size(); ++i)
    depth *= weights[i];
  std::vector<std::vector<char>> dense;
  std::vector<ops::TensorView> views;
  for (size_t i = 0; i < desc.inputs.size(); ++i) {
    const ops::TensorType &type = desc.inputs[i].type;
    int64_t count = 0;
    ASSERT_TRUE(ops::countElements(type.shape, count));
    dense.emplace_back(size_t(count) * ops::sizeOf(type.dtype));
    // Sums of about 1, whatever the depth.
    double scale = type.dtype == DType::F32 ? 1.0 : 127.0;
    double shift = type.dtype == DType::U8 ? 128.0 : 0.0;
    if (i == 2) {
      scale = range * 5e-5 / std::sqrt(double(depth));
      shift = 2 * scale;
    }
    for (int64_t k = 0; k < count; ++k)
      ops::storeRounded(dense.back().data(), type.dtype, k,
                        uniform(random) * scale + shift);
    views.push_back({type, dense.back().data(), {}});
  }
  auto addPadding = [](Slot &slot, int64_t channels) {
    if (!channels)
      return;
    int64_t stride = slot.type.shape.back() + channels;
    slot.strides.assign(slot.type.shape.size(), 1);
    for (size_t i = slot.strides.size() - 1; i-- > 0;) {
      slot.strides[i] = stride;
      stride *= slot.type.shape[i];
    }
  };
  addPadding(desc.inputs[0], inputPadding);
  addPadding(desc.outputs[0], outputPadding);

  const Provider *provider = cpuProvider();
  std::vector<Tactic> tactics = provider->tactics(desc, threads);
  ASSERT_FALSE(tactics.empty());
  desc.tactic = tactics[0].name;
  std::vector<std::vector<char>> given = dense;
  if (packs) {
    Expected<PackedConstant> packed =
        provider->pack(desc, 1, dense[1].data(), threads);
    ASSERT_TRUE(packed) << packed.status().message();
    if (!packed->layout.empty()) {
      desc.inputs[1].layout = packed->layout;
      desc.inputs[1].bytes = packed->bytes.size();
      given[1].assign(reinterpret_cast<char *>(packed->bytes.data()),
                      reinterpret_cast<char *>(packed->bytes.data()) +
                          packed->bytes.size());
    }
  }
  // Rows of pixels, with what lies between them set to a mark.
  auto spread = [](const std::vector<char> &from, int64_t row, int64_t gap,
                   char mark) {
    std::vector<char> to;
    for (size_t i = 0; i < from.size(); i += size_t(row)) {
      to.insert(to.end(), from.begin() + ptrdiff_t(i),
                from.begin() + ptrdiff_t(i) + row);
      to.insert(to.end(), size_t(gap), mark);
    }
    return to;
  };
  given[0] = spread(dense[0], x.back(), inputPadding, char(0xee));
  const size_t size = makesQuantized ? 1 : 4;
  int64_t outCount = 0;
  ASSERT_TRUE(ops::countElements(y, outCount));
  std::vector<char> out =
      spread(std::vector<char>(size_t(outCount) * size, 0x55),
             y.back() * int64_t(size), outputPadding * int64_t(size), 0x77);
  Expected<std::unique_ptr<Kernel>> kernel = provider->create(desc, threads);
  ASSERT_TRUE(kernel) << kernel.status().message();
  std::vector<char> scratch((*kernel)->scratchBytes() + 64);
  void *aligned = reinterpret_cast<void *>(
      (reinterpret_cast<uintptr_t>(scratch.data()) + 63) / 64 * 64);
  std::vector<const void *> inputs;
  for (const std::vector<char> &tensor : given)
    inputs.push_back(tensor.data());
  void *outputs[] = {out.data()};
  ExecutionContext context(aligned);
  ASSERT_TRUE((*kernel)->enqueue(inputs.data(), outputs, context));

  std::vector<char> expected(size_t(outCount) * size);
  ops::TensorView result{desc.outputs[0].type, expected.data(), {}};
  Status status = ops::evaluate(desc.op, views, {result});
  ASSERT_TRUE(status.ok()) << status.message();
  int64_t offByOne = 0;
  std::set<double> seen;
  for (int64_t i = 0; i < outCount; ++i) {
    int64_t at = i / y.back() * (y.back() + outputPadding) + i % y.back();
    double found = ops::loadDouble(out.data(), result.type.dtype, at);
    double wanted = ops::loadDouble(expected.data(), result.type.dtype, i);
    seen.insert(wanted);
    if (makesQuantized) {
      ASSERT_LE(std::abs(found - wanted), 1) << "element " << i;
      offByOne += found != wanted;
    } else {
      ASSERT_NEAR(found, wanted, 1e-5 * (1 + std::abs(wanted))) << i;
    }
  }
  if (outCount >= 64 && range <= 1)
    EXPECT_GT(seen.size(), 8u) << "the results must vary";
  // A tie may be rounded to either neighbour.
  EXPECT_LE(offByOne, outCount / 1000 + 1);
  for (int64_t i = 0; i < int64_t(out.size() / size); ++i)
    if (i % (y.back() + outputPadding) >= y.back())
      for (size_t byte = 0; byte < size; ++byte)
        ASSERT_EQ(out[size_t(i) * size + byte], 0x77);
}

TEST_P(QuantizedConvolution, MultiplyMatrices) {
  for (int64_t depth : {1, 3, 4, 7, 64, 130})
    for (int64_t columns : {1, 15, 16, 17, 33, 96, 100})
      Trial{{13, depth}, {depth, columns}, {13, columns}}.expectEqual();
}

/// Each number of pixels beside each number of vectors, whole and in part.
TEST_P(QuantizedConvolution, FillTilesOfAnySize) {
  for (int64_t rows = 1; rows <= 25; ++rows)
    for (int64_t columns : {16, 24, 32, 41, 48, 64, 72, 80, 96})
      for (bool hasResidual : {false, true}) {
        Trial trial{{rows, 12}, {12, columns}, {rows, columns}};
        trial.hasResidual = hasResidual;
        trial.outZeroPoint = 30;
        trial.activation = hasResidual ? "" : "clip";
        trial.outputPadding = 3;
        trial.expectEqual();
      }
}

/// Far from the least and the greatest integer, too.
TEST_P(QuantizedConvolution, Saturate) {
  for (double range : {1e3, 1e9, 1e12, 1e30})
    for (bool hasResidual : {false, true})
      for (const char *kind : {"", "clip", "swish"}) {
        Trial trial{{20, 64}, {64, 40}, {20, 40}, 7};
        trial.range = range;
        trial.hasResidual = hasResidual;
        trial.residualIsQuantized = range < 1e12;
        trial.activation = kind;
        trial.outZeroPoint = 90;
        trial.expectEqual();
      }
}

TEST_P(QuantizedConvolution, TakeZeroPointsOutAtBorders) {
  for (int64_t zero : {0, 1, 128, 255})
    for (int64_t size : {1, 3, 5}) {
      Trial trial{{1, 9, 8, 8}, {size, size, 8, 20}, {1, 9, 8, 20}, zero};
      trial.pads.assign(4, size / 2);
      trial.outZeroPoint = 77;
      trial.activation = "";
      trial.expectEqual();
    }
}

TEST_P(QuantizedConvolution, SlideLongWindows) {
  for (int64_t zero : {0, 9}) {
    Trial trial{{1, 3, 70, 8}, {3, 39, 8, 8}, {1, 3, 70, 8}, zero};
    trial.pads = {1, 1, 19, 19};
    trial.expectEqual();
  }
}

TEST_P(QuantizedConvolution, StrideDilateAndGroup) {
  for (int64_t groups : {1, 2})
    for (int64_t zero : {0, 10}) {
      Trial trial{{2, 11, 9, 12}, {3, 3, 12 / groups, 18}, {2, 6, 5, 18}, zero};
      trial.groups = groups;
      trial.strides = {2, 2};
      trial.pads = {1, 1, 1, 1};
      trial.expectEqual();
      trial.strides = {1, 1};
      trial.dilations = {2, 3};
      trial.y = {2, 9, 5, 18};
      trial.expectEqual();
    }
}

TEST_P(QuantizedConvolution, CopyImagesOfThreeChannels) {
  Trial trial{{2, 15, 15, 3}, {3, 3, 3, 32}, {2, 7, 7, 32}, 128};
  trial.strides = {2, 2};
  trial.expectEqual();
  trial.packs = false;
  trial.expectEqual();
  trial.inputPadding = 1;
  trial.expectEqual();
}

TEST_P(QuantizedConvolution, CopyChannelsThatFillNoWords) {
  for (int64_t channels : {1, 2, 5, 6, 11})
    for (int64_t padding : {0, 2}) {
      Trial trial{{2, 7, 9, channels}, {3, 3, channels, 17}, {2, 7, 9, 17}, 4};
      trial.pads = {1, 1, 1, 1};
      trial.inputPadding = padding;
      trial.expectEqual();
      trial.groups = 2;
      trial.x.back() *= 2;
      trial.weights.back() = trial.y.back() = 34;
      trial.expectEqual();
    }
}

TEST_P(QuantizedConvolution, ReadAndWriteSlices) {
  for (int64_t padding : {4, 5})
    for (int64_t size : {1, 3}) {
      Trial trial{{2, 7, 6, 16}, {size, size, 16, 24}, {2, 7, 6, 24}, 3};
      trial.pads.assign(4, size / 2);
      trial.inputPadding = padding;
      trial.outputPadding = padding + 8;
      trial.expectEqual();
    }
}

TEST_P(QuantizedConvolution, AddResiduals) {
  for (bool quantized : {true, false})
    for (bool makesQuantized : {true, false}) {
      Trial trial{{1, 6, 7, 32}, {1, 1, 32, 40}, {1, 6, 7, 40}};
      trial.hasResidual = true;
      trial.residualIsQuantized = quantized;
      trial.makesQuantized = makesQuantized;
      trial.expectEqual();
    }
}

TEST_P(QuantizedConvolution, ApplyOtherEpilogues) {
  for (const char *kind : {"swish", "sigmoid", "clip", "gelu", ""})
    for (bool makesQuantized : {true, false}) {
      Trial trial{{1, 6, 7, 32}, {3, 3, 32, 40}, {1, 4, 5, 40}};
      trial.activation = kind;
      trial.makesQuantized = makesQuantized;
      trial.outZeroPoint = makesQuantized ? 60 : 0;
      trial.expectEqual();
    }
}

TEST_P(QuantizedConvolution, ShareWorkAmongThreads) {
  for (int threads : {2, 3, 7}) {
    Trial trial{{3, 14, 14, 64}, {3, 3, 64, 128}, {3, 14, 14, 128}, 5};
    trial.pads = {1, 1, 1, 1};
    trial.threads = threads;
    trial.expectEqual();
    trial = {{1, 1, 1, 512}, {1, 1, 512, 1000}, {1, 1, 1, 1000}};
    trial.makesQuantized = false;
    trial.threads = threads;
    trial.expectEqual();
  }
}

INSTANTIATE_TEST_SUITE_P(Isas, QuantizedConvolution,
                         testing::Values(cpu::Isa::Avx512, cpu::Isa::Avx2,
                                         cpu::Isa::Portable));

} // namespace
