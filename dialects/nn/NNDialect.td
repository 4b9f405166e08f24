//===- NNDialect.td - what is computed? --------------------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_NNDIALECT_TD
#define GRAFT_DIALECTS_NN_NNDIALECT_TD

include "mlir/IR/OpBase.td"

def NN_Dialect : Dialect {
  let name = "nn";
  let cppNamespace = "::graft::nn";
  let summary = "the mathematics of a neural network on tensors";
  let description = [{
    The `nn` dialect answers one question: what is computed? Its operations are
    pure functions of ranked tensors whose sizes may be unknown. Images are laid
    out batch, height, width, channels (NHWC), filters height, width, input
    channels of a group, output channels (HWIO); padding, casts and quantization
    are explicit. It knows no kernels, no memory and no physical layout.

    Each operation is the typed face of a row of the table in runtime/ops: its
    mnemonic is the row's name, its attributes are the row's attributes. Result
    types are inferred, operations on constants are folded and functions are
    interpreted through that table, so that none of them can disagree with what
    an engine computes.

    The result of fusion is one of the heavy operations (convolutions, matrix
    products), or a pooling, with an ordered list of epilogues: element-wise
    operations that are applied to each result while it is still in registers.

    A function of `nn` operations that is an engine names its ports in the
    argument and result attribute `nn.name`. Locations are the names of the
    TensorFlow nodes that an operation stands for.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
}

#endif // GRAFT_DIALECTS_NN_NNDIALECT_TD
