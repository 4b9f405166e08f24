//===- Passes.td - passes over the `nn` dialect ------------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// In the order in which a pipeline runs them. None is tied to an operation: each
// rewrites whatever functions are inside the operation that it is run on.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_NN_PASSES_TD
#define GRAFT_PASSES_NN_PASSES_TD

include "mlir/Pass/PassBase.td"

def Simplify : Pass<"nn-simplify"> {
  let summary = "canonicalisation that needs more than a folder";
  let description = [{
    Rewrites to a fixpoint, together with every folder and canonicaliser:
    - a zero padding of height and width moves into the `pads` of the convolution
      that reads it, and of a `max_pool2d` where the padded tensor is known to have
      no negative element, so that the zeros never win;
    - a transposition moves down through element-wise operations, padding and
      concatenation until it meets its inverse, which removes both. So the
      transpositions that channels-first convolutions bring cancel, and logical
      NHWC remains;
    - what flattens a tensor in front of a matrix product and shapes its result
      again goes, or moves behind the bias and the functions after the product;
    - a part of the last dimension that is then split into heads becomes a part of
      the heads;
    - a factor of one goes;
    - weights that a quantized network rounds are rounded now. Without
      `keep-quantized` they are dequantized at once; with it they stay signed
      quantized values, which nn-fuse-quantization multiplies.
  }];
  let options = [
    Option<"keepQuantized", "keep-quantized", "bool", "false",
           "keep constant int8 and uint8 values">
  ];
  let dependentDialects = ["::graft::nn::NNDialect"];
}

def Raise : Pass<"nn-raise"> {
  let summary = "recognise functions that are written as primitives";
  let description = [{
    A framework writes some functions as formulas of primitives. One operation
    instead reads its operand once, has its own kernel and can be fused into its
    producer:
    - `gelu` and `gelu_tanh`, by `erf`, `erfc`, `tanh` or `sigmoid`; `swish`;
      `hard_swish`. Each is `x` times a gate, whose argument is a polynomial in `x`;
    - `layer_norm`, as differences to the mean over a deviation or as
      `x f - mean f + offset`, with constant scales and offsets, wherever they
      stand. The variance is the mean of squared differences over the last
      dimensions;
    - `softmax` and `log_softmax`, with or without the largest element subtracted;
    - `attention`: a softmax between two products whose matrices are heads that a
      transposition brought forward. Scale and mask go into it, the transpositions
      disappear.

    Formulas are compared in normal forms (sums of terms, products of factors,
    polynomials of degree 3), so that the order of operands and the place of a
    constant or a sign do not matter. Constants must equal the formula's, rounded
    to the element type: `1.4142` is not the square root of 2.

    Results are those of the formula, except for the rounding of its operations.
  }];
  let dependentDialects = ["::graft::nn::NNDialect"];
}

def FoldBatchNorm : Pass<"nn-fold-batch-norm"> {
  let summary = "fold normalisation and scaling into the weights before them";
  let description = [{
    A `batch_norm` with constant parameters is `factor x + (offset - mean factor)`
    with `factor = scale / sqrt(variance + epsilon)`. After a convolution or a
    matrix product with constant weights and nothing in between, the factor goes
    into the output channels of the weights and the rest into the bias; so does a
    multiplication by a constant that has one value for each channel. An addition
    of such a constant in between becomes the bias first.

    A `batch_norm` that stays, because what it reads is used elsewhere or comes
    from somewhere else, is left as it is.
  }];
  let dependentDialects = ["::graft::nn::NNDialect"];
}

def LowerBatchNorm : Pass<"nn-lower-batch-norm"> {
  let summary = "compute the normalisation that no weights could take";
  let description = [{
    A `batch_norm` of images in f32 with constant parameters, which stands where
    nothing before it could take it (after a concatenation, say), becomes a
    depthwise convolution with a window of one pixel: its filter is the factor of
    each channel and its bias the shift. So it has a fast kernel, and takes the
    activation and the additions after it as its epilogues.
  }];
  let dependentDialects = ["::graft::nn::NNDialect"];
}

def HoistStrides : Pass<"nn-hoist-strides"> {
  let summary = "do not compute pixels that strides skip";
  let description = [{
    A convolution with a window of one row and a stride of two reads every other
    row. Where all who read an image skip rows or columns like that, its producer
    takes the stride instead: a convolution or a pooling multiplies its own by it,
    an element-wise operation passes it on to its operands, and the readers' become
    what is left. An operand that others need whole is thinned by a
    `strided_slice`. So the last block of a stage of a residual network computes
    only those pixels that the next stage, which begins with strided 1x1
    convolutions, reads: a quarter of its 3x3 convolution and of the 1x1 after it.

    Element-wise operations alone are left as they are, since nothing would pay
    for the slices. Heights and widths have to be known.
  }];
  let dependentDialects = ["::graft::nn::NNDialect"];
}

def CommutePooling : Pass<"nn-commute-pooling"> {
  let summary = "take means where they are cheapest";
  let description = [{
    A 1x1 convolution without an activation is a matrix, and a mean of pixels
    commutes with it. An `avg_pool2d` that leaves as many pixels as it finds goes
    to the side of the convolution with fewer channels: an Inception block then
    averages 192 channels instead of 768. One that leaves fewer pixels goes before
    the convolution, which has as much less to do: a transition of a DenseNet
    multiplies a quarter of the pixels.

    A bias stays with the convolution, since the mean of a constant is the
    constant; where the mean counts padding it is not, and nothing moves.
  }];
  let dependentDialects = ["::graft::nn::NNDialect"];
}

def FuseVertical : Pass<"nn-fuse-vertical"> {
  let summary = "fuse element-wise operations into their producers";
  let description = [{
    If only one operation reads the result of a `conv2d`, `conv2d_transpose`,
    `matmul` or pooling and that operation is element-wise, it is fused into it:
    - the addition of one constant per channel becomes the bias of a heavy
      operation, as long as that has no epilogue yet;
    - an activation becomes an epilogue;
    - an addition, subtraction, multiplication, minimum or maximum with another
      tensor that does not enlarge the result becomes an epilogue with an operand.
      So a residual branch is fused into the convolution.

    When both operands of an addition come from such operations, the heavy one, or
    the later of two, takes the other as its operand. The fused operation stands
    where the element-wise one stood, so every operand dominates it, and has both
    locations.
  }];
  let dependentDialects = ["::graft::nn::NNDialect"];
}

def FuseHorizontal : Pass<"nn-fuse-horizontal"> {
  let summary = "merge convolutions or matrix products that read the same tensor";
  let description = [{
    Operations that read the same tensor with constant weights, and agree in
    everything but the weights, bias and number of output channels, become one,
    whose weights and biases are theirs side by side; slices take its result
    apart. The tensor is then read once and one larger product is computed instead
    of several small ones. Groups are formed in the order of the operations, and
    only from operations without epilogue operands.
  }];
  let dependentDialects = ["::graft::nn::NNDialect"];
}

def InstrumentRanges : Pass<"nn-instrument-ranges"> {
  let summary = "have a function return the ranges of its tensors";
  let description = [{
    For calibration. Every `f32` tensor of two or more dimensions that is no
    constant gets an `observe`, whose results the function returns behind its own,
    as the ports "limits of NAME" and "counts of NAME". NAME is what nn-quantize
    will call the tensor: the node whose value it is. Both passes therefore stand at
    the same place of a pipeline, after the fusions: intermediate results of
    epilogues are never stored, and need no range.

    Where a heavy operation with constant weights reads the tensor, the function
    also returns "mean of NAME", the mean of each channel, from which follows the
    mean error of rounded weights.
  }];
  let dependentDialects = ["::graft::nn::NNDialect"];
}

def Equalize : Pass<"nn-equalize"> {
  let summary = "share a channel's range between the weights before and after it";
  let description = [{
    Cross-layer equalisation. Between two products with constant weights, of which
    only the second reads the first, a channel may be divided by any positive
    factor s in the first's weights and bias and multiplied by it in the second's:
    nothing else changes, as long as the epilogues between them commute with that
    (none, `relu` or `leaky_relu`). With r1 and r2, the largest magnitudes of the
    channel's weights on both sides, s = sqrt(r1 / r2) makes them equal. So no channel has
    to share the quantized range of the tensor between with one that is a hundred
    times as large.

    s is a power of two, so that no weight is rounded and results in `f32` are
    bit-identical.

    The ranges of a table hold for the weights that were calibrated. With
    `on-demand` nothing is done unless the module's table says that it was made
    behind this pass.
  }];
  let options = [
    Option<"onDemand", "on-demand", "bool", "false",
           "only if the module's table requires it">,
  ];
  let dependentDialects = ["::graft::nn::NNDialect"];
}

def Quantize : Pass<"nn-quantize"> {
  let summary = "quantize tensors to 8 bits if products become faster";
  let description = [{
    Inserts pairs of `quantize` and `dequantize`, which state where values are
    rounded and change nothing else; nn-fuse-quantization then computes with the
    quantized values. In this order,
    1. every `conv2d` and `matmul` with constant weights, or those among `operations`,
       whatever is fused into it, multiplies quantized values: its input is
       quantized, and its weights become i8 with one scale for each output channel,
       or without `per-channel` with one scale;
    2. the result of a product is quantized if another's epilogue, the residual
       branch, or a mean of pixels reads it. All other readers of such a tensor read
       the rounded values, so that it need not be written twice;
    3. tensors that are only moved or compared in between (`max_pool2d`, `concat`,
       `reshape`, ...) share one scale, that of the union of their ranges.

    A tensor's range is that in the table of calibration: the option `ranges`, or
    the module's attribute `nn.ranges`, by the names that ValueNames.h gives. Of
    several functions those whose results have no range at all stay as they are;
    with `partial` one alone does, too, such as an engine behind a node that
    calibration could not compute.
    Quantized values of tensors without a negative value span [0, 255]; the others are
    symmetric around 128, or with `asymmetric` span the whole range. With `signed`
    they span [-128, 127] alike, symmetric around 0. Weights are symmetric. With
    `correct-bias`, a bias compensates the mean error of the rounded
    weights, by the means of the input's channels in the table. A tap of a
    convolution counts for the share of positions at which it is not on padding.

    What `keep` matches stays in `f32`, and so do a convolution of a single channel, a
    product whose sums of 8-bit products may not fit 32 bits (a remark says so), and
    the layers that the table lists as wide, in either precision: nn-lower-precision
    converts those to `bf16`. A table without a range, such as one of precisions chosen
    without samples, quantizes nothing. Arguments and results keep their types, and
    results are not rounded.
    A network that has a `quantize` already is left as it is: its own ranges are
    those to which its weights were trained.
  }];
  let options = [
    Option<"ranges", "ranges", "std::string", "",
           "table of calibration; else the module's attribute nn.ranges">,
    Option<"asymmetric", "asymmetric", "bool", "false",
           "quantized ranges with negative values are not symmetric">,
    Option<"isSigned", "signed", "bool", "false",
           "quantized values of tensors are i8 instead of u8">,
    Option<"perChannel", "per-channel", "bool", "true",
           "weights have a scale for each output channel instead of one">,
    ListOption<"operations", "operations", "std::string",
               "operations that multiply quantized values, such as conv2d "
               "(default: all that can)">,
    Option<"correctBias", "correct-bias", "bool", "true",
           "take the mean error of rounded weights out of the bias">,
    Option<"partial", "partial", "bool", "false",
           "the module is a part: it may have no tensor that the table knows">,
    Option<"keep", "keep", "std::string", "",
           "regular expression: operations with a node of such a name stay in f32">
  ];
  let dependentDialects = ["::graft::nn::NNDialect"];
}

def FuseQuantization : Pass<"nn-fuse-quantization"> {
  let summary = "compute with quantized values instead of real values";
  let description = [{
    Quantized networks state where values are rounded: by `quantize` and, at once,
    `dequantize`. This pass makes the operations between them compute with the
    quantized values, and changes no rounding:
    - a `conv2d` or `matmul` of a dequantized tensor with dequantized constant
      weights multiplies quantized values. The product of the scales becomes an epilogue,
      `mul` with one factor for each output channel, and the bias an `add`; the
      zero point of the input becomes an attribute. Everything behind it stays
      as it was, on the same real values;
    - an `avg_pool2d` of a dequantized tensor, and the mean of all its pixels,
      averages quantized values; the scale becomes its first epilogue;
    - the `quantize` of such a result becomes its last epilogue, so that
      quantized values are written;
    - an epilogue that reads a dequantized tensor, a residual branch, reads the
      quantized values instead;
    - operations that only move, compare or join elements (`max_pool2d`, `reshape`,
      `pad`, `transpose`, `slice`, `concat` of operands of one scale, ...) do
      so with quantized values, in front of the `dequantize`;
    - a `relu` of quantized values that are never negative goes, and so does a
      `quantize` of what was dequantized with the same scale.

    Weights with a zero point, or with scales along another dimension than the
    output channels, and those whose sums may not fit 32 bits, are left to `f32`: the
    result is the same.
  }];
  let dependentDialects = ["::graft::nn::NNDialect"];
}

def LowerPrecision : Pass<"nn-lower-precision"> {
  let summary = "compute in bf16 or f16 where that is safe";
  let description = [{
    Each operation's entry says its class, and the classes are those of
    TensorFlow's own mixed precision (see NNBase.td); the options `allow`, `infer`,
    `clear` and `deny` move operations to another one, by mnemonic, and what `keep`
    matches stays in `f32` whatever it is. A convolution of a single channel, a filter
    on samples, stays in `f32` too, unless `allow` names it. With `listed`, of class
    `allow` only those operations are narrow that the module's table of calibration
    (`nn.ranges`) lists with that type: what mixes precisions runs this pass behind
    nn-quantize, which leaves alone what the table lists. In this order,
    1. `allow` becomes narrow;
    2. `infer` and `clear` become narrow between narrow operations: where a path
       without a `deny` leads to one from above and from below, and, for `infer`,
       no `deny` is above;
    3. `clear` becomes narrow above what is narrow already, so that a cast of a
       network's input comes first, where there is least to convert.

    Casts are inserted only between precisions: one for each value and type, behind
    the value, so that a chain of element-wise operations has one at each end.
    Constants are cast at once and stay narrow in the plan. A heavy operation needs
    none behind it: its sums are `f32`, and if only `f32` operations read them, it
    returns them unchanged (`to = "f32"`). Its bias stays `f32`, and so does an `f32`
    operand of an epilogue.

    Runs after the fusions: an epilogue of a heavy operation is computed on its sums
    and rounded once, batch norms fold into weights that are not rounded yet, and
    there are fewer places for casts. Casts hide nothing that an earlier pass matches
    on.

    Arguments and results of functions keep their types. Without an `f32` there is
    nothing to do.
  }];
  let options = [
    Option<"type", "type", "std::string", "\"bf16\"",
           "the narrow type: bf16 or f16">,
    ListOption<"allow", "allow", "std::string", "operations that are always narrow">,
    ListOption<"infer", "infer", "std::string", "operations that follow others">,
    ListOption<"clear", "clear", "std::string", "operations that never round">,
    ListOption<"deny", "deny", "std::string", "operations that stay in f32">,
    Option<"keep", "keep", "std::string", "",
           "regular expression: operations with a node of such a name stay in f32">,
    Option<"listed", "listed", "bool", "false",
           "of allow, only what the module's attribute nn.ranges lists with that type">
  ];
  let dependentDialects = ["::graft::nn::NNDialect"];
}

#endif // GRAFT_PASSES_NN_PASSES_TD
