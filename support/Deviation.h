//===- Deviation.h - how far values are from exact ones -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_SUPPORT_DEVIATION_H
#define GRAFT_SUPPORT_DEVIATION_H

#include <cstdint>

namespace graft {

/// Sums over any number of pairs of an exact number and the one in its place.
/// Equal infinities and NaNs are no error; any other is an infinite one.
class Deviation {
public:
  void add(double exact, double other);

  int64_t count() const { return elements; }
  /// Of |exact - other|.
  double largestError() const { return most; }
  /// Of |exact|, where it is finite.
  double largest() const { return range; }
  /// Sum of exact^2 over that of (exact - other)^2, in dB: infinity where
  /// nothing differs.
  double signalToNoise() const;
  /// Of the angle between the two, as vectors: 1 where nothing differs, 0 where
  /// only one of them is zero.
  double cosine() const;

private:
  int64_t elements = 0;
  double signal = 0, otherSignal = 0, product = 0, noise = 0;
  double most = 0, range = 0;
};

/// How many rows of classes put the same one first.
struct TopAgreement {
  int64_t rows = 0;
  int64_t same = 0;   ///< the exact row's first is the other's
  int64_t inFive = 0; ///< ... is among the other's first five

  /// `exact(i)` and `other(i)` give the i-th of `classes` numbers, at least
  /// one.
  template <typename Exact, typename Other>
  void add(int64_t classes, Exact &&exact, Other &&other) {
    int64_t top = 0, above = 0;
    for (int64_t i = 1; i < classes; ++i)
      if (exact(i) > exact(top))
        top = i;
    // What a NaN stands beside is no agreement.
    for (int64_t i = 0; i < classes; ++i)
      above += i != top && !(other(i) <= other(top));
    ++rows;
    same += above < 1;
    inFive += above < 5;
  }
};

} // namespace graft

#endif // GRAFT_SUPPORT_DEVIATION_H
