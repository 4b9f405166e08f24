//===- Npz.h - NumPy's archives of arrays ---------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads and writes .npz files: a zip archive with one .npy file per array. The
// format is numpy.lib.format's, versions 1 to 3. An archive is untrusted input:
// every size in it is checked before memory is taken.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_SUPPORT_NPZ_H
#define GRAFT_SUPPORT_NPZ_H

#include "support/Status.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace graft {

/// An array in memory, dense and row-major.
struct NpyArray {
  /// NumPy's type without the byte order: "f4", "i8", "u1", "b1", ...
  std::string dtype;
  std::vector<int64_t> shape;
  std::string bytes;
};

/// Arrays by name, in the order of the names.
using NpzArrays = std::map<std::string, NpyArray>;

/// Parses the contents of one .npy file. Big-endian and Fortran-ordered arrays
/// are brought into native row-major order; object arrays are refused.
Expected<NpyArray> parseNpy(std::string_view file);

/// The contents of an .npy file.
std::string formatNpy(const NpyArray &array);

/// Reads every array of the archive `path`. Errors (BadInput) name path and
/// array.
Expected<NpzArrays> readNpz(const std::string &path);

/// Writes an archive, whole or not at all. The same arrays give the same bytes.
Status writeNpz(const std::string &path, const NpzArrays &arrays);

} // namespace graft

#endif // GRAFT_SUPPORT_NPZ_H
