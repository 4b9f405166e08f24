//===- TemporaryFiles.h - names for what is under way ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file or directory under way lies beside its destination, called
// ".graft-PID-N.tmp". It is locked while it is written, so that a later run can
// tell what a killed process left behind, and listed, so that a signal handler
// can remove it.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_SUPPORT_TEMPORARYFILES_H
#define GRAFT_SUPPORT_TEMPORARYFILES_H

#include <string>

namespace graft {

/// An empty file or directory beside `destination`, and a locked descriptor of
/// it: a file's is open for writing. Removes what dead processes left in the
/// same folder, once a folder. Returns -1 and sets errno on failure.
int createTemporaryFile(const std::string &destination, std::string &name);
int createTemporaryDirectory(const std::string &destination, std::string &name);

/// The name is no temporary one of this process any more: it was renamed or
/// removed.
void forgetTemporary(const std::string &name);

/// Removes what this process has under way, directories with their contents.
/// Safe in a signal handler; for a process that ends now.
void removeTemporaries() noexcept;

} // namespace graft

#endif // GRAFT_SUPPORT_TEMPORARYFILES_H
