//===- WinogradPortable.cpp - tiles' transformations ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/WinogradBody.h"

const graft::runtime::cpu::WinogradTable &
graft::runtime::cpu::winogradPortable() {
  return table();
}
