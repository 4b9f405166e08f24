//===- ElementwiseFunctions.h - scalar functions by name ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions that element-wise operations apply, alone or as epilogues.
// Floats are computed in double; integers in 64 bits, where they wrap.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_OPS_ELEMENTWISEFUNCTIONS_H
#define GRAFT_RUNTIME_OPS_ELEMENTWISEFUNCTIONS_H

#include <cstdint>
#include <string_view>

namespace graft::ops {

/// A unary function with the parameters `alpha` and `beta`. A null column means
/// that the function is not defined on such elements.
struct UnaryFunction {
  const char *kind;
  double (*real)(double x, double alpha, double beta);
  int64_t (*integer)(int64_t x, double alpha, double beta) = nullptr;
  uint64_t (*natural)(uint64_t x, double alpha, double beta) = nullptr;
  bool predicate = false; ///< the result is Bool
  double alpha = 0.0;     ///< where the operation has no such attribute
  double beta = 0.0;
};

/// A binary function. Returns false if it has no value (integers only);
/// `failure` states the reason.
struct BinaryFunction {
  const char *kind;
  bool (*real)(double a, double b, double &result);
  bool (*integer)(int64_t a, int64_t b, int64_t &result) = nullptr;
  bool (*natural)(uint64_t a, uint64_t b, uint64_t &result) = nullptr;
  bool predicate = false;
  const char *failure = nullptr;
};

/// The function of that name, or null.
const UnaryFunction *findUnary(std::string_view kind);
/// The function of an epilogue, which may also be "quantize": the operation of
/// that name has a scale for each channel.
const UnaryFunction *findUnaryEpilogue(std::string_view kind);
const BinaryFunction *findBinary(std::string_view kind);

/// All of them, for the table of operations.
void allUnary(const UnaryFunction *&begin, const UnaryFunction *&end);
void allBinary(const BinaryFunction *&begin, const BinaryFunction *&end);

} // namespace graft::ops

#endif // GRAFT_RUNTIME_OPS_ELEMENTWISEFUNCTIONS_H
