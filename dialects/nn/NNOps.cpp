//===- NNOps.cpp - verification beyond types ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rules about shapes and types are those of runtime/ops and are checked by
// type inference. Here is what only MLIR can get wrong.
//===----------------------------------------------------------------------===//
#include "dialects/nn/NN.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace graft::nn;

#define GET_OP_CLASSES
#include "dialects/nn/NNOps.cpp.inc"

PrecisionClass graft::nn::getReductionClass(StringRef kind) {
  if (kind == "sum" || kind == "mean")
    return PrecisionClass::Deny;
  return kind == "prod" ? PrecisionClass::Infer : PrecisionClass::Clear;
}

// An epilogue may make other values.
bool MaxPool2DOp::keepsScale() { return getEpilogues().empty(); }

unsigned ConcatOp::getNumDataOperands() { return getNumOperands(); }

unsigned PackOp::getNumDataOperands() { return getNumOperands(); }

/// Checks that every epilogue's operand exists, and that every one is read.
LogicalResult graft::nn::detail::verifyEpilogues(Operation *operation) {
  auto op = cast<EpilogueOpInterface>(operation);
  auto count = static_cast<int32_t>(op.getEpilogueOperands().size());
  SmallVector<bool> read(count, false);
  for (auto epilogue : op.getEpilogues().getAsRange<EpilogueAttr>()) {
    if (epilogue.getOperand() < -1 || epilogue.getOperand() >= count)
      return op->emitOpError()
             << "epilogue '" << epilogue.getKind() << "' must read one of "
             << count << " epilogue operands, got " << epilogue.getOperand();
    if (epilogue.hasOperand())
      read[epilogue.getOperand()] = true;
  }
  for (int32_t i = 0; i < count; ++i)
    if (!read[i])
      return op->emitOpError()
             << "every epilogue operand must be read by an epilogue, got "
                "operand "
             << i << ", which none reads";
  return success();
}
