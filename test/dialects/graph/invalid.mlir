// RUN: graft-opt %s -split-input-file -verify-diagnostics

// Names are how a file connects nodes.
graph.graph {
  // expected-note@+1 {{the other one is here}}
  %a = graph.node "NoOp"() "n" : () -> ()
  // expected-error@+1 {{name must be unique, got "n" twice}}
  %b = graph.node "NoOp"() "n" : () -> ()
}

// -----

graph.graph {
  // expected-error@+1 {{must have a name and an operator}}
  %a = graph.node "NoOp"() "" : () -> ()
}

// -----

// The signature of a known operator counts.
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  // expected-error@+1 {{of AddV2 must have 2 inputs, got 1}}
  %y:2 = graph.node "AddV2"(%x#0) "y" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
}

// -----

graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  // expected-error@+1 {{input 0 of Relu must be double, got float}}
  %y:2 = graph.node "Relu"(%x#0) "y" attrs {T = f64} : (tensor<*xf32>) -> tensor<*xf64>
}

// -----

graph.graph {
  // expected-error@+1 {{of Placeholder must have 1 outputs, got 2}}
  %x:3 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> (tensor<*xf32>, tensor<*xf32>)
}

// -----

graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = !graph.string} : () -> tensor<*x!graph.string>
  // expected-error@+1 {{attribute 'T' must be one of}}
  %y:2 = graph.node "Relu"(%x#0) "y" attrs {T = !graph.string} : (tensor<*x!graph.string>) -> tensor<*x!graph.string>
}

// -----

graph.graph {
  // expected-error@+1 {{attribute 'dtype' must be a type, got 1}}
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = 1 : i64} : () -> tensor<*xf32>
}

// -----

// A NodeDef has integers of 64 bits only.
graph.graph {
  // expected-error@+1 {{attribute 'n' must be of a kind that a NodeDef can hold, got 1 : i32}}
  %x = graph.node "Custom"() "x" attrs {n = 1 : i32} : () -> ()
}

// -----

graph.graph {
  // expected-error@+1 {{inputs and outputs must be tensors of TensorFlow's types, got 'i32'}}
  %x:2 = graph.node "Custom"() "x" : () -> i32
}

// -----

graph.graph {
  // expected-error@+1 {{attribute 'value' must have the type of 'dtype', float, got int32}}
  %x:2 = graph.node "Const"() "x" attrs {dtype = f32, value = #graph.tensor<dense<1> : tensor<i32>, values, 1>} : () -> tensor<f32>
}

// -----

// expected-error@+1 {{fetches must name nodes of the graph, got "y"}}
graph.graph attributes {fetches = [#graph.port<"y", "y", 0>]} {
  %x = graph.node "NoOp"() "x" : () -> ()
}

// -----

// expected-error@+1 {{fetches must name outputs, got 0 of "x", which has 0}}
graph.graph attributes {fetches = [#graph.port<"x", "x", 0>]} {
  %x = graph.node "NoOp"() "x" : () -> ()
}

// -----

// expected-error@+1 {{must have a name for each of 1 arguments, got 0}}
graph.func @f attributes {arg_names = [], attrs = {}, result_names = []} {
^bb0(%a: tensor<*xf32>):
  graph.return
}

// -----

graph.func @f attributes {arg_names = ["a"], attrs = {}, result_names = ["y"]} {
^bb0(%a: tensor<*xf32>):
  // expected-error@+1 {{must have a value for each of 1 results, got 0}}
  graph.return
}

// -----

graph.func @f attributes {arg_names = [], attrs = {}, result_names = []} {
  %a = graph.node "NoOp"() "n" : () -> ()
  // expected-error@+1 {{must have a control for each of 0 control results, got 1}}
  graph.return controls(%a)
}
