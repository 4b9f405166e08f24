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

#include "support/FileKind.h"

#include <cstdint>
#include <functional>
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

/// What an .npy file says of its array, before the elements.
struct NpyHeader {
  std::string dtype;
  std::vector<int64_t> shape;
  bool columnMajor = false, bigEndian = false;
  uint64_t offset = 0; ///< of the elements, in bytes
  uint64_t bytes = 0;  ///< of all elements
};

/// Parses the header that the contents of an .npy file of `fileSize` bytes
/// start with, and checks that it fits that size.
Expected<NpyHeader> parseNpyHeader(std::string_view start, uint64_t fileSize);

/// The array of `header.bytes` bytes of elements, as they are in the file.
NpyArray makeArray(const NpyHeader &header, std::string elements);

/// Parses the contents of one .npy file. Big-endian and Fortran-ordered arrays
/// are brought into native row-major order; object arrays are refused.
Expected<NpyArray> parseNpy(std::string_view file);

/// The contents of an .npy file.
std::string formatNpy(const NpyArray &array);

/// The arrays of an archive without their elements.
using NpzHeaders = std::map<std::string, NpyHeader>;

/// Reads the headers of the archive `path`: a few bytes, whatever the arrays
/// inflate to. Errors (BadInput) name path and array.
Expected<NpzHeaders> readNpzHeaders(const std::string &path);

/// Judges an array before its elements are read.
using CheckArray =
    std::function<Status(const std::string &name, const NpyHeader &header)>;

/// Reads every array of the archive `path`, once `check` has passed all of
/// them: a small archive may inflate to anything. Errors (BadInput) name path
/// and array; those of `check` are its own.
Expected<NpzArrays> readNpz(const std::string &path,
                            const CheckArray &check = {});

/// What writeNpz() writes.
extern const FileKind kNpzFile;

/// Writes an archive, whole or not at all. The same arrays give the same bytes.
Status writeNpz(const std::string &path, const NpzArrays &arrays);

} // namespace graft

#endif // GRAFT_SUPPORT_NPZ_H
