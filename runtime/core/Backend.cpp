//===- Backend.cpp - the run side of a target -----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/core/Backend.h"

using namespace graft;
using namespace graft::runtime;

Backend::~Backend() = default;

Expected<std::unique_ptr<ExecutionContext>>
Backend::createExecutionContext() const {
  return std::make_unique<ExecutionContext>();
}

const Provider *Backend::findProvider(std::string_view name) const {
  for (const Provider *provider : providers())
    if (provider->name() == name)
      return provider;
  return nullptr;
}
