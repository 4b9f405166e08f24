// RUN: graft-opt %s -pass-pipeline="builtin.module(plan.engine(plan-select-tactics{release-constants}))" | FileCheck %s
// RUN: graft-opt %s -pass-pipeline="builtin.module(plan.engine(plan-select-tactics))" | FileCheck %s --check-prefix=KEPT

// Once both filters are packed, the contents of the one that is this engine's alone
// are freed, if the option says so. The inner module names both, so that both are
// printed.
// CHECK-COUNT-2: plan.constant dense_resource<packed
// CHECK: lent: "0x040000000000803F
// CHECK: own: "0x00000000"
// KEPT: own: "0x040000000000803F
plan.engine @release target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<1x8x8x1xf32, row_major>
  %y = plan.output "y" : !plan.buffer<1x8x8x16xf32, row_major>
  %z = plan.output "z" : !plan.buffer<1x8x8x16xf32, row_major>
  %own = plan.constant dense_resource<own> : tensor<1x1x1x16xf32> -> !plan.buffer<1x1x1x16xf32, row_major>
  %lent = plan.constant dense_resource<lent> : tensor<1x1x1x16xf32> shared -> !plan.buffer<1x1x1x16xf32, row_major>
  plan.launch "conv2d" ins(%x, %own) outs(%y) attributes {dilations = array<i64: 1, 1>, groups = 1 : i64, has_bias = 0 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (!plan.buffer<1x8x8x1xf32, row_major>, !plan.buffer<1x1x1x16xf32, row_major>) -> !plan.buffer<1x8x8x16xf32, row_major>
  plan.launch "conv2d" ins(%x, %lent) outs(%z) attributes {dilations = array<i64: 1, 1>, groups = 1 : i64, has_bias = 0 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (!plan.buffer<1x8x8x1xf32, row_major>, !plan.buffer<1x1x1x16xf32, row_major>) -> !plan.buffer<1x8x8x16xf32, row_major>
}

module attributes {graph.own = dense_resource<own> : tensor<1x1x1x16xf32>, graph.lent = dense_resource<lent> : tensor<1x1x1x16xf32>} {}

{-#
  dialect_resources: {
    builtin: {
      own: "0x040000000000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F",
      lent: "0x040000000000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F"
    }
  }
#-}
