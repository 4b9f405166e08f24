//===- PlanTypes.td - types and attributes of `plan` -------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_PLAN_PLANTYPES_TD
#define GRAFT_DIALECTS_PLAN_PLANTYPES_TD

include "dialects/plan/PlanDialect.td"
include "mlir/IR/AttrTypeBase.td"

def Plan_BufferType : TypeDef<Plan_Dialect, "Buffer"> {
  let mnemonic = "buffer";
  let summary = "memory that holds a tensor";
  let description = [{
    `!plan.buffer<1x?x8xf32>` has no layout yet; `!plan.buffer<1x?x8xf32,
    row_major>` is row-major, dense unless it is a view; any other layout is a
    provider's layout name of a packed constant, whose shape is the logical one.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape,
                        "::mlir::Type":$elementType,
                        StringRefParameter<"empty: not chosen yet">:$layout);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let builders = [
    TypeBuilderWithInferredContext<(ins "::llvm::ArrayRef<int64_t>":$shape,
                                        "::mlir::Type":$elementType,
                                        CArg<"::llvm::StringRef", "{}">:$layout), [{
      return $_get(elementType.getContext(), shape, elementType, layout);
    }]>,
    TypeBuilderWithInferredContext<(ins "::mlir::RankedTensorType":$type,
                                        CArg<"::llvm::StringRef", "{}">:$layout), [{
      return $_get(type.getContext(), type.getShape(), type.getElementType(), layout);
    }]>
  ];
  let extraClassDeclaration = [{
    static constexpr ::llvm::StringLiteral kRowMajor = "row_major";

    int64_t getRank() const { return getShape().size(); }
    bool isRowMajor() const { return getLayout() == kRowMajor; }
    /// True for the packed form of a constant.
    bool isPacked() const { return !getLayout().empty() && !isRowMajor(); }
    bool isStatic() const;
    BufferType withLayout(::llvm::StringRef layout) const;
    BufferType withShape(::llvm::ArrayRef<int64_t> shape) const;
    /// Bytes of one element; a bool takes one.
    int64_t getElementBytes() const;
    /// Dense bytes, or nothing where the shape is dynamic or the size overflows.
    std::optional<int64_t> getBytes() const;
  }];
}

def Plan_EpilogueAttr : AttrDef<Plan_Dialect, "Epilogue"> {
  let mnemonic = "epilogue";
  let summary = "an epilogue on a launch's result before it is stored";
  let description = [{
    `#plan.epilogue<relu>`, `<clip, alpha = 0.0, beta = 6.0>`, or with the number
    of an input `<add, operand = 3>`. Mirrors `graft::ops::Epilogue`.
  }];
  let parameters = (ins StringRefParameter<>:$kind, "int64_t":$operand,
                        "::llvm::APFloat":$alpha, "::llvm::APFloat":$beta);
  let hasCustomAssemblyFormat = 1;
  let builders = [
    AttrBuilder<(ins "::llvm::StringRef":$kind, CArg<"int64_t", "-1">:$operand,
                     CArg<"double", "0.0">:$alpha, CArg<"double", "0.0">:$beta), [{
      return $_get($_ctxt, kind, operand, ::llvm::APFloat(alpha),
                   ::llvm::APFloat(beta));
    }]>
  ];
}

def Plan_EpilogueArrayAttr
    : TypedArrayAttrBase<Plan_EpilogueAttr, "epilogues in their order">;

#endif // GRAFT_DIALECTS_PLAN_PLANTYPES_TD
