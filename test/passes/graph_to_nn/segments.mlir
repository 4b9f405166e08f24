// RUN: graft-opt %s --convert-graph-to-nn | FileCheck %s

// Each segment gets a function, which it names; its body stays, as the native function
// to fall back on. A constant is handed on, a node is its location.
// CHECK: graph.segment "engine"
// CHECK-SAME: engine = @engine
// CHECK: graph.node "Relu"
// CHECK: func.func @engine(%[[X:.*]]: tensor<?x2xf32> {nn.name = "TensorRTInputPH_0"})
// CHECK-SAME: -> (tensor<?x3xf32> {nn.name = "TensorRTOutputPH_0"}, tensor<2x3xf32> {nn.name = "TensorRTOutputPH_1"})
// CHECK: %[[W:.*]] = nn.constant dense_resource<w> : tensor<2x3xf32>
// CHECK: %[[P:.*]] = nn.matmul %[[X]], %[[W]]
// CHECK: %[[Y:.*]] = nn.relu %[[P]]
// CHECK: return %[[Y]], %[[W]]
module {
  graph.graph {
    %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<?x2xf32>
    %s:3 = graph.segment "engine"(%x#0) {
    ^bb0(%arg0: tensor<?x2xf32>):
      %w:2 = graph.node "Const"() "w" attrs {dtype = f32, value = #graph.tensor<dense_resource<w> : tensor<2x3xf32>, content>} : () -> tensor<2x3xf32>
      %p:2 = graph.node "MatMul"(%arg0, %w#0) "p" attrs {T = f32} : (tensor<?x2xf32>, tensor<2x3xf32>) -> tensor<*xf32>
      %y:2 = graph.node "Relu"(%p#0) "y" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
      graph.return %y#0, %w#0 : tensor<*xf32>, tensor<2x3xf32>
    } : (tensor<?x2xf32>) -> (tensor<*xf32>, tensor<2x3xf32>)
    %z:2 = graph.node "Igamma"(%s#0, %s#0) "z" attrs {T = f32} : (tensor<*xf32>, tensor<*xf32>) -> tensor<*xf32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      w: "0x040000000000803f000000400000404000008040000080400000a040"
    }
  }
#-}
