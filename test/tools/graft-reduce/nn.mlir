// In nn every operation's results are read by another: an operation goes, and
// its readers take what it read, or zeros.
// RUN: graft-reduce %s -reduction-tree="traversal-mode=0 test=%S/Inputs/has-nn-softmax.sh" 2> %t.err | FileCheck %s
// RUN: count 0 < %t.err

// CHECK: func.func @main(%[[X:.*]]: tensor<2x3xf32>
// CHECK-NEXT: %[[S:.*]] = nn.softmax %[[X]]
// CHECK-NEXT: return %[[S]] : tensor<2x3xf32>
func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %w = nn.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]> : tensor<3x3xf32>
  %a = nn.relu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %b = nn.matmul %a, %w : (tensor<2x3xf32>, tensor<3x3xf32>) -> tensor<2x3xf32>
  %s = nn.softmax %b {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %c = nn.exp %s : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %d = nn.abs %c : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %d : tensor<2x3xf32>
}
