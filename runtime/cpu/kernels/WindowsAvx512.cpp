//===- WindowsAvx512.cpp - sliding windows --------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/WindowsBody.h"

const graft::runtime::cpu::WindowTable &graft::runtime::cpu::windowsAvx512() {
  return table();
}
