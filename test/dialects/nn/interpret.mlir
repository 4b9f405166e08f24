// RUN: graft-opt %s --nn-interpret --split-input-file --verify-diagnostics | FileCheck %s

// Functions without arguments become their results. A 2x2 window of ones over 1..9
// with one row of padding below.
// CHECK-LABEL: func.func @convolution() -> tensor<1x3x2x1xf32>
// CHECK-NEXT: nn.constant dense<{{\[\[\[\[}}1.200000e+01], [1.600000e+01]{{\], \[\[}}2.400000e+01], [2.800000e+01]{{\], \[\[}}1.500000e+01], [1.700000e+01{{\]\]\]\]}}>
// CHECK-NEXT: return
func.func @convolution() -> tensor<1x3x2x1xf32> {
  %x = nn.constant dense<[[[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]], [[7.0], [8.0], [9.0]]]]> : tensor<1x3x3x1xf32>
  %w = nn.constant dense<1.0> : tensor<2x2x1x1xf32>
  %y = nn.conv2d %x, %w {pads = array<i64: 0, 1, 0, 0>} : (tensor<1x3x3x1xf32>, tensor<2x2x1x1xf32>) -> tensor<1x3x2x1xf32>
  return %y : tensor<1x3x2x1xf32>
}

// Bias, then the epilogues in their order: ([1 2] + [10 -30] + [1 1]) clipped to [0, 12].
// CHECK-LABEL: func.func @epilogues
// CHECK-NEXT: nn.constant dense<{{\[\[}}1.200000e+01, 0.000000e+00]]>
func.func @epilogues() -> tensor<1x2xf32> {
  %a = nn.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %b = nn.constant dense<[[1.0, 0.0], [0.0, 1.0]]> : tensor<2x2xf32>
  %bias = nn.constant dense<[10.0, -30.0]> : tensor<2xf32>
  %r = nn.constant dense<1.0> : tensor<2xf32>
  %y = nn.matmul %a, %b bias %bias epilogue(%r) {epilogues = [
      #nn.epilogue<"add", operand = 0>, #nn.epilogue<"clip", alpha = 0.0, beta = 12.0>]}
      : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// Sizes that the types leave open are those of the values; the function's type says
// what came out.
// CHECK-LABEL: func.func @dynamic() -> tensor<2xi64>
// CHECK-NEXT: nn.constant dense<[1, 4]>
func.func @dynamic() -> tensor<?xi64> {
  %x = nn.constant dense<[1, 2, 4]> : tensor<3xi64>
  %i = nn.constant dense<[0, 2]> : tensor<2xi32>
  %y = nn.gather %x, %i {axis = 0} : (tensor<3xi64>, tensor<2xi32>) -> tensor<?xi64>
  return %y : tensor<?xi64>
}

// A function with arguments stays.
// CHECK-LABEL: func.func @open
// CHECK-NEXT: nn.relu
func.func @open(%x: tensor<2xf32>) -> tensor<2xf32> {
  %y = nn.relu %x : (tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

// expected-error @below {{'nn.gather': gather:}}
module {
  func.func @outside() -> tensor<1xf32> {
    %x = nn.constant dense<[1.0]> : tensor<1xf32>
    %i = nn.constant dense<[1]> : tensor<1xi32>
    %y = nn.gather %x, %i {axis = 0} : (tensor<1xf32>, tensor<1xi32>) -> tensor<1xf32>
    return %y : tensor<1xf32>
  }
}
