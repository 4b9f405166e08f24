// RUN: graft-opt %s --canonicalize | FileCheck %s

// Nothing is done to what does nothing.
// CHECK-LABEL: func.func @nothing
// CHECK-NEXT: return %arg0
func.func @nothing(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = nn.reshape %x {shape = array<i64: 2, 3>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = nn.transpose %0 {perm = array<i64: 0, 1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = nn.concat %1 {axis = 0} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = nn.pad %2 {low = array<i64: 0, 0>, high = array<i64: 0, 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %4 = nn.tile %3 {multiples = array<i64: 1, 1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %5 = nn.cast %4 {to = "f32"} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %5 : tensor<2x3xf32>
}

// A reshape of unknown sizes may move elements although the types are equal.
// CHECK-LABEL: func.func @unknown_reshape
// CHECK: nn.reshape
func.func @unknown_reshape(%x: tensor<?x?xf32>, %n: tensor<2xi32>) -> tensor<?x?xf32> {
  %0 = nn.reshape %x, %n : (tensor<?x?xf32>, tensor<2xi32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// CHECK-LABEL: func.func @constants
func.func @constants() -> (tensor<3xf32>, tensor<2xi1>) {
  %a = nn.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %b = nn.constant dense<2.0> : tensor<f32>
  %0 = nn.mul %a, %b : (tensor<3xf32>, tensor<f32>) -> tensor<3xf32>
  %c = nn.constant dense<[1, 5]> : tensor<2xi32>
  %d = nn.constant dense<[4, 4]> : tensor<2xi32>
  %1 = nn.less %c, %d : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi1>
  // CHECK-DAG: %[[P:.*]] = nn.constant dense<[2.000000e+00, 4.000000e+00, 6.000000e+00]>
  // CHECK-DAG: %[[L:.*]] = nn.constant dense<[true, false]>
  // CHECK: return %[[P]], %[[L]]
  return %0, %1 : tensor<3xf32>, tensor<2xi1>
}

// What is outside of an operation's domain is left to fail at run time.
// CHECK-LABEL: func.func @division_by_zero
// CHECK: nn.div
func.func @division_by_zero() -> tensor<i32> {
  %a = nn.constant dense<1> : tensor<i32>
  %b = nn.constant dense<0> : tensor<i32>
  %0 = nn.div %a, %b : (tensor<i32>, tensor<i32>) -> tensor<i32>
  return %0 : tensor<i32>
}

// Weights keep their storage when their shape changes, and are not computed with.
// CHECK-LABEL: func.func @weights
// CHECK: nn.constant dense_resource<w> : tensor<2x1x2xf32>
// CHECK-NOT: nn.reshape
func.func @weights() -> tensor<2x1x2xf32> {
  %w = nn.constant dense_resource<w> : tensor<4xf32>
  %0 = nn.reshape %w {shape = array<i64: 2, 1, 2>} : (tensor<4xf32>) -> tensor<2x1x2xf32>
  return %0 : tensor<2x1x2xf32>
}

// CHECK-LABEL: func.func @transposes
// CHECK-NEXT: nn.transpose %arg0 {perm = array<i64: 2, 1, 0>}
// CHECK-NEXT: return
func.func @transposes(%x: tensor<2x3x4xf32>) -> tensor<4x3x2xf32> {
  %0 = nn.transpose %x {perm = array<i64: 1, 2, 0>} : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
  %1 = nn.transpose %0 {perm = array<i64: 1, 0, 2>} : (tensor<3x4x2xf32>) -> tensor<4x3x2xf32>
  return %1 : tensor<4x3x2xf32>
}

// Only a swap of the matrix dimensions goes into the product.
// CHECK-LABEL: func.func @product
// CHECK: %[[B:.*]] = nn.transpose %arg1 {perm = array<i64: 1, 2, 0>}
// CHECK: nn.matmul %arg0, %[[B]] {transpose_a = true}
func.func @product(%a: tensor<2x4x3xf32>, %b: tensor<5x2x4xf32>) -> tensor<2x3x5xf32> {
  %0 = nn.transpose %a {perm = array<i64: 0, 2, 1>} : (tensor<2x4x3xf32>) -> tensor<2x3x4xf32>
  %1 = nn.transpose %b {perm = array<i64: 1, 2, 0>} : (tensor<5x2x4xf32>) -> tensor<2x4x5xf32>
  %2 = nn.matmul %0, %1 : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
  return %2 : tensor<2x3x5xf32>
}

// CHECK-LABEL: func.func @reshapes
// CHECK-NEXT: nn.reshape %arg0 {shape = array<i64: 3, -1>} : (tensor<?x2xf32>)
func.func @reshapes(%x: tensor<?x2xf32>) -> tensor<3x?xf32> {
  %0 = nn.expand_dims %x {axes = array<i64: 1>} : (tensor<?x2xf32>) -> tensor<?x1x2xf32>
  %1 = nn.reshape %0 {shape = array<i64: 3, -1>} : (tensor<?x1x2xf32>) -> tensor<3x?xf32>
  return %1 : tensor<3x?xf32>
}

// The batch that a model reads from its input's shape follows from the number of
// elements; the known size is not read at all.
// CHECK-LABEL: func.func @batch
// CHECK-NEXT: nn.reshape %arg0 {shape = array<i64: -1, 8, 3>}
func.func @batch(%x: tensor<?x8x3xf32>) -> tensor<?x8x3xf32> {
  %s = nn.shape_of %x : (tensor<?x8x3xf32>) -> tensor<3xi32>
  %n = nn.strided_slice %s {begin = array<i64: 0>, end = array<i64: 1>, strides = array<i64: 1>,
      shrink_axis_mask = 1} : (tensor<3xi32>) -> tensor<i32>
  %m = nn.strided_slice %s {begin = array<i64: -2>, end = array<i64: 0>, strides = array<i64: 1>,
      shrink_axis_mask = 1} : (tensor<3xi32>) -> tensor<i32>
  %c = nn.constant dense<3> : tensor<i32>
  %d = nn.pack %n, %m, %c {axis = 0} : (tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<3xi32>
  %0 = nn.reshape %x, %d : (tensor<?x8x3xf32>, tensor<3xi32>) -> tensor<?x8x3xf32>
  return %0 : tensor<?x8x3xf32>
}

// Two unknown sizes do not follow from one number of elements.
// CHECK-LABEL: func.func @two_unknown
// CHECK: nn.reshape %arg0, %{{.*}}
func.func @two_unknown(%x: tensor<?x8xf32>, %n: tensor<i32>) -> tensor<?x?xf32> {
  %c = nn.constant dense<-1> : tensor<i32>
  %d = nn.pack %n, %c {axis = 0} : (tensor<i32>, tensor<i32>) -> tensor<2xi32>
  %0 = nn.reshape %x, %d : (tensor<?x8xf32>, tensor<2xi32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

{-#
  dialect_resources: {
    builtin: {
      w: "0x040000000000803f000000400000404000008040"
    }
  }
#-}

// There and back again is nothing where the first type holds every number of the
// second; the other way round, the numbers were rounded.
// CHECK-LABEL: func.func @casts
// CHECK-SAME: %[[X:.*]]: tensor<4xbf16>, %[[Y:.*]]: tensor<4xf32>
// CHECK: %[[A:.*]] = nn.cast %[[Y]] {to = "bf16"}
// CHECK: %[[B:.*]] = nn.cast %[[A]] {to = "f32"}
// CHECK: return %[[X]], %[[B]]
func.func @casts(%x: tensor<4xbf16>, %y: tensor<4xf32>) -> (tensor<4xbf16>, tensor<4xf32>) {
  %a = nn.cast %x {to = "f32"} : (tensor<4xbf16>) -> tensor<4xf32>
  %b = nn.cast %a {to = "bf16"} : (tensor<4xf32>) -> tensor<4xbf16>
  %c = nn.cast %y {to = "bf16"} : (tensor<4xf32>) -> tensor<4xbf16>
  %d = nn.cast %c {to = "f32"} : (tensor<4xbf16>) -> tensor<4xf32>
  return %b, %d : tensor<4xbf16>, tensor<4xf32>
}

// A reduction reads 16-bit floats as they are, and rounds its result itself.
// CHECK-LABEL: func.func @reduced
// CHECK-SAME: %[[X:.*]]: tensor<4x3xbf16>, %[[H:.*]]: tensor<4x3xf16>, %[[Y:.*]]: tensor<4x3xf32>
// CHECK-NEXT: %[[A:.*]] = nn.reduce %[[X]] {axes = array<i64: 0>, kind = "mean", to = "f32"} : (tensor<4x3xbf16>) -> tensor<3xf32>
// CHECK-NEXT: %[[B:.*]] = nn.reduce %[[H]] {axes = array<i64: 1>, keep_dims = true, kind = "max", to = "f32"} : (tensor<4x3xf16>) -> tensor<4x1xf32>
// CHECK-NEXT: %[[C:.*]] = nn.reduce %[[Y]] {axes = array<i64: 0>, keep_dims = true, kind = "prod", to = "bf16"} : (tensor<4x3xf32>) -> tensor<1x3xbf16>
// CHECK-NEXT: %[[D:.*]] = nn.reduce %[[X]] {axes = array<i64: 0>, kind = "sum"} : (tensor<4x3xbf16>) -> tensor<3xbf16>
// CHECK-NEXT: %[[E:.*]] = nn.reduce %[[X]] {axes = array<i64: 0>, kind = "min", to = "f16"} : (tensor<4x3xbf16>) -> tensor<3xf16>
// CHECK-NEXT: return %[[A]], %[[B]], %[[C]], %[[D]], %[[E]]
func.func @reduced(%x: tensor<4x3xbf16>, %h: tensor<4x3xf16>, %y: tensor<4x3xf32>) -> (tensor<3xf32>, tensor<4x1xf32>, tensor<1x3xbf16>, tensor<3xbf16>, tensor<3xf16>) {
  %0 = nn.cast %x {to = "f32"} : (tensor<4x3xbf16>) -> tensor<4x3xf32>
  %1 = nn.cast %h {to = "f32"} : (tensor<4x3xf16>) -> tensor<4x3xf32>
  %a = nn.reduce %0 {kind = "mean", axes = array<i64: 0>} : (tensor<4x3xf32>) -> tensor<3xf32>
  %b = nn.reduce %1 {kind = "max", axes = array<i64: 1>, keep_dims = true} : (tensor<4x3xf32>) -> tensor<4x1xf32>
  %2 = nn.reduce %y {kind = "prod", axes = array<i64: 0>, keep_dims = true} : (tensor<4x3xf32>) -> tensor<1x3xf32>
  %c = nn.cast %2 {to = "bf16"} : (tensor<1x3xf32>) -> tensor<1x3xbf16>
  %3 = nn.reduce %0 {kind = "sum", axes = array<i64: 0>, to = "f32"} : (tensor<4x3xf32>) -> tensor<3xf32>
  %d = nn.cast %3 {to = "bf16"} : (tensor<3xf32>) -> tensor<3xbf16>
  %4 = nn.reduce %0 {kind = "min", axes = array<i64: 0>} : (tensor<4x3xf32>) -> tensor<3xf32>
  %e = nn.cast %4 {to = "f16"} : (tensor<3xf32>) -> tensor<3xf16>
  return %a, %b, %c, %d, %e : tensor<3xf32>, tensor<4x1xf32>, tensor<1x3xbf16>, tensor<3xbf16>, tensor<3xf16>
}

// Others read the wide numbers, too; others read the wide result; f64 would be
// rounded twice, and of f64 all digits count.
// CHECK-LABEL: func.func @not_reduced
// CHECK-COUNT-5: nn.cast
// CHECK-NOT: nn.cast
// CHECK: return
func.func @not_reduced(%x: tensor<4x3xbf16>, %y: tensor<4x3xf32>, %z: tensor<4x3xf64>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xbf16>, tensor<3xbf16>, tensor<3xf64>, tensor<3xi32>) {
  %0 = nn.cast %x {to = "f32"} : (tensor<4x3xbf16>) -> tensor<4x3xf32>
  %1 = nn.reduce %0 {kind = "mean", axes = array<i64: 0>} : (tensor<4x3xf32>) -> tensor<3xf32>
  %a = nn.sub %0, %1 : (tensor<4x3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  %b = nn.reduce %y {kind = "sum", axes = array<i64: 0>} : (tensor<4x3xf32>) -> tensor<3xf32>
  %c = nn.cast %b {to = "bf16"} : (tensor<3xf32>) -> tensor<3xbf16>
  %2 = nn.reduce %z {kind = "sum", axes = array<i64: 0>, to = "f32"} : (tensor<4x3xf64>) -> tensor<3xf32>
  %d = nn.cast %2 {to = "bf16"} : (tensor<3xf32>) -> tensor<3xbf16>
  %3 = nn.cast %y {to = "f64"} : (tensor<4x3xf32>) -> tensor<4x3xf64>
  %e = nn.reduce %3 {kind = "sum", axes = array<i64: 0>} : (tensor<4x3xf64>) -> tensor<3xf64>
  %4 = nn.reduce %y {kind = "max", axes = array<i64: 0>} : (tensor<4x3xf32>) -> tensor<3xf32>
  %f = nn.cast %4 {to = "i32"} : (tensor<3xf32>) -> tensor<3xi32>
  return %a, %b, %c, %d, %e, %f : tensor<4x3xf32>, tensor<3xf32>, tensor<3xbf16>, tensor<3xbf16>, tensor<3xf64>, tensor<3xi32>
}

// The transposition of a product is the product of the other order.
// CHECK-LABEL: func.func @transposed_product
// CHECK: %[[Y:.*]] = nn.matmul %arg1, %arg0 {transpose_a = true} : (tensor<2x4x5xf32>, tensor<2x4x3xf32>) -> tensor<2x5x3xf32>
// CHECK: return %[[Y]]
func.func @transposed_product(%a: tensor<2x4x3xf32>, %b: tensor<2x4x5xf32>) -> tensor<2x5x3xf32> {
  %p = nn.matmul %a, %b {transpose_a = true} : (tensor<2x4x3xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
  %y = nn.transpose %p {perm = array<i64: 0, 2, 1>} : (tensor<2x3x5xf32>) -> tensor<2x5x3xf32>
  return %y : tensor<2x5x3xf32>
}
