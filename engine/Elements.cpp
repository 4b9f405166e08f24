//===- Elements.cpp - the numbers in an array, of any type ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "engine/Elements.h"

#include "runtime/ops/Element.h"

#include <cstring>

using namespace graft;

/// At the numbers of graft_dtype, which are those of ops::DType.
static constexpr const char *kNumpyTypes[ops::kNumDTypes] = {
    "f4", "f8", "f2", "V2", "i1", "i2", "i4",
    "i8", "u1", "u2", "u4", "u8", "b1"};

const char *graft::numpyType(graft_dtype dtype) { return kNumpyTypes[dtype]; }

template <typename T>
static long double load(const char *at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return static_cast<long double>(ops::widen(value));
}

ElementReader graft::readerFor(std::string_view numpyType) {
  for (unsigned i = 0; i < ops::kNumDTypes; ++i)
    if (numpyType == kNumpyTypes[i])
      return ops::visitAny(static_cast<ops::DType>(i), [](auto tag) {
        using T = typename decltype(tag)::type;
        return ElementReader{sizeof(T), load<T>};
      });
  return {};
}
