// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-assign-layouts,plan-assign-buffers))' -split-input-file | FileCheck %s

// Element-wise launches write over an input that has no later use: not over an
// engine's input, not over one that is read again.
// CHECK-LABEL: plan.engine @in_place
// CHECK-SAME: arena 128
// CHECK: plan.launch "exp" {{.*}} ins(%in) outs(%[[A:.*]]) :
// CHECK: plan.launch "sin" {{.*}} ins(%[[A]]) outs(%[[B:.*]]) :
// CHECK: plan.launch "add" {{.*}} ins(%[[A]], %[[B]]) outs(%[[A]]) :
// CHECK: plan.launch "mul" {{.*}} ins(%[[A]], %[[A]]) outs(%[[A]]) :
// CHECK: plan.launch "softmax" {{.*}} ins(%[[A]]) outs(%out)
plan.engine @in_place target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<2x4xf32>
  %y = plan.output "y" : !plan.buffer<2x4xf32>
  %0 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%x) outs(%0) : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
  %1 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "sin" by "reference" tactic "reference" ins(%0) outs(%1) : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
  %2 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "add" by "reference" tactic "reference" ins(%0, %1) outs(%2) : (!plan.buffer<2x4xf32>, !plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
  %3 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "mul" by "reference" tactic "reference" ins(%2, %2) outs(%3) : (!plan.buffer<2x4xf32>, !plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
  plan.launch "softmax" by "reference" tactic "reference" ins(%3) outs(%y) attributes {axis = 1 : i64} : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
}

// -----

// A broadcast operand is read many times and must not be overwritten.
// CHECK-LABEL: plan.engine @broadcast
// CHECK: plan.launch "exp" {{.*}} outs(%[[A:.*]]) :
// CHECK: plan.launch "add" {{.*}} ins(%[[A]], %{{.*}}) outs(%[[B:.*]]) :
// CHECK: plan.launch "softmax" {{.*}} ins(%[[B]])
// CHECK-NOT: outs(%[[A]])
plan.engine @broadcast target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<1x4xf32>
  %r = plan.input "r" : !plan.buffer<2x4xf32>
  %y = plan.output "y" : !plan.buffer<2x4xf32>
  %0 = plan.alloc : !plan.buffer<1x4xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%x) outs(%0) : (!plan.buffer<1x4xf32>) -> !plan.buffer<1x4xf32>
  %1 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "add" by "reference" tactic "reference" ins(%0, %r) outs(%1) : (!plan.buffer<1x4xf32>, !plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
  plan.launch "softmax" by "reference" tactic "reference" ins(%1) outs(%y) attributes {axis = 1 : i64} : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
}

// -----

// Through another shape of the input, too; then that shape is what is written.
// CHECK-LABEL: plan.engine @through_alias
// CHECK-SAME: arena 64
// CHECK: %[[BUF:.*]] = plan.alloc
// CHECK: plan.launch "exp" {{.*}} outs(%[[BUF]])
// CHECK: %[[FLAT:.*]] = plan.alias %[[BUF]]
// CHECK: plan.launch "sin" {{.*}} ins(%[[FLAT]]) outs(%[[FLAT]])
plan.engine @through_alias target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<2x4xf32>
  %y = plan.output "y" : !plan.buffer<8xf32>
  %0 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%x) outs(%0) : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
  %1 = plan.alloc : !plan.buffer<8xf32>
  plan.launch "reshape" by "reference" tactic "reference" ins(%0) outs(%1) attributes {shape = array<i64: 8>} : (!plan.buffer<2x4xf32>) -> !plan.buffer<8xf32>
  %2 = plan.alloc : !plan.buffer<8xf32>
  plan.launch "sin" by "reference" tactic "reference" ins(%1) outs(%2) : (!plan.buffer<8xf32>) -> !plan.buffer<8xf32>
  plan.launch "softmax" by "reference" tactic "reference" ins(%2) outs(%y) attributes {axis = 0 : i64} : (!plan.buffer<8xf32>) -> !plan.buffer<8xf32>
}

// -----

// A slice is not written over: what it is a slice of is larger, and may be read later.
// CHECK-LABEL: plan.engine @slice
// CHECK: %[[V:.*]] = plan.view
// CHECK: plan.launch "sin" {{.*}} ins(%[[V]]) outs(%[[OTHER:.*]]) :
// CHECK: plan.launch "softmax" {{.*}} ins(%[[OTHER]])
plan.engine @slice target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<2x8xf32>
  %y = plan.output "y" : !plan.buffer<2x4xf32>
  %0 = plan.alloc : !plan.buffer<2x8xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%x) outs(%0) : (!plan.buffer<2x8xf32>) -> !plan.buffer<2x8xf32>
  %1 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "slice" by "reference" tactic "reference" ins(%0) outs(%1) attributes {begin = array<i64: 0, 4>, size = array<i64: 2, 4>} : (!plan.buffer<2x8xf32>) -> !plan.buffer<2x4xf32>
  %2 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "sin" by "reference" tactic "reference" ins(%1) outs(%2) : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
  plan.launch "softmax" by "reference" tactic "reference" ins(%2) outs(%y) attributes {axis = 1 : i64} : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
}

// -----

// Equal types are equal sizes only where all are known.
// CHECK-LABEL: plan.engine @unknown_sizes
// CHECK: plan.launch "exp" {{.*}} outs(%[[A:.*]]) :
// CHECK: plan.launch "sin" {{.*}} ins(%[[A]]) outs(%[[B:.*]]) :
// CHECK: plan.launch "softmax" {{.*}} ins(%[[B]])
// CHECK-NOT: outs(%[[A]])
plan.engine @unknown_sizes target "cpu" precision "f32" dynamic {
  %x = plan.input "x" : !plan.buffer<?x4xf32>
  %y = plan.output "y" : !plan.buffer<?x4xf32>
  %0 = plan.alloc : !plan.buffer<?x4xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%x) outs(%0) : (!plan.buffer<?x4xf32>) -> !plan.buffer<?x4xf32>
  %1 = plan.alloc : !plan.buffer<?x4xf32>
  plan.launch "sin" by "reference" tactic "reference" ins(%0) outs(%1) : (!plan.buffer<?x4xf32>) -> !plan.buffer<?x4xf32>
  plan.launch "softmax" by "reference" tactic "reference" ins(%1) outs(%y) attributes {axis = 1 : i64} : (!plan.buffer<?x4xf32>) -> !plan.buffer<?x4xf32>
}

// -----

// A convolution may write over what it adds, where its kernel says so.
// CHECK-LABEL: plan.engine @residual
// CHECK: plan.launch "exp" {{.*}} outs(%[[SUM:.*]]) :
// CHECK: plan.launch "conv2d" {{.*}} ins(%in, %{{.*}}, %[[SUM]]) outs(%[[SUM]])
// CHECK: plan.launch "softmax" {{.*}} ins(%[[SUM]])
plan.engine @residual target "cpu:x86-64-v3" precision "f32" {
  %x = plan.input "x" : !plan.buffer<1x8x8x16xf32>
  %y = plan.output "y" : !plan.buffer<1x8x8x16xf32>
  %w = plan.constant dense<0.5> : tensor<3x3x16x16xf32> -> !plan.buffer<3x3x16x16xf32>
  %0 = plan.alloc : !plan.buffer<1x8x8x16xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%x) outs(%0) : (!plan.buffer<1x8x8x16xf32>) -> !plan.buffer<1x8x8x16xf32>
  %1 = plan.alloc : !plan.buffer<1x8x8x16xf32>
  plan.launch "conv2d" by "cpu" tactic "direct" ins(%x, %w, %0) outs(%1) attributes {dilations = array<i64: 1, 1>, groups = 1 : i64, has_bias = 0 : i64, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>} epilogues [#plan.epilogue<add, operand = 2>] : (!plan.buffer<1x8x8x16xf32>, !plan.buffer<3x3x16x16xf32>, !plan.buffer<1x8x8x16xf32>) -> !plan.buffer<1x8x8x16xf32>
  plan.launch "softmax" by "reference" tactic "reference" ins(%1) outs(%y) attributes {axis = 3 : i64} : (!plan.buffer<1x8x8x16xf32>) -> !plan.buffer<1x8x8x16xf32>
}
