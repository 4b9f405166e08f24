// RUN: split-file %s %t
// RUN: graft-opt %t/nodes.mlir -graph-infer-shapes | FileCheck %t/nodes.mlir
// RUN: graft-opt %t/computed.mlir -graph-infer-shapes | FileCheck %t/computed.mlir
// RUN: graft-opt %t/control.mlir -graph-infer-shapes | FileCheck %t/control.mlir
// RUN: graft-opt %t/calls.mlir -graph-infer-shapes | FileCheck %t/calls.mlir
// RUN: graft-opt %t/old.mlir -graph-infer-shapes | FileCheck %t/old.mlir
// RUN: graft-opt %t/native.mlir -graph-infer-shapes | FileCheck %t/native.mlir
// RUN: graft-opt %t/hints.mlir -graph-infer-shapes | FileCheck %t/hints.mlir
// RUN: graft-opt %t/values.mlir -graph-infer-shapes | FileCheck %t/values.mlir
// RUN: graft-opt %t/fed.mlir -graph-infer-shapes | FileCheck %t/fed.mlir
// RUN: graft-opt %t/loops.mlir -graph-infer-shapes | FileCheck %t/loops.mlir

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
// A branch that is not known returns what both functions return.
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
// CHECK: "QuantizeAndDequantizeV2"{{.*}} "rounded" {{.*}} -> tensor<?x4x3xf32>
// CHECK: "L2Loss"{{.*}} "loss" {{.*}} -> tensor<f32>
// CHECK: "NextAfter"{{.*}} "after" {{.*}} -> tensor<?x4x3xf32>
// CHECK: "ResizeBilinear"{{.*}} "resized" {{.*}} -> tensor<1x?x2x3xf32>
// CHECK: "Transpose"{{.*}} "turned" {{.*}} -> tensor<3x?x4xcomplex<f32>>
// CHECK: "Reshape"{{.*}} "shaped" {{.*}} -> tensor<?x?xf32>
// CHECK: "TensorListStack"{{.*}} "stacked" {{.*}} -> tensor<?x?x2xf32>
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
  %scale:2 = graph.node "Const"() "scale" attrs {dtype = f32, value = #graph.tensor<dense<2.0> : tensor<4x1xf32>, values, 4>} : () -> tensor<*xf32>
  %q:2 = graph.node "QuantizeAndDequantizeV2"(%x#0, %scale#0, %scale#0) "rounded" attrs {T = f32, range_given = false} : (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>) -> tensor<*xf32>
  %loss:2 = graph.node "L2Loss"(%x#0) "loss" attrs {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %after:2 = graph.node "NextAfter"(%scale#0, %x#0) "after" attrs {T = f32} : (tensor<*xf32>, tensor<*xf32>) -> tensor<*xf32>
  %image:2 = graph.node "Placeholder"() "image" attrs {dtype = f32, shape = #graph.shape<[1, 9, 9, 3]>} : () -> tensor<*xf32>
  %resized:2 = graph.node "ResizeBilinear"(%image#0, %shape#0) "resized" attrs {T = f32} : (tensor<*xf32>, tensor<*xi32>) -> tensor<*xf32>
  %complex:2 = graph.node "Complex"(%x#0, %x#0) "complex" attrs {T = f32, Tout = complex<f32>} : (tensor<*xf32>, tensor<*xf32>) -> tensor<*xcomplex<f32>>
  %perm:2 = graph.node "Const"() "perm" attrs {dtype = i32, value = #graph.tensor<dense<[2, 0, 1]> : tensor<3xi32>, values, 3>} : () -> tensor<*xi32>
  %turned:2 = graph.node "Transpose"(%complex#0, %perm#0) "turned" attrs {T = complex<f32>, Tperm = i32} : (tensor<*xcomplex<f32>>, tensor<*xi32>) -> tensor<*xcomplex<f32>>
  %sizes:2 = graph.node "Placeholder"() "sizes" attrs {dtype = i32, shape = #graph.shape<[2]>} : () -> tensor<*xi32>
  %shaped:2 = graph.node "Reshape"(%x#0, %sizes#0) "shaped" attrs {T = f32, Tshape = i32} : (tensor<*xf32>, tensor<*xi32>) -> tensor<*xf32>
  %list:2 = graph.node "Unheard"(%x#0) "list" : (tensor<*xf32>) -> tensor<!graph.variant>
  %stacked:2 = graph.node "TensorListStack"(%list#0, %shape#0) "stacked" attrs {element_dtype = f32, num_elements = -1 : i64} : (tensor<!graph.variant>, tensor<*xi32>) -> tensor<*xf32>
}

//--- hints.mlir
// A hint fills in what nothing implies, and what follows from it is inferred; one that
// contradicts the graph goes, be it what a node computes, what one branch gives, or the
// size that an input leaves to the user.
// CHECK-LABEL: graph.graph
// CHECK: "filled" attrs {_output_shapes = {{.*}} -> tensor<2x3xf32>
// CHECK: "behind" attrs {T = f32} {{.*}} -> tensor<2x3xf32>
// CHECK: "wrong" attrs {T = f32} {{.*}} -> tensor<?x8xf32>
// CHECK: "merge" attrs {N = 2 : i64, T = f32} {{.*}} -> (tensor<?x8xf32>, tensor<i32>)
// CHECK: "open" attrs {_output_shapes = {{.*}} -> tensor<?x8xf32>
// CHECK: "if" attrs {else_branch = {{.*}}, then_branch = {{.*}}} : {{.*}} -> tensor<?xf32>
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32, shape = #graph.shape<[?, 8]>} : () -> tensor<*xf32>
  %u:2 = graph.node "Unheard"(%x#0) "filled" attrs {_output_shapes = #graph.list<shape : #graph.shape<[2, 3]>>} : (tensor<*xf32>) -> tensor<*xf32>
  %b:2 = graph.node "Relu"(%u#0) "behind" attrs {T = f32, _output_shapes = #graph.list<shape : #graph.shape<[7, 3]>>} : (tensor<*xf32>) -> tensor<*xf32>
  %w:2 = graph.node "Relu"(%x#0) "wrong" attrs {T = f32, _output_shapes = #graph.list<shape : #graph.shape<[2, 3]>>} : (tensor<*xf32>) -> tensor<*xf32>
  %p:2 = graph.node "Placeholder"() "p" attrs {dtype = i1, shape = #graph.shape<[]>} : () -> tensor<*xi1>
  %y:2 = graph.node "Placeholder"() "y" attrs {dtype = f32, shape = #graph.shape<[3, 8]>} : () -> tensor<*xf32>
  %z:2 = graph.node "Placeholder"() "z" attrs {dtype = f32, shape = #graph.shape<[4, 8]>} : () -> tensor<*xf32>
  %m:3 = graph.node "Merge"(%y#0, %z#0) "merge" attrs {N = 2 : i64, T = f32, _output_shapes = #graph.list<shape : #graph.shape<[3, 8]>, #graph.shape<[]>>} : (tensor<*xf32>, tensor<*xf32>) -> (tensor<*xf32>, tensor<*xi32>)
  %o:2 = graph.node "Placeholder"() "open" attrs {_output_shapes = #graph.list<shape : #graph.shape<[5, 8]>>, dtype = f32, shape = #graph.shape<[?, 8]>} : () -> tensor<*xf32>
  %i:2 = graph.node "If"(%p#0) "if" attrs {then_branch = #graph.func<"a", {}>, else_branch = #graph.func<"b", {}>, output_shapes = #graph.list<shape : #graph.shape<[2]>>} : (tensor<*xi1>) -> tensor<*xf32>
}
graph.func @a attributes {arg_names = [], attrs = {}, result_names = ["y"]} {
  %c:2 = graph.node "StatefulPartitionedCall"() "c" attrs {f = #graph.func<"d", {}>, Tin = #graph.list<type>, Tout = #graph.list<type : f32>} : () -> tensor<*xf32>
  graph.return %c#0 : tensor<*xf32>
}
graph.func @b attributes {arg_names = [], attrs = {}, result_names = ["y"]} {
  %c:2 = graph.node "Const"() "c" attrs {dtype = f32, value = #graph.tensor<dense<0.0> : tensor<4xf32>, values, 1>} : () -> tensor<*xf32>
  graph.return %c#0 : tensor<*xf32>
}
graph.func @d attributes {arg_names = [], attrs = {}, result_names = ["y"]} {
  %c:2 = graph.node "Const"() "c" attrs {dtype = f32, value = #graph.tensor<dense<0.0> : tensor<2xf32>, values, 1>} : () -> tensor<*xf32>
  graph.return %c#0 : tensor<*xf32>
}

//--- values.mlir
// Shapes follow from values that are computed in floats and in matrices, and the values
// from shapes that were found just before: one round knows all.
// CHECK-LABEL: graph.graph
// CHECK: "padded" {{.*}} -> tensor<12x8xf32>
// CHECK: "again" {{.*}} -> tensor<17x8xf32>
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32, shape = #graph.shape<[10, 8]>} : () -> tensor<*xf32>
  %half:2 = graph.node "Const"() "half" attrs {dtype = f32, value = #graph.tensor<dense<0.29> : tensor<f32>, values, 1>} : () -> tensor<*xf32>
  %map:2 = graph.node "Const"() "map" attrs {dtype = i32, value = #graph.tensor<dense<[[0, 1], [0, 0]]> : tensor<2x2xi32>, values, 4>} : () -> tensor<*xi32>
  %zero:2 = graph.node "Const"() "zero" attrs {dtype = i32, value = #graph.tensor<dense<0> : tensor<i32>, values, 1>} : () -> tensor<*xi32>
  %s:2 = graph.node "Shape"(%x#0) "s" attrs {T = f32, out_type = i32} : (tensor<*xf32>) -> tensor<*xi32>
  %n:2 = graph.node "GatherV2"(%s#0, %zero#0, %zero#0) "n" attrs {Taxis = i32, Tindices = i32, Tparams = i32, batch_dims = 0 : i64} : (tensor<*xi32>, tensor<*xi32>, tensor<*xi32>) -> tensor<*xi32>
  %f:2 = graph.node "Cast"(%n#0) "f" attrs {SrcT = i32, DstT = f32, Truncate = false} : (tensor<*xi32>) -> tensor<*xf32>
  %m:2 = graph.node "Mul"(%f#0, %half#0) "m" attrs {T = f32} : (tensor<*xf32>, tensor<*xf32>) -> tensor<*xf32>
  %i:2 = graph.node "Cast"(%m#0) "i" attrs {SrcT = f32, DstT = i32, Truncate = false} : (tensor<*xf32>) -> tensor<*xi32>
  %p:2 = graph.node "Mul"(%map#0, %i#0) "p" attrs {T = i32} : (tensor<*xi32>, tensor<*xi32>) -> tensor<*xi32>
  %y:2 = graph.node "Pad"(%x#0, %p#0) "padded" attrs {T = f32, Tpaddings = i32} : (tensor<*xf32>, tensor<*xi32>) -> tensor<*xf32>
  %s2:2 = graph.node "Shape"(%y#0) "s2" attrs {T = f32, out_type = i32} : (tensor<*xf32>) -> tensor<*xi32>
  %n2:2 = graph.node "GatherV2"(%s2#0, %zero#0, %zero#0) "n2" attrs {Taxis = i32, Tindices = i32, Tparams = i32, batch_dims = 0 : i64} : (tensor<*xi32>, tensor<*xi32>, tensor<*xi32>) -> tensor<*xi32>
  %d:2 = graph.node "Sub"(%n2#0, %i#0) "d" attrs {T = i32} : (tensor<*xi32>, tensor<*xi32>) -> tensor<*xi32>
  %h:2 = graph.node "FloorDiv"(%d#0, %i#0) "h" attrs {T = i32} : (tensor<*xi32>, tensor<*xi32>) -> tensor<*xi32>
  %p2:2 = graph.node "Mul"(%map#0, %h#0) "p2" attrs {T = i32} : (tensor<*xi32>, tensor<*xi32>) -> tensor<*xi32>
  %z:2 = graph.node "Pad"(%y#0, %p2#0) "again" attrs {T = f32, Tpaddings = i32} : (tensor<*xf32>, tensor<*xi32>) -> tensor<*xf32>
}

//--- fed.mlir
// What the user feeds is no constant.
// CHECK-LABEL: graph.graph
// CHECK: "reshaped" {{.*}} -> tensor<?x?xf32>
graph.graph attributes {feeds = [#graph.port<"s", "given", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32, shape = #graph.shape<[4, 6]>} : () -> tensor<*xf32>
  %s:2 = graph.node "Const"() "given" attrs {dtype = i32, value = #graph.tensor<dense<[2, 12]> : tensor<2xi32>, values, 2>} : () -> tensor<*xi32>
  %r:2 = graph.node "Reshape"(%x#0, %s#0) "reshaped" attrs {T = f32, Tshape = i32} : (tensor<*xf32>, tensor<*xi32>) -> tensor<?x?xf32>
}

//--- loops.mlir
// A loop has what its inputs and its body's results share, without an iteration and
// after some.
// CHECK-LABEL: graph.graph
// CHECK: "while" {{.*}} -> (tensor<?x3xf32>, tensor<2xf32>)
graph.graph {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32, shape = #graph.shape<[1, 3]>} : () -> tensor<*xf32>
  %y:2 = graph.node "Placeholder"() "y" attrs {dtype = f32, shape = #graph.shape<[2]>} : () -> tensor<*xf32>
  %w:3 = graph.node "While"(%x#0, %y#0) "while" attrs {cond = #graph.func<"c", {}>, body = #graph.func<"b", {}>} : (tensor<*xf32>, tensor<*xf32>) -> (tensor<*xf32>, tensor<*xf32>)
}
graph.func @b attributes {arg_names = ["x", "y"], attrs = {}, result_names = ["u", "v"]} {
^bb0(%x: tensor<?x3xf32>, %y: tensor<2xf32>):
  %axis:2 = graph.node "Const"() "axis" attrs {dtype = i32, value = #graph.tensor<dense<0> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %u:2 = graph.node "ConcatV2"(%x, %x, %axis#0) "u" attrs {N = 2 : i64, T = f32, Tidx = i32} : (tensor<?x3xf32>, tensor<?x3xf32>, tensor<i32>) -> tensor<*xf32>
  graph.return %u#0, %y : tensor<*xf32>, tensor<2xf32>
}
graph.func @c attributes {arg_names = ["x", "y"], attrs = {}, result_names = ["p"]} {
^bb0(%x: tensor<?x3xf32>, %y: tensor<2xf32>):
  %p:2 = graph.node "Unheard"(%y) "p" : (tensor<2xf32>) -> tensor<i1>
  graph.return %p#0 : tensor<i1>
}
