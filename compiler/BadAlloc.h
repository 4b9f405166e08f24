//===- BadAlloc.h - LLVM's failed allocations as exceptions ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_COMPILER_BADALLOC_H
#define GRAFT_COMPILER_BADALLOC_H

namespace graft {

/// Has LLVM throw std::bad_alloc where it would abort, so that the C API's
/// guards can tell. For the whole process; the first call counts.
void throwBadAllocs();

} // namespace graft

#endif // GRAFT_COMPILER_BADALLOC_H
