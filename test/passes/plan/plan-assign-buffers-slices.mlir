// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-assign-layouts,plan-assign-buffers))' -split-input-file | FileCheck %s

// The reference kernels take slices. A tactic that the provider does not have
// ("dense") counts as one that takes none: that is how these cases say which.

// Slices along one axis are read where they lie, by those that can; the others
// read a copy.
// CHECK-LABEL: plan.engine @slices
// CHECK: %[[V:.*]] = plan.view %[[ALL:.*]] axis 1 from 3 : <2x8xf32, row_major> -> <2x4xf32, row_major>
// CHECK: plan.launch "relu" {{.*}} ins(%[[V]])
// CHECK: plan.launch "slice" {{.*}} ins(%[[ALL]]) outs(%[[COPY:.*]]) attributes
// CHECK: plan.launch "sin" {{.*}} ins(%[[COPY]])
plan.engine @slices target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<2x8xf32>
  %y = plan.output "y" : !plan.buffer<2x4xf32>
  %z = plan.output "z" : !plan.buffer<2x4xf32>
  %0 = plan.alloc : !plan.buffer<2x8xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%x) outs(%0) : (!plan.buffer<2x8xf32>) -> !plan.buffer<2x8xf32>
  %1 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "slice" by "reference" tactic "reference" ins(%0) outs(%1) attributes {begin = array<i64: 0, 3>, size = array<i64: 2, 4>} : (!plan.buffer<2x8xf32>) -> !plan.buffer<2x4xf32>
  plan.launch "relu" by "reference" tactic "reference" ins(%1) outs(%y) : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
  %2 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "slice" by "reference" tactic "reference" ins(%0) outs(%2) attributes {begin = array<i64: 0, 4>, size = array<i64: 2, -1>} : (!plan.buffer<2x8xf32>) -> !plan.buffer<2x4xf32>
  plan.launch "sin" by "reference" tactic "dense" ins(%2) outs(%z) : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
}

// -----

// What is the engine's output, or lies in another result, is copied there.
// CHECK-LABEL: plan.engine @slice_of_output
// CHECK: plan.launch "slice" {{.*}} outs(%out)
// CHECK: %[[PART:.*]] = plan.view %out{{.*}} axis 1 from 0
// CHECK: plan.launch "slice" {{.*}} outs(%[[PART]])
// CHECK: plan.launch "relu"
plan.engine @slice_of_output target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<2x8xf32>
  %y = plan.output "y" : !plan.buffer<2x4xf32>
  %z = plan.output "z" : !plan.buffer<2x8xf32>
  plan.launch "slice" by "reference" tactic "reference" ins(%x) outs(%y) attributes {begin = array<i64: 0, 2>, size = array<i64: 2, 4>} : (!plan.buffer<2x8xf32>) -> !plan.buffer<2x4xf32>
  %0 = plan.view %z axis 1 from 0 : <2x8xf32> -> <2x4xf32>
  plan.launch "slice" by "reference" tactic "reference" ins(%x) outs(%0) attributes {begin = array<i64: 0, 4>, size = array<i64: 2, 4>} : (!plan.buffer<2x8xf32>) -> !plan.buffer<2x4xf32>
  %1 = plan.view %z axis 1 from 4 : <2x8xf32> -> <2x4xf32>
  plan.launch "relu" by "reference" tactic "reference" ins(%y) outs(%1) : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
}

// -----

// A view cuts along one axis; what is cut along two is copied.
// CHECK-LABEL: plan.engine @two_axes
// CHECK-NOT: plan.view
// CHECK: plan.launch "slice"
plan.engine @two_axes target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<2x8xf32>
  %y = plan.output "y" : !plan.buffer<1x4xf32>
  %0 = plan.alloc : !plan.buffer<1x4xf32>
  plan.launch "slice" by "reference" tactic "reference" ins(%x) outs(%0) attributes {begin = array<i64: 1, 4>, size = array<i64: 1, 4>} : (!plan.buffer<2x8xf32>) -> !plan.buffer<1x4xf32>
  plan.launch "relu" by "reference" tactic "reference" ins(%0) outs(%y) : (!plan.buffer<1x4xf32>) -> !plan.buffer<1x4xf32>
}

// -----

// Rows of unknown number are read where they lie. Rows that may have been cut from them, too, are copied.
// CHECK-LABEL: plan.engine @open_rows
// CHECK: %[[V:.*]] = plan.view %in axis 1 from 4 : <?x8xf32, row_major> -> <?x4xf32, row_major>
// CHECK: plan.launch "relu" {{.*}} ins(%[[V]])
// CHECK: plan.launch "slice"
plan.engine @open_rows target "cpu" precision "f32" dynamic {
  %x = plan.input "x" : !plan.buffer<?x8xf32>
  %y = plan.output "y" : !plan.buffer<?x4xf32>
  %z = plan.output "z" : !plan.buffer<?x4xf32>
  %0 = plan.alloc : !plan.buffer<?x4xf32>
  plan.launch "slice" by "reference" tactic "reference" ins(%x) outs(%0) attributes {begin = array<i64: 0, 4>, size = array<i64: -1, 4>} : (!plan.buffer<?x8xf32>) -> !plan.buffer<?x4xf32>
  plan.launch "relu" by "reference" tactic "reference" ins(%0) outs(%y) : (!plan.buffer<?x4xf32>) -> !plan.buffer<?x4xf32>
  %1 = plan.alloc : !plan.buffer<?x4xf32>
  plan.launch "slice" by "reference" tactic "reference" ins(%x) outs(%1) attributes {begin = array<i64: 1, 4>, size = array<i64: -1, 4>} : (!plan.buffer<?x8xf32>) -> !plan.buffer<?x4xf32>
  plan.launch "relu" by "reference" tactic "reference" ins(%1) outs(%z) : (!plan.buffer<?x4xf32>) -> !plan.buffer<?x4xf32>
}
