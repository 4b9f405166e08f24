// RUN: graft-opt %s -canonicalize | FileCheck %s

// A slice of a slice stays: it is part of what makes the outer slice whole.
// CHECK-LABEL: plan.engine @nested
plan.engine @nested target "cpu" precision "f32" {
  // CHECK: %[[X:.*]] = plan.input
  %x = plan.input "x" : !plan.buffer<2x8xf32>
  %y = plan.output "y" : !plan.buffer<2x2xf32>
  // CHECK: %[[V:.*]] = plan.view %[[X]] axis 1 from 3
  %0 = plan.view %x axis 1 from 3 : !plan.buffer<2x8xf32> -> !plan.buffer<2x4xf32>
  // CHECK: %[[W:.*]] = plan.view %[[V]] axis 1 from 1
  %1 = plan.view %0 axis 1 from 1 : !plan.buffer<2x4xf32> -> !plan.buffer<2x2xf32>
  // CHECK-NEXT: plan.launch "relu" ins(%[[W]])
  plan.launch "relu" ins(%1) outs(%y) : (!plan.buffer<2x2xf32>) -> !plan.buffer<2x2xf32>
}

// A slice of everything and an alias of the same type are the buffer itself; an
// alias of an alias goes to the buffer.
// CHECK-LABEL: plan.engine @whole
plan.engine @whole target "cpu" precision "f32" {
  // CHECK: %[[X:.*]] = plan.input
  %x = plan.input "x" : !plan.buffer<2x8xf32>
  // CHECK: %[[Y:.*]] = plan.output
  %y = plan.output "y" : !plan.buffer<2x8xf32>
  // CHECK: %[[Z:.*]] = plan.output
  %z = plan.output "z" : !plan.buffer<4x4xf32>
  %0 = plan.view %x axis 1 from 0 : !plan.buffer<2x8xf32> -> !plan.buffer<2x8xf32>
  %1 = plan.alias %0 : !plan.buffer<2x8xf32> -> !plan.buffer<2x8xf32>
  %2 = plan.alias %1 : !plan.buffer<2x8xf32> -> !plan.buffer<16xf32>
  // CHECK: %[[A:.*]] = plan.alias %[[X]] : <2x8xf32> -> <4x4xf32>
  %3 = plan.alias %2 : !plan.buffer<16xf32> -> !plan.buffer<4x4xf32>
  // CHECK-NEXT: plan.launch "relu" ins(%[[X]]) outs(%[[Y]])
  plan.launch "relu" ins(%1) outs(%y) : (!plan.buffer<2x8xf32>) -> !plan.buffer<2x8xf32>
  // CHECK-NEXT: plan.launch "relu" ins(%[[A]]) outs(%[[Z]])
  plan.launch "relu" ins(%3) outs(%z) : (!plan.buffer<4x4xf32>) -> !plan.buffer<4x4xf32>
}

// A launch whose results nobody reads goes, and its buffer and constant with it;
// ports stay.
// CHECK-LABEL: plan.engine @dead
// CHECK-NEXT: plan.input "x"
// CHECK-NEXT: plan.output "y"
// CHECK-NEXT: }
plan.engine @dead target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<2x8xf32>
  %y = plan.output "y" : !plan.buffer<2x8xf32>
  %c = plan.constant dense<1.0> : tensor<2x8xf32> -> !plan.buffer<2x8xf32>
  %t = plan.alloc : !plan.buffer<2x8xf32>
  plan.launch "add" ins(%x, %c) outs(%t) : (!plan.buffer<2x8xf32>, !plan.buffer<2x8xf32>) -> !plan.buffer<2x8xf32>
}
