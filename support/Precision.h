//===- Precision.h - what arithmetic is done in ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Options, reports, tables of calibration and the interfaces in C and Python
// spell a precision as getName() does. Plans store that of floats by their
// element type, f32 and f16: the file (plan.fbs) and the dialect.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_SUPPORT_PRECISION_H
#define GRAFT_SUPPORT_PRECISION_H

#include <optional>
#include <string_view>

namespace graft {

enum class Precision {
  Int8,
  BF16,
  FP16,
  FP32,
  Best, ///< of an engine: for each layer its own
};

/// int8, bf16, fp16, fp32 or best.
std::string_view getName(Precision precision);
/// The precision of that name.
std::optional<Precision> parsePrecision(std::string_view name);

/// The name of a precision for that which plans store, and the other way round.
/// Others stay as they are: a launch that computes with integers has the name
/// of their element type, an engine that is joined of several may be "mixed".
std::string_view fromStoredPrecision(std::string_view stored);
std::string_view toStoredPrecision(std::string_view name);

} // namespace graft

#endif // GRAFT_SUPPORT_PRECISION_H
