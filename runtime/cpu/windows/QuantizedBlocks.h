//===- QuantizedBlocks.h - blocks of channels of quantized windows --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to this folder: the kernels on quantized windows, and how channels
// are split into their blocks.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_WINDOWS_QUANTIZEDBLOCKS_H
#define GRAFT_RUNTIME_CPU_WINDOWS_QUANTIZEDBLOCKS_H

#include "runtime/cpu/kernels/QuantizedWindows.h"

namespace graft::runtime::cpu {

/// The kernels for this machine.
const QuantizedWindowTable &quantizedWindows();

/// Whole blocks, the last of which may begin inside of the one before.
class QuantizedBlocks {
public:
  struct Block {
    const QuantizedBlockKernels *kernels;
    int64_t channel; ///< the first
    int64_t skip;    ///< channels at its start that belong to another block
  };

  QuantizedBlocks() = default;
  QuantizedBlocks(const QuantizedWindowTable &table, int64_t channels);

  int64_t count() const {
    return wides + (rest + table->narrow.channels - 1) / table->narrow.channels;
  }
  Block at(int64_t index) const;

private:
  const QuantizedWindowTable *table = nullptr;
  int64_t channels = 0, wides = 0;
  int64_t rest = 0; ///< channels behind the wide blocks
};

/// Seconds that a cycle for each block takes.
double quantizedBlockSeconds(int64_t channels);

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_WINDOWS_QUANTIZEDBLOCKS_H
