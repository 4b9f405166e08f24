// RUN: split-file %s %t
// RUN: graft-opt %t/nodes.mlir -graph-infer-shapes | FileCheck %t/nodes.mlir
// RUN: graft-opt %t/computed.mlir -graph-infer-shapes | FileCheck %t/computed.mlir
// RUN: graft-opt %t/control.mlir -graph-infer-shapes | FileCheck %t/control.mlir
// RUN: graft-opt %t/calls.mlir -graph-infer-shapes | FileCheck %t/calls.mlir
// RUN: graft-opt %t/old.mlir -graph-infer-shapes | FileCheck %t/old.mlir
// RUN: graft-opt %t/native.mlir -graph-infer-shapes | FileCheck %t/native.mlir

//--- nodes.mlir
// Inputs say their shapes, operators with a conversion infer theirs, and an unknown
// operator stops nobody but its readers. A type that was known and that contradicts
// what is inferred stays.
// CHECK-LABEL: graph.graph
// CHECK: "x" {{.*}} : () -> tensor<?x8x8x3xf32>
// CHECK: "conv" {{.*}} -> tensor<?x4x4x16xf32>
// CHECK: "relu" {{.*}} -> tensor<?x4x4x16xf32>
// CHECK: "unheard" {{.*}} -> tensor<*xf32>
// CHECK: "ensured" {{.*}} -> tensor<2x?xf32>
// CHECK: "contradicts" {{.*}} -> tensor<7xf32>
// CHECK: "shape" {{.*}} -> tensor<4xi32>
// CHECK: "rank" {{.*}} -> tensor<i32>
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32, shape = #graph.shape<[?, 8, 8, 3]>} : () -> tensor<*xf32>
  %w:2 = graph.node "Const"() "w" attrs {dtype = f32, value = #graph.tensor<dense<0.0> : tensor<3x3x3x16xf32>, values, 1>} : () -> tensor<3x3x3x16xf32>
  %c:2 = graph.node "Conv2D"(%x#0, %w#0) "conv" attrs {T = f32, strides = #graph.list<i : 1, 2, 2, 1>, padding = "SAME", data_format = "NHWC", dilations = #graph.list<i : 1, 1, 1, 1>, explicit_paddings = #graph.list<i>, use_cudnn_on_gpu = true} : (tensor<*xf32>, tensor<3x3x3x16xf32>) -> tensor<*xf32>
  %r:2 = graph.node "Relu"(%c#0) "relu" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %u:2 = graph.node "Unheard"(%r#0) "unheard" : (tensor<*xf32>) -> tensor<*xf32>
  %e:2 = graph.node "EnsureShape"(%u#0) "ensured" attrs {T = f32, shape = #graph.shape<[2, ?]>} : (tensor<*xf32>) -> tensor<*xf32>
  %k:2 = graph.node "Identity"(%e#0) "contradicts" attrs {T = f32} : (tensor<*xf32>) -> tensor<7xf32>
  %s:2 = graph.node "Shape"(%x#0) "shape" attrs {T = f32, out_type = i32} : (tensor<*xf32>) -> tensor<*xi32>
  %n:2 = graph.node "Rank"(%u#0) "rank" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xi32>
}

//--- computed.mlir
// The classic flattening of an unknown batch: its size is taken from the shape, packed
// with the rest, and the reshape knows all but the batch. With one more unknown the
// element count decides.
// CHECK-LABEL: graph.graph
// CHECK: "flat" {{.*}} -> tensor<?x48xf32>
// CHECK: "rows" {{.*}} -> tensor<6x8xf32>
// CHECK: "fill" {{.*}} -> tensor<?x48xf32>
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32, shape = #graph.shape<[?, 4, 4, 3]>} : () -> tensor<*xf32>
  %y:2 = graph.node "Placeholder"() "y" attrs {dtype = f32, shape = #graph.shape<[4, 12]>} : () -> tensor<*xf32>
  %s:2 = graph.node "Shape"(%x#0) "shape" attrs {T = f32, out_type = i32} : (tensor<*xf32>) -> tensor<*xi32>
  %zero:2 = graph.node "Const"() "zero" attrs {dtype = i32, value = #graph.tensor<dense<0> : tensor<1xi32>, values, 1>} : () -> tensor<1xi32>
  %one:2 = graph.node "Const"() "one" attrs {dtype = i32, value = #graph.tensor<dense<1> : tensor<1xi32>, values, 1>} : () -> tensor<1xi32>
  %n:2 = graph.node "StridedSlice"(%s#0, %zero#0, %one#0, %one#0) "n" attrs {T = i32, Index = i32, shrink_axis_mask = 1 : i64} : (tensor<*xi32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<*xi32>
  %k:2 = graph.node "Const"() "k" attrs {dtype = i32, value = #graph.tensor<dense<48> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %p:2 = graph.node "Pack"(%n#0, %k#0) "p" attrs {T = i32, N = 2 : i64, axis = 0 : i64} : (tensor<*xi32>, tensor<i32>) -> tensor<*xi32>
  %f:2 = graph.node "Reshape"(%x#0, %p#0) "flat" attrs {T = f32, Tshape = i32} : (tensor<*xf32>, tensor<*xi32>) -> tensor<*xf32>
  %m:2 = graph.node "Const"() "m" attrs {dtype = i32, value = #graph.tensor<dense<8> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %q:2 = graph.node "Pack"(%n#0, %m#0) "q" attrs {T = i32, N = 2 : i64, axis = 0 : i64} : (tensor<*xi32>, tensor<i32>) -> tensor<*xi32>
  %g:2 = graph.node "Reshape"(%y#0, %q#0) "rows" attrs {T = f32, Tshape = i32} : (tensor<*xf32>, tensor<*xi32>) -> tensor<*xf32>
  %v:2 = graph.node "Const"() "v" attrs {dtype = f32, value = #graph.tensor<dense<0.0> : tensor<f32>, values, 1>} : () -> tensor<f32>
  %h:2 = graph.node "Fill"(%p#0, %v#0) "fill" attrs {T = f32, index_type = i32} : (tensor<*xi32>, tensor<f32>) -> tensor<*xf32>
}

//--- control.mlir
// A Merge has what its inputs share. Around the loop the first dimension changes from
// iteration to iteration, so it is unknown there and behind.
// CHECK-LABEL: graph.graph
// CHECK: "switch" {{.*}} -> (tensor<2x3xf32>, tensor<2x3xf32>)
// CHECK: "merge" {{.*}} -> (tensor<?x3xf32>, tensor<i32>)
// CHECK: "loop" {{.*}} -> (tensor<*xf32>, tensor<i32>)
// CHECK: "exit" {{.*}} -> tensor<*xf32>
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32, shape = #graph.shape<[2, 3]>} : () -> tensor<*xf32>
  %y:2 = graph.node "Placeholder"() "y" attrs {dtype = f32, shape = #graph.shape<[4, 3]>} : () -> tensor<*xf32>
  %p:2 = graph.node "Placeholder"() "p" attrs {dtype = i1, shape = #graph.shape<[]>} : () -> tensor<*xi1>
  %s:3 = graph.node "Switch"(%x#0, %p#0) "switch" attrs {T = f32} : (tensor<*xf32>, tensor<*xi1>) -> (tensor<*xf32>, tensor<*xf32>)
  %m:3 = graph.node "Merge"(%s#0, %y#0) "merge" attrs {N = 2 : i64, T = f32} : (tensor<*xf32>, tensor<*xf32>) -> (tensor<*xf32>, tensor<*xi32>)
  %e:2 = graph.node "Enter"(%x#0) "enter" attrs {T = f32, frame_name = "f"} : (tensor<*xf32>) -> tensor<*xf32>
  %l:3 = graph.node "Merge"(%e#0, %n#0) "loop" attrs {N = 2 : i64, T = f32} : (tensor<*xf32>, tensor<*xf32>) -> (tensor<*xf32>, tensor<*xi32>)
  %u:2 = graph.node "Unheard"(%l#0) "u" : (tensor<*xf32>) -> tensor<*xf32>
  %n:2 = graph.node "NextIteration"(%u#0) "next" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %o:2 = graph.node "Exit"(%l#0) "exit" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
}

//--- calls.mlir
// A branch that is not known gives what both functions give.
// CHECK-LABEL: graph.graph
// CHECK: "if" {{.*}} -> tensor<?x3xf32>
graph.graph {
  %p:2 = graph.node "Placeholder"() "p" attrs {dtype = i1, shape = #graph.shape<[]>} : () -> tensor<*xi1>
  %i:2 = graph.node "If"(%p#0) "if" attrs {then_branch = #graph.func<"a", {}>, else_branch = #graph.func<"b", {}>} : (tensor<*xi1>) -> tensor<*xf32>
}
graph.func @a attributes {arg_names = [], attrs = {}, result_names = ["y"]} {
  %c:2 = graph.node "Const"() "c" attrs {dtype = f32, value = #graph.tensor<dense<0.0> : tensor<2x3xf32>, values, 1>} : () -> tensor<*xf32>
  graph.return %c#0 : tensor<*xf32>
}
graph.func @b attributes {arg_names = [], attrs = {}, result_names = ["y"]} {
  %c:2 = graph.node "Const"() "c" attrs {dtype = f32, value = #graph.tensor<dense<0.0> : tensor<4x3xf32>, values, 1>} : () -> tensor<*xf32>
  graph.return %c#0 : tensor<*xf32>
}

//--- old.mlir
// Before version 24 of the format an empty shape meant that nothing was known.
// CHECK-LABEL: graph.graph
// CHECK: "x" {{.*}} -> tensor<*xf32>
graph.graph attributes {versions = {producer = 21 : i64}} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32, shape = #graph.shape<[]>} : () -> tensor<*xf32>
}

//--- native.mlir
// Operators that no engine computes, and whose readers may be in one.
// CHECK-LABEL: graph.graph
// CHECK: "Digamma"{{.*}} "same" {{.*}} -> tensor<?x4x3xf32>
// CHECK: "Where"{{.*}} "where" {{.*}} -> tensor<?x3xi64>
// CHECK: "RandomUniform"{{.*}} "random" {{.*}} -> tensor<?x2xf32>
// CHECK: "Unheard"{{.*}} "unheard" {{.*}} -> tensor<*xf32>
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32, shape = #graph.shape<[-1, 4, 3]>} : () -> tensor<*xf32>
  %same:2 = graph.node "Digamma"(%x#0) "same" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %finite:2 = graph.node "IsFinite"(%same#0) "finite" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xi1>
  %where:2 = graph.node "Where"(%finite#0) "where" attrs {T = i1} : (tensor<*xi1>) -> tensor<*xi64>
  %n:2 = graph.node "Placeholder"() "n" attrs {dtype = i32, shape = #graph.shape<[]>} : () -> tensor<*xi32>
  %two:2 = graph.node "Const"() "two" attrs {dtype = i32, value = #graph.tensor<dense<2> : tensor<i32>, values, 1>} : () -> tensor<*xi32>
  %shape:2 = graph.node "Pack"(%n#0, %two#0) "shape" attrs {N = 2 : i64, T = i32, axis = 0 : i64} : (tensor<*xi32>, tensor<*xi32>) -> tensor<*xi32>
  %random:2 = graph.node "RandomUniform"(%shape#0) "random" attrs {T = i32, dtype = f32} : (tensor<*xi32>) -> tensor<*xf32>
  %unheard:2 = graph.node "Unheard"(%x#0) "unheard" : (tensor<*xf32>) -> tensor<*xf32>
}
