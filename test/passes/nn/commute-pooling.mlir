// RUN: graft-opt %s --nn-commute-pooling | FileCheck %s

// As many pixels, fewer channels: the mean comes after the convolution, whose
// bias it keeps.
// CHECK-LABEL: func.func @sink
// CHECK-SAME: %[[X:[^:]*]]: tensor
// CHECK: %[[C:.*]] = nn.conv2d %[[X]], %{{.*}} bias %{{.*}} : {{.*}} -> tensor<?x5x6x2xf32>
// CHECK: %[[P:.*]] = nn.avg_pool2d %[[C]] {pads = array<i64: 1, 1, 1, 1>, window = array<i64: 3, 3>} : (tensor<?x5x6x2xf32>) -> tensor<?x5x6x2xf32>
// CHECK: nn.relu %[[P]]
func.func @sink(%x: tensor<?x5x6x4xf32>, %w: tensor<1x1x4x2xf32>, %b: tensor<2xf32>) -> tensor<?x5x6x2xf32> {
  %p = nn.avg_pool2d %x {window = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : (tensor<?x5x6x4xf32>) -> tensor<?x5x6x4xf32>
  %c = nn.conv2d %p, %w bias %b : (tensor<?x5x6x4xf32>, tensor<1x1x4x2xf32>, tensor<2xf32>) -> tensor<?x5x6x2xf32>
  %y = nn.relu %c : (tensor<?x5x6x2xf32>) -> tensor<?x5x6x2xf32>
  return %y : tensor<?x5x6x2xf32>
}

// A window without padding changes the size; it does so after the convolution.
// CHECK-LABEL: func.func @shrink
// CHECK: nn.conv2d {{.*}} -> tensor<1x5x6x2xf32>
// CHECK: nn.avg_pool2d {{.*}} -> tensor<1x3x4x2xf32>
func.func @shrink(%x: tensor<1x5x6x4xf32>, %w: tensor<1x1x4x2xf32>) -> tensor<1x3x4x2xf32> {
  %p = nn.avg_pool2d %x {window = array<i64: 3, 3>} : (tensor<1x5x6x4xf32>) -> tensor<1x3x4x4xf32>
  %y = nn.conv2d %p, %w : (tensor<1x3x4x4xf32>, tensor<1x1x4x2xf32>) -> tensor<1x3x4x2xf32>
  return %y : tensor<1x3x4x2xf32>
}

// Fewer pixels: the mean comes first, however many channels it has.
// CHECK-LABEL: func.func @hoist
// CHECK-SAME: %[[X:[^:]*]]: tensor
// CHECK: %[[P:.*]] = nn.avg_pool2d %[[X]] {{.*}} : (tensor<?x6x6x4xf32>) -> tensor<?x3x3x4xf32>
// CHECK: nn.conv2d %[[P]], {{.*}} -> tensor<?x3x3x2xf32>
func.func @hoist(%x: tensor<?x6x6x4xf32>, %w: tensor<1x1x4x2xf32>) -> tensor<?x3x3x2xf32> {
  %c = nn.conv2d %x, %w : (tensor<?x6x6x4xf32>, tensor<1x1x4x2xf32>) -> tensor<?x6x6x2xf32>
  %y = nn.avg_pool2d %c {window = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<?x6x6x2xf32>) -> tensor<?x3x3x2xf32>
  return %y : tensor<?x3x3x2xf32>
}

// More channels; somebody else reads the mean; a window of three; padding that
// counts beside a bias; an activation in between.
// CHECK-LABEL: func.func @kept
// CHECK: nn.avg_pool2d {{.*}} -> tensor<1x4x4x2xf32>
// CHECK: nn.conv2d {{.*}} -> tensor<1x4x4x3xf32>
// CHECK: nn.conv2d {{.*}} -> tensor<1x4x4x1xf32>
// CHECK: nn.avg_pool2d {{.*}} -> tensor<1x4x4x2xf32>
// CHECK: nn.conv2d {{.*}} -> tensor<1x2x2x1xf32>
// CHECK: nn.avg_pool2d {{.*}}include_pad{{.*}} -> tensor<1x4x4x2xf32>
// CHECK: nn.conv2d {{.*}} -> tensor<1x4x4x1xf32>
// CHECK: nn.conv2d {{.*}}relu{{.*}} -> tensor<1x4x4x1xf32>
// CHECK: nn.avg_pool2d {{.*}} -> tensor<1x2x2x1xf32>
func.func @kept(%x: tensor<1x4x4x2xf32>, %more: tensor<1x1x2x3xf32>, %fewer: tensor<1x1x2x1xf32>, %wide: tensor<3x3x2x1xf32>, %b: tensor<1xf32>)
    -> (tensor<1x4x4x3xf32>, tensor<1x4x4x1xf32>, tensor<1x2x2x1xf32>, tensor<1x4x4x1xf32>, tensor<1x2x2x1xf32>) {
  %p = nn.avg_pool2d %x {window = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %a = nn.conv2d %p, %more : (tensor<1x4x4x2xf32>, tensor<1x1x2x3xf32>) -> tensor<1x4x4x3xf32>
  %c = nn.conv2d %p, %fewer : (tensor<1x4x4x2xf32>, tensor<1x1x2x1xf32>) -> tensor<1x4x4x1xf32>
  %q = nn.avg_pool2d %x {window = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %d = nn.conv2d %q, %wide : (tensor<1x4x4x2xf32>, tensor<3x3x2x1xf32>) -> tensor<1x2x2x1xf32>
  %r = nn.avg_pool2d %x {window = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>, include_pad = true} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %e = nn.conv2d %r, %fewer bias %b : (tensor<1x4x4x2xf32>, tensor<1x1x2x1xf32>, tensor<1xf32>) -> tensor<1x4x4x1xf32>
  %f = nn.conv2d %x, %fewer {epilogues = [#nn.epilogue<"relu">]} : (tensor<1x4x4x2xf32>, tensor<1x1x2x1xf32>) -> tensor<1x4x4x1xf32>
  %g = nn.avg_pool2d %f {window = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x4x4x1xf32>) -> tensor<1x2x2x1xf32>
  return %a, %c, %d, %e, %g : tensor<1x4x4x3xf32>, tensor<1x4x4x1xf32>, tensor<1x2x2x1xf32>, tensor<1x4x4x1xf32>, tensor<1x2x2x1xf32>
}
