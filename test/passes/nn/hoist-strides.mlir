// RUN: graft-opt %s --nn-hoist-strides | FileCheck %s
// RUN: graft-opt %s --nn-hoist-strides --remarks-filter=nn-hoist-strides --remark-policy=all --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// The end of a residual stage: two strided 1x1 convolutions read the sum, and
// the branch below it is read by others, too. All of the block but its first
// convolution computes every other pixel.
// CHECK-LABEL: func.func @residual
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK: %[[W1:.*]] = nn.constant dense<1.0
// CHECK: %[[A:.*]] = nn.conv2d %[[X]], %[[W1]] : {{.*}} -> tensor<?x7x8x1xf32>
// CHECK: %[[B:.*]] = nn.conv2d %[[A]], {{.*}} {pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : {{.*}} -> tensor<?x4x4x1xf32>
// CHECK: %[[C:.*]] = nn.conv2d %[[B]], %[[W1]] : {{.*}} -> tensor<?x4x4x1xf32>
// CHECK: %[[THIN:.*]] = nn.strided_slice %[[X]] {begin = array<i64: 0, 0, 0, 0>, begin_mask = 15 : i64, end = array<i64: 0, 0, 0, 0>, end_mask = 15 : i64, strides = array<i64: 1, 2, 2, 1>} : (tensor<?x7x8x1xf32>) -> tensor<?x4x4x1xf32>
// CHECK: %[[SUM:.*]] = nn.add %[[C]], %[[THIN]] : {{.*}} -> tensor<?x4x4x1xf32>
// CHECK: %[[RELU:.*]] = nn.relu %[[SUM]]
// CHECK: %[[P:.*]] = nn.conv2d %[[RELU]], %[[W1]] : {{.*}} -> tensor<?x4x4x1xf32>
// CHECK: %[[Q:.*]] = nn.conv2d %[[RELU]], %[[W1]] {strides = array<i64: 2, 1>} : {{.*}} -> tensor<?x2x4x1xf32>
// CHECK: return %[[P]], %[[Q]]
// REMARK-COUNT-4: remark: [Passed] Hoisted {{.*}}columns=2, rows=2
func.func @residual(%x: tensor<?x7x8x1xf32>) -> (tensor<?x4x4x1xf32>, tensor<?x2x4x1xf32>) {
  %w1 = nn.constant dense<1.0> : tensor<1x1x1x1xf32>
  %w3 = nn.constant dense<2.0> : tensor<3x3x1x1xf32>
  %a = nn.conv2d %x, %w1 : (tensor<?x7x8x1xf32>, tensor<1x1x1x1xf32>) -> tensor<?x7x8x1xf32>
  %b = nn.conv2d %a, %w3 {pads = array<i64: 1, 1, 1, 1>} : (tensor<?x7x8x1xf32>, tensor<3x3x1x1xf32>) -> tensor<?x7x8x1xf32>
  %c = nn.conv2d %b, %w1 : (tensor<?x7x8x1xf32>, tensor<1x1x1x1xf32>) -> tensor<?x7x8x1xf32>
  %sum = nn.add %c, %x : (tensor<?x7x8x1xf32>, tensor<?x7x8x1xf32>) -> tensor<?x7x8x1xf32>
  %relu = nn.relu %sum : (tensor<?x7x8x1xf32>) -> tensor<?x7x8x1xf32>
  %p = nn.conv2d %relu, %w1 {strides = array<i64: 2, 2>} : (tensor<?x7x8x1xf32>, tensor<1x1x1x1xf32>) -> tensor<?x4x4x1xf32>
  %q = nn.conv2d %relu, %w1 {strides = array<i64: 4, 2>} : (tensor<?x7x8x1xf32>, tensor<1x1x1x1xf32>) -> tensor<?x2x4x1xf32>
  return %p, %q : tensor<?x4x4x1xf32>, tensor<?x2x4x1xf32>
}

// Strides multiply through a pooling, one dimension at a time: the window of
// three columns reads all of them. A bias and a single pixel belong to every
// pixel and stay.
// CHECK-LABEL: func.func @pool
// CHECK: nn.max_pool2d {{.*}}strides = array<i64: 6, 2>, {{.*}} -> tensor<1x2x6x2xf32>
// CHECK: nn.add {{.*}} : (tensor<1x2x6x2xf32>, tensor<2xf32>) -> tensor<1x2x6x2xf32>
// CHECK: nn.mul {{.*}} : (tensor<1x2x6x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x2x6x2xf32>
// CHECK: nn.conv2d {{.*}} {strides = array<i64: 1, 3>} : {{.*}} -> tensor<1x2x2x1xf32>
func.func @pool(%x: tensor<1x13x13x2xf32>, %bias: tensor<2xf32>, %one: tensor<1x1x1x2xf32>) -> tensor<1x2x2x1xf32> {
  %w = nn.constant dense<1.0> : tensor<1x3x2x1xf32>
  %a = nn.max_pool2d %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x13x13x2xf32>) -> tensor<1x6x6x2xf32>
  %b = nn.add %a, %bias : (tensor<1x6x6x2xf32>, tensor<2xf32>) -> tensor<1x6x6x2xf32>
  %c = nn.mul %b, %one : (tensor<1x6x6x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x6x6x2xf32>
  %y = nn.conv2d %c, %w {strides = array<i64: 3, 3>} : (tensor<1x6x6x2xf32>, tensor<1x3x2x1xf32>) -> tensor<1x2x2x1xf32>
  return %y : tensor<1x2x2x1xf32>
}

// A reader that takes every third pixel and one that takes every sixth leave
// every third; the sum below has to be thinned for the second.
// CHECK-LABEL: func.func @common
// CHECK: %[[A:.*]] = nn.conv2d {{.*}} {strides = array<i64: 3, 3>} : {{.*}} -> tensor<1x4x4x1xf32>
// CHECK: nn.conv2d %[[A]], {{.*}} : {{.*}} -> tensor<1x4x4x1xf32>
// CHECK: %[[THIN:.*]] = nn.strided_slice %[[A]] {{.*}}strides = array<i64: 1, 2, 2, 1>{{.*}} -> tensor<1x2x2x1xf32>
// CHECK: %[[R:.*]] = nn.relu %[[THIN]]
// CHECK: nn.conv2d %[[R]], {{.*}} : {{.*}} -> tensor<1x2x2x1xf32>
func.func @common(%x: tensor<1x12x12x1xf32>) -> (tensor<1x4x4x1xf32>, tensor<1x2x2x1xf32>) {
  %w = nn.constant dense<1.0> : tensor<1x1x1x1xf32>
  %a = nn.conv2d %x, %w : (tensor<1x12x12x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x12x12x1xf32>
  %y = nn.conv2d %a, %w {strides = array<i64: 3, 3>} : (tensor<1x12x12x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  %r = nn.relu %a : (tensor<1x12x12x1xf32>) -> tensor<1x12x12x1xf32>
  %z = nn.conv2d %r, %w {strides = array<i64: 6, 6>} : (tensor<1x12x12x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  return %y, %z : tensor<1x4x4x1xf32>, tensor<1x2x2x1xf32>
}

// Somebody reads all pixels; a padded window sees a border that is not there
// after thinning; nothing heavy is above; a size is not known.
// CHECK-LABEL: func.func @kept
// CHECK-NOT: nn.strided_slice
// CHECK-DAG: nn.conv2d %{{.*}}, %{{.*}} : (tensor<1x8x8x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x8x8x1xf32>
// CHECK-DAG: nn.max_pool2d {{.*}} -> tensor<1x7x7x1xf32>
// CHECK-DAG: nn.relu {{.*}} -> tensor<1x8x8x1xf32>
// CHECK-DAG: nn.conv2d %{{.*}}, %{{.*}} : (tensor<1x?x8x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x?x8x1xf32>
// CHECK-NOT: nn.strided_slice
// CHECK: return
func.func @kept(%x: tensor<1x8x8x1xf32>, %d: tensor<1x?x8x1xf32>) -> (tensor<1x8x8x1xf32>, tensor<1x4x4x1xf32>, tensor<1x5x5x1xf32>, tensor<1x4x4x1xf32>, tensor<1x?x4x1xf32>) {
  %w = nn.constant dense<1.0> : tensor<1x1x1x1xf32>
  %a = nn.conv2d %x, %w : (tensor<1x8x8x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x8x8x1xf32>
  %p = nn.conv2d %a, %w {strides = array<i64: 2, 2>} : (tensor<1x8x8x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  %b = nn.max_pool2d %x {window = array<i64: 2, 2>} : (tensor<1x8x8x1xf32>) -> tensor<1x7x7x1xf32>
  %q = nn.conv2d %b, %w {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x7x7x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x5x5x1xf32>
  %c = nn.relu %x : (tensor<1x8x8x1xf32>) -> tensor<1x8x8x1xf32>
  %r = nn.conv2d %c, %w {strides = array<i64: 2, 2>} : (tensor<1x8x8x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  %e = nn.conv2d %d, %w : (tensor<1x?x8x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x?x8x1xf32>
  %s = nn.conv2d %e, %w {strides = array<i64: 2, 2>} : (tensor<1x?x8x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x?x4x1xf32>
  return %a, %p, %q, %r, %s : tensor<1x8x8x1xf32>, tensor<1x4x4x1xf32>, tensor<1x5x5x1xf32>, tensor<1x4x4x1xf32>, tensor<1x?x4x1xf32>
}

// An operand that differs from column to column, without being an image, cannot
// be thinned with it: all of the sum is computed.
// CHECK-LABEL: func.func @columns
// CHECK: nn.conv2d %arg0, {{.*}} -> tensor<1x12x12x1xf32>
// CHECK: nn.add {{.*}} : (tensor<1x12x12x1xf32>, tensor<12x1xf32>) -> tensor<1x12x12x1xf32>
// CHECK: nn.mul {{.*}} : (tensor<1x12x12x1xf32>, tensor<1x12x1x1xf32>) -> tensor<1x12x12x1xf32>
// CHECK: nn.conv2d {{.*}} {strides = array<i64: 2, 2>} : {{.*}} -> tensor<1x6x6x1xf32>
func.func @columns(%x: tensor<1x12x12x1xf32>, %columns: tensor<12x1xf32>, %rows: tensor<1x12x1x1xf32>) -> tensor<1x6x6x1xf32> {
  %w = nn.constant dense<1.0> : tensor<1x1x1x1xf32>
  %a = nn.conv2d %x, %w : (tensor<1x12x12x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x12x12x1xf32>
  %b = nn.add %a, %columns : (tensor<1x12x12x1xf32>, tensor<12x1xf32>) -> tensor<1x12x12x1xf32>
  %c = nn.mul %b, %rows : (tensor<1x12x12x1xf32>, tensor<1x12x1x1xf32>) -> tensor<1x12x12x1xf32>
  %y = nn.conv2d %c, %w {strides = array<i64: 2, 2>} : (tensor<1x12x12x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x6x6x1xf32>
  return %y : tensor<1x6x6x1xf32>
}
