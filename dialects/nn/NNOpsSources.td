//===- NNOpsSources.td - constants, ranges and sizes -------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_NNOPSSOURCES_TD
#define GRAFT_DIALECTS_NN_NNOPSSOURCES_TD

include "dialects/nn/NNBase.td"

def NN_ConstantOp : NN_Op<"constant", [ConstantLike, NN_Exact]> {
  let summary = "a tensor known at conversion";
  let description = [{
    Weights are dense resources over the mapped input file. They are handed on,
    never copied.
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *, ::std::optional<::mlir::Location>,
        ::mlir::ValueRange, ::mlir::DictionaryAttr attributes,
        ::mlir::OpaqueProperties properties, ::mlir::RegionRange,
        ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      ::mlir::ElementsAttr value;
      if (properties)
        value = properties.as<Properties *>()->value;
      if (!value && attributes)
        value = attributes.getAs<::mlir::ElementsAttr>("value");
      if (!value)
        return ::mlir::failure();
      types.push_back(value.getType());
      return ::mlir::success();
    }
    bool $cppClass::isCompatibleReturnTypes(::mlir::TypeRange inferred,
                                            ::mlir::TypeRange actual) {
      return inferred == actual;
    }
  }];
}

def NN_FillOp : NN_Op<"fill", [NN_Exact]> {
  let summary = "a tensor of which every element is the scalar `value`";
  let description = "The shape is the attribute `shape` or the operand `dims`.";
  let arguments = (ins NN_Tensor:$value, Optional<NN_IndexTensor>:$dims,
                       OptionalAttr<DenseI64ArrayAttr>:$shape);
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = [{
    $value (`,` $dims^)? attr-dict `:` functional-type(operands, results)
  }];
}

def NN_RangeOp : NN_Op<"range"> {
  let summary = "start, start + delta, ... up to but without limit";
  let arguments = (ins NN_Tensor:$start, NN_Tensor:$limit, NN_Tensor:$delta);
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = [{
    $start `,` $limit `,` $delta attr-dict `:` functional-type(operands, results)
  }];
}

def NN_ShapeOfOp : NN_Op<"shape_of", [NN_Exact]> {
  let precision = NN_Clear;
  let summary = "the sizes of a tensor";
  let description = "`to` is `i32` or `i64`.";
  let arguments = (ins NN_Tensor:$x,
                       DefaultValuedAttr<StrAttr, "\"i32\"">:$to);
  let results = (outs NN_IndexTensor:$y);
  let hasFolder = 1;
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def NN_OneHotOp : NN_Op<"one_hot"> {
  let summary = "`on_value` at each index along a new dimension, else `off_value`";
  let arguments = (ins NN_Tensor:$indices, I64Attr:$depth,
                       DefaultValuedAttr<I64Attr, "-1">:$axis,
                       DefaultValuedAttr<F64Attr, "1.0">:$on_value,
                       DefaultValuedAttr<F64Attr, "0.0">:$off_value,
                       DefaultValuedAttr<StrAttr, "\"f32\"">:$to);
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = [{
    $indices attr-dict `:` functional-type(operands, results)
  }];
}

#endif // GRAFT_DIALECTS_NN_NNOPSSOURCES_TD
