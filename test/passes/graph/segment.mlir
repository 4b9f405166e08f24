// RUN: split-file %s %t
// RUN: graft-opt %t/chain.mlir '-graph-segment=convertible=Relu,Add,Identity,Split' | FileCheck %t/chain.mlir
// RUN: graft-opt %t/convex.mlir '-graph-segment=convertible=Relu,Add minimum-segment-size=2' | FileCheck %t/convex.mlir
// RUN: graft-opt %t/side.mlir '-graph-segment=convertible=Relu,Add minimum-segment-size=1' | FileCheck %t/side.mlir
// RUN: graft-opt %t/drop.mlir '-graph-segment=convertible=Relu,Abs,Neg,Identity deny=Neg' | FileCheck %t/drop.mlir
// RUN: graft-opt %t/drop.mlir '-graph-segment=convertible=Relu,Abs,Neg,Identity minimum-segment-size=1 take-constants' | FileCheck %s --check-prefix=CONSTANTS
// CONSTANTS: graph.segment {{.*}}() {
// CONSTANTS: "k1"
// RUN: graft-opt %t/drop.mlir '-graph-segment=convertible=Relu,Abs,Neg,Identity deny-nodes=b minimum-segment-size=1' | FileCheck %t/drop.mlir --check-prefix=NAMED
// RUN: graft-opt %t/limit.mlir '-graph-segment=convertible=Relu minimum-segment-size=1 maximum-engines=1' | FileCheck %t/limit.mlir
// RUN: graft-opt %t/controls.mlir '-graph-segment=convertible=Relu minimum-segment-size=2' | FileCheck %t/controls.mlir
// RUN: graft-opt %t/branch.mlir '-graph-segment=convertible=Relu,Add minimum-segment-size=2' | FileCheck %t/branch.mlir
// RUN: graft-opt %t/loop.mlir '-graph-segment=convertible=Relu,Add minimum-segment-size=1' | FileCheck %t/loop.mlir
// RUN: graft-opt %t/sizes.mlir '-graph-segment=minimum-segment-size=1' | FileCheck %t/sizes.mlir
// RUN: graft-opt %t/chain.mlir '-graph-segment=convertible=Relu,Add,Identity,Split whole=true' | FileCheck %t/chain.mlir
// RUN: not graft-opt %t/convex.mlir '-graph-segment=convertible=Relu,Add whole=true' 2>&1 | FileCheck %s --check-prefix=WHOLE
// WHOLE: error: node 'native' (Unheard) cannot be part of a plan: unknown_operator: Unheard is not on the list of convertible operators
// RUN: graft-opt %t/chain.mlir '-graph-segment=convertible=Relu' --remarks-filter='graph-segment' --remark-policy=all 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// REMARK: Native | Category:graph-segment | {{.*}}unknown_operator
// RUN: graft-opt %t/chain.mlir '-graph-segment=convertible=Relu,Add,Identity,Split fetch-fed' | FileCheck %s --check-prefix=FEDWHOLE
// RUN: graft-opt %t/convex.mlir '-graph-segment=convertible=Relu,Add minimum-segment-size=2 fetch-fed' | FileCheck %s --check-prefix=FED
// RUN: not graft-opt %t/convex.mlir '-graph-segment=convertible=Split fetch-fed' 2>&1 | FileCheck %s --check-prefix=UNFED
// RUN: graft-opt %t/constants.mlir -graph-segment | FileCheck %t/constants.mlir
// RUN: graft-opt %t/shuffled.mlir '-graph-segment=minimum-segment-size=1' | FileCheck %t/shuffled.mlir

// All of it is fed: nothing changes.
// FEDWHOLE: fetches = [#graph.port<"o", "out", 0>, #graph.port<"s", "split", 1>]
// FEDWHOLE-NOT: graph.segment

// What the first segment would give, to the native node and to the second segment,
// which reads the native node.
// FED: fetches = [#graph.port<"a", "a", 0>, #graph.port<"b", "b", 0>]
// FED-NOT: graph.segment

// UNFED: error: a node that can be part of an engine must be computed from the inputs alone, got none

//--- chain.mlir
// Everything between input and outputs is one segment. The constant comes along and
// leaves the outside; fetched names stay, also of a second result; the unread result
// of the fetched split does not cross.
// CHECK-LABEL: graph.graph
// CHECK: %[[X:.*]], %{{.*}} = graph.node "Placeholder"() "x" attrs {dtype = f32} {graph.native = #graph.native<fed, "the user gives its value">}
// CHECK-NOT: graph.node "Const"
// CHECK: %[[S:.*]]:3, %{{.*}} = graph.segment "TRTEngineOp_000_000"(%[[X]]) {
// CHECK: ^bb0(%[[A:.*]]: tensor<4xf32>):
// CHECK: %[[C:.*]], %{{.*}} = graph.node "Const"() "c"
// CHECK: %[[R:.*]], %{{.*}} = graph.node "Relu"(%[[A]]) "relu"
// CHECK: %[[ADD:.*]], %{{.*}} = graph.node "Add"(%[[R]], %{{.*}}) "out"
// CHECK: %[[P:.*]]:3, %{{.*}} = graph.node "Split"(%[[C]], %[[ADD]]) "split"
// CHECK: graph.return %[[ADD]], %[[P]]#0, %[[P]]#1 : tensor<4xf32>, tensor<1xf32>, tensor<1xf32>
// CHECK: } : (tensor<4xf32>) -> (tensor<4xf32>, tensor<1xf32>, tensor<1xf32>)
// CHECK-DAG: graph.node "Identity"(%[[S]]#0) "out" attrs {T = f32}
// CHECK-DAG: graph.node "IdentityN"(%[[S]]#1, %[[S]]#2) "split" attrs {T = #graph.list<type : f32, f32>}
// CHECK-NOT: graph.node
graph.graph attributes {
  feeds = [#graph.port<"x", "x", 0>],
  fetches = [#graph.port<"o", "out", 0>, #graph.port<"s", "split", 1>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<4xf32>
  %c:2 = graph.node "Const"() "c" attrs {dtype = i32, value = #graph.tensor<dense<0> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %r:2 = graph.node "Relu"(%x#0) "relu" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %i:2 = graph.node "Identity"(%r#0) "i" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %o:2 = graph.node "Add"(%r#0, %i#0) "out" attrs {T = f32} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %s:4 = graph.node "Split"(%c#0, %o#0) "split" attrs {T = f32, num_split = 3} : (tensor<i32>, tensor<4xf32>) -> (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>)
}

//--- convex.mlir
// The path through the native node keeps "a" and "d" apart: one engine must not both
// feed it and wait for it.
// CHECK-LABEL: graph.graph
// CHECK: %[[S0:.*]]:2, %{{.*}} = graph.segment "TRTEngineOp_000_000"
// CHECK: "a"
// CHECK: "b"
// CHECK: graph.return
// CHECK: %[[N:.*]], %{{.*}} = graph.node "Unheard"(%[[S0]]#{{.}}) "native" {graph.native = #graph.native<unknown_operator, {{.*}}>}
// CHECK: graph.segment "TRTEngineOp_000_001"(%[[S0]]#{{.}}, %[[N]])
// CHECK: "d"
// CHECK: "e"
graph.graph attributes {fetches = [#graph.port<"o", "e", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<4xf32>
  %a:2 = graph.node "Relu"(%x#0) "a" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %b:2 = graph.node "Relu"(%a#0) "b" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %n:2 = graph.node "Unheard"(%a#0) "native" : (tensor<4xf32>) -> tensor<4xf32>
  %d:2 = graph.node "Add"(%b#0, %n#0) "d" attrs {T = f32} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %e:2 = graph.node "Relu"(%d#0) "e" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
}

//--- side.mlir
// "a" is of an earlier level than "b", because a native node sits between "c" and "b",
// but no path leads from "a" to that node: the two are one engine.
// CHECK-LABEL: graph.graph
// CHECK: graph.segment "TRTEngineOp_000_000"
// CHECK-NEXT: ^bb0
// CHECK-NEXT: "a"
// CHECK-NEXT: "b"
// CHECK-NEXT: graph.return
// CHECK: graph.segment "TRTEngineOp_000_001"
// CHECK-NEXT: ^bb0
// CHECK-NEXT: "c"
// CHECK-NEXT: graph.return
graph.graph attributes {fetches = [#graph.port<"o", "b", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<4xf32>
  %a:2 = graph.node "Relu"(%x#0) "a" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %c:2 = graph.node "Relu"(%x#0) "c" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %n:2 = graph.node "Unheard"(%c#0) "native" : (tensor<4xf32>) -> tensor<4xf32>
  %b:2 = graph.node "Add"(%a#0, %n#0) "b" attrs {T = f32} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
}

//--- drop.mlir
// Two working nodes are too few, Identity does not work; a denied operator stays; a
// segment of constants only is for the folder; a constant without an engine says so.
// With `deny-nodes` it is the node of that name that stays.
// NAMED: graph.segment
// NAMED: "b" {{.*}}#graph.native<denied, "the node is denied by name">
// NAMED: graph.segment
// CHECK-LABEL: graph.graph
// CHECK-NOT: graph.segment
// CHECK: "x"
// CHECK: "a" attrs {T = f32} {graph.native = #graph.native<segment_too_small, "its segment has 2 nodes, fewer than 3">}
// CHECK: "b" {{.*}}segment_too_small
// CHECK: "i" {{.*}}segment_too_small
// CHECK: "n" {{.*}}#graph.native<denied, "Neg is denied">
// CHECK: "c" {{.*}}#graph.native<native_constant, "only nodes outside of engines read it">
// CHECK: "k1" {{.*}}#graph.native<segment_without_inputs, "its segment reads constants only and may be folded">
graph.graph attributes {fetches = [#graph.port<"o", "n", 0>, #graph.port<"k", "k3", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<4xf32>
  %a:2 = graph.node "Relu"(%x#0) "a" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %b:2 = graph.node "Abs"(%a#0) "b" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %i:2 = graph.node "Identity"(%b#0) "i" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %n:2 = graph.node "Neg"(%i#0) "n" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %c:2 = graph.node "Const"() "c" attrs {dtype = f32, value = #graph.tensor<dense<0.0> : tensor<f32>, values, 1>} : () -> tensor<f32>
  %k1:2 = graph.node "Relu"(%c#0) "k1" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %k2:2 = graph.node "Relu"(%k1#0) "k2" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %k3:2 = graph.node "Relu"(%k2#0) "k3" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
}

//--- limit.mlir
// The largest segment wins.
// CHECK-LABEL: graph.graph
// CHECK: "a" {{.*}}#graph.native<engine_limit, "its segment is not among the 1 largest">
// CHECK: graph.segment "TRTEngineOp_000_000"
// CHECK: "b"
// CHECK: "c"
// CHECK-NOT: graph.segment
graph.graph attributes {fetches = [#graph.port<"o", "c", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<4xf32>
  %a:2 = graph.node "Relu"(%x#0) "a" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %n:2 = graph.node "Unheard"(%a#0) "native" : (tensor<4xf32>) -> tensor<4xf32>
  %b:2 = graph.node "Relu"(%n#0) "b" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %c:2 = graph.node "Relu"(%b#0) "c" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
}

//--- controls.mlir
// Control edges of members become edges of the segment; edges inside go. Without
// fetches the last node is wanted and keeps its name.
// CHECK-LABEL: graph.graph
// CHECK: %[[N:.*]] = graph.node "NoOp"() "before"
// CHECK: %[[S:.*]], %[[C:.*]] = graph.segment "TRTEngineOp_000_000"(%{{.*}}) [%[[N]]] {
// CHECK: "a" attrs
// CHECK: graph.node "Relu"(%{{[^)]*}}) "b"
// CHECK: }
// CHECK: graph.node "Identity"(%[[S]]) "b"
// CHECK: graph.node "NoOp"() [%[[C]]] "after"
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<4xf32>
  %n = graph.node "NoOp"() "before" : () -> ()
  %a:2 = graph.node "Relu"(%x#0) [%n] "a" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %b:2 = graph.node "Relu"(%a#0) [%a#1] "b" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %m = graph.node "NoOp"() [%a#1] "after" : () -> ()
}

//--- branch.mlir
// "a" and "b" run always, "c" and "d" only in one branch: an engine of both would not
// run at all when the branch is not taken. Behind the Merge "e" and "f" run always.
// CHECK-LABEL: graph.graph
// CHECK: graph.segment
// CHECK: "a"
// CHECK: "b"
// CHECK: graph.return
// CHECK: graph.segment
// CHECK: "c"
// CHECK: "d"
// CHECK: graph.return
// CHECK: graph.node "Merge"
// CHECK: graph.segment
// CHECK: "e"
// CHECK: "f"
graph.graph attributes {fetches = [#graph.port<"o", "f", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<4xf32>
  %p:2 = graph.node "Placeholder"() "p" attrs {dtype = i1} : () -> tensor<i1>
  %a:2 = graph.node "Relu"(%x#0) "a" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %b:2 = graph.node "Relu"(%a#0) "b" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %s:3 = graph.node "Switch"(%x#0, %p#0) "switch" attrs {T = f32} : (tensor<4xf32>, tensor<i1>) -> (tensor<4xf32>, tensor<4xf32>)
  %c:2 = graph.node "Add"(%s#1, %b#0) "c" attrs {T = f32} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %d:2 = graph.node "Relu"(%c#0) "d" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %m:3 = graph.node "Merge"(%s#0, %d#0) "merge" attrs {N = 2, T = f32} : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<i32>)
  %e:2 = graph.node "Add"(%m#0, %b#0) "e" attrs {T = f32} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %f:2 = graph.node "Relu"(%e#0) "f" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
}

//--- loop.mlir
// Nodes of a loop are never candidates; what is before and what is behind it is, and
// the two are apart although an edge joins them.
// CHECK-LABEL: graph.graph
// CHECK: graph.segment "TRTEngineOp_000_000"
// CHECK: "before"
// CHECK: graph.return
// CHECK: "inside" {{.*}}#graph.native<control_flow, "it is part of a loop">
// CHECK: graph.segment "TRTEngineOp_000_001"
// CHECK: "behind"
graph.graph attributes {fetches = [#graph.port<"o", "behind", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %b:2 = graph.node "Relu"(%x#0) "before" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %enter:2 = graph.node "Enter"(%b#0) "enter" attrs {T = f32, frame_name = "w"} : (tensor<f32>) -> tensor<f32>
  %m:3 = graph.node "Merge"(%enter#0, %next#0) "merge" attrs {N = 2, T = f32} : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<i32>)
  %l:2 = graph.node "IsFinite"(%m#0) "isfinite" attrs {T = f32} : (tensor<f32>) -> tensor<i1>
  %c:2 = graph.node "LoopCond"(%l#0) "cond" : (tensor<i1>) -> tensor<i1>
  %s:3 = graph.node "Switch"(%m#0, %c#0) "switch" attrs {T = f32} : (tensor<f32>, tensor<i1>) -> (tensor<f32>, tensor<f32>)
  %i:2 = graph.node "Relu"(%s#1) "inside" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %next:2 = graph.node "NextIteration"(%i#0) "next" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %exit:2 = graph.node "Exit"(%s#0) "exit" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %o:2 = graph.node "Add"(%exit#0, %b#0) "behind" attrs {T = f32} : (tensor<f32>, tensor<f32>) -> tensor<f32>
}

//--- constants.mlir
// Constants come along wherever they are: in a branch, which the segment waits for
// instead, and behind an Identity that is no part of the segment.
// CHECK-LABEL: graph.graph
// CHECK: %{{.*}}, %[[T:.*]] = graph.node "Identity"({{.*}}) "pivot"
// CHECK: graph.segment {{.*}} [%[[T]]]
// CHECK-DAG: graph.node "Const"() "shape"
// CHECK-DAG: graph.node "Const"() "scale"
// CHECK: graph.node "Reshape"
// CHECK: graph.return
// CHECK: graph.node "Merge"
graph.graph attributes {fetches = [#graph.port<"o", "merge", 0>, #graph.port<"p", "passed", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<4xf32>
  %p:2 = graph.node "Placeholder"() "p" attrs {dtype = i1} : () -> tensor<i1>
  %s:3 = graph.node "Switch"(%p#0, %p#0) "switch" attrs {T = i1} : (tensor<i1>, tensor<i1>) -> (tensor<i1>, tensor<i1>)
  %t:2 = graph.node "Identity"(%s#1) "pivot" attrs {T = i1} : (tensor<i1>) -> tensor<i1>
  %y:3 = graph.node "Switch"(%x#0, %p#0) "y" attrs {T = f32} : (tensor<4xf32>, tensor<i1>) -> (tensor<4xf32>, tensor<4xf32>)
  %d:2 = graph.node "Const"() [%t#1] "shape" attrs {dtype = i32, value = #graph.tensor<dense<2> : tensor<2xi32>, values, 2>} : () -> tensor<2xi32>
  %c:2 = graph.node "Const"() "scale" attrs {dtype = f32, value = #graph.tensor<dense<2.0> : tensor<4xf32>, values, 4>} : () -> tensor<4xf32>
  %i:2 = graph.node "Identity"(%c#0) "passed" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %a:2 = graph.node "Mul"(%y#1, %i#0) "a" attrs {T = f32} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %r:2 = graph.node "Reshape"(%a#0, %d#0) "r" attrs {T = f32, Tshape = i32} : (tensor<4xf32>, tensor<2xi32>) -> tensor<2x2xf32>
  %b:2 = graph.node "Relu"(%r#0) "b" attrs {T = f32} : (tensor<2x2xf32>) -> tensor<2x2xf32>
  %e:2 = graph.node "Unheard"(%y#0) "e" : (tensor<4xf32>) -> tensor<2x2xf32>
  %m:3 = graph.node "Merge"(%b#0, %e#0) "merge" attrs {N = 2, T = f32} : (tensor<2x2xf32>, tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<i32>)
}

//--- shuffled.mlir
// The two sides of a conditional, in a file that begins with its end.
// CHECK-LABEL: graph.graph
// CHECK: "m" {{.*}}#graph.native<control_flow
// CHECK-DAG: graph.segment
// CHECK-DAG: graph.segment
// CHECK-NOT: graph.segment
// CHECK: "switch"
graph.graph attributes {fetches = [#graph.port<"o", "m", 0>]} {
  %m:3 = graph.node "Merge"(%b#0, %d#0) "m" attrs {N = 2, T = f32} : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<i32>)
  %b:2 = graph.node "Abs"(%a#0) "b" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %a:2 = graph.node "Relu"(%s#0) "a" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %d:2 = graph.node "Abs"(%c#0) "d" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %c:2 = graph.node "Neg"(%s#1) "c" attrs {T = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %s:3 = graph.node "Switch"(%x#0, %p#0) "switch" attrs {T = f32} : (tensor<4xf32>, tensor<i1>) -> (tensor<4xf32>, tensor<4xf32>)
  %p:2 = graph.node "Placeholder"() "p" attrs {dtype = i1} : () -> tensor<i1>
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<4xf32>
}

//--- sizes.mlir
// A size that the user feeds is no shape of an engine; one that follows from the shape
// of an input is, wherever in the segment it is computed.
// CHECK-LABEL: graph.graph
// CHECK: graph.segment "TRTEngineOp_000_000"
// CHECK: "before"
// CHECK: graph.return
// CHECK: graph.node "ResizeBilinear"
// CHECK-SAME: "resized"
// CHECK-SAME: #graph.native<operand_not_constant, "the shape of its result depends on the contents of input 1, which must be known before its segment runs">
// CHECK: graph.segment "TRTEngineOp_000_001"
// CHECK-DAG: "shape"
// CHECK-DAG: "flat"
// CHECK: graph.return
graph.graph attributes {fetches = [#graph.port<"o", "flat", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<?x?x?x3xf32>
  %n:2 = graph.node "Placeholder"() "n" attrs {dtype = i32} : () -> tensor<2xi32>
  %b:2 = graph.node "Relu"(%x#0) "before" attrs {T = f32} : (tensor<?x?x?x3xf32>) -> tensor<?x?x?x3xf32>
  %r:2 = graph.node "ResizeBilinear"(%b#0, %n#0) "resized" attrs {T = f32, half_pixel_centers = true} : (tensor<?x?x?x3xf32>, tensor<2xi32>) -> tensor<?x?x?x3xf32>
  %s:2 = graph.node "Shape"(%r#0) "shape" attrs {T = f32, out_type = i32} : (tensor<?x?x?x3xf32>) -> tensor<4xi32>
  %f:2 = graph.node "Reshape"(%r#0, %s#0) "flat" attrs {T = f32, Tshape = i32} : (tensor<?x?x?x3xf32>, tensor<4xi32>) -> tensor<?x?x?x3xf32>
}
