// One table, two passes: nn-quantize leaves alone what is listed, and
// nn-lower-precision takes of that what is listed as bf16.
// RUN: graft-opt %s --split-input-file --nn-quantize=asymmetric=true --nn-fuse-quantization --nn-lower-precision=listed=true | FileCheck %s
// RUN: graft-opt %s --split-input-file --nn-quantize=asymmetric=true --nn-fuse-quantization | FileCheck %s --check-prefix=FIRST
// RUN: graft-opt %s --split-input-file --nn-quantize=asymmetric=true --nn-fuse-quantization --nn-lower-precision="listed=true type=f16" | FileCheck %s --check-prefix=OTHER

// OTHER-NOT: xf16>
// FIRST-NOT: xbf16>

// int8, bf16, f32, int8: f32 between them, one cast or rounding at each
// change. Quantized sums are dequantized at once, and so are those of bf16.
// CHECK-LABEL: func.func @mixed(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<1x4x4x2xf32>
// CHECK: %[[Q:.*]] = nn.quantize %[[X]]
// CHECK-NOT: nn.cast
// CHECK-NOT: nn.dequantize
// CHECK: %[[A:.*]] = nn.conv2d %[[Q]], {{.*}}to = "f32"
// CHECK-SAME: -> tensor<1x4x4x2xf32>
// CHECK-NEXT: %[[N:.*]] = nn.cast %[[A]] {to = "bf16"}
// CHECK-NOT: nn.quantize
// CHECK-NOT: nn.cast
// CHECK: %[[B:.*]] = nn.conv2d %[[N]], {{.*}}to = "f32"
// CHECK-SAME: (tensor<1x4x4x2xbf16>, tensor<1x1x2x2xbf16>) -> tensor<1x4x4x2xf32>
// CHECK-NEXT: %[[C:.*]] = nn.conv2d %[[B]], %
// CHECK-SAME: (tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x4x4x2xf32>
// CHECK-NEXT: %[[D:.*]] = nn.quantize %[[C]]
// CHECK-NOT: nn.cast
// CHECK: %[[E:.*]] = nn.conv2d %[[D]], {{.*}}to = "f32"
// CHECK: return %[[E]]
module attributes {nn.ranges = "{\"schema_version\": 1, \"algorithm\": \"minmax\", \"data\": {\"hash\": \"0000000000000000\", \"samples\": 1}, \"speed\": {\"threads\": 1, \"microseconds\": {\"best\": 1}}, \"wide\": [{\"node\": \"second/Conv2D\", \"precision\": \"bf16\", \"microseconds\": 0}, {\"node\": \"third/Conv2D\", \"precision\": \"f32\", \"microseconds\": 0}], \"tensors\": {\"x\": {\"min\": 0, \"max\": 51, \"observed\": [0, 51]}, \"third/Relu\": {\"min\": 0, \"max\": 25.5, \"observed\": [0, 25.5]}}}"} {
  func.func @mixed(%x: tensor<1x4x4x2xf32> loc("x")) -> tensor<1x4x4x2xf32> {
    %w = nn.constant dense<[[[[127.0, 64.0], [0.0, -254.0]]]]> : tensor<1x1x2x2xf32>
    %a = nn.conv2d %x, %w {epilogues = [#nn.epilogue<"relu">]} : (tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x4x4x2xf32> loc(fused["first/Conv2D", "first/Relu"])
    %b = nn.conv2d %a, %w {epilogues = [#nn.epilogue<"relu">]} : (tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x4x4x2xf32> loc(fused["second/Conv2D", "second/Relu"])
    %c = nn.conv2d %b, %w {epilogues = [#nn.epilogue<"relu">]} : (tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x4x4x2xf32> loc(fused["third/Conv2D", "third/Relu"])
    %d = nn.conv2d %c, %w : (tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x4x4x2xf32> loc("fourth/Conv2D")
    return %d : tensor<1x4x4x2xf32>
  }
}

// -----

// A tensor that is read as u8 and in bf16 is dequantized once and cast once,
// for both of the readers in bf16; what stands between them follows.
// CHECK-LABEL: func.func @shared(
// CHECK: %[[A:.*]] = nn.matmul {{.*}} -> tensor<4x4xui8>
// CHECK: %[[N:.*]] = nn.dequantize %[[A]]
// CHECK-NEXT: %[[H:.*]] = nn.cast %[[N]] {to = "bf16"}
// CHECK-NOT: nn.cast
// CHECK-NOT: nn.dequantize
// CHECK: %[[B:.*]] = nn.matmul %[[H]], {{.*}} -> tensor<4x4xbf16>
// CHECK-NEXT: %[[T:.*]] = nn.tanh %[[B]] : (tensor<4x4xbf16>) -> tensor<4x4xbf16>
// CHECK-NEXT: %[[C:.*]] = nn.matmul %[[H]], %[[T]] {to = "f32"}
// CHECK: nn.matmul %[[A]], {{.*}} -> tensor<4x4xf32>
// CHECK: return %[[C]]
module attributes {nn.ranges = "{\"schema_version\": 1, \"algorithm\": \"minmax\", \"data\": {\"hash\": \"0000000000000000\", \"samples\": 1}, \"speed\": {\"threads\": 1, \"microseconds\": {\"best\": 1}}, \"wide\": [{\"node\": \"b\", \"precision\": \"bf16\", \"microseconds\": 0}, {\"node\": \"c\", \"precision\": \"bf16\", \"microseconds\": 0}], \"tensors\": {\"x\": {\"min\": 0, \"max\": 51, \"observed\": [0, 51]}, \"a\": {\"min\": 0, \"max\": 25.5, \"observed\": [0, 25.5]}}}"} {
  func.func @shared(%x: tensor<4x4xf32> loc("x")) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
    %w = nn.constant dense<2.0> : tensor<4x4xf32>
    %a = nn.matmul %x, %w {epilogues = [#nn.epilogue<"relu">]} : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32> loc("a")
    %b = nn.matmul %a, %w : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32> loc("b")
    %t = nn.tanh %b : (tensor<4x4xf32>) -> tensor<4x4xf32> loc("t")
    %c = nn.matmul %a, %t : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32> loc("c")
    %d = nn.matmul %a, %w : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32> loc("d")
    return %c, %d : tensor<4x4xf32>, tensor<4x4xf32>
  }
}

// -----

// Chosen without samples: bf16 and f32 alone. Nothing asks for a range.
// CHECK-LABEL: func.func @without_ranges(
// CHECK: nn.cast %{{.*}} {to = "bf16"}
// CHECK: %[[A:.*]] = nn.matmul {{.*}}(tensor<4x4xbf16>, tensor<4x4xbf16>) -> tensor<4x4xf32>
// CHECK: nn.matmul %[[A]], %{{.*}} : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
module attributes {nn.ranges = "{\"schema_version\": 1, \"algorithm\": \"minmax\", \"data\": {\"hash\": \"0000000000000000\", \"samples\": 0}, \"speed\": {\"threads\": 1, \"microseconds\": {\"best\": 1}}, \"wide\": [{\"node\": \"a\", \"precision\": \"bf16\", \"microseconds\": -3}], \"tensors\": {}}"} {
  func.func @without_ranges(%x: tensor<4x4xf32> loc("x")) -> tensor<4x4xf32> {
    %w = nn.constant dense<2.0> : tensor<4x4xf32>
    %a = nn.matmul %x, %w : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32> loc("a")
    %b = nn.matmul %a, %w : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32> loc("b")
    return %b : tensor<4x4xf32>
  }
}
