//===- GraphOps.td - nodes and what contains them ----------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_GRAPH_GRAPHOPS_TD
#define GRAFT_DIALECTS_GRAPH_GRAPHOPS_TD

include "dialects/graph/GraphAttrs.td"
include "dialects/graph/GraphTypes.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Graph_Op<string mnemonic, list<Trait> traits = []>
    : Op<Graph_Dialect, mnemonic, traits>;

def Graph_GraphOp : Graph_Op<"graph", [
    IsolatedFromAbove, SingleBlock, NoTerminator,
    DeclareOpInterfaceMethods<RegionKindInterface>]> {
  let summary = "the main graph of a GraphDef";
  let description = [{
    `feeds` and `fetches` say which tensors the user gives and wants. They are
    not part of a GraphDef: the importer takes them from the command line or the
    signature. Without fetches every node that nobody reads is wanted.

    `versions` is a `VersionDef` {producer, min_consumer, bad_consumers};
    `residue` holds what else the GraphDef had outside nodes and library.
    `cpp_map_order` says that the file's maps are in the order of protobuf's C++
    library; they are written in that of its Python library otherwise.
  }];
  let arguments = (ins
    OptionalAttr<DictionaryAttr>:$versions,
    DefaultValuedAttr<Graph_PortArrayAttr, "{}">:$feeds,
    DefaultValuedAttr<Graph_PortArrayAttr, "{}">:$fetches,
    OptionalAttr<Graph_RawAttr>:$residue,
    UnitAttr:$cpp_map_order);
  let regions = (region SizedRegion<1>:$body);
  let hasRegionVerifier = 1;
  let assemblyFormat = "attr-dict-with-keyword $body";
  let extraClassDeclaration = [{
    ::mlir::Block *getBlock() { return &getBody().front(); }
  }];
}

def Graph_FuncOp : Graph_Op<"func", [
    IsolatedFromAbove, SingleBlock, Symbol,
    DeclareOpInterfaceMethods<RegionKindInterface>]> {
  let summary = "a function of the library";
  let description = [{
    The block's arguments are the function's. `arg_names` and `result_names` are
    those of its signature, `attrs` its attributes. `gradient` names its gradient
    function. `residue` keeps what else the FunctionDef says (argument and result
    descriptions, argument attributes, a stateful flag) as a FunctionDef without
    nodes.
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    OptionalAttr<StrAttr>:$sym_visibility,
    StrArrayAttr:$arg_names,
    StrArrayAttr:$result_names,
    OptionalAttr<StrArrayAttr>:$control_result_names,
    DictionaryAttr:$attrs,
    OptionalAttr<StrAttr>:$gradient,
    OptionalAttr<Graph_RawAttr>:$residue);
  let regions = (region SizedRegion<1>:$body);
  let hasRegionVerifier = 1;
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
  let extraClassDeclaration = [{
    ::mlir::Block *getBlock() { return &getBody().front(); }
  }];
}

def Graph_ReturnOp : Graph_Op<"return", [
    Terminator, ParentOneOf<["FuncOp", "SegmentOp"]>,
    AttrSizedOperandSegments]> {
  let summary = "results and control results of a function or a segment";
  let description = [{
    `spelling` keeps a function's results as the file spells them where that is not
    the usual form; the exporter drops it where it no longer fits the operands.
  }];
  let arguments = (ins Variadic<AnyType>:$values,
                       Variadic<Graph_ControlType>:$controls,
                       OptionalAttr<StrArrayAttr>:$spelling);
  let builders = [
    OpBuilder<(ins "::mlir::ValueRange":$values,
                   "::mlir::ValueRange":$controls), [{
      build($_builder, $_state, values, controls, ::mlir::ArrayAttr());
    }]>];
  let hasVerifier = 1;
  let assemblyFormat = [{
    ($values^ `:` type($values))? (`controls` `(` $controls^ `)`)? attr-dict
  }];
}

def Graph_NodeOp : Graph_Op<"node", [AttrSizedOperandSegments]> {
  let summary = "one node, of any operator";
  let description = [{
    Operands are the data inputs in order, then the control inputs. Results are
    the data outputs, then one control result. `attrs` holds the node's
    attributes by name. The location is the node's name.

    A result's type is the element type that the operator's signature gives and
    the shape, where it is known: `tensor<*xf32>` until `graph-infer-shapes` says
    more. Types are not part of the file.

    `input_spelling` keeps the inputs as the file spells them where that is not
    the usual form; the exporter drops it where it no longer fits the operands.
    `residue` is what else the NodeDef has, unknown fields for example.
    `output_names` says how a function body spells each data output ("y:0") where
    no signature tells; a known operator needs none.

    ```mlir
    %0:2 = graph.node "Relu"(%arg0) [%c] "block1/relu" attrs {T = f32}
        : (tensor<*xf32>) -> tensor<*xf32>
    ```
  }];
  let arguments = (ins
    StrAttr:$op,
    Variadic<AnyType>:$inputs,
    Variadic<Graph_ControlType>:$controls,
    StrAttr:$name,
    OptionalAttr<StrAttr>:$device,
    DefaultValuedAttr<DictionaryAttr, "{}">:$attrs,
    OptionalAttr<StrArrayAttr>:$input_spelling,
    OptionalAttr<Graph_RawAttr>:$residue,
    OptionalAttr<StrArrayAttr>:$output_names);
  let results = (outs Variadic<AnyType>:$outputs, Graph_ControlType:$control);
  let builders = [
    // A new node: what only a file can have is left out.
    OpBuilder<(ins "::mlir::TypeRange":$outputs, "::llvm::StringRef":$op,
                   "::mlir::ValueRange":$inputs, "::mlir::ValueRange":$controls,
                   "::llvm::StringRef":$name, "::mlir::DictionaryAttr":$attrs,
                   CArg<"::mlir::StringAttr", "{}">:$device), [{
      build($_builder, $_state, outputs, $_builder.getType<ControlType>(),
            $_builder.getStringAttr(op), inputs, controls,
            $_builder.getStringAttr(name), device, attrs, ::mlir::ArrayAttr(),
            RawAttr(), ::mlir::ArrayAttr());
    }]>];
  let hasVerifier = 1;
  let assemblyFormat = [{
    $op `(` $inputs `)` (`[` $controls^ `]`)? $name (`device` $device^)?
    (`attrs` $attrs^)? attr-dict `:` functional-type($inputs, $outputs)
  }];
  let extraClassDeclaration = [{
    /// The attribute `name` if it is there and of kind `AttrT`, else null.
    template <typename AttrT>
    AttrT getNodeAttr(::llvm::StringRef name) {
      return ::llvm::dyn_cast_or_null<AttrT>(getAttrs().get(name));
    }
    /// The element type in attribute `name`, or null.
    ::mlir::Type getTypeAttr(::llvm::StringRef name);
    /// The integer in attribute `name`, or `fallback`.
    int64_t getIntAttr(::llvm::StringRef name, int64_t fallback);
    bool getBoolAttr(::llvm::StringRef name, bool fallback);
    float getFloatAttr(::llvm::StringRef name, float fallback);
    ::llvm::StringRef getStringAttr(::llvm::StringRef name);
    /// The integers of a list attribute; empty when absent.
    ::llvm::SmallVector<int64_t> getIntListAttr(::llvm::StringRef name);
    /// The value of a `Const` node, else null.
    ::mlir::ElementsAttr getConstantValue();
    bool is(::llvm::StringRef opName) { return getOp() == opName; }
  }];
}

def Graph_SegmentOp : Graph_Op<"segment", [
    IsolatedFromAbove, SingleBlock, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<RegionKindInterface>]> {
  let summary = "a convex set of nodes that becomes one engine";
  let description = [{
    Stands where its nodes stood: in a `graph.graph` or a `graph.func`. Every
    tensor that enters or leaves is an operand and block argument, or an operand
    of `graph.return` and result, in the same order; so argument i is
    `TensorRTInputPH_<i>` of the native function and result i is
    `TensorRTOutputPH_<i>`. Constants are inside. Nodes keep their names, which are
    unique in the body but may also be outside: a shared constant is copied, and a
    fetched node leaves an `Identity` of its name outside.

    Control edges are between the segment as a whole and what is around it; inside
    there are none from outside, and `graph.return` has no controls. The body holds
    `graph.node`s only, none of them with effects.

    `name` is the engine's name, unique in the graph. `engine` is the symbol of the
    `func.func` that computes the same with `nn` operations, once there is one; the
    body stays, as the native function to fall back on.

    ```mlir
    %0:2 = graph.segment "TRTEngineOp_000_000"(%x) [%c] {
    ^bb0(%arg0: tensor<?x4xf32>):
      %1:2 = graph.node "Relu"(%arg0) "relu" attrs {T = f32}
          : (tensor<?x4xf32>) -> tensor<?x4xf32>
      graph.return %1#0 : tensor<?x4xf32>
    } : (tensor<?x4xf32>) -> tensor<?x4xf32>
    ```
  }];
  let arguments = (ins
    StrAttr:$name,
    Variadic<AnyType>:$inputs,
    Variadic<Graph_ControlType>:$controls,
    OptionalAttr<FlatSymbolRefAttr>:$engine);
  let results = (outs Variadic<AnyType>:$outputs, Graph_ControlType:$control);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $name `(` $inputs `)` (`[` $controls^ `]`)? attr-dict-with-keyword $body
    `:` functional-type($inputs, $outputs)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::Block *getBlock() { return &getBody().front(); }
    /// The terminator, whose values are the results.
    ReturnOp getReturn();
  }];
}

#endif // GRAFT_DIALECTS_GRAPH_GRAPHOPS_TD
