// RUN: graft-opt %s --nn-simplify | FileCheck %s
// RUN: graft-opt %s --nn-simplify=keep-quantized=true --split-input-file | FileCheck %s --check-prefix=QUANTIZED

// CHECK-LABEL: func.func @pad_into_convolution
// CHECK-NOT: nn.pad
// CHECK: nn.conv2d {{.*}}pads = array<i64: 4, 3, 3, 3>
func.func @pad_into_convolution(%x: tensor<1x8x8x1xf32>, %w: tensor<7x7x1x2xf32>) -> tensor<1x9x8x2xf32> {
  %p = nn.pad %x {low = array<i64: 0, 3, 3, 0>, high = array<i64: 0, 3, 3, 0>} : (tensor<1x8x8x1xf32>) -> tensor<1x14x14x1xf32>
  %y = nn.conv2d %p, %w {pads = array<i64: 1, 0, 0, 0>} : (tensor<1x14x14x1xf32>, tensor<7x7x1x2xf32>) -> tensor<1x9x8x2xf32>
  return %y : tensor<1x9x8x2xf32>
}

// After a relu a zero is never above the largest element.
// CHECK-LABEL: func.func @pad_into_pooling
// CHECK-NOT: nn.pad
// CHECK: nn.max_pool2d {{.*}}pads = array<i64: 1, 1, 1, 1>
func.func @pad_into_pooling(%x: tensor<1x8x8x1xf32>) -> tensor<1x8x8x1xf32> {
  %r = nn.relu %x : (tensor<1x8x8x1xf32>) -> tensor<1x8x8x1xf32>
  %p = nn.pad %r {low = array<i64: 0, 1, 1, 0>, high = array<i64: 0, 1, 1, 0>} : (tensor<1x8x8x1xf32>) -> tensor<1x10x10x1xf32>
  %y = nn.max_pool2d %p {window = array<i64: 3, 3>} : (tensor<1x10x10x1xf32>) -> tensor<1x8x8x1xf32>
  return %y : tensor<1x8x8x1xf32>
}

// Without one it may be.
// CHECK-LABEL: func.func @zero_may_win
// CHECK: nn.pad
func.func @zero_may_win(%x: tensor<1x8x8x1xf32>) -> tensor<1x8x8x1xf32> {
  %p = nn.pad %x {low = array<i64: 0, 1, 1, 0>, high = array<i64: 0, 1, 1, 0>} : (tensor<1x8x8x1xf32>) -> tensor<1x10x10x1xf32>
  %y = nn.max_pool2d %p {window = array<i64: 3, 3>} : (tensor<1x10x10x1xf32>) -> tensor<1x8x8x1xf32>
  return %y : tensor<1x8x8x1xf32>
}

// A window that sees nothing but padding would have no element.
// CHECK-LABEL: func.func @window_in_padding
// CHECK: nn.pad
func.func @window_in_padding(%x: tensor<1x8x8x1xf32>) -> tensor<1x11x8x1xf32> {
  %r = nn.relu %x : (tensor<1x8x8x1xf32>) -> tensor<1x8x8x1xf32>
  %p = nn.pad %r {low = array<i64: 0, 2, 0, 0>, high = array<i64: 0, 2, 0, 0>} : (tensor<1x8x8x1xf32>) -> tensor<1x12x8x1xf32>
  %y = nn.max_pool2d %p {window = array<i64: 2, 1>} : (tensor<1x12x8x1xf32>) -> tensor<1x11x8x1xf32>
  return %y : tensor<1x11x8x1xf32>
}

// Other values than zero stay.
// CHECK-LABEL: func.func @other_value
// CHECK: nn.pad
func.func @other_value(%x: tensor<1x8x8x1xf32>, %w: tensor<3x3x1x2xf32>) -> tensor<1x8x8x2xf32> {
  %p = nn.pad %x {low = array<i64: 0, 1, 1, 0>, high = array<i64: 0, 1, 1, 0>, value = 1.0} : (tensor<1x8x8x1xf32>) -> tensor<1x10x10x1xf32>
  %y = nn.conv2d %p, %w : (tensor<1x10x10x1xf32>, tensor<3x3x1x2xf32>) -> tensor<1x8x8x2xf32>
  return %y : tensor<1x8x8x2xf32>
}

// What a channels-first model leaves: the pairs meet and disappear.
// CHECK-LABEL: func.func @channels_first
// CHECK-NOT: nn.transpose
// CHECK: nn.relu %{{.*}} : (tensor<1x8x8x2xf32>)
// CHECK: nn.concat {{.*}} {axis = 3 : i64}
// CHECK: nn.reduce {{.*}}axes = array<i64: 1, 2>
// CHECK: return
func.func @channels_first(%x: tensor<1x8x8x2xf32>, %z: tensor<1x8x8x3xf32>) -> tensor<1x5xf32> {
  %a = nn.transpose %x {perm = array<i64: 0, 3, 1, 2>} : (tensor<1x8x8x2xf32>) -> tensor<1x2x8x8xf32>
  %b = nn.transpose %z {perm = array<i64: 0, 3, 1, 2>} : (tensor<1x8x8x3xf32>) -> tensor<1x3x8x8xf32>
  %r = nn.relu %a : (tensor<1x2x8x8xf32>) -> tensor<1x2x8x8xf32>
  %c = nn.concat %r, %b {axis = 1 : i64} : (tensor<1x2x8x8xf32>, tensor<1x3x8x8xf32>) -> tensor<1x5x8x8xf32>
  %m = nn.reduce %c {kind = "mean", axes = array<i64: 2, 3>} : (tensor<1x5x8x8xf32>) -> tensor<1x5xf32>
  return %m : tensor<1x5xf32>
}

// A constant of one element sinks with it, but one of more dimensions than the
// transposed tensor has makes others of the result's.
// CHECK-LABEL: func.func @transpose_of_another_rank
// CHECK: %[[T:.*]] = nn.transpose %arg0 {perm = array<i64: 1, 0>}
// CHECK: %[[M:.*]] = nn.mul %[[T]], {{.*}} : (tensor<5x3xf32>, tensor<1x1x1xf32>) -> tensor<1x5x3xf32>
// CHECK: %[[A:.*]] = nn.add {{.*}}%arg0{{.*}} : (tensor<3x5xf32>, tensor<1x1xf32>) -> tensor<3x5xf32>
// CHECK: %[[B:.*]] = nn.transpose %[[A]] {perm = array<i64: 1, 0>} : (tensor<3x5xf32>) -> tensor<5x3xf32>
// CHECK: return %[[M]], %[[B]]
func.func @transpose_of_another_rank(%x: tensor<3x5xf32>) -> (tensor<1x5x3xf32>, tensor<5x3xf32>) {
  %c = nn.constant dense<2.5> : tensor<1x1x1xf32>
  %d = nn.constant dense<2.5> : tensor<1x1xf32>
  %a = nn.transpose %x {perm = array<i64: 1, 0>} : (tensor<3x5xf32>) -> tensor<5x3xf32>
  %b = nn.transpose %x {perm = array<i64: 1, 0>} : (tensor<3x5xf32>) -> tensor<5x3xf32>
  %y = nn.mul %a, %c : (tensor<5x3xf32>, tensor<1x1x1xf32>) -> tensor<1x5x3xf32>
  %z = nn.add %b, %d : (tensor<5x3xf32>, tensor<1x1xf32>) -> tensor<5x3xf32>
  return %y, %z : tensor<1x5x3xf32>, tensor<5x3xf32>
}

// CHECK-LABEL: func.func @factor_of_one
// CHECK: %[[Y:.*]] = nn.sigmoid %arg0
// CHECK: return %[[Y]]
func.func @factor_of_one(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %one = nn.constant dense<1.0> : tensor<f32>
  %b = nn.mul %one, %x : (tensor<f32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %y = nn.sigmoid %b : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// A dense layer as frameworks flatten it: one product, whose bias, function and
// residual can ride.
// CHECK-LABEL: func.func @dense_layer
// CHECK-NOT: nn.reshape
// CHECK: %[[P:.*]] = nn.matmul %arg0, %arg1 : (tensor<?x3x4xf32>, tensor<4x2xf32>) -> tensor<?x3x2xf32>
// CHECK: nn.add %[[P]]
// CHECK-NOT: nn.reshape
func.func @dense_layer(%x: tensor<?x3x4xf32>, %w: tensor<4x2xf32>, %r: tensor<?x3x2xf32>) -> tensor<?x3x2xf32> {
  %f = nn.reshape %x {shape = array<i64: -1, 4>} : (tensor<?x3x4xf32>) -> tensor<?x4xf32>
  %p = nn.matmul %f, %w : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
  %s = nn.reshape %p {shape = array<i64: -1, 3, 2>} : (tensor<?x2xf32>) -> tensor<?x3x2xf32>
  %y = nn.add %s, %r : (tensor<?x3x2xf32>, tensor<?x3x2xf32>) -> tensor<?x3x2xf32>
  return %y : tensor<?x3x2xf32>
}

// The rows come back in another arrangement: only constants and functions pass.
// CHECK-LABEL: func.func @heads
// CHECK: nn.matmul
// CHECK: nn.add {{.*}} (tensor<3x4xf32>, tensor<4xf32>)
// CHECK: nn.mul {{.*}} (tensor<3x4xf32>, tensor<f32>)
// CHECK: nn.relu
// CHECK: %[[S:.*]] = nn.reshape
// CHECK: nn.add %[[S]], %arg2
func.func @heads(%x: tensor<3x4xf32>, %w: tensor<4x4xf32>, %r: tensor<3x2x2xf32>) -> tensor<3x2x2xf32> {
  %b = nn.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %half = nn.constant dense<0.5> : tensor<1x1x1xf32>
  %p = nn.matmul %x, %w : (tensor<3x4xf32>, tensor<4x4xf32>) -> tensor<3x4xf32>
  %s = nn.reshape %p {shape = array<i64: 3, 2, 2>} : (tensor<3x4xf32>) -> tensor<3x2x2xf32>
  %a = nn.add %s, %b : (tensor<3x2x2xf32>, tensor<2x2xf32>) -> tensor<3x2x2xf32>
  %m = nn.mul %a, %half : (tensor<3x2x2xf32>, tensor<1x1x1xf32>) -> tensor<3x2x2xf32>
  %f = nn.relu %m : (tensor<3x2x2xf32>) -> tensor<3x2x2xf32>
  %y = nn.add %f, %r : (tensor<3x2x2xf32>, tensor<3x2x2xf32>) -> tensor<3x2x2xf32>
  return %y : tensor<3x2x2xf32>
}

// Heads out of a part of a merged projection are a part of its heads.
// CHECK-LABEL: func.func @sliced_heads
// CHECK: %[[H:.*]] = nn.reshape %arg0 {shape = array<i64: -1, 3, 6, 4>} : (tensor<?x3x24xf32>) -> tensor<?x3x6x4xf32>
// CHECK: nn.slice %[[H]] {begin = array<i64: 0, 0, 2, 0>, size = array<i64: -1, -1, 2, -1>} : (tensor<?x3x6x4xf32>) -> tensor<?x3x2x4xf32>
func.func @sliced_heads(%x: tensor<?x3x24xf32>) -> tensor<?x3x2x4xf32> {
  %s = nn.slice %x {begin = array<i64: 0, 0, 8>, size = array<i64: -1, -1, 8>} : (tensor<?x3x24xf32>) -> tensor<?x3x8xf32>
  %y = nn.reshape %s {shape = array<i64: -1, 3, 2, 4>} : (tensor<?x3x8xf32>) -> tensor<?x3x2x4xf32>
  return %y : tensor<?x3x2x4xf32>
}

// It begins within a head.
// CHECK-LABEL: func.func @cut_heads
// CHECK: nn.slice %arg0
// CHECK: nn.reshape
func.func @cut_heads(%x: tensor<1x3x24xf32>) -> tensor<1x3x2x4xf32> {
  %s = nn.slice %x {begin = array<i64: 0, 0, 2>, size = array<i64: -1, -1, 8>} : (tensor<1x3x24xf32>) -> tensor<1x3x8xf32>
  %y = nn.reshape %s {shape = array<i64: 1, 3, 2, 4>} : (tensor<1x3x8xf32>) -> tensor<1x3x2x4xf32>
  return %y : tensor<1x3x2x4xf32>
}

// -----

// Weights that a quantized network rounds: f32 again, or i8 values.
// CHECK-LABEL: func.func @rounded_weights(
// CHECK: %[[W:.*]] = nn.constant dense<{{.*}}[-1.000000e+00, 5.000000e-01]]> : tensor<1x2xf32>
// CHECK: nn.matmul %arg0, %[[W]]
// QUANTIZED-LABEL: func.func @rounded_weights(
// QUANTIZED: %[[C:.*]] = nn.constant dense<{{.*}}[-2, 1]]> : tensor<1x2xi8>
// QUANTIZED: %[[W:.*]] = nn.dequantize %[[C]] {scale = array<f64: 5.000000e-01>, zero_point = array<i64: 0>}
// QUANTIZED: nn.matmul %arg0, %[[W]]
func.func @rounded_weights(%x: tensor<1x1xf32>) -> tensor<1x2xf32> {
  %c = nn.constant dense<[[-9.0, 0.4]]> : tensor<1x2xf32>
  %low = nn.constant dense<-1.0> : tensor<f32>
  %b = nn.maximum %c, %low : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32>
  %q = nn.quantize %b {scale = array<f64: 0.5>, zero_point = array<i64: 128>, to = "u8"} : (tensor<1x2xf32>) -> tensor<1x2xui8>
  %w = nn.dequantize %q {scale = array<f64: 0.5>, zero_point = array<i64: 128>} : (tensor<1x2xui8>) -> tensor<1x2xf32>
  %y = nn.matmul %x, %w : (tensor<1x1xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}
