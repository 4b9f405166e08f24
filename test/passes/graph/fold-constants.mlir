// RUN: split-file %s %t
// RUN: graft-opt %t/evaluate.mlir -graph-fold-constants | FileCheck %t/evaluate.mlir
// RUN: graft-opt %t/shapes.mlir -graph-fold-constants | FileCheck %t/shapes.mlir
// RUN: graft-opt %t/large.mlir '-graph-fold-constants=max-bytes=64' | FileCheck %t/large.mlir
// RUN: graft-opt %t/alone.mlir -graph-fold-constants | FileCheck %t/alone.mlir
// RUN: graft-opt %t/waits.mlir -graph-fold-constants | FileCheck %t/waits.mlir
// RUN: graft-opt %t/sizes.mlir -graph-fold-constants | FileCheck %t/sizes.mlir
// RUN: graft-opt %t/loop.mlir -graph-fold-constants | FileCheck %t/loop.mlir

//--- evaluate.mlir
// A chain folds into the name of its last node, also through a node that passes on;
// control inputs stay; the second result of a split gets a name of its own.
// CHECK-LABEL: graph.graph
// CHECK: %[[N:.*]] = graph.node "NoOp"() "n"
// CHECK: graph.node "Const"() [%[[N]]] "sum" attrs {dtype = i32, value = #graph.tensor<dense<[7, 12]> : tensor<2xi32>, content>}
// CHECK: %[[A:.*]], %{{.*}} = graph.node "Const"() "split" {{.*}}dense<3>
// CHECK: %[[B:.*]], %{{.*}} = graph.node "Const"() "split/output_1" {{.*}}dense<4>
// CHECK: graph.node "Unheard"(%[[A]], %[[B]])
// CHECK-NOT: graph.node
graph.graph attributes {fetches = [#graph.port<"s", "sum", 0>, #graph.port<"u", "u", 0>]} {
  %n = graph.node "NoOp"() "n" : () -> ()
  %a:2 = graph.node "Const"() "a" attrs {dtype = i32, value = #graph.tensor<dense<[3, 4]> : tensor<2xi32>, values, 2>} : () -> tensor<2xi32>
  %m:2 = graph.node "Mul"(%a#0, %a#0) "product" attrs {T = i32} : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
  %i:2 = graph.node "Identity"(%m#0) "i" attrs {T = i32} : (tensor<2xi32>) -> tensor<2xi32>
  %c:2 = graph.node "Const"() "c" attrs {dtype = i32, value = #graph.tensor<dense<[-2, -4]> : tensor<2xi32>, values, 2>} : () -> tensor<2xi32>
  %s:2 = graph.node "AddV2"(%i#0, %c#0) [%n] "sum" attrs {T = i32} : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
  %axis:2 = graph.node "Const"() "axis" attrs {dtype = i32, value = #graph.tensor<dense<0> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %p:3 = graph.node "Split"(%axis#0, %a#0) "split" attrs {T = i32, num_split = 2 : i64} : (tensor<i32>, tensor<2xi32>) -> (tensor<1xi32>, tensor<1xi32>)
  %u:2 = graph.node "Unheard"(%p#0, %p#1) "u" : (tensor<1xi32>, tensor<1xi32>) -> tensor<*xi32>
}

//--- shapes.mlir
// Of an unknown batch the other sizes fold: the slice does, the whole shape does not.
// The rank is known although the shape is not, the size is not.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "Shape"({{.*}}) "partial"
// CHECK: graph.node "Const"() "height" {{.*}}dense<8> : tensor<i32>
// CHECK: graph.node "Const"() "packed" {{.*}}dense<[8, 16]> : tensor<2xi32>
// CHECK: graph.node "Const"() "rank" {{.*}}dense<2> : tensor<i32>
// CHECK: graph.node "Size"
// CHECK: graph.node "Const"() "whole" {{.*}}dense<[2, 3]> : tensor<2xi64>
// CHECK: graph.node "Const"() "count" {{.*}}dense<6> : tensor<i32>
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<?x8xf32>
  %y:2 = graph.node "Placeholder"() "y" attrs {dtype = f32} : () -> tensor<2x3xf32>
  %s:2 = graph.node "Shape"(%x#0) "partial" attrs {T = f32, out_type = i32} : (tensor<?x8xf32>) -> tensor<2xi32>
  %use:2 = graph.node "Unheard"(%s#0) "use" : (tensor<2xi32>) -> tensor<i32>
  %one:2 = graph.node "Const"() "one" attrs {dtype = i32, value = #graph.tensor<dense<-1> : tensor<1xi32>, values, 1>} : () -> tensor<1xi32>
  %two:2 = graph.node "Const"() "two" attrs {dtype = i32, value = #graph.tensor<dense<2> : tensor<1xi32>, values, 1>} : () -> tensor<1xi32>
  %h:2 = graph.node "StridedSlice"(%s#0, %one#0, %two#0, %two#0) "height" attrs {T = i32, Index = i32, shrink_axis_mask = 1 : i64} : (tensor<2xi32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<i32>
  %k:2 = graph.node "Const"() "k" attrs {dtype = i32, value = #graph.tensor<dense<2> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %m:2 = graph.node "Mul"(%h#0, %k#0) "double" attrs {T = i32} : (tensor<i32>, tensor<i32>) -> tensor<i32>
  %p:2 = graph.node "Pack"(%h#0, %m#0) "packed" attrs {T = i32, N = 2 : i64, axis = 0 : i64} : (tensor<i32>, tensor<i32>) -> tensor<2xi32>
  %up:2 = graph.node "Unheard"(%h#0, %p#0) "use_p" : (tensor<i32>, tensor<2xi32>) -> tensor<i32>
  %r:2 = graph.node "Rank"(%x#0) "rank" attrs {T = f32} : (tensor<?x8xf32>) -> tensor<i32>
  %z:2 = graph.node "Size"(%x#0) "size" attrs {T = f32, out_type = i32} : (tensor<?x8xf32>) -> tensor<i32>
  %w:2 = graph.node "Shape"(%y#0) "whole" attrs {T = f32, out_type = i64} : (tensor<2x3xf32>) -> tensor<2xi64>
  %q:2 = graph.node "Size"(%y#0) "count" attrs {T = f32, out_type = i32} : (tensor<2x3xf32>) -> tensor<i32>
}

//--- large.mlir
// A result beyond the limit is made at run time, unless what it is made of is as large.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "Fill"
// CHECK: graph.node "Const"() "neg"
graph.graph attributes {fetches = [#graph.port<"f", "f", 0>, #graph.port<"n", "neg", 0>]} {
  %d:2 = graph.node "Const"() "d" attrs {dtype = i32, value = #graph.tensor<dense<100> : tensor<1xi32>, values, 1>} : () -> tensor<1xi32>
  %v:2 = graph.node "Const"() "v" attrs {dtype = f32, value = #graph.tensor<dense<1.0> : tensor<f32>, values, 1>} : () -> tensor<f32>
  %f:2 = graph.node "Fill"(%d#0, %v#0) "f" attrs {T = f32, index_type = i32} : (tensor<1xi32>, tensor<f32>) -> tensor<100xf32>
  %b:2 = graph.node "Const"() "b" attrs {dtype = f32, value = #graph.tensor<dense<1.0> : tensor<100xf32>, values, 1>} : () -> tensor<100xf32>
  %n:2 = graph.node "Neg"(%b#0) "neg" attrs {T = f32} : (tensor<100xf32>) -> tensor<100xf32>
}

//--- alone.mlir
// Not folded: a fed node, random numbers, rounding that differs between libraries, what
// runs in one branch only, a constant that the user feeds.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "Neg"({{.*}}) "fed"
// CHECK: graph.node "RandomUniform"
// CHECK: graph.node "Exp"
// CHECK: graph.node "Rank"({{.*}}) "branch"
// CHECK: graph.node "Neg"({{.*}}) "of_fed"
graph.graph attributes {feeds = [#graph.port<"f", "fed", 0>, #graph.port<"g", "given", 0>]} {
  %c:2 = graph.node "Const"() "c" attrs {dtype = f32, value = #graph.tensor<dense<1.0> : tensor<f32>, values, 1>} : () -> tensor<f32>
  %f:2 = graph.node "Neg"(%c#0) "fed" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %d:2 = graph.node "Const"() "d" attrs {dtype = i32, value = #graph.tensor<dense<3> : tensor<1xi32>, values, 1>} : () -> tensor<1xi32>
  %r:2 = graph.node "RandomUniform"(%d#0) "r" attrs {T = i32, dtype = f32, seed = 1 : i64, seed2 = 2 : i64} : (tensor<1xi32>) -> tensor<3xf32>
  %e:2 = graph.node "Exp"(%c#0) "e" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %p:2 = graph.node "Placeholder"() "p" attrs {dtype = i1} : () -> tensor<i1>
  %s:3 = graph.node "Switch"(%c#0, %p#0) "s" attrs {T = f32} : (tensor<f32>, tensor<i1>) -> (tensor<f32>, tensor<f32>)
  %b:2 = graph.node "Rank"(%s#0) "branch" attrs {T = f32} : (tensor<f32>) -> tensor<i32>
  %g:2 = graph.node "Const"() "given" attrs {dtype = f32, value = #graph.tensor<dense<1.0> : tensor<f32>, values, 1>} : () -> tensor<f32>
  %o:2 = graph.node "Neg"(%g#0) "of_fed" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
}

//--- waits.mlir
// What the constants wait for, also one behind a node that passes it on, is waited for
// by what they become.
// CHECK-LABEL: graph.graph
// CHECK: %[[W:.*]] = graph.node "AssignVariableOp"
// CHECK: %[[V:.*]] = graph.node "AssignVariableOp"
// CHECK: %{{.*}}, %[[S:.*]] = graph.node "Const"() [%[[W]], %[[V]]] "sum"
// CHECK: graph.node "ReadVariableOp"(%{{.*}}) [%[[S]]] "read"
graph.graph attributes {fetches = [#graph.port<"r", "read", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %h:2 = graph.node "VarHandleOp"() "h" attrs {dtype = f32} : () -> tensor<!graph.resource>
  %w = graph.node "AssignVariableOp"(%h#0, %x#0) "w" attrs {dtype = f32} : (tensor<!graph.resource>, tensor<f32>) -> ()
  %v = graph.node "AssignVariableOp"(%h#0, %x#0) [%w] "v" attrs {dtype = f32} : (tensor<!graph.resource>, tensor<f32>) -> ()
  %a:2 = graph.node "Const"() [%w] "a" attrs {dtype = f32, value = #graph.tensor<dense<1.0> : tensor<f32>, values, 1>} : () -> tensor<f32>
  %b:2 = graph.node "Identity"(%a#0) [%v] "b" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %s:2 = graph.node "AddV2"(%a#0, %b#0) "sum" attrs {T = f32} : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %r:2 = graph.node "ReadVariableOp"(%h#0) [%s#1] "read" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
}

//--- sizes.mlir
// Zero times an unknown element is zero; zero times a tensor of which not even the size
// is known is not one zero. Over no axis a product stays what it was.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "Const"() "zeros" {{.*}}dense<0> : tensor<2xi32>
// CHECK: graph.node "Mul"({{.*}}) "tiled_zeros"
// CHECK: graph.node "Mul"({{.*}}) "filled_zeros"
// CHECK: graph.node "Mul"({{.*}}) "powers"
// CHECK: graph.node "Const"() "none" {{.*}}dense<[3, 8]> : tensor<2xi32>
// CHECK: graph.node "Const"() "kept" {{.*}}dense<24> : tensor<1xi32>
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<?x8xf32>
  %y:2 = graph.node "Placeholder"() "y" attrs {dtype = f32} : () -> tensor<3x8xf32>
  %s:2 = graph.node "Shape"(%x#0) "s" attrs {T = f32, out_type = i32} : (tensor<?x8xf32>) -> tensor<2xi32>
  %zero:2 = graph.node "Const"() "zero" attrs {dtype = i32, value = #graph.tensor<dense<0> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %two:2 = graph.node "Const"() "two" attrs {dtype = i32, value = #graph.tensor<dense<2> : tensor<1xi32>, values, 1>} : () -> tensor<1xi32>
  %z:2 = graph.node "Mul"(%s#0, %zero#0) "zeros" attrs {T = i32} : (tensor<2xi32>, tensor<i32>) -> tensor<2xi32>
  %t:2 = graph.node "Tile"(%s#0, %two#0) "t" attrs {T = i32, Tmultiples = i32} : (tensor<2xi32>, tensor<1xi32>) -> tensor<?xi32>
  %tz:2 = graph.node "Mul"(%t#0, %zero#0) "tiled_zeros" attrs {T = i32} : (tensor<?xi32>, tensor<i32>) -> tensor<?xi32>
  %f:2 = graph.node "Fill"(%s#0, %zero#0) "f" attrs {T = i32, index_type = i32} : (tensor<2xi32>, tensor<i32>) -> tensor<?x8xi32>
  %fz:2 = graph.node "Mul"(%f#0, %zero#0) "filled_zeros" attrs {T = i32} : (tensor<?x8xi32>, tensor<i32>) -> tensor<?x8xi32>
  %p:2 = graph.node "Pow"(%s#0, %zero#0) "p" attrs {T = i32} : (tensor<2xi32>, tensor<i32>) -> tensor<2xi32>
  %pz:2 = graph.node "Mul"(%p#0, %zero#0) "powers" attrs {T = i32} : (tensor<2xi32>, tensor<i32>) -> tensor<2xi32>
  %sy:2 = graph.node "Shape"(%y#0) "sy" attrs {T = f32, out_type = i32} : (tensor<3x8xf32>) -> tensor<2xi32>
  %no:2 = graph.node "Const"() "no" attrs {dtype = i32, value = #graph.tensor<dense<> : tensor<0xi32>, values, 0>} : () -> tensor<0xi32>
  %n:2 = graph.node "Prod"(%sy#0, %no#0) "none" attrs {T = i32, Tidx = i32, keep_dims = false} : (tensor<2xi32>, tensor<0xi32>) -> tensor<2xi32>
  %k:2 = graph.node "Prod"(%sy#0, %zero#0) "kept" attrs {T = i32, Tidx = i32, keep_dims = true} : (tensor<2xi32>, tensor<i32>) -> tensor<1xi32>
}

//--- loop.mlir
// In a loop nothing folds, whatever the order of its nodes.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "Rank"({{.*}}) "rank"
// CHECK: graph.node "Neg"({{.*}}) "neg"
graph.graph attributes {fetches = [#graph.port<"y", "exit", 0>]} {
  %rank:2 = graph.node "Rank"(%body#0) "rank" attrs {T = i32} : (tensor<i32>) -> tensor<i32>
  %neg:2 = graph.node "Neg"(%one#0) "neg" attrs {T = i32} : (tensor<i32>) -> tensor<i32>
  %one:2 = graph.node "Const"() [%body#1] "one" attrs {dtype = i32, value = #graph.tensor<dense<1> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %sum:2 = graph.node "AddV2"(%rank#0, %neg#0) "sum" attrs {T = i32} : (tensor<i32>, tensor<i32>) -> tensor<i32>
  %next:2 = graph.node "NextIteration"(%sum#0) "next" attrs {T = i32} : (tensor<i32>) -> tensor<i32>
  %body:2 = graph.node "Identity"(%switch#1) "body" attrs {T = i32} : (tensor<i32>) -> tensor<i32>
  %exit:2 = graph.node "Exit"(%switch#0) "exit" attrs {T = i32} : (tensor<i32>) -> tensor<i32>
  %switch:3 = graph.node "Switch"(%merge#0, %cond#0) "switch" attrs {T = i32} : (tensor<i32>, tensor<i1>) -> (tensor<i32>, tensor<i32>)
  %cond:2 = graph.node "LoopCond"(%less#0) "cond" : (tensor<i1>) -> tensor<i1>
  %less:2 = graph.node "Less"(%merge#0, %limit#0) "less" attrs {T = i32} : (tensor<i32>, tensor<i32>) -> tensor<i1>
  %merge:3 = graph.node "Merge"(%enter#0, %next#0) "merge" attrs {N = 2, T = i32} : (tensor<i32>, tensor<i32>) -> (tensor<i32>, tensor<i32>)
  %limit:2 = graph.node "Enter"(%x#0) "limit" attrs {T = i32, frame_name = "f", is_constant = true} : (tensor<i32>) -> tensor<i32>
  %enter:2 = graph.node "Enter"(%x#0) "enter" attrs {T = i32, frame_name = "f"} : (tensor<i32>) -> tensor<i32>
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = i32} : () -> tensor<i32>
}
