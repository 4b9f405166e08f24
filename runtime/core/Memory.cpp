//===- Memory.cpp - one aligned allocation --------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/core/Memory.h"

using namespace graft::runtime;

Memory::~Memory() {
  if (start)
    device->release(start, length);
}

bool Memory::reset(uint64_t bytes) {
  if (start)
    device->release(start, length);
  start = bytes ? device->allocate(bytes) : nullptr;
  length = start ? bytes : 0;
  return start || bytes == 0;
}
