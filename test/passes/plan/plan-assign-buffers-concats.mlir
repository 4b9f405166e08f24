// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-assign-layouts,plan-assign-buffers))' -split-input-file | FileCheck %s

// The reference kernels take slices. A tactic that the provider does not have
// ("dense") counts as one that takes none: that is how these cases say which.

// Producers write straight into the concat's result, along any axis.
// CHECK-LABEL: plan.engine @concat
// CHECK: %[[ALL:.*]] = plan.alloc at 0 : <2x6x4xf32, row_major>
// CHECK: %[[A:.*]] = plan.view %[[ALL]] axis 1 from 0 : {{.*}} -> <2x2x4xf32, row_major>
// CHECK: plan.launch "relu" {{.*}} outs(%[[A]])
// CHECK: %[[B:.*]] = plan.view %[[ALL]] axis 1 from 2 : {{.*}} -> <2x4x4xf32, row_major>
// CHECK: plan.launch "exp" {{.*}} outs(%[[B]])
// CHECK-NOT: "concat"
// CHECK: plan.launch "softmax" {{.*}} ins(%[[ALL]])
plan.engine @concat target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<2x2x4xf32>
  %z = plan.input "z" : !plan.buffer<2x4x4xf32>
  %y = plan.output "y" : !plan.buffer<2x6x4xf32>
  %0 = plan.alloc : !plan.buffer<2x2x4xf32>
  plan.launch "relu" by "reference" tactic "reference" ins(%x) outs(%0) : (!plan.buffer<2x2x4xf32>) -> !plan.buffer<2x2x4xf32>
  %1 = plan.alloc : !plan.buffer<2x4x4xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%z) outs(%1) : (!plan.buffer<2x4x4xf32>) -> !plan.buffer<2x4x4xf32>
  %2 = plan.alloc : !plan.buffer<2x6x4xf32>
  plan.launch "concat" by "reference" tactic "reference" ins(%0, %1) outs(%2) attributes {axis = 1 : i64} : (!plan.buffer<2x2x4xf32>, !plan.buffer<2x4x4xf32>) -> !plan.buffer<2x6x4xf32>
  plan.launch "softmax" by "reference" tactic "dense" ins(%2) outs(%y) attributes {axis = 2 : i64} : (!plan.buffer<2x6x4xf32>) -> !plan.buffer<2x6x4xf32>
}

// -----

// Nested, into the engine's output. The inner result is read as a slice, too. An
// input of the engine, and an operand for the second time, are copied.
// CHECK-LABEL: plan.engine @nested
// CHECK: %[[X:.*]] = plan.input "x"
// CHECK: %[[Y:.*]] = plan.output "y"
// CHECK: %[[INNER:.*]] = plan.view %[[Y]] axis 1 from 0 : {{.*}} -> <2x8xf32, row_major>
// CHECK: %[[A:.*]] = plan.view %[[INNER]] axis 1 from 0 : {{.*}} -> <2x4xf32, row_major>
// CHECK: plan.launch "relu" {{.*}} ins(%[[X]]) outs(%[[A]])
// CHECK: %[[B:.*]] = plan.view %[[INNER]] axis 1 from 4 : {{.*}} -> <2x4xf32, row_major>
// CHECK: plan.launch "identity" by "{{.*}}" tactic "{{.*}}" precision "f32" ins(%[[X]]) outs(%[[B]])
// CHECK: plan.launch "exp" {{.*}} ins(%[[INNER]])
// CHECK: %[[C:.*]] = plan.view %[[Y]] axis 1 from 8 : {{.*}} -> <2x8xf32, row_major>
// CHECK: plan.launch "identity" {{.*}} ins(%[[INNER]]) outs(%[[C]])
// CHECK-NOT: "concat"
plan.engine @nested target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<2x4xf32>
  %y = plan.output "y" : !plan.buffer<2x16xf32>
  %z = plan.output "z" : !plan.buffer<2x8xf32>
  %0 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "relu" by "reference" tactic "reference" ins(%x) outs(%0) : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
  %1 = plan.alloc : !plan.buffer<2x8xf32>
  plan.launch "concat" by "reference" tactic "reference" ins(%0, %x) outs(%1) attributes {axis = -1 : i64} : (!plan.buffer<2x4xf32>, !plan.buffer<2x4xf32>) -> !plan.buffer<2x8xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%1) outs(%z) : (!plan.buffer<2x8xf32>) -> !plan.buffer<2x8xf32>
  plan.launch "concat" by "reference" tactic "reference" ins(%1, %1) outs(%y) attributes {axis = 1 : i64} : (!plan.buffer<2x8xf32>, !plan.buffer<2x8xf32>) -> !plan.buffer<2x16xf32>
}

// -----

// A producer that cannot write a slice, and a reader that cannot read one, keep a
// buffer of their own. Where nothing is gained the concat stays.
// CHECK-LABEL: plan.engine @dense_kernels
// CHECK: plan.launch "relu" {{.*}} outs(%[[A:.*]]) :
// CHECK: plan.launch "exp" {{.*}} outs(%[[B:.*]]) :
// CHECK: plan.launch "sin" {{.*}} ins(%[[B]])
// CHECK: plan.launch "concat" {{.*}} ins(%[[A]], %[[B]])
plan.engine @dense_kernels target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<2x4xf32>
  %y = plan.output "y" : !plan.buffer<2x8xf32>
  %z = plan.output "z" : !plan.buffer<2x4xf32>
  %0 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "relu" by "reference" tactic "dense" ins(%x) outs(%0) : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
  %1 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%x) outs(%1) : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
  plan.launch "sin" by "reference" tactic "dense" ins(%1) outs(%z) : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
  plan.launch "concat" by "reference" tactic "reference" ins(%0, %1) outs(%y) attributes {axis = 1 : i64} : (!plan.buffer<2x4xf32>, !plan.buffer<2x4xf32>) -> !plan.buffer<2x8xf32>
}

// -----

// Along the outermost axis a slice is dense, and every kernel takes it.
// CHECK-LABEL: plan.engine @outermost
// CHECK: plan.view %out axis 1 from 0
// CHECK: plan.launch "relu" by "reference" tactic "dense"
// CHECK-NOT: "concat"
plan.engine @outermost target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<1x2x4xf32>
  %y = plan.output "y" : !plan.buffer<1x4x4xf32>
  %0 = plan.alloc : !plan.buffer<1x2x4xf32>
  plan.launch "relu" by "reference" tactic "dense" ins(%x) outs(%0) : (!plan.buffer<1x2x4xf32>) -> !plan.buffer<1x2x4xf32>
  %1 = plan.alloc : !plan.buffer<1x2x4xf32>
  plan.launch "exp" by "reference" tactic "dense" ins(%x) outs(%1) : (!plan.buffer<1x2x4xf32>) -> !plan.buffer<1x2x4xf32>
  plan.launch "concat" by "reference" tactic "reference" ins(%0, %1) outs(%y) attributes {axis = 1 : i64} : (!plan.buffer<1x2x4xf32>, !plan.buffer<1x2x4xf32>) -> !plan.buffer<1x4x4xf32>
}

// -----

// Along another axis of unknown size it is a view like any other.
// CHECK-LABEL: plan.engine @dynamic target "cpu" precision "f32" dynamic {
// CHECK: plan.view %out axis 1 from 0 : <?x8xf32, row_major> -> <?x4xf32, row_major>
// CHECK-NOT: "concat"
plan.engine @dynamic target "cpu" precision "f32" dynamic {
  %x = plan.input "x" : !plan.buffer<?x4xf32>
  %y = plan.output "y" : !plan.buffer<?x8xf32>
  %0 = plan.alloc : !plan.buffer<?x4xf32>
  plan.launch "relu" by "reference" tactic "reference" ins(%x) outs(%0) : (!plan.buffer<?x4xf32>) -> !plan.buffer<?x4xf32>
  plan.launch "concat" by "reference" tactic "reference" ins(%0, %x) outs(%y) attributes {axis = 1 : i64} : (!plan.buffer<?x4xf32>, !plan.buffer<?x4xf32>) -> !plan.buffer<?x8xf32>
}

// -----

// Where parts begin must be known: along an axis of unknown size the concat stays.
// CHECK-LABEL: plan.engine @open_axis
// CHECK-NOT: plan.view
// CHECK: plan.launch "concat"
plan.engine @open_axis target "cpu" precision "f32" dynamic {
  %x = plan.input "x" : !plan.buffer<?x4xf32>
  %y = plan.output "y" : !plan.buffer<?x4xf32>
  %0 = plan.alloc : !plan.buffer<?x4xf32>
  plan.launch "relu" by "reference" tactic "reference" ins(%x) outs(%0) : (!plan.buffer<?x4xf32>) -> !plan.buffer<?x4xf32>
  plan.launch "concat" by "reference" tactic "reference" ins(%0, %x) outs(%y) attributes {axis = 0 : i64} : (!plan.buffer<?x4xf32>, !plan.buffer<?x4xf32>) -> !plan.buffer<?x4xf32>
}

// -----

// What is joined and then given the output's shape is joined in the output.
// CHECK-LABEL: plan.engine @joined_alias
// CHECK: %[[Y:.*]] = plan.output "y"
// CHECK: %[[ALL:.*]] = plan.alias %[[Y]] : <16xf32, row_major> -> <2x8xf32, row_major>
// CHECK: plan.view %[[ALL]] axis 1 from 0
// CHECK: plan.view %[[ALL]] axis 1 from 4
// CHECK-NOT: plan.alloc
// CHECK-NOT: "concat"
plan.engine @joined_alias target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<2x4xf32>
  %y = plan.output "y" : !plan.buffer<16xf32>
  %0 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "relu" by "reference" tactic "reference" ins(%x) outs(%0) : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
  %1 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%x) outs(%1) : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
  %2 = plan.alloc : !plan.buffer<2x8xf32>
  plan.launch "concat" by "reference" tactic "reference" ins(%0, %1) outs(%2) attributes {axis = 1 : i64} : (!plan.buffer<2x4xf32>, !plan.buffer<2x4xf32>) -> !plan.buffer<2x8xf32>
  plan.launch "reshape" by "reference" tactic "reference" ins(%2) outs(%y) attributes {shape = array<i64: 16>} : (!plan.buffer<2x8xf32>) -> !plan.buffer<16xf32>
}
