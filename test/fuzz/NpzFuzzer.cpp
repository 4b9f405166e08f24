//===- NpzFuzzer.cpp - any bytes as arrays of NumPy -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Once as an archive, and once as the array in one: behind a checksum mutations
// would not get far.
//===----------------------------------------------------------------------===//
#include "Fuzz.h"
#include "support/Npz.h"

using namespace graft;

static void checkArray(const NpyArray &array) {
  Expected<NpyArray> again = parseNpy(formatNpy(array));
  fuzz::require(again.ok() && again->dtype == array.dtype &&
                    again->shape == array.shape && again->bytes == array.bytes,
                "an array must come back as it was");
}

GRAFT_FUZZ_TARGET(const uint8_t *data, size_t size) {
  static const fuzz::Folder folder;
  std::string bytes(fuzz::view(data, size));
  Expected<NpyArray> array = parseNpy(bytes);
  fuzz::requireGoodError(array.status());
  if (array)
    checkArray(*array);

  Expected<NpzArrays> arrays = readNpz(folder.write("fuzz.npz", bytes));
  fuzz::requireGoodError(arrays.status());
  if (arrays)
    for (const auto &[name, member] : *arrays)
      checkArray(member);
  return 0;
}
