//===- NNBase.td - classes that `nn` operations are made of *- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every operation is pure and infers its result types from the table of
// runtime/ops; verification infers them again and compares.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_NNBASE_TD
#define GRAFT_DIALECTS_NN_NNBASE_TD

include "dialects/nn/NNAttrs.td"
include "dialects/nn/NNInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def NN_Float : AnyTypeOf<[F16, BF16, F32, F64], "float">;
def NN_SignedInteger : AnyTypeOf<[I8, I16, I32, I64], "signed integer">;
def NN_UnsignedInteger : AnyTypeOf<[UI8, UI16, UI32, UI64], "unsigned integer">;
def NN_Element
    : AnyTypeOf<[NN_Float, NN_SignedInteger, NN_UnsignedInteger, I1], "element">;

/// A ranked tensor of unknown or known sizes.
def NN_Tensor : RankedTensorOf<[NN_Element]>;
def NN_FloatTensor : RankedTensorOf<[NN_Float]>;
def NN_BoolTensor : RankedTensorOf<[I1]>;
/// Positions, sizes or axes as data.
def NN_IndexTensor : RankedTensorOf<[I32, I64]>;

/// How nn-lower-precision treats an operation's floats. The classes are
/// those of TensorFlow's own mixed precision.
class NN_Precision<string cppExpression> {
  string expression = cppExpression;
}
/// Much faster with little error: always narrow.
def NN_Allow : NN_Precision<"::graft::nn::PrecisionClass::Allow">;
/// Safe, but not worth a cast: narrow between two that are.
def NN_Infer : NN_Precision<"::graft::nn::PrecisionClass::Infer">;
/// Never rounds: narrow if that saves a cast.
def NN_Clear : NN_Precision<"::graft::nn::PrecisionClass::Clear">;
/// Stays in f32, and so do operations that are inferred from it.
def NN_Deny : NN_Precision<"::graft::nn::PrecisionClass::Deny">;
/// Stays in f32.
def NN_Keep : NN_Precision<"::graft::nn::PrecisionClass::Keep">;

/// An operation is never narrowed unless its entry, or the class of its family,
/// says so: `let precision = NN_Clear`.
class NN_Op<string mnemonic, list<Trait> traits = []>
    : Op<NN_Dialect, mnemonic, !listconcat(traits, [
          Pure, NN_PrecisionOpInterface,
          DeclareOpInterfaceMethods<InferTypeOpInterface>])> {
  NN_Precision precision = NN_Keep;
  let extraClassDeclaration = [{
    static bool isCompatibleReturnTypes(::mlir::TypeRange inferred,
                                        ::mlir::TypeRange actual);
    ::graft::nn::PrecisionClass getPrecisionClass() {
      return }] # precision.expression # [{;
    }
  }];
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *context, ::std::optional<::mlir::Location> location,
        ::mlir::ValueRange operands, ::mlir::DictionaryAttr attributes,
        ::mlir::OpaqueProperties properties, ::mlir::RegionRange,
        ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      return ::graft::nn::detail::inferTypes(
          location, getOperationName(), operands,
          ::graft::nn::detail::mergeAttributes<$cppClass>(context, attributes,
                                                         properties),
          types);
    }
    bool $cppClass::isCompatibleReturnTypes(::mlir::TypeRange inferred,
                                            ::mlir::TypeRange actual) {
      return ::graft::nn::detail::areCompatible(inferred, actual);
    }
  }];
}

#endif // GRAFT_DIALECTS_NN_NNBASE_TD
