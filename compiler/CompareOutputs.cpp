//===- CompareOutputs.cpp - where two answers differ ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Compare.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace graft;

static std::string describe(const NpyArray &array) {
  std::string text = array.dtype + "[";
  for (size_t d = 0; d < array.shape.size(); ++d)
    text += (d ? ", " : "") + std::to_string(array.shape[d]);
  return text + "]";
}

/// A 16-bit number with so many bits of exponent, as a float.
static float expand(uint16_t bits, unsigned exponentBits) {
  unsigned mantissaBits = 15 - exponentBits;
  int exponent = (bits >> mantissaBits) & ((1 << exponentBits) - 1);
  int mantissa = bits & ((1 << mantissaBits) - 1);
  int bias = (1 << (exponentBits - 1)) - 1;
  float value;
  if (exponent == (1 << exponentBits) - 1)
    value = mantissa ? NAN : INFINITY;
  else if (exponent == 0)
    value = std::ldexp(float(mantissa), 1 - bias - int(mantissaBits));
  else
    value = std::ldexp(float(mantissa + (1 << mantissaBits)),
                       exponent - bias - int(mantissaBits));
  return bits >> 15 ? -value : value;
}

template <typename T>
static long double load(const char *at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

namespace {
/// Reads one element as a number. A long double holds every 64-bit integer.
struct ElementReader {
  size_t size = 0;
  long double (*read)(const char *) = nullptr;
};
} // namespace

/// How to read the elements of a NumPy type; no function for what is no number.
static ElementReader readerFor(std::string_view dtype) {
  static const std::pair<std::string_view, ElementReader> readers[] = {
      {"f4", {4, load<float>}},
      {"f8", {8, load<double>}},
      {"f2",
       {2,
        [](const char *at) -> long double {
          return expand(static_cast<uint16_t>(load<uint16_t>(at)), 5);
        }}},
      // NumPy has no bfloat16: two raw bytes stand for it.
      {"V2",
       {2,
        [](const char *at) -> long double {
          return expand(static_cast<uint16_t>(load<uint16_t>(at)), 8);
        }}},
      {"i1", {1, load<int8_t>}},
      {"i2", {2, load<int16_t>}},
      {"i4", {4, load<int32_t>}},
      {"i8", {8, load<int64_t>}},
      {"u1", {1, load<uint8_t>}},
      {"u2", {2, load<uint16_t>}},
      {"u4", {4, load<uint32_t>}},
      {"u8", {8, load<uint64_t>}},
      {"b1", {1, load<uint8_t>}},
  };
  for (const auto &[name, reader] : readers)
    if (name == dtype)
      return reader;
  return {};
}

static OutputDifference compareArrays(const std::string &name,
                                      const NpyArray &left,
                                      const NpyArray &right, double relative,
                                      double absolute) {
  OutputDifference result;
  result.name = name;
  result.left = describe(left);
  result.right = describe(right);
  ElementReader reader = readerFor(left.dtype);
  if (result.left != result.right || !reader.read ||
      left.bytes.size() != right.bytes.size())
    return result;
  result.comparable = true;
  result.elements = left.bytes.size() / reader.size;
  for (int64_t i = 0; i < result.elements; ++i) {
    long double a = reader.read(left.bytes.data() + i * reader.size);
    long double b = reader.read(right.bytes.data() + i * reader.size);
    if (a == b || (std::isnan(a) && std::isnan(b)))
      continue;
    long double distance = std::fabs(a - b);
    if (std::isnan(distance) || std::isinf(distance))
      distance = std::numeric_limits<double>::infinity();
    if (distance > result.maxAbsolute) {
      result.maxAbsolute = static_cast<double>(distance);
      result.worst = i;
    }
    if (b != 0 && std::isfinite(b))
      result.maxRelative = std::max(
          result.maxRelative, static_cast<double>(distance / std::fabs(b)));
    else if (std::isinf(distance))
      result.maxRelative = std::numeric_limits<double>::infinity();
    // An infinite b allows for no distance.
    long double allowed =
        std::isfinite(b) ? absolute + relative * std::fabs(b) : 0;
    result.beyond += !(distance <= allowed);
  }
  return result;
}

ComparisonReport graft::compareOutputs(const NpzArrays &left,
                                       const NpzArrays &right,
                                       double relativeTolerance,
                                       double absoluteTolerance) {
  ComparisonReport report;
  report.subject = "outputs";
  report.relativeTolerance = relativeTolerance;
  report.absoluteTolerance = absoluteTolerance;
  auto add = [&](const std::string &name, const NpyArray *a,
                 const NpyArray *b) {
    OutputDifference output;
    if (a && b) {
      output =
          compareArrays(name, *a, *b, relativeTolerance, absoluteTolerance);
    } else {
      output.name = name;
      (a ? output.left : output.right) = describe(a ? *a : *b);
    }
    report.differenceCount += !output.comparable || output.beyond > 0;
    report.outputs.push_back(std::move(output));
  };
  if (left.size() == 1 && right.size() == 1) {
    add(left.begin()->first, &left.begin()->second, &right.begin()->second);
    return report;
  }
  for (const auto &[name, array] : left) {
    auto found = right.find(name);
    add(name, &array, found == right.end() ? nullptr : &found->second);
  }
  for (const auto &[name, array] : right)
    if (!left.count(name))
      add(name, nullptr, &array);
  return report;
}
