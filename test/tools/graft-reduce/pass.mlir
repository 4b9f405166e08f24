// Graft's own passes can be reducers: here, one that removes what no fetch needs.
// RUN: graft-reduce %s -opt-reduction-pass="opt-pass=graph-eliminate-dead-outputs test=%S/Inputs/has-softmax.sh" | FileCheck %s

// CHECK: "Placeholder"
// CHECK-NEXT: "Softmax"{{.*}} "s"{{.*}}
// CHECK-NEXT: {{^ *}}}
graph.graph attributes {fetches = [#graph.port<"s", "s", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  %a:2 = graph.node "Relu"(%x#0) "a" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %s:2 = graph.node "Softmax"(%x#0) "s" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
}
