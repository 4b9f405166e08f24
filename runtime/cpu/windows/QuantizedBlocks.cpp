//===- QuantizedBlocks.cpp - blocks of channels of quantized windows ------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/windows/QuantizedBlocks.h"

#include "runtime/cpu/Isa.h"

#include <algorithm>

using namespace graft::runtime;
using namespace graft::runtime::cpu;

const QuantizedWindowTable &cpu::quantizedWindows() {
  return kernelsFor(quantizedIsa(), quantizedWindowsPortable,
                    quantizedWindowsAvx2, quantizedWindowsVnni);
}

QuantizedBlocks::QuantizedBlocks(const QuantizedWindowTable &table,
                                 int64_t channels)
    : table(&table), channels(channels) {
  // Channels that fit into a narrow block do not need a wide one.
  wides = channels / table.wide.channels;
  rest = channels - wides * table.wide.channels;
  if (rest > table.narrow.channels && channels >= table.wide.channels) {
    ++wides;
    rest = 0;
  }
}

QuantizedBlocks::Block QuantizedBlocks::at(int64_t index) const {
  int64_t width = table->wide.channels;
  if (index < wides) {
    int64_t first = index * width;
    int64_t channel = std::min(first, channels - width);
    return {&table->wide, channel, first - channel};
  }
  int64_t first = wides * width + (index - wides) * table->narrow.channels;
  if (channels < table->narrow.channels)
    return {&table->part, 0, 0};
  int64_t channel = std::min(first, channels - table->narrow.channels);
  return {&table->narrow, channel, first - channel};
}

double cpu::quantizedBlockSeconds(int64_t channels) {
  const QuantizedWindowTable &table = quantizedWindows();
  QuantizedBlocks blocks(table, channels);
  // A cycle at 3 GHz on 512-bit vectors; the other instruction sets take
  // longer.
  double each = hasByteProducts()               ? 1.0
                : currentIsa() == Isa::Portable ? 12.0
                                                : 3.0;
  return each / 3e9 * double(blocks.count());
}
