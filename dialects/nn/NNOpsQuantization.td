//===- NNOpsQuantization.td - quantized values -------------*- tablegen -*-===//
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

def NN_ObserveOp : NN_Op<"observe"> {
  let summary = "the range and the histogram of a tensor's finite elements";
  let description = [{
    The observations of a tensor for calibration. `limits` are the smallest and the
    largest element, or infinity and its negative if there is none.

    `counts` is a histogram over [-2^k, 2^k] with 4096 bins on each side of zero,
    where 2^k is the smallest power of two that is not below the largest magnitude.
    The i-th bin on the positive side has the elements of (i w, (i + 1) w], with
    w = 2^k / 4096, the negative side is its mirror image, and zeros are in the
    first bin of the positive side. So two neighbouring bins are one bin of a
    histogram of twice the width, and histograms of different tensors merge
    exactly, in any order.

    ```mlir
    %limits, %counts = nn.observe %x
        : (tensor<?x56x56x64xf32>) -> (tensor<2xf32>, tensor<8192xi64>)
    ```
  }];
  let arguments = (ins RankedTensorOf<[F32]>:$x);
  let results = (outs RankedTensorOf<[F32]>:$limits, RankedTensorOf<[I64]>:$counts);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

#endif // GRAFT_DIALECTS_NN_NNOPSQUANTIZATION_TD
