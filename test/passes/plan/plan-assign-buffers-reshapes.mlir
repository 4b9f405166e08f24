// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-assign-layouts,plan-assign-buffers))' -split-input-file | FileCheck %s

// A reshape is an alias of its input, or of the output that it would write. Of an
// engine's input into its output it is a copy.
// CHECK-LABEL: plan.engine @reshapes
// CHECK: %[[X:.*]] = plan.input "x"
// CHECK: %[[Y:.*]] = plan.output "y"
// CHECK: %[[Z:.*]] = plan.output "z"
// CHECK-DAG: %[[FLAT:.*]] = plan.alias %[[X]] : <2x4xf32, row_major> -> <8xf32, row_major>
// CHECK-DAG: %[[INTO:.*]] = plan.alias %[[Y]] : <4x2xf32, row_major> -> <8xf32, row_major>
// CHECK: plan.launch "exp" {{.*}} ins(%[[FLAT]]) outs(%[[INTO]])
// CHECK: plan.launch "reshape" {{.*}} ins(%[[X]]) outs(%[[Z]])
plan.engine @reshapes target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<2x4xf32>
  %y = plan.output "y" : !plan.buffer<4x2xf32>
  %z = plan.output "z" : !plan.buffer<8x1xf32>
  %0 = plan.alloc : !plan.buffer<8xf32>
  plan.launch "reshape" by "reference" tactic "reference" ins(%x) outs(%0) attributes {shape = array<i64: 8>} : (!plan.buffer<2x4xf32>) -> !plan.buffer<8xf32>
  %1 = plan.alloc : !plan.buffer<8xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%0) outs(%1) : (!plan.buffer<8xf32>) -> !plan.buffer<8xf32>
  plan.launch "reshape" by "reference" tactic "reference" ins(%1) outs(%y) attributes {shape = array<i64: 4, 2>} : (!plan.buffer<8xf32>) -> !plan.buffer<4x2xf32>
  plan.launch "reshape" by "reference" tactic "reference" ins(%x) outs(%z) attributes {shape = array<i64: 8, 1>} : (!plan.buffer<2x4xf32>) -> !plan.buffer<8x1xf32>
}

// -----

// A copy of the same shape needs no alias either.
// CHECK-LABEL: plan.engine @same_shape
// CHECK-NOT: plan.alias
// CHECK-NOT: "identity"
// CHECK: plan.launch "exp" {{.*}} ins(%in) outs(%out)
plan.engine @same_shape target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<2x4xf32>
  %y = plan.output "y" : !plan.buffer<2x4xf32>
  %0 = plan.alloc : !plan.buffer<2x4xf32>
  plan.launch "identity" by "reference" tactic "reference" ins(%x) outs(%0) : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%0) outs(%y) : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
}

// -----

// The elements of a slice are not adjacent: another shape of it is a copy.
// CHECK-LABEL: plan.engine @of_slice
// CHECK: %[[V:.*]] = plan.view
// CHECK-NOT: plan.alias
// CHECK: plan.launch "reshape" {{.*}} ins(%[[V]])
plan.engine @of_slice target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<2x8xf32>
  %y = plan.output "y" : !plan.buffer<8xf32>
  %0 = plan.view %x axis 1 from 4 : <2x8xf32> -> <2x4xf32>
  %1 = plan.alloc : !plan.buffer<8xf32>
  plan.launch "reshape" by "reference" tactic "reference" ins(%0) outs(%1) attributes {shape = array<i64: 8>} : (!plan.buffer<2x4xf32>) -> !plan.buffer<8xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%1) outs(%y) : (!plan.buffer<8xf32>) -> !plan.buffer<8xf32>
}

// -----

// Of two unknown sizes the executor could not tell which is which; one follows from the rest.
// CHECK-LABEL: plan.engine @open_sizes
// CHECK: %[[A:.*]] = plan.alias %in : <?x4x2xf32, row_major> -> <?x8xf32, row_major>
// CHECK: plan.launch "exp" {{.*}} ins(%[[A]])
// CHECK: plan.launch "reshape"
plan.engine @open_sizes target "cpu" precision "f32" dynamic {
  %x = plan.input "x" : !plan.buffer<?x4x2xf32>
  %y = plan.output "y" : !plan.buffer<?x8xf32>
  %z = plan.output "z" : !plan.buffer<?x?xf32>
  %0 = plan.alloc : !plan.buffer<?x8xf32>
  plan.launch "reshape" by "reference" tactic "reference" ins(%x) outs(%0) attributes {shape = array<i64: -1, 8>} : (!plan.buffer<?x4x2xf32>) -> !plan.buffer<?x8xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%0) outs(%y) : (!plan.buffer<?x8xf32>) -> !plan.buffer<?x8xf32>
  %1 = plan.alloc : !plan.buffer<?x?xf32>
  plan.launch "reshape" by "reference" tactic "reference" ins(%x) outs(%1) attributes {shape = array<i64: -1, 4>} : (!plan.buffer<?x4x2xf32>) -> !plan.buffer<?x?xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%1) outs(%z) : (!plan.buffer<?x?xf32>) -> !plan.buffer<?x?xf32>
}

// -----

// That a size of unknown value is 1 only the launch checks.
// CHECK-LABEL: plan.engine @squeeze
// CHECK: plan.launch "squeeze"
plan.engine @squeeze target "cpu" precision "f32" dynamic {
  %x = plan.input "x" : !plan.buffer<?x?xf32>
  %y = plan.output "y" : !plan.buffer<?xf32>
  %0 = plan.alloc : !plan.buffer<?xf32>
  plan.launch "squeeze" by "reference" tactic "reference" ins(%x) outs(%0) attributes {axes = array<i64: 1>} : (!plan.buffer<?x?xf32>) -> !plan.buffer<?xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%0) outs(%y) : (!plan.buffer<?xf32>) -> !plan.buffer<?xf32>
}
