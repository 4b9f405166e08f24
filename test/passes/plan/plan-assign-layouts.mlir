// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-assign-layouts))' | FileCheck %s

// Buffers of the CPU are row-major; a packed constant keeps its provider's form,
// and views have the layout of what they are views of.
// CHECK-LABEL: plan.engine @cpu
plan.engine @cpu target "cpu" precision "f32" {
  // CHECK: plan.input "x" : <2x8xf32, row_major>
  %x = plan.input "x" : !plan.buffer<2x8xf32>
  // CHECK: plan.output "y" : <2x4xf32, row_major>
  %y = plan.output "y" : !plan.buffer<2x4xf32>
  // CHECK: plan.constant {{.*}} -> <8x4xf32, blocked>
  %w = plan.constant dense<0> : tensor<128xi8> -> !plan.buffer<8x4xf32, blocked>
  // CHECK: plan.view {{.*}} : <2x8xf32, row_major> -> <2x4xf32, row_major>
  %v = plan.view %x axis 1 from 0 : !plan.buffer<2x8xf32> -> !plan.buffer<2x4xf32>
  // CHECK: plan.launch "relu" ins(%view) outs(%out) : (!plan.buffer<2x4xf32, row_major>) -> !plan.buffer<2x4xf32, row_major>
  plan.launch "relu" ins(%v) outs(%y) : (!plan.buffer<2x4xf32>) -> !plan.buffer<2x4xf32>
}
