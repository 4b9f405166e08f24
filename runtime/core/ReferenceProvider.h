//===- ReferenceProvider.h - runs everything, slowly ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The provider `reference`: the kernels of the table of operations.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_REFERENCEPROVIDER_H
#define GRAFT_RUNTIME_CORE_REFERENCEPROVIDER_H

#include "runtime/core/Provider.h"

namespace graft::runtime {

/// Takes every launch whose types are valid and whose constants are not packed.
const Provider &referenceProvider();
/// Its only tactic.
inline constexpr char kReferenceTactic[] = "reference";

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_REFERENCEPROVIDER_H
