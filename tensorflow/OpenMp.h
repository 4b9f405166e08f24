//===- OpenMp.h - oneDNN's parallel regions on a team ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GRAFT_TENSORFLOW_OPENMP_H
#define GRAFT_TENSORFLOW_OPENMP_H

namespace graft {

/// Whether oneDNN's parallel regions come to this library. They do not where
/// another library of the process has brought the same oneDNN before.
bool ownsOpenMp();

} // namespace graft

#endif // GRAFT_TENSORFLOW_OPENMP_H
