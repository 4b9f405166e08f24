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

/// One scale and zero point for the whole tensor, or one for each channel.
struct Grid {
  SmallVector<double> scale;
  SmallVector<int64_t> zeroPoint;
  int64_t axis = -1; ///< that of the channels
};

static Value roundTrip(NodeConversion &c, Value x, const Grid &grid,
                       StringRef type) {
  if (!x)
    return {};
  Builder &builder = c.getBuilder();
  Attribute scales = builder.getDenseF64ArrayAttr(grid.scale);
  Attribute zeros = builder.getDenseI64ArrayAttr(grid.zeroPoint);
  Value codes = c.create<nn::QuantizeOp>(x, {{"scale", scales},
                                             {"zero_point", zeros},
                                             {"axis", grid.axis},
                                             {"to", type}});
  return c.create<nn::DequantizeOp>(
      codes, {{"scale", scales}, {"zero_point", zeros}, {"axis", grid.axis}});
}

/// Floats that broadcast to `x` along `axis`: one, or one for each channel.
static Value floats(NodeConversion &c, Value x, ArrayRef<double> values,
                    int64_t axis) {
  auto type = cast<RankedTensorType>(x.getType());
  SmallVector<int64_t> shape;
  if (values.size() != 1) {
    shape.assign(axis < 0 ? 1 : type.getRank() - axis, 1);
    shape[0] = static_cast<int64_t>(values.size());
  }
  SmallVector<float> narrow(values.begin(), values.end());
  return c.constantOf(DenseElementsAttr::get(
      RankedTensorType::get(shape, c.getBuilder().getF32Type()),
      ArrayRef(narrow)));
}

static bool isEightBit(NodeConversion &c) {
  int64_t bits = c.getNode().getIntAttr("num_bits", 8);
  if (bits == 8)
    return true;
  c.refuse(NativeReason::UnsupportedAttribute,
           "attribute num_bits must be 8, got " + Twine(bits));
  return false;
}

/// The codes are 0 (or, in a narrow range, 1) to 255; each range is moved so
/// that 0 has a code, as TensorFlow does it.
static void fakeQuant(NodeConversion &c, ArrayRef<double> lows,
                      ArrayRef<double> highs) {
  if (!isEightBit(c))
    return;
  double least = c.getNode().getBoolAttr("narrow_range", false) ? 1.0 : 0.0;
  Grid grid;
  SmallVector<double> bounds; // what the lowest code means
  for (auto [low, high] : llvm::zip_equal(lows, highs)) {
    if (!(low <= 0.0 && high >= 0.0 && low < high))
      return c.refuse(NativeReason::UnsupportedAttribute,
                      "the range must contain 0 and not be empty");
    float scale =
        static_cast<float>(high - low) / static_cast<float>(255 - least);
    double zero = least - low / scale;
    grid.scale.push_back(scale);
    grid.zeroPoint.push_back(static_cast<int64_t>(zero < least ? least
                                                  : zero > 255.0
                                                      ? 255.0
                                                      : std::round(zero)));
    bounds.push_back((least - static_cast<double>(grid.zeroPoint.back())) *
                     scale);
  }
  Value x = c.input(0);
  // The code below a narrow range is not used.
  if (least > 0 && x)
    x = c.create<nn::MaximumOp>({x, floats(c, x, bounds, /*axis=*/-1)});
  c.result(roundTrip(c, x, grid, "u8"));
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

static void fakeQuantPerChannel(NodeConversion &c) {
  SmallVector<double> lows, highs;
  if (c.constantNumbers(1, "the minima", lows) &&
      c.constantNumbers(2, "the maxima", highs))
    fakeQuant(c, lows, highs);
}

/// Symmetric: each scale is such that both ends of its range have a code.
static void quantizeAndDequantize(NodeConversion &c, bool eightBits) {
  graph::NodeOp node = c.getNode();
  SmallVector<double> lows, highs;
  if (!eightBits || !c.constantNumbers(1, "the minimum", lows) ||
      !c.constantNumbers(2, "the maximum", highs))
    return;
  Grid grid;
  grid.axis = node.getIntAttr("axis", -1);
  if (!node.getBoolAttr("range_given", false))
    return c.refuse(NativeReason::UnsupportedAttribute,
                    "the range must be given");
  if (lows.size() != highs.size() || (grid.axis < 0 && lows.size() != 1))
    return c.refuse(
        NativeReason::InvalidNode,
        "there must be one range, or one for each position of axis");
  StringRef rounding = node.getStringAttr("round_mode");
  if (!rounding.empty() && rounding != "HALF_TO_EVEN")
    return c.refuse(NativeReason::UnsupportedAttribute,
                    "attribute round_mode must be HALF_TO_EVEN, got " +
                        rounding);
  bool isSigned = node.getBoolAttr("signed_input", true);
  bool narrow = node.getBoolAttr("narrow_range", false);
  double least = isSigned ? (narrow ? -127.0 : -128.0) : 0.0;
  double most = isSigned ? 127.0 : 255.0;
  SmallVector<double> bottoms;
  for (auto [low, high] : llvm::zip_equal(lows, highs)) {
    double factor = std::numeric_limits<double>::infinity();
    if (least * low > 0)
      factor = std::min(factor, least / low);
    if (most * high > 0)
      factor = std::min(factor, most / high);
    if (!std::isfinite(factor))
      return c.refuse(NativeReason::UnsupportedAttribute,
                      "the range must not be empty");
    grid.scale.push_back(1.0 / factor);
    grid.zeroPoint.push_back(0);
    bottoms.push_back(least / factor);
  }
  Value x = c.input(0);
  if (isSigned && narrow && x) // the code below a narrow range is not used
    x = c.create<nn::MaximumOp>({x, floats(c, x, bottoms, grid.axis)});
  c.result(roundTrip(c, x, grid, isSigned ? "i8" : "u8"));
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
      {"FakeQuantWithMinMaxVarsPerChannel", fakeQuantPerChannel},
      {"QuantizeAndDequantizeV2", quantizeAndDequantizeV2},
      {"QuantizeAndDequantizeV3", quantizeAndDequantizeV3},
      {"QuantizeAndDequantizeV4", quantizeAndDequantizeV2},
  });
}
