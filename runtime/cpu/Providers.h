//===- Providers.h - the providers of the CPU -----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The providers of this folder for the registry.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_PROVIDERS_H
#define GRAFT_RUNTIME_CPU_PROVIDERS_H

#include "runtime/core/Provider.h"

namespace graft::runtime {

/// `cpu`: Graft's own kernels, chosen for the vector unit of this machine. They
/// read and write slices of larger tensors in place.
const Provider *cpuProvider();

/// `onednn`: oneDNN's primitives, dense tensors only.
const Provider *oneDnnProvider();

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CPU_PROVIDERS_H
