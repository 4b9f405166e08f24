//===- Slots.h - the calls that a loaded library makes --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GRAFT_RUNTIME_CPU_ONEDNN_SLOTS_H
#define GRAFT_RUNTIME_CPU_ONEDNN_SLOTS_H

#include <cstddef>

namespace graft::runtime::onednn {

/// A function that a library calls, and its replacement.
struct Replacement {
  const char *name;
  void *function;
  /// The function that `function` forwards to: the original, or an earlier
  /// replacement if there is one.
  void **next;
};

/// Replaces calls of the library that holds `address`, and of no other in the
/// process. All of them, or none and the result is false.
bool replaceCalls(const void *address, const Replacement *replacements,
                  size_t count);

} // namespace graft::runtime::onednn

#endif // GRAFT_RUNTIME_CPU_ONEDNN_SLOTS_H
