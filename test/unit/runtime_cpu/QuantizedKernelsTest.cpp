//===- QuantizedKernelsTest.cpp - kernels on quantized values -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "TypedTrial.h"

#include "runtime/cpu/Isa.h"
#include "runtime/cpu/QuantizedRows.h"

#include <cmath>

using namespace graft;
using namespace graft::runtime;
using graft::test::TypedTrial;
using ops::DType;
using Ints = std::vector<int64_t>;
using Floats = std::vector<double>;

namespace {

class QuantizedKernels : public testing::TestWithParam<cpu::Isa> {
protected:
  void SetUp() override { cpu::limitIsa(GetParam()); }
  void TearDown() override { cpu::limitIsa(cpu::Isa::Avx512); }
};

/// Channels with every kind of tail.
const int64_t kChannels[] = {1, 3, 17, 33, 64, 65, 96, 144};

TEST_P(QuantizedKernels, QuantizesAndDequantizes) {
  for (DType type : {DType::U8, DType::I8})
    for (int64_t padding : {0, 5})
      for (bool isPerChannel : {false, true})
        for (int64_t channels : kChannels) {
          SCOPED_TRACE(testing::Message()
                       << ops::name(type) << " " << channels << " channels, "
                       << padding << " apart, per channel " << isPerChannel);
          TypedTrial trial;
          trial.op.kind = "quantize";
          int64_t zero = type == DType::U8 ? 37 : -5;
          Floats scales = {0.0123};
          Ints zeros = {zero};
          for (int64_t c = 1; c < channels && isPerChannel; ++c) {
            scales.push_back(0.01 + 0.003 * double(c % 7));
            zeros.push_back(zero + c % 5);
          }
          trial.op.attributes.set("scale", scales);
          trial.op.attributes.set("zero_point", zeros);
          trial.op.attributes.set("axis", int64_t(-1));
          trial.op.attributes.set("to", std::string(ops::name(type)));
          trial.inputs = {{DType::F32, {2, 70, 9, channels}}};
          trial.constant = {false};
          trial.output = {type, {2, 70, 9, channels}};
          trial.inputPadding = trial.outputPadding = padding;
          trial.low = -3;
          trial.high = 5;
          trial.expectEqual(*cpuProvider());
          trial.op.kind = "dequantize";
          trial.op.attributes.set("to", std::string("f32"));
          std::swap(trial.inputs[0], trial.output);
          trial.expectEqual(*cpuProvider());
        }
}

TEST_P(QuantizedKernels, SaturatesAndQuantizesNan) {
  const float x[] = {INFINITY, -INFINITY, NAN,  1e30f, -1e30f, 300.0f,
                     -300.0f,  0.5f,      1.5f, 2.5f,  -0.5f,  -1.5f,
                     127.4f,   -127.6f,   0.0f, -0.0f, 3e9f,   -3e9f};
  // Rounded to even before the zero point, which is odd, is added.
  const uint8_t u8[] = {255, 0, 0, 255, 0, 255, 0, 3,   5,
                        5,   3, 1, 130, 0, 3,   3, 255, 0};
  const int8_t i8[] = {127, -128, -128, 127, -128, 127, -128, 3,   5,
                       5,   3,    1,    127, -125, 3,   3,    127, -128};
  const float factor = 1, zero = 3;
  uint8_t naturals[18];
  int8_t integers[18];
  cpu::quantizedRows().u8.quantize(naturals, x, 18, {&factor, &zero, true});
  cpu::quantizedRows().i8.quantize(integers, x, 18, {&factor, &zero, true});
  for (int i = 0; i < 18; ++i) {
    EXPECT_EQ(int(naturals[i]), int(u8[i])) << x[i];
    EXPECT_EQ(int(integers[i]), int(i8[i])) << x[i];
  }
}

/// A depthwise convolution as nn-fuse-quantization makes them.
struct Depthwise {
  int64_t images = 1, height = 9, width = 11, channels = 64;
  int64_t rows = 3, columns = 3;
  Ints strides = {1, 1}, dilations = {1, 1}, pads = {1, 1, 1, 1};
  bool hasBias = true;
  std::vector<ops::Epilogue> epilogues = {{"relu", -1, 0, 0}};
  DType residual = DType::F32;
  bool hasResidual = false;
  bool makesQuantized = true;
  int64_t zeroPoint = 100;
  double outScale = 0.05;

  TypedTrial trial() const {
    TypedTrial result;
    ops::OpDesc &op = result.op;
    op.kind = "conv2d";
    op.attributes.set("strides", strides);
    op.attributes.set("dilations", dilations);
    op.attributes.set("pads", pads);
    op.attributes.set("groups", channels);
    op.attributes.set("zero_point", zeroPoint);
    op.attributes.set("to", std::string(makesQuantized ? "u8" : "f32"));
    result.inputs = {{DType::U8, {images, height, width, channels}},
                     {DType::I8, {rows, columns, 1, channels}},
                     {DType::F32, {channels}}};
    result.constant = {false, true, true};
    auto size = [&](size_t i, int64_t in, int64_t window) {
      return (in + pads[2 * i] + pads[2 * i + 1] - (window - 1) * dilations[i] -
              1) /
                 strides[i] +
             1;
    };
    ops::Shape shape = {images, size(0, height, rows), size(1, width, columns),
                        channels};
    op.epilogues = {{"mul", 2, 0, 0}};
    if (hasBias) {
      op.epilogues.push_back({"add", 3, 0, 0});
      result.inputs.push_back({DType::F32, {channels}});
      result.constant.push_back(true);
    }
    if (hasResidual) {
      bool isQuantized = residual == DType::U8;
      op.epilogues.push_back({"add", int32_t(result.inputs.size()),
                              isQuantized ? 0.03 : 0.0,
                              isQuantized ? 90.0 : 0.0});
      result.inputs.push_back({residual, shape});
      result.constant.push_back(false);
    }
    op.epilogues.insert(op.epilogues.end(), epilogues.begin(), epilogues.end());
    if (makesQuantized)
      op.epilogues.push_back({"quantize", -1, outScale, 20});
    result.output = {makesQuantized ? DType::U8 : DType::F32, shape};
    // Factors of about the scales of activations and weights.
    result.low = -3e-4f;
    result.high = 5e-4f;
    result.tactic = "code-window";
    return result;
  }
  void check() const {
    TypedTrial one = trial();
    one.expectEqual(*cpuProvider());
    one.inputPadding = 3;
    one.outputPadding = 7;
    one.threads = 1;
    one.expectEqual(*cpuProvider());
  }
};

TEST_P(QuantizedKernels, ConvolvesEachChannel) {
  for (int64_t channels : kChannels)
    if (channels > 1)
      for (int64_t size : {3, 5})
        for (int64_t stride : {1, 2}) {
          SCOPED_TRACE(testing::Message() << channels << " channels, " << size
                                          << " rows, stride " << stride);
          Depthwise layer;
          layer.channels = channels;
          layer.rows = layer.columns = size;
          layer.strides = {stride, stride};
          layer.pads = size == 3 ? Ints{0, 1, 0, 1} : Ints{2, 1, 2, 2};
          layer.check();
        }
}

TEST_P(QuantizedKernels, ConvolvesWithAnyWindow) {
  Depthwise layer;
  layer.channels = 70;
  layer.images = 2;
  // Odd and even heights, windows that no row covers whole, single pixels.
  for (int64_t height : {1, 2, 3, 7, 20})
    for (int64_t width : {1, 2, 5}) {
      SCOPED_TRACE(testing::Message() << height << " x " << width);
      layer.height = height;
      layer.width = width;
      layer.check();
      Depthwise large = layer;
      large.rows = large.columns = 5;
      large.pads = {2, 2, 2, 2};
      large.check();
    }
  layer = Depthwise();
  layer.channels = 40;
  for (auto [rows, columns] :
       {std::pair<int64_t, int64_t>{1, 1}, {7, 7}, {1, 4}, {9, 2}, {3, 5}}) {
    SCOPED_TRACE(testing::Message() << rows << " x " << columns);
    layer.rows = rows;
    layer.columns = columns;
    layer.pads = {rows / 2, rows / 2, columns / 2, columns / 2};
    layer.check();
  }
  layer = Depthwise();
  layer.dilations = {2, 1};
  layer.pads = {2, 2, 1, 1};
  layer.check();
  layer.dilations = {2, 3};
  layer.pads = {2, 2, 3, 3};
  layer.check();
  layer = Depthwise();
  layer.strides = {2, 1};
  layer.check();
  layer.strides = {1, 3};
  layer.check();
}

TEST_P(QuantizedKernels, ConvolvesWithEpilogues) {
  Depthwise layer;
  layer.channels = 97;
  const std::vector<std::vector<ops::Epilogue>> lists = {
      {},
      {{"clip", -1, 0.0, 6.0}},
      {{"clip", -1, -0.7, 2.2}},
      {{"swish"}},
      {{"hard_swish"}},
      {{"sigmoid"}, {"relu"}},
      {{"relu"}, {"tanh"}},
  };
  for (const std::vector<ops::Epilogue> &list : lists)
    for (bool hasResidual : {false, true})
      for (bool makesQuantized : {false, true})
        for (int64_t zeroPoint : {0, 255}) {
          SCOPED_TRACE(testing::Message()
                       << (list.empty() ? "none" : list[0].kind)
                       << ", residual " << hasResidual << ", codes "
                       << makesQuantized);
          layer.epilogues = list;
          layer.makesQuantized = makesQuantized;
          layer.hasResidual = hasResidual;
          layer.residual = zeroPoint ? DType::U8 : DType::F32;
          layer.zeroPoint = zeroPoint;
          layer.hasBias = hasResidual;
          layer.check();
        }
  // Values beyond 32-bit integers saturate, too.
  layer = Depthwise();
  layer.outScale = 1e-10;
  layer.check();
}

TEST_P(QuantizedKernels, FindsMaxima) {
  for (DType type : {DType::U8, DType::I8})
    for (int64_t channels : kChannels)
      for (int64_t stride : {1, 2})
        for (int64_t padding : {0, 5}) {
          SCOPED_TRACE(testing::Message() << ops::name(type) << ", " << channels
                                          << " channels, stride " << stride
                                          << ", " << padding << " apart");
          TypedTrial trial;
          trial.op.kind = "max_pool2d";
          trial.op.attributes.set("window", Ints{3, 2});
          trial.op.attributes.set("strides", Ints{stride, stride});
          trial.op.attributes.set("pads", Ints{1, 2, 0, 1});
          trial.inputs = {{type, {2, 12, 13, channels}}};
          trial.constant = {false};
          trial.output = {type,
                          {2, 12 / stride + 1, 12 / stride + 1, channels}};
          trial.inputPadding = trial.outputPadding = padding;
          trial.tactic = "code-window";
          trial.expectEqual(*cpuProvider());
        }
}

TEST_P(QuantizedKernels, AveragesQuantizedValues) {
  const std::vector<std::vector<ops::Epilogue>> lists = {
      {},
      {{"mul", 1, 0, 0}},
      {{"mul", 1, 0, 0}, {"quantize", -1, 0.02, 7}},
      {{"mul", 1, 0, 0}, {"relu"}, {"quantize", -1, 0.02, 7}},
      {{"mul", 1, 0, 0}, {"clip", -1, -0.1, 0.3}, {"quantize", -1, 0.02, 7}},
      {{"mul", 1, 0, 0}, {"swish"}, {"quantize", -1, 0.02, 7}},
      {{"mul", 1, 0, 0}, {"relu"}, {"tanh"}},
      {{"mul", 1, 0, 0}, {"add", 2, 0.01, 99}, {"quantize", -1, 0.02, 7}},
      {{"mul", 1, 0, 0}, {"mul", 2, 0, 0}, {"quantize", -1, 1e-10, 7}}};
  for (const std::vector<ops::Epilogue> &list : lists)
    for (int64_t channels : kChannels)
      for (bool isGlobal : {false, true})
        for (bool includePad : {false, true}) {
          SCOPED_TRACE(testing::Message()
                       << list.size() << " steps, " << channels
                       << " channels, global " << isGlobal << ", padding "
                       << includePad);
          TypedTrial trial;
          bool makesQuantized = !list.empty() && list.back().kind == "quantize";
          ops::Shape shape = {2, isGlobal ? 1 : 35, isGlobal ? 1 : 6, channels};
          trial.op.kind = "avg_pool2d";
          trial.op.attributes.set("window",
                                  isGlobal ? Ints{35, 13} : Ints{3, 6});
          trial.op.attributes.set("strides", Ints{1, 2});
          trial.op.attributes.set("pads", isGlobal ? Ints{0, 0, 0, 0}
                                                   : Ints{1, 1, 2, 2});
          trial.op.attributes.set("include_pad", int64_t(includePad));
          trial.op.attributes.set("zero_point", int64_t(110));
          trial.op.attributes.set("to",
                                  std::string(makesQuantized ? "u8" : "f32"));
          trial.op.epilogues = list;
          trial.inputs = {{DType::U8, {2, 35, 13, channels}}};
          trial.constant = {false};
          for (const ops::Epilogue &epilogue : list)
            if (epilogue.operand >= 0) {
              bool isQuantized = epilogue.alpha != 0;
              trial.inputs.push_back({isQuantized ? DType::U8 : DType::F32,
                                      isQuantized ? shape
                                      : epilogue.operand == 1
                                          ? ops::Shape{}
                                          : ops::Shape{channels}});
              trial.constant.push_back(!isQuantized);
            }
          trial.low = 0.01f;
          trial.high = 0.03f;
          trial.output = {makesQuantized ? DType::U8 : DType::F32, shape};
          trial.tactic = "code-window";
          trial.expectEqual(*cpuProvider());
          trial.inputPadding = 3;
          trial.outputPadding = 70;
          trial.expectEqual(*cpuProvider());
        }
}

TEST_P(QuantizedKernels, MovesQuantizedValues) {
  for (DType type : {DType::U8, DType::I8})
    for (int64_t padding : {0, 5}) {
      TypedTrial trial;
      trial.inputPadding = trial.outputPadding = padding;
      trial.op.kind = "pad";
      trial.op.attributes.set("low", Ints{0, 1, 2, 0});
      trial.op.attributes.set("high", Ints{0, 3, 0, 1});
      trial.op.attributes.set("value", type == DType::U8 ? 200.0 : -77.0);
      trial.inputs = {{type, {2, 7, 9, 33}}};
      trial.constant = {false};
      trial.output = {type, {2, 11, 11, 34}};
      trial.tactic = "copy";
      trial.expectEqual(*cpuProvider());
      trial.op = ops::OpDesc{"concat", {}, {}};
      trial.op.attributes.set("axis", int64_t(3));
      trial.inputs = {{type, {2, 7, 9, 33}}, {type, {2, 7, 9, 64}}};
      trial.constant = {false, false};
      trial.output = {type, {2, 7, 9, 97}};
      trial.expectEqual(*cpuProvider());
    }
}

INSTANTIATE_TEST_SUITE_P(EachIsa, QuantizedKernels,
                         testing::Values(cpu::Isa::Portable, cpu::Isa::Avx2,
                                         cpu::Isa::Avx512),
                         [](const auto &info) {
                           return info.param == cpu::Isa::Portable ? "portable"
                                  : info.param == cpu::Isa::Avx2   ? "avx2"
                                                                   : "avx512";
                         });

} // namespace
