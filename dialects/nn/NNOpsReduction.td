//===- NNOpsReduction.td - many elements become one --------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_NNOPSREDUCTION_TD
#define GRAFT_DIALECTS_NN_NNOPSREDUCTION_TD

include "dialects/nn/NNBase.td"

def NN_ReduceOp : NN_Op<"reduce"> {
  let precision = NN_Precision<"::graft::nn::getReductionClass(getKind())">;
  let summary = "combines all elements along some dimensions";
  let description = [{
    `kind` is one of `sum`, `mean`, `max`, `min`, `prod`, `all`, `any`. Negative
    `axes` count from the end; reduced dimensions are dropped unless `keep_dims`.
    Of floats, `to` names the float type of the result, which is else the input's.
    Sums of 16-bit floats are `f32` or wider in between, and rounded once.

    ```mlir
    %m = nn.reduce %x {kind = "mean", axes = array<i64: 1, 2>}
        : (tensor<?x7x7x512xf32>) -> tensor<?x512xf32>
    %s = nn.reduce %h {kind = "sum", axes = array<i64: -1>, to = "f32"}
        : (tensor<?x512xbf16>) -> tensor<?xf32>
    ```
  }];
  let arguments = (ins NN_Tensor:$x, StrAttr:$kind, DenseI64ArrayAttr:$axes,
                       DefaultValuedAttr<BoolAttr, "false">:$keep_dims,
                       OptionalAttr<StrAttr>:$to);
  let hasCanonicalizer = 1;
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

class NN_ArgOp<string mnemonic, string text> : NN_Op<mnemonic, [NN_Exact]> {
  let precision = NN_Clear;
  let summary = text;
  let description = "Of equal elements the first counts. `to` is `i32` or `i64`.";
  let arguments = (ins NN_Tensor:$x, I64Attr:$axis,
                       DefaultValuedAttr<StrAttr, "\"i64\"">:$to);
  let results = (outs NN_IndexTensor:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def NN_ArgMaxOp
    : NN_ArgOp<"arg_max", "position of the largest element along a dimension">;
def NN_ArgMinOp
    : NN_ArgOp<"arg_min", "position of the smallest element along a dimension">;

class NN_CumulativeOp<string mnemonic, string text> : NN_Op<mnemonic> {
  let summary = text;
  let description = [{
    `exclusive` leaves out the element itself; `reverse` begins at the end.
  }];
  let arguments = (ins NN_Tensor:$x, I64Attr:$axis,
                       DefaultValuedAttr<BoolAttr, "false">:$exclusive,
                       DefaultValuedAttr<BoolAttr, "false">:$reverse);
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def NN_CumSumOp : NN_CumulativeOp<"cumsum", "sums of all elements so far">;
def NN_CumProdOp
    : NN_CumulativeOp<"cumprod", "products of all elements so far">;

def NN_TopKOp : NN_Op<"top_k"> {
  let precision = NN_Clear;
  let summary = "the `k` largest elements of each row, and where they are";
  let description = [{
    Largest first; of equal elements the first comes first. `to` is the element
    type of the positions.
  }];
  let arguments = (ins NN_Tensor:$x, I64Attr:$k,
                       DefaultValuedAttr<StrAttr, "\"i32\"">:$to);
  let results = (outs NN_Tensor:$values, NN_IndexTensor:$positions);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

#endif // GRAFT_DIALECTS_NN_NNOPSREDUCTION_TD
