// RUN: graft-translate --mlir-to-graphdef %s -o %t.pbtxt && FileCheck %s < %t.pbtxt
// The exporter spells inputs from the operands; what the file had is kept only while it
// still says the same.

// CHECK: name: "same"
// CHECK-NEXT: op: "Relu"
// CHECK-NEXT: input: "x:0"
// CHECK: name: "moved"
// CHECK-NEXT: op: "Relu"
// CHECK-NEXT: input: "split:1"
// CHECK-NEXT: input: "^x"
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  %axis:2 = graph.node "Const"() "axis" attrs {dtype = i32, value = #graph.tensor<dense<0> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %split:3 = graph.node "Split"(%axis#0, %x#0) "split" attrs {T = f32, num_split = 2 : i64} : (tensor<i32>, tensor<*xf32>) -> (tensor<*xf32>, tensor<*xf32>)
  %same:2 = graph.node "Relu"(%x#0) "same" attrs {T = f32} {input_spelling = ["x:0"]} : (tensor<*xf32>) -> tensor<*xf32>
  %moved:2 = graph.node "Relu"(%split#1) [%x#1] "moved" attrs {T = f32} {input_spelling = ["x:0", "^x"]} : (tensor<*xf32>) -> tensor<*xf32>
}

// A body names the output of the operator's signature.
// CHECK: name: "inner"
// CHECK-NEXT: op: "Relu"
// CHECK-NEXT: input: "parts:output:1"
// CHECK: key: "y"
// CHECK-NEXT: value: "inner:activations:0"
graph.func @f attributes {arg_names = ["axis", "a"], attrs = {}, result_names = ["y"]} {
^bb0(%axis: tensor<i32>, %a: tensor<*xf32>):
  %parts:3 = graph.node "Split"(%axis, %a) "parts" attrs {T = f32, num_split = 2 : i64} : (tensor<i32>, tensor<*xf32>) -> (tensor<*xf32>, tensor<*xf32>)
  %inner:2 = graph.node "Relu"(%parts#1) "inner" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  graph.return %inner#0 : tensor<*xf32>
}
