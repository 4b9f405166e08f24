//===- Limits.h - how large tensors may be --------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_OPS_LIMITS_H
#define GRAFT_RUNTIME_OPS_LIMITS_H

#include <cstddef>

namespace graft::ops {

/// Operations and plans do not allow tensors of more dimensions.
inline constexpr size_t kMaxRank = 64;

} // namespace graft::ops

#endif // GRAFT_RUNTIME_OPS_LIMITS_H
