//===- Checkpoint.h - the files of a training checkpoint ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// TensorFlow 1 saves a model in training as PREFIX.meta, its graph, and a
// tensor bundle of the same prefix, its variables. A file "checkpoint" beside
// them says which of several is the newest.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_FORMATS_SAVEDMODEL_CHECKPOINT_H
#define GRAFT_FORMATS_SAVEDMODEL_CHECKPOINT_H

#include "support/Status.h"

#include <string>

namespace graft {

/// Whether `path` names a checkpoint: a folder with a file "checkpoint" and no
/// SavedModel, a prefix, or one of the files of a prefix.
bool isCheckpoint(const std::string &path);

/// The prefix of the checkpoint that `path` names, of the newest one in a
/// folder. Both PREFIX.meta and PREFIX.index are there. Errors (BadInput) say
/// which file is missing.
Expected<std::string> findCheckpoint(const std::string &path);

} // namespace graft

#endif // GRAFT_FORMATS_SAVEDMODEL_CHECKPOINT_H
