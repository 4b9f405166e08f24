// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-assign-layouts,plan-assign-buffers))' -split-input-file | FileCheck %s

// A slice keeps what it is a slice of alive: the mean must not take its place.
// CHECK-LABEL: plan.engine @lifetimes
// CHECK-SAME: arena 128
// CHECK: plan.alloc at 0 : <2x8xf32, row_major>
// CHECK: plan.alloc at 64 : <2x1xf32, row_major>
plan.engine @lifetimes target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<2x8xf32>
  %y = plan.output "y" : !plan.buffer<2x4xf32>
  %0 = plan.alloc : !plan.buffer<2x8xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%x) outs(%0) : (!plan.buffer<2x8xf32>) -> !plan.buffer<2x8xf32>
  %1 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "slice" by "reference" tactic "reference" ins(%0) outs(%1) attributes {begin = array<i64: 0, 3>, size = array<i64: 2, 4>} : (!plan.buffer<2x8xf32>) -> !plan.buffer<2x4xf32>
  %2 = plan.alloc : !plan.buffer<2x1xf32>
  plan.launch "reduce" by "reference" tactic "reference" ins(%0) outs(%2) attributes {axes = array<i64: 1>, keep_dims = 1 : i64, kind = "mean"} : (!plan.buffer<2x8xf32>) -> !plan.buffer<2x1xf32>
  plan.launch "add" by "reference" tactic "reference" ins(%1, %2) outs(%y) : (!plan.buffer<2x4xf32>, !plan.buffer<2x1xf32>) -> !plan.buffer<2x4xf32>
}

// -----

// Buffers that live at different times share memory.
// CHECK-LABEL: plan.engine @reuse
// CHECK-SAME: arena 128
// CHECK: plan.alloc at 0
// CHECK: plan.alloc at 64
// CHECK: plan.alloc at 0
plan.engine @reuse target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<4x4xf32>
  %y = plan.output "y" : !plan.buffer<4x4xf32>
  %0 = plan.alloc : !plan.buffer<4x4xf32>
  plan.launch "softmax" by "reference" tactic "reference" ins(%x) outs(%0) attributes {axis = 1 : i64} : (!plan.buffer<4x4xf32>) -> !plan.buffer<4x4xf32>
  %1 = plan.alloc : !plan.buffer<4x4xf32>
  plan.launch "softmax" by "reference" tactic "reference" ins(%0) outs(%1) attributes {axis = 0 : i64} : (!plan.buffer<4x4xf32>) -> !plan.buffer<4x4xf32>
  %2 = plan.alloc : !plan.buffer<4x4xf32>
  plan.launch "softmax" by "reference" tactic "reference" ins(%1) outs(%2) attributes {axis = 1 : i64} : (!plan.buffer<4x4xf32>) -> !plan.buffer<4x4xf32>
  plan.launch "softmax" by "reference" tactic "reference" ins(%2) outs(%y) attributes {axis = 0 : i64} : (!plan.buffer<4x4xf32>) -> !plan.buffer<4x4xf32>
}

// -----

// Buffers begin at multiples of 64 bytes, whatever their sizes.
// CHECK-LABEL: plan.engine @alignment
// CHECK-SAME: arena 192
// CHECK: plan.alloc at {{[0-9]+}} : <17xf32, row_major>
// CHECK: plan.alloc at {{0|64|128}} : <1xf32, row_major>
plan.engine @alignment target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<17xf32>
  %x2 = plan.input "x2" : !plan.buffer<1xf32>
  %y = plan.output "y" : !plan.buffer<17xf32>
  %0 = plan.alloc : !plan.buffer<17xf32>
  plan.launch "softmax" by "reference" tactic "reference" ins(%x) outs(%0) attributes {axis = 0 : i64} : (!plan.buffer<17xf32>) -> !plan.buffer<17xf32>
  %1 = plan.alloc : !plan.buffer<1xf32>
  plan.launch "softmax" by "reference" tactic "reference" ins(%x2) outs(%1) attributes {axis = 0 : i64} : (!plan.buffer<1xf32>) -> !plan.buffer<1xf32>
  plan.launch "add" by "reference" tactic "reference" ins(%0, %1) outs(%y) : (!plan.buffer<17xf32>, !plan.buffer<1xf32>) -> !plan.buffer<17xf32>
}

// -----

// What no launch touches takes no memory.
// CHECK-LABEL: plan.engine @unused
// CHECK-SAME: arena 0
// CHECK-NOT: plan.alloc
plan.engine @unused target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<2x4xf32>
  %y = plan.output "y" : !plan.buffer<2x4xf32>
  %0 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "relu" by "reference" tactic "reference" ins(%x) outs(%y) : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
}

// -----

// The executor of a dynamic engine lays it out: there are no offsets.
// CHECK-LABEL: plan.engine @no_offsets
// CHECK-NOT: arena
// CHECK: plan.alloc : <?x4xf32, row_major>
plan.engine @no_offsets target "cpu" precision "f32" dynamic {
  %x = plan.input "x" : !plan.buffer<?x4xf32>
  %y = plan.output "y" : !plan.buffer<?x4xf32>
  %0 = plan.alloc : !plan.buffer<?x4xf32>
  plan.launch "softmax" by "reference" tactic "reference" ins(%x) outs(%0) attributes {axis = 1 : i64} : (!plan.buffer<?x4xf32>) -> !plan.buffer<?x4xf32>
  plan.launch "softmax" by "reference" tactic "reference" ins(%0) outs(%y) attributes {axis = 1 : i64} : (!plan.buffer<?x4xf32>) -> !plan.buffer<?x4xf32>
}
