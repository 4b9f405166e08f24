//===- ConvWords.h - convolutions in words of 32 bits ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One or several channels of a pixel form a word of 32 bits: one f32, two bf16
// or four uint8 values. To the loops all are convolutions of f32 with fewer
// channels.
//
// The input is copied first in two cases. If channels do not fill whole words,
// the copy has more channels, which are multiplied by weights of 0. If the
// pixels of a tile would conflict in the first-level cache, the copy has gaps
// between them.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_CONVOLUTION_CONVWORDS_H
#define GRAFT_RUNTIME_CPU_CONVOLUTION_CONVWORDS_H

#include "runtime/cpu/Problem.h"

namespace graft::runtime::cpu {

struct ConvWords {
  Conv2D given; ///< counts channels and strides in elements
  Conv2D words; ///< in words, with the strides of the input or of its copy
  int64_t perWord = 1;
  bool copies = false; ///< the input has to be copied

  /// Reads conv2d, or matmul with a matrix on the right. False where tiles
  /// cannot describe it.
  bool read(const LaunchDesc &launch, int64_t elementsPerWord);
  bool isMatMul() const { return matMul; }

  int64_t taps() const { return given.window.size[0] * given.window.size[1]; }
  int64_t inPerGroup() const { return given.channels / given.groups; }
  int64_t outPerGroup() const { return given.outChannels / given.groups; }
  int64_t wordsPerGroup() const { return words.channels / words.groups; }
  int64_t weightRows() const { return taps() * wordsPerGroup(); }
  int64_t elementBytes() const { return kWordBytes / perWord; }

  /// The ratio of products with padded channels and lanes to those without.
  double padding() const;
  /// About the time of one thread for the copy.
  double copySeconds() const;
  /// Bytes of the copy, a multiple of 64; 0 if there is none.
  uint64_t copyBytes() const;
  /// The input for `words`: `in` itself, or the copy, made in `memory`.
  const void *takeInput(const void *in, void *memory, int threads) const;

  static constexpr int64_t kWordBytes = 4;

private:
  int64_t copiedWords() const;
  bool fillsWords() const;
  bool contends() const;

  bool matMul = false;
};

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_CONVOLUTION_CONVWORDS_H
