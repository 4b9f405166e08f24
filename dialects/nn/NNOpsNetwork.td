//===- NNOpsNetwork.td - pooling, normalisation, attention -*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_NNOPSNETWORK_TD
#define GRAFT_DIALECTS_NN_NNOPSNETWORK_TD

include "dialects/nn/NNBase.td"

class NN_PoolOp<string mnemonic, string text, dag more = (ins),
                list<Trait> traits = []>
    : NN_Op<mnemonic, !listconcat(
          [DeclareOpInterfaceMethods<NN_EpilogueOpInterface>], traits)> {
  let summary = text;
  let description = [{
    `window` and `strides` are height and width, `pads` are top, bottom, left and
    right. Padding holds no element: it does not take part. `epilogues` read
    `epilogue_operands`.
  }];
  let arguments = !con(
      (ins NN_Tensor:$x, Variadic<NN_Tensor>:$epilogue_operands,
           DenseI64ArrayAttr:$window,
           DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides,
           DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads),
      more, (ins DefaultValuedAttr<NN_EpilogueArrayAttr, "{}">:$epilogues));
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = [{
    $x (`epilogue` `(` $epilogue_operands^ `)`)? attr-dict `:`
    functional-type(operands, results)
  }];
}

def NN_MaxPool2DOp
    : NN_PoolOp<"max_pool2d", "largest element of a window", (ins),
                [DeclareOpInterfaceMethods<NN_KeepsScaleOpInterface,
                                           ["keepsScale"]>]> {
  // Its epilogues may round.
  let precision = NN_Precision<[{
    getEpilogues().empty() ? ::graft::nn::PrecisionClass::Clear
                           : ::graft::nn::PrecisionClass::Infer
  }]>;
}
def NN_AvgPool2DOp : NN_PoolOp<"avg_pool2d", "mean of a window",
    (ins DefaultValuedAttr<BoolAttr, "false">:$include_pad,
         OptionalAttr<StrAttr>:$to,
         OptionalAttr<I64Attr>:$zero_point)> {
  let precision = NN_Infer;
  let description = [{
    `window` and `strides` are height and width, `pads` are top, bottom, left and
    right. Padding holds no element: it does not take part, or, with
    `include_pad`, as zeros. Means of quantized values subtract `zero_point`,
    the quantized value of 0; `to` is then the element type of the result, `f32` if
    absent.
  }];
}

def NN_BatchNormOp : NN_Op<"batch_norm"> {
  let precision = NN_Infer;
  let summary = "scale (x - mean) / sqrt(variance + epsilon) + offset";
  let description = [{
    All operands but `x` have one value per channel, the last dimension of `x`.
  }];
  let arguments = (ins NN_FloatTensor:$x, NN_FloatTensor:$scale,
                       NN_FloatTensor:$offset, NN_FloatTensor:$mean,
                       NN_FloatTensor:$variance,
                       F64Attr:$epsilon);
  let results = (outs NN_FloatTensor:$y);
  let assemblyFormat = [{
    $x `,` $scale `,` $offset `,` $mean `,` $variance attr-dict `:`
    functional-type(operands, results)
  }];
}

class NN_SoftmaxBase<string mnemonic, string text, list<Trait> traits = []>
    : NN_Op<mnemonic, !listconcat([SameOperandsAndResultShape], traits)> {
  let summary = text;
  let arguments = (ins NN_FloatTensor:$x,
                       DefaultValuedAttr<I64Attr, "-1">:$axis);
  let results = (outs NN_FloatTensor:$y);
  let precision = NN_Infer;
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def NN_SoftmaxOp : NN_SoftmaxBase<"softmax", "exp(x), scaled to the sum 1",
                                [NN_NonNegative]>;
def NN_LogSoftmaxOp : NN_SoftmaxBase<"log_softmax", "logarithm of softmax">;

def NN_LrnOp : NN_Op<"lrn", [SameOperandsAndResultShape]> {
  let summary = "local response normalisation over channels";
  let description = [{
    x / (bias + alpha s)^beta, where s is the sum of the squares of the channels
    at a distance of at most `depth_radius`.
  }];
  let arguments = (ins NN_FloatTensor:$x,
                       DefaultValuedAttr<I64Attr, "5">:$depth_radius,
                       DefaultValuedAttr<F64Attr, "1.0">:$bias,
                       DefaultValuedAttr<F64Attr, "1.0">:$alpha,
                       DefaultValuedAttr<F64Attr, "0.5">:$beta);
  let results = (outs NN_FloatTensor:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def NN_LayerNormOp : NN_Op<"layer_norm"> {
  let precision = NN_Deny;
  let summary = "normalisation to mean 0 and variance 1 from `axis` on";
  let description = [{
    scale (x - mean) / sqrt(variance + epsilon) + offset with the mean and the
    (biased) variance over the dimensions from `axis` to the last. `scale` and
    `offset` have the sizes of these dimensions.
  }];
  let arguments = (ins NN_FloatTensor:$x, NN_FloatTensor:$scale,
                       NN_FloatTensor:$offset,
                       DefaultValuedAttr<I64Attr, "-1">:$axis,
                       F64Attr:$epsilon);
  let results = (outs NN_FloatTensor:$y);
  let assemblyFormat = [{
    $x `,` $scale `,` $offset attr-dict `:` functional-type(operands, results)
  }];
}

def NN_AttentionOp : NN_Op<"attention"> {
  let precision = NN_Allow;
  let summary = "softmax(scale query key^T + mask) value, for each head";
  let description = [{
    `query`, `key` and `value` are batch, position, head, feature: what a projection
    of all heads gives once its last dimension is split. The softmax is over the
    positions of `key`. `mask` broadcasts to batch, head, position of the query,
    position of the key.

    ```mlir
    %y = nn.attention %q, %k, %v, %mask {scale = 0.125}
        : (tensor<?x128x12x64xf32>, tensor<?x128x12x64xf32>,
           tensor<?x128x12x64xf32>, tensor<?x1x1x128xf32>)
        -> tensor<?x128x12x64xf32>
    ```
  }];
  let arguments = (ins NN_FloatTensor:$query, NN_FloatTensor:$key,
                       NN_FloatTensor:$value, Optional<NN_FloatTensor>:$mask,
                       DefaultValuedAttr<F64Attr, "1.0">:$scale);
  let results = (outs NN_FloatTensor:$y);
  let assemblyFormat = [{
    $query `,` $key `,` $value (`,` $mask^)? attr-dict `:`
    functional-type(operands, results)
  }];
}

#endif // GRAFT_DIALECTS_NN_NNOPSNETWORK_TD
