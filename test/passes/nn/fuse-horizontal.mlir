// RUN: graft-opt %s --nn-fuse-horizontal | FileCheck %s
// RUN: graft-opt %s --nn-fuse-horizontal --remarks-filter=nn-fuse-horizontal --remark-policy=all --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Three siblings, the third of another kernel size. The first two become one.
// CHECK-LABEL: func.func @inception
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-DAG: %[[W:.*]] = nn.constant dense<{{.*}}1.000000e+00, 2.000000e+00, 3.000000e+00
// CHECK-DAG: %[[B:.*]] = nn.constant dense<[1.000000e+01, 2.000000e+01, 3.000000e+01]> : tensor<3xf32>
// CHECK: %[[BOTH:.*]] = nn.conv2d %[[X]], %[[W]] bias %[[B]] {epilogues = [#nn.epilogue<"relu">]}
// CHECK-SAME: -> tensor<?x4x4x3xf32>
// CHECK: %[[P:.*]] = nn.slice %[[BOTH]] {begin = array<i64: 0, 0, 0, 0>, size = array<i64: -1, -1, -1, 1>}
// CHECK: %[[Q:.*]] = nn.slice %[[BOTH]] {begin = array<i64: 0, 0, 0, 1>, size = array<i64: -1, -1, -1, 2>}
// CHECK: %[[R:.*]] = nn.conv2d %[[X]]
// CHECK: nn.concat %[[P]], %[[Q]], %[[R]]
// REMARK: remark: [Passed] Merged {{.*}}operations=2
func.func @inception(%x: tensor<?x4x4x1xf32>) -> tensor<?x4x4x4xf32> {
  %w1 = nn.constant dense<1.0> : tensor<1x1x1x1xf32>
  %b1 = nn.constant dense<10.0> : tensor<1xf32>
  %w2 = nn.constant dense<[[[[2.0, 3.0]]]]> : tensor<1x1x1x2xf32>
  %b2 = nn.constant dense<[20.0, 30.0]> : tensor<2xf32>
  %w3 = nn.constant dense<1.0> : tensor<3x3x1x1xf32>
  %p = nn.conv2d %x, %w1 bias %b1 {epilogues = [#nn.epilogue<"relu">]} : (tensor<?x4x4x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<?x4x4x1xf32>
  %q = nn.conv2d %x, %w2 bias %b2 {epilogues = [#nn.epilogue<"relu">]} : (tensor<?x4x4x1xf32>, tensor<1x1x1x2xf32>, tensor<2xf32>) -> tensor<?x4x4x2xf32>
  %r = nn.conv2d %x, %w3 bias %b1 {epilogues = [#nn.epilogue<"relu">], pads = array<i64: 1, 1, 1, 1>} : (tensor<?x4x4x1xf32>, tensor<3x3x1x1xf32>, tensor<1xf32>) -> tensor<?x4x4x1xf32>
  %y = nn.concat %p, %q, %r {axis = 3 : i64} : (tensor<?x4x4x1xf32>, tensor<?x4x4x2xf32>, tensor<?x4x4x1xf32>) -> tensor<?x4x4x4xf32>
  return %y : tensor<?x4x4x4xf32>
}

// Query, key and value of an attention read the same tensor.
// CHECK-LABEL: func.func @attention
// CHECK: nn.matmul {{.*}} -> tensor<5x9xf32>
// CHECK-NOT: nn.matmul
// CHECK-COUNT-3: nn.slice
func.func @attention(%x: tensor<5x2xf32>) -> (tensor<5x3xf32>, tensor<5x3xf32>, tensor<5x3xf32>) {
  %w = nn.constant dense<1.0> : tensor<2x3xf32>
  %b = nn.constant dense<1.0> : tensor<3xf32>
  %q = nn.matmul %x, %w bias %b : (tensor<5x2xf32>, tensor<2x3xf32>, tensor<3xf32>) -> tensor<5x3xf32>
  %k = nn.matmul %x, %w bias %b : (tensor<5x2xf32>, tensor<2x3xf32>, tensor<3xf32>) -> tensor<5x3xf32>
  %v = nn.matmul %x, %w bias %b : (tensor<5x2xf32>, tensor<2x3xf32>, tensor<3xf32>) -> tensor<5x3xf32>
  return %q, %k, %v : tensor<5x3xf32>, tensor<5x3xf32>, tensor<5x3xf32>
}

// Activations differ, so there is no common operation.
// CHECK-LABEL: func.func @different
// CHECK-COUNT-2: nn.matmul
func.func @different(%x: tensor<5x2xf32>) -> (tensor<5x3xf32>, tensor<5x3xf32>) {
  %w = nn.constant dense<1.0> : tensor<2x3xf32>
  %p = nn.matmul %x, %w {epilogues = [#nn.epilogue<"relu">]} : (tensor<5x2xf32>, tensor<2x3xf32>) -> tensor<5x3xf32>
  %q = nn.matmul %x, %w {epilogues = [#nn.epilogue<"tanh">]} : (tensor<5x2xf32>, tensor<2x3xf32>) -> tensor<5x3xf32>
  return %p, %q : tensor<5x3xf32>, tensor<5x3xf32>
}
