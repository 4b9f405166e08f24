//===- CodeRowsAvx2.cpp - rows of codes of 8 bits -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/CodeRowsBody.h"

const graft::runtime::cpu::CodeRowTable &graft::runtime::cpu::codeRowsAvx2() {
  return table();
}
