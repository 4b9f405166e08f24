// RUN: graft-opt %s -split-input-file -verify-diagnostics

plan.engine @ports target "cpu" precision "f32" {
  // expected-note @below {{first use}}
  plan.input "x" : !plan.buffer<4xf32>
  // expected-error @below {{name must be unique, got 'x' again}}
  plan.input "x" : !plan.buffer<4xf32>
}

// -----

// expected-error @below {{a dynamic engine has no arena size}}
plan.engine @sizes target "cpu" precision "f32" arena 64 dynamic {
}

// -----

// expected-error @below {{the arena's size is at least 0, got -64}}
plan.engine @negative target "cpu" precision "f32" arena -64 {
}

// -----

plan.engine @foreign target "cpu" precision "f32" {
  // expected-error @below {{an engine holds plan operations only, got 'builtin.module'}}
  builtin.module {
  }
}

// -----

plan.engine @outside_of_the_arena target "cpu" precision "f32" arena 128 {
  // expected-error @below {{must lie in the arena of 128 bytes, got offset 64}}
  plan.alloc at 64 : !plan.buffer<17xf32>
}

// -----

plan.engine @without_offset target "cpu" precision "f32" arena 128 {
  // expected-error @below {{needs an offset, the engine has an arena}}
  plan.alloc : !plan.buffer<16xf32>
}

// -----

plan.engine @unaligned target "cpu" precision "f32" {
  // expected-error @below {{offset must be a multiple of 64, got 32}}
  plan.alloc at 32 : !plan.buffer<16xf32>
}

// -----

plan.engine @dynamic_offset target "cpu" precision "f32" {
  // expected-error @below {{a buffer with an offset has a static shape}}
  plan.alloc at 64 : !plan.buffer<?xf32>
}

// -----

plan.engine @packed_result target "cpu" precision "f32" {
  // expected-error @below {{only constants have a packed layout}}
  plan.alloc : !plan.buffer<4xf32, "blocked">
}

// -----

// expected-error @below {{a buffer holds integers or floats, got 'index'}}
func.func private @element(!plan.buffer<4xindex>)

// -----

plan.engine @constant_shape target "cpu" precision "f32" {
  // expected-error @below {{value and buffer must agree in shape and element type}}
  plan.constant dense<1.0> : tensor<4xf32> -> !plan.buffer<5xf32>
}

// -----

plan.engine @constant_bytes target "cpu" precision "f32" {
  // expected-error @below {{a packed constant holds bytes as tensor<Nxi8>, got 'tensor<4xf32>'}}
  plan.constant dense<1.0> : tensor<4xf32> -> !plan.buffer<4xf32, "blocked">
}

// -----

plan.engine @view_end target "cpu" precision "f32" {
  %0 = plan.input "x" : !plan.buffer<2x8xf32>
  // expected-error @below {{must lie in its parent's 8 indices, got 4 from 5}}
  plan.view %0 axis 1 from 5 : !plan.buffer<2x8xf32> -> !plan.buffer<2x4xf32>
}

// -----

plan.engine @view_axis target "cpu" precision "f32" {
  %0 = plan.input "x" : !plan.buffer<2x8xf32>
  // expected-error @below {{axis must be one of the 2 dimensions of both buffers, got 2}}
  plan.view %0 axis 2 from 0 : !plan.buffer<2x8xf32> -> !plan.buffer<2x4xf32>
}

// -----

plan.engine @view_other_dimension target "cpu" precision "f32" {
  %0 = plan.input "x" : !plan.buffer<2x8xf32>
  // expected-error @below {{only dimension 1 may differ}}
  plan.view %0 axis 1 from 0 : !plan.buffer<2x8xf32> -> !plan.buffer<1x4xf32>
}

// -----

plan.engine @view_dynamic target "cpu" precision "f32" {
  %0 = plan.input "x" : !plan.buffer<?x8xf32>
  // expected-error @below {{the sliced dimension must be static}}
  plan.view %0 axis 0 from 0 : !plan.buffer<?x8xf32> -> !plan.buffer<1x8xf32>
}

// -----

plan.engine @view_type target "cpu" precision "f32" {
  %0 = plan.input "x" : !plan.buffer<2x8xf32>
  // expected-error @below {{a slice has its parent's element type and row-major layout}}
  plan.view %0 axis 0 from 0 : !plan.buffer<2x8xf32> -> !plan.buffer<1x8xi32>
}

// -----

plan.engine @alias_count target "cpu" precision "f32" {
  %0 = plan.input "x" : !plan.buffer<2x8xf32>
  // expected-error @below {{must have as many elements as its parent}}
  plan.alias %0 : !plan.buffer<2x8xf32> -> !plan.buffer<15xf32>
}

// -----

plan.engine @alias_of_slice target "cpu" precision "f32" {
  %0 = plan.input "x" : !plan.buffer<2x8xf32>
  %1 = plan.view %0 axis 1 from 0 : !plan.buffer<2x8xf32> -> !plan.buffer<2x4xf32>
  // expected-error @below {{needs a dense parent, got a slice}}
  plan.alias %1 : !plan.buffer<2x4xf32> -> !plan.buffer<8xf32>
}

// -----

plan.engine @alias_dynamic target "cpu" precision "f32" {
  %0 = plan.input "x" : !plan.buffer<?x8xf32>
  // expected-error @below {{may have one dynamic dimension}}
  plan.alias %0 : !plan.buffer<?x8xf32> -> !plan.buffer<?x?xf32>
}

// -----

plan.engine @writes_constant target "cpu" precision "f32" {
  %0 = plan.input "x" : !plan.buffer<8xf32>
  // expected-note @below {{the buffer}}
  %1 = plan.constant dense<0.0> : tensor<8xf32> -> !plan.buffer<8xf32>
  // expected-error @below {{may write plan.alloc and plan.output, got plan.constant as output 0}}
  plan.launch "relu" ins(%0) outs(%1) : (!plan.buffer<8xf32>) -> !plan.buffer<8xf32>
}

// -----

plan.engine @writes_nothing target "cpu" precision "f32" {
  %0 = plan.input "x" : !plan.buffer<8xf32>
  // expected-error @below {{must write a buffer, got none}}
  plan.launch "relu" ins(%0) outs() : (!plan.buffer<8xf32>) -> ()
}

// -----

plan.engine @tactic_of_nobody target "cpu" precision "f32" {
  %0 = plan.output "x" : !plan.buffer<8xf32>
  // expected-error @below {{a tactic needs a provider}}
  plan.launch "fill" tactic "simd" ins() outs(%0) : () -> !plan.buffer<8xf32>
}

// -----

plan.engine @setting target "cpu" precision "f32" {
  %0 = plan.output "x" : !plan.buffer<8xf32>
  // expected-error @below {{attributes are integers, floats, strings or arrays of i64 or f64, got unit for 'a'}}
  plan.launch "fill" ins() outs(%0) attributes {a} : () -> !plan.buffer<8xf32>
}

// -----

plan.engine @epilogue_operand target "cpu" precision "f32" {
  %0 = plan.input "x" : !plan.buffer<8xf32>
  %1 = plan.output "y" : !plan.buffer<8xf32>
  // expected-error @below {{an epilogue's operand is one of the 1 inputs, got 1}}
  plan.launch "relu" ins(%0) outs(%1) epilogues [#plan.epilogue<add, operand = 1>] : (!plan.buffer<8xf32>) -> !plan.buffer<8xf32>
}

// -----

// expected-error @below {{expected operand, alpha or beta, got gamma}}
func.func private @f() attributes {a = #plan.epilogue<clip, gamma = 1.0>}
