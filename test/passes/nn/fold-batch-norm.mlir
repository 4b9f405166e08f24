// RUN: graft-opt %s --nn-fold-batch-norm | FileCheck %s

// scale 2, offset 1, mean 3, variance 0.25 and no epsilon: factor 2 / 0.5 = 4, shift 1 - 12.
// CHECK-LABEL: func.func @convolution
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-DAG: %[[W:.*]] = nn.constant dense<{{.*}}4.000000e+00, 8.000000e+00
// CHECK-DAG: %[[B:.*]] = nn.constant dense<-1.100000e+01> : tensor<2xf32>
// CHECK: %[[Y:.*]] = nn.conv2d %[[X]], %[[W]] bias %[[B]]
// CHECK-NOT: nn.batch_norm
// CHECK: return %[[Y]]
func.func @convolution(%x: tensor<?x4x4x1xf32>) -> tensor<?x4x4x2xf32> {
  %w = nn.constant dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>
  %scale = nn.constant dense<2.0> : tensor<2xf32>
  %offset = nn.constant dense<1.0> : tensor<2xf32>
  %mean = nn.constant dense<3.0> : tensor<2xf32>
  %variance = nn.constant dense<0.25> : tensor<2xf32>
  %c = nn.conv2d %x, %w : (tensor<?x4x4x1xf32>, tensor<1x1x1x2xf32>) -> tensor<?x4x4x2xf32>
  %y = nn.batch_norm %c, %scale, %offset, %mean, %variance {epsilon = 0.0} : (tensor<?x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x4x4x2xf32>
  return %y : tensor<?x4x4x2xf32>
}

// An earlier bias is normalised too: 10 becomes 10 * 4 - 11.
// CHECK-LABEL: func.func @bias
// CHECK: nn.constant dense<2.900000e+01> : tensor<1xf32>
// CHECK: nn.matmul
// CHECK-NOT: nn.batch_norm
func.func @bias(%x: tensor<3x1xf32>) -> tensor<3x1xf32> {
  %w = nn.constant dense<1.0> : tensor<1x1xf32>
  %b = nn.constant dense<10.0> : tensor<1xf32>
  %scale = nn.constant dense<2.0> : tensor<1xf32>
  %offset = nn.constant dense<1.0> : tensor<1xf32>
  %mean = nn.constant dense<3.0> : tensor<1xf32>
  %variance = nn.constant dense<0.25> : tensor<1xf32>
  %c = nn.matmul %x, %w bias %b : (tensor<3x1xf32>, tensor<1x1xf32>, tensor<1xf32>) -> tensor<3x1xf32>
  %y = nn.batch_norm %c, %scale, %offset, %mean, %variance {epsilon = 0.0} : (tensor<3x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<3x1xf32>
  return %y : tensor<3x1xf32>
}

// One factor for each channel goes into the weights; it may come in rank 4.
// CHECK-LABEL: func.func @scaling
// CHECK: nn.constant dense<{{.*}}3.000000e+00, 1.000000e+01
// CHECK: nn.conv2d
// CHECK-NOT: nn.mul
func.func @scaling(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> {
  %w = nn.constant dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>
  %f = nn.constant dense<[[[[3.0, 5.0]]]]> : tensor<1x1x1x2xf32>
  %c = nn.conv2d %x, %w : (tensor<1x4x4x1xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %y = nn.mul %f, %c : (tensor<1x1x1x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  return %y : tensor<1x4x4x2xf32>
}

// The convolution's own result is wanted as well, so its weights must stay.
// CHECK-LABEL: func.func @shared
// CHECK: nn.conv2d
// CHECK: nn.batch_norm
func.func @shared(%x: tensor<1x1x1x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) {
  %one = nn.constant dense<1.0> : tensor<1xf32>
  %w = nn.constant dense<1.0> : tensor<1x1x1x1xf32>
  %c = nn.conv2d %x, %w : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %y = nn.batch_norm %c, %one, %one, %one, %one {epsilon = 0.0} : (tensor<1x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x1xf32>
  return %c, %y : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
}

// Scaling does not commute with an activation.
// CHECK-LABEL: func.func @after_activation
// CHECK: nn.batch_norm
func.func @after_activation(%x: tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32> {
  %one = nn.constant dense<1.0> : tensor<1xf32>
  %w = nn.constant dense<1.0> : tensor<1x1x1x1xf32>
  %c = nn.conv2d %x, %w {epilogues = [#nn.epilogue<"relu">]} : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %y = nn.batch_norm %c, %one, %one, %one, %one {epsilon = 0.0} : (tensor<1x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x1xf32>
  return %y : tensor<1x1x1x1xf32>
}

// A bias in between, as an addition: (x + 10 - 3) * 4 + 1 has the bias 29.
// CHECK-LABEL: func.func @bias_between
// CHECK: nn.constant dense<2.900000e+01> : tensor<1xf32>
// CHECK: nn.conv2d {{.*}} bias
// CHECK-NOT: nn.add
// CHECK-NOT: nn.batch_norm
func.func @bias_between(%x: tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32> {
  %w = nn.constant dense<1.0> : tensor<1x1x1x1xf32>
  %b = nn.constant dense<10.0> : tensor<1xf32>
  %scale = nn.constant dense<2.0> : tensor<1xf32>
  %offset = nn.constant dense<1.0> : tensor<1xf32>
  %mean = nn.constant dense<3.0> : tensor<1xf32>
  %variance = nn.constant dense<0.25> : tensor<1xf32>
  %c = nn.conv2d %x, %w : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %a = nn.add %c, %b : (tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x1x1x1xf32>
  %y = nn.batch_norm %a, %scale, %offset, %mean, %variance {epsilon = 0.0} : (tensor<1x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x1xf32>
  return %y : tensor<1x1x1x1xf32>
}

// -----

// Quantized weights take the signs of the factor, and their scales the rest.
// CHECK-LABEL: func.func @codes(
// CHECK-DAG: %[[C:.*]] = nn.constant dense<{{.*}}[-3, 5]]> : tensor<1x2xi8>
// CHECK-DAG: %[[W:.*]] = nn.dequantize %[[C]] {axis = 1 : i64, scale = array<f64: 1.000000e+00, 1.500000e+00>, zero_point = array<i64: 0, 0>}
// CHECK: nn.matmul %arg0, %[[W]] {{.*}} -> tensor<4x2xf32>
func.func @codes(%x: tensor<4x1xf32>) -> tensor<4x2xf32> {
  %c = nn.constant dense<[[3, 5]]> : tensor<1x2xi8>
  %w = nn.dequantize %c {axis = 1 : i64, scale = array<f64: 0.5, 0.5>, zero_point = array<i64: 0, 0>} : (tensor<1x2xi8>) -> tensor<1x2xf32>
  %f = nn.constant dense<[-2.0, 3.0]> : tensor<2xf32>
  %y = nn.matmul %x, %w : (tensor<4x1xf32>, tensor<1x2xf32>) -> tensor<4x2xf32>
  %z = nn.mul %y, %f : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  return %z : tensor<4x2xf32>
}

// -----

// -128 has no negative in i8: the normalisation stays, and nothing that
// was computed for it keeps the pass from coming to an end.
// CHECK-LABEL: func.func @least_code(
// CHECK: nn.matmul
// CHECK: nn.batch_norm
func.func @least_code(%x: tensor<4x1xf32>) -> tensor<4x2xf32> {
  %c = nn.constant dense<[[-128, 5]]> : tensor<1x2xi8>
  %w = nn.dequantize %c {axis = 1 : i64, scale = array<f64: 0.5, 0.5>, zero_point = array<i64: 0, 0>} : (tensor<1x2xi8>) -> tensor<1x2xf32>
  %scale = nn.constant dense<[-2.0, 3.0]> : tensor<2xf32>
  %offset = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %mean = nn.constant dense<[0.5, 0.25]> : tensor<2xf32>
  %variance = nn.constant dense<[4.0, 1.0]> : tensor<2xf32>
  %y = nn.matmul %x, %w : (tensor<4x1xf32>, tensor<1x2xf32>) -> tensor<4x2xf32>
  %z = nn.batch_norm %y, %scale, %offset, %mean, %variance {epsilon = 0.0} : (tensor<4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  return %z : tensor<4x2xf32>
}
