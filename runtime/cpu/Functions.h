//===- Functions.h - element-wise functions by name -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GRAFT_RUNTIME_CPU_FUNCTIONS_H
#define GRAFT_RUNTIME_CPU_FUNCTIONS_H

#include "runtime/cpu/kernels/Rows.h"

#include <string_view>

namespace graft::runtime::cpu {

/// The row functions for currentIsa().
const RowTable &rows();

/// The function for this `nn` operation, or null.
UnaryRowFn findUnary(std::string_view kind);
BinaryRowFn findBinary(std::string_view kind);

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_FUNCTIONS_H
