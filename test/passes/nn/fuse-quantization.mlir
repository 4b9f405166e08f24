// RUN: graft-opt %s --nn-fuse-quantization --split-input-file | FileCheck %s

// Quantized products: the zero point is an attribute, the scales a factor for each
// channel, the bias and the activation come behind it, and the result is written
// as u8.
// CHECK-LABEL: func.func @conv(
// CHECK-SAME: %[[X:.*]]: tensor<1x4x4x2xui8>
// CHECK-DAG: %[[W:.*]] = nn.constant dense<3> : tensor<1x1x2x2xi8>
// CHECK-DAG: %[[F:.*]] = nn.constant dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>
// CHECK-DAG: %[[B:.*]] = nn.constant dense<1.000000e+00> : tensor<2xf32>
// CHECK: %[[Y:.*]] = nn.conv2d %[[X]], %[[W]] epilogue(%[[F]], %[[B]])
// CHECK-SAME: epilogues = [#nn.epilogue<"mul", operand = 0>, #nn.epilogue<"add", operand = 1>, #nn.epilogue<"relu">, #nn.epilogue<"quantize", alpha = 1.250000e-01>]
// CHECK-SAME: to = "u8", zero_point = 128 : i64
// CHECK-SAME: -> tensor<1x4x4x2xui8>
// CHECK-NEXT: return %[[Y]]
func.func @conv(%q: tensor<1x4x4x2xui8>) -> tensor<1x4x4x2xui8> {
  %x = nn.dequantize %q {scale = array<f64: 0.5>, zero_point = array<i64: 128>} : (tensor<1x4x4x2xui8>) -> tensor<1x4x4x2xf32>
  %c = nn.constant dense<3> : tensor<1x1x2x2xi8>
  %w = nn.dequantize %c {scale = array<f64: 1.0, 0.5>, zero_point = array<i64: 0, 0>} : (tensor<1x1x2x2xi8>) -> tensor<1x1x2x2xf32>
  %b = nn.constant dense<1.0> : tensor<2xf32>
  %y = nn.conv2d %x, %w bias %b {epilogues = [#nn.epilogue<"relu">]} : (tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %z = nn.quantize %y {scale = array<f64: 0.125>, zero_point = array<i64: 0>, to = "u8"} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xui8>
  return %z : tensor<1x4x4x2xui8>
}

// -----

// A residual branch is read quantized. A result that another reads as f32 is not
// written quantized.
// CHECK-LABEL: func.func @residual(
// CHECK-SAME: %[[X:.*]]: tensor<2x4xui8>, %[[R:.*]]: tensor<2x4xui8>
// CHECK: %[[Y:.*]] = nn.matmul %[[X]], %{{.*}} epilogue(%{{.*}}, %[[R]])
// CHECK-SAME: epilogues = [#nn.epilogue<"mul", operand = 0>, #nn.epilogue<"add", operand = 1, alpha = 2.500000e-01, beta = 7.000000e+00>], to = "f32"
// CHECK-SAME: -> tensor<2x4xf32>
// CHECK: nn.quantize %[[Y]]
func.func @residual(%q: tensor<2x4xui8>, %r: tensor<2x4xui8>) -> (tensor<2x4xf32>, tensor<2x4xui8>) {
  %x = nn.dequantize %q {scale = array<f64: 0.5>, zero_point = array<i64: 0>} : (tensor<2x4xui8>) -> tensor<2x4xf32>
  %s = nn.dequantize %r {scale = array<f64: 0.25>, zero_point = array<i64: 7>} : (tensor<2x4xui8>) -> tensor<2x4xf32>
  %c = nn.constant dense<3> : tensor<4x4xi8>
  %w = nn.dequantize %c {scale = array<f64: 1.0>, zero_point = array<i64: 0>} : (tensor<4x4xi8>) -> tensor<4x4xf32>
  %y = nn.matmul %x, %w epilogue(%s) {epilogues = [#nn.epilogue<"add", operand = 0>]} : (tensor<2x4xf32>, tensor<4x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %z = nn.quantize %y {scale = array<f64: 0.125>, zero_point = array<i64: 0>, to = "u8"} : (tensor<2x4xf32>) -> tensor<2x4xui8>
  return %y, %z : tensor<2x4xf32>, tensor<2x4xui8>
}

// -----

// Moving and comparing quantized values is exact. Padding is the zero
// point. No pair of dequantize and quantize is left between them.
// CHECK-LABEL: func.func @move(
// CHECK-SAME: %[[X:.*]]: tensor<1x4x4x2xui8>
// CHECK-NEXT: %[[P:.*]] = nn.pad %[[X]] {{.*}}value = 9.000000e+00{{.*}} -> tensor<1x6x4x2xui8>
// CHECK-NEXT: %[[M:.*]] = nn.max_pool2d %[[P]] {{.*}} -> tensor<1x3x2x2xui8>
// CHECK-NEXT: %[[C:.*]] = nn.concat %[[M]], %[[M]] {{.*}} -> tensor<1x3x2x4xui8>
// CHECK-NEXT: %[[R:.*]] = nn.reshape %[[C]] {{.*}} -> tensor<1x24xui8>
// CHECK-NEXT: return %[[R]]
func.func @move(%q: tensor<1x4x4x2xui8>) -> tensor<1x24xui8> {
  %x = nn.dequantize %q {scale = array<f64: 0.5>, zero_point = array<i64: 9>} : (tensor<1x4x4x2xui8>) -> tensor<1x4x4x2xf32>
  %p = nn.pad %x {low = array<i64: 0, 1, 0, 0>, high = array<i64: 0, 1, 0, 0>} : (tensor<1x4x4x2xf32>) -> tensor<1x6x4x2xf32>
  %m = nn.max_pool2d %p {window = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x6x4x2xf32>) -> tensor<1x3x2x2xf32>
  %c = nn.concat %m, %m {axis = 3 : i64} : (tensor<1x3x2x2xf32>, tensor<1x3x2x2xf32>) -> tensor<1x3x2x4xf32>
  %r = nn.reshape %c {shape = array<i64: 1, 24>} : (tensor<1x3x2x4xf32>) -> tensor<1x24xf32>
  %y = nn.quantize %r {scale = array<f64: 0.5>, zero_point = array<i64: 9>, to = "u8"} : (tensor<1x24xf32>) -> tensor<1x24xui8>
  return %y : tensor<1x24xui8>
}

// -----

// Operands of two scales are not joined as quantized values.
// CHECK-LABEL: func.func @scales(
// CHECK-COUNT-2: nn.dequantize
// CHECK: nn.concat {{.*}} -> tensor<2x8xf32>
func.func @scales(%q: tensor<2x4xui8>) -> tensor<2x8xf32> {
  %x = nn.dequantize %q {scale = array<f64: 0.5>, zero_point = array<i64: 0>} : (tensor<2x4xui8>) -> tensor<2x4xf32>
  %y = nn.dequantize %q {scale = array<f64: 0.25>, zero_point = array<i64: 0>} : (tensor<2x4xui8>) -> tensor<2x4xf32>
  %z = nn.concat %x, %y {axis = 1 : i64} : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x8xf32>
  return %z : tensor<2x8xf32>
}

// -----

// A relu of quantized values from 0 goes; one of values around 128 stays.
// CHECK-LABEL: func.func @relu(
// CHECK-NEXT: %[[A:.*]] = nn.dequantize %arg0
// CHECK-NEXT: %[[B:.*]] = nn.dequantize %arg0
// CHECK-NEXT: %[[R:.*]] = nn.relu %[[B]]
// CHECK-NEXT: return %[[A]], %[[R]]
func.func @relu(%q: tensor<2x4xui8>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %x = nn.dequantize %q {scale = array<f64: 0.5>, zero_point = array<i64: 0>} : (tensor<2x4xui8>) -> tensor<2x4xf32>
  %y = nn.dequantize %q {scale = array<f64: 0.5>, zero_point = array<i64: 128>} : (tensor<2x4xui8>) -> tensor<2x4xf32>
  %a = nn.relu %x : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %b = nn.relu %y : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %a, %b : tensor<2x4xf32>, tensor<2x4xf32>
}

// -----

// Weights with a zero point are multiplied as numbers.
// CHECK-LABEL: func.func @asymmetric(
// CHECK: nn.matmul {{.*}} : (tensor<2x4xf32>, tensor<4x4xf32>) -> tensor<2x4xf32>
func.func @asymmetric(%q: tensor<2x4xui8>) -> tensor<2x4xf32> {
  %x = nn.dequantize %q {scale = array<f64: 0.5>, zero_point = array<i64: 0>} : (tensor<2x4xui8>) -> tensor<2x4xf32>
  %c = nn.constant dense<3> : tensor<4x4xi8>
  %w = nn.dequantize %c {scale = array<f64: 1.0>, zero_point = array<i64: 1>} : (tensor<4x4xi8>) -> tensor<4x4xf32>
  %y = nn.matmul %x, %w : (tensor<2x4xf32>, tensor<4x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

// A quantized mean: the scale becomes its first epilogue, in front of those that
// it has, and the result is written quantized.
// CHECK-LABEL: func.func @average(
// CHECK-SAME: %[[X:.*]]: tensor<1x4x4x2xui8>
// CHECK-DAG: %[[S:.*]] = nn.constant dense<5.000000e-01> : tensor<1xf32>
// CHECK: %[[Y:.*]] = nn.avg_pool2d %[[X]] epilogue(%[[S]])
// CHECK-SAME: epilogues = [#nn.epilogue<"mul", operand = 0>, #nn.epilogue<"relu">, #nn.epilogue<"quantize", alpha = 2.500000e-01, beta = 3.000000e+00>]
// CHECK-SAME: to = "u8"
// CHECK-SAME: zero_point = 9 : i64
// CHECK-SAME: -> tensor<1x2x2x2xui8>
// CHECK-NEXT: return %[[Y]]
func.func @average(%q: tensor<1x4x4x2xui8>) -> tensor<1x2x2x2xui8> {
  %x = nn.dequantize %q {scale = array<f64: 0.5>, zero_point = array<i64: 9>} : (tensor<1x4x4x2xui8>) -> tensor<1x4x4x2xf32>
  %y = nn.avg_pool2d %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>, epilogues = [#nn.epilogue<"relu">]} : (tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32>
  %z = nn.quantize %y {scale = array<f64: 0.25>, zero_point = array<i64: 3>, to = "u8"} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xui8>
  return %z : tensor<1x2x2x2xui8>
}

// -----

// The mean of all pixels is the mean of one window. What drops the dimensions
// comes after the quantized mean.
// CHECK-LABEL: func.func @mean_of_pixels(
// CHECK-SAME: %[[X:.*]]: tensor<?x7x5x2xui8>
// CHECK: %[[Y:.*]] = nn.avg_pool2d %[[X]] epilogue(%{{[0-9]+}})
// CHECK-SAME: #nn.epilogue<"mul", operand = 0>, #nn.epilogue<"quantize", alpha = 2.500000e-01>
// CHECK-SAME: window = array<i64: 7, 5>
// CHECK-SAME: -> tensor<?x1x1x2xui8>
// CHECK-NEXT: %[[Z:.*]] = nn.squeeze %[[Y]] {axes = array<i64: 1, 2>} : (tensor<?x1x1x2xui8>) -> tensor<?x2xui8>
// CHECK-NEXT: return %[[Z]]
func.func @mean_of_pixels(%q: tensor<?x7x5x2xui8>) -> tensor<?x2xui8> {
  %x = nn.dequantize %q {scale = array<f64: 0.5>, zero_point = array<i64: 9>} : (tensor<?x7x5x2xui8>) -> tensor<?x7x5x2xf32>
  %y = nn.reduce %x {kind = "mean", axes = array<i64: 1, 2>} : (tensor<?x7x5x2xf32>) -> tensor<?x2xf32>
  %z = nn.quantize %y {scale = array<f64: 0.25>, zero_point = array<i64: 0>, to = "u8"} : (tensor<?x2xf32>) -> tensor<?x2xui8>
  return %z : tensor<?x2xui8>
}

// -----

// Means of i8 values, of channels, of pixels whose number is not known, and
// those that round their result are left alone.
// CHECK-LABEL: func.func @other_means(
// CHECK-NOT: zero_point = 9 : i64
// CHECK: return
func.func @other_means(%q: tensor<1x4x4x2xi8>, %r: tensor<1x?x4x2xui8>, %p: tensor<1x4x4x2xui8>) -> (tensor<1x2x2x2xf32>, tensor<1x2xf32>, tensor<1x?x4xf32>, tensor<1x2xbf16>) {
  %x = nn.dequantize %q {scale = array<f64: 0.5>, zero_point = array<i64: 9>} : (tensor<1x4x4x2xi8>) -> tensor<1x4x4x2xf32>
  %s = nn.dequantize %r {scale = array<f64: 0.5>, zero_point = array<i64: 9>} : (tensor<1x?x4x2xui8>) -> tensor<1x?x4x2xf32>
  %0 = nn.avg_pool2d %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32>
  %1 = nn.reduce %s {kind = "mean", axes = array<i64: 1, 2>} : (tensor<1x?x4x2xf32>) -> tensor<1x2xf32>
  %2 = nn.reduce %s {kind = "mean", axes = array<i64: 3>} : (tensor<1x?x4x2xf32>) -> tensor<1x?x4xf32>
  %t = nn.dequantize %p {scale = array<f64: 0.5>, zero_point = array<i64: 9>} : (tensor<1x4x4x2xui8>) -> tensor<1x4x4x2xf32>
  %3 = nn.reduce %t {kind = "mean", axes = array<i64: 1, 2>, to = "bf16"} : (tensor<1x4x4x2xf32>) -> tensor<1x2xbf16>
  return %0, %1, %2, %3 : tensor<1x2x2x2xf32>, tensor<1x2xf32>, tensor<1x?x4xf32>, tensor<1x2xbf16>
}

// -----

// 66400 products of up to 255 x 127 do not fit 32 bits: they are f32's.
// CHECK-LABEL: func.func @long(
// CHECK: nn.matmul {{.*}} : (tensor<1x66400xf32>, tensor<66400x1xf32>) -> tensor<1x1xf32>
func.func @long(%q: tensor<1x66400xui8>) -> tensor<1x1xf32> {
  %x = nn.dequantize %q {scale = array<f64: 0.5>, zero_point = array<i64: 0>} : (tensor<1x66400xui8>) -> tensor<1x66400xf32>
  %c = nn.constant dense<127> : tensor<66400x1xi8>
  %w = nn.dequantize %c {scale = array<f64: 1.0>, zero_point = array<i64: 0>} : (tensor<66400x1xi8>) -> tensor<66400x1xf32>
  %y = nn.matmul %x, %w : (tensor<1x66400xf32>, tensor<66400x1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}
