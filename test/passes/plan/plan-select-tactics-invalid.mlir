// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-select-tactics))' -split-input-file -verify-diagnostics

plan.engine @no_layout target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<4xf32>
  %y = plan.output "y" : !plan.buffer<4xf32>
  // expected-error @below {{buffers need a layout: plan-assign-layouts must run first, got '!plan.buffer<4xf32>'}}
  plan.launch "relu" ins(%x) outs(%y) : (!plan.buffer<4xf32>) -> !plan.buffer<4xf32>
}

// -----

plan.engine @nobody target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<4xf32, row_major>
  %y = plan.output "y" : !plan.buffer<4xf32, row_major>
  // expected-error @below {{no provider takes 'levitate' of these types}}
  plan.launch "levitate" ins(%x) outs(%y) : (!plan.buffer<4xf32, row_major>) -> !plan.buffer<4xf32, row_major>
}

// -----

plan.engine @stranger target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<4xf32, row_major>
  %y = plan.output "y" : !plan.buffer<4xf32, row_major>
  // expected-error @below {{provider 'stranger' is none of target 'cpu'}}
  plan.launch "relu" by "stranger" tactic "any" ins(%x) outs(%y) : (!plan.buffer<4xf32, row_major>) -> !plan.buffer<4xf32, row_major>
}
