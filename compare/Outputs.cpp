//===- Outputs.cpp - where two answers differ -----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compare/Compare.h"
#include "engine/Elements.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace graft;

static std::string describe(const NpyArray &array) {
  std::string text = array.dtype + "[";
  for (size_t d = 0; d < array.shape.size(); ++d)
    text += (d ? ", " : "") + std::to_string(array.shape[d]);
  return text + "]";
}

/// Counts the rows of two matrices that put the same first.
static TopAgreement compareTops(const NpyArray &left, const NpyArray &right,
                                const ElementReader &reader) {
  TopAgreement tops;
  size_t rowBytes = reader.size * static_cast<size_t>(left.shape[1]);
  for (int64_t row = 0; row < left.shape[0]; ++row) {
    auto elementsOf = [&](const NpyArray &array) {
      return [&reader, at = array.bytes.data() + row * rowBytes](int64_t i) {
        return reader.read(at + i * reader.size);
      };
    };
    tops.add(left.shape[1], elementsOf(left), elementsOf(right));
  }
  return tops;
}

static OutputDifference compareArrays(const std::string &name,
                                      const NpyArray &left,
                                      const NpyArray &right,
                                      const OutputTolerance &tolerance) {
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
    result.deviation.add(static_cast<double>(a), static_cast<double>(b));
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
        std::isfinite(b)
            ? tolerance.absolute + tolerance.relative * std::fabs(b)
            : 0;
    result.beyond += !(distance <= allowed);
  }
  if (left.shape.size() == 2 && left.shape[1] > 1)
    result.tops = compareTops(left, right, reader);
  return result;
}

static bool agree(const OutputDifference &output,
                  const OutputTolerance &tolerance) {
  if (!output.comparable || !tolerance.signalToNoise)
    return output.comparable && output.beyond == 0;
  return output.deviation.signalToNoise() >= *tolerance.signalToNoise;
}

ComparisonReport graft::compareOutputs(const NpzArrays &left,
                                       const NpzArrays &right,
                                       const OutputTolerance &tolerance) {
  ComparisonReport report;
  report.subject = "outputs";
  report.tolerance = tolerance;
  auto add = [&](const std::string &name, const NpyArray *a,
                 const NpyArray *b) {
    OutputDifference output;
    if (a && b) {
      output = compareArrays(name, *a, *b, tolerance);
    } else {
      output.name = name;
      (a ? output.left : output.right) = describe(a ? *a : *b);
    }
    report.differenceCount += !agree(output, tolerance);
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
