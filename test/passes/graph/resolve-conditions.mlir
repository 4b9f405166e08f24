// RUN: split-file %s %t
// RUN: graft-opt %t/if.mlir -graph-infer-shapes -graph-fold-constants -graph-resolve-conditions | FileCheck %t/if.mlir
// RUN: graft-opt %t/switch.mlir -graph-resolve-conditions | FileCheck %t/switch.mlir
// RUN: graft-opt %t/index.mlir -graph-resolve-conditions | FileCheck %t/index.mlir
// RUN: graft-opt %t/kept.mlir -graph-resolve-conditions | FileCheck %t/kept.mlir
// RUN: graft-opt %t/loop.mlir -graph-resolve-conditions | FileCheck %t/loop.mlir

//--- if.mlir
// The condition is on a shape, and so is one in the branch that is taken, on a shape
// that the branch makes. A function that nothing names any more goes.
// CHECK-LABEL: graph.graph
// CHECK-NOT: StatelessIf
// CHECK: graph.node "Exp"
// CHECK-NOT: StatelessIf
// CHECK-NOT: graph.func
graph.graph attributes {fetches = [#graph.port<"y", "if", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32, shape = #graph.shape<[?, 4]>} : () -> tensor<*xf32>
  %s:2 = graph.node "Shape"(%x#0) "s" attrs {T = f32, out_type = i32} : (tensor<*xf32>) -> tensor<*xi32>
  %one:2 = graph.node "Const"() "one" attrs {dtype = i32, value = #graph.tensor<dense<1> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %zero:2 = graph.node "Const"() "zero" attrs {dtype = i32, value = #graph.tensor<dense<0> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %n:2 = graph.node "GatherV2"(%s#0, %one#0, %zero#0) "n" attrs {Taxis = i32, Tindices = i32, Tparams = i32, batch_dims = 0 : i64} : (tensor<*xi32>, tensor<i32>, tensor<i32>) -> tensor<*xi32>
  %c:2 = graph.node "Greater"(%n#0, %one#0) "c" attrs {T = i32} : (tensor<*xi32>, tensor<i32>) -> tensor<*xi1>
  %i:2 = graph.node "StatelessIf"(%c#0, %x#0) "if" attrs {Tcond = i1, Tin = #graph.list<type : f32>, Tout = #graph.list<type : f32>, then_branch = #graph.func<"wide", {}>, else_branch = #graph.func<"narrow", {}>} : (tensor<*xi1>, tensor<*xf32>) -> tensor<*xf32>
}
graph.func @wide attributes {arg_names = ["x"], attrs = {}, result_names = ["y"]} {
^bb0(%x: tensor<*xf32>):
  %axis:2 = graph.node "Const"() "axis" attrs {dtype = i32, value = #graph.tensor<dense<1> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %d:2 = graph.node "ConcatV2"(%x, %x, %axis#0) "d" attrs {N = 2 : i64, T = f32, Tidx = i32} : (tensor<*xf32>, tensor<*xf32>, tensor<i32>) -> tensor<*xf32>
  %s:2 = graph.node "Shape"(%d#0) "s" attrs {T = f32, out_type = i32} : (tensor<*xf32>) -> tensor<*xi32>
  %zero:2 = graph.node "Const"() "zero" attrs {dtype = i32, value = #graph.tensor<dense<0> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %eight:2 = graph.node "Const"() "eight" attrs {dtype = i32, value = #graph.tensor<dense<8> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %n:2 = graph.node "GatherV2"(%s#0, %axis#0, %zero#0) "n" attrs {Taxis = i32, Tindices = i32, Tparams = i32, batch_dims = 0 : i64} : (tensor<*xi32>, tensor<i32>, tensor<i32>) -> tensor<*xi32>
  %c:2 = graph.node "Equal"(%n#0, %eight#0) "c" attrs {T = i32, incompatible_shape_error = true} : (tensor<*xi32>, tensor<i32>) -> tensor<*xi1>
  %i:2 = graph.node "StatelessIf"(%c#0, %d#0) "inner" attrs {Tcond = i1, Tin = #graph.list<type : f32>, Tout = #graph.list<type : f32>, then_branch = #graph.func<"narrow", {}>, else_branch = #graph.func<"never", {}>} : (tensor<*xi1>, tensor<*xf32>) -> tensor<*xf32>
  graph.return %i#0 : tensor<*xf32>
}
graph.func @narrow attributes {arg_names = ["x"], attrs = {}, result_names = ["y"]} {
^bb0(%x: tensor<*xf32>):
  %y:2 = graph.node "Exp"(%x) "y" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  graph.return %y#0 : tensor<*xf32>
}
graph.func @never attributes {arg_names = ["x"], attrs = {}, result_names = ["y"]} {
^bb0(%x: tensor<*xf32>):
  %y:2 = graph.node "Unheard"(%x) "y" : (tensor<*xf32>) -> tensor<*xf32>
  graph.return %y#0 : tensor<*xf32>
}

//--- switch.mlir
// The branch of "true" stays, and what a live node of it waited for; the other goes, with
// a conditional in it and with what only its data was for.
// CHECK-LABEL: graph.graph
// CHECK-NOT: "Switch"
// CHECK-NOT: "Merge"
// CHECK-NOT: "Neg"
// CHECK: %[[W:.*]] = graph.node "AssignVariableOp"
// CHECK: %[[R:.*]], %{{.*}} = graph.node "Relu"({{.*}}) [%[[W]]] "relu"
// CHECK: graph.node "Abs"(%[[R]]) "y"
graph.graph attributes {fetches = [#graph.port<"y", "y", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<2xf32>
  %q:2 = graph.node "Placeholder"() "q" attrs {dtype = i1} : () -> tensor<i1>
  %h:2 = graph.node "VarHandleOp"() "h" attrs {dtype = f32} : () -> tensor<!graph.resource>
  %t:2 = graph.node "Const"() "t" attrs {dtype = i1, value = #graph.tensor<dense<true> : tensor<i1>, values, 1>} : () -> tensor<i1>
  %p:2 = graph.node "Identity"(%t#0) "p" attrs {T = i1} : (tensor<i1>) -> tensor<i1>
  %s:3 = graph.node "Switch"(%x#0, %p#0) "s" attrs {T = f32} : (tensor<2xf32>, tensor<i1>) -> (tensor<2xf32>, tensor<2xf32>)
  %w = graph.node "AssignVariableOp"(%h#0, %s#1) "w" attrs {dtype = f32} : (tensor<!graph.resource>, tensor<2xf32>) -> ()
  %r:2 = graph.node "Relu"(%s#1) [%w] "relu" attrs {T = f32} : (tensor<2xf32>) -> tensor<2xf32>
  %n:2 = graph.node "Neg"(%s#0) "neg" attrs {T = f32} : (tensor<2xf32>) -> tensor<2xf32>
  %s2:3 = graph.node "Switch"(%n#0, %q#0) "s2" attrs {T = f32} : (tensor<2xf32>, tensor<i1>) -> (tensor<2xf32>, tensor<2xf32>)
  %m2:3 = graph.node "Merge"(%s2#0, %s2#1) "m2" attrs {N = 2, T = f32} : (tensor<2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<i32>)
  %m:3 = graph.node "Merge"(%m2#0, %r#0) "m" attrs {N = 2, T = f32} : (tensor<2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<i32>)
  %y:2 = graph.node "Abs"(%m#0) "y" attrs {T = f32} : (tensor<2xf32>) -> tensor<2xf32>
}

//--- index.mlir
// The number of the input that came is known, and comes when it came.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "Const"() {{.*}} "m/value_index" {{.*}}dense<1> : tensor<i32>
graph.graph attributes {fetches = [#graph.port<"y", "y", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<2xf32>
  %q:2 = graph.node "Placeholder"() "q" attrs {dtype = i1} : () -> tensor<i1>
  %f:2 = graph.node "Const"() "f" attrs {dtype = i1, value = #graph.tensor<dense<false> : tensor<i1>, values, 1>} : () -> tensor<i1>
  %o:3 = graph.node "Switch"(%x#0, %q#0) "o" attrs {T = f32} : (tensor<2xf32>, tensor<i1>) -> (tensor<2xf32>, tensor<2xf32>)
  %s:3 = graph.node "Switch"(%o#0, %f#0) "s" attrs {T = f32} : (tensor<2xf32>, tensor<i1>) -> (tensor<2xf32>, tensor<2xf32>)
  %m:3 = graph.node "Merge"(%s#1, %s#0) "m" attrs {N = 2, T = f32} : (tensor<2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<i32>)
  %i:2 = graph.node "Unheard"(%m#1) "i" : (tensor<i32>) -> tensor<2xf32>
  %y:3 = graph.node "Merge"(%i#0, %o#1) "y" attrs {N = 2, T = f32} : (tensor<2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<i32>)
}

//--- kept.mlir
// A fetched node that never runs is an error when the graph runs, and stays one; so is a
// fed predicate no constant.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "Switch"({{.*}}) "s"
// CHECK: graph.node "Switch"({{.*}}) "t"
graph.graph attributes {feeds = [#graph.port<"g", "given", 0>], fetches = [#graph.port<"y", "y", 0>, #graph.port<"z", "z", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<2xf32>
  %f:2 = graph.node "Const"() "f" attrs {dtype = i1, value = #graph.tensor<dense<false> : tensor<i1>, values, 1>} : () -> tensor<i1>
  %g:2 = graph.node "Const"() "given" attrs {dtype = i1, value = #graph.tensor<dense<false> : tensor<i1>, values, 1>} : () -> tensor<i1>
  %s:3 = graph.node "Switch"(%x#0, %f#0) "s" attrs {T = f32} : (tensor<2xf32>, tensor<i1>) -> (tensor<2xf32>, tensor<2xf32>)
  %t:3 = graph.node "Switch"(%x#0, %g#0) "t" attrs {T = f32} : (tensor<2xf32>, tensor<i1>) -> (tensor<2xf32>, tensor<2xf32>)
  %y:2 = graph.node "Abs"(%s#1) "y" attrs {T = f32} : (tensor<2xf32>) -> tensor<2xf32>
  %z:3 = graph.node "Merge"(%t#1, %t#0) "z" attrs {N = 2, T = f32} : (tensor<2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<i32>)
}

//--- loop.mlir
// In the body of a loop, whose nodes stand in no order, a constant condition goes and
// the loop stays; what replaces the Switch waits for what its predicate waited for.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "NextIteration"(%[[A:[a-z0-9_]+]]) "next"
// CHECK: %[[A]], %{{.*}} = graph.node "Abs"
// CHECK-NOT: "Neg"
// CHECK: graph.node "Switch"({{.*}}) "switch"
// CHECK: graph.node "Merge"({{.*}}) "merge"
graph.graph attributes {fetches = [#graph.port<"y", "exit", 0>]} {
  %next:2 = graph.node "NextIteration"(%m#0) "next" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %m:3 = graph.node "Merge"(%a#0, %n#0) "m" attrs {N = 2, T = f32} : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<i32>)
  %a:2 = graph.node "Abs"(%s#1) "a" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %n:2 = graph.node "Neg"(%s#0) "n" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %s:3 = graph.node "Switch"(%pivot#0, %t#0) "s" attrs {T = f32} : (tensor<f32>, tensor<i1>) -> (tensor<f32>, tensor<f32>)
  %t:2 = graph.node "Const"() [%pivot#1] "t" attrs {dtype = i1, value = #graph.tensor<dense<true> : tensor<i1>, values, 1>} : () -> tensor<i1>
  %pivot:2 = graph.node "Identity"(%switch#1) "pivot" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %exit:2 = graph.node "Exit"(%switch#0) "exit" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %switch:3 = graph.node "Switch"(%merge#0, %cond#0) "switch" attrs {T = f32} : (tensor<f32>, tensor<i1>) -> (tensor<f32>, tensor<f32>)
  %cond:2 = graph.node "LoopCond"(%less#0) "cond" : (tensor<i1>) -> tensor<i1>
  %less:2 = graph.node "Less"(%merge#0, %limit#0) "less" attrs {T = f32} : (tensor<f32>, tensor<f32>) -> tensor<i1>
  %merge:3 = graph.node "Merge"(%enter#0, %next#0) "merge" attrs {N = 2, T = f32} : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<i32>)
  %limit:2 = graph.node "Enter"(%x#0) "limit" attrs {T = f32, frame_name = "f", is_constant = true} : (tensor<f32>) -> tensor<f32>
  %enter:2 = graph.node "Enter"(%x#0) "enter" attrs {T = f32, frame_name = "f"} : (tensor<f32>) -> tensor<f32>
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
}
