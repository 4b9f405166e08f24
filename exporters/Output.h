//===- Output.h - where a result goes -------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_EXPORTERS_OUTPUT_H
#define GRAFT_EXPORTERS_OUTPUT_H

#include "support/ByteBuffer.h"
#include "support/FileKind.h"

#include <string>
#include <utility>

namespace graft {

/// Where a result goes: to a path, whole or not at all, or into memory.
struct Output {
  Output(std::string path) : path(std::move(path)) {}
  Output(ByteBuffer &buffer) : buffer(&buffer) {}

  std::string path;
  ByteBuffer *buffer = nullptr;
};

/// Checks before the work that a file of that kind may be written there.
inline Status checkOutput(const Output &output, const FileKind &kind) {
  return output.buffer ? Status() : checkReplaces(output.path, kind);
}

} // namespace graft

#endif // GRAFT_EXPORTERS_OUTPUT_H
