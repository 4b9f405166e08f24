// RUN: split-file %s %t
// RUN: graft-opt %t/roundtrip.mlir | graft-opt | FileCheck %t/roundtrip.mlir
// RUN: graft-opt %t/invalid.mlir -split-input-file -verify-diagnostics

//--- roundtrip.mlir
// A segment waits for a node, gives its control to another, and names its engine.
// CHECK-LABEL: graph.graph
// CHECK: %[[S:.*]], %[[C:.*]] = graph.segment "TRTEngineOp_000_000"(%{{.*}}) [%{{.*}}] attributes {engine = @f} {
// CHECK: ^bb0(%[[A:.*]]: tensor<?x4xf32>):
// CHECK: graph.node "Relu"(%[[A]]) "relu"
// CHECK: graph.return
// CHECK: } : (tensor<?x4xf32>) -> tensor<?x4xf32>
// CHECK: graph.node "Identity"(%[[S]]) [%[[C]]] "out"
// CHECK-SAME: graph.native = #graph.native<denied, "Identity is denied">
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<?x4xf32>
  %n = graph.node "NoOp"() "n" : () -> ()
  %s:2 = graph.segment "TRTEngineOp_000_000"(%x#0) [%n] attributes {engine = @f} {
  ^bb0(%arg0: tensor<?x4xf32>):
    %r:2 = graph.node "Relu"(%arg0) "relu" attrs {T = f32} : (tensor<?x4xf32>) -> tensor<?x4xf32>
    graph.return %r#0 : tensor<?x4xf32>
  } : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %o:2 = graph.node "Identity"(%s#0) [%s#1] "out" attrs {T = f32}
    {graph.native = #graph.native<denied, "Identity is denied">} : (tensor<?x4xf32>) -> tensor<?x4xf32>
}

//--- invalid.mlir
graph.graph {
  // expected-error @+1 {{block arguments must have the types of the inputs, got}}
  %s = graph.segment "e"() {
  ^bb0(%arg0: tensor<f32>):
    graph.return
  } : () -> ()
}

// -----

graph.graph {
  %s:2 = graph.segment "e"() {
    // expected-error @+1 {{values must have the types of the segment's results, got}}
    graph.return
  } : () -> tensor<f32>
}

// -----

graph.graph {
  %s = graph.segment "e"() {
    %n = graph.node "NoOp"() "n" : () -> ()
    // expected-error @+1 {{must not have controls in a segment, got 1}}
    graph.return controls(%n)
  } : () -> ()
}

// -----

graph.graph {
  %s = graph.segment "e"() {
    // expected-error @+1 {{must be a graph.node inside a segment, got}}
    builtin.module {}
    graph.return
  } : () -> ()
}
