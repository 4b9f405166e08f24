// RUN: graft-opt %s --split-input-file --verify-diagnostics

// The table's rules are the verifier's.
func.func @channels(%x: tensor<1x8x8x3xf32>, %w: tensor<3x3x4x8xf32>) {
  // expected-error @below {{the filter's input channels times groups must be the input's channels, got}}
  // expected-error @below {{failed to infer}}
  %y = nn.conv2d %x, %w : (tensor<1x8x8x3xf32>, tensor<3x3x4x8xf32>) -> tensor<1x6x6x8xf32>
  return
}

// -----

// What is written may be vaguer or more precise than what is inferred, but must
// not contradict it.
func.func @contradiction(%x: tensor<1x?xf32>) {
  %0 = nn.relu %x : (tensor<1x?xf32>) -> tensor<1x5xf32>
  %1 = nn.softmax %x : (tensor<1x?xf32>) -> tensor<?x5xf32>
  // expected-error @below {{inferred type(s) 'tensor<1xf32>' are incompatible with return type(s) of operation 'tensor<2xf32>'}}
  // expected-error @below {{failed to infer}}
  %2 = nn.reduce %x {kind = "sum", axes = array<i64: 1>} : (tensor<1x?xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @reduction_type(%x: tensor<2x3xi32>) {
  // expected-error @below {{attribute 'to' must name a float type, and input 0 hold floats, got f32 for 2x3xi32}}
  // expected-error @below {{failed to infer}}
  %0 = nn.reduce %x {kind = "sum", axes = array<i64: 1>, to = "f32"} : (tensor<2x3xi32>) -> tensor<2xf32>
  return
}

// -----

func.func @epilogue_position(%a: tensor<2x2xf32>) {
  // expected-error @below {{epilogue 'add' must read one of 0 epilogue operands, got 0}}
  %y = nn.matmul %a, %a {epilogues = [#nn.epilogue<"add", operand = 0>]}
      : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @epilogue_unread(%a: tensor<2x2xf32>) {
  // expected-error @below {{every epilogue operand must be read by an epilogue, got operand 0, which none reads}}
  %y = nn.matmul %a, %a epilogue(%a)
      : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @epilogue_unread_by_pooling(%a: tensor<1x2x2x1xf32>) {
  // expected-error @below {{every epilogue operand must be read by an epilogue, got operand 0, which none reads}}
  %y = nn.avg_pool2d %a epilogue(%a) {window = array<i64: 1, 1>}
      : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  return
}

// -----

func.func @epilogue_kind(%a: tensor<2x2xf32>) {
  // expected-error @below {{an epilogue without an operand must be a unary element-wise operation on numbers, got 'softmax'}}
  // expected-error @below {{failed to infer}}
  %y = nn.matmul %a, %a {epilogues = [#nn.epilogue<"softmax">]}
      : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @epilogue_key(%a: tensor<2x2xf32>) {
  // expected-error @below {{expected 'operand', 'alpha' or 'beta', got 'gamma'}}
  %y = nn.matmul %a, %a {epilogues = [#nn.epilogue<"clip", gamma = 1.0>]}
      : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return
}

// -----

// expected-error @below {{attribute of the nn dialect on a port must be 'nn.name', got 'nn.port'}}
func.func @port(%a: tensor<2x2xf32> {nn.port = "x"}) {
  return
}

// -----

// expected-error @below {{'nn.name' must be a string, got 1 : i64}}
func.func @port(%a: tensor<2x2xf32> {nn.name = 1 : i64}) {
  return
}

// -----

func.func @box_sets(%b: tensor<2x9x2x4xf32>, %s: tensor<2x9x3xf32>, %t: tensor<f32>) {
  // expected-error @below {{boxes must be shared by all classes or one for each of 3, got [2, 9, 2, 4]}}
  // expected-error @below {{failed to infer returned types}}
  %0:4 = nn.combined_non_max_suppression %b, %s, %t, %t {size = 20, size_per_class = 5}
      : (tensor<2x9x2x4xf32>, tensor<2x9x3xf32>, tensor<f32>, tensor<f32>)
      -> (tensor<2x20x4xf32>, tensor<2x20xf32>, tensor<2x20xf32>, tensor<2xi32>)
  return
}

// -----

func.func @no_size(%b: tensor<9x4xf32>, %s: tensor<9xf32>, %t: tensor<f32>) {
  // expected-error @below {{attribute 'size' must be at least 0, got -1}}
  // expected-error @below {{failed to infer returned types}}
  %0:3 = nn.non_max_suppression %b, %s, %t, %t, %t {size = -1}
      : (tensor<9x4xf32>, tensor<9xf32>, tensor<f32>, tensor<f32>, tensor<f32>)
      -> (tensor<?xi32>, tensor<?xf32>, tensor<i32>)
  return
}
