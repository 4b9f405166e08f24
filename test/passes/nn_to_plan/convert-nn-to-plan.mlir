// RUN: graft-opt %s -convert-nn-to-plan -split-input-file | FileCheck %s
// RUN: graft-opt %s -convert-nn-to-plan="precision=bf16" -split-input-file | FileCheck %s --check-prefix=BF16

// One launch an operation, one buffer a result; the returned value is written to
// the port. Names come from nn.name, or from the position.
// CHECK-LABEL: plan.engine @ports target "cpu" precision "f32" {
// BF16-LABEL: plan.engine @ports target "cpu" precision "bf16" {
// CHECK-DAG: %[[X:.*]] = plan.input "image" : <2x4xf32>
// CHECK-DAG: %[[Y:.*]] = plan.input "input_1" : <2x4xf32>
// CHECK-DAG: %[[OUT:.*]] = plan.output "scores" : <2x4xf32>
// CHECK: %[[BUF:.*]] = plan.alloc : <2x4xf32>
// CHECK-NEXT: plan.launch "add" ins(%[[X]], %[[Y]]) outs(%[[BUF]]) :
// CHECK-NEXT: plan.launch "relu" ins(%[[BUF]]) outs(%[[OUT]]) :
// CHECK-NEXT: }
func.func @ports(%x: tensor<2x4xf32> {nn.name = "image"}, %y: tensor<2x4xf32>)
    -> (tensor<2x4xf32> {nn.name = "scores"}) {
  %0 = nn.add %x, %y : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %1 = nn.relu %0 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %1 : tensor<2x4xf32>
}

// -----

// Attributes, an optional bias and epilogues arrive as the runtime counts them:
// an epilogue's operand is a position among all inputs.
// CHECK-LABEL: plan.engine @description
// CHECK: %[[W:.*]] = plan.constant dense<5.000000e-01> : tensor<1x1x3x2xf32> -> <1x1x3x2xf32>
// CHECK: plan.launch "conv2d" ins(%{{.*}}, %[[W]], %{{.*}}, %{{.*}}) outs(%out)
// CHECK-SAME: attributes {dilations = array<i64: 1, 1>, groups = 1 : i64, has_bias = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>}
// CHECK-SAME: epilogues [#plan.epilogue<add, operand = 3>, #plan.epilogue<clip, beta = 6.000000e+00>]
func.func @description(%x: tensor<1x4x4x3xf32>, %r: tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32> {
  %w = nn.constant dense<0.5> : tensor<1x1x3x2xf32>
  %b = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = nn.conv2d %x, %w bias %b epilogue(%r) {strides = array<i64: 2, 2>,
      epilogues = [#nn.epilogue<"add", operand = 0>, #nn.epilogue<"clip", alpha = 0.0, beta = 6.0>]}
      : (tensor<1x4x4x3xf32>, tensor<1x1x3x2xf32>, tensor<2xf32>, tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  return %0 : tensor<1x2x2x2xf32>
}

// -----

// What cannot be written directly is copied: an argument, a constant, and a value
// that is returned a second time.
// CHECK-LABEL: plan.engine @copies
// CHECK: %[[X:.*]] = plan.input "input_0"
// CHECK: %[[O0:.*]] = plan.output "output_0"
// CHECK: %[[O1:.*]] = plan.output "output_1"
// CHECK: %[[O2:.*]] = plan.output "output_2"
// CHECK: %[[O3:.*]] = plan.output "output_3"
// CHECK: %[[C:.*]] = plan.constant
// CHECK: plan.launch "relu" ins(%[[X]]) outs(%[[O0]])
// CHECK: plan.launch "identity" ins(%[[X]]) outs(%[[O1]])
// CHECK: plan.launch "identity" ins(%[[C]]) outs(%[[O2]])
// CHECK: plan.launch "identity" ins(%[[O0]]) outs(%[[O3]])
func.func @copies(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<f32>, tensor<4xf32>) {
  %c = nn.constant dense<1.0> : tensor<f32>
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0, %x, %c, %0 : tensor<4xf32>, tensor<4xf32>, tensor<f32>, tensor<4xf32>
}

// -----

// An engine with a size that is not known yet is dynamic.
// CHECK-LABEL: plan.engine @sizes target "cpu" precision "f32" dynamic {
// CHECK: plan.input "input_0" : <?x4xf32>
func.func @sizes(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = nn.relu %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// What is open in a type but follows from constants is filled in, up to the ports.
// CHECK-LABEL: plan.engine @refined target "cpu" precision "f32" {
// CHECK: plan.output "output_0" : <2x3xf32>
// CHECK: plan.alloc : <2x3xf32>
// CHECK: plan.launch "reshape"
func.func @refined(%x: tensor<6xf32>) -> tensor<?x?xf32> {
  %dims = nn.constant dense<[2, -1]> : tensor<2xi32>
  %0 = nn.reshape %x, %dims : (tensor<6xf32>, tensor<2xi32>) -> tensor<?x?xf32>
  %1 = nn.relu %0 : (tensor<?x?xf32>) -> tensor<?x?xf32>
  return %1 : tensor<?x?xf32>
}

// -----

// The order of execution: as written, three large buffers would live at once. A
// branch is finished, and made small, before the next one begins.
// CHECK-LABEL: plan.engine @order
// CHECK: plan.launch "exp"
// CHECK-NEXT: plan.alloc
// CHECK-NEXT: plan.launch "reduce"
// CHECK-NEXT: plan.alloc
// CHECK-NEXT: plan.launch "sin"
// CHECK-NEXT: plan.alloc
// CHECK-NEXT: plan.launch "reduce"
func.func @order(%x: tensor<1024x4xf32>) -> tensor<4xf32> {
  %0 = nn.exp %x : (tensor<1024x4xf32>) -> tensor<1024x4xf32>
  %1 = nn.sin %x : (tensor<1024x4xf32>) -> tensor<1024x4xf32>
  %2 = nn.cos %x : (tensor<1024x4xf32>) -> tensor<1024x4xf32>
  %3 = nn.reduce %0 {kind = "mean", axes = array<i64: 0>} : (tensor<1024x4xf32>) -> tensor<4xf32>
  %4 = nn.reduce %1 {kind = "mean", axes = array<i64: 0>} : (tensor<1024x4xf32>) -> tensor<4xf32>
  %5 = nn.reduce %2 {kind = "mean", axes = array<i64: 0>} : (tensor<1024x4xf32>) -> tensor<4xf32>
  %6 = nn.add %3, %4 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %7 = nn.add %6, %5 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %7 : tensor<4xf32>
}

// -----

// A declaration is not an engine.
// CHECK-LABEL: func.func private @declared
func.func private @declared(tensor<4xf32>)

// -----

// What the user stated of an input, and what stands for it, stay with it.
// CHECK-LABEL: plan.engine @inputs
// CHECK: plan.input "x" {nn.default = dense<2.000000e+00> : tensor<1x4xf32>, nn.sizes = array<i64: 1, 8, 0, -1>} : <?x4xf32>
func.func @inputs(%x: tensor<?x4xf32> {nn.name = "x", nn.sizes = array<i64: 1, 8, 0, -1>,
                                       nn.default = dense<2.0> : tensor<1x4xf32>}) -> tensor<?x4xf32> {
  %0 = nn.relu %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
