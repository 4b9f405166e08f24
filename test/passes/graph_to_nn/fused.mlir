// RUN: graft-opt %s --convert-graph-to-nn | FileCheck %s

// What TensorFlow fused comes apart; nn-fuse-vertical decides anew.
// CHECK: %[[P:.*]] = nn.matmul %{{.*}}, %{{[a-z0-9]+}} {to = "f32"}
// CHECK: %[[S:.*]] = nn.add %[[P]], %{{.*}}
// CHECK: nn.gelu %[[S]]
module {
  graph.graph {
    %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<?x2xf32>
    %w:2 = graph.node "Const"() "w" attrs {dtype = f32, value = #graph.tensor<dense<0.5> : tensor<2x2xf32>, content>} : () -> tensor<2x2xf32>
    %b:2 = graph.node "Const"() "b" attrs {dtype = f32, value = #graph.tensor<dense<0.5> : tensor<2xf32>, content>} : () -> tensor<2xf32>
    %y:2 = graph.node "_FusedMatMul"(%x#0, %w#0, %b#0) "y" attrs {T = f32, num_args = 1 : i64,
        fused_ops = #graph.list<s : "BiasAdd", "GeluExact">} : (tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<*xf32>
  }
}
