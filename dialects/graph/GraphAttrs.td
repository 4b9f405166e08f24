//===- GraphAttrs.td - the kinds of a node's attribute -----*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AttrValue's plain kinds are builtin attributes: s is a StringAttr, i an i64
// IntegerAttr, f an f32 FloatAttr, b a BoolAttr, type a TypeAttr of the element
// type, an AttrValue without value a UnitAttr. The others are here.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_GRAPH_GRAPHATTRS_TD
#define GRAFT_DIALECTS_GRAPH_GRAPHATTRS_TD

include "dialects/graph/GraphDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"

class Graph_Attr<string name, string attrMnemonic>
    : AttrDef<Graph_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def Graph_ShapeAttr : Graph_Attr<"Shape", "shape"> {
  let summary = "a TensorShapeProto: `#graph.shape<[1, ?, 3]>` or `#graph.shape<*>`";
  let description = [{
    An unknown dimension is -1 in storage. `dims` is empty when the rank is
    unknown.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$dims, "bool":$hasRank);
  let hasCustomAssemblyFormat = 1;
}

def Graph_TensorEncoding : I32EnumAttr<"TensorEncoding",
    "which of TensorProto's fields hold the elements", [
      I32EnumAttrCase<"Content", 0, "content">,
      I32EnumAttrCase<"Values", 1, "values">]> {
  let cppNamespace = "::graft::graph";
}

def Graph_TensorAttr : Graph_Attr<"Tensor", "tensor"> {
  let summary = "a TensorProto whose elements are known";
  let description = [{
    `value` has the tensor's type; large values are dense resources over the
    mapped file. `encoding` says whether the file held raw bytes
    (`tensor_content`) or a typed list, and `stored` how many elements the list
    had: TensorFlow repeats the last one to fill the shape.
  }];
  let parameters = (ins "::mlir::ElementsAttr":$value,
                        EnumParameter<Graph_TensorEncoding>:$encoding,
                        DefaultValuedParameter<"int64_t", "0">:$stored);
  let assemblyFormat = "`<` $value `,` $encoding (`,` $stored^)? `>`";
}

def Graph_ListKind : I32EnumAttr<"ListKind", "the field that a list uses", [
    I32EnumAttrCase<"None", 0, "none">, I32EnumAttrCase<"S", 2, "s">,
    I32EnumAttrCase<"I", 3, "i">, I32EnumAttrCase<"F", 4, "f">,
    I32EnumAttrCase<"B", 5, "b">, I32EnumAttrCase<"Type", 6, "type">,
    I32EnumAttrCase<"Shape", 7, "shape">, I32EnumAttrCase<"Tensor", 8, "tensor">,
    I32EnumAttrCase<"Func", 9, "func">]> {
  let cppNamespace = "::graft::graph";
}

def Graph_ListAttr : Graph_Attr<"List", "list"> {
  let summary = "an AttrValue list; elements are attributes of one kind";
  let parameters = (ins EnumParameter<Graph_ListKind>:$kind,
                        OptionalArrayRefParameter<"::mlir::Attribute">:$elements);
  let assemblyFormat = "`<` $kind (`:` $elements^)? `>`";
}

def Graph_FuncAttr : Graph_Attr<"Func", "func"> {
  let summary = "a NameAttrList: a function of the library and its attributes";
  let parameters = (ins "::mlir::StringAttr":$name,
                        "::mlir::DictionaryAttr":$attrs);
  let assemblyFormat = "`<` $name `,` $attrs `>`";
}

def Graph_PlaceholderAttr : Graph_Attr<"Placeholder", "placeholder"> {
  let summary = "the name of an attribute of the enclosing function";
  let parameters = (ins "::mlir::StringAttr":$name);
  let assemblyFormat = "`<` $name `>`";
}

def Graph_RawAttr : Graph_Attr<"Raw", "raw"> {
  let summary = "a message kept as its serialized bytes";
  let description = [{
    What the dialect cannot say, unknown fields and unusual encodings for
    example, is kept verbatim, so that nothing that was read is lost.
  }];
  let parameters = (ins "::mlir::StringAttr":$bytes);
  let assemblyFormat = "`<` $bytes `>`";
}

def Graph_BytesAttr : Graph_Attr<"Bytes", "bytes"> {
  let summary = "a string that is too long to be uniqued: an engine's plan";
  let description = [{
    `pieces` are vectors of i8, dense resources; the string is one after the other.
    A plan has a piece for each weight that is packed, where it was packed.
  }];
  let parameters = (ins ArrayRefParameter<"::mlir::ElementsAttr">:$pieces);
  let assemblyFormat = "`<` $pieces `>`";
}

def Graph_PortAttr : Graph_Attr<"Port", "port"> {
  let summary = "a tensor of the graph under the name its user knows";
  let description = [{
    `#graph.port<"input_1", "serving_default_input_1", 0>`: result 0 of the node
    `serving_default_input_1` is called `input_1`. Index -1 is the node itself: it
    must run, an initializer for example, and gives no tensor.
  }];
  let parameters = (ins "::mlir::StringAttr":$name, "::mlir::StringAttr":$node,
                        "int64_t":$index);
  let assemblyFormat = "`<` $name `,` $node `,` $index `>`";
}

def Graph_PortArrayAttr : TypedArrayAttrBase<Graph_PortAttr, "array of ports">;

def Graph_NativeReason : I32EnumAttr<"NativeReason",
    "why a node stays with TensorFlow; names and numbers never change", [
      // The node itself.
      I32EnumAttrCase<"Fed", 0, "fed">,
      I32EnumAttrCase<"UnknownOperator", 1, "unknown_operator">,
      I32EnumAttrCase<"UnsupportedType", 2, "unsupported_type">,
      I32EnumAttrCase<"UnsupportedAttribute", 3, "unsupported_attribute">,
      I32EnumAttrCase<"UnsupportedShape", 4, "unsupported_shape">,
      I32EnumAttrCase<"OperandNotConstant", 5, "operand_not_constant">,
      I32EnumAttrCase<"Stateful", 6, "stateful">,
      I32EnumAttrCase<"ControlFlow", 7, "control_flow">,
      I32EnumAttrCase<"InvalidNode", 8, "invalid_node">,
      // The user or the target.
      I32EnumAttrCase<"Denied", 9, "denied">,
      I32EnumAttrCase<"TargetRefused", 10, "target_refused">,
      // What is around it.
      I32EnumAttrCase<"SegmentTooSmall", 11, "segment_too_small">,
      I32EnumAttrCase<"SegmentWithoutInputs", 12, "segment_without_inputs">,
      I32EnumAttrCase<"EngineLimit", 13, "engine_limit">,
      I32EnumAttrCase<"NativeConstant", 14, "native_constant">]> {
  let cppNamespace = "::graft::graph";
  let description = [{
    | name | the node |
    |---|---|
    | `fed` | is given by the user: a placeholder or a fed tensor |
    | `unknown_operator` | has an operator that no conversion knows |
    | `unsupported_type` | has an element type that its conversion refuses |
    | `unsupported_attribute` | has an attribute value that its conversion refuses |
    | `unsupported_shape` | needs a rank or a dimension that is not known |
    | `operand_not_constant` | has an operand that must be constant and is not |
    | `stateful` | reads or writes state, or has another effect |
    | `control_flow` | steers execution or is part of a loop |
    | `invalid_node` | breaks the rules of its operator |
    | `denied` | is on the deny list |
    | `target_refused` | could be converted, but the target does not take it |
    | `segment_too_small` | is convertible, but its segment is below the minimum |
    | `segment_without_inputs` | is part of a segment that depends on no input |
    | `engine_limit` | is part of a segment beyond the largest allowed number |
    | `native_constant` | is a constant that only native nodes read |
  }];
}

def Graph_NativeAttr : Graph_Attr<"Native", "native"> {
  let summary = "why `graph-segment` left a node outside every engine";
  let description = [{
    Kept on the node as the discardable attribute `graph.native`, until the
    conversion report is written: `#graph.native<denied, "Relu is denied">`.
  }];
  let parameters = (ins EnumParameter<Graph_NativeReason>:$code,
                        "::mlir::StringAttr":$reason);
  let assemblyFormat = "`<` $code `,` $reason `>`";
}

#endif // GRAFT_DIALECTS_GRAPH_GRAPHATTRS_TD
