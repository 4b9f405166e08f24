// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-select-tactics))' -split-input-file | FileCheck %s
// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-select-tactics{tune=true}))' -split-input-file | FileCheck %s

// Somebody takes every launch; the precision is that of the arithmetic. A launch
// that has a tactic keeps it.
// CHECK-LABEL: plan.engine @everyone
// CHECK: plan.launch "relu" by "{{.+}}" tactic "{{.+}}" precision "f64" ins
// CHECK: plan.launch "exp" by "reference" tactic "mine" precision "f64" ins
plan.engine @everyone target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<4xf64, row_major>
  %y = plan.output "y" : !plan.buffer<4xf64, row_major>
  %z = plan.output "z" : !plan.buffer<4xf64, row_major>
  plan.launch "relu" ins(%x) outs(%y) : (!plan.buffer<4xf64, row_major>) -> !plan.buffer<4xf64, row_major>
  plan.launch "exp" by "reference" tactic "mine" ins(%x) outs(%z) : (!plan.buffer<4xf64, row_major>) -> !plan.buffer<4xf64, row_major>
}

// -----

// A convolution's filter gets the layout that its kernel requires, with its shape as
// before. Two launches that want the same share it, and the original is gone.
// CHECK-LABEL: plan.engine @packed
// CHECK-COUNT-1: plan.constant {{.*}} -> <3x3x16x32xf32, {{[^r].*}}>
// CHECK-NOT: plan.constant {{.*}} -> <3x3x16x32xf32,
// CHECK: plan.launch "conv2d" by "[[PROVIDER:.*]]" tactic "{{.*}}" precision "f32" ins(%{{.*}}, %[[W:.*]]) outs
// CHECK: plan.launch "conv2d" by "[[PROVIDER]]" {{.*}} ins(%{{.*}}, %[[W]]) outs
plan.engine @packed target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<1x14x14x16xf32, row_major>
  %x2 = plan.input "x2" : !plan.buffer<1x14x14x16xf32, row_major>
  %y = plan.output "y" : !plan.buffer<1x12x12x32xf32, row_major>
  %y2 = plan.output "y2" : !plan.buffer<1x12x12x32xf32, row_major>
  %w = plan.constant dense<0.5> : tensor<3x3x16x32xf32> -> !plan.buffer<3x3x16x32xf32, row_major>
  plan.launch "conv2d" ins(%x, %w) outs(%y) attributes {dilations = array<i64: 1, 1>, groups = 1 : i64, has_bias = 0 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (!plan.buffer<1x14x14x16xf32, row_major>, !plan.buffer<3x3x16x32xf32, row_major>) -> !plan.buffer<1x12x12x32xf32, row_major>
  plan.launch "conv2d" ins(%x2, %w) outs(%y2) attributes {dilations = array<i64: 1, 1>, groups = 1 : i64, has_bias = 0 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (!plan.buffer<1x14x14x16xf32, row_major>, !plan.buffer<3x3x16x32xf32, row_major>) -> !plan.buffer<1x12x12x32xf32, row_major>
}

// -----

// Dynamic sizes are represented by small ones; the types do not change.
// CHECK-LABEL: plan.engine @sizes
// CHECK: plan.launch "add" by "{{.+}}" tactic "{{.+}}" {{.*}} -> !plan.buffer<?x4xf32, row_major>
plan.engine @sizes target "cpu" precision "f32" dynamic {
  %x = plan.input "x" : !plan.buffer<?x4xf32, row_major>
  %y = plan.output "y" : !plan.buffer<?x4xf32, row_major>
  plan.launch "add" ins(%x, %x) outs(%y) : (!plan.buffer<?x4xf32, row_major>, !plan.buffer<?x4xf32, row_major>) -> !plan.buffer<?x4xf32, row_major>
}

// -----

// A column of any length may have one row, and then is one value. Kernels with
// epilogues do not take the others, but copies of them in full, which the executor
// makes.
// CHECK-LABEL: plan.engine @column
// CHECK-NOT: plan.launch "matmul" by "reference"
// CHECK: plan.launch "matmul" by
plan.engine @column target "cpu" precision "f32" dynamic {
  %x = plan.input "x" : !plan.buffer<?x5xf32, row_major>
  %c = plan.input "c" : !plan.buffer<?x1xf32, row_major>
  %y = plan.output "y" : !plan.buffer<?x3xf32, row_major>
  %w = plan.constant dense<0.5> : tensor<5x3xf32> -> !plan.buffer<5x3xf32, row_major>
  plan.launch "matmul" ins(%x, %w, %c) outs(%y) attributes {has_bias = 0 : i64, transpose_a = 0 : i64, transpose_b = 0 : i64} epilogues [#plan.epilogue<add, operand = 2>] : (!plan.buffer<?x5xf32, row_major>, !plan.buffer<5x3xf32, row_major>, !plan.buffer<?x1xf32, row_major>) -> !plan.buffer<?x3xf32, row_major>
}

// -----

// A window is larger than a picture of one pixel, a product wants the depth of its
// weights: representative sizes are those that all launches take.
// CHECK-LABEL: plan.engine @windows
// CHECK-NOT: by "reference"
// CHECK: plan.launch "conv2d" by
// CHECK: plan.launch "matmul" by
plan.engine @windows target "cpu" precision "f32" dynamic {
  %x = plan.input "x" : !plan.buffer<?x?x?x16xf32, row_major>
  %m = plan.input "m" : !plan.buffer<?x?xf32, row_major>
  %y = plan.output "y" : !plan.buffer<?x?x?x32xf32, row_major>
  %n = plan.output "n" : !plan.buffer<?x24xf32, row_major>
  %w = plan.constant dense<0.5> : tensor<3x3x16x32xf32> -> !plan.buffer<3x3x16x32xf32, row_major>
  %v = plan.constant dense<0.5> : tensor<40x24xf32> -> !plan.buffer<40x24xf32, row_major>
  plan.launch "conv2d" ins(%x, %w) outs(%y) attributes {dilations = array<i64: 1, 1>, groups = 1 : i64, has_bias = 0 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (!plan.buffer<?x?x?x16xf32, row_major>, !plan.buffer<3x3x16x32xf32, row_major>) -> !plan.buffer<?x?x?x32xf32, row_major>
  plan.launch "matmul" ins(%m, %v) outs(%n) attributes {has_bias = 0 : i64, transpose_a = 0 : i64, transpose_b = 0 : i64} : (!plan.buffer<?x?xf32, row_major>, !plan.buffer<40x24xf32, row_major>) -> !plan.buffer<?x24xf32, row_major>
}

// -----

// Sizes that no search finds, here two that must multiply to 1009 x 7, are left to the
// executor, which asks again.
// CHECK-LABEL: plan.engine @unsettled
// CHECK: plan.launch "reshape" by "reference" tactic "reference"
plan.engine @unsettled target "cpu" precision "f32" dynamic {
  %x = plan.input "x" : !plan.buffer<?x?xf32, row_major>
  %y = plan.output "y" : !plan.buffer<?x?xf32, row_major>
  %s = plan.constant dense<[1009, 7]> : tensor<2xi32> -> !plan.buffer<2xi32, row_major>
  plan.launch "reshape" ins(%x, %s) outs(%y) : (!plan.buffer<?x?xf32, row_major>, !plan.buffer<2xi32, row_major>) -> !plan.buffer<?x?xf32, row_major>
}
