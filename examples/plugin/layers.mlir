// Images become four times as large, and each pixel gets ten scores.
func.func @layers(%x: tensor<?x32x32x3xf32>, %f: tensor<3x3x3x16xf32>, %g: tensor<2x2x3x16xf32>, %w: tensor<10x16xf32>)
    -> (tensor<?x60x60x3xf32>, tensor<?x30x30x10xf32>) {
  %s = nn.conv2d %x, %f {epilogues = [#nn.epilogue<"relu">]} : (tensor<?x32x32x3xf32>, tensor<3x3x3x16xf32>) -> tensor<?x30x30x16xf32> loc("stem")
  %u = nn.conv2d_transpose %s, %g {strides = array<i64: 2, 2>} : (tensor<?x30x30x16xf32>, tensor<2x2x3x16xf32>) -> tensor<?x60x60x3xf32> loc("enlarge")
  %d = nn.matmul %s, %w {transpose_b = true} : (tensor<?x30x30x16xf32>, tensor<10x16xf32>) -> tensor<?x30x30x10xf32> loc("score")
  return %u, %d : tensor<?x60x60x3xf32>, tensor<?x30x30x10xf32>
}
