// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-assign-layouts))' -verify-diagnostics

// expected-error @below {{target must be one of cpu, cpu:x86-64-v3, cpu:x86-64-v4[+avx512vnni][+avx512bf16], got 'abacus'}}
plan.engine @unknown target "abacus" precision "f32" {
}
