//===- Semantics.h - what each operation computes -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One table with two columns: the shape function and the reference kernel of
// every operation. The `nn` dialect infers types, the interpreter folds
// constants and the executor runs launches that no faster provider takes, all
// with this table, so they cannot disagree.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_OPS_SEMANTICS_H
#define GRAFT_RUNTIME_OPS_SEMANTICS_H

#include "runtime/ops/OpDesc.h"
#include "runtime/ops/Tensor.h"
#include "support/Status.h"

namespace graft::ops {

/// The part of an input that a shape function may read: its type, with kDynamic
/// for unknown sizes, and its contents if they are constant.
struct ShapeInput {
  TensorType type;
  const void *constant = nullptr; ///< dense, row-major, or null
};

using InferFn = Status (*)(const OpDesc &op,
                           const std::vector<ShapeInput> &inputs,
                           std::vector<TensorType> &results);

/// Computes dense row-major results from dense row-major inputs. It is simple
/// and slow: the reference for all faster kernels.
using ReferenceFn = Status (*)(const OpDesc &op,
                               const std::vector<TensorView> &inputs,
                               const std::vector<TensorView> &results);

struct OpSemantics {
  const char *kind;
  InferFn infer;
  ReferenceFn reference;
};

/// The row of an operation, or null for an operation that does not exist.
const OpSemantics *lookup(std::string_view kind);

/// All rows, sorted by kind.
const std::vector<OpSemantics> &allOperations();

/// Result types of `op`. Fails if an attribute or an input's type breaks the
/// operation's rules; the message states the rule and the actual value.
Status inferTypes(const OpDesc &op, const std::vector<ShapeInput> &inputs,
                  std::vector<TensorType> &results);

/// Runs the reference kernel, epilogues included.
Status evaluate(const OpDesc &op, const std::vector<TensorView> &inputs,
                const std::vector<TensorView> &results);

/// Tensors of more elements than this are data, not sizes or positions.
inline constexpr int64_t kMaxShapeElements = 1024;
/// Whether a tensor of `type` may hold sizes or positions.
bool mayHoldSizes(const TensorType &type);

/// Whether all contents that `op` reads are known.
bool isKnown(const OpDesc &op, const std::vector<ShapeInput> &inputs);
/// evaluate() for such inputs; false where it fails.
bool evaluateKnown(const OpDesc &op, const std::vector<ShapeInput> &inputs,
                   const std::vector<TensorView> &results);

} // namespace graft::ops

#endif // GRAFT_RUNTIME_OPS_SEMANTICS_H
