//===- MappedAddress.h - which mapped file an address lies in -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_SUPPORT_MAPPEDADDRESS_H
#define GRAFT_SUPPORT_MAPPEDADDRESS_H

namespace graft {

/// The path of the MappedFile that has this address; null if there is none. A
/// file that another process truncates raises SIGBUS: this is for its handler.
const char *mappedFileAt(const void *address) noexcept;

} // namespace graft

#endif // GRAFT_SUPPORT_MAPPEDADDRESS_H
