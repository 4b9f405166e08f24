// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-assign-layouts))' -verify-diagnostics

// expected-error @below {{target must be one of cpu, got 'abacus'}}
plan.engine @unknown target "abacus" precision "f32" {
}
