//===- NNInterfaces.td - what passes ask of `nn` operations *- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_NNINTERFACES_TD
#define GRAFT_DIALECTS_NN_NNINTERFACES_TD

include "mlir/IR/OpBase.td"

/// One operand, one result of the same shape and, but for predicates, the same
/// type. The mnemonic may be the kind of an epilogue.
def NN_ElementwiseUnary : NativeOpTrait<"ElementwiseUnary"> {
  let cppNamespace = "::graft::nn";
}

/// Two operands that broadcast by NumPy's rule, one result. The mnemonic may be
/// the kind of an epilogue.
def NN_ElementwiseBinary : NativeOpTrait<"ElementwiseBinary"> {
  let cppNamespace = "::graft::nn";
}

/// Each element of the result is one of an operand's, a comparison's, or one
/// correctly rounded operation: the reference kernel computes the same bits as
/// TensorFlow, also for floats.
def NN_Exact : NativeOpTrait<"Exact"> {
  let cppNamespace = "::graft::nn";
}

/// No element of the result is negative, whatever the operand is.
def NN_NonNegative : NativeOpTrait<"NonNegative"> {
  let cppNamespace = "::graft::nn";
}

/// The result has the elements of operand 0, in the same order, under other
/// sizes.
def NN_ReshapeLike : NativeOpTrait<"ReshapeLike"> {
  let cppNamespace = "::graft::nn";
}

def NN_KeepsScaleOpInterface : OpInterface<"KeepsScaleOpInterface"> {
  let cppNamespace = "::graft::nn";
  let description = [{
    An operation with one result, each element of which is one of an operand's, so
    that it has the same scale: it can take quantized values as it takes real ones.
    It is of this interface (`isa`) while `keepsScale` is true.
  }];
  let methods = [
    InterfaceMethod<"Whether that holds with these attributes.",
      "bool", "keepsScale", (ins), "", "return true;">,
    InterfaceMethod<[{
        How many operands, from the first, the elements are taken from. The others
        are positions and sizes.
      }], "unsigned", "getNumDataOperands", (ins), "", "return 1;">
  ];
  let extraClassOf = "return $_op.keepsScale();";
}

def NN_EpilogueOpInterface : OpInterface<"EpilogueOpInterface"> {
  let cppNamespace = "::graft::nn";
  let description = [{
    An operation that can apply epilogues, element-wise operations, to its result:
    a heavy one, or a pooling. Epilogues run in the order of the list.
  }];
  let methods = [
    InterfaceMethod<"The epilogues, in order.",
      "::mlir::ArrayAttr", "getEpilogues">,
    InterfaceMethod<"The operands of the epilogues.",
      "::mlir::OperandRange", "getEpilogueOperands">,
    InterfaceMethod<[{
        Adds an epilogue after the others. `operand` broadcasts to the result; null
        for an epilogue without operand.
      }], "void", "appendEpilogue",
      (ins "::llvm::StringRef":$kind, "::mlir::Value":$operand,
           "double":$alpha, "double":$beta), [{
        ::llvm::SmallVector<::mlir::Attribute> epilogues(
            $_op.getEpilogues().begin(), $_op.getEpilogues().end());
        int32_t position = -1;
        if (operand) {
          position = static_cast<int32_t>($_op.getEpilogueOperands().size());
          $_op.getEpilogueOperandsMutable().append(operand);
        }
        epilogues.push_back(EpilogueAttr::get($_op.getContext(), kind, position,
                                              alpha, beta));
        $_op.setEpiloguesAttr(
            ::mlir::ArrayAttr::get($_op.getContext(), epilogues));
      }]>
  ];
  let verify = "return ::graft::nn::detail::verifyEpilogues($_op);";
}

def NN_HeavyOpInterface
    : OpInterface<"HeavyOpInterface", [NN_EpilogueOpInterface]> {
  let cppNamespace = "::graft::nn";
  let description = [{
    A convolution or a matrix product: operand 0 times the weights, operand 1. Its
    bias comes before the first epilogue.
  }];
  let methods = [
    InterfaceMethod<"The bias, one value per output channel, or null.",
      "::mlir::Value", "getBias">,
    InterfaceMethod<"Sets or replaces the bias, which has one value per output channel.",
      "void", "setBias", (ins "::mlir::Value":$bias), [{
        $_op.getBiasMutable().assign(bias);
      }]>
  ];
}

def NN_PrecisionOpInterface : OpInterface<"PrecisionOpInterface"> {
  let cppNamespace = "::graft::nn";
  let description = [{
    What nn-lower-precision may do with the operation. Each operation's entry says
    it in the field `precision`; see NNBase.td for the classes.
  }];
  let methods = [
    InterfaceMethod<"The class of the operation, with these attributes.",
      "::graft::nn::PrecisionClass", "getPrecisionClass">
  ];
}

#endif // GRAFT_DIALECTS_NN_NNINTERFACES_TD
