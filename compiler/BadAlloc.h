//===- BadAlloc.h - LLVM's failed allocations as exceptions ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_BADALLOC_H
#define GRAFT_COMPILER_BADALLOC_H

namespace graft {

/// Makes LLVM throw std::bad_alloc instead of aborting, so that the C API
/// guards can catch it. For the whole process; the first call counts.
void throwBadAllocs();

} // namespace graft

#endif // GRAFT_COMPILER_BADALLOC_H
