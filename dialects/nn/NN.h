//===- NN.h - the `nn` dialect --------------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_NN_H
#define GRAFT_DIALECTS_NN_NN_H

#include "dialects/nn/NNInference.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/nn/NNDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/nn/NNAttrs.h.inc"

namespace graft::nn {

/// One operand, one result of the same shape: see NNInterfaces.td.
template <typename ConcreteType>
class ElementwiseUnary
    : public mlir::OpTrait::TraitBase<ConcreteType, ElementwiseUnary> {};

/// Two operands that broadcast, one result: see NNInterfaces.td.
template <typename ConcreteType>
class ElementwiseBinary
    : public mlir::OpTrait::TraitBase<ConcreteType, ElementwiseBinary> {};

/// The reference kernel has TensorFlow's bits: see NNInterfaces.td.
template <typename ConcreteType>
class Exact : public mlir::OpTrait::TraitBase<ConcreteType, Exact> {};

/// No element of the result is negative.
template <typename ConcreteType>
class NonNegative : public mlir::OpTrait::TraitBase<ConcreteType, NonNegative> {
};

/// The result is operand 0 under other sizes.
template <typename ConcreteType>
class ReshapeLike : public mlir::OpTrait::TraitBase<ConcreteType, ReshapeLike> {
};

/// What nn-lower-precision may do with an operation: see NNBase.td.
enum class PrecisionClass { Allow, Infer, Clear, Deny, Keep };

/// The class of a `reduce` of that kind: sums and means grow beyond a narrow
/// type's range and precision, extremes do not.
PrecisionClass getReductionClass(llvm::StringRef kind);

/// Argument and result attribute that holds the name of an engine's port.
inline constexpr llvm::StringLiteral kPortNameAttr = "nn.name";

namespace detail {
/// The verifier of EpilogueOpInterface.
llvm::LogicalResult verifyEpilogues(mlir::Operation *operation);
} // namespace detail

} // namespace graft::nn

#include "dialects/nn/NNInterfaces.h.inc"

#define GET_OP_CLASSES
#include "dialects/nn/NNOps.h.inc"

#endif // GRAFT_DIALECTS_NN_NN_H
