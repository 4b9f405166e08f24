// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-assign-buffers))' -split-input-file -verify-diagnostics

plan.engine @unfinished target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<4xf32>
  %y = plan.output "y" : !plan.buffer<4xf32>
  // expected-error @below {{needs a tactic: plan-select-tactics must run first}}
  plan.launch "relu" ins(%x) outs(%y) : (!plan.buffer<4xf32>) -> !plan.buffer<4xf32>
}

// -----

plan.engine @too_large target "cpu" precision "f32" {
  %y = plan.output "y" : !plan.buffer<4xf32>
  // expected-error @below {{must have a size that fits into memory}}
  %0 = plan.alloc : !plan.buffer<4611686018427387904x4xf32>
  plan.launch "relu" by "reference" tactic "dense" ins(%0) outs(%y) : (!plan.buffer<4611686018427387904x4xf32>) -> !plan.buffer<4xf32>
}
