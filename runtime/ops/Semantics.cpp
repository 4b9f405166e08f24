//===- Semantics.cpp - the table of operations ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Puts the families' rows into one sorted table, and applies epilogues, which
// are the same for every operation: the operation and its epilogues are
// computed in double and rounded once, like a fused kernel with a wide
// accumulator.
//===----------------------------------------------------------------------===//
#include "runtime/ops/Semantics.h"
#include "runtime/ops/Element.h"
#include "runtime/ops/ElementwiseFunctions.h"
#include "runtime/ops/Families.h"
#include "runtime/ops/Indexing.h"
#include "runtime/ops/Limits.h"
#include "runtime/ops/Validation.h"

#include <algorithm>

using namespace graft;
using namespace graft::ops;

namespace {

Rows makeTable() {
  Rows rows;
  addAttentionRows(rows);
  addBatchSpaceRows(rows);
  addConvolutionRows(rows);
  addDataMovementRows(rows);
  addElementwiseRows(rows);
  addGatheringRows(rows);
  addMatMulRows(rows);
  addNormalizationRows(rows);
  addObservationRows(rows);
  addPoolingRows(rows);
  addQuantizationRows(rows);
  addReductionRows(rows);
  addResizingRows(rows);
  addShapeRows(rows);
  addSlicingRows(rows);
  addSourceRows(rows);
  addSuppressionRows(rows);
  std::sort(rows.begin(), rows.end(), [](const auto &a, const auto &b) {
    return std::string_view(a.kind) < std::string_view(b.kind);
  });
  return rows;
}

const Rows &table() {
  static const Rows rows = makeTable();
  return rows;
}

Status describe(const OpDesc &op, const Status &failure) {
  return Status(failure.code(), op.kind + ": " + failure.message());
}

/// Number of inputs that belong to the operation itself.
size_t countOwnInputs(const OpDesc &op, size_t inputs) {
  size_t own = inputs;
  for (const Epilogue &epilogue : op.epilogues)
    if (epilogue.operand >= 0)
      own = std::min(own, static_cast<size_t>(epilogue.operand));
  return own;
}

Status checkEpilogues(const OpDesc &op, const ShapeInputs &inputs, size_t own,
                      const TensorTypes &results) {
  if (op.epilogues.empty())
    return Status();
  if (results.size() != 1)
    return broken("an operation with epilogues must have one result",
                  std::to_string(results.size()));
  std::vector<bool> used(inputs.size(), false);
  for (const Epilogue &epilogue : op.epilogues) {
    bool binary = epilogue.operand >= 0;
    const BinaryFunction *two = findBinary(epilogue.kind);
    const UnaryFunction *function = findUnaryEpilogue(epilogue.kind);
    bool exists = binary ? two && two->real && !two->predicate
                         : function && !function->predicate;
    if (!exists)
      return broken(binary ? "an epilogue with an operand must be a binary "
                             "element-wise operation on numbers"
                           : "an epilogue without an operand must be a unary "
                             "element-wise operation on numbers",
                    "'" + epilogue.kind + "'");
    if (epilogue.kind == "quantize" && !(epilogue.alpha > 0))
      return broken("the scale (alpha) of 'quantize' must be positive",
                    std::to_string(epilogue.alpha));
    if (!binary)
      continue;
    auto index = static_cast<size_t>(epilogue.operand);
    if (index >= inputs.size())
      return broken("an epilogue's operand must be one of " +
                        std::to_string(inputs.size()) + " inputs",
                    std::to_string(index));
    used[index] = true;
    GRAFT_RETURN_IF_ERROR(expectNumber(inputs, index));
    Shape shape;
    GRAFT_RETURN_IF_ERROR(
        broadcastShapes(results[0].shape, inputs[index].type.shape, shape));
    if (!compatible(shape, results[0].shape))
      return broken("an epilogue's operand must broadcast to " +
                        toString(results[0]),
                    toString(inputs[index].type));
  }
  for (size_t i = own; i < used.size(); ++i)
    if (!used[i])
      return broken("inputs after the first epilogue's operand must be "
                    "operands of epilogues",
                    "input " + std::to_string(i) + ", which none uses");
  return Status();
}

/// A dense tensor of doubles that owns its memory.
struct WideTensor {
  std::vector<double> storage;
  TensorView view;

  explicit WideTensor(const Shape &shape) {
    int64_t count = 0;
    (void)countElements(shape, count);
    storage.resize(static_cast<size_t>(count));
    view = {{DType::F64, shape}, storage.data(), {}};
  }
  explicit WideTensor(const TensorView &from) : WideTensor(from.type.shape) {
    for (size_t i = 0; i < storage.size(); ++i)
      storage[i] =
          loadDouble(from.data, from.type.dtype, static_cast<int64_t>(i));
  }
};

void applyEpilogue(const Epilogue &epilogue, const Views &inputs,
                   WideTensor &accumulator) {
  if (epilogue.operand < 0) {
    const UnaryFunction *function = findUnaryEpilogue(epilogue.kind);
    for (double &value : accumulator.storage)
      value = function->real(value, epilogue.alpha, epilogue.beta);
    return;
  }
  const BinaryFunction *function = findBinary(epilogue.kind);
  const TensorView &operand = inputs[static_cast<size_t>(epilogue.operand)];
  const Shape &shape = accumulator.view.type.shape;
  bool isQuantized = isInteger(operand.type.dtype) && epilogue.alpha != 0.0;
  double scale = isQuantized ? epilogue.alpha : 1.0;
  double zero = isQuantized ? epilogue.beta : 0.0;
  size_t i = 0;
  forEachOffset<1>(shape, {broadcastStrides(operand.type.shape, shape)},
                   [&](const std::array<int64_t, 1> &at) {
                     double &value = accumulator.storage[i++];
                     double other =
                         loadDouble(operand.data, operand.type.dtype, at[0]);
                     (void)function->real(value, (other - zero) * scale, value);
                   });
}

Status evaluateFused(const OpSemantics &row, const OpDesc &op,
                     const Views &inputs, const TensorView &result) {
  size_t own = countOwnInputs(op, inputs.size());
  // Integers that are multiplied or summed are data; elsewhere they are
  // positions and keep their type.
  bool integersAreData = op.kind == "matmul" || op.kind == "conv2d" ||
                         op.kind == "conv2d_transpose" ||
                         op.kind == "avg_pool2d";
  std::vector<WideTensor> wide;
  wide.reserve(own);
  Views ownInputs(inputs.begin(), inputs.begin() + static_cast<ptrdiff_t>(own));
  for (TensorView &input : ownInputs) {
    DType dtype = input.type.dtype;
    if (!isFloat(dtype) && !(integersAreData && isInteger(dtype)))
      continue;
    wide.emplace_back(input);
    input = wide.back().view;
  }
  WideTensor accumulator(result.type.shape);
  if (isFloat(result.type.dtype) || integersAreData) {
    GRAFT_RETURN_IF_ERROR(row.reference(op, ownInputs, {accumulator.view}));
  } else {
    GRAFT_RETURN_IF_ERROR(row.reference(op, ownInputs, {result}));
    accumulator = WideTensor(result);
  }
  for (const Epilogue &epilogue : op.epilogues)
    applyEpilogue(epilogue, inputs, accumulator);
  for (size_t i = 0; i < accumulator.storage.size(); ++i)
    storeRounded(result.data, result.type.dtype, static_cast<int64_t>(i),
                 accumulator.storage[i]);
  return Status();
}

/// Checks that `view` is a dense tensor with memory.
Status checkView(const TensorView &view, std::string_view what, size_t index) {
  uint64_t bytes = 0;
  std::string who = std::string(what) + " " + std::to_string(index);
  if (!view.type.isStatic() || !countBytes(view.type, bytes))
    return broken(who + " must have a static shape", toString(view.type));
  if (!view.strides.empty())
    return broken(who + " must be dense", "strides");
  if (!view.data && bytes)
    return broken(who + " must have memory", "none");
  return Status();
}

} // namespace

const OpSemantics *graft::ops::lookup(std::string_view kind) {
  const Rows &rows = table();
  auto it = std::lower_bound(rows.begin(), rows.end(), kind,
                             [](const OpSemantics &row, std::string_view key) {
                               return std::string_view(row.kind) < key;
                             });
  return it != rows.end() && it->kind == kind ? &*it : nullptr;
}

const std::vector<OpSemantics> &graft::ops::allOperations() { return table(); }

static Status checkRank(const Shape &shape) {
  return shape.size() <= kMaxRank
             ? Status()
             : broken("tensors must have at most " + std::to_string(kMaxRank) +
                          " dimensions",
                      std::to_string(shape.size()));
}

Status graft::ops::inferTypes(const OpDesc &op, const ShapeInputs &inputs,
                              TensorTypes &results) {
  const OpSemantics *row = lookup(op.kind);
  if (!row)
    return Status(StatusCode::BadInput,
                  "the operation must exist, got '" + op.kind + "'");
  for (const ShapeInput &input : inputs) {
    if (Status status = checkRank(input.type.shape); !status.ok())
      return describe(op, status);
    for (int64_t size : input.type.shape)
      if (size < kDynamic)
        return describe(op, broken("sizes must not be negative",
                                   toString(input.type.shape)));
  }
  size_t own = countOwnInputs(op, inputs.size());
  ShapeInputs ownInputs(inputs.begin(),
                        inputs.begin() + static_cast<ptrdiff_t>(own));
  results.clear();
  if (Status status = row->infer(op, ownInputs, results); !status.ok())
    return describe(op, status);
  for (const TensorType &result : results) {
    if (Status status = checkRank(result.shape); !status.ok())
      return describe(op, status);
    uint64_t bytes = 0;
    if (result.isStatic() && !countBytes(result, bytes))
      return describe(
          op, broken("a result must fit into memory", toString(result)));
  }
  if (Status status = checkEpilogues(op, inputs, own, results); !status.ok())
    return describe(op, status);
  return Status();
}

Status graft::ops::evaluate(const OpDesc &op, const Views &inputs,
                            const Views &results) {
  ShapeInputs types;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (Status status = checkView(inputs[i], "input", i); !status.ok())
      return describe(op, status);
    types.push_back({inputs[i].type, inputs[i].data});
  }
  TensorTypes expected;
  GRAFT_RETURN_IF_ERROR(inferTypes(op, types, expected));
  if (expected.size() != results.size())
    return describe(op,
                    broken("results must be " + std::to_string(expected.size()),
                           std::to_string(results.size())));
  for (size_t i = 0; i < results.size(); ++i) {
    if (Status status = checkView(results[i], "result", i); !status.ok())
      return describe(op, status);
    if (!(results[i].type == expected[i]))
      return describe(op, broken("result " + std::to_string(i) + " must be " +
                                     toString(expected[i]),
                                 toString(results[i].type)));
  }
  const OpSemantics *row = lookup(op.kind);
  Status status = op.epilogues.empty()
                      ? row->reference(op, inputs, results)
                      : evaluateFused(*row, op, inputs, results[0]);
  return status.ok() ? status : describe(op, status);
}

bool graft::ops::mayHoldSizes(const TensorType &type) {
  int64_t count = 0;
  return type.isStatic() && countElements(type.shape, count) &&
         count <= kMaxShapeElements;
}

bool graft::ops::isKnown(const OpDesc &op, const ShapeInputs &inputs) {
  // The contents of shape_of's operand do not matter.
  if (op.kind == "shape_of" && op.epilogues.empty())
    return true;
  return std::all_of(inputs.begin(), inputs.end(),
                     [](const ShapeInput &input) { return input.constant; });
}

bool graft::ops::evaluateKnown(const OpDesc &op, const ShapeInputs &inputs,
                               const Views &results) {
  // A kernel requires an operand even if it does not read it.
  static std::byte nothing;
  Views sources;
  for (const ShapeInput &input : inputs)
    // The kernels do not write their inputs.
    sources.push_back(
        {input.type,
         const_cast<void *>(input.constant ? input.constant : &nothing),
         {}});
  return isKnown(op, inputs) && evaluate(op, sources, results).ok();
}
