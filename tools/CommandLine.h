//===- CommandLine.h - what --help and --version of a tool say ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TOOLS_COMMANDLINE_H
#define GRAFT_TOOLS_COMMANDLINE_H

namespace graft {

/// Makes --version say Graft's version and MLIR's. `name` is a literal:
/// "graft-opt".
void showVersion(const char *name);

/// Leaves out of --help the options that there are: those that LLVM's libraries
/// bring, for code generation. First in main(), before MLIR's tools add theirs.
void hideForeignOptions();

} // namespace graft

#endif // GRAFT_TOOLS_COMMANDLINE_H
