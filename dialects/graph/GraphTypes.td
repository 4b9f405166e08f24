//===- GraphTypes.td - types that only TensorFlow has ------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_GRAPH_GRAPHTYPES_TD
#define GRAFT_DIALECTS_GRAPH_GRAPHTYPES_TD

include "dialects/graph/GraphDialect.td"
include "mlir/IR/AttrTypeBase.td"

class Graph_Type<string name, string typeMnemonic>
    : TypeDef<Graph_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def Graph_ControlType : Graph_Type<"Control", "control"> {
  let summary = "the order between two nodes, without data";
  let builderCall = "$_builder.getType<ControlType>()";
}
def Graph_StringType : Graph_Type<"String", "string"> {
  let summary = "element of a DT_STRING tensor: bytes of any length";
}
def Graph_ResourceType : Graph_Type<"Resource", "resource"> {
  let summary = "element of a DT_RESOURCE tensor: a handle";
}
def Graph_VariantType : Graph_Type<"Variant", "variant"> {
  let summary = "element of a DT_VARIANT tensor";
}
def Graph_OpaqueType : Graph_Type<"Opaque", "dtype"> {
  let summary = "any other element type, by TensorFlow's number";
  let description = [{
    Quantized types, reference types (number + 100) and types newer than this
    build. `!graph.dtype<0>` stands for a type that could not be determined.
  }];
  let parameters = (ins "int32_t":$number);
  let assemblyFormat = "`<` $number `>`";
}

#endif // GRAFT_DIALECTS_GRAPH_GRAPHTYPES_TD
