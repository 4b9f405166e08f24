// RUN: graft-opt %s --pass-pipeline="builtin.module(convert-graph-to-nn{segments-only=true},for-each-segment{pipeline='convert-nn-to-plan,plan.engine(plan-assign-layouts,plan-select-tactics,plan-assign-buffers)'})" | FileCheck %s

// The engine of a segment that compiles takes the place of its function. One that does
// not, whose arena no memory holds, is native again with the reason, behind what it
// waited for, and does not take the others along. Nor does one that cannot be converted.
// CHECK: graph.node "Placeholder"
// CHECK: %[[GOOD:.*]], %{{.*}} = graph.segment "good"
// CHECK-SAME: engine = @good
// CHECK-NOT: graph.segment
// CHECK: graph.node "Exp"(%{{.*}}) [%{{.*}}] "a"
// CHECK-SAME: graph.native = #graph.native<target_refused, "its segment does not compile: {{.*}}the arena must fit into memory">
// CHECK: graph.node "Const"() "perm"
// CHECK: graph.node "Transpose"
// CHECK: graph.node "AddV2"
// CHECK-SAME: graph.native = #graph.native<target_refused
// CHECK: graph.node "Igamma"(%[[GOOD]], %[[GOOD]]) "unknown"
// CHECK-SAME: graph.native = #graph.native<target_refused, "its segment does not compile: {{.*}}has no conversion
// CHECK: graph.segment "last"
// CHECK-SAME: engine = @last
// CHECK-NOT: func.func
// CHECK-NOT: builtin.module
// CHECK: plan.engine @good
// CHECK: plan.engine @last
// CHECK-NOT: plan.engine
module {
  graph.graph {
    %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<?x2xf32>
    %h:2 = graph.node "Placeholder"() "h" attrs {dtype = f32} : () -> tensor<1073741824x1073741824xf32>
    %g:2 = graph.segment "good"(%x#0) {
    ^bb0(%arg0: tensor<?x2xf32>):
      %y:2 = graph.node "Relu"(%arg0) "y" attrs {T = f32} : (tensor<?x2xf32>) -> tensor<?x2xf32>
      graph.return %y#0 : tensor<?x2xf32>
    } : (tensor<?x2xf32>) -> (tensor<?x2xf32>)
    %b:2 = graph.segment "huge"(%h#0)[%g#1] {
    ^bb0(%arg0: tensor<1073741824x1073741824xf32>):
      %a:2 = graph.node "Exp"(%arg0) "a" attrs {T = f32} : (tensor<1073741824x1073741824xf32>) -> tensor<1073741824x1073741824xf32>
      %p:2 = graph.node "Const"() "perm" attrs {dtype = i32, value = #graph.tensor<dense<[1, 0]> : tensor<2xi32>, content>} : () -> tensor<2xi32>
      %t:2 = graph.node "Transpose"(%a#0, %p#0) "t" attrs {T = f32, Tperm = i32} : (tensor<1073741824x1073741824xf32>, tensor<2xi32>) -> tensor<1073741824x1073741824xf32>
      %s:2 = graph.node "AddV2"(%a#0, %t#0) "s" attrs {T = f32} : (tensor<1073741824x1073741824xf32>, tensor<1073741824x1073741824xf32>) -> tensor<1073741824x1073741824xf32>
      graph.return %s#0 : tensor<1073741824x1073741824xf32>
    } : (tensor<1073741824x1073741824xf32>) -> (tensor<1073741824x1073741824xf32>)
    %u:2 = graph.segment "bad"(%g#0) {
    ^bb0(%arg0: tensor<?x2xf32>):
      %y:2 = graph.node "Igamma"(%arg0, %arg0) "unknown" attrs {T = f32} : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
      graph.return %y#0 : tensor<?x2xf32>
    } : (tensor<?x2xf32>) -> (tensor<?x2xf32>)
    %l:2 = graph.segment "last"(%u#0) {
    ^bb0(%arg0: tensor<?x2xf32>):
      %y:2 = graph.node "Tanh"(%arg0) "z" attrs {T = f32} : (tensor<?x2xf32>) -> tensor<?x2xf32>
      graph.return %y#0 : tensor<?x2xf32>
    } : (tensor<?x2xf32>) -> (tensor<?x2xf32>)
    %z:2 = graph.node "Igamma"(%l#0, %l#0) "w" attrs {T = f32} : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  }
}
