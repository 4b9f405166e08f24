//===- NNAttrs.td - attributes of the `nn` dialect ---------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_NNATTRS_TD
#define GRAFT_DIALECTS_NN_NNATTRS_TD

include "dialects/nn/NNDialect.td"
include "mlir/IR/AttrTypeBase.td"

def NN_EpilogueAttr : AttrDef<NN_Dialect, "Epilogue"> {
  let mnemonic = "epilogue";
  let summary = "an element-wise operation applied to the result of another operation";
  let description = [{
    `kind` is the mnemonic of an element-wise operation. With `operand`, a
    position among the operation's epilogue operands, the epilogue
    is `acc = kind(acc, operand)`, else `acc = kind(acc)`. `alpha` and `beta` are
    its parameters: the bounds of `clip`, the slope of `leaky_relu`.

    `quantize` quantizes `acc` to 8 bits: it is divided by `alpha`, rounded, ties
    to even, and shifted by `beta`, the zero point. A quantized operand is read as
    `(operand - beta) alpha` if `alpha` is not 0.

    ```mlir
    #nn.epilogue<"clip", alpha = 0.000000e+00, beta = 6.000000e+00>
    #nn.epilogue<"add", operand = 0>
    #nn.epilogue<"quantize", alpha = 1.250000e-02, beta = 1.280000e+02>
    ```
  }];
  let parameters = (ins "::mlir::StringAttr":$kind_attr, "int32_t":$operand,
                        "::mlir::FloatAttr":$alpha_attr,
                        "::mlir::FloatAttr":$beta_attr);
  let builders = [
    AttrBuilder<(ins "::llvm::StringRef":$kind,
                     CArg<"int32_t", "-1">:$operand,
                     CArg<"double", "0.0">:$alpha,
                     CArg<"double", "0.0">:$beta)>
  ];
  let extraClassDeclaration = [{
    ::llvm::StringRef getKind() const { return getKindAttr().getValue(); }
    bool hasOperand() const { return getOperand() >= 0; }
    double getAlpha() const { return getAlphaAttr().getValueAsDouble(); }
    double getBeta() const { return getBetaAttr().getValueAsDouble(); }
  }];
  let hasCustomAssemblyFormat = 1;
}

def NN_EpilogueArrayAttr
    : TypedArrayAttrBase<NN_EpilogueAttr, "array of epilogues"> {
  let constBuilderCall = "::mlir::ArrayAttr::get($_builder.getContext(), $0)";
}

#endif // GRAFT_DIALECTS_NN_NNATTRS_TD
