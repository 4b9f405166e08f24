// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-assign-layouts,plan-assign-buffers))' -split-input-file | FileCheck %s

// The reference kernels take slices. A tactic that the provider does not have
// ("dense") counts as one that takes none: that is how these cases say which.

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

// -----

// A kernel that cannot write a slice keeps the buffer as it is.
// CHECK-LABEL: plan.engine @dense_kernel
// CHECK-NOT: plan.view
// CHECK: plan.alloc at {{[0-9]+}} : <1x4x4x512xf32, row_major>
// CHECK-NOT: plan.view
plan.engine @dense_kernel target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<1x4x4x512xf32>
  %y = plan.output "y" : !plan.buffer<1x4x4x512xf32>
  %0 = plan.alloc : !plan.buffer<1x4x4x512xf32>
  plan.launch "relu" by "reference" tactic "dense" ins(%x) outs(%0) : (!plan.buffer<1x4x4x512xf32>) -> !plan.buffer<1x4x4x512xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%0) outs(%y) : (!plan.buffer<1x4x4x512xf32>) -> !plan.buffer<1x4x4x512xf32>
}

// -----

// A line holds 32 numbers of 16 bits. Pixels of other sizes, and tensors that have none, stay as they are.
// CHECK-LABEL: plan.engine @other_pixels
// CHECK: plan.alloc at {{[0-9]+}} : <1x4x4x1056xbf16, row_major>
// CHECK: plan.alloc at {{[0-9]+}} : <1x4x4x528xf32, row_major>
// CHECK: plan.alloc at {{[0-9]+}} : <16x512xf32, row_major>
plan.engine @other_pixels target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<1x4x4x1024xbf16>
  %x2 = plan.input "x2" : !plan.buffer<1x4x4x528xf32>
  %x3 = plan.input "x3" : !plan.buffer<16x512xf32>
  %y = plan.output "y" : !plan.buffer<1x4x4x1024xbf16>
  %y2 = plan.output "y2" : !plan.buffer<1x4x4x528xf32>
  %y3 = plan.output "y3" : !plan.buffer<16x512xf32>
  %0 = plan.alloc : !plan.buffer<1x4x4x1024xbf16>
  plan.launch "relu" by "reference" tactic "reference" ins(%x) outs(%0) : (!plan.buffer<1x4x4x1024xbf16>) -> !plan.buffer<1x4x4x1024xbf16>
  plan.launch "exp" by "reference" tactic "reference" ins(%0) outs(%y) : (!plan.buffer<1x4x4x1024xbf16>) -> !plan.buffer<1x4x4x1024xbf16>
  %1 = plan.alloc : !plan.buffer<1x4x4x528xf32>
  plan.launch "relu" by "reference" tactic "reference" ins(%x2) outs(%1) : (!plan.buffer<1x4x4x528xf32>) -> !plan.buffer<1x4x4x528xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%1) outs(%y2) : (!plan.buffer<1x4x4x528xf32>) -> !plan.buffer<1x4x4x528xf32>
  %2 = plan.alloc : !plan.buffer<16x512xf32>
  plan.launch "relu" by "reference" tactic "reference" ins(%x3) outs(%2) : (!plan.buffer<16x512xf32>) -> !plan.buffer<16x512xf32>
  plan.launch "exp" by "reference" tactic "reference" ins(%2) outs(%y3) : (!plan.buffer<16x512xf32>) -> !plan.buffer<16x512xf32>
}
