//===- FileKind.cpp - what an output may replace --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/FileKind.h"

#include "support/MappedFile.h"

#include <filesystem>

using namespace graft;
namespace fs = std::filesystem;

Status graft::checkReplaces(const std::string &path, const FileKind &kind) {
  std::error_code error;
  if (!fs::is_regular_file(path, error) || fs::file_size(path, error) == 0)
    return {};
  Expected<MappedFile> file = MappedFile::open(path);
  GRAFT_RETURN_IF_ERROR(file.status());
  if (kind.matches(file->bytes()))
    return {};
  return Status::failed("'" + path + "' exists and is not " + kind.name +
                        "; name another file or remove it first");
}
