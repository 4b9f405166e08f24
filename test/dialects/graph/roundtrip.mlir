// RUN: graft-opt %s | graft-opt | FileCheck %s
// RUN: graft-opt %s -emit-bytecode | graft-opt | FileCheck %s
// Every operation, type and attribute of the dialect is printed as it was read, also
// after a trip through bytecode.

// CHECK-LABEL: graph.graph attributes
// CHECK-SAME: feeds = [#graph.port<"x", "in", 0>]
// CHECK-SAME: residue = #graph.raw<"\FF">
// CHECK-SAME: versions = {bad_consumers = array<i32: 7>, producer = 24 : i32}
graph.graph attributes {
    feeds = [#graph.port<"x", "in", 0>], fetches = [#graph.port<"y", "out", 1>],
    residue = #graph.raw<"\FF">,
    versions = {bad_consumers = array<i32: 7>, producer = 24 : i32}} {
  // A node may read one that comes later.
  // CHECK: graph.node "Relu"(%[[LATE:.*]]#1) [%{{.*}}] "early" device "/cpu:0" attrs {T = f32} {input_spelling = ["out:1", "^in"]}
  %early:2 = graph.node "Relu"(%out#1) [%in#1] "early" device "/cpu:0" attrs {T = f32} {input_spelling = ["out:1", "^in"]} : (tensor<*xf32>) -> tensor<*xf32>
  %in:2 = graph.node "Placeholder"() "in" attrs {dtype = f32, shape = #graph.shape<[?, 2]>} : () -> tensor<?x2xf32>
  // CHECK: graph.node "Custom"({{.*}}) "out" attrs
  // CHECK-SAME: "a b" = true, b = #graph.bytes<dense_resource<head> : tensor<2xi8>, dense_resource<tail> : tensor<1xi8>>, empty, f = 0x7FC00000 : f32, func = #graph.func<"g", {T = i32}>, i = -1 : i64
  // CHECK-SAME: list = #graph.list<type : f32, !graph.dtype<11>>, none = #graph.list<none>
  // CHECK-SAME: p = #graph.placeholder<"T">, rank = #graph.shape<*>, s = "\00\FF"
  // CHECK-SAME: t = #graph.tensor<dense<1.000000e+00> : tensor<2x3xf32>, values, 1>
  %out:3 = graph.node "Custom"(%in#0) "out" attrs {
      "a b" = true, b = #graph.bytes<dense_resource<head> : tensor<2xi8>, dense_resource<tail> : tensor<1xi8>>,
      empty, f = 0x7FC00000 : f32, func = #graph.func<"g", {T = i32}>, i = -1 : i64,
      list = #graph.list<type : f32, !graph.dtype<11>>, none = #graph.list<none>,
      p = #graph.placeholder<"T">, rank = #graph.shape<*>, s = "\00\FF",
      t = #graph.tensor<dense<1.0> : tensor<2x3xf32>, values, 1>
    } : (tensor<?x2xf32>) -> (tensor<2x!graph.string>, tensor<*xf32>)
}

// CHECK-LABEL: graph.func @f attributes
// CHECK-SAME: arg_names = ["a"]
// CHECK-SAME: control_result_names = ["c"]
graph.func @f attributes {arg_names = ["a"], attrs = {T = f32}, control_result_names = ["c"], gradient = "df", result_names = ["y"]} {
^bb0(%a: tensor<*x!graph.resource>):
  // CHECK: graph.node "Custom"(%{{.*}}) "n" {output_names = ["y:0"]} : (tensor<*x!graph.resource>) -> tensor<*x!graph.variant>
  %n:2 = graph.node "Custom"(%a) "n" {output_names = ["y:0"]} : (tensor<*x!graph.resource>) -> tensor<*x!graph.variant>
  // CHECK: graph.return %{{.*}} : tensor<*x!graph.variant> controls(%{{.*}}) {spelling = ["n:y"]}
  graph.return %n#0 : tensor<*x!graph.variant> controls(%n#1) {spelling = ["n:y"]}
}

// CHECK: head: "0x010000000102"
// CHECK: tail: "0x0100000003"
{-#
  dialect_resources: {
    builtin: {
      head: "0x010000000102",
      tail: "0x0100000003"
    }
  }
#-}
