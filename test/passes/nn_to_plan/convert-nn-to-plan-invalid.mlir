// RUN: graft-opt %s -convert-nn-to-plan -split-input-file -verify-diagnostics

func.func @foreign(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{an engine takes nn operations only, got 'func.call'}}
  %0 = func.call @foreign(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error @below {{an engine takes ranked tensors of numbers and truth values, got 'tensor<*xf32>'}}
func.func @unranked(%x: tensor<*xf32>) {
  return
}

// -----

// expected-error @below {{an engine takes ranked tensors of numbers and truth values, got 'i32'}}
func.func @scalar(%x: i32) {
  return
}
