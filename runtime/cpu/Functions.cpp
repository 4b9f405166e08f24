//===- Functions.cpp - element-wise functions by name ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Functions.h"

#include "runtime/cpu/Isa.h"

using namespace graft::runtime;

const cpu::RowTable &cpu::rows() {
  return kernelsFor(currentIsa(), rowsPortable, rowsAvx2, rowsAvx512);
}

cpu::UnaryRowFn cpu::findUnary(std::string_view kind) {
  for (const UnaryRow *row = rows().unary; row->kind; ++row)
    if (kind == row->kind)
      return row->fn;
  return nullptr;
}

cpu::BinaryRowFn cpu::findBinary(std::string_view kind) {
  for (const BinaryRow *row = rows().binary; row->kind; ++row)
    if (kind == row->kind)
      return row->fn;
  return nullptr;
}
