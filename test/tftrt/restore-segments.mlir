// RUN: split-file %s %t
// RUN: graft-opt %t/names.mlir -graph-restore-segments | FileCheck %t/names.mlir
// RUN: graft-opt %t/names.mlir '-graph-restore-segments=keep-devices=true' | FileCheck %s --check-prefix=DEVICE
// RUN: graft-opt %t/nested.mlir -graph-restore-segments | FileCheck %t/nested.mlir
// RUN: graft-opt %t/cache.mlir -graph-restore-segments | FileCheck %t/cache.mlir
// RUN: graft-opt %t/probe.mlir -graph-restore-segments | FileCheck %t/probe.mlir
// RUN: not graft-opt %t/missing.mlir -graph-restore-segments 2>&1 | FileCheck %t/missing.mlir
// RUN: not graft-opt %t/unnamed.mlir -graph-restore-segments 2>&1 | FileCheck %t/unnamed.mlir
// RUN: not graft-opt %t/other.mlir -graph-restore-segments 2>&1 | FileCheck %t/other.mlir
// RUN: not graft-opt %t/handle.mlir -graph-restore-segments 2>&1 | FileCheck %t/handle.mlir
// DEVICE: graph.node "Relu"(%{{.*}}) "conv/relu" device "/device:GPU:0"

//--- names.mlir
// Nodes have their old names, whether the function is named by a function attribute or a
// string; one that is taken gets a number, and colocation follows. Devices that name a
// GPU go, others stay, and the engine's is not inherited. What waited for the engine
// still waits for its nodes.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "Const"() "w" attrs
// CHECK: %[[C:.*]], %{{.*}} = graph.node "Const"() "w_1" attrs
// CHECK: %[[R:.*]], %{{.*}} = graph.node "Relu"(%{{.*}}) "conv/relu" attrs
// CHECK: %[[A:.*]], %[[W:.*]] = graph.node "AddV2"(%[[R]], %[[C]]) "conv/add" device "/device:CPU:0" attrs {T = f32, _class = #graph.list<s : "loc:@w_1">}
// CHECK: graph.node "Tanh"(%[[A]]) "tanh" attrs
// CHECK: graph.node "NoOp"() [%[[W]]] "wait"
// CHECK-NOT: TRTEngineOp"
// CHECK-NOT: graph.func
graph.graph attributes {fetches = [#graph.port<"y", "y", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %w:2 = graph.node "Const"() "w" attrs {dtype = f32, value = #graph.tensor<dense<1.0> : tensor<f32>, values, 1>} : () -> tensor<f32>
  %a:2 = graph.node "AddV2"(%x#0, %w#0) "a" attrs {T = f32} : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %new:2 = graph.node "TRTEngineOp"(%a#0) "TRTEngineOp_0" device "/job:localhost/replica:0/task:0/device:GPU:0" attrs {InT = #graph.list<type : f32>, OutT = #graph.list<type : f32>, precision_mode = "FP32", workspace_size_bytes = 1, serialized_segment = "plan", segment_func = #graph.func<"TRTEngineOp_0_native_segment", {}>} : (tensor<f32>) -> tensor<f32>
  %old:2 = graph.node "TRTEngineOp"(%new#0) "TRTEngineOp_1" attrs {InT = #graph.list<type : f32>, OutT = #graph.list<type : f32>, precision_mode = "INT8CALIB", serialized_segment = "plan", segment_funcdef_name = "TRTEngineOp_1_native_segment"} : (tensor<f32>) -> tensor<f32>
  %y:2 = graph.node "Identity"(%old#0) "y" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %wait = graph.node "NoOp"() [%new#1] "wait" : () -> ()
}
graph.func @TRTEngineOp_0_native_segment attributes {arg_names = ["tensorrtinputph_0"], attrs = {}, result_names = ["tensorrtoutputph_0"]} {
^bb0(%x: tensor<f32>):
  %w:2 = graph.node "Const"() "w" attrs {dtype = f32, value = #graph.tensor<dense<1.0> : tensor<f32>, values, 1>} : () -> tensor<f32>
  %r:2 = graph.node "Relu"(%x) "conv/relu" device "/device:GPU:0" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %a:2 = graph.node "AddV2"(%r#0, %w#0) "conv/add" device "/device:CPU:0" attrs {T = f32, _class = #graph.list<s : "loc:@w", "loc:@gone">} : (tensor<f32>, tensor<f32>) -> tensor<f32>
  graph.return %a#0 : tensor<f32>
}
graph.func @TRTEngineOp_1_native_segment attributes {arg_names = ["tensorrtinputph_0"], attrs = {}, result_names = ["tensorrtoutputph_0"]} {
^bb0(%x: tensor<f32>):
  %r:2 = graph.node "Tanh"(%x) "tanh" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  graph.return %r#0 : tensor<f32>
}

//--- nested.mlir
// Engines in functions are restored there; calls stay calls. A node does not take the
// name of the function's argument.
// CHECK-LABEL: graph.graph
// CHECK: graph.node "PartitionedCall"(%{{.*}}) "call"
// CHECK: graph.func @body
// CHECK: graph.node "Relu"(%{{.*}}) "relu" attrs
// CHECK: graph.node "Neg"(%{{.*}}) "inputs_1" attrs
// CHECK-NOT: graph.func
graph.graph attributes {fetches = [#graph.port<"y", "call", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %y:2 = graph.node "PartitionedCall"(%x#0) "call" attrs {f = #graph.func<"body", {}>} : (tensor<f32>) -> tensor<f32>
}
graph.func @body attributes {arg_names = ["inputs"], attrs = {}, result_names = ["y"]} {
^bb0(%x: tensor<f32>):
  %e:2 = graph.node "TRTEngineOp"(%x) "TRTEngineOp_000_000" attrs {InT = #graph.list<type : f32>, OutT = #graph.list<type : f32>, precision_mode = "FP32", workspace_size_bytes = 1, serialized_segment = "", segment_func = #graph.func<"TRTEngineOp_000_000_native_segment", {}>} : (tensor<f32>) -> tensor<f32>
  graph.return %e#0 : tensor<f32>
}
graph.func @TRTEngineOp_000_000_native_segment attributes {arg_names = ["tensorrtinputph_0"], attrs = {}, result_names = ["tensorrtoutputph_0"]} {
^bb0(%x: tensor<f32>):
  %r:2 = graph.node "Relu"(%x) "relu" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  %n:2 = graph.node "Neg"(%r#0) "inputs" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
  graph.return %n#0 : tensor<f32>
}

//--- cache.mlir
// The cache of engines goes, with the functions that create, fill and destroy it, and with
// the variable for its file's path; a variable that is read stays. What waited for it waits
// for what is left.
// CHECK-LABEL: graph.graph
// CHECK: %[[T:.*]] = graph.node "NoOp"() "table"
// CHECK-NOT: TRT
// CHECK-NOT: DestroyResourceOp
// CHECK-NOT: "path"
// CHECK: graph.node "VarHandleOp"() "other"
// CHECK: %[[O:.*]], %{{.*}} = graph.node "Const"() [%[[T]]] "fill/one"
// CHECK: %[[F:.*]], %[[D:.*]] = graph.node "Identity"(%[[O]]) [%[[T]]] "fill"
// CHECK: graph.node "NoOp"() [%[[D]]] "init"
// CHECK: graph.node "ReadVariableOp"(%{{.*}}) "seen"
// CHECK-NOT: graph.func
graph.graph attributes {fetches = [#graph.port<"init", "init", -1>]} {
  %table = graph.node "NoOp"() "table" : () -> ()
  %file:2 = graph.node "Const"() "file" attrs {dtype = !graph.string, value = #graph.raw<"B\01x">} : () -> tensor<!graph.string>
  %path:2 = graph.node "VarHandleOp"() "path" attrs {dtype = !graph.string, shape = #graph.shape<[]>} : () -> tensor<!graph.resource>
  %set = graph.node "AssignVariableOp"(%path#0, %file#0) "path/Assign" attrs {dtype = !graph.string} : (tensor<!graph.resource>, tensor<!graph.string>) -> ()
  %get:2 = graph.node "ReadVariableOp"(%path#0) "path/Read" attrs {dtype = !graph.string} : (tensor<!graph.resource>) -> tensor<!graph.string>
  %other:2 = graph.node "VarHandleOp"() "other" attrs {dtype = !graph.string, shape = #graph.shape<[]>} : () -> tensor<!graph.resource>
  %h:2 = graph.node "StatefulPartitionedCall"() "create" attrs {f = #graph.func<"creator", {}>} : () -> tensor<!graph.resource>
  %i:2 = graph.node "StatefulPartitionedCall"(%h#0, %path#0) [%table] "fill" attrs {f = #graph.func<"initializer", {}>} : (tensor<!graph.resource>, tensor<!graph.resource>) -> tensor<i32>
  %j:2 = graph.node "StatefulPartitionedCall"(%h#0, %other#0) [%table] "fill2" attrs {f = #graph.func<"initializer", {}>} : (tensor<!graph.resource>, tensor<!graph.resource>) -> tensor<i32>
  %init = graph.node "NoOp"() [%i#1, %set] "init" : () -> ()
  %seen:2 = graph.node "ReadVariableOp"(%other#0) "seen" attrs {dtype = !graph.string} : (tensor<!graph.resource>) -> tensor<!graph.string>
  %user:2 = graph.node "Identity"(%seen#0) "user" attrs {T = !graph.string} : (tensor<!graph.string>) -> tensor<!graph.string>
}
graph.func @creator attributes {arg_names = [], attrs = {}, result_names = ["h"]} {
  %h:2 = graph.node "CreateTRTResourceHandle"() "h" attrs {resource_name = "e"} : () -> tensor<!graph.resource>
  %i:2 = graph.node "Identity"(%h#0) [%h#1] "i" attrs {T = !graph.resource} : (tensor<!graph.resource>) -> tensor<!graph.resource>
  graph.return %i#0 : tensor<!graph.resource>
}
graph.func @initializer attributes {arg_names = ["h", "file"], attrs = {}, result_names = ["done"], control_result_names = ["fill"]} {
^bb0(%h: tensor<!graph.resource>, %path: tensor<!graph.resource>):
  %file:2 = graph.node "ReadVariableOp"(%path) "read" attrs {dtype = !graph.string} : (tensor<!graph.resource>) -> tensor<!graph.string>
  %fill = graph.node "InitializeTRTResource"(%h, %file#0) "fill" : (tensor<!graph.resource>, tensor<!graph.string>) -> ()
  %one:2 = graph.node "Const"() [%fill] "one" attrs {dtype = i32, value = #graph.tensor<dense<1> : tensor<i32>, values, 1>} : () -> tensor<i32>
  graph.return %one#0 : tensor<i32> controls(%fill)
}
graph.func @destroyer attributes {arg_names = [], attrs = {}, result_names = []} {
  %h:2 = graph.node "CreateTRTResourceHandle"() "h" attrs {resource_name = "e"} : () -> tensor<!graph.resource>
  %d = graph.node "DestroyResourceOp"(%h#0) "d" attrs {ignore_lookup_error = true} : (tensor<!graph.resource>) -> ()
  graph.return
}

//--- probe.mlir
// TensorFlow 1.7 calibrated beside the nodes, which are still there.
// CHECK: %[[X:.*]], %{{.*}} = graph.node "Placeholder"() "x"
// CHECK: %[[P:.*]], %{{.*}} = graph.node "Identity"(%[[X]]) "my_trt_op0"
// CHECK: graph.node "Relu"(%[[P]]) "relu"
graph.graph attributes {fetches = [#graph.port<"y", "relu", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %p:2 = graph.node "TRTCalibOp"(%x#0) "my_trt_op0" attrs {InT = #graph.list<type : f32>, resource_name = "my_trt_op0", segment_nodes = #graph.list<s : "relu">} : (tensor<f32>) -> tensor<f32>
  %r:2 = graph.node "Relu"(%p#0) "relu" attrs {T = f32} : (tensor<f32>) -> tensor<f32>
}

//--- missing.mlir
// CHECK: error: the engine's native segment must be in the model, got no function 'a_native_segment'; 1 more engines have none; the engine's bytes cannot be turned back: convert the original model again
graph.graph attributes {fetches = [#graph.port<"y", "b", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %a:2 = graph.node "TRTEngineOp"(%x#0) "a" attrs {InT = #graph.list<type : f32>, OutT = #graph.list<type : f32>, serialized_segment = "plan", segment_func = #graph.func<"a_native_segment", {}>} : (tensor<f32>) -> tensor<f32>
  %b:2 = graph.node "TRTEngineOp"(%a#0) "b" attrs {InT = #graph.list<type : f32>, OutT = #graph.list<type : f32>, serialized_segment = "plan"} : (tensor<f32>) -> tensor<f32>
}

//--- unnamed.mlir
// TensorFlow 1.7 kept nothing.
// CHECK: error: the engine must name its native segment, got neither segment_func nor segment_funcdef_name; the engine's bytes
graph.graph attributes {fetches = [#graph.port<"y", "a", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %a:2 = graph.node "TRTEngineOp"(%x#0) "a" attrs {InT = #graph.list<type : f32>, OutT = #graph.list<type : f32>, serialized_engine = "plan"} : (tensor<f32>) -> tensor<f32>
}

//--- other.mlir
// CHECK: error: the engine's native segment 'f' must take and give what the engine does and not call itself, got another function of that name
graph.graph attributes {fetches = [#graph.port<"y", "a", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<f32>
  %a:2 = graph.node "TRTEngineOp"(%x#0) "a" attrs {InT = #graph.list<type : f32>, OutT = #graph.list<type : f32>, serialized_segment = "plan", segment_func = #graph.func<"f", {}>} : (tensor<f32>) -> tensor<f32>
}
graph.func @f attributes {arg_names = [], attrs = {}, result_names = []} {
  graph.return
}

//--- handle.mlir
// CHECK: error: nothing but TF-TRT's own nodes must read its resource 'h'
graph.graph {
  %h:2 = graph.node "CreateTRTResourceHandle"() "h" attrs {resource_name = "e"} : () -> tensor<!graph.resource>
  %u:2 = graph.node "Surprise"(%h#0) "u" : (tensor<!graph.resource>) -> tensor<f32>
}
