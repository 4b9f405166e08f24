//===- CodeWindowsPortable.cpp - sliding windows over codes ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/CodeWindowsBody.h"

const graft::runtime::cpu::CodeWindowTable &
graft::runtime::cpu::codeWindowsPortable() {
  return makeTable<Bytes16, Bytes16, false>();
}
