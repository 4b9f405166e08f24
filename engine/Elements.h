//===- Elements.h - the numbers in an array, of any type ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_ENGINE_ELEMENTS_H
#define GRAFT_ENGINE_ELEMENTS_H

#include "runtime/include/graft_runtime.h"

#include <cstddef>
#include <string_view>

namespace graft {

/// NumPy's name of a type ("f4"). NumPy has no bfloat16: two raw bytes ("V2")
/// stand for it.
const char *numpyType(graft_dtype dtype);

/// Reads one element as a number. A long double holds every 64-bit integer.
struct ElementReader {
  size_t size = 0; ///< of an element, in bytes
  long double (*read)(const char *) = nullptr;
};

/// How to read the elements of such a type; no function for what is no number.
ElementReader readerFor(std::string_view numpyType);

} // namespace graft

#endif // GRAFT_ENGINE_ELEMENTS_H
