// RUN: graft-opt %s --convert-graph-to-nn -split-input-file | FileCheck %s

// Sizes that the user stated, a default, an input that nothing reads, and one that no
// engine could take.
// CHECK: func.func @main(
// CHECK-SAME: tensor<?x4xf32> {nn.name = "x", nn.sizes = array<i64: 1, 8, 0, -1>}
// CHECK-SAME: tensor<f32> {nn.default = dense<2.000000e+00> : tensor<f32>, nn.name = "scale"}
// CHECK-SAME: tensor<?x7xf32> {nn.name = "labels"}
// CHECK-NOT: "words"
// CHECK: nn.mul
graph.graph attributes {
    feeds = [#graph.port<"x", "x", 0>, #graph.port<"scale", "scale", 0>, #graph.port<"labels", "labels", 0>, #graph.port<"words", "words", 0>],
    fetches = [#graph.port<"y", "y", 0>], graph.size_ranges = {x = array<i64: 1, 8, 0, -1>}} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<?x4xf32>
  %v:2 = graph.node "Const"() "v" attrs {dtype = f32, value = #graph.tensor<dense<2.0> : tensor<f32>, values, 1>} : () -> tensor<f32>
  %s:2 = graph.node "PlaceholderWithDefault"(%v#0) "scale" attrs {dtype = f32, shape = #graph.shape<[]>} : (tensor<f32>) -> tensor<f32>
  %l:2 = graph.node "Placeholder"() "labels" attrs {dtype = f32} : () -> tensor<?x7xf32>
  %w:2 = graph.node "Placeholder"() "words" attrs {dtype = !graph.string} : () -> tensor<?x!graph.string>
  %y:2 = graph.node "Mul"(%x#0, %s#0) "y" attrs {T = f32} : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
}

// -----

// An engine that the input enters takes the same sizes.
// CHECK: func.func @segment(
// CHECK-SAME: tensor<?x4xf32> {nn.name = "TensorRTInputPH_0", nn.sizes = array<i64: 1, 8, 0, -1>}
// CHECK-SAME: tensor<?x4xf32> {nn.name = "TensorRTInputPH_1"}
graph.graph attributes {
    feeds = [#graph.port<"x", "x", 0>, #graph.port<"z", "z", 0>],
    fetches = [#graph.port<"y", "y", 0>], graph.size_ranges = {x = array<i64: 1, 8, 0, -1>}} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<?x4xf32>
  %z:2 = graph.node "Placeholder"() "z" attrs {dtype = f32} : () -> tensor<?x4xf32>
  %s:2 = graph.segment "segment"(%x#0, %z#0) {
  ^bb0(%a: tensor<?x4xf32>, %b: tensor<?x4xf32>):
    %r:2 = graph.node "AddV2"(%a, %b) "add" attrs {T = f32} : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
    graph.return %r#0 : tensor<?x4xf32>
  } : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %y:2 = graph.node "Identity"(%s#0) "y" attrs {T = f32} : (tensor<?x4xf32>) -> tensor<?x4xf32>
}
