// RUN: rm -rf %t && split-file %s %t
// RUN: graft-opt %t/model.mlir --nn-quantize=ranges=%t/table.json --split-input-file | FileCheck %t/model.mlir
// RUN: graft-opt %t/model.mlir --nn-quantize="ranges=%t/table.json asymmetric=true" --split-input-file | FileCheck %t/model.mlir --check-prefix=ASYM
// RUN: graft-opt %t/model.mlir --nn-quantize="ranges=%t/table.json signed=true per-channel=false" --split-input-file | FileCheck %t/model.mlir --check-prefix=SIGNED
// RUN: graft-opt %t/model.mlir --nn-quantize="ranges=%t/table.json signed=true asymmetric=true" --split-input-file | FileCheck %t/model.mlir --check-prefix=SHIFTED
// RUN: graft-opt %t/model.mlir --nn-quantize="ranges=%t/table.json operations=conv2d" --split-input-file | FileCheck %t/model.mlir --check-prefix=CONV
// RUN: graft-opt %t/model.mlir --nn-quantize="ranges=%t/table.json keep=^head" --split-input-file | FileCheck %t/model.mlir --check-prefix=KEEP
// RUN: graft-opt %t/model.mlir --nn-quantize="ranges=%t/table.json correct-bias=false" --split-input-file | FileCheck %t/model.mlir --check-prefix=BIAS
// RUN: not graft-opt %t/model.mlir --nn-quantize --split-input-file 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not graft-opt %t/model.mlir --nn-quantize=ranges=%t/missing.json --split-input-file 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not graft-opt %t/other.mlir --nn-quantize=ranges=%t/table.json 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: graft-opt %t/other.mlir '--nn-quantize=ranges=%t/table.json partial' | FileCheck %s --check-prefix=PARTIAL
// PARTIAL-NOT: nn.quantize
// RUN: graft-opt %t/parts.mlir --nn-quantize=ranges=%t/table.json | FileCheck %t/parts.mlir
// RUN: not graft-opt %t/model.mlir --nn-quantize="keep=[" 2>&1 | FileCheck %s --check-prefix=REGEX
// RUN: not graft-opt %t/model.mlir --nn-quantize="keep=((a{200}){200}){200}" 2>&1 | FileCheck %s --check-prefix=STATES
// RUN: not graft-opt %t/model.mlir --nn-quantize='keep=(a)\1' 2>&1 | FileCheck %s --check-prefix=BACK

// NONE: quantization needs ranges, got none: calibrate the model
// MISSING: missing.json: cannot be read
// OTHER: tensor 'unknown' must have a range, got none: the table is of another model or of other shapes, or the data gave this tensor no finite value
// REGEX: keep must be a regular expression, got '['
// STATES: keep must be a regular expression, got '((a{200}){200}){200}': more than 100000 states
// BACK: keep must be a regular expression, got '(a)\1': a reference back

//--- table.json
{
 "schema_version": 1,
 "algorithm": "minmax",
 "data": {"hash": "0000000000000000", "samples": 1},
 "tensors": {
  "a": {"min": 0, "max": 25.5, "observed": [0, 25.5]},
  "b": {"min": -63.5, "max": 1, "observed": [-63.5, 1]},
  "p": {"min": 0, "max": 51, "observed": [0, 51]},
  "x": {"min": -127, "max": 128, "observed": [-127, 128], "mean": [1, 0]}
 }
}
//--- model.mlir
// Inputs and weights of products are rounded; results of the function are not.
// Negative values make the range symmetric around 128. Each output channel's weights
// have a scale of their own.
// CHECK-LABEL: func.func @products(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<1x2xf32>
// CHECK: %[[Q:.*]] = nn.quantize %[[X]] {scale = array<f64: 1.007874{{[0-9]*}}>, to = "u8", zero_point = array<i64: 128>}
// CHECK: %[[D:.*]] = nn.dequantize %[[Q]]
// CHECK: %[[C:.*]] = nn.constant dense<{{.*}}127, 64], [0, -127]]> : tensor<2x2xi8>
// CHECK: %[[W:.*]] = nn.dequantize %[[C]] {axis = 1 : i64, scale = array<f64: 1.000000e+00, 2.000000e+00>
// CHECK: %[[Y:.*]] = nn.matmul %[[D]], %[[W]] {{.*}} -> tensor<1x2xf32>
// CHECK: %[[QY:.*]] = nn.quantize %[[Y]] {scale = array<f64: 1.000000e-01>, to = "u8", zero_point = array<i64: 0>}
// CHECK: %[[DY:.*]] = nn.dequantize %[[QY]]
// CHECK: %[[Z:.*]] = nn.matmul %[[DY]]
// CHECK: return %[[Z]]

// ASYM-LABEL: func.func @products(
// ASYM: nn.quantize {{.*}} {scale = array<f64: 1.000000e+00>, to = "u8", zero_point = array<i64: 127>}

// Symmetric i8 is what GPUs multiply, with one scale for all weights or each channel's.
// SIGNED-LABEL: func.func @products(
// SIGNED: nn.quantize {{.*}} {scale = array<f64: 1.007874{{[0-9]*}}>, zero_point = array<i64: 0>} : (tensor<1x2xf32>) -> tensor<1x2xi8>
// SIGNED: nn.constant dense<{{.*}}64, 64], [0, -127]]> : tensor<2x2xi8>
// SIGNED: nn.dequantize {{.*}}scale = array<f64: 2.000000e+00>

// SHIFTED-LABEL: func.func @products(
// SHIFTED: nn.quantize {{.*}} {scale = array<f64: 1.000000e+00>, zero_point = array<i64: -1>} : (tensor<1x2xf32>) -> tensor<1x2xi8>

// CONV-LABEL: func.func @products(
// CONV-NOT: nn.quantize
// CONV: return

// A layer that is kept reads f32, and nothing needs quantized values.
// KEEP-LABEL: func.func @products(
// KEEP-COUNT-1: nn.quantize
// KEEP-NOT: nn.quantize
// KEEP: return
func.func @products(%x: tensor<1x2xf32> loc("x")) -> tensor<1x2xf32> {
  %w = nn.constant dense<[[127.0, 127.0], [0.0, -254.0]]> : tensor<2x2xf32>
  %y = nn.matmul %x, %w {epilogues = [#nn.epilogue<"relu">]} : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("a")
  %z = nn.matmul %y, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("head/MatMul")
  return %z : tensor<1x2xf32>
}

// -----

// What is moved or compared in between has one scale, the largest.
// CHECK-LABEL: func.func @class(
// CHECK-COUNT-2: nn.quantize {{.*}} {scale = array<f64: 2.000000e-01>
// CHECK-NOT: nn.quantize
// CHECK: nn.concat
// CHECK: nn.matmul
func.func @class(%x: tensor<1x1xf32> loc("a"), %y: tensor<1x1xf32> loc("p")) -> tensor<1x2xf32> {
  %w = nn.constant dense<[[1.0, 1.0], [0.0, 1.0]]> : tensor<2x2xf32>
  %p = nn.concat %x, %y {axis = 1 : i64} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x2xf32> loc("c")
  %z = nn.matmul %p, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %z : tensor<1x2xf32>
}

// -----

// The weight 0.3 becomes 0: its input's mean, 1, is what the bias takes up.
// CHECK-LABEL: func.func @bias(
// CHECK: %[[B:.*]] = nn.constant dense<[3.000000e-01, 0.000000e+00]> : tensor<2xf32>
// CHECK: nn.matmul {{.*}} bias %[[B]]
// BIAS-LABEL: func.func @bias(
// BIAS-NOT: bias %
// BIAS: return
func.func @bias(%x: tensor<1x2xf32> loc("x")) -> tensor<1x2xf32> {
  %w = nn.constant dense<[[0.3, 0.0], [127.0, 127.0]]> : tensor<2x2xf32>
  %y = nn.matmul %x, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// Of a window's nine weights 0.3, which become 0, only those that meet the image lack
// their input's mean: the middle one on one pixel, four at each position of 2x2 pixels.
// Images of unknown size count as large.
// CHECK-LABEL: func.func @pixel(
// CHECK: nn.constant dense<3.000000e-01> : tensor<1xf32>
// CHECK-LABEL: func.func @pixels(
// CHECK: nn.constant dense<1.200000e+00> : tensor<1xf32>
// CHECK-LABEL: func.func @unknown(
// CHECK: nn.constant dense<2.700000e+00> : tensor<1xf32>
func.func @pixel(%x: tensor<1x1x1x2xf32> loc("x")) -> tensor<1x1x1x1xf32> {
  %w = nn.constant dense<[[[[0.3], [127.0]], [[0.3], [127.0]], [[0.3], [127.0]]], [[[0.3], [127.0]], [[0.3], [127.0]], [[0.3], [127.0]]], [[[0.3], [127.0]], [[0.3], [127.0]], [[0.3], [127.0]]]]> : tensor<3x3x2x1xf32>
  %y = nn.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x1x1x2xf32>, tensor<3x3x2x1xf32>) -> tensor<1x1x1x1xf32>
  return %y : tensor<1x1x1x1xf32>
}

// -----

func.func @pixels(%x: tensor<1x2x2x2xf32> loc("x")) -> tensor<1x2x2x1xf32> {
  %w = nn.constant dense<[[[[0.3], [127.0]], [[0.3], [127.0]], [[0.3], [127.0]]], [[[0.3], [127.0]], [[0.3], [127.0]], [[0.3], [127.0]]], [[[0.3], [127.0]], [[0.3], [127.0]], [[0.3], [127.0]]]]> : tensor<3x3x2x1xf32>
  %y = nn.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x2x2x2xf32>, tensor<3x3x2x1xf32>) -> tensor<1x2x2x1xf32>
  return %y : tensor<1x2x2x1xf32>
}

// -----

func.func @unknown(%x: tensor<1x?x?x2xf32> loc("x")) -> tensor<1x?x?x1xf32> {
  %w = nn.constant dense<[[[[0.3], [127.0]], [[0.3], [127.0]], [[0.3], [127.0]]], [[[0.3], [127.0]], [[0.3], [127.0]], [[0.3], [127.0]]], [[[0.3], [127.0]], [[0.3], [127.0]], [[0.3], [127.0]]]]> : tensor<3x3x2x1xf32>
  %y = nn.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x?x?x2xf32>, tensor<3x3x2x1xf32>) -> tensor<1x?x?x1xf32>
  return %y : tensor<1x?x?x1xf32>
}

// -----

// 66400 products of up to 255 x 127 do not fit 32 bits; 66000 do.
// CHECK-LABEL: func.func @long(
// CHECK-NOT: nn.quantize
// CHECK: nn.matmul {{.*}}tensor<66400x1xf32>
// CHECK-LABEL: func.func @shorter(
// CHECK: nn.constant {{.*}} : tensor<66000x1xi8>
func.func @long(%x: tensor<1x66400xf32> loc("a")) -> tensor<1x1xf32> {
  %w = nn.constant dense<1.0> : tensor<66400x1xf32>
  %y = nn.matmul %x, %w : (tensor<1x66400xf32>, tensor<66400x1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// -----

func.func @shorter(%x: tensor<1x66000xf32> loc("a")) -> tensor<1x1xf32> {
  %w = nn.constant dense<1.0> : tensor<66000x1xf32>
  %y = nn.matmul %x, %w : (tensor<1x66000xf32>, tensor<66000x1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// -----

// A transposed matrix is turned once, so that each output channel has its scale.
// CHECK-LABEL: func.func @transposed(
// CHECK: %[[C:.*]] = nn.constant {{.*}} : tensor<2x3xi8>
// CHECK: %[[W:.*]] = nn.dequantize %[[C]] {axis = 1 : i64, scale = array<f64: 1.000000e+00, 2.000000e+00, 1.000000e+00>
// CHECK: nn.matmul %{{.*}}, %[[W]] bias %{{[^ ]*}} : (tensor<1x2xf32>, tensor<2x3xf32>, tensor<3xf32>) -> tensor<1x3xf32>
func.func @transposed(%x: tensor<1x2xf32> loc("x")) -> tensor<1x3xf32> {
  %w = nn.constant dense<[[127.0, 0.3], [3.3, 254.0], [1.0, 127.0]]> : tensor<3x2xf32>
  %y = nn.matmul %x, %w {transpose_b = true} : (tensor<1x2xf32>, tensor<3x2xf32>) -> tensor<1x3xf32>
  return %y : tensor<1x3xf32>
}

// -----

// The residual branch is passed as quantized values, so that it is written once.
// CHECK-LABEL: func.func @residual(
// CHECK: %[[Q:.*]] = nn.quantize %{{.*}} {scale = array<f64: 5.000000e-01>, to = "u8", zero_point = array<i64: 128>}
// CHECK: %[[D:.*]] = nn.dequantize %[[Q]]
// CHECK: nn.matmul %{{.*}} epilogue(%[[D]])
func.func @residual(%x: tensor<1x2xf32> loc("x")) -> tensor<1x2xf32> {
  %w = nn.constant dense<[[127.0, 127.0], [0.0, -254.0]]> : tensor<2x2xf32>
  %y = nn.matmul %x, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("b")
  %z = nn.matmul %x, %w epilogue(%y) {epilogues = [#nn.epilogue<"add", operand = 0>]} : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return %z : tensor<1x2xf32>
}

// -----

// Results are not rounded, though what else reads them is.
// CHECK-LABEL: func.func @results(
// CHECK: %[[Y:.*]] = nn.matmul
// CHECK: nn.quantize %[[Y]]
// CHECK: %[[R:.*]] = nn.reshape %[[Y]]
// CHECK: return %[[R]]
func.func @results(%x: tensor<1x2xf32> loc("x")) -> (tensor<2xf32>, tensor<1x2xf32>) {
  %w = nn.constant dense<[[127.0, 127.0], [0.0, -254.0]]> : tensor<2x2xf32>
  %y = nn.matmul %x, %w {epilogues = [#nn.epilogue<"relu">]} : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("a")
  %r = nn.reshape %y {shape = array<i64: 2>} : (tensor<1x2xf32>) -> tensor<2xf32> loc("r")
  %z = nn.matmul %y, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %r, %z : tensor<2xf32>, tensor<1x2xf32>
}

// -----

// A network with ranges of its own is left as it is.
// CHECK-LABEL: func.func @quantized(
// CHECK-COUNT-1: nn.quantize
// CHECK-NOT: nn.quantize
// CHECK: return
func.func @quantized(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = nn.constant dense<1.0> : tensor<2x2xf32>
  %q = nn.quantize %x {scale = array<f64: 1.0>, zero_point = array<i64: 0>, to = "u8"} : (tensor<1x2xf32>) -> tensor<1x2xui8>
  %d = nn.dequantize %q {scale = array<f64: 1.0>, zero_point = array<i64: 0>} : (tensor<1x2xui8>) -> tensor<1x2xf32>
  %y = nn.matmul %d, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %z = nn.matmul %y, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %z : tensor<1x2xf32>
}
//--- other.mlir
func.func @other(%x: tensor<1x2xf32> loc("unknown")) -> tensor<1x2xf32> {
  %w = nn.constant dense<1.0> : tensor<2x2xf32>
  %y = nn.matmul %x, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

//--- parts.mlir
// The second function is a part of the model that calibration has not reached, be it
// that its argument is known.
// CHECK-LABEL: func.func @reached(
// CHECK: nn.quantize
// CHECK-LABEL: func.func @beyond(
// CHECK-NOT: nn.quantize
func.func @reached(%x: tensor<1x2xf32> loc("x")) -> tensor<1x2xf32> {
  %w = nn.constant dense<[[127.0, 128.0], [0.0, -254.0]]> : tensor<2x2xf32>
  %a = nn.matmul %x, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("a")
  return %a : tensor<1x2xf32>
}
func.func @beyond(%x: tensor<1x2xf32> loc("x")) -> tensor<1x2xf32> {
  %w = nn.constant dense<[[127.0, 128.0], [0.0, -254.0]]> : tensor<2x2xf32>
  %u = nn.matmul %x, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("unknown")
  return %u : tensor<1x2xf32>
}
