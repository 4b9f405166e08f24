//===- Provider.cpp - who runs a launch -----------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/core/Provider.h"

using namespace graft;
using namespace graft::runtime;

Kernel::~Kernel() = default;
Provider::~Provider() = default;

Expected<PackedConstant> Provider::pack(const LaunchDesc &, unsigned,
                                        const void *, int) const {
  return PackedConstant();
}
