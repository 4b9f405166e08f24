//===- NNInference.cpp - result types from the table of operations --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Hands operand types, and the contents of small constant operands, to the
// shape functions of runtime/ops.
//===----------------------------------------------------------------------===//
#include "dialects/nn/NNInference.h"

#include "dialects/nn/Describe.h"
#include "dialects/nn/reference/TensorBuffer.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace graft;
using namespace graft::nn;

/// Constants that say sizes or positions are short; weights never matter here.
static constexpr int64_t kMaxShapeElements = 1024;

Status nn::inferTypes(StringRef name, ValueRange operands,
                      DictionaryAttr attributes, SmallVectorImpl<Type> &types) {
  MLIRContext *context = attributes.getContext();
  std::vector<ops::ShapeInput> inputs;
  std::vector<TensorBuffer> constants(operands.size());
  for (auto [operand, constant] : llvm::zip_equal(operands, constants)) {
    std::optional<ops::TensorType> type = toTensorType(operand.getType());
    if (!type) {
      std::string text;
      llvm::raw_string_ostream(text) << operand.getType();
      return Status::badInput("operands must be ranked tensors of numbers or "
                              "truth values, got " +
                              text);
    }
    ops::ShapeInput input{*type, nullptr};
    // Sizes and positions are integers; the bounds of a range may be floats.
    ElementsAttr value;
    if (matchPattern(operand, m_Constant(&value)) &&
        value.getNumElements() <= kMaxShapeElements &&
        succeeded(constant.read(value)))
      input.constant = constant.view().data;
    inputs.push_back(std::move(input));
  }
  std::vector<ops::TensorType> results;
  GRAFT_RETURN_IF_ERROR(ops::inferTypes(
      describe(name, attributes, operands.size()), inputs, results));
  for (const ops::TensorType &result : results)
    types.push_back(toMlirType(context, result));
  return Status();
}

LogicalResult nn::detail::inferTypes(std::optional<Location> location,
                                     StringRef name, ValueRange operands,
                                     DictionaryAttr attributes,
                                     SmallVectorImpl<Type> &types) {
  if (Status status = nn::inferTypes(name, operands, attributes, types);
      !status)
    return emitOptionalError(location, "'", name, "' op ",
                             StringRef(status.message()));
  return success();
}

bool nn::detail::areCompatible(TypeRange inferred, TypeRange actual) {
  if (inferred.size() != actual.size())
    return false;
  for (auto [a, b] : llvm::zip_equal(inferred, actual))
    if (getElementTypeOrSelf(a) != getElementTypeOrSelf(b) ||
        failed(verifyCompatibleShape(a, b)))
      return false;
  return true;
}
