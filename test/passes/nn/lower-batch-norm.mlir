// RUN: graft-opt %s --nn-lower-batch-norm | FileCheck %s

// 4 x / sqrt(3 + 1) + 5 - 2 2 = 2 x + 1 in the one channel, 3 x - 1 in the other.
// CHECK-LABEL: func.func @norm
// CHECK-DAG: %[[W:.*]] = nn.constant dense<{{\[+}}2.000000e+00, 3.000000e+00]]]]> : tensor<1x1x1x2xf32>
// CHECK-DAG: %[[B:.*]] = nn.constant dense<[1.000000e+00, -1.000000e+00]> : tensor<2xf32>
// CHECK: %[[Y:.*]] = nn.conv2d %{{.*}}, %[[W]] bias %[[B]] {groups = 2 : i64} : {{.*}} -> tensor<?x4x4x2xf32>
// CHECK: return %[[Y]]
func.func @norm(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
  %scale = nn.constant dense<[4.0, 6.0]> : tensor<2xf32>
  %offset = nn.constant dense<[5.0, 5.0]> : tensor<2xf32>
  %mean = nn.constant dense<2.0> : tensor<2xf32>
  %variance = nn.constant dense<3.0> : tensor<2xf32>
  %y = nn.batch_norm %x, %scale, %offset, %mean, %variance {epsilon = 1.0 : f64} : (tensor<?x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x4x4x2xf32>
  return %y : tensor<?x4x4x2xf32>
}

// Parameters that are not known, another precision, and rows.
// CHECK-LABEL: func.func @kept
// CHECK-COUNT-3: nn.batch_norm
func.func @kept(%x: tensor<1x4x4x2xf32>, %h: tensor<1x4x4x2xf16>, %r: tensor<4x2xf32>, %p: tensor<2xf32>) -> (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf16>, tensor<4x2xf32>) {
  %one = nn.constant dense<1.0> : tensor<2xf32>
  %a = nn.batch_norm %x, %one, %p, %one, %one {epsilon = 1.0 : f64} : (tensor<1x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %b = nn.batch_norm %h, %one, %one, %one, %one {epsilon = 1.0 : f64} : (tensor<1x4x4x2xf16>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf16>
  %c = nn.batch_norm %r, %one, %one, %one, %one {epsilon = 1.0 : f64} : (tensor<4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  return %a, %b, %c : tensor<1x4x4x2xf32>, tensor<1x4x4x2xf16>, tensor<4x2xf32>
}
