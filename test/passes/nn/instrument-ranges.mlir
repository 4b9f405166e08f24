// RUN: graft-opt %s --nn-instrument-ranges --mlir-print-local-scope | FileCheck %s
// RUN: graft-opt %s --nn-instrument-ranges --convert-nn-to-plan | FileCheck %s --check-prefix=PLAN

// An argument, a convolution with an addition as its epilogue, a mean of rank 2
// and a product. Of two operations of one node the last has its value. The input of
// a convolution or a product has means, too; neither constants nor what is no matrix
// nor an image are observed.
// CHECK-LABEL: func.func @network(
// CHECK-SAME: %[[X:.*]]: tensor<?x4x4x2xf32>
// CHECK-SAME: -> (tensor<?x3xf32> {nn.name = "logits"},
// CHECK-SAME: tensor<2xf32> {nn.name = "limits of image"}, tensor<8192xi64> {nn.name = "counts of image"}, tensor<2xf32> {nn.name = "mean of image"},
// CHECK-SAME: tensor<2xf32> {nn.name = "limits of block/Relu"}, tensor<8192xi64> {nn.name = "counts of block/Relu"},
// CHECK-SAME: tensor<2xf32> {nn.name = "limits of pool#2"}, tensor<8192xi64> {nn.name = "counts of pool#2"}, tensor<2xf32> {nn.name = "mean of pool#2"},
// CHECK-SAME: tensor<2xf32> {nn.name = "limits of pool"}, tensor<8192xi64> {nn.name = "counts of pool"})
// CHECK: %[[L:.*]], %[[C:.*]] = nn.observe %[[X]] : (tensor<?x4x4x2xf32>) -> (tensor<2xf32>, tensor<8192xi64>)
// CHECK-NEXT: %[[M:.*]] = nn.reduce %[[X]] {axes = array<i64: 0, 1, 2>, kind = "mean"} : (tensor<?x4x4x2xf32>) -> tensor<2xf32>
// CHECK-COUNT-3: nn.observe
// CHECK-NOT: nn.observe
// CHECK: return %{{.*}}, %[[L]], %[[C]], %[[M]],

// PLAN-LABEL: plan.engine @network
// PLAN: plan.output "limits of block/Relu" : <2xf32>
// PLAN: plan.output "counts of block/Relu" : <8192xi64>
func.func @network(%x: tensor<?x4x4x2xf32> loc("image")) -> (tensor<?x3xf32> {nn.name = "logits"}) {
  %w = nn.constant dense<1.0> : tensor<1x1x2x2xf32> loc("block/Relu")
  %y = nn.conv2d %x, %w epilogue(%x) {epilogues = [#nn.epilogue<"add", operand = 0>, #nn.epilogue<"relu">]}
      : (tensor<?x4x4x2xf32>, tensor<1x1x2x2xf32>, tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> loc(fused["block/Conv2D", "block/add", "block/Relu"])
  %p = nn.reduce %y {kind = "mean", axes = array<i64: 1, 2>} : (tensor<?x4x4x2xf32>) -> tensor<?x2xf32> loc("pool")
  %v = nn.constant dense<1.0> : tensor<2x3xf32>
  %z = nn.matmul %p, %v : (tensor<?x2xf32>, tensor<2x3xf32>) -> tensor<?x3xf32> loc("pool")
  %s = nn.reduce %z {kind = "sum", axes = array<i64: 0>} : (tensor<?x3xf32>) -> tensor<3xf32> loc("sum")
  return %z : tensor<?x3xf32>
}

// Without a node, an argument is called by its function and place and a result by
// its operation. The first "pair" is #3, since there is a node of the name #2. What
// nothing reads is not observed.
// CHECK-LABEL: func.func @names(
// CHECK-SAME: "limits of names/0"
// CHECK-SAME: "limits of pair#3"
// CHECK-SAME: "limits of pair#2"
// CHECK-SAME: "limits of pair"
// CHECK-SAME: "limits of nn.abs"
// CHECK-NOT: "limits of
// CHECK: return
func.func @names(%x: tensor<2x2xf32>, %y: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %a = nn.abs %x : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("pair")
  %b = nn.abs %a : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("pair#2")
  %c = nn.abs %b : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("pair")
  %d = nn.abs %c : (tensor<2x2xf32>) -> tensor<2x2xf32>
  return %d : tensor<2x2xf32>
}

// A function without f32 stays as it is.
// CHECK-LABEL: func.func @integers(
// CHECK-SAME: -> tensor<2x2xi32> {
func.func @integers(%x: tensor<2x2xi32>) -> tensor<2x2xi32> {
  %a = nn.abs %x : (tensor<2x2xi32>) -> tensor<2x2xi32>
  return %a : tensor<2x2xi32>
}
