// RUN: rm -rf %t && split-file %s %t
// What cannot be a GraphDef is refused, and no file is left.

// RUN: not graft-translate --mlir-to-graphdef %t/two.mlir -o %t/two.pb 2>&1 | FileCheck %s --check-prefix=TWO
// RUN: not ls %t/two.pb
// TWO: two.mlir: a GraphDef has exactly one graph.graph, got 2
// RUN: not graft-translate --mlir-to-graphdef %t/incomplete.mlir -o %t/incomplete.pb 2>&1 | FileCheck %s --check-prefix=INCOMPLETE
// RUN: not ls %t/incomplete.pb
// INCOMPLETE: incomplete.mlir: node 'y' (Relu): op 'Relu'
// RUN: not graft-translate --mlir-to-graphdef %t/unknown.mlir -o %t/unknown.pb 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: node 'r' (Relu): op 'Mystery' is not known; a node of it in a function needs output_names
// RUN: not graft-translate --mlir-to-graphdef %t/elided.mlir -o %t/elided.pb 2>&1 | FileCheck %s --check-prefix=ELIDED
// ELIDED: node 'c' (Const): attribute 'value': a constant's elements are elided or of the wrong size

//--- two.mlir
graph.graph {}
graph.graph {}
//--- incomplete.mlir
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  %y:2 = graph.node "Relu"(%x#0) "y" : (tensor<*xf32>) -> tensor<*xf32>
}
//--- unknown.mlir
graph.graph {}
graph.func @f attributes {arg_names = [], attrs = {}, result_names = []} {
  %m:2 = graph.node "Mystery"() "m" : () -> tensor<*xf32>
  %r:2 = graph.node "Relu"(%m#0) "r" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  graph.return
}
//--- elided.mlir
graph.graph {
  %c:2 = graph.node "Const"() "c" attrs {dtype = f32, value = #graph.tensor<dense_resource<w> : tensor<2xf32>, content>} : () -> tensor<2xf32>
}
