// RUN: graft-opt %s --convert-graph-to-nn | FileCheck %s
// RUN: graft-opt %s --convert-graph-to-nn="keep-quantized=true" | FileCheck %s --check-prefix=QUANTIZED

// The range -1 to 4 of 255 steps: the zero point is at 51, and nothing is nudged.
// CHECK-LABEL: func.func @main
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
// CHECK: %[[A:.*]] = nn.minimum %[[X]], %
// CHECK: %[[B:.*]] = nn.maximum %[[A]], %
// CHECK: %[[C:.*]] = nn.sub %[[B]], %
// CHECK: %[[D:.*]] = nn.div %[[C]], %
// CHECK: %[[ZERO:.*]] = nn.constant dense<5.100000e+01>
// CHECK: %[[E:.*]] = nn.sub %[[D]], %[[ZERO]]
// CHECK: %[[HALF:.*]] = nn.constant dense<5.000000e-01>
// CHECK: %[[F:.*]] = nn.add %[[E]], %[[HALF]]
// CHECK: %[[G:.*]] = nn.floor %[[F]]
// CHECK: %[[Y:.*]] = nn.mul %[[G]], %
// A range of 4 bits is not quantized and is the same arithmetic with both.
// CHECK: nn.floor
// CHECK-NOT: nn.quantize
// QUANTIZED-LABEL: func.func @main
// QUANTIZED: %[[Q:.*]] = nn.quantize %arg0 {scale = array<f64: 0.019607{{.*}}>, to = "u8", zero_point = array<i64: 51>}
// QUANTIZED: %[[Y:.*]] = nn.dequantize %[[Q]]
// QUANTIZED: nn.floor
module {
  graph.graph {
    %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<?x4xf32>
    %low:2 = graph.node "Const"() "low" attrs {dtype = f32, value = #graph.tensor<dense<-1.0> : tensor<f32>, content>} : () -> tensor<f32>
    %high:2 = graph.node "Const"() "high" attrs {dtype = f32, value = #graph.tensor<dense<4.0> : tensor<f32>, content>} : () -> tensor<f32>
    %y:2 = graph.node "FakeQuantWithMinMaxVars"(%x#0, %low#0, %high#0) "y" attrs {} : (tensor<?x4xf32>, tensor<f32>, tensor<f32>) -> tensor<?x4xf32>
    %z:2 = graph.node "FakeQuantWithMinMaxVars"(%y#0, %low#0, %high#0) "z" attrs {num_bits = 4} : (tensor<?x4xf32>, tensor<f32>, tensor<f32>) -> tensor<?x4xf32>
  }
}
