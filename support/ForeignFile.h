//===- ForeignFile.h - models that are of another kind --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A reader that met another format would complain about some byte of it. These
// functions tell the user what the file is, and how to come to a model.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_SUPPORT_FOREIGNFILE_H
#define GRAFT_SUPPORT_FOREIGNFILE_H

#include <string>
#include <string_view>

namespace graft {

/// What a file that is no GraphDef is, by its first bytes and its name, and
/// what to do: "a Keras file (.keras); export it: ...". Empty for one of no
/// kind that is known here, and for whatever begins like a GraphDef.
std::string describeForeignFile(std::string_view bytes, std::string_view name);

/// The same of a directory without a saved_model.pb and without a checkpoint
/// that names its newest files.
std::string describeForeignDirectory(const std::string &path);

} // namespace graft

#endif // GRAFT_SUPPORT_FOREIGNFILE_H
