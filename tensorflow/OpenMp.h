//===- OpenMp.h - oneDNN's parallel regions on a team ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GRAFT_TENSORFLOW_OPENMP_H
#define GRAFT_TENSORFLOW_OPENMP_H

namespace graft {

/// Whether oneDNN's parallel regions come to this library; the first call sees
/// to it. They do not where oneDNN is not built as it is known.
bool ownsOpenMp();

} // namespace graft

#endif // GRAFT_TENSORFLOW_OPENMP_H
