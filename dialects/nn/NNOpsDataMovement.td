//===- NNOpsDataMovement.td - the same elements elsewhere --*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_NNOPSDATAMOVEMENT_TD
#define GRAFT_DIALECTS_NN_NNOPSDATAMOVEMENT_TD

include "dialects/nn/NNBase.td"

/// One tensor in, attributes, one tensor out.
class NN_MoveOp<string mnemonic, string text, dag attributes,
                list<Trait> traits = [NN_KeepsScaleOpInterface]>
    : NN_Op<mnemonic, !listconcat([NN_Exact], traits)> {
  let summary = text;
  let precision = NN_Clear;
  let arguments = !con((ins NN_Tensor:$x), attributes);
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

//===----------------------------------------------------------------------===//
// Shape
//===----------------------------------------------------------------------===//

def NN_ReshapeOp : NN_Op<"reshape", [NN_Exact, NN_KeepsScaleOpInterface,
                                     NN_ReshapeLike]> {
  let precision = NN_Clear;
  let hasCanonicalizer = 1;
  let summary = "the same elements in row-major order under other sizes";
  let description = [{
    The sizes are the attribute `shape`, where one may be -1 and is computed, or
    the operand `dims` when they are known at run time only.
  }];
  let arguments = (ins NN_Tensor:$x, Optional<NN_IndexTensor>:$dims,
                       OptionalAttr<DenseI64ArrayAttr>:$shape);
  let results = (outs NN_Tensor:$y);
  let hasFolder = 1;
  let assemblyFormat = [{
    $x (`,` $dims^)? attr-dict `:` functional-type(operands, results)
  }];
}

def NN_ExpandDimsOp : NN_MoveOp<"expand_dims", "new dimensions of size 1",
                                (ins DenseI64ArrayAttr:$axes),
                                [NN_KeepsScaleOpInterface, NN_ReshapeLike]> {
  let description = "`axes` are dimensions of the result.";
}
def NN_SqueezeOp : NN_MoveOp<"squeeze", "drops dimensions of size 1",
    (ins DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$axes),
    [NN_KeepsScaleOpInterface, NN_ReshapeLike]> {
  let description = "Without `axes`, every dimension of size 1 is dropped.";
}

def NN_BroadcastToOp
    : NN_Op<"broadcast_to", [NN_Exact, NN_KeepsScaleOpInterface]> {
  let precision = NN_Clear;
  let hasCanonicalizer = 1;
  let summary = "repeats along dimensions of size 1, and new outer ones";
  let arguments = (ins NN_Tensor:$x, Optional<NN_IndexTensor>:$dims,
                       OptionalAttr<DenseI64ArrayAttr>:$shape);
  let results = (outs NN_Tensor:$y);
  let hasFolder = 1;
  let assemblyFormat = [{
    $x (`,` $dims^)? attr-dict `:` functional-type(operands, results)
  }];
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

def NN_TransposeOp : NN_MoveOp<"transpose", "permutes the dimensions",
                               (ins DenseI64ArrayAttr:$perm)> {
  let description = "Dimension i of the result is dimension `perm[i]` of `x`.";
  let hasCanonicalizer = 1;
  let hasFolder = 1;
}
def NN_SpaceToDepthOp
    : NN_MoveOp<"space_to_depth", "blocks of height and width become channels",
                (ins I64Attr:$block_size)>;
def NN_DepthToSpaceOp
    : NN_MoveOp<"depth_to_space", "channels become blocks of height and width",
                (ins I64Attr:$block_size)>;
def NN_SpaceToBatchOp
    : NN_MoveOp<"space_to_batch", "pads, then blocks of space become batches",
                (ins DenseI64ArrayAttr:$block_shape, DenseI64ArrayAttr:$pads),
                /*traits=*/[]> {
  let description = [{
    Dimension i + 1 is padded by `pads[2 i]` at its beginning and `pads[2 i + 1]`
    at its end and then cut into blocks of `block_shape[i]`.
  }];
}
def NN_BatchToSpaceOp
    : NN_MoveOp<"batch_to_space", "batches become blocks of space, then crops",
                (ins DenseI64ArrayAttr:$block_shape, DenseI64ArrayAttr:$crops),
                /*traits=*/[]>;

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

def NN_SliceOp : NN_MoveOp<"slice", "a box of elements",
    (ins DenseI64ArrayAttr:$begin, DenseI64ArrayAttr:$size)> {
  let description = "A size of -1 means up to the end.";
  let hasFolder = 1;
}

def NN_StridedSliceOp : NN_MoveOp<"strided_slice", "every n-th element of a box",
    (ins DenseI64ArrayAttr:$begin, DenseI64ArrayAttr:$end,
         DenseI64ArrayAttr:$strides,
         DefaultValuedAttr<I64Attr, "0">:$begin_mask,
         DefaultValuedAttr<I64Attr, "0">:$end_mask,
         DefaultValuedAttr<I64Attr, "0">:$shrink_axis_mask)> {
  let description = [{
    Entry i of `begin`, `end` and `strides` is about dimension i; dimensions
    beyond the last entry are taken whole. Bit i of `begin_mask` and `end_mask`
    leaves that side open; bit i of `shrink_axis_mask` takes the one position
    `begin[i]` and drops the dimension. Negative positions count from the end.
  }];
  let hasCanonicalizer = 1;
}

def NN_GatherOp : NN_Op<"gather", [NN_Exact, NN_KeepsScaleOpInterface]> {
  let precision = NN_Clear;
  let summary = "slices along `axis` at `indices`";
  let arguments = (ins NN_Tensor:$x, NN_IndexTensor:$indices,
                       DefaultValuedAttr<I64Attr, "0">:$axis,
                       DefaultValuedAttr<I64Attr, "0">:$batch_dims);
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = [{
    $x `,` $indices attr-dict `:` functional-type(operands, results)
  }];
}

def NN_GatherNdOp : NN_Op<"gather_nd", [NN_Exact]> {
  let precision = NN_Clear;
  let summary = "slices at positions that the last dimension of `indices` gives";
  let arguments = (ins NN_Tensor:$x, NN_IndexTensor:$indices,
                       DefaultValuedAttr<I64Attr, "0">:$batch_dims);
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = [{
    $x `,` $indices attr-dict `:` functional-type(operands, results)
  }];
}

//===----------------------------------------------------------------------===//
// Assembly
//===----------------------------------------------------------------------===//

class NN_JoinOp<string mnemonic, string text>
    : NN_Op<mnemonic, [NN_Exact,
          DeclareOpInterfaceMethods<NN_KeepsScaleOpInterface,
                                    ["getNumDataOperands"]>]> {
  let precision = NN_Clear;
  let summary = text;
  let arguments = (ins Variadic<NN_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = "$inputs attr-dict `:` functional-type(operands, results)";
}

def NN_ConcatOp : NN_JoinOp<"concat", "tensors one after another along `axis`"> {
  let hasFolder = 1;
}
def NN_PackOp : NN_JoinOp<"pack", "tensors side by side along a new `axis`">;

def NN_PadOp : NN_Op<"pad", [NN_Exact, NN_KeepsScaleOpInterface]> {
  let precision = NN_Clear;
  let summary = "adds elements at the border";
  let description = [{
    `low` and `high` say how many elements to add before and after, for each
    dimension.
    `mode` is `constant`, `reflect` (without the border) or `symmetric` (with
    it). Constant padding is `value`, 0 by default.
  }];
  let arguments = (ins NN_Tensor:$x, DenseI64ArrayAttr:$low,
                       DenseI64ArrayAttr:$high,
                       DefaultValuedAttr<StrAttr, "\"constant\"">:$mode,
                       DefaultValuedAttr<F64Attr, "0.0">:$value);
  let results = (outs NN_Tensor:$y);
  let hasFolder = 1;
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def NN_TileOp : NN_MoveOp<"tile", "repeats the whole tensor along dimensions",
                          (ins DenseI64ArrayAttr:$multiples)> {
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Resampling
//===----------------------------------------------------------------------===//

class NN_ResizeOp<string mnemonic, string text, list<Trait> traits = []>
    : NN_Op<mnemonic, traits> {
  let summary = text;
  let description = [{
    The height and the width of the result are the attribute `size` or the
    operand `dims`. `resize_bilinear` turns integers into `f32`.
  }];
  let arguments = (ins NN_Tensor:$x, Optional<NN_IndexTensor>:$dims,
                       OptionalAttr<DenseI64ArrayAttr>:$size,
                       DefaultValuedAttr<BoolAttr, "false">:$align_corners,
                       DefaultValuedAttr<BoolAttr, "false">:$half_pixel_centers);
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = [{
    $x (`,` $dims^)? attr-dict `:` functional-type(operands, results)
  }];
}

def NN_ResizeBilinearOp
    : NN_ResizeOp<"resize_bilinear", "weighs the four nearest pixels">;
def NN_ResizeNearestOp : NN_ResizeOp<"resize_nearest", "takes the nearest pixel",
                                     [NN_KeepsScaleOpInterface]>;

#endif // GRAFT_DIALECTS_NN_NNOPSDATAMOVEMENT_TD
