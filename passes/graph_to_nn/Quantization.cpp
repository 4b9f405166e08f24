//===- Quantization.cpp - simulated quantization --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What simulates 8-bit numbers becomes an explicit pair: quantize, dequantize.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace graft;
using graph::NativeReason;

static Value roundTrip(NodeConversion &c, Value x, double scale,
                       int64_t zeroPoint, StringRef type) {
  if (!x)
    return {};
  Builder &builder = c.getBuilder();
  Attribute scales = builder.getDenseF64ArrayAttr({scale});
  SmallVector<int64_t> zeros = {zeroPoint};
  Value codes = c.create<nn::QuantizeOp>(
      x, {{"scale", scales}, {"zero_point", zeros}, {"to", type}});
  return c.create<nn::DequantizeOp>(codes,
                                    {{"scale", scales}, {"zero_point", zeros}});
}

static bool isEightBit(NodeConversion &c) {
  int64_t bits = c.getNode().getIntAttr("num_bits", 8);
  if (bits == 8)
    return true;
  c.refuse(NativeReason::UnsupportedAttribute,
           "attribute num_bits must be 8, got " + Twine(bits));
  return false;
}

/// The codes are 0 (or, in a narrow range, 1) to 255; the range is moved so
/// that 0 has a code, as TensorFlow does it.
static void fakeQuant(NodeConversion &c, double low, double high) {
  if (!isEightBit(c))
    return;
  double least = c.getNode().getBoolAttr("narrow_range", false) ? 1.0 : 0.0;
  if (!(low <= 0.0 && high >= 0.0 && low < high))
    return c.refuse(NativeReason::UnsupportedAttribute,
                    "the range must contain 0 and not be empty");
  float scale =
      static_cast<float>(high - low) / static_cast<float>(255 - least);
  double zero = least - low / scale;
  auto zeroPoint = static_cast<int64_t>(zero < least   ? least
                                        : zero > 255.0 ? 255.0
                                                       : std::round(zero));
  Value x = c.input(0);
  // The code below a narrow range is not used.
  if (least > 0)
    x = c.create<nn::ClipOp>(
        x, {{"alpha", (least - static_cast<double>(zeroPoint)) * scale},
            {"beta", std::numeric_limits<double>::infinity()}});
  c.result(roundTrip(c, x, scale, zeroPoint, "u8"));
}

static void fakeQuantArgs(NodeConversion &c) {
  fakeQuant(c, c.getNode().getFloatAttr("min", -6.0f),
            c.getNode().getFloatAttr("max", 6.0f));
}

static void fakeQuantVars(NodeConversion &c) {
  double low = 0;
  double high = 0;
  if (c.constantNumber(1, "the minimum", low) &&
      c.constantNumber(2, "the maximum", high))
    fakeQuant(c, low, high);
}

/// Symmetric: the scale is such that both ends of the range have a code.
static void quantizeAndDequantize(NodeConversion &c, bool eightBits) {
  graph::NodeOp node = c.getNode();
  double low = 0;
  double high = 0;
  if (!eightBits || !c.constantNumber(1, "the minimum", low) ||
      !c.constantNumber(2, "the maximum", high))
    return;
  if (!node.getBoolAttr("range_given", false) ||
      node.getIntAttr("axis", -1) != -1)
    return c.refuse(NativeReason::UnsupportedAttribute,
                    "the range must be given, and for the whole tensor");
  StringRef rounding = node.getStringAttr("round_mode");
  if (!rounding.empty() && rounding != "HALF_TO_EVEN")
    return c.refuse(NativeReason::UnsupportedAttribute,
                    "attribute round_mode must be HALF_TO_EVEN, got " +
                        rounding);
  bool isSigned = node.getBoolAttr("signed_input", true);
  bool narrow = node.getBoolAttr("narrow_range", false);
  double least = isSigned ? (narrow ? -127.0 : -128.0) : 0.0;
  double most = isSigned ? 127.0 : 255.0;
  double factor = std::numeric_limits<double>::infinity();
  if (least * low > 0)
    factor = std::min(factor, least / low);
  if (most * high > 0)
    factor = std::min(factor, most / high);
  if (!std::isfinite(factor))
    return c.refuse(NativeReason::UnsupportedAttribute,
                    "the range must not be empty");
  double scale = 1.0 / factor;
  Value x = c.input(0);
  if (isSigned && narrow)
    x = c.create<nn::ClipOp>(
        x, {{"alpha", least * scale}, {"beta", most * scale}});
  c.result(roundTrip(c, x, scale, 0, isSigned ? "i8" : "u8"));
}

static void quantizeAndDequantizeV2(NodeConversion &c) {
  quantizeAndDequantize(c, isEightBit(c));
}

static void quantizeAndDequantizeV3(NodeConversion &c) {
  int64_t bits = 0;
  if (!c.constantInt(3, "the number of bits", bits))
    return;
  if (bits != 8)
    return c.refuse(NativeReason::UnsupportedAttribute,
                    "the number of bits must be 8, got " + Twine(bits));
  quantizeAndDequantize(c, true);
}

void graft::addQuantizationConverters(ConverterRows &rows) {
  rows.append({
      {"FakeQuantWithMinMaxArgs", fakeQuantArgs},
      {"FakeQuantWithMinMaxVars", fakeQuantVars},
      {"QuantizeAndDequantizeV2", quantizeAndDequantizeV2},
      {"QuantizeAndDequantizeV3", quantizeAndDequantizeV3},
  });
}
