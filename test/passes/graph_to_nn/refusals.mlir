// RUN: graft-opt %s --convert-graph-to-nn --split-input-file --verify-diagnostics

// Every refusal names node, operator, requirement, what was got, and a stable code.
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<2xf32>
  // expected-error @below {{node 'y' (Igamma) cannot be converted, operator Igamma has no conversion [unknown_operator]}}
  %y:2 = graph.node "Igamma"(%x#0, %x#0) "y" attrs {T = f32} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
}

// -----

graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<?x?x?x3xf32>
  // expected-error @below {{padding SAME with strides must get images of known height and width [unsupported_shape]}}
  %y:2 = graph.node "MaxPool"(%x#0) "y" attrs {T = f32, padding = "SAME", ksize = #graph.list<i : 1, 3, 3, 1>, strides = #graph.list<i : 1, 2, 2, 1>} : (tensor<?x?x?x3xf32>) -> tensor<*xf32>
}

// -----

// Pooling over channels is not the engine's.
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<1x4x4x4xf32>
  // expected-error @below {{ksize must be 1 for batch and channels, got 1 and 2 [unsupported_attribute]}}
  %y:2 = graph.node "MaxPool"(%x#0) "y" attrs {T = f32, padding = "VALID", ksize = #graph.list<i : 1, 1, 1, 2>, strides = #graph.list<i : 1, 1, 1, 2>} : (tensor<1x4x4x4xf32>) -> tensor<*xf32>
}

// -----

// The statistics are read, which only training computes.
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<1x4x4x2xf32>
  %c:2 = graph.node "Const"() "c" attrs {dtype = f32, value = #graph.tensor<dense<0.5> : tensor<2xf32>, content>} : () -> tensor<2xf32>
  // expected-error @below {{results that only training needs must not be read [unsupported_attribute]}}
  %y:6 = graph.node "FusedBatchNorm"(%x#0, %c#0, %c#0, %c#0, %c#0) "y" attrs {T = f32, is_training = false} : (tensor<1x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> (tensor<1x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
  %z:2 = graph.node "Relu"(%y#1) "z" attrs {T = f32} : (tensor<2xf32>) -> tensor<2xf32>
}

// -----

// The rules of an operation end as a refusal, not as invalid IR.
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<2x3xf32>
  // expected-error @below {{node 'y' (MatMul) cannot be converted, matmul:}}
  %y:2 = graph.node "MatMul"(%x#0, %x#0) "y" attrs {T = f32} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
}

// -----

graph.graph {
  // expected-error @below {{node 'y' (Const) cannot be converted, a constant must hold numbers or truth values [unsupported_type]}}
  %y:2 = graph.node "Const"() "y" attrs {dtype = !graph.string} : () -> tensor<!graph.string>
}

// -----

// expected-error @below {{port 'x' must be a tensor of the graph, got 'y:3'}}
graph.graph attributes {feeds = [#graph.port<"x", "y", 3>]} {
  %y:2 = graph.node "Placeholder"() "y" attrs {dtype = f32} : () -> tensor<2xf32>
}

// -----

// Nor over the batch of a volume.
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<2x4x4x4x3xf32>
  // expected-error @below {{attribute ksize must have 5 entries, 1 for batch and channels [unsupported_attribute]}}
  %y:2 = graph.node "MaxPool3D"(%x#0) "y" attrs {T = f32, padding = "VALID", ksize = #graph.list<i : 2, 2, 2, 2, 1>, strides = #graph.list<i : 1, 1, 1, 1, 1>} : (tensor<2x4x4x4x3xf32>) -> tensor<*xf32>
}

// -----

// As many results as there are boxes left.
graph.graph {
  %b:2 = graph.node "Placeholder"() "b" attrs {dtype = f32} : () -> tensor<9x4xf32>
  %s:2 = graph.node "Placeholder"() "s" attrs {dtype = f32} : () -> tensor<9xf32>
  %n:2 = graph.node "Const"() "n" attrs {dtype = i32, value = #graph.tensor<dense<5> : tensor<i32>, values, 1>} : () -> tensor<i32>
  // expected-error @below {{the number of results must not depend on the boxes: NonMaxSuppressionV4 with pad_to_max_output_size and CombinedNonMaxSuppression have a constant one, got operator NonMaxSuppression [unsupported_shape]}}
  %y:2 = graph.node "NonMaxSuppression"(%b#0, %s#0, %n#0) "y" : (tensor<9x4xf32>, tensor<9xf32>, tensor<i32>) -> tensor<?xi32>
}

// -----

// What runs functions steers, though its operator is not on any list of ours.
graph.graph {
  %p:2 = graph.node "Placeholder"() "p" attrs {dtype = i1} : () -> tensor<i1>
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<2xf32>
  // expected-error @below {{operator StatelessIf runs functions of the model, as its operands say [control_flow]}}
  %y:2 = graph.node "StatelessIf"(%p#0, %x#0) "y" : (tensor<i1>, tensor<2xf32>) -> tensor<2xf32>
}

// -----

graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<2xf32>
  // expected-error @below {{operator While runs functions of the model, as its operands say [control_flow]}}
  %y:2 = graph.node "While"(%x#0) "y" : (tensor<2xf32>) -> tensor<2xf32>
}

// -----

// A handle, a generator, a table that is only read.
graph.graph {
  // expected-error @below {{operator VarHandleOp reads or changes what is no tensor: a variable, a table, a file or the state of a generator [stateful]}}
  %v:2 = graph.node "VarHandleOp"() "v" attrs {dtype = f32} : () -> tensor<!graph.resource>
}

// -----

graph.graph {
  %s:2 = graph.node "Placeholder"() "s" attrs {dtype = i32} : () -> tensor<1xi32>
  // expected-error @below {{operator RandomUniform reads or changes what is no tensor: a variable, a table, a file or the state of a generator [stateful]}}
  %y:2 = graph.node "RandomUniform"(%s#0) "y" attrs {T = i32, dtype = f32} : (tensor<1xi32>) -> tensor<?xf32>
}

// -----

graph.graph {
  %t:2 = graph.node "Placeholder"() "t" attrs {dtype = !graph.resource} : () -> tensor<!graph.resource>
  %k:2 = graph.node "Placeholder"() "k" attrs {dtype = i64} : () -> tensor<2xi64>
  // expected-error @below {{operator LookupTableFindV2 reads or changes what is no tensor: a variable, a table, a file or the state of a generator [stateful]}}
  %y:2 = graph.node "LookupTableFindV2"(%t#0, %k#0, %k#0) "y" : (tensor<!graph.resource>, tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
}

// -----

// Nothing is known of what TensorFlow does not have, nor against a generator without a state.
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<2xf32>
  // expected-error @below {{operator MyOwn has no conversion [unknown_operator]}}
  %y:2 = graph.node "MyOwn"(%x#0) "y" : (tensor<2xf32>) -> tensor<2xf32>
}

// -----

graph.graph {
  %s:2 = graph.node "Placeholder"() "s" attrs {dtype = i64} : () -> tensor<2xi64>
  // expected-error @below {{operator StatelessRandomUniform has no conversion [unknown_operator]}}
  %y:2 = graph.node "StatelessRandomUniform"(%s#0, %s#0) "y" attrs {T = i64} : (tensor<2xi64>, tensor<2xi64>) -> tensor<?x?xf32>
}
