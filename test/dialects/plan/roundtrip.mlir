// RUN: graft-opt %s | graft-opt | FileCheck %s
// RUN: graft-opt %s --mlir-print-op-generic | graft-opt | FileCheck %s

// Every operation, type and attribute of the dialect survives its printed form.

// CHECK-LABEL: plan.engine @small target "cpu" precision "f32" arena 256 {
plan.engine @small target "cpu" precision "f32" arena 256 {
  // CHECK: %in = plan.input "x" : <1x4x4x2xf32, row_major>
  %x = plan.input "x" : !plan.buffer<1x4x4x2xf32, row_major>
  // CHECK: %out = plan.output "y" : <1x16xf32, row_major>
  %y = plan.output "y" : !plan.buffer<1x16xf32, row_major>
  // A packed constant keeps its logical shape in the buffer's type.
  // CHECK: plan.constant dense<1> : tensor<32xi8> -> <1x1x2x1xf32, "onednn/weights:abcd">
  %w = plan.constant dense<1> : tensor<32xi8> -> !plan.buffer<1x1x2x1xf32, "onednn/weights:abcd">
  // CHECK: plan.constant dense<5.000000e-01> : tensor<1xf32> -> <1xf32, row_major>
  %b = plan.constant dense<0.5> : tensor<1xf32> -> !plan.buffer<1xf32, row_major>
  // CHECK: %buf = plan.alloc at 64 : <1x4x4x2xf32, row_major>
  %t = plan.alloc at 64 : !plan.buffer<1x4x4x2xf32, row_major>
  // CHECK: %view = plan.view %buf axis 3 from 1 : <1x4x4x2xf32, row_major> -> <1x4x4x1xf32, row_major>
  %v = plan.view %t axis 3 from 1 : !plan.buffer<1x4x4x2xf32, row_major> -> !plan.buffer<1x4x4x1xf32, row_major>
  // CHECK: plan.launch "conv2d" by "onednn" tactic "brg" precision "f32" ins(%in, %cst, %cst_0) outs(%view)
  // CHECK-SAME: attributes {hasBias = 1 : i64, name = "w", scale = 5.000000e-01 : f64, strides = array<i64: 1, 1>, zs = array<f64: 1.000000e+00>}
  // CHECK-SAME: epilogues [#plan.epilogue<relu>, #plan.epilogue<clip, beta = 6.000000e+00>, #plan.epilogue<add, operand = 0>]
  plan.launch "conv2d" by "onednn" tactic "brg" precision "f32" ins(%x, %w, %b) outs(%v)
    attributes {hasBias = 1 : i64, name = "w", scale = 0.5 : f64, strides = array<i64: 1, 1>, zs = array<f64: 1.0>}
    epilogues [#plan.epilogue<relu>, #plan.epilogue<clip, alpha = 0.0, beta = 6.0>, #plan.epilogue<add, operand = 0>]
    : (!plan.buffer<1x4x4x2xf32, row_major>, !plan.buffer<1x1x2x1xf32, "onednn/weights:abcd">, !plan.buffer<1xf32, row_major>) -> !plan.buffer<1x4x4x1xf32, row_major>
  // CHECK: %alias = plan.alias %out : <1x16xf32, row_major> -> <1x4x4x1xf32, row_major>
  %a = plan.alias %y : !plan.buffer<1x16xf32, row_major> -> !plan.buffer<1x4x4x1xf32, row_major>
  // CHECK: plan.launch "relu" ins(%view) outs(%alias) : (
  plan.launch "relu" ins(%v) outs(%a) : (!plan.buffer<1x4x4x1xf32, row_major>) -> !plan.buffer<1x4x4x1xf32, row_major>
}

// CHECK-LABEL: plan.engine @sizes_come_later target "cpu" precision "bf16" dynamic {
plan.engine @sizes_come_later target "cpu" precision "bf16" dynamic {
  // A buffer without a layout, a dynamic size and a scalar.
  // CHECK: plan.input "a" : <?x4xbf16>
  plan.input "a" : !plan.buffer<?x4xbf16>
  // CHECK: plan.output "b" : <i1>
  plan.output "b" : !plan.buffer<i1>
}
