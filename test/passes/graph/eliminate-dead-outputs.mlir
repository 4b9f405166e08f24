// RUN: split-file %s %t
// RUN: graft-opt %t/fetches.mlir -graph-eliminate-dead-outputs | FileCheck %t/fetches.mlir
// RUN: graft-opt %t/no_fetches.mlir -graph-eliminate-dead-outputs | FileCheck %t/no_fetches.mlir
// RUN: graft-opt %t/unread.mlir -graph-eliminate-dead-outputs | FileCheck %t/unread.mlir
// RUN: graft-opt %t/fed.mlir -graph-eliminate-dead-outputs | FileCheck %t/fed.mlir
// RUN: graft-opt %t/results.mlir -graph-eliminate-dead-outputs | FileCheck %t/results.mlir
// RUN: graft-opt %t/functions.mlir -graph-eliminate-dead-outputs | FileCheck %t/functions.mlir
// RUN: graft-opt %t/library.mlir -graph-eliminate-dead-outputs | FileCheck %t/library.mlir
// RUN: graft-opt %t/given.mlir -graph-eliminate-dead-outputs | FileCheck %t/given.mlir

//--- fetches.mlir
// What a fetch needs through data, control edges and a loop stays; a dead loop and
// a colocation with a dead node go.
// CHECK-LABEL: graph.graph
// CHECK: "x"
// CHECK: "first"
// CHECK: "merge"
// CHECK: "next"
// CHECK: "out" attrs {T = f32} :
// CHECK-NOT: graph.node
graph.graph attributes {fetches = [#graph.port<"out", "out", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  %dead:2 = graph.node "Relu"(%x#0) "dead" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %first = graph.node "NoOp"() "first" : () -> ()
  %merge:3 = graph.node "Merge"(%x#0, %next#0) "merge" attrs {N = 2, T = f32} : (tensor<*xf32>, tensor<*xf32>) -> (tensor<*xf32>, tensor<i32>)
  %next:2 = graph.node "NextIteration"(%merge#0) "next" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %m2:3 = graph.node "Merge"(%dead#0, %n2#0) "dead_merge" attrs {N = 2, T = f32} : (tensor<*xf32>, tensor<*xf32>) -> (tensor<*xf32>, tensor<i32>)
  %n2:2 = graph.node "NextIteration"(%m2#0) "dead_next" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %out:2 = graph.node "Relu"(%merge#0) [%first] "out" attrs {T = f32, _class = #graph.list<s : "loc:@dead">} : (tensor<*xf32>) -> tensor<*xf32>
}

//--- no_fetches.mlir
// Nobody said what is wanted: every sink is, and nothing goes.
// CHECK-LABEL: graph.graph
// CHECK: "x"
// CHECK: "sink"
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  %s:2 = graph.node "Relu"(%x#0) "sink" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
}

//--- unread.mlir
// An input that nothing reads may be fed all the same, with its default or without;
// what is no input goes, and so does the path of an asset.
// CHECK-LABEL: graph.graph
// CHECK: "labels"
// CHECK: "scale"
// CHECK-NOT: "forgotten"
// CHECK-NOT: "Placeholder"() "path"
// CHECK: "out"
graph.graph attributes {
  graph.assets = ["path"],
  feeds = [#graph.port<"labels", "labels", 0>, #graph.port<"scale", "scale", 0>, #graph.port<"path:0", "path", 0>],
  fetches = [#graph.port<"out", "out", 0>]} {
  %l:2 = graph.node "Placeholder"() "labels" attrs {dtype = f32} : () -> tensor<?xf32>
  %v:2 = graph.node "Const"() "two" attrs {dtype = f32, value = #graph.tensor<dense<2.0> : tensor<f32>, values, 1>} : () -> tensor<f32>
  %s:2 = graph.node "PlaceholderWithDefault"(%v#0) "scale" attrs {dtype = f32, shape = #graph.shape<[]>} : (tensor<f32>) -> tensor<f32>
  %f:2 = graph.node "Placeholder"() "forgotten" attrs {dtype = f32} : () -> tensor<?xf32>
  %p:2 = graph.node "Placeholder"() "path" attrs {dtype = !graph.string} : () -> tensor<!graph.string>
  %out:2 = graph.node "Const"() "out" attrs {dtype = f32, value = #graph.tensor<dense<1.0> : tensor<f32>, values, 1>} : () -> tensor<f32>
}

//--- fed.mlir
// The user feeds "mid" and one of the results of "split"; the first becomes a
// placeholder and frees what it needed, the second is still computed for its other
// result. A default that may be overridden keeps it.
// CHECK-LABEL: graph.graph
// CHECK-NOT: "x"
// CHECK: "Placeholder"() "mid" attrs {dtype = f32, shape = #graph.shape<[?, 4]>} : () -> tensor<?x4xf32>
// CHECK: "y"
// CHECK: "Split"
// CHECK: "default_value"
// CHECK: "PlaceholderWithDefault"
// CHECK: "out"
graph.graph attributes {
  feeds = [#graph.port<"mid", "mid", 0>, #graph.port<"half", "split", 1>, #graph.port<"d", "default", 0>],
  fetches = [#graph.port<"out", "out", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  %mid:2 = graph.node "Relu"(%x#0) "mid" attrs {T = f32} : (tensor<*xf32>) -> tensor<?x4xf32>
  %y:2 = graph.node "Placeholder"() "y" attrs {dtype = f32} : () -> tensor<*xf32>
  %axis:2 = graph.node "Const"() "axis" attrs {dtype = i32, value = #graph.tensor<dense<0> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %split:3 = graph.node "Split"(%axis#0, %y#0) "split" attrs {T = f32, num_split = 2} : (tensor<i32>, tensor<*xf32>) -> (tensor<*xf32>, tensor<*xf32>)
  %v:2 = graph.node "Const"() "default_value" attrs {dtype = f32, value = #graph.tensor<dense<0.0> : tensor<f32>, values, 1>} : () -> tensor<f32>
  %d:2 = graph.node "PlaceholderWithDefault"(%v#0) "default" attrs {dtype = f32, shape = #graph.shape<[]>} : (tensor<f32>) -> tensor<f32>
  %out:2 = graph.node "AddN"(%mid#0, %split#0, %split#1, %d#0) "out" attrs {N = 4, T = f32} : (tensor<?x4xf32>, tensor<*xf32>, tensor<*xf32>, tensor<f32>) -> tensor<*xf32>
}

//--- results.mlir
// Unread trailing results lead to the smaller operator, with its attributes; a
// fetched node keeps its results, and so does one whose option the smaller form has
// not. What only a dropped pair of IdentityN needed goes, too.
// CHECK-LABEL: graph.graph
// CHECK-NOT: "only_b"
// CHECK: graph.node "MaxPool"(%{{.*}}) "pool" attrs {T = f32, ksize = #graph.list<i : 1 : i64, 2 : i64, 2 : i64, 1 : i64>} : (tensor<*xf32>) -> tensor<*xf32>
// CHECK: graph.node "IdentityN"(%{{.*}}) "pair" attrs {T = #graph.list<type : f32>} : (tensor<*xf32>) -> tensor<*xf32>
// CHECK: graph.node "Unique"({{.*}}) "unique"
// CHECK: graph.node "UniqueWithCounts"({{.*}}) "kept"
// CHECK: graph.node "NonMaxSuppressionV4"
graph.graph attributes {fetches = [#graph.port<"a", "a", 0>, #graph.port<"u", "unique_reader", 0>, #graph.port<"k", "kept", 0>, #graph.port<"n", "nms_reader", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  %b:2 = graph.node "Relu"(%x#0) "only_b" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %p:3 = graph.node "MaxPoolWithArgmax"(%x#0) "pool" attrs {T = f32, Targmax = i64, include_batch_in_index = false, ksize = #graph.list<i : 1, 2, 2, 1>} : (tensor<*xf32>) -> (tensor<*xf32>, tensor<*xi64>)
  %pair:3 = graph.node "IdentityN"(%p#0, %b#0) "pair" attrs {T = #graph.list<type : f32, f32>} : (tensor<*xf32>, tensor<*xf32>) -> (tensor<*xf32>, tensor<*xf32>)
  %a:2 = graph.node "Relu"(%pair#0) "a" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %u:4 = graph.node "UniqueWithCounts"(%x#0) "unique" attrs {T = f32, out_idx = i32} : (tensor<*xf32>) -> (tensor<?xf32>, tensor<*xi32>, tensor<*xi32>)
  %ur:2 = graph.node "Relu"(%u#0) "unique_reader" attrs {T = f32} : (tensor<?xf32>) -> tensor<*xf32>
  %k:4 = graph.node "UniqueWithCounts"(%x#0) "kept" attrs {T = f32, out_idx = i32} : (tensor<*xf32>) -> (tensor<?xf32>, tensor<*xi32>, tensor<*xi32>)
  %n:3 = graph.node "NonMaxSuppressionV4"(%x#0, %x#0, %u#1, %x#0, %x#0) "nms" attrs {T = f32, pad_to_max_output_size = true} : (tensor<*xf32>, tensor<*xf32>, tensor<*xi32>, tensor<*xf32>, tensor<*xf32>) -> (tensor<*xi32>, tensor<i32>)
  %nr:2 = graph.node "Abs"(%n#0) "nms_reader" attrs {T = i32} : (tensor<*xi32>) -> tensor<*xi32>
}

//--- functions.mlir
// Functions are kept by operator name, by nested attributes and by gradient; the
// call in a dead node does not count. In a function an unread write stays, an unread
// read goes.
// CHECK-LABEL: graph.graph
// CHECK-NOT: graph.func @unused
// CHECK-DAG: graph.func @direct
// CHECK-DAG: graph.func @nested
// CHECK-DAG: graph.func @branch attributes
// CHECK-NOT: graph.func @unused
graph.graph attributes {fetches = [#graph.port<"b", "b", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  %a:2 = graph.node "direct"(%x#0) "a" : (tensor<*xf32>) -> tensor<*xf32>
  %b:2 = graph.node "PartitionedCall"(%a#0) "b" attrs {f = #graph.func<"branch", {inner = #graph.list<func : #graph.func<"nested", {}>>}>} : (tensor<*xf32>) -> tensor<*xf32>
  %c:2 = graph.node "PartitionedCall"(%a#0) "dead" attrs {f = #graph.func<"unused", {}>} : (tensor<*xf32>) -> tensor<*xf32>
}
graph.func @unused attributes {arg_names = ["x"], attrs = {}, result_names = ["y"]} {
^bb0(%arg0: tensor<*xf32>):
  graph.return %arg0 : tensor<*xf32>
}
graph.func @direct attributes {arg_names = ["x"], attrs = {}, result_names = ["y"]} {
^bb0(%arg0: tensor<*xf32>):
  %u:2 = graph.node "PartitionedCall"(%arg0) "u" attrs {f = #graph.func<"unused", {}>} : (tensor<*xf32>) -> tensor<*xf32>
  graph.return %arg0 : tensor<*xf32>
}
graph.func @nested attributes {arg_names = ["x"], attrs = {}, result_names = ["y"]} {
^bb0(%arg0: tensor<*xf32>):
  graph.return %arg0 : tensor<*xf32>
}
graph.func @branch attributes {arg_names = ["x"], attrs = {}, gradient = "branch_grad", result_names = ["y"]} {
^bb0(%arg0: tensor<*xf32>):
  graph.return %arg0 : tensor<*xf32>
}
// CHECK-LABEL: graph.func @branch_grad
// CHECK-NOT: "read"
// CHECK: "AssignVariableOp"
graph.func @branch_grad attributes {arg_names = ["r", "x"], attrs = {}, result_names = ["y"]} {
^bb0(%r: tensor<!graph.resource>, %arg0: tensor<*xf32>):
  %read:2 = graph.node "ReadVariableOp"(%r) "read" attrs {dtype = f32} : (tensor<!graph.resource>) -> tensor<*xf32>
  %write = graph.node "AssignVariableOp"(%r, %arg0) "write" attrs {dtype = f32} : (tensor<!graph.resource>, tensor<*xf32>) -> ()
  graph.return %arg0 : tensor<*xf32>
}

//--- library.mlir
// Without a main graph every function may be somebody's.
// CHECK: graph.func @a
// CHECK: graph.func @b
graph.func @a attributes {arg_names = [], attrs = {}, result_names = []} {
  graph.return
}
graph.func @b attributes {arg_names = [], attrs = {}, result_names = []} {
  graph.return
}

//--- given.mlir
// A constant that the user feeds is an input; what the file says about the shape of a
// fed node stays with it.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "Placeholder"() "c" attrs {dtype = i32, shape = #graph.shape<[2]>}
// CHECK: graph.node "Placeholder"() "n" attrs {_output_shapes = {{.*}}, dtype = f32, shape = #graph.shape<*>}
graph.graph attributes {feeds = [#graph.port<"c", "c", 0>, #graph.port<"n", "n", 0>], fetches = [#graph.port<"y", "y", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<*xf32>
  %c:2 = graph.node "Const"() "c" attrs {dtype = i32, value = #graph.tensor<dense<[2, 12]> : tensor<2xi32>, values, 2>} : () -> tensor<2xi32>
  %n:2 = graph.node "Neg"(%x#0) "n" attrs {T = f32, _output_shapes = #graph.list<shape : #graph.shape<[4, 6]>>} : (tensor<*xf32>) -> tensor<*xf32>
  %y:2 = graph.node "Reshape"(%n#0, %c#0) "y" attrs {T = f32, Tshape = i32} : (tensor<*xf32>, tensor<2xi32>) -> tensor<*xf32>
}
