//===- RowsAvx2.cpp - element-wise functions for 256-bit vectors ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/RowsBody.h"

const graft::runtime::cpu::RowTable &graft::runtime::cpu::rowsAvx2() {
  return table();
}
