// RUN: graft-opt %s -canonicalize -cse | FileCheck %s
// MLIR's general clean-up changes nothing: a node may have effects that only its
// operator's meaning tells, and its name may be asked for.

// CHECK: graph.node "Placeholder"() "x"
// CHECK: graph.node "Custom"({{.*}}) "a"
// CHECK: graph.node "Custom"({{.*}}) "b"
// CHECK: graph.node "Relu"({{.*}}) "unused"
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  %a:2 = graph.node "Custom"(%x#0) "a" : (tensor<*xf32>) -> tensor<*xf32>
  %b:2 = graph.node "Custom"(%x#0) "b" : (tensor<*xf32>) -> tensor<*xf32>
  %u:2 = graph.node "Relu"(%x#0) "unused" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
}
