//===- QuantizedWindowsAvx2.cpp - windows over quantized values -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/QuantizedWindowsBody.h"

const graft::runtime::cpu::QuantizedWindowTable &
graft::runtime::cpu::quantizedWindowsAvx2() {
  return makeTable<Bytes32, Bytes32, false>();
}
