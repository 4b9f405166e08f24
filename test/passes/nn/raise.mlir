// RUN: graft-opt %s --nn-raise | FileCheck %s

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

// As Keras writes it. A product with the sigmoid of another tensor is none.
// CHECK-LABEL: func.func @swish
// CHECK: %[[Y:.*]] = nn.swish %arg0
// CHECK: %[[G:.*]] = nn.sigmoid %arg1
// CHECK: %[[Z:.*]] = nn.mul %arg0, %[[G]]
// CHECK: return %[[Y]], %[[Z]]
func.func @swish(%x: tensor<?x4xf32>, %z: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %s = nn.sigmoid %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %y = nn.mul %x, %s : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %g = nn.sigmoid %z : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %w = nn.mul %x, %g : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y, %w : tensor<?x4xf32>, tensor<?x4xf32>
}

// x / (1 + exp(-x))
// CHECK-LABEL: func.func @swish_by_exponential
// CHECK-NEXT: nn.swish %arg0
// CHECK-NEXT: return
func.func @swish_by_exponential(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %one = nn.constant dense<1.0> : tensor<f32>
  %n = nn.neg %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %e = nn.exp %n : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %d = nn.add %e, %one : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %y = nn.div %x, %d : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// x relu6(x + 3) / 6, and as a product with a sixth. What is read may itself be a
// product.
// CHECK-LABEL: func.func @hard_swish
// CHECK: %[[P:.*]] = nn.mul %arg0, %arg0
// CHECK: %[[Y:.*]] = nn.hard_swish %[[P]]
// CHECK: %[[Z:.*]] = nn.hard_swish %arg0
// CHECK: return %[[Y]], %[[Z]]
func.func @hard_swish(%a: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %three = nn.constant dense<3.0> : tensor<f32>
  %six = nn.constant dense<6.0> : tensor<f32>
  %sixth = nn.constant dense<0.166666672> : tensor<f32>
  %x = nn.mul %a, %a : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %s = nn.add %x, %three : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %c = nn.clip %s {alpha = 0.0, beta = 6.0} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %g = nn.div %c, %six : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %y = nn.mul %x, %g : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %t = nn.add %a, %three : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %d = nn.clip %t {alpha = 0.0, beta = 6.0} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %m = nn.mul %a, %d : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %z = nn.mul %m, %sixth : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  return %y, %z : tensor<?x4xf32>, tensor<?x4xf32>
}

// As TensorFlow writes it today: (x / 2) erfc(-x / sqrt(2)).
// CHECK-LABEL: func.func @gelu_by_erfc
// CHECK-NEXT: nn.gelu %arg0
// CHECK-NEXT: return
func.func @gelu_by_erfc(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %half = nn.constant dense<0.5> : tensor<f32>
  %root = nn.constant dense<0.707106769> : tensor<f32>
  %h = nn.mul %half, %x : (tensor<f32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %n = nn.neg %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %a = nn.mul %n, %root : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %e = nn.erfc %a : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %y = nn.mul %h, %e : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// As others write it: x (0.5 (1 + erf(x / sqrt(2)))). 1.4142 is not that root.
// CHECK-LABEL: func.func @gelu_by_erf
// CHECK: %[[Y:.*]] = nn.gelu %arg0
// CHECK: nn.erf
// CHECK-NOT: nn.gelu
// CHECK: return %[[Y]],
func.func @gelu_by_erf(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %half = nn.constant dense<0.5> : tensor<f32>
  %one = nn.constant dense<1.0> : tensor<f32>
  %root = nn.constant dense<1.41421354> : tensor<f32>
  %rough = nn.constant dense<1.4142> : tensor<f32>
  %a = nn.div %x, %root : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %e = nn.erf %a : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %s = nn.add %one, %e : (tensor<f32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %g = nn.mul %half, %s : (tensor<f32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %y = nn.mul %x, %g : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %b = nn.div %x, %rough : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %f = nn.erf %b : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %t = nn.add %f, %one : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %h = nn.mul %x, %half : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %z = nn.mul %h, %t : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y, %z : tensor<?x4xf32>, tensor<?x4xf32>
}

// With a power of 3, and with a cube that is x (x x).
// CHECK-LABEL: func.func @gelu_tanh
// CHECK: %[[Y:.*]] = nn.gelu_tanh %arg0
// CHECK: %[[Z:.*]] = nn.gelu_tanh %arg0
// CHECK: return %[[Y]], %[[Z]]
func.func @gelu_tanh(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %half = nn.constant dense<0.5> : tensor<f32>
  %one = nn.constant dense<1.0> : tensor<f32>
  %three = nn.constant dense<3.0> : tensor<f32>
  %cube = nn.constant dense<0.044715> : tensor<f32>
  %root = nn.constant dense<0.797884583> : tensor<f32>
  %h = nn.mul %half, %x : (tensor<f32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %p = nn.pow %x, %three : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %c = nn.mul %cube, %p : (tensor<f32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %s = nn.add %x, %c : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %u = nn.mul %root, %s : (tensor<f32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %t = nn.tanh %u : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %g = nn.add %one, %t : (tensor<f32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %y = nn.mul %h, %g : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %xx = nn.square %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %xc = nn.mul %xx, %cube : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %q = nn.add %xc, %one : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %r = nn.mul %x, %root : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %v = nn.mul %r, %q : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %w = nn.tanh %v : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %k = nn.add %w, %one : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %m = nn.mul %x, %k : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %z = nn.mul %m, %half : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  return %y, %z : tensor<?x4xf32>, tensor<?x4xf32>
}

//===----------------------------------------------------------------------===//
// Normalisation
//===----------------------------------------------------------------------===//

// tf.nn.moments and tf.nn.batch_normalization: x f + (offset - mean f).
// CHECK-LABEL: func.func @layer_norm
// CHECK-DAG: %[[S:.*]] = nn.constant dense<[1.0{{.*}}, 2.0{{.*}}, 3.0{{.*}}, 4.0{{.*}}]>
// CHECK-DAG: %[[O:.*]] = nn.constant dense<[5.0{{.*}}, 6.0{{.*}}, 7.0{{.*}}, 8.0{{.*}}]>
// CHECK: %[[Y:.*]] = nn.layer_norm %arg0, %[[S]], %[[O]] {axis = 2 : i64, epsilon = 9.99{{.*}}E-13 : f64}
// CHECK-NEXT: return %[[Y]]
func.func @layer_norm(%x: tensor<?x3x4xf32>) -> tensor<?x3x4xf32> {
  %scale = nn.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %offset = nn.constant dense<[5.0, 6.0, 7.0, 8.0]> : tensor<4xf32>
  %epsilon = nn.constant dense<1.0e-12> : tensor<f32>
  %mean = nn.reduce %x {kind = "mean", axes = array<i64: 2>, keep_dims = true} : (tensor<?x3x4xf32>) -> tensor<?x3x1xf32>
  %d = nn.squared_difference %x, %mean : (tensor<?x3x4xf32>, tensor<?x3x1xf32>) -> tensor<?x3x4xf32>
  %v = nn.reduce %d {kind = "mean", axes = array<i64: 2>, keep_dims = true} : (tensor<?x3x4xf32>) -> tensor<?x3x1xf32>
  %a = nn.add %v, %epsilon : (tensor<?x3x1xf32>, tensor<f32>) -> tensor<?x3x1xf32>
  %r = nn.rsqrt %a : (tensor<?x3x1xf32>) -> tensor<?x3x1xf32>
  %f = nn.mul %r, %scale : (tensor<?x3x1xf32>, tensor<4xf32>) -> tensor<?x3x4xf32>
  %xf = nn.mul %x, %f : (tensor<?x3x4xf32>, tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  %mf = nn.mul %mean, %f : (tensor<?x3x1xf32>, tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  %s = nn.sub %offset, %mf : (tensor<4xf32>, tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  %y = nn.add %xf, %s : (tensor<?x3x4xf32>, tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return %y : tensor<?x3x4xf32>
}

// Keras 3: the mean is negated, parameters have the rank of x. A residual is no
// part of it.
// CHECK-LABEL: func.func @layer_norm_keras
// CHECK: %[[N:.*]] = nn.layer_norm %arg0, {{.*}} {axis = 1 : i64
// CHECK: %[[Y:.*]] = nn.add %[[N]], %arg1
// CHECK-NEXT: return %[[Y]]
func.func @layer_norm_keras(%x: tensor<?x4xf32>, %z: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %scale = nn.constant dense<[[1.0, 2.0, 3.0, 4.0]]> : tensor<1x4xf32>
  %offset = nn.constant dense<[[5.0, 6.0, 7.0, 8.0]]> : tensor<1x4xf32>
  %epsilon = nn.constant dense<1.0e-03> : tensor<f32>
  %mean = nn.reduce %x {kind = "mean", axes = array<i64: -1>, keep_dims = true} : (tensor<?x4xf32>) -> tensor<?x1xf32>
  %d = nn.squared_difference %x, %mean : (tensor<?x4xf32>, tensor<?x1xf32>) -> tensor<?x4xf32>
  %v = nn.reduce %d {kind = "mean", axes = array<i64: -1>, keep_dims = true} : (tensor<?x4xf32>) -> tensor<?x1xf32>
  %a = nn.add %v, %epsilon : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = nn.rsqrt %a : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %f = nn.mul %r, %scale : (tensor<?x1xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  %xf = nn.mul %x, %f : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %n = nn.neg %mean : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %mf = nn.mul %n, %f : (tensor<?x1xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %s = nn.add %mf, %offset : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  %y = nn.add %xf, %s : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %w = nn.add %y, %z : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %w : tensor<?x4xf32>
}

// By hand: over two dimensions, a quotient, a square, then scale and offset.
// CHECK-LABEL: func.func @layer_norm_by_hand
// CHECK-DAG: %[[S:.*]] = nn.constant dense<2.0{{.*}}> : tensor<3x4xf32>
// CHECK-DAG: %[[O:.*]] = nn.constant dense<3.0{{.*}}> : tensor<3x4xf32>
// CHECK: %[[Y:.*]] = nn.layer_norm %arg0, %[[S]], %[[O]] {axis = 1 : i64
// CHECK-NEXT: return %[[Y]]
func.func @layer_norm_by_hand(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %scale = nn.constant dense<2.0> : tensor<f32>
  %offset = nn.constant dense<3.0> : tensor<f32>
  %epsilon = nn.constant dense<1.0e-05> : tensor<f32>
  %mean = nn.reduce %x {kind = "mean", axes = array<i64: 1, 2>, keep_dims = true} : (tensor<2x3x4xf32>) -> tensor<2x1x1xf32>
  %d = nn.sub %x, %mean : (tensor<2x3x4xf32>, tensor<2x1x1xf32>) -> tensor<2x3x4xf32>
  %q = nn.square %d : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %v = nn.reduce %q {kind = "mean", axes = array<i64: 1, 2>, keep_dims = true} : (tensor<2x3x4xf32>) -> tensor<2x1x1xf32>
  %a = nn.add %v, %epsilon : (tensor<2x1x1xf32>, tensor<f32>) -> tensor<2x1x1xf32>
  %r = nn.sqrt %a : (tensor<2x1x1xf32>) -> tensor<2x1x1xf32>
  %n = nn.div %d, %r : (tensor<2x3x4xf32>, tensor<2x1x1xf32>) -> tensor<2x3x4xf32>
  %m = nn.mul %n, %scale : (tensor<2x3x4xf32>, tensor<f32>) -> tensor<2x3x4xf32>
  %y = nn.add %m, %offset : (tensor<2x3x4xf32>, tensor<f32>) -> tensor<2x3x4xf32>
  return %y : tensor<2x3x4xf32>
}

// Not the last dimension; a mean of other rows than the variance.
// CHECK-LABEL: func.func @no_layer_norm
// CHECK-NOT: nn.layer_norm
func.func @no_layer_norm(%x: tensor<2x3x4xf32>) -> (tensor<2x3x4xf32>, tensor<2x3x4xf32>) {
  %epsilon = nn.constant dense<1.0e-05> : tensor<f32>
  %mean = nn.reduce %x {kind = "mean", axes = array<i64: 1>, keep_dims = true} : (tensor<2x3x4xf32>) -> tensor<2x1x4xf32>
  %d = nn.sub %x, %mean : (tensor<2x3x4xf32>, tensor<2x1x4xf32>) -> tensor<2x3x4xf32>
  %q = nn.square %d : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %v = nn.reduce %q {kind = "mean", axes = array<i64: 1>, keep_dims = true} : (tensor<2x3x4xf32>) -> tensor<2x1x4xf32>
  %a = nn.add %v, %epsilon : (tensor<2x1x4xf32>, tensor<f32>) -> tensor<2x1x4xf32>
  %r = nn.rsqrt %a : (tensor<2x1x4xf32>) -> tensor<2x1x4xf32>
  %y = nn.mul %d, %r : (tensor<2x3x4xf32>, tensor<2x1x4xf32>) -> tensor<2x3x4xf32>
  %w = nn.reduce %q {kind = "mean", axes = array<i64: 2>, keep_dims = true} : (tensor<2x3x4xf32>) -> tensor<2x3x1xf32>
  %b = nn.add %w, %epsilon : (tensor<2x3x1xf32>, tensor<f32>) -> tensor<2x3x1xf32>
  %s = nn.rsqrt %b : (tensor<2x3x1xf32>) -> tensor<2x3x1xf32>
  %z = nn.mul %d, %s : (tensor<2x3x4xf32>, tensor<2x3x1xf32>) -> tensor<2x3x4xf32>
  return %y, %z : tensor<2x3x4xf32>, tensor<2x3x4xf32>
}

// A scale and an offset for each element of the tensor, not of a row: they stay
// behind, and the pass comes to an end.
// CHECK-LABEL: func.func @layer_norm_of_full_scale
// CHECK: %[[N:.*]] = nn.layer_norm %arg0
// CHECK: %[[M:.*]] = nn.mul %[[N]], {{.*}} : (tensor<2x3x4xf32>, tensor<2x3x4xf32>)
// CHECK: nn.add %[[M]], {{.*}} : (tensor<2x3x4xf32>, tensor<2x3x4xf32>)
func.func @layer_norm_of_full_scale(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %epsilon = nn.constant dense<1.0e-05> : tensor<f32>
  %scale = nn.constant dense<[[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0, 7.0], [8.0, 9.0, 1.0, 2.0], [3.0, 4.0, 5.0, 6.0]]]> : tensor<2x3x4xf32>
  %mean = nn.reduce %x {kind = "mean", axes = array<i64: 2>, keep_dims = true} : (tensor<2x3x4xf32>) -> tensor<2x3x1xf32>
  %d = nn.sub %x, %mean : (tensor<2x3x4xf32>, tensor<2x3x1xf32>) -> tensor<2x3x4xf32>
  %q = nn.square %d : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %v = nn.reduce %q {kind = "mean", axes = array<i64: 2>, keep_dims = true} : (tensor<2x3x4xf32>) -> tensor<2x3x1xf32>
  %a = nn.add %v, %epsilon : (tensor<2x3x1xf32>, tensor<f32>) -> tensor<2x3x1xf32>
  %r = nn.rsqrt %a : (tensor<2x3x1xf32>) -> tensor<2x3x1xf32>
  %n = nn.mul %d, %r : (tensor<2x3x4xf32>, tensor<2x3x1xf32>) -> tensor<2x3x4xf32>
  %m = nn.mul %n, %scale : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %y = nn.add %m, %scale : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return %y : tensor<2x3x4xf32>
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @softmax
// CHECK: %[[Y:.*]] = nn.softmax %arg0 {axis = 1 : i64}
// CHECK-NEXT: return %[[Y]]
func.func @softmax(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  %m = nn.reduce %x {kind = "max", axes = array<i64: 1>, keep_dims = true} : (tensor<?x4x2xf32>) -> tensor<?x1x2xf32>
  %d = nn.sub %x, %m : (tensor<?x4x2xf32>, tensor<?x1x2xf32>) -> tensor<?x4x2xf32>
  %e = nn.exp %d : (tensor<?x4x2xf32>) -> tensor<?x4x2xf32>
  %s = nn.reduce %e {kind = "sum", axes = array<i64: -2>, keep_dims = true} : (tensor<?x4x2xf32>) -> tensor<?x1x2xf32>
  %y = nn.div %e, %s : (tensor<?x4x2xf32>, tensor<?x1x2xf32>) -> tensor<?x4x2xf32>
  return %y : tensor<?x4x2xf32>
}

// CHECK-LABEL: func.func @softmax_without_shift
// CHECK: %[[Y:.*]] = nn.softmax %arg0 {axis = 1 : i64}
// CHECK-NEXT: return %[[Y]]
func.func @softmax_without_shift(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %e = nn.exp %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %s = nn.reduce %e {kind = "sum", axes = array<i64: 1>, keep_dims = true} : (tensor<?x4xf32>) -> tensor<?x1xf32>
  %r = nn.reciprocal %s : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y = nn.mul %e, %r : (tensor<?x4xf32>, tensor<?x1xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @log_softmax
// CHECK: %[[Y:.*]] = nn.log_softmax %arg0 {axis = 1 : i64}
// CHECK-NEXT: return %[[Y]]
func.func @log_softmax(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %m = nn.reduce %x {kind = "max", axes = array<i64: 1>, keep_dims = true} : (tensor<?x4xf32>) -> tensor<?x1xf32>
  %d = nn.sub %x, %m : (tensor<?x4xf32>, tensor<?x1xf32>) -> tensor<?x4xf32>
  %e = nn.exp %d : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %s = nn.reduce %e {kind = "sum", axes = array<i64: 1>, keep_dims = true} : (tensor<?x4xf32>) -> tensor<?x1xf32>
  %l = nn.log %s : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y = nn.sub %d, %l : (tensor<?x4xf32>, tensor<?x1xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// The exponentials of other numbers; a sum along another dimension.
// CHECK-LABEL: func.func @no_softmax
// CHECK-NOT: nn.softmax
func.func @no_softmax(%x: tensor<4x4xf32>, %z: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  %e = nn.exp %x : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %f = nn.exp %z : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %s = nn.reduce %f {kind = "sum", axes = array<i64: 1>, keep_dims = true} : (tensor<4x4xf32>) -> tensor<4x1xf32>
  %y = nn.div %e, %s : (tensor<4x4xf32>, tensor<4x1xf32>) -> tensor<4x4xf32>
  %t = nn.reduce %e {kind = "sum", axes = array<i64: 0, 1>, keep_dims = true} : (tensor<4x4xf32>) -> tensor<1x1xf32>
  %w = nn.div %e, %t : (tensor<4x4xf32>, tensor<1x1xf32>) -> tensor<4x4xf32>
  return %y, %w : tensor<4x4xf32>, tensor<4x4xf32>
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

// As transformers write it: heads are brought forward for the products and back.
// What is added to all scores changes nothing.
// CHECK-LABEL: func.func @attention
// CHECK-NEXT: %[[Y:.*]] = nn.attention %arg0, %arg1, %arg2, %arg3 {scale = 1.250000e-01 : f64}
// CHECK-NEXT: return %[[Y]]
func.func @attention(%q: tensor<?x8x2x4xf32>, %k: tensor<?x8x2x4xf32>, %v: tensor<?x8x2x4xf32>, %mask: tensor<?x1x1x8xf32>) -> tensor<?x8x2x4xf32> {
  %eight = nn.constant dense<8.0> : tensor<f32>
  %small = nn.constant dense<1.0e-9> : tensor<f32>
  %qt = nn.transpose %q {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x8x2x4xf32>) -> tensor<?x2x8x4xf32>
  %kt = nn.transpose %k {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x8x2x4xf32>) -> tensor<?x2x8x4xf32>
  %vt = nn.transpose %v {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x8x2x4xf32>) -> tensor<?x2x8x4xf32>
  %s = nn.matmul %qt, %kt {transpose_b = true, to = "f32"} : (tensor<?x2x8x4xf32>, tensor<?x2x8x4xf32>) -> tensor<?x2x8x8xf32>
  %d = nn.div %s, %eight : (tensor<?x2x8x8xf32>, tensor<f32>) -> tensor<?x2x8x8xf32>
  %m = nn.add %d, %mask : (tensor<?x2x8x8xf32>, tensor<?x1x1x8xf32>) -> tensor<?x2x8x8xf32>
  %e = nn.add %m, %small : (tensor<?x2x8x8xf32>, tensor<f32>) -> tensor<?x2x8x8xf32>
  %w = nn.softmax %e : (tensor<?x2x8x8xf32>) -> tensor<?x2x8x8xf32>
  %p = nn.matmul %w, %vt : (tensor<?x2x8x8xf32>, tensor<?x2x8x4xf32>) -> tensor<?x2x8x4xf32>
  %y = nn.transpose %p {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x8x4xf32>) -> tensor<?x8x2x4xf32>
  return %y : tensor<?x8x2x4xf32>
}

// As Keras' einsum has it: the scores are a transposed product.
// CHECK-LABEL: func.func @attention_by_einsum
// CHECK-NEXT: %[[Y:.*]] = nn.attention %arg0, %arg1, %arg2 :
// CHECK-NEXT: return %[[Y]]
func.func @attention_by_einsum(%q: tensor<1x8x2x4xf32>, %k: tensor<1x9x2x4xf32>, %v: tensor<1x9x2x5xf32>) -> tensor<1x8x2x5xf32> {
  %kt = nn.transpose %k {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x9x2x4xf32>) -> tensor<1x2x9x4xf32>
  %qt = nn.transpose %q {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x8x2x4xf32>) -> tensor<1x2x4x8xf32>
  %vt = nn.transpose %v {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x9x2x5xf32>) -> tensor<1x2x9x5xf32>
  %t = nn.matmul %kt, %qt : (tensor<1x2x9x4xf32>, tensor<1x2x4x8xf32>) -> tensor<1x2x9x8xf32>
  %s = nn.transpose %t {perm = array<i64: 0, 1, 3, 2>} : (tensor<1x2x9x8xf32>) -> tensor<1x2x8x9xf32>
  %w = nn.softmax %s : (tensor<1x2x8x9xf32>) -> tensor<1x2x8x9xf32>
  %p = nn.matmul %w, %vt : (tensor<1x2x8x9xf32>, tensor<1x2x9x5xf32>) -> tensor<1x2x8x5xf32>
  %y = nn.transpose %p {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x2x8x5xf32>) -> tensor<1x8x2x5xf32>
  return %y : tensor<1x8x2x5xf32>
}

// Somebody else reads the weights; matrices that no transposition brought.
// CHECK-LABEL: func.func @no_attention
// CHECK-NOT: nn.attention
func.func @no_attention(%q: tensor<1x8x2x4xf32>, %a: tensor<1x2x8x4xf32>) -> (tensor<1x2x8x4xf32>, tensor<1x2x8x8xf32>, tensor<1x2x8x4xf32>) {
  %qt = nn.transpose %q {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x8x2x4xf32>) -> tensor<1x2x8x4xf32>
  %s = nn.matmul %qt, %qt {transpose_b = true} : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) -> tensor<1x2x8x8xf32>
  %w = nn.softmax %s : (tensor<1x2x8x8xf32>) -> tensor<1x2x8x8xf32>
  %p = nn.matmul %w, %qt : (tensor<1x2x8x8xf32>, tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32>
  %t = nn.matmul %a, %a {transpose_b = true} : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) -> tensor<1x2x8x8xf32>
  %u = nn.softmax %t : (tensor<1x2x8x8xf32>) -> tensor<1x2x8x8xf32>
  %z = nn.matmul %u, %a : (tensor<1x2x8x8xf32>, tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32>
  return %p, %w, %z : tensor<1x2x8x4xf32>, tensor<1x2x8x8xf32>, tensor<1x2x8x4xf32>
}

// One head of keys and values for all queries: TensorFlow repeats it, an
// attention does not.
// CHECK-LABEL: func.func @no_attention_with_shared_heads
// CHECK-NOT: nn.attention
func.func @no_attention_with_shared_heads(%q: tensor<1x8x2x4xf32>, %k: tensor<1x8x1x4xf32>, %v: tensor<1x8x1x4xf32>) -> tensor<1x2x8x4xf32> {
  %a = nn.transpose %q {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x8x2x4xf32>) -> tensor<1x2x8x4xf32>
  %b = nn.transpose %k {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x8x1x4xf32>) -> tensor<1x1x4x8xf32>
  %c = nn.transpose %v {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x8x1x4xf32>) -> tensor<1x1x8x4xf32>
  %s = nn.matmul %a, %b : (tensor<1x2x8x4xf32>, tensor<1x1x4x8xf32>) -> tensor<1x2x8x8xf32>
  %p = nn.softmax %s {axis = -1 : i64} : (tensor<1x2x8x8xf32>) -> tensor<1x2x8x8xf32>
  %y = nn.matmul %p, %c : (tensor<1x2x8x8xf32>, tensor<1x1x8x4xf32>) -> tensor<1x2x8x4xf32>
  return %y : tensor<1x2x8x4xf32>
}
