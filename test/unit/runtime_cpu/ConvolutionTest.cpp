//===- ConvolutionTest.cpp - convolutions of both providers ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "KernelHarness.h"

#include "runtime/cpu/Isa.h"

using namespace graft;
using namespace graft::runtime;
using graft::test::Case;
using graft::test::Outcome;

namespace {

struct Shape2D {
  int64_t images, height, width, channels, kernelH, kernelW, outChannels;
  int64_t strideH = 1, strideW = 1, dilationH = 1, dilationW = 1;
  int64_t top = 0, bottom = 0, left = 0, right = 0, groups = 1;
};

Case makeConv(const Shape2D &s, bool bias = true) {
  Case test;
  test.op.kind = "conv2d";
  ops::Attributes &attrs = test.op.attributes;
  attrs.set("strides", std::vector<int64_t>{s.strideH, s.strideW});
  attrs.set("dilations", std::vector<int64_t>{s.dilationH, s.dilationW});
  attrs.set("pads", std::vector<int64_t>{s.top, s.bottom, s.left, s.right});
  attrs.set("groups", s.groups);
  attrs.set("has_bias", int64_t(bias));
  int64_t outH =
      (s.height + s.top + s.bottom - (s.kernelH - 1) * s.dilationH - 1) /
          s.strideH +
      1;
  int64_t outW =
      (s.width + s.left + s.right - (s.kernelW - 1) * s.dilationW - 1) /
          s.strideW +
      1;
  test.inputs = {{s.images, s.height, s.width, s.channels},
                 {s.kernelH, s.kernelW, s.channels / s.groups, s.outChannels}};
  if (bias)
    test.inputs.push_back({s.outChannels});
  test.output = {s.images, outH, outW, s.outChannels};
  test.depth = s.kernelH * s.kernelW * s.channels / s.groups;
  return test;
}

/// Adds an epilogue; with a shape, its operand becomes an input.
void addEpilogue(Case &test, std::string kind, double alpha = 0,
                 double beta = 0) {
  test.op.epilogues.push_back({std::move(kind), -1, alpha, beta});
}
void addOperand(Case &test, std::string kind, ops::Shape shape) {
  test.op.epilogues.push_back(
      {std::move(kind), int32_t(test.inputs.size()), 0, 0});
  test.inputs.push_back(std::move(shape));
}

const std::vector<Shape2D> &shapes() {
  static const std::vector<Shape2D> list = {
      // One pixel, one channel, up to tails on all sides.
      {1, 1, 1, 1, 1, 1, 1},
      {1, 5, 7, 3, 1, 1, 5},
      {2, 9, 8, 17, 1, 1, 33},
      {1, 6, 6, 32, 1, 1, 48, 2, 2},
      // Pixels whose first lines have one place in the cache.
      {2, 3, 5, 1024, 1, 1, 100},
      // The window shapes of real networks, padded.
      {1, 9, 11, 5, 3, 3, 19, 1, 1, 1, 1, 1, 1, 1, 1},
      {1, 17, 17, 16, 1, 7, 32, 1, 1, 1, 1, 0, 0, 3, 3},
      {1, 17, 17, 16, 7, 1, 40, 1, 1, 1, 1, 3, 3, 0, 0},
      {1, 12, 12, 7, 5, 5, 16, 1, 1, 1, 1, 2, 2, 2, 2},
      {1, 29, 31, 3, 3, 3, 32, 2, 2},
      {1, 30, 30, 3, 7, 7, 64, 2, 2, 1, 1, 3, 3, 3, 3},
      {1, 8, 8, 64, 3, 3, 96, 1, 1, 1, 1, 1, 1, 1, 1},
      {1, 7, 7, 33, 3, 3, 31, 2, 2, 1, 1, 0, 1, 0, 1},
      // Dilation, lopsided padding, groups, a kernel larger than the image.
      {1, 13, 12, 8, 3, 3, 20, 1, 1, 2, 3, 2, 2, 3, 3},
      {2, 10, 9, 12, 3, 2, 18, 1, 2, 1, 1, 2, 0, 0, 1, 3},
      {1, 2, 2, 9, 5, 5, 9, 1, 1, 1, 1, 2, 2, 2, 2},
      // Depthwise, also with a multiplier.
      {1, 9, 9, 19, 3, 3, 19, 1, 1, 1, 1, 1, 1, 1, 1, 19},
      {1, 14, 13, 40, 5, 5, 40, 2, 2, 1, 1, 1, 2, 1, 2, 40},
      {1, 8, 8, 6, 3, 3, 12, 1, 1, 1, 1, 1, 1, 1, 1, 6},
      {1, 7, 7, 33, 5, 5, 33, 1, 1, 1, 1, 2, 2, 2, 2, 33},
      {2, 5, 19, 16, 3, 3, 16, 1, 1, 1, 1, 1, 1, 1, 1, 16},
      {1, 3, 2, 40, 5, 5, 40, 1, 1, 1, 1, 2, 2, 2, 2, 40},
      {1, 9, 12, 18, 3, 5, 18, 2, 1, 2, 1, 1, 1, 0, 4, 18},
      // Short sums into many channels: wide blocks.
      {1, 9, 7, 16, 1, 1, 96},
      {1, 6, 7, 5, 3, 3, 77, 1, 1, 1, 1, 1, 1, 1, 1},
      {1, 5, 5, 24, 1, 1, 144},
  };
  return list;
}

/// A provider, limited to an instruction set.
struct Target {
  const Provider *provider;
  cpu::Isa isa;
  const char *name;
};

class Convolution : public testing::TestWithParam<Target> {
protected:
  void SetUp() override { cpu::limitIsa(GetParam().isa); }
  void TearDown() override { cpu::limitIsa(cpu::Isa::Avx512); }
  void expectPass(const Case &test, const std::string &what) {
    std::string message;
    EXPECT_EQ(graft::test::check(*GetParam().provider, test, message),
              Outcome::Passed)
        << what << ": " << message;
  }
  /// For variants that a provider need not take.
  void expectNoFailure(const Case &test, const std::string &what) {
    std::string message;
    EXPECT_NE(graft::test::check(*GetParam().provider, test, message),
              Outcome::Failed)
        << what << ": " << message;
  }
};

TEST_P(Convolution, MatchesTheReferenceForEveryShapeAndThreadCount) {
  for (size_t i = 0; i < shapes().size(); ++i)
    for (int threads = 1; threads <= 4; ++threads) {
      Case test = makeConv(shapes()[i], /*bias=*/i % 2 == 0);
      test.threads = threads;
      expectPass(test, "shape " + std::to_string(i) + ", threads " +
                           std::to_string(threads));
    }
}

TEST_P(Convolution, HandlesEveryNumberOfChannelsUpTo33) {
  for (int64_t channels = 1; channels <= 33; ++channels) {
    expectPass(makeConv({1, 4, 5, channels, 1, 1, 7}),
               "inputs " + std::to_string(channels));
    expectPass(makeConv({1, 4, 5, 6, 3, 3, channels, 1, 1, 1, 1, 1, 1, 1, 1}),
               "outputs " + std::to_string(channels));
  }
}

TEST_P(Convolution, WorksWithoutPacking) {
  Case test = makeConv({1, 9, 9, 24, 3, 3, 40, 1, 1, 1, 1, 1, 1, 1, 1});
  test.pack = false;
  expectNoFailure(test, "unpacked");
}

TEST_P(Convolution, RunsOnOtherThreadsThanItWasPackedFor) {
  Case test = makeConv({1, 7, 7, 576, 1, 1, 160});
  for (test.threads = 1; test.threads <= 4; ++test.threads)
    for (test.runThreads = 1; test.runThreads <= 4; ++test.runThreads)
      expectPass(test, "packed for " + std::to_string(test.threads) +
                           ", run by " + std::to_string(test.runThreads));
}

/// A kernel reorders weights to the format that its primitive requires when it
/// is created, not at each run.
TEST(OneDnn, ReordersConstantsOnce) {
  Case test = makeConv({1, 7, 7, 576, 1, 1, 160}, /*bias=*/false);
  std::vector<float> weights(576 * 160, 1.0f);
  LaunchDesc launch;
  launch.op = test.op;
  launch.tactic = "primitive";
  for (const ops::Shape &shape : test.inputs)
    launch.inputs.push_back({{ops::DType::F32, shape}, {}, {}});
  launch.outputs.push_back({{ops::DType::F32, test.output}, {}, {}});
  launch.inputs[1].constant = true;
  auto scratchBytes = [&] {
    auto kernel = oneDnnProvider()->create(launch, 1);
    return kernel ? (*kernel)->scratchBytes() : UINT64_MAX;
  };
  const uint64_t eachRun = scratchBytes();
  launch.inputs[1].data = weights.data();
  const uint64_t once = scratchBytes();
  if (once == eachRun)
    GTEST_SKIP() << "this processor's primitive takes them as they are";
  EXPECT_LE(once + weights.size() * sizeof(float), eachRun);
}

TEST_P(Convolution, AppliesEpiloguesInOrder) {
  struct Activation {
    const char *kind;
    double alpha, beta;
  };
  for (const Activation &a : std::vector<Activation>{{"relu", 0, 0},
                                                     {"clip", 0, 6},
                                                     {"leaky_relu", 0.1, 0},
                                                     {"elu", 1, 0},
                                                     {"sigmoid", 0, 0},
                                                     {"tanh", 0, 0},
                                                     {"swish", 0, 0},
                                                     {"hard_swish", 0, 0},
                                                     {"hard_sigmoid", 0.2, 0.5},
                                                     {"gelu", 0, 0},
                                                     {"gelu_tanh", 0, 0}}) {
    Case test = makeConv({1, 9, 8, 16, 3, 3, 37, 1, 1, 1, 1, 1, 1, 1, 1});
    addEpilogue(test, a.kind, a.alpha, a.beta);
    expectPass(test, a.kind);
    addOperand(test, "add", test.output);
    addOperand(test, "mul", {37});
    addOperand(test, "sub", {1});
    addEpilogue(test, "relu");
    test.threads = 2;
    expectPass(test, std::string(a.kind) + " then operands");
  }
}

TEST_P(Convolution, AddsAResidualBeforeTheActivation) {
  Case test = makeConv({1, 14, 14, 32, 1, 1, 64});
  addOperand(test, "add", test.output);
  addEpilogue(test, "relu");
  expectPass(test, "residual");
  test.inPlace = true;
  test.threads = 2;
  expectNoFailure(test, "residual in place");
}

TEST_P(Convolution, ReadsAndWritesSlicesOfWiderTensors) {
  for (size_t i = 0; i < shapes().size(); ++i) {
    Case test = makeConv(shapes()[i]);
    test.threads = 2;
    test.inputPadding = 5;
    expectNoFailure(test, "strided input, shape " + std::to_string(i));
    test.outputPadding = 3;
    expectNoFailure(test, "strided both, shape " + std::to_string(i));
    test.inputPadding = 0;
    expectNoFailure(test, "strided output, shape " + std::to_string(i));
  }
}

TEST_P(Convolution, TakesMatricesAsRowsOfPixels) {
  for (bool transposed : {false, true})
    for (int64_t rows : {1, 2, 13, 14, 15, 130}) {
      Case test;
      test.op.kind = "matmul";
      test.op.attributes.set("transpose_b", int64_t(transposed));
      test.op.attributes.set("has_bias", int64_t(1));
      test.inputs = {{2, rows, 37}, {37, 50}, {50}};
      if (transposed)
        test.inputs[1] = {50, 37};
      test.output = {2, rows, 50};
      test.depth = 37;
      test.threads = 2;
      addOperand(test, "add", test.output);
      addEpilogue(test, "gelu");
      expectPass(test, std::to_string(rows) + " rows");
      test.pack = false;
      test.constant = {false, false, true, false};
      expectPass(test, std::to_string(rows) + " rows, both variable");
    }
}

/// 3x3 windows with odd and even maps, padding on any side, channels that end
/// inside of a vector or a block, several images, and maps with so few tiles
/// and so many weights that all threads share each step.
const std::vector<Shape2D> &winogradShapes() {
  static const std::vector<Shape2D> list = {
      {1, 4, 3, 1, 3, 3, 2},
      {1, 9, 11, 5, 3, 3, 19, 1, 1, 1, 1, 1, 1, 1, 1},
      {3, 8, 7, 33, 3, 3, 48, 1, 1, 1, 1, 1, 0, 0, 1},
      {2, 14, 13, 16, 3, 3, 65, 1, 1, 1, 1, 2, 2, 2, 2},
      {1, 6, 5, 192, 3, 3, 192, 1, 1, 1, 1, 1, 1, 1, 1},
      {2, 1, 1, 9, 3, 3, 32, 1, 1, 1, 1, 1, 1, 1, 1}};
  return list;
}

TEST_P(Convolution, TakesFewerProductsForWindowsOfThree) {
  if (GetParam().provider != cpuProvider())
    GTEST_SKIP() << "the tactic is the cpu provider's";
  for (const Shape2D &shape : winogradShapes())
    for (int threads : {1, 3}) {
      std::string what = std::to_string(shape.channels) +
                         " channels, threads " + std::to_string(threads);
      Case test = makeConv(shape, /*bias=*/threads == 1);
      test.tactic = "winograd";
      test.threads = threads;
      expectPass(test, what);
      addOperand(test, "add", test.output);
      addEpilogue(test, "relu");
      test.inputPadding = 5;
      test.outputPadding = 3;
      expectPass(test, what + ", residual, slices");
      addEpilogue(test, "tanh");
      addOperand(test, "mul", {shape.outChannels});
      expectPass(test, what + ", further steps");
      Case inPlace = makeConv(shape);
      addOperand(inPlace, "add", inPlace.output);
      inPlace.tactic = "winograd";
      inPlace.threads = threads;
      inPlace.inPlace = true;
      expectPass(inPlace, what + ", in place");
    }
}

TEST_P(Convolution, TakesFewerProductsOnlyWhereTheyAreTheSame) {
  // Strides, dilation, groups, other windows, weights that are not known.
  for (const Shape2D &shape :
       std::vector<Shape2D>{{1, 9, 9, 8, 3, 3, 8, 2, 2},
                            {1, 9, 9, 8, 3, 3, 8, 1, 1, 2, 2},
                            {1, 9, 9, 8, 3, 3, 8, 1, 1, 1, 1, 1, 1, 1, 1, 2},
                            {1, 9, 9, 8, 3, 1, 8}}) {
    Case test = makeConv(shape);
    test.tactic = "winograd";
    std::string message;
    EXPECT_EQ(graft::test::check(*GetParam().provider, test, message),
              Outcome::NotTaken);
  }
  Case test = makeConv({1, 9, 9, 8, 3, 3, 8});
  test.constant = {false, false, true};
  test.tactic = "winograd";
  std::string message;
  EXPECT_EQ(graft::test::check(*GetParam().provider, test, message),
            Outcome::NotTaken);
}

std::string targetName(const testing::TestParamInfo<Target> &info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(
    Targets, Convolution,
    testing::Values(Target{cpuProvider(), cpu::Isa::Avx512, "cpu_avx512"},
                    Target{cpuProvider(), cpu::Isa::Avx2, "cpu_avx2"},
                    Target{cpuProvider(), cpu::Isa::Portable, "cpu_portable"},
                    Target{oneDnnProvider(), cpu::Isa::Avx512, "onednn"}),
    targetName);

} // namespace
