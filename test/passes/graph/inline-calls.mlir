// RUN: split-file %s %t
// RUN: graft-opt %t/calls.mlir -graph-inline-calls | FileCheck %t/calls.mlir
// RUN: graft-opt %t/attributes.mlir -graph-inline-calls | FileCheck %t/attributes.mlir
// RUN: graft-opt %t/effects.mlir -graph-inline-calls | FileCheck %t/effects.mlir
// RUN: graft-opt %t/branches.mlir -graph-inline-calls | FileCheck %t/branches.mlir
// RUN: graft-opt %t/recursive.mlir -graph-inline-calls | FileCheck %t/recursive.mlir
// RUN: graft-opt %t/kept.mlir -graph-inline-calls | FileCheck %t/kept.mlir
// RUN: graft-opt %t/engines.mlir -graph-inline-calls | FileCheck %t/engines.mlir
// RUN: graft-opt %t/frames.mlir -graph-inline-calls | FileCheck %t/frames.mlir
// RUN: not graft-opt %t/calls.mlir '-graph-inline-calls=max-nodes=3' 2>&1 | FileCheck %s --check-prefix=LIMIT
// LIMIT: error: inlining calls must add at most 3 nodes, got more at the call of 'inner'; call functions from fewer places

//--- calls.mlir
// A call in a call. Names nest, and the one that is taken gets a number; a fetched
// call leaves its name; a device is inherited; functions without callers go.
// CHECK-LABEL: graph.graph
// CHECK: %[[X:.*]], %{{.*}} = graph.node "Placeholder"() "x"
// CHECK: "call/inner/relu"
// CHECK: %[[A:.*]], %{{.*}} = graph.node "Abs"(%[[R:.*]]) "call/abs" device "gpu" attrs
// CHECK: %[[R]], %{{.*}} = graph.node "Relu"(%[[X]]) "call/inner/relu_1" device "cpu" attrs
// CHECK: graph.node "Identity"(%[[A]]) "call" device "cpu" attrs {T = f32}
// CHECK-NOT: graph.func @outer
// CHECK-NOT: graph.func @inner
// CHECK: graph.func @signature
graph.graph attributes {fetches = [#graph.port<"y", "call", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  %taken:2 = graph.node "Neg"(%x#0) "call/inner/relu" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %call:2 = graph.node "StatefulPartitionedCall"(%x#0) "call" device "cpu" attrs {f = #graph.func<"outer", {}>} : (tensor<*xf32>) -> tensor<*xf32>
}
graph.func @outer attributes {arg_names = ["x"], attrs = {}, result_names = ["y"]} {
^bb0(%x: tensor<*xf32>):
  %abs:2 = graph.node "Abs"(%inner#0) "abs" device "gpu" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %inner:2 = graph.node "PartitionedCall"(%x) "inner" attrs {f = #graph.func<"inner", {}>} : (tensor<*xf32>) -> tensor<*xf32>
  graph.return %abs#0 : tensor<*xf32>
}
graph.func @inner attributes {arg_names = ["x"], attrs = {}, result_names = ["y"]} {
^bb0(%x: tensor<*xf32>):
  %r:2 = graph.node "Relu"(%x) "relu" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  graph.return %r#0 : tensor<*xf32>
}
graph.func @signature attributes {arg_names = [], attrs = {}, result_names = []} {
  graph.return
}

//--- attributes.mlir
// Placeholders take the values of the call, however deep they are, and with them the
// types; colocation follows the names. Without a value the call stays.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "Relu"(%{{.*}}) "a/r" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
// CHECK: graph.node "PartitionedCall"(%{{.*}}) "a/p" attrs {_class = #graph.list<s : "loc:@a/r">, f = #graph.func<"missing", {K = f32}>}
// CHECK: graph.node "generic"(%{{.*}}) "b"
graph.graph attributes {fetches = [#graph.port<"y", "y", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  %a:2 = graph.node "generic"(%x#0) "a" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %b:2 = graph.node "generic"(%a#0) "b" attrs {} : (tensor<*xf32>) -> tensor<*xf32>
  %y:2 = graph.node "Relu"(%b#0) "y" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
}
graph.func @generic attributes {arg_names = ["x"], attrs = {}, result_names = ["y"]} {
^bb0(%x: tensor<*xf32>):
  %r:2 = graph.node "Relu"(%x) "r" attrs {T = #graph.placeholder<"T">} : (tensor<*xf32>) -> tensor<*x!graph.dtype<0>>
  %p:2 = graph.node "PartitionedCall"(%r#0) "p" attrs {_class = #graph.list<s : "loc:@r", "loc:@gone">, f = #graph.func<"missing", {K = #graph.placeholder<"T">}>} : (tensor<*x!graph.dtype<0>>) -> tensor<*xf32>
  graph.return %p#0 : tensor<*xf32>
}

//--- effects.mlir
// The write happens before the result is read, after what the call waited for, and
// before what waited for the call; the read has no effect that must be waited for.
// CHECK-LABEL: graph.graph
// CHECK: %[[H:.*]], %{{.*}} = graph.node "VarHandleOp"
// CHECK: %[[N:.*]] = graph.node "NoOp"() "before"
// CHECK: %[[W:.*]] = graph.node "AssignVariableOp"(%[[H]], %{{.*}}) [%[[N]]] "call/write"
// CHECK: %[[V:.*]], %{{.*}} = graph.node "ReadVariableOp"(%[[H]]) [%[[N]]] "call/read"
// CHECK: %[[I:.*]], %[[C:.*]] = graph.node "Identity"(%[[V]]) [%[[W]]] "call"
// CHECK: graph.node "Relu"(%[[I]]) "y"
// CHECK: graph.node "NoOp"() [%[[C]]] "after"
// The second call only reads: its result needs no gate, and the argument that it
// gives back has to wait.
// CHECK: graph.node "ReadVariableOp"(%{{.*}}) [%[[N]]] "reader/read"
// CHECK: %[[G:.*]]:2, %{{.*}} = graph.node "IdentityN"(%{{.*}}) [%[[N]]] "reader"
// CHECK: graph.node "Relu"(%[[G]]#1) "z"
graph.graph attributes {fetches = [#graph.port<"y", "y", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %h:2 = graph.node "VarHandleOp"() "v" attrs {dtype = f32} : () -> tensor<!graph.resource>
  %before = graph.node "NoOp"() "before" : () -> ()
  %call:2 = graph.node "StatefulPartitionedCall"(%h#0, %x#0) [%before] "call" attrs {f = #graph.func<"f", {}>} : (tensor<!graph.resource>, tensor<f32>) -> tensor<f32>
  %y:2 = graph.node "Relu"(%call#0) "y" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %after = graph.node "NoOp"() [%call#1] "after" : () -> ()
  %reader:3 = graph.node "StatefulPartitionedCall"(%h#0, %x#0) [%before] "reader" attrs {f = #graph.func<"g", {}>} : (tensor<!graph.resource>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
  %z:2 = graph.node "Relu"(%reader#1) "z" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
}
graph.func @f attributes {arg_names = ["v", "x"], attrs = {}, result_names = ["y"], control_result_names = ["w", "r"]} {
^bb0(%v: tensor<!graph.resource>, %x: tensor<f32>):
  %w = graph.node "AssignVariableOp"(%v, %x) "write" attrs {dtype = f32} : (tensor<!graph.resource>, tensor<f32>) -> ()
  %r:2 = graph.node "ReadVariableOp"(%v) "read" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
  graph.return %r#0 : tensor<f32> controls(%w, %r#1)
}
graph.func @g attributes {arg_names = ["v", "x"], attrs = {}, result_names = ["y", "z"]} {
^bb0(%v: tensor<!graph.resource>, %x: tensor<f32>):
  %r:2 = graph.node "ReadVariableOp"(%v) "read" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
  graph.return %r#0, %x : tensor<f32>, tensor<f32>
}

//--- branches.mlir
// Constant predicates choose a branch, an index out of bounds the last one, a loop
// that never runs gives its inputs, and a predicate that is not constant stays.
// CHECK-LABEL: graph.graph
// CHECK: "if/neg"
// CHECK: "case/abs"
// CHECK-NOT: "While"
// CHECK: graph.node "If"
// CHECK: graph.node "AddN"(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) "y"
graph.graph attributes {fetches = [#graph.port<"y", "y", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %p:2 = graph.node "Placeholder"() "p" attrs {dtype = i1} : () -> tensor<i1>
  %false:2 = graph.node "Const"() "false" attrs {dtype = i1, value = #graph.tensor<dense<false> : tensor<i1>, values, 1>} : () -> tensor<i1>
  %i:2 = graph.node "Identity"(%false#0) "i" attrs {T = i1} : (tensor<i1>) -> tensor<i1>
  %nine:2 = graph.node "Const"() "nine" attrs {dtype = i32, value = #graph.tensor<dense<9> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %if:2 = graph.node "StatelessIf"(%i#0, %x#0) "if" attrs {then_branch = #graph.func<"abs", {}>, else_branch = #graph.func<"neg", {}>} : (tensor<i1>, tensor<f32>) -> tensor<f32>
  %case:2 = graph.node "Case"(%nine#0, %x#0) "case" attrs {branches = #graph.list<func : #graph.func<"neg", {}>, #graph.func<"abs", {}>>} : (tensor<i32>, tensor<f32>) -> tensor<f32>
  %while:2 = graph.node "While"(%x#0) "while" attrs {cond = #graph.func<"never", {}>, body = #graph.func<"neg", {}>} : (tensor<f32>) -> tensor<f32>
  %open:2 = graph.node "If"(%p#0, %x#0) "open" attrs {then_branch = #graph.func<"abs", {}>, else_branch = #graph.func<"neg", {}>} : (tensor<i1>, tensor<f32>) -> tensor<f32>
  %y:2 = graph.node "AddN"(%if#0, %case#0, %while#0, %open#0) "y" attrs {N = 4, T = f32} : (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<f32>
}
graph.func @abs attributes {arg_names = ["x"], attrs = {}, result_names = ["y"]} {
^bb0(%x: tensor<f32>):
  %r:2 = graph.node "Abs"(%x) "abs" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  graph.return %r#0 : tensor<f32>
}
graph.func @neg attributes {arg_names = ["x"], attrs = {}, result_names = ["y"]} {
^bb0(%x: tensor<f32>):
  %r:2 = graph.node "Neg"(%x) "neg" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  graph.return %r#0 : tensor<f32>
}
graph.func @never attributes {arg_names = ["x"], attrs = {}, result_names = ["y"]} {
^bb0(%x: tensor<f32>):
  %r:2 = graph.node "Const"() "c" attrs {dtype = i1, value = #graph.tensor<dense<false> : tensor<i1>, values, 1>} : () -> tensor<i1>
  graph.return %r#0 : tensor<i1>
}

//--- recursive.mlir
// Functions that call each other are left alone, and so is who calls them.
// CHECK-LABEL: graph.graph
// CHECK: "PartitionedCall"(%{{.*}}) "a"
// CHECK: graph.func @even
// CHECK: graph.func @odd
graph.graph attributes {fetches = [#graph.port<"a", "a", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %a:2 = graph.node "PartitionedCall"(%x#0) "a" attrs {f = #graph.func<"even", {}>} : (tensor<f32>) -> tensor<f32>
}
graph.func @even attributes {arg_names = ["x"], attrs = {}, result_names = ["y"]} {
^bb0(%x: tensor<f32>):
  %r:2 = graph.node "PartitionedCall"(%x) "r" attrs {f = #graph.func<"odd", {}>} : (tensor<f32>) -> tensor<f32>
  graph.return %r#0 : tensor<f32>
}
graph.func @odd attributes {arg_names = ["x"], attrs = {}, result_names = ["y"]} {
^bb0(%x: tensor<f32>):
  %r:2 = graph.node "even"(%x) "r" : (tensor<f32>) -> tensor<f32>
  graph.return %r#0 : tensor<f32>
}

//--- kept.mlir
// A call that is to stay does, in a function that is inlined as well.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "TRTEngineOp"(%{{.*}}) "call/engine" {{.*}}{graph.kept_call = 0 : i64}
// CHECK-NOT: "Relu"
// CHECK: graph.func @native
graph.graph attributes {fetches = [#graph.port<"y", "call", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %y:2 = graph.node "PartitionedCall"(%x#0) "call" attrs {f = #graph.func<"f", {}>} : (tensor<f32>) -> tensor<f32>
}
graph.func @f attributes {arg_names = ["x"], attrs = {}, result_names = ["y"]} {
^bb0(%x: tensor<f32>):
  %r:2 = graph.node "TRTEngineOp"(%x) "engine" attrs {InT = #graph.list<type : f32>, OutT = #graph.list<type : f32>, precision_mode = "FP32", workspace_size_bytes = 1, serialized_segment = "plan", segment_func = #graph.func<"native", {}>} {graph.kept_call = 0 : i64} : (tensor<f32>) -> tensor<f32>
  graph.return %r#0 : tensor<f32>
}
graph.func @native attributes {arg_names = ["x"], attrs = {}, result_names = ["y"]} {
^bb0(%x: tensor<f32>):
  %r:2 = graph.node "Relu"(%x) "relu" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  graph.return %r#0 : tensor<f32>
}

//--- engines.mlir
// An engine is a call of its native segment, named by a function or, in old
// files, by a string; one without a native segment stays. Nodes keep their names where
// these are free.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "Relu"(%{{.*}}) "relu"
// CHECK: graph.node "Relu"(%{{.*}}) "relu_1"
// CHECK: graph.node "TRTEngineOp"(%{{.*}}) "alone"
// CHECK-NOT: graph.func @
graph.graph attributes {fetches = [#graph.port<"y", "alone", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %new:2 = graph.node "TRTEngineOp"(%x#0) "new" attrs {InT = #graph.list<type : f32>, OutT = #graph.list<type : f32>, precision_mode = "FP32", workspace_size_bytes = 1, serialized_segment = "plan", segment_func = #graph.func<"new_native_segment", {}>} : (tensor<f32>) -> tensor<f32>
  %old:2 = graph.node "TRTEngineOp"(%new#0) "old" attrs {InT = #graph.list<type : f32>, OutT = #graph.list<type : f32>, precision_mode = "FP32", workspace_size_bytes = 1, serialized_segment = "plan", segment_funcdef_name = "old_native_segment"} : (tensor<f32>) -> tensor<f32>
  %alone:2 = graph.node "TRTEngineOp"(%old#0) "alone" attrs {InT = #graph.list<type : f32>, OutT = #graph.list<type : f32>, precision_mode = "FP32", workspace_size_bytes = 1, serialized_segment = "plan", segment_func = #graph.func<"", {}>} : (tensor<f32>) -> tensor<f32>
}
graph.func @new_native_segment attributes {arg_names = ["tensorrtinputph_0"], attrs = {}, result_names = ["tensorrtoutputph_0"]} {
^bb0(%x: tensor<f32>):
  %r:2 = graph.node "Relu"(%x) "relu" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  graph.return %r#0 : tensor<f32>
}
graph.func @old_native_segment attributes {arg_names = ["tensorrtinputph_0"], attrs = {}, result_names = ["tensorrtoutputph_0"]} {
^bb0(%x: tensor<f32>):
  %r:2 = graph.node "Relu"(%x) "relu" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  graph.return %r#0 : tensor<f32>
}

//--- frames.mlir
// A function with a loop, called twice: each copy has a frame of its own.
// CHECK-LABEL: graph.graph
// CHECK-DAG: "a/enter" attrs {{{.*}}frame_name = "a/while"
// CHECK-DAG: "b/enter" attrs {{{.*}}frame_name = "b/while"
// CHECK-NOT: frame_name = "while"
graph.graph attributes {fetches = [#graph.port<"y", "b", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %a:2 = graph.node "PartitionedCall"(%x#0) "a" attrs {f = #graph.func<"loop", {}>} : (tensor<f32>) -> tensor<f32>
  %b:2 = graph.node "PartitionedCall"(%a#0) "b" attrs {f = #graph.func<"loop", {}>} : (tensor<f32>) -> tensor<f32>
}
graph.func @loop attributes {arg_names = ["x"], attrs = {}, result_names = ["y"]} {
^bb0(%x: tensor<f32>):
  %enter:2 = graph.node "Enter"(%x) "enter" attrs {T = f32, frame_name = "while"} : (tensor<f32>) -> tensor<f32>
  %m:3 = graph.node "Merge"(%enter#0, %next#0) "merge" attrs {N = 2, T = f32} : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<i32>)
  %l:2 = graph.node "IsFinite"(%m#0) "isfinite" attrs {T = f32} : (tensor<f32>) -> tensor<i1>
  %c:2 = graph.node "LoopCond"(%l#0) "cond" : (tensor<i1>) -> tensor<i1>
  %s:3 = graph.node "Switch"(%m#0, %c#0) "switch" attrs {T = f32} : (tensor<f32>, tensor<i1>) -> (tensor<f32>, tensor<f32>)
  %i:2 = graph.node "Exp"(%s#1) "inside" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %next:2 = graph.node "NextIteration"(%i#0) "next" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %exit:2 = graph.node "Exit"(%s#0) "exit" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  graph.return %exit#0 : tensor<f32>
}
