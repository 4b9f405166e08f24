// RUN: graft-opt %s --convert-graph-to-nn | FileCheck %s

// NCHW is a transposition before and after; the order of strides and of explicit
// paddings is that of the layout.
// CHECK-LABEL: func.func @main
// CHECK: %[[X:.*]] = nn.transpose %{{.*}} {perm = array<i64: 0, 2, 3, 1>}
// CHECK: %[[Y:.*]] = nn.conv2d %[[X]], %{{.*}} {pads = array<i64: 1, 2, 3, 4>, strides = array<i64: 2, 3>}
// CHECK: nn.transpose %[[Y]] {perm = array<i64: 0, 3, 1, 2>}
module {
  graph.graph {
    %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<?x3x8x8xf32>
    %w:2 = graph.node "Const"() "w" attrs {dtype = f32, value = #graph.tensor<dense<0.5> : tensor<3x3x3x4xf32>, content>} : () -> tensor<3x3x3x4xf32>
    %y:2 = graph.node "Conv2D"(%x#0, %w#0) "conv" attrs {T = f32, data_format = "NCHW", padding = "EXPLICIT",
        explicit_paddings = #graph.list<i : 0, 0, 0, 0, 1, 2, 3, 4>,
        strides = #graph.list<i : 1, 1, 2, 3>} : (tensor<?x3x8x8xf32>, tensor<3x3x3x4xf32>) -> tensor<*xf32>
  }
}
