// RUN: graft-opt %s --release-resources | FileCheck %s

// What an attribute names stays; what nothing names is not printed any more.
// CHECK: nn.constant dense_resource<kept> : tensor<2xf32>
// CHECK: kept: "0x040000000000803F00000040"
// CHECK-NOT: dropped: "0x04000000{{0000803F}}
func.func @f() -> tensor<2xf32> {
  %0 = nn.constant dense_resource<kept> : tensor<2xf32>
  return %0 : tensor<2xf32>
}

{-#
  dialect_resources: {
    builtin: {
      kept: "0x040000000000803F00000040",
      dropped: "0x040000000000803F00000040"
    }
  }
#-}
