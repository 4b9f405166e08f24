//===- Backends.cpp - the targets that this process can run ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/core/Backend.h"

using namespace graft;
using namespace graft::runtime;

static std::vector<const Backend *> &backends() {
  static std::vector<const Backend *> list = builtinBackends();
  return list;
}

const Backend *graft::runtime::findBackend(std::string_view target) {
  std::string_view name = target.substr(0, target.find(':'));
  for (const Backend *backend : backends())
    if (backend->target() == name)
      return backend;
  return nullptr;
}

std::string graft::runtime::listBackends() {
  std::string names;
  for (const Backend *backend : backends())
    names += (names.empty() ? "" : ", ") + std::string(backend->target());
  return names;
}

void graft::runtime::registerBackend(const Backend &backend) {
  backends().push_back(&backend);
}
