//===- PortAttributes.h - what is known of an input -------------*- C++ -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_PORTATTRIBUTES_H
#define GRAFT_DIALECTS_NN_PORTATTRIBUTES_H

#include "llvm/ADT/StringRef.h"

namespace graft::nn {

/// Attribute of a function's argument and of the plan.input that it becomes, an
/// array of i64: the smallest and the
/// largest size of each dimension that the user has stated for it, -1 for no
/// largest one.
inline constexpr llvm::StringLiteral kPortSizesAttr = "nn.sizes";

/// The same: the elements that stand for the input where nobody gives it.
inline constexpr llvm::StringLiteral kPortDefaultAttr = "nn.default";

} // namespace graft::nn

#endif // GRAFT_DIALECTS_NN_PORTATTRIBUTES_H
