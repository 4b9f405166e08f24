// A module shrinks to what a script finds interesting in it: here, a graph that
// is valid and has a Softmax.
// RUN: graft-reduce %s -reduction-tree="traversal-mode=0 test=%S/Inputs/has-softmax.sh" 2> %t.err | FileCheck %s

// CHECK: graph.graph {
// CHECK-NEXT: [[X:%.*]], %{{.*}} = graph.node "Placeholder"() "x"
// CHECK-NEXT: {{.*}} = graph.node "Softmax"([[X]]) "wanted"
// CHECK-NEXT: {{^ *}}}

// What was never interesting is not reduced to nothing.
// RUN: not graft-reduce %S/Inputs/plain.mlir -reduction-tree="traversal-mode=0 test=%S/Inputs/has-softmax.sh" | count 0
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  %a:2 = graph.node "Relu"(%x#0) "a" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %s:2 = graph.node "Softmax"(%x#0) "wanted" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %b:2 = graph.node "Relu"(%s#0) "b" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %c:2 = graph.node "Relu"(%b#0) "c" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
}
