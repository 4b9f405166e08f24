//===- Slots.h - the calls that a loaded library makes --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GRAFT_RUNTIME_CPU_ONEDNN_SLOTS_H
#define GRAFT_RUNTIME_CPU_ONEDNN_SLOTS_H

#include <cstddef>

namespace graft::runtime::onednn {

/// A function that a library calls, and what it is to call instead.
struct Replacement {
  const char *name;
  void *function;
  /// Where to go on from `function`: holds the original, and gets what the
  /// library called before where somebody has replaced that already.
  void **next;
};

/// Replaces calls of the library that holds `address`, and of no other in the
/// process. All of them, or none and the result is false.
bool replaceCalls(const void *address, const Replacement *replacements,
                  size_t count);

} // namespace graft::runtime::onednn

#endif // GRAFT_RUNTIME_CPU_ONEDNN_SLOTS_H
