//===- Process.h - how a program of Graft's ends --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One line and an exit code, whatever happens, and no temporary file. These are
// decisions for a whole process, so the libraries leave them to the programs.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TOOLS_PROCESS_H
#define GRAFT_TOOLS_PROCESS_H

namespace graft {

/// Call first in main, and after llvm::InitLLVM. From then on
///  - SIGINT, SIGTERM and SIGHUP remove what is being written, then end the
///    process as they do by default; a file beyond RLIMIT_FSIZE is an error of
///    the write and not SIGXFSZ;
///  - memory that runs out ends with "out of memory" and code 5, in LLVM and in
///    threads too, and where MLIR does not check;
///  - a mapped input that another process truncates ends with code 4;
///  - an uncaught exception or a fatal error of LLVM ends with code 70.
/// `name` is the program's, a literal.
void installProcessHandlers(const char *name);

} // namespace graft

#endif // GRAFT_TOOLS_PROCESS_H
