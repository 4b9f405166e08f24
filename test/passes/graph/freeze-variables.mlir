// RUN: split-file %s %t
// RUN: graft-opt %t/reads.mlir -graph-freeze-variables | FileCheck %t/reads.mlir
// RUN: graft-opt %t/writes.mlir -graph-freeze-variables | FileCheck %t/writes.mlir
// RUN: graft-opt %t/reference.mlir -graph-freeze-variables | FileCheck %t/reference.mlir
// RUN: graft-opt %t/loop.mlir -graph-freeze-variables | FileCheck %t/loop.mlir
// RUN: graft-opt %t/shared_body.mlir -graph-freeze-variables | FileCheck %t/shared_body.mlir
// RUN: graft-opt %t/nested.mlir -graph-freeze-variables | FileCheck %t/nested.mlir
// RUN: graft-opt %t/described.mlir -graph-freeze-variables | FileCheck %t/described.mlir
// RUN: graft-opt %t/steered.mlir -graph-freeze-variables | FileCheck %t/steered.mlir
// RUN: graft-opt %t/mixed.mlir -graph-freeze-variables | FileCheck %t/mixed.mlir
// RUN: graft-opt %t/strings.mlir -graph-freeze-variables | FileCheck %t/strings.mlir
// RUN: graft-opt %t/containers.mlir -graph-freeze-variables | FileCheck %t/containers.mlir

//--- reads.mlir
// The first read is the constant, the second shares it, also through a handle that
// was passed on; the other ways to read have their forms on tensors.
// CHECK-LABEL: graph.graph
// CHECK-NOT: "VarHandleOp"
// CHECK: %[[V:.*]], %{{.*}} = graph.node "Const"() "r1" attrs {dtype = f32, value = #graph.tensor<dense<{{.*}}> : tensor<2x3xf32>, content>} : () -> tensor<2x3xf32>
// CHECK: graph.node "Identity"(%[[V]]) "r2" attrs {T = f32}
// CHECK: %[[AXIS:.*]], %{{.*}} = graph.node "Const"() "g/axis" attrs {dtype = i32, value = #graph.tensor<dense<1> : tensor<i32>, content>}
// CHECK: graph.node "GatherV2"(%[[V]], %{{.*}}, %[[AXIS]]) "g" attrs {Taxis = i32, Tindices = i32, Tparams = f32, batch_dims = 1 : i64}
// CHECK: graph.node "GatherNd"(%[[V]], %{{.*}}) "n" attrs {Tindices = i32, Tparams = f32}
// CHECK: graph.node "Const"() "i" {{.*}}dense<true>
// CHECK: graph.node "Const"() "s" {{.*}}dense<[2, 3]> : tensor<2xi64>
graph.graph {
  %idx:2 = graph.node "Placeholder"() "idx" attrs {dtype = i32} : () -> tensor<*xi32>
  %h:2 = graph.node "VarHandleOp"() "v" attrs {dtype = f32} {graph.value = dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>} : () -> tensor<!graph.resource>
  %p:2 = graph.node "Identity"(%h#0) "p" attrs {T = !graph.resource} : (tensor<!graph.resource>) -> tensor<!graph.resource>
  %r1:2 = graph.node "ReadVariableOp"(%h#0) "r1" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<*xf32>
  %r2:2 = graph.node "ReadVariableOp"(%p#0) "r2" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<*xf32>
  %g:2 = graph.node "ResourceGather"(%h#0, %idx#0) "g" attrs {dtype = f32, Tindices = i32, batch_dims = 1 : i64, validate_indices = true} : (tensor<!graph.resource>, tensor<*xi32>) -> tensor<*xf32>
  %n:2 = graph.node "ResourceGatherNd"(%h#0, %idx#0) "n" attrs {dtype = f32, Tindices = i32} : (tensor<!graph.resource>, tensor<*xi32>) -> tensor<*xf32>
  %i:2 = graph.node "VarIsInitializedOp"(%h#0) "i" : (tensor<!graph.resource>) -> tensor<i1>
  %s:2 = graph.node "VariableShape"(%h#0) "s" attrs {out_type = i64} : (tensor<!graph.resource>) -> tensor<*xi64>
}

//--- writes.mlir
// "a" is written through a second handle of its shared name, "c" has no value, "d"
// is given to an operator that nobody knows; "b" is written only where no fetch
// needs it.
// CHECK-LABEL: graph.graph
// CHECK: "ReadVariableOp"(%{{.*}}) "ra"
// CHECK: "VarHandleOp"() "b"
// CHECK: "Const"() "rb"
// CHECK: "AssignVariableOp"(%{{.*}}, %{{.*}}) "wb"
// CHECK: "ReadVariableOp"(%{{.*}}) "rc"
// CHECK: "ReadVariableOp"(%{{.*}}) "rd"
graph.graph attributes {fetches = [#graph.port<"y", "y", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %a:2 = graph.node "VarHandleOp"() "a" attrs {dtype = f32, shared_name = "same"} {graph.value = dense<1.0> : tensor<f32>} : () -> tensor<!graph.resource>
  %a2:2 = graph.node "VarHandleOp"() "a2" attrs {dtype = f32, shared_name = "same"} : () -> tensor<!graph.resource>
  %wa = graph.node "AssignVariableOp"(%a2#0, %x#0) "wa" attrs {dtype = f32} : (tensor<!graph.resource>, tensor<f32>) -> ()
  %ra:2 = graph.node "ReadVariableOp"(%a#0) "ra" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
  %b:2 = graph.node "VarHandleOp"() "b" attrs {dtype = f32} {graph.value = dense<2.0> : tensor<f32>} : () -> tensor<!graph.resource>
  %rb:2 = graph.node "ReadVariableOp"(%b#0) "rb" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
  %wb = graph.node "AssignVariableOp"(%b#0, %x#0) "wb" attrs {dtype = f32} : (tensor<!graph.resource>, tensor<f32>) -> ()
  %c:2 = graph.node "VarHandleOp"() "c" attrs {dtype = f32} : () -> tensor<!graph.resource>
  %rc:2 = graph.node "ReadVariableOp"(%c#0) "rc" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
  %d:2 = graph.node "VarHandleOp"() "d" attrs {dtype = f32} {graph.value = dense<3.0> : tensor<f32>} : () -> tensor<!graph.resource>
  %rd:2 = graph.node "ReadVariableOp"(%d#0) "rd" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
  %u:2 = graph.node "Unheard"(%d#0) "u" : (tensor<!graph.resource>) -> tensor<f32>
  %y:2 = graph.node "AddN"(%ra#0, %rb#0, %rc#0, %rd#0, %u#0) [%wa] "y" attrs {N = 5, T = f32} : (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<f32>
}

//--- reference.mlir
// A reference variable becomes a constant of its name; one whose initializer is still
// there, though nothing runs it, only in its reads; one that is written stays.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "Const"() "v" attrs {dtype = f32
// CHECK: graph.node "Identity"(%{{.*}}) "v/read"
// CHECK: graph.node "VariableV2"() "w"
// CHECK: graph.node "Const"() "w/read"
// CHECK: graph.node "Assign"
// CHECK: graph.node "VariableV2"() "z"
// CHECK: graph.node "Identity"(%{{.*}}) "z/read"
graph.graph attributes {fetches = [#graph.port<"y", "y", 0>]} {
  %v:2 = graph.node "VariableV2"() "v" attrs {dtype = f32} {graph.value = dense<1.0> : tensor<f32>} : () -> tensor<!graph.dtype<101>>
  %vr:2 = graph.node "Identity"(%v#0) "v/read" attrs {T = f32} : (tensor<!graph.dtype<101>>) -> tensor<f32>
  %w:2 = graph.node "VariableV2"() "w" attrs {dtype = f32} {graph.value = dense<1.0> : tensor<f32>} : () -> tensor<!graph.dtype<101>>
  %wr:2 = graph.node "Identity"(%w#0) "w/read" attrs {T = f32} : (tensor<!graph.dtype<101>>) -> tensor<f32>
  %init:2 = graph.node "Assign"(%w#0, %vr#0) "w/assign" attrs {T = f32} : (tensor<!graph.dtype<101>>, tensor<f32>) -> tensor<!graph.dtype<101>>
  %z:2 = graph.node "VariableV2"() "z" attrs {dtype = f32} {graph.value = dense<1.0> : tensor<f32>} : () -> tensor<!graph.dtype<101>>
  %zr:2 = graph.node "Identity"(%z#0) "z/read" attrs {T = f32} : (tensor<!graph.dtype<101>>) -> tensor<f32>
  %zw:2 = graph.node "Assign"(%z#0, %wr#0) "z/assign" attrs {T = f32} : (tensor<!graph.dtype<101>>, tensor<f32>) -> tensor<!graph.dtype<101>>
  %y:2 = graph.node "AddN"(%vr#0, %zr#0) [%zw#1] "y" attrs {N = 2, T = f32} : (tensor<f32>, tensor<f32>) -> tensor<f32>
}

//--- loop.mlir
// The loop takes the value in the place of the handle, in both of its functions and in
// its type list, and so does the branch inside.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "While"(%{{.*}}, %[[V:.*]]) "while" attrs {T = #graph.list<type : f32, f32>, {{.*}}} : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
// CHECK: %[[V]], %{{.*}} = graph.node "Const"() "after"
// CHECK-LABEL: graph.func @body
// CHECK: ^bb0(%[[X:.*]]: tensor<f32>, %[[A:.*]]: tensor<f32>):
// CHECK: graph.node "Identity"(%[[A]]) "read" attrs {T = f32}
// CHECK: graph.node "If"(%{{.*}}, %[[A]]) "if" attrs {Tin = #graph.list<type : f32>,
// CHECK: %[[G:.*]], %{{.*}} = graph.node "Identity"(%[[A]]) "given" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
// CHECK: graph.return %{{.*}}, %[[G]] : tensor<f32>, tensor<f32>
// CHECK-LABEL: graph.func @branch
// CHECK: graph.node "Identity"(%arg0) "inner"
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %h:2 = graph.node "VarHandleOp"() "v" attrs {dtype = f32} {graph.value = dense<1.0> : tensor<f32>} : () -> tensor<!graph.resource>
  %w:3 = graph.node "While"(%x#0, %h#0) "while" attrs {T = #graph.list<type : f32, !graph.resource>, cond = #graph.func<"cond", {}>, body = #graph.func<"body", {}>} : (tensor<f32>, tensor<!graph.resource>) -> (tensor<f32>, tensor<!graph.resource>)
  %r:2 = graph.node "ReadVariableOp"(%w#1) "after" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
}
graph.func @cond attributes {arg_names = ["x", "v"], attrs = {}, result_names = ["c"]} {
^bb0(%x: tensor<f32>, %v: tensor<!graph.resource>):
  %c:2 = graph.node "IsFinite"(%x) "c" attrs {T = f32} : (tensor<f32>) -> tensor<i1>
  graph.return %c#0 : tensor<i1>
}
graph.func @body attributes {arg_names = ["x", "v"], attrs = {}, result_names = ["y", "w"]} {
^bb0(%x: tensor<f32>, %v: tensor<!graph.resource>):
  %r:2 = graph.node "ReadVariableOp"(%v) "read" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
  %c:2 = graph.node "IsFinite"(%x) "c" attrs {T = f32} : (tensor<f32>) -> tensor<i1>
  %b:2 = graph.node "If"(%c#0, %v) "if" attrs {Tin = #graph.list<type : !graph.resource>, then_branch = #graph.func<"branch", {}>, else_branch = #graph.func<"branch", {}>} : (tensor<i1>, tensor<!graph.resource>) -> tensor<f32>
  %y:2 = graph.node "Add"(%b#0, %r#0) "y" attrs {T = f32} : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %g:2 = graph.node "Identity"(%v) "given" attrs {T = !graph.resource} : (tensor<!graph.resource>) -> tensor<!graph.resource>
  graph.return %y#0, %g#0 : tensor<f32>, tensor<!graph.resource>
}
graph.func @branch attributes {arg_names = ["v"], attrs = {}, result_names = ["y"]} {
^bb0(%v: tensor<!graph.resource>):
  %r:2 = graph.node "ReadVariableOp"(%v) "inner" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
  graph.return %r#0 : tensor<f32>
}

//--- shared_body.mlir
// Two calls of one function with one variable share it; a call with another variable
// gets a copy.
// CHECK-LABEL: graph.graph
// CHECK-NOT: "VarHandleOp"
// CHECK: %[[V:.*]], %{{.*}} = graph.node "Const"() "v/value" {{.*}}dense<1.0
// CHECK: "StatefulPartitionedCall"(%[[V]]) "c1" attrs {Tin = #graph.list<type : f32>, f = #graph.func<"f", {}>}
// CHECK: %[[V2:.*]], %{{.*}} = graph.node "Const"() "v2/value" {{.*}}dense<2.0
// CHECK: "StatefulPartitionedCall"(%[[V2]]) "c2" {{.*}}f = #graph.func<"f_0", {}>
// CHECK: "StatefulPartitionedCall"(%[[V]]) "c3" {{.*}}f = #graph.func<"f", {}>
// CHECK: graph.func @f attributes
// CHECK: graph.node "Identity"(%arg0) "inner"
// CHECK: graph.func @f_0 attributes
// CHECK: graph.node "Identity"(%arg0) "inner"
// CHECK-NOT: graph.func
graph.graph {
  %h:2 = graph.node "VarHandleOp"() "v" attrs {dtype = f32} {graph.value = dense<1.0> : tensor<f32>} : () -> tensor<!graph.resource>
  %h2:2 = graph.node "VarHandleOp"() "v2" attrs {dtype = f32} {graph.value = dense<2.0> : tensor<f32>} : () -> tensor<!graph.resource>
  %c1:2 = graph.node "StatefulPartitionedCall"(%h#0) "c1" attrs {Tin = #graph.list<type : !graph.resource>, f = #graph.func<"f", {}>} : (tensor<!graph.resource>) -> tensor<f32>
  %c2:2 = graph.node "StatefulPartitionedCall"(%h2#0) "c2" attrs {Tin = #graph.list<type : !graph.resource>, f = #graph.func<"f", {}>} : (tensor<!graph.resource>) -> tensor<f32>
  %c3:2 = graph.node "StatefulPartitionedCall"(%h#0) "c3" attrs {Tin = #graph.list<type : !graph.resource>, f = #graph.func<"f", {}>} : (tensor<!graph.resource>) -> tensor<f32>
}
graph.func @f attributes {arg_names = ["v"], attrs = {}, result_names = ["y"]} {
^bb0(%v: tensor<!graph.resource>):
  %r:2 = graph.node "ReadVariableOp"(%v) "inner" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
  graph.return %r#0 : tensor<f32>
}

//--- nested.mlir
// What a copy calls is copied in its turn. A variable that one of the callers writes to
// stays, and the copy for the other is frozen.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "VarHandleOp"() "w"
// CHECK: graph.node "Const"() "v/value"
// CHECK: "PartitionedCall"(%{{.*}}) "c1" {{.*}}#graph.func<"outer", {}>{{.*}} (tensor<f32>) -> tensor<f32>
// CHECK: "PartitionedCall"(%{{.*}}) "c2" {{.*}}#graph.func<"outer_0", {}>{{.*}} (tensor<!graph.resource>) -> tensor<f32>
// CHECK: graph.func @outer attributes
// CHECK: "PartitionedCall"(%arg0) "call" {{.*}}#graph.func<"inner", {}>{{.*}} (tensor<f32>) -> tensor<f32>
// CHECK: graph.func @outer_0
// CHECK: "PartitionedCall"(%arg0) "call" {{.*}}#graph.func<"inner_1", {}>{{.*}} (tensor<!graph.resource>) -> tensor<f32>
// CHECK: graph.func @inner attributes
// CHECK: "Identity"(%arg0) "read"
// CHECK: graph.func @inner_1
// CHECK: "ReadVariableOp"(%arg0) "read"
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %h:2 = graph.node "VarHandleOp"() "v" attrs {dtype = f32} {graph.value = dense<1.0> : tensor<f32>} : () -> tensor<!graph.resource>
  %h2:2 = graph.node "VarHandleOp"() "w" attrs {dtype = f32} {graph.value = dense<2.0> : tensor<f32>} : () -> tensor<!graph.resource>
  %c1:2 = graph.node "PartitionedCall"(%h#0) "c1" attrs {f = #graph.func<"outer", {}>} : (tensor<!graph.resource>) -> tensor<f32>
  %c2:2 = graph.node "PartitionedCall"(%h2#0) "c2" attrs {f = #graph.func<"outer", {}>} : (tensor<!graph.resource>) -> tensor<f32>
  %w = graph.node "AssignVariableOp"(%h2#0, %x#0) "write" attrs {dtype = f32} : (tensor<!graph.resource>, tensor<f32>) -> ()
}
graph.func @outer attributes {arg_names = ["v"], attrs = {}, result_names = ["y"]} {
^bb0(%v: tensor<!graph.resource>):
  %r:2 = graph.node "PartitionedCall"(%v) "call" attrs {f = #graph.func<"inner", {}>} : (tensor<!graph.resource>) -> tensor<f32>
  graph.return %r#0 : tensor<f32>
}
graph.func @inner attributes {arg_names = ["v"], attrs = {}, result_names = ["y"]} {
^bb0(%v: tensor<!graph.resource>):
  %r:2 = graph.node "ReadVariableOp"(%v) "read" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
  graph.return %r#0 : tensor<f32>
}

//--- described.mlir
// What names shapes, types and positions of the handle speaks of the value afterwards; a
// branch's own results are described as before.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "While"
// CHECK-SAME: T = #graph.list<type : f32, f32>
// CHECK-SAME: _output_shapes = #graph.list<shape : #graph.shape<[]>, #graph.shape<[2, 3]>>
// CHECK-SAME: _read_only_resource_inputs = #graph.list<none>
// CHECK-SAME: output_shapes = #graph.list<shape : #graph.shape<[]>, #graph.shape<[2, 3]>>
// CHECK: graph.node "If"
// CHECK-SAME: Tin = #graph.list<type : f32, f32>
// CHECK-SAME: _read_only_resource_inputs = #graph.list<i : 3 : i64>
// CHECK-SAME: output_shapes = #graph.list<shape : #graph.shape<[7]>>
// CHECK: graph.func @cond attributes {arg_names = ["x", "v"], attrs = {_input_shapes = #graph.list<shape : #graph.shape<[]>, #graph.shape<[2, 3]>>}
// CHECK: graph.func @body attributes {arg_names = ["x", "v"], attrs = {_input_shapes = #graph.list<shape : #graph.shape<[]>, #graph.shape<[2, 3]>>}
// CHECK: graph.node "Identity"(%arg1) "given" attrs {T = f32, _output_shapes = #graph.list<shape : #graph.shape<[2, 3]>>}
// CHECK: graph.func @branch attributes {arg_names = ["x", "v"], attrs = {_input_shapes = #graph.list<shape : #graph.shape<[7]>, #graph.shape<[2, 3]>>}
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %z:2 = graph.node "Placeholder"() "z" attrs {dtype = f32} : () -> tensor<7xf32>
  %p:2 = graph.node "Placeholder"() "p" attrs {dtype = i1} : () -> tensor<i1>
  %h:2 = graph.node "VarHandleOp"() "v" attrs {dtype = f32} {graph.value = dense<1.0> : tensor<2x3xf32>} : () -> tensor<!graph.resource>
  %w:3 = graph.node "While"(%x#0, %h#0) "while" attrs {T = #graph.list<type : f32, !graph.resource>, _output_shapes = #graph.list<shape : #graph.shape<[]>, #graph.shape<[]>>, output_shapes = #graph.list<shape : #graph.shape<[]>, #graph.shape<[]>>, _read_only_resource_inputs = #graph.list<i : 1 : i64>, cond = #graph.func<"cond", {}>, body = #graph.func<"body", {}>} : (tensor<f32>, tensor<!graph.resource>) -> (tensor<f32>, tensor<!graph.resource>)
  %b:2 = graph.node "If"(%p#0, %z#0, %h#0) "if" attrs {Tin = #graph.list<type : f32, !graph.resource>, output_shapes = #graph.list<shape : #graph.shape<[7]>>, _read_only_resource_inputs = #graph.list<i : 2 : i64, 3 : i64>, then_branch = #graph.func<"branch", {}>, else_branch = #graph.func<"branch", {}>} : (tensor<i1>, tensor<7xf32>, tensor<!graph.resource>) -> tensor<7xf32>
}
graph.func @cond attributes {arg_names = ["x", "v"], attrs = {_input_shapes = #graph.list<shape : #graph.shape<[]>, #graph.shape<[]>>}, result_names = ["c"]} {
^bb0(%x: tensor<f32>, %v: tensor<!graph.resource>):
  %c:2 = graph.node "IsFinite"(%x) "c" attrs {T = f32} : (tensor<f32>) -> tensor<i1>
  graph.return %c#0 : tensor<i1>
}
graph.func @body attributes {arg_names = ["x", "v"], attrs = {_input_shapes = #graph.list<shape : #graph.shape<[]>, #graph.shape<[]>>}, result_names = ["y", "w"]} {
^bb0(%x: tensor<f32>, %v: tensor<!graph.resource>):
  %g:2 = graph.node "Identity"(%v) "given" attrs {T = !graph.resource, _output_shapes = #graph.list<shape : #graph.shape<[]>>} : (tensor<!graph.resource>) -> tensor<!graph.resource>
  graph.return %x, %g#0 : tensor<f32>, tensor<!graph.resource>
}
graph.func @branch attributes {arg_names = ["x", "v"], attrs = {_input_shapes = #graph.list<shape : #graph.shape<[7]>, #graph.shape<[]>>}, result_names = ["y"]} {
^bb0(%x: tensor<7xf32>, %v: tensor<!graph.resource>):
  graph.return %x : tensor<7xf32>
}

//--- steered.mlir
// The control flow of TensorFlow 1: the value goes through Switch, Merge, Enter,
// NextIteration and Exit. What is new in a branch or a loop waits for it.
// CHECK-LABEL: graph.graph
// CHECK-NOT: "VarHandleOp"
// CHECK: %[[V:.*]], %{{.*}} = graph.node "Const"() "v/value"
// CHECK: %[[SW:.*]]:2, %{{.*}} = graph.node "Switch"(%[[V]], %{{.*}}) "switch" attrs {T = f32} : (tensor<3xf32>, tensor<i1>) -> (tensor<3xf32>, tensor<3xf32>)
// CHECK: graph.node "Identity"(%[[SW]]#1) "read" attrs {T = f32}
// CHECK: %{{.*}}, %[[GATE:.*]] = graph.node "Identity"(%[[SW]]#0) "size/value"
// CHECK: graph.node "Const"() [%[[GATE]]] "size" {{.*}}dense<3> : tensor<1xi32>
// CHECK: %[[M:.*]]:2, %{{.*}} = graph.node "Merge"(%[[SW]]#0, %[[SW]]#1) "merge" attrs {N = 2 : i64, T = f32} : (tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<i32>)
// CHECK: %[[E:.*]], %{{.*}} = graph.node "Enter"(%[[M]]#0) "enter" attrs {T = f32, frame_name = "f"}
// CHECK: graph.node "NextIteration"(%[[L:.*]]#0) "next" attrs {T = f32}
// CHECK: %[[L]]:2, %{{.*}} = graph.node "Merge"(%[[E]], %{{.*}}) "loop"
// CHECK: %{{.*}}, %[[GATE2:.*]] = graph.node "Identity"(%[[L]]#0) "gather/value"
// CHECK: graph.node "Const"() [%[[GATE2]]] "gather/axis"
// CHECK: graph.node "GatherV2"(%[[L]]#0, %{{.*}}, %{{.*}}) "gather"
// CHECK: graph.node "Exit"(%[[L]]#0) "exit" attrs {T = f32}
graph.graph {
  %p:2 = graph.node "Placeholder"() "p" attrs {dtype = i1} : () -> tensor<i1>
  %i:2 = graph.node "Placeholder"() "i" attrs {dtype = i32} : () -> tensor<2xi32>
  %h:2 = graph.node "VarHandleOp"() "v" attrs {dtype = f32} {graph.value = dense<[1.0, 2.0, 3.0]> : tensor<3xf32>} : () -> tensor<!graph.resource>
  %s:3 = graph.node "Switch"(%h#0, %p#0) "switch" attrs {T = !graph.resource} : (tensor<!graph.resource>, tensor<i1>) -> (tensor<!graph.resource>, tensor<!graph.resource>)
  %r:2 = graph.node "ReadVariableOp"(%s#1) "read" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<3xf32>
  %n:2 = graph.node "VariableShape"(%s#0) "size" : (tensor<!graph.resource>) -> tensor<1xi32>
  %m:3 = graph.node "Merge"(%s#0, %s#1) "merge" attrs {N = 2 : i64, T = !graph.resource} : (tensor<!graph.resource>, tensor<!graph.resource>) -> (tensor<!graph.resource>, tensor<i32>)
  %e:2 = graph.node "Enter"(%m#0) "enter" attrs {T = !graph.resource, frame_name = "f"} : (tensor<!graph.resource>) -> tensor<!graph.resource>
  %next:2 = graph.node "NextIteration"(%l#0) "next" attrs {T = !graph.resource} : (tensor<!graph.resource>) -> tensor<!graph.resource>
  %l:3 = graph.node "Merge"(%e#0, %next#0) "loop" attrs {N = 2 : i64, T = !graph.resource} : (tensor<!graph.resource>, tensor<!graph.resource>) -> (tensor<!graph.resource>, tensor<i32>)
  %g:2 = graph.node "ResourceGather"(%l#0, %i#0) "gather" attrs {dtype = f32, Tindices = i32} : (tensor<!graph.resource>, tensor<2xi32>) -> tensor<2xf32>
  %x:2 = graph.node "Exit"(%l#0) "exit" attrs {T = !graph.resource} : (tensor<!graph.resource>) -> tensor<!graph.resource>
}

//--- mixed.mlir
// One of two variables, or a variable and something else, arrives: both stay. So does
// one that a function nobody can look into gets.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "VarHandleOp"() "a"
// CHECK: graph.node "VarHandleOp"() "b"
// CHECK: graph.node "VarHandleOp"() "c"
// CHECK: graph.node "VarHandleOp"() "d"
// CHECK: graph.node "ReadVariableOp"(%{{.*}}) "ab"
// CHECK: graph.node "ReadVariableOp"(%{{.*}}) "ct"
// CHECK: "PartitionedCall"(%{{.*}}) "call" {{.*}} (tensor<!graph.resource>)
graph.graph {
  %a:2 = graph.node "VarHandleOp"() "a" attrs {dtype = f32} {graph.value = dense<1.0> : tensor<f32>} : () -> tensor<!graph.resource>
  %b:2 = graph.node "VarHandleOp"() "b" attrs {dtype = f32} {graph.value = dense<2.0> : tensor<f32>} : () -> tensor<!graph.resource>
  %c:2 = graph.node "VarHandleOp"() "c" attrs {dtype = f32} {graph.value = dense<3.0> : tensor<f32>} : () -> tensor<!graph.resource>
  %d:2 = graph.node "VarHandleOp"() "d" attrs {dtype = f32} {graph.value = dense<4.0> : tensor<f32>} : () -> tensor<!graph.resource>
  %t:2 = graph.node "HashTableV2"() "t" : () -> tensor<!graph.resource>
  %m:3 = graph.node "Merge"(%a#0, %b#0) "m" attrs {N = 2 : i64, T = !graph.resource} : (tensor<!graph.resource>, tensor<!graph.resource>) -> (tensor<!graph.resource>, tensor<i32>)
  %ab:2 = graph.node "ReadVariableOp"(%m#0) "ab" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
  %n:3 = graph.node "Merge"(%c#0, %t#0) "n" attrs {N = 2 : i64, T = !graph.resource} : (tensor<!graph.resource>, tensor<!graph.resource>) -> (tensor<!graph.resource>, tensor<i32>)
  %ct:2 = graph.node "ReadVariableOp"(%n#0) "ct" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
  %call:2 = graph.node "PartitionedCall"(%d#0) "call" attrs {f = #graph.func<"f", {}>} : (tensor<!graph.resource>) -> tensor<f32>
  %u:2 = graph.node "Unheard"(%ab#0) "u" attrs {f = #graph.func<"f", {}>} : (tensor<f32>) -> tensor<f32>
}
graph.func @f attributes {arg_names = ["v"], attrs = {}, result_names = ["y"]} {
^bb0(%v: tensor<!graph.resource>):
  %r:2 = graph.node "ReadVariableOp"(%v) "inner" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
  graph.return %r#0 : tensor<f32>
}

//--- strings.mlir
// CHECK: graph.node "Const"() "words" attrs {dtype = !graph.string, value = #graph.tensor<dense<["ant", "bee"]> : tensor<2x!graph.string>, values, 2>}
graph.graph {
  %h:2 = graph.node "VarHandleOp"() "v" attrs {dtype = !graph.string} {graph.value = dense<["ant", "bee"]> : tensor<2x!graph.string>} : () -> tensor<!graph.resource>
  %r:2 = graph.node "ReadVariableOp"(%h#0) "words" attrs {dtype = !graph.string} : (tensor<!graph.resource>) -> tensor<2x!graph.string>
}

//--- containers.mlir
// One shared name in two containers is two variables.
// CHECK: graph.node "Const"() "ra" {{.*}}dense<1.0
// CHECK: graph.node "Const"() "rb" {{.*}}dense<2.0
graph.graph {
  %a:2 = graph.node "VarHandleOp"() "a" attrs {dtype = f32, container = "x", shared_name = "v"} {graph.value = dense<1.0> : tensor<f32>} : () -> tensor<!graph.resource>
  %b:2 = graph.node "VarHandleOp"() "b" attrs {dtype = f32, container = "y", shared_name = "v"} {graph.value = dense<2.0> : tensor<f32>} : () -> tensor<!graph.resource>
  %ra:2 = graph.node "ReadVariableOp"(%a#0) "ra" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
  %rb:2 = graph.node "ReadVariableOp"(%b#0) "rb" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
}
