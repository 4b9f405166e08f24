// RUN: graft-opt %s --nn-lower-precision --split-input-file | FileCheck %s
// RUN: graft-opt %s --nn-lower-precision=type=f16 --split-input-file | FileCheck %s --check-prefix=HALF
// RUN: graft-opt %s --nn-lower-precision="deny=conv2d,matmul" --split-input-file | FileCheck %s --check-prefix=DENY
// RUN: graft-opt %s --nn-lower-precision="keep=^second" --split-input-file | FileCheck %s --check-prefix=KEEP
// RUN: graft-opt %s --nn-lower-precision --canonicalize --nn-lower-precision --split-input-file | FileCheck %s --check-prefix=TWICE
// RUN: not graft-opt %s --nn-lower-precision=type=f8 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not graft-opt %s --nn-lower-precision=deny=convolve 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not graft-opt %s --nn-lower-precision="keep=[" 2>&1 | FileCheck %s --check-prefix=REGEX
// RUN: not graft-opt %s --nn-lower-precision="keep=((a{200}){200}){200}" 2>&1 | FileCheck %s --check-prefix=STATES
// RUN: not graft-opt %s --nn-lower-precision='keep=(a)\1' 2>&1 | FileCheck %s --check-prefix=BACK

// TYPE: type must be bf16 or f16, got 'f8'
// NAME: there must be an operation of each name, got 'convolve'
// REGEX: keep must be a regular expression, got '['
// STATES: keep must be a regular expression, got '((a{200}){200}){200}': more than 100000 states
// BACK: keep must be a regular expression, got '(a)\1': a reference back

// Inputs and outputs keep their types, weights are cast now, the bias stays wide.
// Of two convolutions the first is read by a narrow one; the second hands on its
// sums.
// CHECK-LABEL: func.func @chain(
// CHECK-SAME: %[[X:.*]]: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
// CHECK: %[[N:.*]] = nn.cast %[[X]] {to = "bf16"}
// CHECK-DAG: %[[W1:.*]] = nn.constant dense<1.000000e+00> : tensor<1x1x2x2xbf16>
// CHECK-DAG: %[[B:.*]] = nn.constant dense<1.001000e+00> : tensor<2xf32>
// CHECK: %[[Y1:.*]] = nn.conv2d %[[N]], %[[W1]] bias %[[B]]
// CHECK-SAME: -> tensor<1x4x4x2xbf16>
// CHECK: %[[Y2:.*]] = nn.conv2d %[[Y1]], %{{.*}} {epilogues = [#nn.epilogue<"relu">], to = "f32"}
// CHECK-SAME: (tensor<1x4x4x2xbf16>, tensor<1x1x2x2xbf16>) -> tensor<1x4x4x2xf32>
// CHECK-NEXT: return %[[Y2]]

// HALF-LABEL: func.func @chain
// HALF: nn.cast %{{.*}} {to = "f16"}
// HALF: nn.conv2d {{.*}}-> tensor<1x4x4x2xf16>
// HALF: nn.conv2d {{.*}}to = "f32"

// DENY-LABEL: func.func @chain
// DENY-NOT: bf16
// DENY: return

// KEEP-LABEL: func.func @chain
// KEEP: %[[Y1:.*]] = nn.conv2d {{.*}}to = "f32"
// KEEP: nn.conv2d %[[Y1]]
// KEEP-SAME: (tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x4x4x2xf32>
func.func @chain(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %w1 = nn.constant dense<1.001> : tensor<1x1x2x2xf32>
  %w2 = nn.constant dense<1.0> : tensor<1x1x2x2xf32>
  %b = nn.constant dense<1.001> : tensor<2xf32>
  %y1 = nn.conv2d %x, %w1 bias %b : (tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32> loc("first/Conv2D")
  %y2 = nn.conv2d %y1, %w2 {epilogues = [#nn.epilogue<"relu">]} : (tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x4x4x2xf32> loc(fused["second/Conv2D", "second/Relu"])
  return %y2 : tensor<1x4x4x2xf32>
}

// -----

// Between two products, element-wise operations are narrow: no cast at all.
// CHECK-LABEL: func.func @between
// CHECK: nn.cast %arg0
// CHECK-NOT: nn.cast
// CHECK: nn.tanh {{.*}} : (tensor<4x4xbf16>) -> tensor<4x4xbf16>
// CHECK-NEXT: nn.add {{.*}} : (tensor<4x4xbf16>, tensor<4x4xbf16>) -> tensor<4x4xbf16>
// CHECK-NEXT: nn.div {{.*}} : (tensor<4x4xbf16>, tensor<4x4xbf16>) -> tensor<4x4xbf16>
// CHECK-NEXT: nn.softmax {{.*}} : (tensor<4x4xbf16>) -> tensor<4x4xbf16>
// CHECK-NEXT: nn.matmul {{.*}}to = "f32"
func.func @between(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %w = nn.constant dense<2.0> : tensor<4x4xf32>
  %a = nn.matmul %x, %w : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %t = nn.tanh %a : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %s = nn.add %t, %a : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %q = nn.div %s, %t : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %p = nn.softmax %q : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %y = nn.matmul %p, %w : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %y : tensor<4x4xf32>
}

// -----

// A chain before the first product and one after the last one stay wide: a cast
// at each border, on the side of the product where it can be.
// CHECK-LABEL: func.func @ends
// CHECK: nn.tanh %{{.*}} -> tensor<4x4xf32>
// CHECK-NEXT: %[[M:.*]] = nn.mul {{.*}} -> tensor<4x4xf32>
// CHECK-NEXT: %[[N:.*]] = nn.cast %[[M]] {to = "bf16"}
// CHECK-NEXT: %[[Y:.*]] = nn.matmul %[[N]], %{{.*}} {to = "f32"}
// CHECK-NEXT: nn.sigmoid %[[Y]]
// CHECK-NEXT: nn.softmax
// CHECK-NEXT: return
func.func @ends(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %w = nn.constant dense<2.0> : tensor<4x4xf32>
  %t = nn.tanh %x : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %m = nn.mul %t, %x : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %a = nn.matmul %m, %w : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %s = nn.sigmoid %a : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %y = nn.softmax %s : (tensor<4x4xf32>) -> tensor<4x4xf32>
  return %y : tensor<4x4xf32>
}

// -----

// What never rounds lets the cast pass upwards, to the tensor itself.
// CHECK-LABEL: func.func @upwards
// CHECK: %[[N:.*]] = nn.cast %arg0 {to = "bf16"}
// CHECK: nn.pad %[[N]]
// CHECK: nn.max_pool2d {{.*}} -> tensor<1x5x5x2xbf16>
// CHECK: nn.conv2d
func.func @upwards(%x: tensor<1x4x4x2xf32>) -> tensor<1x5x5x2xf32> {
  %w = nn.constant dense<1.0> : tensor<1x1x2x2xf32>
  %p = nn.pad %x {low = array<i64: 0, 1, 1, 0>, high = array<i64: 0, 1, 1, 0>} : (tensor<1x4x4x2xf32>) -> tensor<1x6x6x2xf32>
  %m = nn.max_pool2d %p {window = array<i64: 2, 2>} : (tensor<1x6x6x2xf32>) -> tensor<1x5x5x2xf32>
  %y = nn.conv2d %m, %w : (tensor<1x5x5x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x5x5x2xf32>
  return %y : tensor<1x5x5x2xf32>
}

// -----

// A mean is wide, and an infer operation behind it too, although both stand
// between convolutions. The one tensor that is read in both types is cast once.
// CHECK-LABEL: func.func @denied
// CHECK: %[[Y:.*]] = nn.conv2d {{.*}} -> tensor<1x4x4x2xbf16>
// CHECK-NEXT: %[[W:.*]] = nn.cast %[[Y]] {to = "f32"}
// CHECK-NEXT: %[[M:.*]] = nn.reduce %[[W]] {{.*}} -> tensor<1x1x1x2xf32>
// CHECK-NEXT: %[[S:.*]] = nn.sub %[[W]], %[[M]] {{.*}} -> tensor<1x4x4x2xf32>
// CHECK-NEXT: %[[N:.*]] = nn.cast %[[S]] {to = "bf16"}
// CHECK: nn.conv2d %[[Y]]
// CHECK: nn.conv2d %[[N]]

// Where others read the wide tensor, too, the mean goes on reading it.
// TWICE-LABEL: func.func @denied
// TWICE: %[[Y:.*]] = nn.conv2d {{.*}} -> tensor<1x4x4x2xbf16>
// TWICE-NEXT: %[[W:.*]] = nn.cast %[[Y]] {to = "f32"}
// TWICE-NEXT: %[[M:.*]] = nn.reduce %[[W]] {{.*}} -> tensor<1x1x1x2xf32>
// TWICE-NEXT: nn.sub %[[W]], %[[M]] {{.*}} -> tensor<1x4x4x2xf32>
func.func @denied(%x: tensor<1x4x4x2xf32>) -> (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) {
  %w = nn.constant dense<1.0> : tensor<1x1x2x2xf32>
  %y = nn.conv2d %x, %w : (tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x4x4x2xf32>
  %m = nn.reduce %y {kind = "mean", axes = array<i64: 1, 2>, keep_dims = true} : (tensor<1x4x4x2xf32>) -> tensor<1x1x1x2xf32>
  %s = nn.sub %y, %m : (tensor<1x4x4x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %a = nn.conv2d %y, %w : (tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x4x4x2xf32>
  %b = nn.conv2d %s, %w : (tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x4x4x2xf32>
  return %a, %b : tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>
}

// -----

// A gate: the mean of what a convolution gives goes through two more, whose
// product with it a third reads. No cast is left beside the input's. A second
// run finds nothing to do.
// CHECK-LABEL: func.func @gate
// CHECK: %[[Y:.*]] = nn.conv2d {{.*}} -> tensor<1x4x4x2xbf16>
// CHECK-NEXT: %[[W:.*]] = nn.cast %[[Y]] {to = "f32"}
// CHECK-NEXT: %[[M:.*]] = nn.reduce %[[W]] {{.*}} -> tensor<1x1x1x2xf32>
// CHECK-NEXT: %[[N:.*]] = nn.cast %[[M]] {to = "bf16"}
// CHECK-NEXT: nn.conv2d %[[N]]

// TWICE-LABEL: func.func @gate
// TWICE: nn.cast %arg0 {to = "bf16"}
// TWICE-NOT: nn.cast
// TWICE: %[[Y:.*]] = nn.conv2d {{.*}} -> tensor<1x4x4x2xbf16>
// TWICE-NEXT: %[[M:.*]] = nn.reduce %[[Y]] {axes = array<i64: 1, 2>, keep_dims = true, kind = "mean"} : (tensor<1x4x4x2xbf16>) -> tensor<1x1x1x2xbf16>
// TWICE-NEXT: %[[S:.*]] = nn.conv2d %[[M]], {{.*}} -> tensor<1x1x1x2xbf16>
// TWICE-NEXT: %[[G:.*]] = nn.mul %[[Y]], %[[S]]
// TWICE-NEXT: nn.conv2d %[[G]]
// TWICE-NOT: nn.cast
// TWICE: return
func.func @gate(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %w = nn.constant dense<1.0> : tensor<1x1x2x2xf32>
  %y = nn.conv2d %x, %w : (tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x4x4x2xf32>
  %m = nn.reduce %y {kind = "mean", axes = array<i64: 1, 2>, keep_dims = true} : (tensor<1x4x4x2xf32>) -> tensor<1x1x1x2xf32>
  %s = nn.conv2d %m, %w {epilogues = [#nn.epilogue<"sigmoid">]} : (tensor<1x1x1x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x1x2xf32>
  %g = nn.mul %y, %s : (tensor<1x4x4x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %z = nn.conv2d %g, %w : (tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x4x4x2xf32>
  return %z : tensor<1x4x4x2xf32>
}

// -----

// A mean that reads bf16 already denies like any other what is inferred from it.
// A maximum rounds no further, and hands on what it is given.
// CHECK-LABEL: func.func @typed
// CHECK: %[[M:.*]] = nn.reduce %arg1 {axes = array<i64: 0>, kind = "mean", to = "f32"}
// CHECK: nn.sub %{{.*}}, %[[M]] {{.*}} -> tensor<4x4xf32>
// CHECK: nn.reduce %{{.*}} {axes = array<i64: 0>, keep_dims = true, kind = "max"} : (tensor<4x4xbf16>) -> tensor<1x4xbf16>
func.func @typed(%x: tensor<4x4xf32>, %n: tensor<4x4xbf16>) -> (tensor<4x4xf32>, tensor<1x4xf32>) {
  %w = nn.constant dense<2.0> : tensor<4x4xf32>
  %a = nn.matmul %x, %w : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %m = nn.reduce %n {kind = "mean", axes = array<i64: 0>, to = "f32"} : (tensor<4x4xbf16>) -> tensor<4xf32>
  %s = nn.sub %a, %m : (tensor<4x4xf32>, tensor<4xf32>) -> tensor<4x4xf32>
  %y = nn.matmul %s, %w : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %l = nn.reduce %a {kind = "max", axes = array<i64: 0>, keep_dims = true, to = "f32"} : (tensor<4x4xf32>) -> tensor<1x4xf32>
  %z = nn.matmul %l, %w : (tensor<1x4xf32>, tensor<4x4xf32>) -> tensor<1x4xf32>
  return %y, %z : tensor<4x4xf32>, tensor<1x4xf32>
}

// -----

// An epilogue's operand is read as it is, wide or narrow.
// CHECK-LABEL: func.func @residual
// CHECK: nn.conv2d %{{.*}}, %{{.*}} epilogue(%arg0)
// CHECK-SAME: (tensor<1x4x4x2xbf16>, tensor<1x1x2x2xbf16>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xbf16>
func.func @residual(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %w = nn.constant dense<1.0> : tensor<1x1x2x2xf32>
  %y = nn.conv2d %x, %w epilogue(%x) {epilogues = [#nn.epilogue<"add", operand = 0>]} : (tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %z = nn.conv2d %y, %w : (tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x4x4x2xf32>
  return %z : tensor<1x4x4x2xf32>
}

// -----

// Without a product nothing gains; integers and 64-bit floats are others' business.
// CHECK-LABEL: func.func @nothing
// CHECK-NOT: bf16
// CHECK: return
func.func @nothing(%x: tensor<4x4xf32>, %z: tensor<4x4xf64>) -> (tensor<4x4xf32>, tensor<4x4xf64>) {
  %t = nn.tanh %x : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %m = nn.matmul %z, %z : (tensor<4x4xf64>, tensor<4x4xf64>) -> tensor<4x4xf64>
  return %t, %m : tensor<4x4xf32>, tensor<4x4xf64>
}

// -----

// A filter of one channel is one of samples: it stays wide, and so does what is
// between two of them. A depthwise convolution has one channel in each group.
// CHECK-LABEL: func.func @samples
// CHECK: nn.conv2d {{.*}} -> tensor<1x4x4x1xf32>
// CHECK: nn.relu {{.*}} -> tensor<1x4x4x1xf32>
// CHECK: %[[Y:.*]] = nn.conv2d {{.*}} -> tensor<1x4x4x2xf32>
// CHECK: %[[N:.*]] = nn.cast %[[Y]] {to = "bf16"}
// CHECK: nn.conv2d %[[N]], %{{.*}} {groups = 2 : i64, to = "f32"}
func.func @samples(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> {
  %one = nn.constant dense<1.0> : tensor<1x1x1x1xf32>
  %two = nn.constant dense<1.0> : tensor<1x1x1x2xf32>
  %a = nn.conv2d %x, %one : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  %r = nn.relu %a : (tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32>
  %b = nn.conv2d %r, %two : (tensor<1x4x4x1xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %c = nn.conv2d %b, %two {groups = 2 : i64} : (tensor<1x4x4x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  return %c : tensor<1x4x4x2xf32>
}
