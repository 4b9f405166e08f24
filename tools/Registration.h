//===- Registration.h - everything that a tool may want to know about -----===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TOOLS_REGISTRATION_H
#define GRAFT_TOOLS_REGISTRATION_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace graft {

/// Adds Graft's dialects and those of MLIR that its passes use.
void registerDialects(mlir::DialectRegistry &registry);

/// Registers every pass and pipeline of Graft, and MLIR's general ones.
void registerPasses();

} // namespace graft

#endif // GRAFT_TOOLS_REGISTRATION_H
