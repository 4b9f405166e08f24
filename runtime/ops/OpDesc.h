//===- OpDesc.h - one operation, described without MLIR -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An `nn` operation as plain data: its name without the dialect, its
// attributes, and the epilogues that were fused into it. The shape functions,
// the reference kernels and all providers use this description, at build time
// and at run time.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_OPS_OPDESC_H
#define GRAFT_RUNTIME_OPS_OPDESC_H

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace graft::ops {

using AttributeValue = std::variant<int64_t, double, std::string,
                                    std::vector<int64_t>, std::vector<double>>;

/// Attributes of an operation, sorted by name. Booleans are integers.
class Attributes {
public:
  void set(std::string name, AttributeValue value);
  const AttributeValue *find(std::string_view name) const;

  /// The attribute's value, or `fallback` if it is absent or of another kind.
  int64_t getInt(std::string_view name, int64_t fallback = 0) const;
  double getFloat(std::string_view name, double fallback = 0.0) const;
  std::string_view getString(std::string_view name) const;
  const std::vector<int64_t> &getInts(std::string_view name) const;
  const std::vector<double> &getFloats(std::string_view name) const;

  auto begin() const { return entries.begin(); }
  auto end() const { return entries.end(); }
  bool operator==(const Attributes &other) const {
    return entries == other.entries;
  }

private:
  std::vector<std::pair<std::string, AttributeValue>> entries;
};

/// A function applied to the result of a heavy operation while it is still in
/// registers: `acc = kind(acc)` or, with an operand, `acc = kind(acc,
/// operand)`. The kinds are the names of `nn` element-wise operations: "relu",
/// "clip" (alpha = lower, beta = upper bound), "leaky_relu" (alpha = slope),
/// "elu", "sigmoid", "tanh", "swish", "gelu", ..., "add", "mul", ... Also
/// "quantize": round(acc / alpha) + beta. A quantized operand is read as
/// (operand - beta) * alpha if alpha is not 0.
struct Epilogue {
  std::string kind;
  /// Index of the operand among the operation's inputs, or -1.
  int32_t operand = -1;
  double alpha = 0.0;
  double beta = 0.0;

  bool operator==(const Epilogue &other) const {
    return kind == other.kind && operand == other.operand &&
           alpha == other.alpha && beta == other.beta;
  }
};

/// One operation. Inputs are positional, and the operands of its epilogues come
/// last; an operation whose bias is absent has `has_bias` = 0 among its
/// attributes and no such input.
struct OpDesc {
  std::string kind;
  Attributes attributes;
  std::vector<Epilogue> epilogues;
};

} // namespace graft::ops

#endif // GRAFT_RUNTIME_OPS_OPDESC_H
