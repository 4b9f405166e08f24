//===- QuantizedRowsAvx512.cpp - rows of quantized values -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/kernels/QuantizedRowsBody.h"

const graft::runtime::cpu::QuantizedRowTable &
graft::runtime::cpu::quantizedRowsAvx512() {
  return table();
}
