//===- NNOpsQuantization.td - numbers and their codes ------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_NNOPSQUANTIZATION_TD
#define GRAFT_DIALECTS_NN_NNOPSQUANTIZATION_TD

include "dialects/nn/NNBase.td"

def NN_QuantizeOp : NN_Op<"quantize", [SameOperandsAndResultShape]> {
  let summary = "round(x / scale) + zero_point, saturated to the type `to`";
  let description = [{
    `scale` and `zero_point` have one entry for the whole tensor, or one for
    each position along `axis`. Ties round to even. `to` is `i8` or `u8`.
  }];
  let arguments = (ins NN_FloatTensor:$x, DenseF64ArrayAttr:$scale,
                       DenseI64ArrayAttr:$zero_point,
                       DefaultValuedAttr<I64Attr, "-1">:$axis,
                       DefaultValuedAttr<StrAttr, "\"i8\"">:$to);
  let results = (outs NN_Tensor:$y);
  let hasFolder = 1;
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def NN_DequantizeOp : NN_Op<"dequantize", [SameOperandsAndResultShape]> {
  let summary = "(x - zero_point) scale";
  let arguments = (ins NN_Tensor:$x, DenseF64ArrayAttr:$scale,
                       DenseI64ArrayAttr:$zero_point,
                       DefaultValuedAttr<I64Attr, "-1">:$axis,
                       DefaultValuedAttr<StrAttr, "\"f32\"">:$to);
  let results = (outs NN_FloatTensor:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

#endif // GRAFT_DIALECTS_NN_NNOPSQUANTIZATION_TD
