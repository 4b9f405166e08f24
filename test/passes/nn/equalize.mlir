// RUN: graft-opt %s --nn-equalize --split-input-file | FileCheck %s
// RUN: graft-opt %s --nn-equalize=on-demand --split-input-file | FileCheck %s --check-prefix=DEMAND

// Only the last module's table requires it.
// DEMAND-COUNT-1: dense<{{.*}}[1.600000e+01, 1.000000e+00]]> : tensor<1x2xf32>
// DEMAND-LABEL: func.func @wanted(
// DEMAND: dense<4.000000e+00> : tensor<1x1xf32>

// The first channel is 16 times as large before as behind, the second 4 times as
// large behind. Factors are powers of two, and the bias of the first has them, too.
// CHECK-LABEL: func.func @chain(
// CHECK-DAG: %[[A:.*]] = nn.constant dense<{{.*}}[4.000000e+00, 2.000000e+00]]> : tensor<1x2xf32>
// CHECK-DAG: %[[B:.*]] = nn.constant dense<[7.500000e-01, 6.000000e+00]> : tensor<2xf32>
// CHECK-DAG: %[[C:.*]] = nn.constant dense<{{.*}}[4.000000e+00], [2.000000e+00]]> : tensor<2x1xf32>
// CHECK: %[[Y:.*]] = nn.matmul %arg0, %[[A]] bias %[[B]]
// CHECK: nn.matmul %[[Y]], %[[C]]
func.func @chain(%x: tensor<4x1xf32>) -> tensor<4x1xf32> {
  %a = nn.constant dense<[[16.0, 1.0]]> : tensor<1x2xf32>
  %b = nn.constant dense<3.0> : tensor<2xf32>
  %c = nn.constant dense<[[1.0], [4.0]]> : tensor<2x1xf32>
  %y = nn.matmul %x, %a bias %b {epilogues = [#nn.epilogue<"relu">]} : (tensor<4x1xf32>, tensor<1x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  %z = nn.matmul %y, %c : (tensor<4x2xf32>, tensor<2x1xf32>) -> tensor<4x1xf32>
  return %z : tensor<4x1xf32>
}

// -----

// A clip has bounds that do not scale, and another reader would see the change.
// CHECK-LABEL: func.func @not(
// CHECK: nn.constant dense<1.600000e+01> : tensor<1x1xf32>
// CHECK: nn.constant dense<1.000000e+00> : tensor<1x1xf32>
// CHECK-NOT: nn.constant
// CHECK: return
func.func @not(%x: tensor<4x1xf32>) -> (tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>) {
  %a = nn.constant dense<16.0> : tensor<1x1xf32>
  %c = nn.constant dense<1.0> : tensor<1x1xf32>
  %y = nn.matmul %x, %a {epilogues = [#nn.epilogue<"clip", alpha = 0.0, beta = 6.0>]} : (tensor<4x1xf32>, tensor<1x1xf32>) -> tensor<4x1xf32>
  %z = nn.matmul %y, %c : (tensor<4x1xf32>, tensor<1x1xf32>) -> tensor<4x1xf32>
  %u = nn.matmul %x, %a : (tensor<4x1xf32>, tensor<1x1xf32>) -> tensor<4x1xf32>
  %v = nn.matmul %u, %c : (tensor<4x1xf32>, tensor<1x1xf32>) -> tensor<4x1xf32>
  return %z, %v, %u : tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>
}

// -----

// Through a depthwise convolution, whose channels are one by one.
// CHECK-LABEL: func.func @depthwise(
// CHECK-DAG: nn.constant dense<{{.*}}[4.000000e+00, 1.000000e+00]]]]> : tensor<1x1x1x2xf32>
// CHECK-DAG: nn.constant dense<{{.*}}[4.000000e+00, 1.000000e+00]]]]> : tensor<1x1x1x2xf32>
// CHECK: return
func.func @depthwise(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> {
  %a = nn.constant dense<[[[[16.0, 1.0]]]]> : tensor<1x1x1x2xf32>
  %c = nn.constant dense<1.0> : tensor<1x1x1x2xf32>
  %y = nn.conv2d %x, %a : (tensor<1x4x4x1xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %z = nn.conv2d %y, %c {groups = 2 : i64} : (tensor<1x4x4x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  return %z : tensor<1x4x4x2xf32>
}

// -----

// CHECK-LABEL: func.func @wanted(
// CHECK: dense<4.000000e+00> : tensor<1x1xf32>
module attributes {nn.ranges = "{\22schema_version\22: 1, \22algorithm\22: \22minmax\22, \22equalized\22: true, \22data\22: {\22hash\22: \220000000000000000\22, \22samples\22: 1}, \22tensors\22: {}}"} {
  func.func @wanted(%x: tensor<4x1xf32>) -> tensor<4x1xf32> {
    %a = nn.constant dense<16.0> : tensor<1x1xf32>
    %c = nn.constant dense<1.0> : tensor<1x1xf32>
    %y = nn.matmul %x, %a : (tensor<4x1xf32>, tensor<1x1xf32>) -> tensor<4x1xf32>
    %z = nn.matmul %y, %c : (tensor<4x1xf32>, tensor<1x1xf32>) -> tensor<4x1xf32>
    return %z : tensor<4x1xf32>
  }
}
