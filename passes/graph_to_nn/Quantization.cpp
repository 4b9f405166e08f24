//===- Quantization.cpp - simulated quantization --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Simulated quantization rounds values to the grid of quantized values. It
// becomes TensorFlow's arithmetic, operation by operation in single precision,
// so that ties round as in TensorFlow. If quantized values are kept and have 8
// bits, it becomes an explicit pair: quantize, dequantize.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"
#include "passes/graph_to_nn/SimulatedQuantization.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace graft;
using graph::NativeReason;

namespace {

/// How an operator is converted.
enum class Way { Arithmetic, Quantized };

/// Quantized values are the integers from `least` to `most`.
struct QuantizedRange {
  float least = 0;
  float most = 255;

  /// A narrow range does not use the least byte value.
  bool isNarrow() const { return most - least == 254; }
  bool areBytes() const {
    return (most == 255 || most == 127) && (isNarrow() || most - least == 255);
  }
  StringRef type() const { return most == 255 ? "u8" : "i8"; }
};

/// round((clamp(x, low, high) - shift) factor - zero) scale, in this order and
/// in single precision; with a divisor (x - shift) is divided by it instead.
/// Each has one value for the whole tensor, or one for each channel.
struct Grid {
  SmallVector<float> low, high, shift, factor, divisor, zero, scale;
  SmallVector<int64_t> zeroPoint; ///< the quantized value of 0
  bool roundsUp = false;          ///< ties; else to even
  int64_t axis = -1;              ///< that of the channels
};

} // namespace

/// Floats that broadcast to `x` along `axis`: one, or one for each channel.
static Value floats(NodeConversion &c, Value x, ArrayRef<float> values,
                    int64_t axis) {
  auto type = cast<RankedTensorType>(x.getType());
  SmallVector<int64_t> shape;
  if (values.size() != 1) {
    shape.assign(axis < 0 ? 1 : type.getRank() - axis, 1);
    shape[0] = static_cast<int64_t>(values.size());
  }
  return c.constantOf(DenseElementsAttr::get(
      RankedTensorType::get(shape, c.getBuilder().getF32Type()), values));
}

/// `x` rounded to integers.
static Value roundTo(NodeConversion &c, Value x, bool roundsUp) {
  if (!roundsUp || !x)
    return c.create<nn::RoundOp>(x);
  return c.create<nn::FloorOp>(
      c.create<nn::AddOp>({x, floats(c, x, 0.5f, /*axis=*/-1)}));
}

/// The values on the grid.
static Value simulate(NodeConversion &c, Value x, const Grid &grid) {
  if (!x)
    return {};
  const Value whole = x;
  auto apply = [&](auto create, ArrayRef<float> values) {
    if (x && !values.empty())
      x = create(x, floats(c, whole, values, grid.axis));
  };
  auto subtract = [&](Value a, Value b) { return c.create<nn::SubOp>({a, b}); };
  auto multiply = [&](Value a, Value b) { return c.create<nn::MulOp>({a, b}); };
  apply([&](Value a, Value b) { return c.create<nn::MinimumOp>({a, b}); },
        grid.high);
  apply([&](Value a, Value b) { return c.create<nn::MaximumOp>({a, b}); },
        grid.low);
  apply(subtract, grid.shift);
  apply(multiply, grid.factor);
  apply([&](Value a, Value b) { return c.create<nn::DivOp>({a, b}); },
        grid.divisor);
  apply(subtract, grid.zero);
  x = roundTo(c, x, grid.roundsUp);
  apply(multiply, grid.scale);
  return x;
}

/// The same by quantize and dequantize: ties may differ.
static Value roundTrip(NodeConversion &c, Value x, const Grid &grid,
                       const QuantizedRange &range) {
  if (!x)
    return {};
  if (range.isNarrow())
    x = c.create<nn::MaximumOp>({x, floats(c, x, grid.low, grid.axis)});
  if (!x)
    return {};
  Builder &builder = c.getBuilder();
  SmallVector<double> scale(grid.scale.begin(), grid.scale.end());
  Attribute scales = builder.getDenseF64ArrayAttr(scale);
  Attribute zeros = builder.getDenseI64ArrayAttr(grid.zeroPoint);
  Value quantized = c.create<nn::QuantizeOp>(x, {{"scale", scales},
                                                 {"zero_point", zeros},
                                                 {"axis", grid.axis},
                                                 {"to", range.type()}});
  return c.create<nn::DequantizeOp>(
      quantized,
      {{"scale", scales}, {"zero_point", zeros}, {"axis", grid.axis}});
}

/// bf16 and f16 always become quantize and dequantize: their own arithmetic
/// would round the dequantized values.
static void finish(NodeConversion &c, Way way, const Grid &grid,
                   const QuantizedRange &range) {
  Value x = c.input(0);
  if (!x)
    return;
  const bool isFloat =
      cast<RankedTensorType>(x.getType()).getElementType().isF32();
  if (!isFloat && !range.areBytes())
    return c.refuse(NativeReason::UnsupportedType,
                    "quantization to more than 8 bits must be of float32");
  c.result(range.areBytes() && (way == Way::Quantized || !isFloat)
               ? roundTrip(c, x, grid, range)
               : simulate(c, x, grid));
}

//===----------------------------------------------------------------------===//
// FakeQuant: any range; it is shifted so that 0 is representable
//===----------------------------------------------------------------------===//

/// `multiplies`: by the reciprocal of the scale; the operators differ in this.
static void fakeQuant(NodeConversion &c, Way way, ArrayRef<double> lows,
                      ArrayRef<double> highs, bool multiplies) {
  const int64_t bits = c.getNode().getIntAttr("num_bits", 8);
  if (bits < 2 || bits > 16)
    return c.refuse(NativeReason::UnsupportedAttribute,
                    "attribute num_bits must be from 2 to 16, got " +
                        Twine(bits));
  QuantizedRange range;
  range.least = c.getNode().getBoolAttr("narrow_range", false) ? 1 : 0;
  range.most = static_cast<float>((1 << bits) - 1);
  Grid grid;
  grid.roundsUp = true;
  for (auto [low, high] : llvm::zip_equal(lows, highs)) {
    const auto from = static_cast<float>(low), to = static_cast<float>(high);
    const float scale = (to - from) / (range.most - range.least);
    const float inverse = (range.most - range.least) / (to - from);
    const float zero = range.least - from / scale;
    if (!(from < to) || !std::isfinite(scale) || !std::isfinite(inverse) ||
        !std::isfinite(zero))
      return c.refuse(NativeReason::UnsupportedAttribute,
                      "the range must not be empty");
    const float nudged = std::round(std::clamp(zero, range.least, range.most));
    const float bottom = (range.least - nudged) * scale;
    grid.zeroPoint.push_back(static_cast<int64_t>(nudged));
    grid.scale.push_back(scale);
    grid.low.push_back(bottom);
    grid.high.push_back((range.most - nudged) * scale);
    grid.shift.push_back(bottom);
    grid.zero.push_back(std::floor(-bottom * inverse + 0.5f));
    (multiplies ? grid.factor : grid.divisor)
        .push_back(multiplies ? inverse : scale);
  }
  finish(c, way, grid, range);
}

template <Way way>
static void fakeQuantArgs(NodeConversion &c) {
  fakeQuant(c, way, c.getNode().getFloatAttr("min", -6.0f),
            c.getNode().getFloatAttr("max", 6.0f), /*multiplies=*/true);
}

template <Way way>
static void fakeQuantVars(NodeConversion &c) {
  double low = 0;
  double high = 0;
  if (c.constantNumber(1, "the minimum", low) &&
      c.constantNumber(2, "the maximum", high))
    fakeQuant(c, way, low, high, /*multiplies=*/false);
}

template <Way way>
static void fakeQuantPerChannel(NodeConversion &c) {
  SmallVector<double> lows, highs;
  if (c.constantNumbers(1, "the minima", lows) &&
      c.constantNumbers(2, "the maxima", highs))
    fakeQuant(c, way, lows, highs, /*multiplies=*/true);
}

//===----------------------------------------------------------------------===//
// QuantizeAndDequantize: no zero point
//===----------------------------------------------------------------------===//

/// Each scale makes both ends of its range representable.
static void addRange(float low, float high, const QuantizedRange &range,
                     Grid &grid) {
  constexpr float kMost = std::numeric_limits<float>::max();
  const float fromLow = range.least * low > 0 ? range.least / low : kMost;
  const float fromHigh = range.most * high > 0 ? range.most / high : kMost;
  float scale = 0;
  if (fromLow < fromHigh) {
    scale = low / range.least;
    high = range.most * scale;
  } else {
    scale = high / range.most;
    low = range.least * scale;
  }
  grid.low.push_back(low);
  grid.high.push_back(high);
  grid.factor.push_back(std::min(fromLow, fromHigh));
  grid.scale.push_back(scale);
  grid.zeroPoint.push_back(0);
}

/// The same of a range that is the tensor's own, or each channel's.
static Value simulateOwnRange(NodeConversion &c, Value x,
                              const QuantizedRange &range, bool roundsUp,
                              int64_t axis) {
  if (!x)
    return {};
  SmallVector<int64_t> axes;
  for (int64_t d = 0; d < cast<RankedTensorType>(x.getType()).getRank(); ++d)
    if (d != axis)
      axes.push_back(d);
  auto number = [&](float value) { return floats(c, x, value, /*axis=*/-1); };
  auto limit = [&](const char *kind) {
    return c.create<nn::ReduceOp>(
        x, {{"kind", kind}, {"axes", axes}, {"keep_dims", true}});
  };
  const Value zero = number(0);
  const Value unlimited = number(std::numeric_limits<float>::max());
  auto factorOf = [&](Value end, float quantized) {
    Value isUsed = c.create<nn::GreaterOp>(
        {c.create<nn::MulOp>({number(quantized), end}), zero});
    return c.create<nn::SelectOp>(
        {isUsed, c.create<nn::DivOp>({number(quantized), end}), unlimited});
  };
  Value high = limit("max");
  Value factor = factorOf(high, range.most);
  Value scale = c.create<nn::DivOp>({high, number(range.most)});
  if (range.least < 0) {
    Value low = limit("min");
    Value fromLow = factorOf(low, range.least);
    Value isLow = c.create<nn::LessOp>({fromLow, factor});
    factor = c.create<nn::SelectOp>({isLow, fromLow, factor});
    scale = c.create<nn::SelectOp>(
        {isLow, c.create<nn::DivOp>({low, number(range.least)}), scale});
  }
  Value rounded = roundTo(c, c.create<nn::MulOp>({x, factor}), roundsUp);
  return c.create<nn::MulOp>({rounded, scale});
}

static void quantizeAndDequantize(NodeConversion &c, Way way, int64_t bits) {
  graph::NodeOp node = c.getNode();
  const bool isSigned = node.getBoolAttr("signed_input", true);
  const bool narrow = node.getBoolAttr("narrow_range", false);
  if (bits < 2 || bits > 24)
    return c.refuse(NativeReason::UnsupportedAttribute,
                    "the number of bits must be from 2 to 24, got " +
                        Twine(bits));
  QuantizedRange range;
  range.most = static_cast<float>((int64_t(1) << (bits - isSigned)) - 1);
  range.least = isSigned ? -range.most - (narrow ? 0 : 1) : 0;
  StringRef rounding = node.getStringAttr("round_mode");
  if (!rounding.empty() && rounding != "HALF_TO_EVEN" && rounding != "HALF_UP")
    return c.refuse(NativeReason::UnsupportedAttribute,
                    "attribute round_mode must be HALF_TO_EVEN or HALF_UP, "
                    "got " +
                        rounding);
  Grid grid;
  grid.roundsUp = rounding == "HALF_UP";
  grid.axis = node.getIntAttr("axis", -1);
  if (!node.getBoolAttr("range_given", false)) {
    Value x = c.input(0);
    if (x && !cast<RankedTensorType>(x.getType()).getElementType().isF32())
      return c.refuse(NativeReason::UnsupportedType,
                      "quantization by a tensor's own range must be of "
                      "float32");
    return c.result(simulateOwnRange(c, x, range, grid.roundsUp, grid.axis));
  }
  SmallVector<double> lows, highs;
  if (!c.constantNumbers(1, "the minimum", lows) ||
      !c.constantNumbers(2, "the maximum", highs))
    return;
  if (lows.size() != highs.size() || (grid.axis < 0 && lows.size() != 1))
    return c.refuse(
        NativeReason::InvalidNode,
        "there must be one range, or one for each position of axis");
  for (auto [low, high] : llvm::zip_equal(lows, highs))
    addRange(static_cast<float>(low), static_cast<float>(high), range, grid);
  // With an empty range the scale would be 0.
  if (llvm::any_of(grid.scale, [](float scale) { return !(scale > 0); }))
    return c.refuse(NativeReason::UnsupportedAttribute,
                    "the range must not be empty");
  finish(c, way, grid, range);
}

template <Way way>
static void quantizeAndDequantizeV2(NodeConversion &c) {
  quantizeAndDequantize(c, way, c.getNode().getIntAttr("num_bits", 8));
}

template <Way way>
static void quantizeAndDequantizeV3(NodeConversion &c) {
  int64_t bits = 0;
  if (c.constantInt(3, "the number of bits", bits))
    quantizeAndDequantize(c, way, bits);
}

template <Way way>
static constexpr ConverterRow kRows[] = {
    {"FakeQuantWithMinMaxArgs", fakeQuantArgs<way>},
    {"FakeQuantWithMinMaxVars", fakeQuantVars<way>},
    {"FakeQuantWithMinMaxVarsPerChannel", fakeQuantPerChannel<way>},
    {"QuantizeAndDequantizeV2", quantizeAndDequantizeV2<way>},
    {"QuantizeAndDequantizeV3", quantizeAndDequantizeV3<way>},
    {"QuantizeAndDequantizeV4", quantizeAndDequantizeV2<way>},
};

void graft::addQuantizationConverters(ConverterRows &rows) {
  llvm::append_range(rows, kRows<Way::Arithmetic>);
}

Converter graft::lookupQuantizedConverter(StringRef op) {
  for (const ConverterRow &row : kRows<Way::Quantized>)
    if (row.op == op)
      return row.converter;
  return nullptr;
}

bool graft::simulatesQuantization(StringRef op) {
  return lookupQuantizedConverter(op) != nullptr;
}
