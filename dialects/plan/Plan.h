//===- Plan.h - the `plan` dialect ----------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_PLAN_PLAN_H
#define GRAFT_DIALECTS_PLAN_PLAN_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/APFloat.h"

#include <optional>

namespace graft::plan {
class InputOp;
class OutputOp;

/// Buffers begin at multiples of this many bytes in the arena and in the file.
inline constexpr int64_t kAlignment = 64;
} // namespace graft::plan

#include "dialects/plan/PlanDialect.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/plan/PlanTypes.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/plan/PlanAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/plan/PlanOps.h.inc"

namespace graft::plan {

/// The buffer that owns `buffer`'s memory: follows views and aliases up.
mlir::Value getRoot(mlir::Value buffer);
/// Whether `buffer`'s elements lie densely in row-major order.
bool isDense(mlir::Value buffer);

} // namespace graft::plan

#endif // GRAFT_DIALECTS_PLAN_PLAN_H
