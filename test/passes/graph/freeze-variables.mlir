// RUN: split-file %s %t
// RUN: graft-opt %t/reads.mlir -graph-freeze-variables | FileCheck %t/reads.mlir
// RUN: graft-opt %t/writes.mlir -graph-freeze-variables | FileCheck %t/writes.mlir
// RUN: graft-opt %t/reference.mlir -graph-freeze-variables | FileCheck %t/reference.mlir
// RUN: graft-opt %t/loop.mlir -graph-freeze-variables | FileCheck %t/loop.mlir
// RUN: graft-opt %t/shared_body.mlir -graph-freeze-variables | FileCheck %t/shared_body.mlir

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
// Two calls of one function might give it two variables: both stay.
// CHECK-LABEL: graph.graph
// CHECK: "VarHandleOp"
// CHECK: "StatefulPartitionedCall"(%{{.*}}) "c1"
graph.graph {
  %h:2 = graph.node "VarHandleOp"() "v" attrs {dtype = f32} {graph.value = dense<1.0> : tensor<f32>} : () -> tensor<!graph.resource>
  %h2:2 = graph.node "VarHandleOp"() "v2" attrs {dtype = f32} {graph.value = dense<1.0> : tensor<f32>} : () -> tensor<!graph.resource>
  %c1:2 = graph.node "StatefulPartitionedCall"(%h#0) "c1" attrs {f = #graph.func<"f", {}>} : (tensor<!graph.resource>) -> tensor<f32>
  %c2:2 = graph.node "StatefulPartitionedCall"(%h2#0) "c2" attrs {f = #graph.func<"f", {}>} : (tensor<!graph.resource>) -> tensor<f32>
}
graph.func @f attributes {arg_names = ["v"], attrs = {}, result_names = ["y"]} {
^bb0(%v: tensor<!graph.resource>):
  %r:2 = graph.node "ReadVariableOp"(%v) "inner" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<f32>
  graph.return %r#0 : tensor<f32>
}
