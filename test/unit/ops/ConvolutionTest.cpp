//===- ConvolutionTest.cpp - sums of products -----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions, matrix products and pools against numbers worked out by hand.
//===----------------------------------------------------------------------===//
#include "TestOps.h"

using namespace graft::ops;
using namespace graft::ops::test;

TEST(Conv2D, SumsWindows) {
  // 3x3 image 1..9 under a 2x2 window of ones.
  expectResult(
      describe("conv2d"),
      {f32({1, 3, 3, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9}), f32({2, 2, 1, 1}, {1})},
      f32Type({1, 2, 2, 1}), {12, 16, 24, 28});
}

TEST(Conv2D, PadsStridesDilatesAndAddsBias) {
  expectResult(describe("conv2d", {{"strides", Ints{2, 2}},
                                   {"pads", Ints{1, 0, 0, 1}},
                                   {"has_bias", int64_t(1)}}),
               {f32({1, 3, 3, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9}),
                f32({2, 2, 1, 1}, {1, 10, 100, 1000}), f32({1}, {0.5})},
               f32Type({1, 2, 2, 1}), {2100.5, 300.5, 8754.5, 906.5});
  expectResult(describe("conv2d", {{"dilations", Ints{2, 2}}}),
               {f32({1, 3, 3, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9}),
                f32({2, 2, 1, 1}, {1, 10, 100, 1000})},
               f32Type({1, 1, 1, 1}), {1 + 30 + 700 + 9000});
}

TEST(Conv2D, GroupsSeeTheirChannelsOnly) {
  expectResult(describe("conv2d", {{"groups", int64_t(2)}}),
               {f32({1, 1, 1, 4}, {1, 2, 3, 4}),
                f32({1, 1, 2, 4}, {1, 10, 1, 10, 1, 10, 1, 10})},
               f32Type({1, 1, 1, 4}), {3, 30, 7, 70});
}

TEST(Conv2D, IntegersGiveInt32) {
  expectResult(describe("conv2d"),
               {Tensor(DType::U8, {1, 1, 1, 2}, {255, 255}),
                Tensor(DType::I8, {1, 1, 2, 1}, {-128, 127})},
               {DType::I32, {1, 1, 1, 1}}, {-255});
}

TEST(Conv2D, EpiloguesRunInOrderAndRoundOnce) {
  OpDesc op = describe("conv2d", {{"to", std::string("i8")}});
  op.epilogues = {{"mul", 2, 0, 0}, {"clip", -1, 0, 6}};
  // 100 * 0.055 = 5.5 rounds to even, -1 and 200 * 0.055 are clipped.
  expectResult(op,
               {Tensor(DType::I8, {1, 1, 3, 1}, {50, -1, 100}),
                Tensor(DType::I8, {1, 1, 1, 1}, {2}), f32({1}, {0.0625})},
               {DType::I8, {1, 1, 3, 1}}, {6, 0, 6});
}

TEST(Conv2D, RefusesWhatDoesNotFit) {
  Tensor x = f32({1, 3, 3, 2}, {1});
  expectFailure(describe("conv2d"), {x, f32({2, 2, 3, 1}, {1})},
                "the filter's input channels times groups");
  expectFailure(describe("conv2d", {{"strides", Ints{0, 1}}}),
                {x, f32({2, 2, 2, 1}, {1})}, "got [0, 1]");
  expectFailure(describe("conv2d"), {x, f32({9, 9, 2, 1}, {1})},
                "as large as the window");
  expectFailure(describe("conv2d", {{"has_bias", int64_t(1)}}),
                {x, f32({2, 2, 2, 1}, {1})}, "needs 3 inputs, got 2");
}

TEST(Conv2D, KeepsUnknownSizes) {
  std::vector<TensorType> results;
  ASSERT_TRUE(inferTypes(describe("conv2d", {{"strides", Ints{2, 2}}}),
                         {{{DType::F32, {kDynamic, 9, kDynamic, 3}}},
                          {{DType::F32, {3, 3, 3, 8}}}},
                         results)
                  .ok());
  EXPECT_EQ(results[0], f32Type({kDynamic, 4, kDynamic, 8}));
}

TEST(Conv2DTranspose, ScattersWindows) {
  expectResult(
      describe("conv2d_transpose", {{"strides", Ints{2, 2}}}),
      {f32({1, 1, 2, 1}, {1, 2}), f32({2, 3, 1, 1}, {1, 2, 3, 4, 5, 6})},
      f32Type({1, 2, 5, 1}), {1, 2, 5, 4, 6, 4, 5, 14, 10, 12});
  expectFailure(describe("conv2d_transpose", {{"strides", Ints{2, 2}},
                                              {"output_size", Ints{9, 9}}}),
                {f32({1, 1, 2, 1}, {1, 2}), f32({2, 3, 1, 1}, {1})},
                "output_size");
}

TEST(MatMul, MultipliesAndBroadcasts) {
  Tensor a = f32({2, 2}, {1, 2, 3, 4});
  Tensor b = f32({2, 2}, {5, 6, 7, 8});
  expectResult(describe("matmul"), {a, b}, f32Type({2, 2}), {19, 22, 43, 50});
  expectResult(describe("matmul", {{"transpose_b", int64_t(1)}}), {a, b},
               f32Type({2, 2}), {17, 23, 39, 53});
  expectResult(describe("matmul", {{"transpose_a", int64_t(1)}}), {a, b},
               f32Type({2, 2}), {26, 30, 38, 44});
  expectResult(describe("matmul", {{"has_bias", int64_t(1)}}),
               {f32({2, 1, 2}, {1, 2, 3, 4}), b, f32({2}, {100, 200})},
               f32Type({2, 1, 2}), {119, 222, 143, 250});
  expectFailure(describe("matmul"), {a, f32({3, 2}, {1})}, "inner sizes");
}

TEST(MatMul, AnEmptyDepthGivesTheBias) {
  expectResult(describe("matmul"), {f32({2, 0}, {1}), f32({0, 1}, {1})},
               f32Type({2, 1}), {0, 0});
  expectResult(describe("matmul"), {f32({0, 2}, {1}), f32({2, 1}, {1})},
               f32Type({0, 1}), {});
}

TEST(MatMul, IntegersWrap) {
  expectResult(describe("matmul"),
               {i32({1, 2}, {2147483647, 1}), i32({2, 1}, {1, 1})},
               {DType::I32, {1, 1}}, {-2147483648.0});
}

TEST(Pool, MaximumIgnoresPadding) {
  expectResult(describe("max_pool2d",
                        {{"window", Ints{2, 2}}, {"pads", Ints{1, 0, 1, 0}}}),
               {f32({1, 2, 2, 1}, {-1, -2, -3, -4})}, f32Type({1, 2, 2, 1}),
               {-1, -1, -1, -1});
}

TEST(Pool, MeansOfQuantizedValuesAreReal) {
  Tensor x(DType::U8, {1, 2, 2, 1}, {4, 255, 12, 0});
  OpDesc op = describe("avg_pool2d", {{"window", Ints{2, 2}},
                                      {"pads", Ints{1, 0, 0, 0}},
                                      {"include_pad", int64_t(1)},
                                      {"zero_point", int64_t(12)}});
  // Padding stands for the zero point.
  expectResult(op, {x}, f32Type({1, 2, 1, 1}), {235.0 / 4, 223.0 / 4});
  op.attributes.set("to", std::string("i8"));
  op.epilogues = {{"mul", 1, 0, 0}, {"quantize", -1, 0.5, -100}};
  expectResult(op, {x, f32({}, {2})}, {DType::I8, {1, 2, 1, 1}}, {127, 123});
  op.attributes.set("zero_point", int64_t(256));
  expectFailure(op, {x, f32({}, {2})}, "zero_point must be a code of input 0");
}

TEST(Pool, MeanCountsPaddingOnRequest) {
  Tensor x = f32({1, 2, 2, 1}, {4, 8, 12, 16});
  expectResult(describe("avg_pool2d",
                        {{"window", Ints{2, 2}}, {"pads", Ints{1, 0, 1, 0}}}),
               {x}, f32Type({1, 2, 2, 1}), {4, 6, 8, 10});
  expectResult(describe("avg_pool2d", {{"window", Ints{2, 2}},
                                       {"pads", Ints{1, 0, 1, 0}},
                                       {"include_pad", int64_t(1)}}),
               {x}, f32Type({1, 2, 2, 1}), {1, 3, 4, 10});
  expectFailure(describe("avg_pool2d",
                         {{"window", Ints{2, 2}}, {"pads", Ints{2, 0, 0, 0}}}),
                {x}, "pads must be smaller than the window");
}
