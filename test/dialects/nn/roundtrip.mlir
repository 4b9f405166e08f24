// RUN: graft-opt %s | graft-opt | FileCheck %s
// RUN: graft-opt %s --mlir-print-op-generic | graft-opt | FileCheck %s
// RUN: graft-opt %s --emit-bytecode | graft-opt | FileCheck %s

// Bias, epilogue operands and epilogues are printed apart from each other.
// CHECK-LABEL: func.func @convolution
// CHECK-SAME: nn.name = "image"
func.func @convolution(
    %x: tensor<?x224x224x3xf32> {nn.name = "image"}, %w: tensor<3x3x3x32xf32>,
    %b: tensor<32xf32>, %r: tensor<?x111x111x32xf32>)
    -> (tensor<?x111x111x32xf32> {nn.name = "features"}) {
  // CHECK: nn.conv2d %{{[a-z0-9]+}}, %{{[a-z0-9]+}} bias %{{[a-z0-9]+}} epilogue(%{{[a-z0-9]+}})
  // CHECK-SAME: epilogues = [#nn.epilogue<"add", operand = 0>, #nn.epilogue<"clip", beta = 6.000000e+00>]
  // CHECK-SAME: strides = array<i64: 2, 2>
  %y = nn.conv2d %x, %w bias %b epilogue(%r) {
      strides = array<i64: 2, 2>,
      epilogues = [#nn.epilogue<"add", operand = 0>,
                   #nn.epilogue<"clip", alpha = 0.0, beta = 6.0>]}
      : (tensor<?x224x224x3xf32>, tensor<3x3x3x32xf32>, tensor<32xf32>,
         tensor<?x111x111x32xf32>) -> tensor<?x111x111x32xf32>
  return %y : tensor<?x111x111x32xf32>
}

// Without bias and epilogues nothing of them is printed.
// CHECK-LABEL: func.func @products
func.func @products(%a: tensor<4x?x8xf32>, %b: tensor<16x8xf32>)
    -> tensor<4x?x16xf32> {
  // CHECK: nn.matmul %{{[a-z0-9]+}}, %{{[a-z0-9]+}} {transpose_b = true}
  %y = nn.matmul %a, %b {transpose_b = true}
      : (tensor<4x?x8xf32>, tensor<16x8xf32>) -> tensor<4x?x16xf32>
  return %y : tensor<4x?x16xf32>
}

// CHECK-LABEL: func.func @attention
func.func @attention(%q: tensor<?x8x2x4xf32>, %v: tensor<?x9x2x5xf32>, %k: tensor<?x9x2x4xf32>, %m: tensor<9xf32>) {
  // CHECK: nn.attention %{{[a-z0-9]+}}, %{{[a-z0-9]+}}, %{{[a-z0-9]+}} : {{.*}} -> tensor<?x8x2x5xf32>
  %0 = nn.attention %q, %k, %v : (tensor<?x8x2x4xf32>, tensor<?x9x2x4xf32>, tensor<?x9x2x5xf32>) -> tensor<?x8x2x5xf32>
  // CHECK: nn.attention %{{[a-z0-9]+}}, %{{[a-z0-9]+}}, %{{[a-z0-9]+}}, %{{[a-z0-9]+}} {scale = 5.0{{.*}}e-01 : f64}
  %1 = nn.attention %q, %k, %v, %m {scale = 0.5} : (tensor<?x8x2x4xf32>, tensor<?x9x2x4xf32>, tensor<?x9x2x5xf32>, tensor<9xf32>) -> tensor<?x8x2x5xf32>
  return
}

// CHECK-LABEL: func.func @network
func.func @network(%x: tensor<1x8x8x4xf32>, %c: tensor<4xf32>, %h: tensor<2x3xbf16>) {
  // CHECK: nn.max_pool2d %{{.*}} {strides = array<i64: 2, 2>, window = array<i64: 2, 2>}
  %0 = nn.max_pool2d %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>}
      : (tensor<1x8x8x4xf32>) -> tensor<1x4x4x4xf32>
  // CHECK: nn.max_pool2d %{{.*}} epilogue(%{{.*}}) {epilogues = [#nn.epilogue<"add", operand = 0>, #nn.epilogue<"relu">], window
  %p = nn.max_pool2d %x epilogue(%c) {window = array<i64: 2, 2>,
      epilogues = [#nn.epilogue<"add", operand = 0>, #nn.epilogue<"relu">]}
      : (tensor<1x8x8x4xf32>, tensor<4xf32>) -> tensor<1x7x7x4xf32>
  // CHECK: nn.avg_pool2d
  %1 = nn.avg_pool2d %0 {window = array<i64: 2, 2>, include_pad = true}
      : (tensor<1x4x4x4xf32>) -> tensor<1x3x3x4xf32>
  // CHECK: nn.batch_norm
  %2 = nn.batch_norm %1, %c, %c, %c, %c {epsilon = 0.001}
      : (tensor<1x3x3x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
         tensor<4xf32>) -> tensor<1x3x3x4xf32>
  // CHECK: nn.layer_norm
  %3 = nn.layer_norm %2, %c, %c {epsilon = 0.001}
      : (tensor<1x3x3x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x3x3x4xf32>
  // CHECK: nn.softmax
  %4 = nn.softmax %3 : (tensor<1x3x3x4xf32>) -> tensor<1x3x3x4xf32>
  // CHECK: nn.lrn
  %5 = nn.lrn %4 : (tensor<1x3x3x4xf32>) -> tensor<1x3x3x4xf32>
  // CHECK: nn.reduce %{{.*}} {axes = array<i64: 1, 2>, keep_dims = true, kind = "mean"}
  %6 = nn.reduce %5 {kind = "mean", axes = array<i64: 1, 2>, keep_dims = true}
      : (tensor<1x3x3x4xf32>) -> tensor<1x1x1x4xf32>
  // CHECK: nn.reduce %{{.*}} {axes = array<i64: -1>, kind = "sum", to = "f32"}
  %sums = nn.reduce %h {kind = "sum", axes = array<i64: -1>, to = "f32"}
      : (tensor<2x3xbf16>) -> tensor<2xf32>
  // CHECK: nn.arg_max
  %7 = nn.arg_max %6 {axis = -1} : (tensor<1x1x1x4xf32>) -> tensor<1x1x1xi64>
  // CHECK: nn.top_k
  %8:2 = nn.top_k %6 {k = 2}
      : (tensor<1x1x1x4xf32>) -> (tensor<1x1x1x2xf32>, tensor<1x1x1x2xi32>)
  return
}

// CHECK-LABEL: func.func @elementwise
func.func @elementwise(%x: tensor<2x3xf32>, %y: tensor<3xf32>) {
  // CHECK: nn.leaky_relu %{{.*}} {alpha = 1.000000e-01 : f64}
  %0 = nn.leaky_relu %x {alpha = 0.1} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.clip
  %1 = nn.clip %0 {alpha = 0.0, beta = 6.0} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.add %{{.*}}, %{{.*}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %2 = nn.add %1, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.less
  %3 = nn.less %2, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xi1>
  // CHECK: nn.select
  %4 = nn.select %3, %x, %2
      : (tensor<2x3xi1>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.cast %{{.*}} {to = "i32"}
  %5 = nn.cast %4 {to = "i32"} : (tensor<2x3xf32>) -> tensor<2x3xi32>
  return
}

// CHECK-LABEL: func.func @movement
func.func @movement(%x: tensor<2x4x4x3xf32>, %n: tensor<2xi32>) {
  // CHECK: nn.reshape %{{.*}} {shape = array<i64: 2, -1>}
  %0 = nn.reshape %x {shape = array<i64: 2, -1>} : (tensor<2x4x4x3xf32>) -> tensor<2x48xf32>
  // CHECK: nn.reshape %{{.*}}, %{{.*}} : (tensor<2x48xf32>, tensor<2xi32>) -> tensor<?x?xf32>
  %1 = nn.reshape %0, %n : (tensor<2x48xf32>, tensor<2xi32>) -> tensor<?x?xf32>
  // CHECK: nn.transpose
  %2 = nn.transpose %1 {perm = array<i64: 1, 0>} : (tensor<?x?xf32>) -> tensor<?x?xf32>
  // CHECK: nn.concat %{{.*}}, %{{.*}} {axis = 0
  %3 = nn.concat %2, %0 {axis = 0} : (tensor<?x?xf32>, tensor<2x48xf32>) -> tensor<?x48xf32>
  // CHECK: nn.strided_slice
  %4 = nn.strided_slice %3 {begin = array<i64: 0, 1>, end = array<i64: 0, 9>,
      strides = array<i64: 1, 2>, end_mask = 1, shrink_axis_mask = 0}
      : (tensor<?x48xf32>) -> tensor<?x4xf32>
  // CHECK: nn.pad
  %5 = nn.pad %4 {low = array<i64: 0, 1>, high = array<i64: 0, 2>} : (tensor<?x4xf32>) -> tensor<?x7xf32>
  // CHECK: nn.gather
  %6 = nn.gather %5, %n {axis = 1} : (tensor<?x7xf32>, tensor<2xi32>) -> tensor<?x2xf32>
  // CHECK: nn.shape_of
  %7 = nn.shape_of %6 : (tensor<?x2xf32>) -> tensor<2xi32>
  // CHECK: nn.one_hot
  %8 = nn.one_hot %7 {depth = 5} : (tensor<2xi32>) -> tensor<2x5xf32>
  // CHECK: nn.resize_bilinear
  %9 = nn.resize_bilinear %x {size = array<i64: 8, 8>} : (tensor<2x4x4x3xf32>) -> tensor<2x8x8x3xf32>
  // CHECK: %{{.*}}, %{{.*}} = nn.observe %{{.*}} : (tensor<2x8x8x3xf32>) -> (tensor<2xf32>, tensor<8192xi64>)
  %limits, %counts = nn.observe %9 : (tensor<2x8x8x3xf32>) -> (tensor<2xf32>, tensor<8192xi64>)
  // CHECK: nn.quantize %{{.*}} {scale = array<f64: 5.000000e-01>, zero_point = array<i64: 0>}
  %10 = nn.quantize %9 {scale = array<f64: 0.5>, zero_point = array<i64: 0>}
      : (tensor<2x8x8x3xf32>) -> tensor<2x8x8x3xi8>
  // CHECK: nn.constant dense<[1, 2]> : tensor<2xi64>
  %11 = nn.constant dense<[1, 2]> : tensor<2xi64>
  return
}

// CHECK-LABEL: @detection
func.func @detection(%b: tensor<?x9x1x4xf32>, %s: tensor<?x9x3xf32>, %t: tensor<f32>, %c: tensor<9x4xf16>,
    %d: tensor<9xf16>, %u: tensor<f16>) {
  // CHECK: nn.combined_non_max_suppression %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {pad_per_class = true, size = 20 : i64, size_per_class = 5 : i64}
  %0:4 = nn.combined_non_max_suppression %b, %s, %t, %t {size = 20, size_per_class = 5, pad_per_class = true}
      : (tensor<?x9x1x4xf32>, tensor<?x9x3xf32>, tensor<f32>, tensor<f32>)
      -> (tensor<?x15x4xf32>, tensor<?x15xf32>, tensor<?x15xf32>, tensor<?xi32>)
  // CHECK: nn.non_max_suppression %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {size = 6 : i64}
  %1:3 = nn.non_max_suppression %c, %d, %u, %u, %u {size = 6}
      : (tensor<9x4xf16>, tensor<9xf16>, tensor<f16>, tensor<f16>, tensor<f16>)
      -> (tensor<6xi32>, tensor<6xf16>, tensor<i32>)
  return
}
