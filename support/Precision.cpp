//===- Precision.cpp - what arithmetic is done in -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/Precision.h"

using namespace graft;

namespace {

struct Row {
  Precision precision;
  std::string_view name, stored;
};

constexpr Row kRows[] = {
    {Precision::Int8, "int8", "int8"}, {Precision::BF16, "bf16", "bf16"},
    {Precision::FP16, "fp16", "f16"},  {Precision::FP32, "fp32", "f32"},
    {Precision::Best, "best", "best"},
};

} // namespace

std::string_view graft::getName(Precision precision) {
  return kRows[static_cast<size_t>(precision)].name;
}

std::optional<Precision> graft::parsePrecision(std::string_view name) {
  for (const Row &row : kRows)
    if (name == row.name)
      return row.precision;
  return std::nullopt;
}

std::string_view graft::fromStoredPrecision(std::string_view stored) {
  for (const Row &row : kRows)
    if (stored == row.stored)
      return row.name;
  return stored;
}

std::string_view graft::toStoredPrecision(std::string_view name) {
  for (const Row &row : kRows)
    if (name == row.name)
      return row.stored;
  return name;
}
