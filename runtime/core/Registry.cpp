//===- Registry.cpp - the providers of this build -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A fixed list: nothing is loaded at run time.
//===----------------------------------------------------------------------===//
#include "runtime/core/Provider.h"
#include "runtime/core/ReferenceProvider.h"
#include "runtime/cpu/Providers.h"

using namespace graft;
using namespace graft::runtime;

const std::vector<const Provider *> &graft::runtime::providers() {
  static const std::vector<const Provider *> list = {
      oneDnnProvider(), cpuProvider(), &referenceProvider()};
  return list;
}

const Provider *graft::runtime::findProvider(std::string_view name) {
  for (const Provider *provider : providers())
    if (provider->name() == name)
      return provider;
  return nullptr;
}
