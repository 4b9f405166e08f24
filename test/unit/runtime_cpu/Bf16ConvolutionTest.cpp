//===- Bf16ConvolutionTest.cpp - products of bf16 -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "TypedTrial.h"

#include "runtime/cpu/Isa.h"

using namespace graft;
using namespace graft::runtime;
using graft::test::TypedTrial;
using ops::DType;
using Ints = std::vector<int64_t>;

namespace {

class Bf16Convolution : public testing::Test {
protected:
  void SetUp() override {
    if (!cpu::hasBf16Products())
      GTEST_SKIP() << "the processor must have products of bf16";
  }
};

/// A convolution as nn-lower-precision makes them.
struct Layer {
  ops::Shape x{1, 7, 9, 24}, filter{1, 1, 24, 40}, y{1, 7, 9, 40};
  Ints strides{1, 1}, pads{0, 0, 0, 0}, dilations{1, 1};
  int64_t groups = 1;
  bool hasBias = true;
  DType result = DType::BF16, residual = DType::BF16;
  bool hasResidual = false;
  std::vector<ops::Epilogue> epilogues = {{"relu"}};

  TypedTrial trial() const {
    TypedTrial trial;
    trial.op.kind = x.size() == 4 ? "conv2d" : "matmul";
    if (x.size() == 4) {
      trial.op.attributes.set("strides", strides);
      trial.op.attributes.set("pads", pads);
      trial.op.attributes.set("dilations", dilations);
      trial.op.attributes.set("groups", groups);
    }
    trial.op.attributes.set("has_bias", int64_t(hasBias));
    trial.op.attributes.set("to", std::string(ops::name(result)));
    trial.inputs = {{DType::BF16, x}, {DType::BF16, filter}};
    trial.constant = {false, true};
    if (hasBias) {
      trial.inputs.push_back({DType::F32, {y.back()}});
      trial.constant.push_back(true);
    }
    if (hasResidual) {
      trial.op.epilogues.push_back({"add", int32_t(trial.inputs.size())});
      trial.inputs.push_back({residual, y});
      trial.constant.push_back(false);
    }
    trial.op.epilogues.insert(trial.op.epilogues.end(), epilogues.begin(),
                              epilogues.end());
    trial.output = {result, y};
    trial.low = -0.4f;
    trial.high = 0.5f;
    trial.tactic = "halves";
    return trial;
  }
  void check() const {
    TypedTrial one = trial();
    one.expectEqual(*cpuProvider());
    one.packs = true;
    one.inputPadding = 6;
    one.outputPadding = 3;
    one.expectEqual(*cpuProvider());
    one.inputPadding = 5; // half a word
    one.threads = 1;
    one.expectEqual(*cpuProvider());
  }
};

/// Each number of pixels beside each number of vectors, whole and in part.
TEST_F(Bf16Convolution, FillsTilesOfAnySize) {
  for (int64_t rows = 1; rows <= 25; ++rows)
    for (int64_t columns : {16, 24, 32, 41, 48, 64, 72, 80, 96})
      for (DType result : {DType::BF16, DType::F32}) {
        SCOPED_TRACE(testing::Message() << rows << " x " << columns);
        Layer layer;
        layer.x = {rows, 12};
        layer.filter = {12, columns};
        layer.y = {rows, columns};
        layer.result = result;
        layer.epilogues = {{"clip", -1, -0.2, 0.3}};
        layer.check();
      }
}

TEST_F(Bf16Convolution, SlidesWindows) {
  for (int64_t channels : {3, 8, 13})
    for (int64_t stride : {1, 2})
      for (int64_t dilation : {1, 2}) {
        SCOPED_TRACE(testing::Message() << channels << " channels, stride "
                                        << stride << " dilation " << dilation);
        Layer layer;
        layer.x = {2, 11, 12, channels};
        layer.filter = {3, 3, channels, 33};
        layer.pads = {1, 1, 2, 0};
        layer.strides = {stride, stride};
        layer.dilations = {dilation, 1};
        layer.y = {2, (13 - 2 * dilation - 1) / stride + 1, 11 / stride + 1,
                   33};
        layer.y[2] = (14 - 3) / stride + 1;
        layer.check();
      }
}

TEST_F(Bf16Convolution, Groups) {
  for (int64_t depth : {5, 6}) {
    Layer layer;
    layer.x = {1, 5, 6, 2 * depth};
    layer.filter = {3, 3, depth, 34};
    layer.pads = {1, 1, 1, 1};
    layer.y = {1, 5, 6, 34};
    layer.groups = 2;
    layer.check();
  }
}

TEST_F(Bf16Convolution, AddsResidualsAndAppliesEpilogues) {
  for (DType result : {DType::BF16, DType::F32})
    for (DType residual : {DType::BF16, DType::F32})
      for (const char *kind : {"", "relu", "swish", "gelu"}) {
        SCOPED_TRACE(testing::Message() << ops::name(result) << " and "
                                        << ops::name(residual) << " " << kind);
        Layer layer;
        layer.hasResidual = true;
        layer.result = result;
        layer.residual = residual;
        layer.epilogues.clear();
        if (*kind)
          layer.epilogues.push_back({kind});
        layer.check();
        layer.hasBias = layer.hasResidual = false;
        layer.check();
      }
}

/// Where the pixels' first lines have one place in the cache, the input is
/// copied.
TEST_F(Bf16Convolution, ReadsPixelsThatContend) {
  Layer layer;
  layer.x = {2, 3, 5, 2048};
  layer.filter = {1, 1, 2048, 100};
  layer.y = {2, 3, 5, 100};
  layer.check();
}

TEST_F(Bf16Convolution, TransposesMatrices) {
  Layer layer;
  layer.x = {3, 13, 37};
  layer.filter = {50, 37};
  layer.y = {3, 13, 50};
  TypedTrial trial = layer.trial();
  trial.op.attributes.set("transpose_b", int64_t(1));
  trial.expectEqual(*cpuProvider());
  trial.packs = true;
  trial.expectEqual(*cpuProvider());
}

} // namespace
