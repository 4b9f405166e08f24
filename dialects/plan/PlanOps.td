//===- PlanOps.td - engines, buffers and launches ----------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_PLAN_PLANOPS_TD
#define GRAFT_DIALECTS_PLAN_PLANOPS_TD

include "dialects/plan/PlanTypes.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ViewLikeInterface.td"

class Plan_Op<string mnemonic, list<Trait> traits = []>
    : Op<Plan_Dialect, mnemonic, traits>;

/// An operation whose result is named for what it is.
class Plan_BufferOp<string mnemonic, list<Trait> traits = []>
    : Plan_Op<mnemonic, traits # [
        ParentOneOf<["EngineOp"]>,
        DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]>;

def Plan_EngineOp : Plan_Op<"engine", [
    IsolatedFromAbove, SingleBlock, NoTerminator, NoRegionArguments, Symbol]> {
  let summary = "one engine: ports, buffers and launches in their order";
  let description = [{
    `target` is what the engine is built for, `features` what a processor must
    have to run the tactics and packed constants that were chosen for it.
    `arena_bytes` is the size of the one block of memory in which every
    `plan.alloc` has its offset. A `dynamic` engine has shapes that are known only
    at run time; its executor lays the arena out once they are.

    ```mlir
    plan.engine @main target "cpu" precision "f32" arena 4096 {
      %x = plan.input "x" : !plan.buffer<1x4xf32, row_major>
      ...
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    OptionalAttr<StrAttr>:$sym_visibility,
    StrAttr:$target,
    OptionalAttr<StrArrayAttr>:$features,
    DefaultValuedStrAttr<StrAttr, "f32">:$precision,
    OptionalAttr<I64Attr>:$arena_bytes,
    UnitAttr:$dynamic);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `target` $target (`features` $features^)? `precision` $precision
    (`arena` $arena_bytes^)? (`dynamic` $dynamic^)? attr-dict-with-keyword $body
  }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::Block *getBlock() { return &getBody().front(); }
    /// The ports in the order of the engine's signature.
    ::llvm::SmallVector<InputOp, 4> getInputs();
    ::llvm::SmallVector<OutputOp, 4> getOutputs();
  }];
}

def Plan_InputOp : Plan_BufferOp<"input"> {
  let summary = "memory that the caller gives to be read";
  let description = [{
    The order of the inputs is that of the engine's signature; `name` is what the
    user calls it.
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs Plan_BufferType:$buffer);
  let assemblyFormat = "$name attr-dict `:` type($buffer)";
}

def Plan_OutputOp : Plan_BufferOp<"output"> {
  let summary = "memory that the caller gives to be written";
  let arguments = (ins StrAttr:$name);
  let results = (outs Plan_BufferType:$buffer);
  let assemblyFormat = "$name attr-dict `:` type($buffer)";
}

def Plan_ConstantOp : Plan_BufferOp<"constant", [Pure]> {
  let summary = "contents that are part of the plan";
  let description = [{
    `value` has the buffer's shape and element type or, where the buffer has a
    provider's packed layout, it is the bytes as `tensor<Nxi8>`.

    `shared` says that something outside of the engine, a native node or another
    engine, names the same resource. Its contents must outlive their packing.
  }];
  let arguments = (ins ElementsAttr:$value, UnitAttr:$shared);
  let results = (outs Plan_BufferType:$buffer);
  let assemblyFormat = "$value (`shared` $shared^)? attr-dict `->` type($buffer)";
  let hasVerifier = 1;
}

def Plan_AllocOp : Plan_BufferOp<"alloc"> {
  let summary = "memory for a result that stays inside the engine";
  let description = [{
    `offset` is the position in the arena, a multiple of 64 bytes.
  }];
  let arguments = (ins OptionalAttr<I64Attr>:$offset);
  let results = (outs Res<Plan_BufferType, "", [MemAlloc]>:$buffer);
  let assemblyFormat = "(`at` $offset^)? attr-dict `:` type($buffer)";
  let hasVerifier = 1;
}

def Plan_ViewOp : Plan_BufferOp<"view", [
    Pure, DeclareOpInterfaceMethods<ViewLikeOpInterface>]> {
  let summary = "a slice of a buffer along one axis, without a copy";
  let description = [{
    The elements `start` to `start` + size of `axis`. Its strides are those of the
    parent. A view of a view is how a concat in a concat is written in place.

    ```mlir
    %left = plan.view %both axis 3 from 0
        : !plan.buffer<1x8x8x96xf32> -> !plan.buffer<1x8x8x32xf32>
    ```
  }];
  let arguments = (ins Plan_BufferType:$parent, I64Attr:$axis, I64Attr:$start);
  let results = (outs Plan_BufferType:$buffer);
  let assemblyFormat = [{
    $parent `axis` $axis `from` $start attr-dict `:` type($parent) `->` type($buffer)
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Plan_AliasOp : Plan_BufferOp<"alias", [
    Pure, DeclareOpInterfaceMethods<ViewLikeOpInterface>]> {
  let summary = "a dense buffer's elements under another shape, without a copy";
  let description = [{
    Both have the same number of elements and elements of the same size. At most
    one dimension of the result may be dynamic, so that the executor can work it
    out from the parent's.
  }];
  let arguments = (ins Plan_BufferType:$parent);
  let results = (outs Plan_BufferType:$buffer);
  let assemblyFormat = "$parent attr-dict `:` type($parent) `->` type($buffer)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Plan_LaunchOp : Plan_Op<"launch", [
    ParentOneOf<["EngineOp"]>, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "one kernel launch";
  let description = [{
    `kind`, `settings` and `epilogues` are the operation's `graft::ops::OpDesc`:
    what is computed. `provider` and `tactic` say by whom and how; `precision` in
    which arithmetic. A buffer that stands in `ins` and in `outs` is updated in
    place.

    ```mlir
    plan.launch "conv2d" by "onednn" tactic "nhwc" precision "f32"
        ins(%x, %w, %b, %r) outs(%r) attributes {strides = array<i64: 1, 1>}
        epilogues [#plan.epilogue<add, operand = 3>, #plan.epilogue<relu>]
        : (!plan.buffer<...>, ...) -> !plan.buffer<...>
    ```
  }];
  let arguments = (ins
    StrAttr:$kind,
    OptionalAttr<StrAttr>:$provider,
    OptionalAttr<StrAttr>:$tactic,
    OptionalAttr<StrAttr>:$precision,
    Variadic<Plan_BufferType>:$inputs,
    Variadic<Plan_BufferType>:$outputs,
    DefaultValuedAttr<DictionaryAttr, "{}">:$settings,
    DefaultValuedAttr<Plan_EpilogueArrayAttr, "{}">:$epilogues);
  let assemblyFormat = [{
    $kind (`by` $provider^)? (`tactic` $tactic^)? (`precision` $precision^)?
    `ins` `(` $inputs `)` `outs` `(` $outputs `)`
    (`attributes` $settings^)? (`epilogues` $epilogues^)? attr-dict
    `:` functional-type($inputs, $outputs)
  }];
  let hasCanonicalizeMethod = 1;
  let hasVerifier = 1;
}

#endif // GRAFT_DIALECTS_PLAN_PLANOPS_TD
