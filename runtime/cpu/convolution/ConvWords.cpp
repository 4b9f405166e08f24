//===- ConvWords.cpp - convolutions in words of 32 bits -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/convolution/ConvWords.h"

#include "runtime/cpu/Loops.h"
#include "runtime/cpu/Threads.h"
#include "runtime/cpu/convolution/Tiling.h"

#include <cstring>

using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

constexpr int64_t kWord = ConvWords::kWordBytes;
/// Lines this many bytes apart fall into one set of the first-level cache,
/// which has 8 or 12 ways: fewer than a tile has pixels.
constexpr int64_t kSameSet = 4096;
/// Output channels for which a copy of the input is worth its time.
constexpr int64_t kManyOutputs = 96;
/// Between the pixels of such a copy.
constexpr int64_t kGapWords = 16;

/// Copies `count` contiguous runs of `size` bytes to whole words each, with
/// zero padding.
void fillWords(const char *from, int64_t size, int64_t count, char *to) {
  if (size % kWord == 0) {
    std::memcpy(to, from, size_t(size * count));
    return;
  }
  const int64_t whole = (size - 1) / kWord * kWord, left = size - whole;
  const uint32_t exist = ~uint32_t(0) >> 8 * (kWord - left);
  auto copyLast = [&](int64_t bytes) {
    uint32_t word = 0;
    std::memcpy(&word, from, size_t(bytes));
    word &= exist;
    std::memcpy(to, &word, kWord);
    from += left;
    to += kWord;
  };
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t c = 0; c < whole; c += kWord, from += kWord, to += kWord)
      std::memcpy(to, from, kWord);
    // A whole word can be read where another run follows.
    if (i + 1 < count)
      copyLast(kWord);
    else
      copyLast(left);
  }
}

} // namespace

bool ConvWords::fillsWords() const {
  return inPerGroup() % perWord == 0 && given.in.pixel % perWord == 0 &&
         given.in.row % perWord == 0 && given.in.image % perWord == 0;
}

bool ConvWords::contends() const {
  return given.in.pixel * given.window.strides[1] * elementBytes() % kSameSet ==
             0 &&
         given.width > 1 && outPerGroup() >= kManyOutputs;
}

bool ConvWords::read(const LaunchDesc &launch, int64_t elementsPerWord) {
  perWord = elementsPerWord;
  matMul = launch.op.kind == "matmul";
  if (!(matMul ? readMatMulAsConv(launch, given) : readConv2D(launch, given)) ||
      !canTile(given))
    return false;
  words = given;
  words.channels = given.groups * ((inPerGroup() + perWord - 1) / perWord);
  ImageStrides &in = words.in;
  copies = !fillsWords() || contends();
  if (copies) {
    in.pixel = words.channels + (contends() ? kGapWords : 0);
    in.row = in.pixel * given.width;
    in.image = in.row * given.height;
  } else {
    in = {in.image / perWord, in.row / perWord, in.pixel / perWord};
  }
  return canTile(words);
}

double ConvWords::padding() const {
  int64_t lanes = (outPerGroup() + kLanes - 1) / kLanes * kLanes;
  return double(wordsPerGroup() * perWord) / double(inPerGroup()) *
         double(lanes) / double(outPerGroup());
}

int64_t ConvWords::copiedWords() const {
  return given.images * given.height * given.width * words.channels;
}

double ConvWords::copySeconds() const {
  constexpr double kWhole = 0.15e-9, kPadded = 0.6e-9; // for each word
  return copies ? double(copiedWords()) * (fillsWords() ? kWhole : kPadded)
                : 0.0;
}

uint64_t ConvWords::copyBytes() const {
  return copies ? uint64_t(given.images * words.in.image * kWord + 63) / 64 * 64
                : 0;
}

const void *ConvWords::takeInput(const void *in, void *memory,
                                 int threads) const {
  if (!copies)
    return in;
  const int64_t rows = given.images * given.height;
  const int64_t pixelBytes = words.in.pixel * kWord;
  const int64_t run = inPerGroup() * elementBytes();
  // Dense pixels are equivalent to one pixel of more groups.
  const bool isDense =
      given.in.pixel == given.channels && words.in.pixel == words.channels;
  const int64_t pixels = isDense ? 1 : given.width;
  const int64_t runs = isDense ? given.width * given.groups : given.groups;
  parallelFor(threadsFor(copiedWords(), threads), rows, 1,
              [&](int64_t begin, int64_t end) {
                for (int64_t row = begin; row < end; ++row) {
                  const char *from = static_cast<const char *>(in) +
                                     (row / given.height * given.in.image +
                                      row % given.height * given.in.row) *
                                         elementBytes();
                  char *to = static_cast<char *>(memory) +
                             row * given.width * pixelBytes;
                  for (int64_t p = 0; p < pixels; ++p, to += pixelBytes)
                    fillWords(from + p * given.in.pixel * elementBytes(), run,
                              runs, to);
                }
              });
  return memory;
}
