//===- TextReader.h - protobuf messages in text form ----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The only text parser of the importers: what a text may be is said once.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_FORMATS_TEXT_TEXTREADER_H
#define GRAFT_FORMATS_TEXT_TEXTREADER_H

#include "support/Status.h"

#include <google/protobuf/message.h>

#include <string_view>

namespace graft {

/// Parses `text`, the contents of the file `path`, into `message`. A text may
/// nest as deeply as binary messages, 100 levels. Errors (BadInput) name the
/// file, the line and the column, and say that it must be a `kind`
/// ("GraphDef").
Status parseText(std::string_view text, const std::string &path,
                 const char *kind, google::protobuf::Message &message);

} // namespace graft

#endif // GRAFT_FORMATS_TEXT_TEXTREADER_H
