// RUN: graft-opt %s --convert-graph-to-nn --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// Without segments the whole graph becomes `main`. Ports have the user's names; what
// no fetch needs is not looked at; a fed node's own inputs do not matter; a feed that is
// gone, because no fetch needs it, is no input.
// CHECK-NOT: graph.graph
// CHECK: func.func @main(%{{.*}}: tensor<?x8x8x3xf32> {nn.name = "image"}
// CHECK-SAME: -> (tensor<?x4x4x4xf32> {nn.name = "features"}
// CHECK: nn.conv2d {{.*}}pads = array<i64: 0, 1, 0, 1>{{.*}} loc("conv"
// CHECK: nn.clip {{.*}} loc("relu"
module {
  graph.graph attributes {
      feeds = [#graph.port<"image", "decode", 0>, #graph.port<"labels", "gone", 0>],
      fetches = [#graph.port<"features", "relu", 0>]} {
    %s:2 = graph.node "Placeholder"() "bytes" attrs {dtype = !graph.string} : () -> tensor<!graph.string>
    %x:2 = graph.node "ParseTensor"(%s#0) "decode" attrs {out_type = f32} : (tensor<!graph.string>) -> tensor<?x8x8x3xf32>
    %w:2 = graph.node "Const"() "w" attrs {dtype = f32, value = #graph.tensor<dense<0.5> : tensor<3x3x3x4xf32>, content>} : () -> tensor<3x3x3x4xf32>
    %y:2 = graph.node "Conv2D"(%x#0, %w#0) "conv" attrs {T = f32, padding = "SAME", strides = #graph.list<i : 1, 2, 2, 1>} : (tensor<?x8x8x3xf32>, tensor<3x3x3x4xf32>) -> tensor<*xf32> loc("conv")
    %z:2 = graph.node "Relu6"(%y#0) "relu" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32> loc("relu")
    %u:2 = graph.node "Igamma"(%z#0, %z#0) "unused" attrs {T = f32} : (tensor<*xf32>, tensor<*xf32>) -> tensor<*xf32>
  }
}
