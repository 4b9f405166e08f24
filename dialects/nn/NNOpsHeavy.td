//===- NNOpsHeavy.td - convolutions and matrix products ----*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_NNOPSHEAVY_TD
#define GRAFT_DIALECTS_NN_NNOPSHEAVY_TD

include "dialects/nn/NNBase.td"

/// An operation with a bias and epilogues. `bias` has one value per output
/// channel; `epilogues` run after it and read `epilogue_operands`. `to` is the
/// element type of the result if it is not that of the operands; products of
/// 8-bit integers are summed in `i32`. If the first operand is quantized,
/// `zero_point` is the quantized value of 0: it is subtracted before the product,
/// so that padding adds nothing.
///
/// The epilogue `mul` with a scale for each channel dequantizes quantized sums,
/// and `quantize` at the end quantizes the result.
class NN_HeavyOp<string mnemonic, dag operands, dag attributes>
    : NN_Op<mnemonic, [AttrSizedOperandSegments,
                       DeclareOpInterfaceMethods<NN_HeavyOpInterface>]> {
  let arguments = !con(
      operands, (ins Optional<NN_Tensor>:$bias,
                     Variadic<NN_Tensor>:$epilogue_operands), attributes,
      (ins DefaultValuedAttr<NN_EpilogueArrayAttr, "{}">:$epilogues,
           OptionalAttr<StrAttr>:$to,
           OptionalAttr<I64Attr>:$zero_point));
  let results = (outs NN_Tensor:$y);
  let precision = NN_Allow;
}

def NN_Conv2DOp : NN_HeavyOp<"conv2d",
    (ins NN_Tensor:$x, NN_Tensor:$filter),
    (ins DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides,
         DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations,
         DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads,
         DefaultValuedAttr<I64Attr, "1">:$groups)> {
  let summary = "two-dimensional convolution (cross-correlation)";
  let description = [{
    `x` is NHWC, `filter` HWIO where I is the number of input channels of one of
    the `groups`; a depthwise convolution has as many groups as `x` has
    channels. `pads` are top, bottom, left and right.

    ```mlir
    %y = nn.conv2d %x, %w bias %b {strides = array<i64: 2, 2>,
        epilogues = [#nn.epilogue<"relu">]}
        : (tensor<?x224x224x3xf32>, tensor<3x3x3x32xf32>, tensor<32xf32>)
        -> tensor<?x111x111x32xf32>
    %z = nn.conv2d %q, %c epilogue(%scales, %b) {zero_point = 128, to = "u8",
        epilogues = [#nn.epilogue<"mul", operand = 0>,
                     #nn.epilogue<"add", operand = 1>, #nn.epilogue<"relu">,
                     #nn.epilogue<"quantize", alpha = 0.02>]}
        : (tensor<?x8x8x64xui8>, tensor<1x1x64x32xi8>, tensor<32xf32>,
           tensor<32xf32>) -> tensor<?x8x8x32xui8>
    ```
  }];
  let assemblyFormat = [{
    $x `,` $filter (`bias` $bias^)? (`epilogue` `(` $epilogue_operands^ `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def NN_Conv2DTransposeOp : NN_HeavyOp<"conv2d_transpose",
    (ins NN_Tensor:$x, NN_Tensor:$filter),
    (ins DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides,
         DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations,
         DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads,
         DefaultValuedAttr<DenseI64ArrayAttr, "{-1, -1}">:$output_size)> {
  let summary = "the gradient of a convolution with respect to its input";
  let description = [{
    `filter` is HWOI: it is the filter of the convolution whose gradient this is,
    so that its last dimension is the number of channels of `x`. `pads` are those
    of that convolution. Where it takes several heights or widths to those of `x`,
    `output_size` says which one the result has; -1 stands for the smallest.
  }];
  let assemblyFormat = [{
    $x `,` $filter (`bias` $bias^)? (`epilogue` `(` $epilogue_operands^ `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def NN_MatMulOp : NN_HeavyOp<"matmul",
    (ins NN_Tensor:$a, NN_Tensor:$b),
    (ins DefaultValuedAttr<BoolAttr, "false">:$transpose_a,
         DefaultValuedAttr<BoolAttr, "false">:$transpose_b)> {
  let summary = "product of matrices; dimensions before the last two broadcast";
  let description = [{
    `transpose_a` and `transpose_b` swap the last two dimensions of an operand.
    Both operands have at least two dimensions.
  }];
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $a `,` $b (`bias` $bias^)? (`epilogue` `(` $epilogue_operands^ `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
}

#endif // GRAFT_DIALECTS_NN_NNOPSHEAVY_TD
