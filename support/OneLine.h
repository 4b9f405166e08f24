//===- OneLine.h - text from a file, for a line of a message --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Errors quote names that files and users give, and those may hold anything: a
// line break, what a terminal takes for a command, a megabyte.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_SUPPORT_ONELINE_H
#define GRAFT_SUPPORT_ONELINE_H

#include <string>
#include <string_view>

namespace graft {

/// The message as UTF-8, with control characters and bytes that are no UTF-8
/// escaped, as in "\0A", and without its middle where it has more than 560
/// bytes. For whoever shows a Status to someone.
std::string oneLine(std::string_view message);

} // namespace graft

#endif // GRAFT_SUPPORT_ONELINE_H
