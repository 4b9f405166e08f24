//===- QuantizeWeights.cpp - weights as quantized values ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/nn/QuantizeWeights.h"

#include "dialects/nn/reference/TensorBuffer.h"
#include "runtime/ops/Element.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace graft;
using namespace graft::nn;

/// The largest quantized value: -128 is not used, so that negating a channel is
/// exact.
static constexpr double kLargest = 127.0;

/// The largest sum of the magnitudes of an output channel's weights: times the
/// largest 8-bit value, the sum of products fits 32 bits, with or without the
/// part of the zero point.
static constexpr int64_t kLargestSum =
    std::numeric_limits<int32_t>::max() / 255;

/// Rounds `weights` to int8 values, with a scale for each output channel, which
/// are all alike without `perChannel`. False if the constant cannot be read or
/// is not finite.
static bool roundWeights(ConstantOp weights, bool perChannel,
                         TensorBuffer &quantized,
                         SmallVectorImpl<double> &scales) {
  auto type = cast<RankedTensorType>(weights.getType());
  TensorBuffer from;
  if (!type.hasStaticShape() || type.getRank() == 0 ||
      failed(from.read(weights.getValue())))
    return false;
  const ops::TensorType &wide = from.view().type;
  if (wide.dtype != ops::DType::F32 ||
      failed(quantized.allocate({ops::DType::I8, wide.shape})))
    return false;
  const float *numbers = from.view().as<float>();
  int8_t *rounded = quantized.view().as<int8_t>();
  const int64_t channels = type.getShape().back();
  const int64_t rows = channels ? type.getNumElements() / channels : 0;

  scales.assign(channels, 0.0);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t c = 0; c < channels; ++c) {
      double magnitude = std::abs(double(numbers[row * channels + c]));
      if (!std::isfinite(magnitude))
        return false;
      scales[c] = std::max(scales[c], magnitude);
    }
  if (!perChannel && channels)
    scales.assign(channels, *llvm::max_element(scales));
  // A channel of zeros, or of values too small for a quotient, has an arbitrary
  // scale.
  for (double &scale : scales)
    scale = scale > 1e-30 ? scale / kLargest : 1.0;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t c = 0; c < channels; ++c)
      rounded[row * channels + c] = static_cast<int8_t>(
          std::nearbyint(double(numbers[row * channels + c]) / scales[c]));
  return true;
}

DequantizeOp graft::nn::quantizeWeights(OpBuilder &builder, ConstantOp weights,
                                        bool perChannel) {
  TensorBuffer quantized;
  SmallVector<double> scales;
  if (!roundWeights(weights, perChannel, quantized, scales))
    return {};
  auto type = cast<RankedTensorType>(weights.getType());
  Value constant = ConstantOp::create(
      builder, weights.getLoc(), quantized.toConstant(builder.getContext()));
  if (!perChannel && !scales.empty())
    scales.resize(1);
  return DequantizeOp::create(builder, weights.getLoc(), type, constant, scales,
                              SmallVector<int64_t>(scales.size(), 0),
                              /*axis=*/type.getRank() - 1, "f32");
}

/// Whether each output channel has so few weights that sums of 32 bits hold its
/// products with any 8-bit values, whatever the weights are.
static bool isShort(RankedTensorType type) {
  return type.hasStaticShape() && type.getRank() != 0 &&
         type.getNumElements() <=
             kLargestSum / 128 * std::max<int64_t>(type.getShape().back(), 1);
}

/// Whether the magnitudes of each output channel's weights are small enough.
static bool fitsSums(const TensorBuffer &quantized, RankedTensorType type) {
  const int8_t *values = quantized.view().as<int8_t>();
  const int64_t channels = type.getShape().back();
  SmallVector<int64_t> sums(channels, 0);
  for (int64_t i = 0, n = type.getNumElements(); i < n; ++i)
    sums[i % channels] += std::abs(int64_t(values[i]));
  return llvm::all_of(sums, [](int64_t sum) { return sum <= kLargestSum; });
}

bool graft::nn::fitsSums(ConstantOp weights) {
  auto type = cast<RankedTensorType>(weights.getType());
  if (isShort(type))
    return true;
  TensorBuffer quantized;
  SmallVector<double> scales;
  return !roundWeights(weights, /*perChannel=*/true, quantized, scales) ||
         ::fitsSums(quantized, type);
}

/// Reads the constant values of that type that `weights` dequantizes.
static bool readQuantized(DequantizeOp weights, ops::DType type,
                          TensorBuffer &values) {
  auto constant = weights.getX().getDefiningOp<ConstantOp>();
  return constant && succeeded(values.read(constant.getValue())) &&
         values.view().type.dtype == type;
}

bool graft::nn::fitsSums(DequantizeOp weights) {
  auto type = cast<RankedTensorType>(weights.getType());
  TensorBuffer quantized;
  return isShort(type) || !readQuantized(weights, ops::DType::I8, quantized) ||
         ::fitsSums(quantized, type);
}

/// Dequantizes other values in place of those of `weights`.
static DequantizeOp replaceQuantized(OpBuilder &builder, Location loc,
                                     DequantizeOp weights,
                                     const TensorBuffer &values,
                                     ArrayRef<double> scales) {
  Value constant =
      ConstantOp::create(builder, loc, values.toConstant(builder.getContext()));
  return DequantizeOp::create(builder, loc, weights.getType(), constant, scales,
                              SmallVector<int64_t>(scales.size(), 0),
                              weights.getAxis(), weights.getTo());
}

DequantizeOp graft::nn::makeSigned(OpBuilder &builder, DequantizeOp weights) {
  TensorBuffer from, to;
  if (llvm::any_of(weights.getZeroPoint(),
                   [](int64_t z) { return z != 128; }) ||
      weights.getZeroPoint().empty() ||
      !readQuantized(weights, ops::DType::U8, from) ||
      failed(to.allocate({ops::DType::I8, from.view().type.shape})))
    return {};
  const uint8_t *values = from.view().as<uint8_t>();
  int64_t count = cast<RankedTensorType>(weights.getType()).getNumElements();
  for (int64_t i = 0; i < count; ++i)
    to.view().as<int8_t>()[i] = static_cast<int8_t>(values[i] - 128);
  return replaceQuantized(builder, weights.getLoc(), weights, to,
                          weights.getScale());
}

DequantizeOp graft::nn::scaleWeights(OpBuilder &builder, Location loc,
                                     DequantizeOp weights,
                                     ElementsAttr factors) {
  auto type = cast<RankedTensorType>(weights.getType());
  const int64_t channels = type.getShape().back();
  TensorBuffer from, to, by;
  if (!readQuantized(weights, ops::DType::I8, from) ||
      failed(by.read(factors)) || factors.getNumElements() != channels ||
      failed(to.allocate(from.view().type)))
    return {};
  SmallVector<double> scales(weights.getScale());
  if (scales.size() == 1)
    scales.assign(channels, scales[0]);
  const int8_t *values = from.view().as<int8_t>();
  int8_t *signedValues = to.view().as<int8_t>();
  for (int64_t c = 0; c < channels; ++c) {
    double factor = ops::loadDouble(by.view().data, by.view().type.dtype, c);
    scales[c] *= std::abs(factor);
    if (!(scales[c] > 0) || !std::isfinite(scales[c]))
      return {};
    for (int64_t i = c; i < type.getNumElements(); i += channels) {
      if (factor < 0 && values[i] == -128)
        return {};
      signedValues[i] =
          static_cast<int8_t>(factor < 0 ? -values[i] : values[i]);
    }
  }
  return replaceQuantized(builder, loc, weights, to, scales);
}

/// For each tap of a window along one dimension, the share of the output's
/// positions at which it meets the image instead of padding. Images of unknown
/// size count as large: their padding is left out.
static SmallVector<double> findShares(int64_t taps, int64_t image,
                                      int64_t output, int64_t stride,
                                      int64_t dilation, int64_t before) {
  SmallVector<double> shares(taps, 1.0);
  if (ShapedType::isDynamic(image) || ShapedType::isDynamic(output) ||
      output == 0)
    return shares;
  for (int64_t tap = 0; tap < taps; ++tap) {
    // Positions whose tap is at or behind the image's begin, and at or behind
    // its end.
    auto countBelow = [&](int64_t limit) {
      int64_t distance = limit + before - tap * dilation;
      return std::clamp<int64_t>(llvm::divideCeilSigned(distance, stride), 0,
                                 output);
    };
    shares[tap] = double(countBelow(image) - countBelow(0)) / double(output);
  }
  return shares;
}

/// The same for each position of the filter, in row-major order.
static SmallVector<double> findShares(Conv2DOp conv) {
  auto sizeOf = [](Value value, unsigned d) {
    return cast<RankedTensorType>(value.getType()).getDimSize(d);
  };
  SmallVector<double> sides[2];
  for (unsigned d : {0u, 1u})
    sides[d] =
        findShares(sizeOf(conv.getFilter(), d), sizeOf(conv.getX(), d + 1),
                   sizeOf(conv->getResult(0), d + 1), conv.getStrides()[d],
                   conv.getDilations()[d], conv.getPads()[2 * d]);
  SmallVector<double> shares;
  for (double row : sides[0])
    for (double column : sides[1])
      shares.push_back(row * column);
  return shares;
}

SmallVector<float> graft::nn::findMeanError(HeavyOpInterface heavy,
                                            ConstantOp exact,
                                            DequantizeOp rounded,
                                            ArrayRef<float> means) {
  auto type = cast<RankedTensorType>(exact.getType());
  TensorBuffer from, to;
  if (failed(from.read(exact.getValue())) ||
      !readQuantized(rounded, ops::DType::I8, to))
    return {};
  const float *numbers = from.view().as<float>();
  const int8_t *values = to.view().as<int8_t>();
  const int64_t out = type.getShape().back();
  const int64_t in = type.getShape()[type.getRank() - 2];
  auto conv = dyn_cast<Conv2DOp>(*heavy);
  const int64_t groups = conv ? conv.getGroups() : 1;
  if (static_cast<int64_t>(means.size()) != in * groups)
    return {};
  SmallVector<double> errors(out, 0.0);
  const int64_t rows = type.getNumElements() / out;
  SmallVector<double> scales(rounded.getScale());
  if (scales.size() == 1)
    scales.assign(out, scales[0]);
  // Padding is exactly 0: a tap on it adds no error.
  const SmallVector<double> shares =
      conv ? findShares(conv) : SmallVector<double>{1.0};
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t o = 0; o < out; ++o) {
      const int64_t channel = o / (out / groups) * in + row % in;
      errors[o] += (double(numbers[row * out + o]) -
                    double(values[row * out + o]) * scales[o]) *
                   double(means[channel]) * shares[row / in];
    }
  return SmallVector<float>(errors.begin(), errors.end());
}
