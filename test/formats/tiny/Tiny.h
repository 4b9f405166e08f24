//===- Tiny.h - a second format, for tests only ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A model of this format is a text, one tensor of f32 a line:
//
//   input x 2x4
//   matmul h x 4x3 0.25     the last two: the weights' shape and their value
//   relu r h
//   output y r
//
// Its front end makes `nn` functions and knows nothing of the `graph` dialect.
// The emitter beside it lists the functions that an engine would be made of.
// docs/add-a-format.md walks through both.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TEST_FORMATS_TINY_TINY_H
#define GRAFT_TEST_FORMATS_TINY_TINY_H

#include "compiler/formats/Emitter.h"
#include "compiler/formats/FrontEnd.h"

namespace graft::tiny {

extern const FrontEnd kFrontEnd; ///< of .tiny
extern const Emitter kListing;   ///< .list

} // namespace graft::tiny

#endif // GRAFT_TEST_FORMATS_TINY_TINY_H
