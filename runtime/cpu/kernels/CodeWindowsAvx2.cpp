//===- CodeWindowsAvx2.cpp - sliding windows over codes -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/CodeWindowsBody.h"

const graft::runtime::cpu::CodeWindowTable &
graft::runtime::cpu::codeWindowsAvx2() {
  return makeTable<Bytes32, Bytes32, false>();
}
