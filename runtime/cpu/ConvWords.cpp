//===- ConvWords.cpp - narrow convolutions in words of 32 bits ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/ConvWords.h"

#include "runtime/cpu/Loops.h"
#include "runtime/cpu/Threads.h"
#include "runtime/cpu/Tiling.h"

#include <cstring>

using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

constexpr int64_t kWord = ConvWords::kWordBytes;

/// Copies `count` runs of `size` bytes, which lie one after the other, to whole
/// words each, with zeros behind.
void fillWords(const char *from, int64_t size, int64_t count, char *to) {
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

bool ConvWords::read(const LaunchDesc &launch, int64_t elementsPerWord) {
  perWord = elementsPerWord;
  bool isRead = launch.op.kind == "matmul" ? readMatMulAsConv(launch, given)
                                           : readConv2D(launch, given);
  if (!isRead || !canTile(given))
    return false;
  words = given;
  words.channels = given.groups * ((inPerGroup() + perWord - 1) / perWord);
  ImageStrides &in = words.in;
  copies = inPerGroup() % perWord || in.pixel % perWord || in.row % perWord ||
           in.image % perWord;
  if (copies)
    in = {words.channels * given.width * given.height,
          words.channels * given.width, words.channels};
  else
    in = {in.image / perWord, in.row / perWord, in.pixel / perWord};
  return canTile(words);
}

double ConvWords::padding() const {
  int64_t lanes = (outPerGroup() + kLanes - 1) / kLanes * kLanes;
  return double(wordsPerGroup() * perWord) / double(inPerGroup()) *
         double(lanes) / double(outPerGroup());
}

double ConvWords::copied() const {
  return copies ? double(given.images * given.height) *
                      double(given.width * given.channels)
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
  const int64_t pixelBytes = words.channels * kWord;
  const int64_t run = inPerGroup() * elementBytes();
  // Dense pixels, if there are several, are as good as one of more groups.
  const bool isDense = given.in.pixel == given.channels;
  const int64_t pixels = isDense ? 1 : given.width;
  const int64_t runs = isDense ? given.width * given.groups : given.groups;
  parallelFor(threadsFor(int64_t(copied()), threads), rows, 1,
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
