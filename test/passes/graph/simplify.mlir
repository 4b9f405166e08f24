// RUN: split-file %s %t
// RUN: graft-opt %t/data.mlir -graph-simplify | FileCheck %t/data.mlir
// RUN: graft-opt %t/names.mlir -graph-simplify | FileCheck %t/names.mlir
// RUN: graft-opt %t/controls.mlir -graph-simplify | FileCheck %t/controls.mlir
// RUN: graft-opt %t/branches.mlir -graph-simplify | FileCheck %t/branches.mlir
// RUN: graft-opt %t/assert.mlir -graph-simplify | FileCheck %t/assert.mlir
// RUN: graft-opt %t/assert.mlir '-graph-simplify=drop-assertions=false' | FileCheck %t/assert.mlir --check-prefix=KEEP
// RUN: graft-opt %t/function.mlir -graph-simplify | FileCheck %t/function.mlir
// RUN: graft-opt %t/cycle.mlir -graph-simplify | FileCheck %t/cycle.mlir
// RUN: graft-opt %t/loop.mlir -graph-simplify | FileCheck %t/loop.mlir
// RUN: graft-opt %t/asserted.mlir -graph-simplify | FileCheck %t/asserted.mlir
// RUN: graft-opt %t/circle.mlir -graph-simplify | FileCheck %t/circle.mlir

//--- data.mlir
// Every node that passes on goes, in a row and side by side; the read of a reference
// variable stays, because it copies.
// CHECK-LABEL: graph.graph
// CHECK: %[[X:.*]], %{{.*}} = graph.node "Placeholder"() "x"
// CHECK: %[[Y:.*]], %{{.*}} = graph.node "Placeholder"() "y"
// CHECK: graph.node "Sub"(%[[X]], %[[Y]]) "sub"
// CHECK: graph.node "VariableV2"
// CHECK: graph.node "Identity"({{.*}}) "read"
// CHECK: graph.node "Relu"
// CHECK-NOT: graph.node
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  %y:2 = graph.node "Placeholder"() "y" attrs {dtype = f32} : () -> tensor<*xf32>
  %a:2 = graph.node "Identity"(%x#0) "a" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %b:2 = graph.node "Snapshot"(%a#0) "b" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %c:3 = graph.node "IdentityN"(%y#0, %b#0) "c" attrs {T = #graph.list<type : f32, f32>} : (tensor<*xf32>, tensor<*xf32>) -> (tensor<*xf32>, tensor<*xf32>)
  %d:2 = graph.node "StopGradient"(%c#0) "d" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %e:2 = graph.node "PreventGradient"(%c#1) "e" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %f:2 = graph.node "CheckNumerics"(%e#0) "f" attrs {T = f32, message = ""} : (tensor<*xf32>) -> tensor<*xf32>
  %s:2 = graph.node "Sub"(%f#0, %d#0) "sub" attrs {T = f32} : (tensor<*xf32>, tensor<*xf32>) -> tensor<*xf32>
  %v:2 = graph.node "VariableV2"() "v" attrs {dtype = f32} : () -> tensor<2x!graph.dtype<101>>
  %r:2 = graph.node "Identity"(%v#0) "read" attrs {T = f32} : (tensor<2x!graph.dtype<101>>) -> tensor<2xf32>
  %u:2 = graph.node "Relu"(%r#0) "u" attrs {T = f32} : (tensor<2xf32>) -> tensor<2xf32>
}

//--- names.mlir
// "relu" takes the name of the fetched Identity behind it, and the second one has to
// stay. An input cannot take a name, nor can a second result; a fed Identity stays.
// CHECK-LABEL: graph.graph
// CHECK: "Placeholder"() "x"
// CHECK: %[[FED:.*]], %{{.*}} = graph.node "Identity"(%{{.*}}) "fed"
// CHECK: %[[RELU:.*]], %{{.*}} = graph.node "Relu"(%[[FED]]) "out"
// CHECK: graph.node "Identity"(%[[RELU]]) "again"
// CHECK: graph.node "Identity"(%{{.*}}) "same"
// CHECK: %[[SPLIT:.*]]:2, %{{.*}} = graph.node "Split"
// CHECK: graph.node "Identity"(%[[SPLIT]]#1) "second"
graph.graph attributes {
  feeds = [#graph.port<"f", "fed", 0>],
  fetches = [#graph.port<"o", "out", 0>, #graph.port<"a", "again", 0>, #graph.port<"s", "same", 0>, #graph.port<"2", "second", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  %fed:2 = graph.node "Identity"(%x#0) "fed" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %relu:2 = graph.node "Relu"(%fed#0) "relu" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %mid:2 = graph.node "Identity"(%relu#0) "mid" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %out:2 = graph.node "Identity"(%mid#0) "out" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %again:2 = graph.node "Identity"(%out#0) "again" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %same:2 = graph.node "Identity"(%x#0) "same" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %axis:2 = graph.node "Const"() "axis" attrs {dtype = i32, value = #graph.tensor<dense<0> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %split:3 = graph.node "Split"(%axis#0, %x#0) "split" attrs {T = f32, num_split = 2} : (tensor<i32>, tensor<*xf32>) -> (tensor<*xf32>, tensor<*xf32>)
  %second:2 = graph.node "Identity"(%split#1) "second" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %u0:2 = graph.node "Abs"(%out#0) "u0" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %u1:2 = graph.node "Abs"(%again#0) "u1" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %u2:2 = graph.node "Abs"(%same#0) "u2" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %u3:2 = graph.node "Abs"(%second#0) "u3" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
}

//--- controls.mlir
// The order of write and read goes through two NoOps and an Identity and is kept;
// to wait for a constant or pure arithmetic is to wait for nothing; one edge beside
// data from the same node, and one of two, go.
// CHECK-LABEL: graph.graph
// CHECK: "VarHandleOp"
// CHECK: %[[W:.*]] = graph.node "AssignVariableOp"({{.*}}) "write"
// CHECK-NOT: "NoOp"
// CHECK: graph.node "ReadVariableOp"(%{{[^)]*}}) [%[[W]]] "read"
// CHECK: graph.node "Relu"(%{{[^)]*}}) "relu"
// CHECK: graph.node "Abs"(%{{[^)]*}}) [%[[W]]] "abs"
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  %c:2 = graph.node "Const"() "c" attrs {dtype = i32, value = #graph.tensor<dense<0> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %h:2 = graph.node "VarHandleOp"() "v" attrs {dtype = f32} : () -> tensor<!graph.resource>
  %w = graph.node "AssignVariableOp"(%h#0, %x#0) "write" attrs {dtype = f32} : (tensor<!graph.resource>, tensor<*xf32>) -> ()
  %n1 = graph.node "NoOp"() [%w, %c#1] "n1" : () -> ()
  %n2 = graph.node "NoOp"() [%n1] "n2" : () -> ()
  %read:2 = graph.node "ReadVariableOp"(%h#0) [%n2, %c#1, %w] "read" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<*xf32>
  %relu:2 = graph.node "Relu"(%read#0) [%read#1, %x#1] "relu" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %i:2 = graph.node "Identity"(%x#0) [%n2] "i" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %abs:2 = graph.node "Abs"(%i#0) "abs" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
}

//--- branches.mlir
// The Identity behind the Switch marks the branch for the constant and stays; the
// one in the data path goes. One that waits cannot hand that on to a Merge.
// CHECK-LABEL: graph.graph
// CHECK: %[[S:.*]]:2, %{{.*}} = graph.node "Switch"
// CHECK: %{{.*}}, %[[T:.*]] = graph.node "Identity"(%[[S]]#1) "pivot"
// CHECK: graph.node "Const"() [%[[T]]] "one"
// CHECK-NOT: "through"
// CHECK: graph.node "Relu"(%[[S]]#0) "relu"
// CHECK: graph.node "Identity"(%{{.*}}) [%[[T]]] "late"
// CHECK: graph.node "Merge"
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %p:2 = graph.node "Placeholder"() "p" attrs {dtype = i1} : () -> tensor<i1>
  %s:3 = graph.node "Switch"(%x#0, %p#0) "switch" attrs {T = f32} : (tensor<f32>, tensor<i1>) -> (tensor<f32>, tensor<f32>)
  %pivot:2 = graph.node "Identity"(%s#1) "pivot" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %one:2 = graph.node "Const"() [%pivot#1] "one" attrs {dtype = f32, value = #graph.tensor<dense<1.0> : tensor<f32>, values, 1>} : () -> tensor<f32>
  %through:2 = graph.node "Identity"(%s#0) "through" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %relu:2 = graph.node "Relu"(%through#0) "relu" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %late:2 = graph.node "Identity"(%one#0) [%pivot#1] "late" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %m:3 = graph.node "Merge"(%relu#0, %late#0) "merge" attrs {N = 2, T = f32} : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<i32>)
}

//--- assert.mlir
// An Assert of pure values goes together with its condition. One that looked at
// a variable leaves the order of read and write behind.
// CHECK-LABEL: graph.graph
// CHECK-NOT: "Assert"
// CHECK-NOT: "Greater"
// CHECK: "relu"
// CHECK: %{{.*}}, %[[L:.*]] = graph.node "Less"
// CHECK: graph.node "AssignVariableOp"({{.*}}) [%[[L]]] "write"
// KEEP: "Greater"
// KEEP: %[[A:.*]] = graph.node "Assert"({{.*}}) "assert"
// KEEP: graph.node "Relu"({{.*}}) [%[[A]]] "relu"
// KEEP: %[[A2:.*]] = graph.node "Assert"({{.*}}) "assert2"
// KEEP: graph.node "AssignVariableOp"({{.*}}) [%[[A2]]] "write"
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %y:2 = graph.node "Placeholder"() "y" attrs {dtype = f32} : () -> tensor<f32>
  %g:2 = graph.node "Greater"(%x#0, %y#0) "g" attrs {T = f32} : (tensor<f32>, tensor<f32>) -> tensor<i1>
  %a = graph.node "Assert"(%g#0, %x#0) "assert" attrs {T = #graph.list<type : f32>} : (tensor<i1>, tensor<f32>) -> ()
  %r:2 = graph.node "Relu"(%x#0) [%a] "relu" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %h:2 = graph.node "VarHandleOp"() "v" attrs {dtype = f32} : () -> tensor<!graph.resource>
  %read:2 = graph.node "ReadVariableOp"(%h#0) "read" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
  %l:2 = graph.node "Less"(%read#0, %y#0) "l" attrs {T = f32} : (tensor<f32>, tensor<f32>) -> tensor<i1>
  %a2 = graph.node "Assert"(%l#0, %x#0) "assert2" attrs {T = #graph.list<type : f32>} : (tensor<i1>, tensor<f32>) -> ()
  %w = graph.node "AssignVariableOp"(%h#0, %x#0) [%a2] "write" attrs {dtype = f32} : (tensor<!graph.resource>, tensor<f32>) -> ()
}

//--- function.mlir
// A result that has to wait keeps its Identity, and a control result is one edge.
// CHECK-LABEL: graph.func @f
// CHECK: %[[W:.*]] = graph.node "AssignVariableOp"
// CHECK: %[[I:.*]], %{{.*}} = graph.node "Identity"(%{{.*}}) [%[[W]]] "waits"
// CHECK: %[[N:.*]] = graph.node "NoOp"() [%[[W]]] "n"
// CHECK: graph.return %[[I]], %arg1 : {{.*}} controls(%[[N]])
graph.func @f attributes {arg_names = ["r", "x"], attrs = {}, result_names = ["y", "z"], control_result_names = ["n"]} {
^bb0(%r: tensor<!graph.resource>, %x: tensor<*xf32>):
  %w = graph.node "AssignVariableOp"(%r, %x) "write" attrs {dtype = f32} : (tensor<!graph.resource>, tensor<*xf32>) -> ()
  %i:2 = graph.node "Identity"(%x) [%w] "waits" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %j:2 = graph.node "Identity"(%x) "passes" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %n = graph.node "NoOp"() [%w] "n" : () -> ()
  graph.return %i#0, %j#0 : tensor<*xf32>, tensor<*xf32> controls(%n)
}

//--- cycle.mlir
// A cycle of nodes that pass on has no value behind it: the edge that closes it
// stays.
// CHECK-LABEL: graph.graph
// CHECK: %[[A:.*]], %{{.*}} = graph.node "Identity"(%[[A]])
graph.graph {
  %a:2 = graph.node "Identity"(%b#0) "a" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %b:2 = graph.node "Identity"(%a#0) "b" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
}

//--- loop.mlir
// A loop whose nodes stand in no order: what passes on stands before what it reads, the
// edge back to the Merge is the only one that is passed over, and the constant of the
// body keeps the edge that puts it into the frame, past a NoOp that goes.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "NextIteration"(%[[SUM:[a-z0-9_]+]]) "next"
// CHECK: graph.node "Const"() [%[[PIVOT:.*]]] "one"
// CHECK: %[[SUM]], %{{.*}} = graph.node "AddV2"(%[[BODY:[a-z0-9_]+]], %{{.*}}) "sum"
// CHECK: %[[BODY]], %[[PIVOT]] = graph.node "Identity"(%[[SWITCH:.*]]#1) "pivot"
// CHECK-NOT: "NoOp"
// CHECK: %[[SWITCH]]:2, %{{.*}} = graph.node "Switch"(%[[MERGE:.*]]#0,
// CHECK: %[[MERGE]]:2, %{{.*}} = graph.node "Merge"(%{{.*}}, %{{.*}}) "merge"
// CHECK-NOT: "Identity"
graph.graph attributes {fetches = [#graph.port<"y", "exit", 0>]} {
  %next:2 = graph.node "NextIteration"(%late#0) "next" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %late:2 = graph.node "Identity"(%sum#0) "late" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %one:2 = graph.node "Const"() [%noop] "one" attrs {dtype = f32, value = #graph.tensor<dense<1.0> : tensor<f32>, values, 1>} : () -> tensor<f32>
  %noop = graph.node "NoOp"() [%pivot#1] "noop" : () -> ()
  %sum:2 = graph.node "AddV2"(%through#0, %one#0) "sum" attrs {T = f32} : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %through:2 = graph.node "Identity"(%pivot#0) "through" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
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

//--- asserted.mlir
// What waits for the assertion of a branch waits for the branch, not for the Switch,
// which runs for both.
// CHECK-LABEL: graph.graph
// CHECK: %[[S:.*]]:2, %{{.*}} = graph.node "Switch"({{.*}}) "t"
// CHECK: %{{.*}}, %[[B:.*]] = graph.node "Identity"(%[[S]]#1) "assert/branch"
// CHECK-NOT: "Assert"
// CHECK: graph.node "Const"() [%[[B]]] "c"
graph.graph attributes {fetches = [#graph.port<"y", "m", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %p:2 = graph.node "Placeholder"() "p" attrs {dtype = i1} : () -> tensor<i1>
  %s:3 = graph.node "Switch"(%x#0, %p#0) "s" attrs {T = f32} : (tensor<f32>, tensor<i1>) -> (tensor<f32>, tensor<f32>)
  %t:3 = graph.node "Switch"(%p#0, %p#0) "t" attrs {T = i1} : (tensor<i1>, tensor<i1>) -> (tensor<i1>, tensor<i1>)
  %a = graph.node "Assert"(%t#1, %s#1) "assert" attrs {T = #graph.list<type : f32>} : (tensor<i1>, tensor<f32>) -> ()
  %c:2 = graph.node "Const"() [%a] "c" attrs {dtype = f32, value = #graph.tensor<dense<1.0> : tensor<f32>, values, 1>} : () -> tensor<f32>
  %r:2 = graph.node "Relu"(%s#0) "r" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %m:3 = graph.node "Merge"(%r#0, %c#0) "m" attrs {N = 2, T = f32} : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<i32>)
}

//--- circle.mlir
// Nodes that wait for each other, which no file can hold, keep their edges.
// CHECK-LABEL: graph.graph
// CHECK: %[[W:.*]] = graph.node "AssignVariableOp"
// CHECK: %[[A:.*]] = graph.node "NoOp"() [%[[A]], %[[W]]]
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %h:2 = graph.node "VarHandleOp"() "v" attrs {dtype = f32} : () -> tensor<!graph.resource>
  %w = graph.node "AssignVariableOp"(%h#0, %x#0) "w" attrs {dtype = f32} : (tensor<!graph.resource>, tensor<f32>) -> ()
  %a = graph.node "NoOp"() [%b, %w] "a" : () -> ()
  %b = graph.node "NoOp"() [%a] "b" : () -> ()
}
