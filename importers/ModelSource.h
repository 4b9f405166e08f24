//===- ModelSource.h - which part of which model --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_IMPORTERS_MODELSOURCE_H
#define GRAFT_IMPORTERS_MODELSOURCE_H

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace graft {

/// Which part of which model.
struct ModelSource {
  /// A frozen GraphDef (.pb, .pbtxt) or a SavedModel directory. Of `bytes`,
  /// what messages call them.
  std::string path;
  /// SavedModel: the signature; empty for "serving_default" or the only one.
  std::string signature;
  /// Tensors ("name" or "name:port"); empty for the model's own.
  std::vector<std::string> inputs, outputs;
  /// A serialized GraphDef to read instead of the path; it outlives the work.
  std::optional<std::string_view> bytes;
  /// Shapes of arrays that it will be run on, by the name of the input. They
  /// settle unknown sizes; one that does not fit the model is overlooked, since
  /// the run will say so.
  std::map<std::string, std::vector<int64_t>> arrays;
};

} // namespace graft

#endif // GRAFT_IMPORTERS_MODELSOURCE_H
