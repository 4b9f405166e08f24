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

// A dynamic engine gets views, but no offsets: its executor lays it out.
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

// A pixel of 512 numbers takes 2 KB, so that pixels would meet in one set of the
// cache: each gets a line more. Ports keep the shape that the caller knows.
// CHECK-LABEL: plan.engine @spread_pixels
// CHECK: %[[OUT:.*]] = plan.output "y" : <1x4x4x512xf32, row_major>
// CHECK: %[[WIDE:.*]] = plan.alloc at {{[0-9]+}} : <1x4x4x528xf32, row_major>
// CHECK: %[[VIEW:.*]] = plan.view %[[WIDE]] axis 3 from 0 : <1x4x4x528xf32, row_major> -> <1x4x4x512xf32, row_major>
// CHECK: plan.launch "relu" {{.*}} outs(%[[VIEW]])
// CHECK: plan.launch "exp" {{.*}} ins(%[[VIEW]]) outs(%[[OUT]])
plan.engine @spread_pixels target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<1x4x4x512xf32>
  %y = plan.output "y" : !plan.buffer<1x4x4x512xf32>
  %0 = plan.alloc : !plan.buffer<1x4x4x512xf32>
  plan.launch "relu" by "reference" tactic "reference" ins(%x) outs(%0) : (!plan.buffer<1x4x4x512xf32>) -> !plan.buffer<1x4x4x512xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%0) outs(%y) : (!plan.buffer<1x4x4x512xf32>) -> !plan.buffer<1x4x4x512xf32>
}
