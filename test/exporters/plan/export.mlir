// From nn to a file, twice: the same bytes, which begin with the plan's magic.
// RUN: graft-opt %s --pass-pipeline='builtin.module(convert-nn-to-plan,plan.engine(plan-assign-layouts,plan-select-tactics{threads=2},plan-assign-buffers{threads=2}))' -o %t.mlir
// RUN: graft-translate --mlir-to-plan %t.mlir -o %t.plan
// RUN: graft-translate --mlir-to-plan %t.mlir -o %t.again
// RUN: cmp %t.plan %t.again
// RUN: graft-translate --mlir-to-plan %t.mlir -o - > %t.stream
// RUN: cmp %t.plan %t.stream
// RUN: head -c 4 %t.plan | od -An -tx1 | FileCheck %s
// RUN: FileCheck %s --check-prefix=TEXT < %t.mlir

// CHECK: 89 47 46 54
// TEXT: plan.engine @main target "cpu" features [{{.*}}] precision "f32" arena
func.func @main(%x: tensor<1x8x8x16xf32> {nn.name = "x"}) -> (tensor<1x8x8x32xf32> {nn.name = "y"}) {
  %w = nn.constant dense<0.25> : tensor<1x1x16x16xf32>
  %0 = nn.conv2d %x, %w {epilogues = [#nn.epilogue<"relu">]} : (tensor<1x8x8x16xf32>, tensor<1x1x16x16xf32>) -> tensor<1x8x8x16xf32>
  %1 = nn.concat %0, %x {axis = 3} : (tensor<1x8x8x16xf32>, tensor<1x8x8x16xf32>) -> tensor<1x8x8x32xf32>
  return %1 : tensor<1x8x8x32xf32>
}
