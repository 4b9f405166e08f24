// RUN: graft-opt %s -convert-nn-to-plan | FileCheck %s

// A resource that something else names is marked: a native node holds one, two
// functions the other. The third is this engine's alone, though it names it twice.
// CHECK-LABEL: plan.engine @f
// CHECK-DAG: plan.constant dense_resource<native> : tensor<2xf32> shared -> <2xf32>
// CHECK-DAG: plan.constant dense_resource<both> : tensor<2xf32> shared -> <2xf32>
// CHECK-DAG: plan.constant dense_resource<own> : tensor<2xf32> -> <2xf32>
// CHECK-LABEL: plan.engine @g
// CHECK: plan.constant dense_resource<both> : tensor<2xf32> shared -> <2xf32>
graph.graph {
  %c:2 = graph.node "Const"() "c" attrs {dtype = f32, value = #graph.tensor<dense_resource<native> : tensor<2xf32>, content>} : () -> tensor<2xf32>
}

func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {
  %native = nn.constant dense_resource<native> : tensor<2xf32>
  %both = nn.constant dense_resource<both> : tensor<2xf32>
  %own = nn.constant dense_resource<own> : tensor<2xf32>
  %again = nn.constant dense_resource<own> : tensor<2xf32>
  %0 = nn.add %x, %native : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %1 = nn.add %0, %both : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %2 = nn.add %1, %own : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %3 = nn.add %2, %again : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %3 : tensor<2xf32>
}

func.func @g(%x: tensor<2xf32>) -> tensor<2xf32> {
  %both = nn.constant dense_resource<both> : tensor<2xf32>
  %0 = nn.add %x, %both : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

{-#
  dialect_resources: {
    builtin: {
      native: "0x040000000000803F00000040",
      both: "0x040000000000803F00000040",
      own: "0x040000000000803F00000040"
    }
  }
#-}
