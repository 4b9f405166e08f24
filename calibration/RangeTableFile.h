//===- RangeTableFile.h - the files that hold tables of ranges ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_CALIBRATION_RANGETABLEFILE_H
#define GRAFT_CALIBRATION_RANGETABLEFILE_H

#include "support/FileKind.h"

namespace graft {

/// The text of RangeTable::write() in a file.
extern const FileKind kRangeTableFile;

} // namespace graft

#endif // GRAFT_CALIBRATION_RANGETABLEFILE_H
