//===- FileKind.h - what an output may replace ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_SUPPORT_FILEKIND_H
#define GRAFT_SUPPORT_FILEKIND_H

#include "support/Status.h"

#include <string_view>

namespace graft {

/// A kind of file, told by its contents. Each writer defines its own.
struct FileKind {
  const char *name; ///< "an engine plan"
  bool (*matches)(std::string_view bytes);
};

/// Checks that writing a file of this kind to `path` loses nothing else: there
/// is no file, an empty one, one of the kind, or a device or pipe. Errors
/// (Failed) say what to do.
Status checkReplaces(const std::string &path, const FileKind &kind);

} // namespace graft

#endif // GRAFT_SUPPORT_FILEKIND_H
