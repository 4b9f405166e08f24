//===- ConvWords.h - convolutions in words of 32 bits ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One or several channels of a pixel are a word of 32 bits: a float, two halves
// or four codes. To the loops all are convolutions of floats, with so many
// times fewer channels.
//
// The input is copied first where channels do not fill whole words, with more
// of them, which are multiplied by weights of 0; and where the pixels of a tile
// would contend for the same lines of the first cache, with a gap between them.
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

  /// What channels of a group and lanes of a block add to the products.
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
