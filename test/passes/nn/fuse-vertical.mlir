// RUN: graft-opt %s --nn-fuse-vertical | FileCheck %s

// CHECK-LABEL: func.func @bias_and_activation
// CHECK: %[[Y:.*]] = nn.conv2d %{{.*}}, %{{.*}} bias %{{.*}} {epilogues = [#nn.epilogue<"relu">]}
// CHECK-NEXT: return %[[Y]]
func.func @bias_and_activation(%x: tensor<?x4x4x1xf32>) -> tensor<?x4x4x2xf32> {
  %w = nn.constant dense<1.0> : tensor<1x1x1x2xf32>
  %b = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %c = nn.conv2d %x, %w : (tensor<?x4x4x1xf32>, tensor<1x1x1x2xf32>) -> tensor<?x4x4x2xf32>
  %a = nn.add %c, %b : (tensor<?x4x4x2xf32>, tensor<2xf32>) -> tensor<?x4x4x2xf32>
  %y = nn.relu %a : (tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32>
  return %y : tensor<?x4x4x2xf32>
}

// Of the two convolutions the later one takes the other's result: it rides as an
// epilogue, and the activation after it.
// CHECK-LABEL: func.func @residual
// CHECK: %[[FIRST:.*]] = nn.conv2d
// CHECK-NOT: epilogues
// CHECK: nn.conv2d %{{.*}}, %{{.*}} epilogue(%[[FIRST]])
// CHECK-SAME: epilogues = [#nn.epilogue<"add", operand = 0>, #nn.epilogue<"relu">]
func.func @residual(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> {
  %w = nn.constant dense<1.0> : tensor<1x1x1x2xf32>
  %p = nn.conv2d %x, %w : (tensor<1x4x4x1xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %q = nn.conv2d %x, %w : (tensor<1x4x4x1xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %a = nn.add %p, %q : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %y = nn.relu %a : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  return %y : tensor<1x4x4x2xf32>
}

// The operand is defined after the convolution: the fused operation moves down.
// CHECK-LABEL: func.func @late_operand
// CHECK: %[[LATE:.*]] = nn.exp
// CHECK: nn.conv2d {{.*}} epilogue(%[[LATE]])
func.func @late_operand(%x: tensor<1x4x4x1xf32>, %z: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %w = nn.constant dense<1.0> : tensor<1x1x1x2xf32>
  %c = nn.conv2d %x, %w : (tensor<1x4x4x1xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %e = nn.exp %z : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %y = nn.add %c, %e : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  return %y : tensor<1x4x4x2xf32>
}

// A parameter travels with the activation.
// CHECK-LABEL: func.func @parameters
// CHECK: nn.matmul {{.*}}epilogues = [#nn.epilogue<"clip", beta = 6.000000e+00>]
func.func @parameters(%x: tensor<2x3xf32>) -> tensor<2x4xf32> {
  %w = nn.constant dense<1.0> : tensor<3x4xf32>
  %c = nn.matmul %x, %w : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %y = nn.clip %c {alpha = 0.0, beta = 6.0} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// Somebody else reads the convolution: nothing may change it.
// CHECK-LABEL: func.func @two_readers
// CHECK: nn.conv2d
// CHECK-NOT: epilogues
// CHECK: nn.relu
func.func @two_readers(%x: tensor<1x4x4x1xf32>) -> (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) {
  %w = nn.constant dense<1.0> : tensor<1x1x1x2xf32>
  %c = nn.conv2d %x, %w : (tensor<1x4x4x1xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %y = nn.relu %c : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  return %c, %y : tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>
}

// a - conv is not conv - a.
// CHECK-LABEL: func.func @subtracted
// CHECK: nn.sub
func.func @subtracted(%x: tensor<2x3xf32>, %a: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %w = nn.constant dense<1.0> : tensor<3x4xf32>
  %c = nn.matmul %x, %w : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %y = nn.sub %a, %c : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// The other operand enlarges the result.
// CHECK-LABEL: func.func @enlarged
// CHECK: nn.add
func.func @enlarged(%x: tensor<1x3xf32>, %a: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %w = nn.constant dense<1.0> : tensor<3x4xf32>
  %c = nn.matmul %x, %w : (tensor<1x3xf32>, tensor<3x4xf32>) -> tensor<1x4xf32>
  %y = nn.add %a, %c : (tensor<2x4xf32>, tensor<1x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// The default of a parameter is written out: an epilogue has none.
// CHECK-LABEL: func.func @default_parameters
// CHECK: nn.matmul {{.*}}epilogues = [#nn.epilogue<"elu", alpha = 1.000000e+00>, #nn.epilogue<"hard_sigmoid", alpha = 2.000000e-01, beta = 5.000000e-01>]
func.func @default_parameters(%x: tensor<2x3xf32>) -> tensor<2x4xf32> {
  %w = nn.constant dense<1.0> : tensor<3x4xf32>
  %c = nn.matmul %x, %w : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %e = nn.elu %c : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %y = nn.hard_sigmoid %e : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// A pooling carries what follows it, too. Of a convolution and a later pooling
// the convolution carries the sum of both.
// CHECK-LABEL: func.func @pooling
// CHECK: nn.avg_pool2d {{.*}}epilogues = [#nn.epilogue<"relu">]
// CHECK-NOT: nn.relu
// CHECK: %[[M:.*]] = nn.max_pool2d %{{[^ ]*}} {pads
// CHECK: nn.conv2d {{.*}} epilogue(%[[M]])
func.func @pooling(%x: tensor<?x4x4x2xf32>, %w: tensor<1x1x2x2xf32>) -> (tensor<?x3x3x2xf32>, tensor<?x4x4x2xf32>) {
  %p = nn.avg_pool2d %x {window = array<i64: 2, 2>} : (tensor<?x4x4x2xf32>) -> tensor<?x3x3x2xf32>
  %r = nn.relu %p : (tensor<?x3x3x2xf32>) -> tensor<?x3x3x2xf32>
  %c = nn.conv2d %x, %w : (tensor<?x4x4x2xf32>, tensor<1x1x2x2xf32>) -> tensor<?x4x4x2xf32>
  %m = nn.max_pool2d %x {window = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : (tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32>
  %y = nn.add %c, %m : (tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32>
  return %r, %y : tensor<?x3x3x2xf32>, tensor<?x4x4x2xf32>
}

// A pooling has no bias: a constant for each channel is an operand.
// CHECK-LABEL: func.func @pooling_and_constant
// CHECK: %[[B:.*]] = nn.constant
// CHECK: nn.avg_pool2d %{{[^ ]*}} epilogue(%[[B]]) {epilogues = [#nn.epilogue<"add", operand = 0>]
func.func @pooling_and_constant(%x: tensor<1x4x4x2xf32>) -> tensor<1x3x3x2xf32> {
  %b = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %p = nn.avg_pool2d %x {window = array<i64: 2, 2>} : (tensor<1x4x4x2xf32>) -> tensor<1x3x3x2xf32>
  %y = nn.add %p, %b : (tensor<1x3x3x2xf32>, tensor<2xf32>) -> tensor<1x3x3x2xf32>
  return %y : tensor<1x3x3x2xf32>
}
