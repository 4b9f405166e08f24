//===- EmbedEnginesTest.cpp - Tests of the engine nodes -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What TensorFlow reads: the node with TF-TRT's attributes and types, the
// native function with TF-TRT's names. Each is looked at in the exported
// GraphDef.
//===----------------------------------------------------------------------===//
#include "tftrt/EmbedEngines.h"

#include "exporters/graphdef/GraphDefExporter.h"
#include "importers/graphdef/GraphDefImporter.h"
#include "gtest/gtest.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

using namespace graft;
using namespace graft::graph;

/// A segment of two inputs, one a scalar, that waits for a node; its name for
/// the function is taken.
static constexpr const char *converted = R"mlir(
graph.graph attributes {fetches = [#graph.port<"y", "out", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<?x4xf32>
  %s:2 = graph.node "Placeholder"() "s" attrs {dtype = f32} : () -> tensor<f32>
  %n = graph.node "NoOp"() "n" : () -> ()
  %e:3 = graph.segment "TRTEngineOp_000_000"(%x#0, %s#0) [%n] {
  ^bb0(%a: tensor<?x4xf32>, %b: tensor<f32>):
    %m:2 = graph.node "Mul"(%a, %b) "m" attrs {T = f32, _class = #graph.list<s : "loc:@x">} : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
    %t:3 = graph.node "TopKV2"(%m#0, %k#0) "t" attrs {T = f32} : (tensor<?x4xf32>, tensor<i32>) -> (tensor<*xf32>, tensor<?x2xi32>)
    %k:2 = graph.node "Const"() "k" attrs {dtype = i32, value = #graph.tensor<dense<2> : tensor<i32>, values, 1>} : () -> tensor<i32>
    graph.return %t#0, %t#1 : tensor<*xf32>, tensor<?x2xi32>
  } : (tensor<?x4xf32>, tensor<f32>) -> (tensor<*xf32>, tensor<?x2xi32>)
  %o:2 = graph.node "Identity"(%e#1) [%e#2] "out" attrs {T = i32} : (tensor<?x2xi32>) -> tensor<?x2xi32>
}
graph.func @TRTEngineOp_000_000_native_segment attributes {arg_names = [], attrs = {}, result_names = []} {
  graph.return
}
)mlir";

/// A segment that gives int64, which the operator cannot. The constant and the
/// fetched name are outside as well.
static constexpr const char *misfit = R"mlir(
graph.graph attributes {fetches = [#graph.port<"y", "y", 0>]} {
  %x:2 = graph.node "Placeholder"() "x" attrs {dtype = f32} : () -> tensor<4x4xf32>
  %n = graph.node "NoOp"() "n" : () -> ()
  %k:2 = graph.node "Const"() "k" attrs {dtype = i32, value = #graph.tensor<dense<1> : tensor<i32>, values, 1>} : () -> tensor<i32>
  %e:2 = graph.segment "TRTEngineOp_000_000"(%x#0) [%n] {
  ^bb0(%a: tensor<4x4xf32>):
    %c:2 = graph.node "Const"() "k" attrs {dtype = i32, value = #graph.tensor<dense<1> : tensor<i32>, values, 1>} : () -> tensor<i32>
    %r:2 = graph.node "Relu"(%a) "r" attrs {T = f32} : (tensor<4x4xf32>) -> tensor<4x4xf32>
    %i:2 = graph.node "ArgMax"(%r#0, %c#0) "y" attrs {T = f32, Tidx = i32, output_type = i64} : (tensor<4x4xf32>, tensor<i32>) -> tensor<4xi64>
    graph.return %i#0 : tensor<4xi64>
  } : (tensor<4x4xf32>) -> tensor<4xi64>
  %y:2 = graph.node "Identity"(%e#0) "y" attrs {T = i64} : (tensor<4xi64>) -> tensor<4xi64>
  %a = graph.node "NoOp"() [%e#1] "after" : () -> ()
}
)mlir";

namespace {

class EmbedEnginesTest : public ::testing::Test {
protected:
  EmbedEnginesTest() { context.loadDialect<GraphDialect>(); }

  tensorflow::GraphDef embed(const char *text, const std::string &plan,
                             Precision precision = Precision::FP32,
                             llvm::StringRef target = "") {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    tensorflow::GraphDef graph;
    if (module)
      dissolveMisfits(*module);
    EXPECT_TRUE(module &&
                mlir::succeeded(embedEngines(
                    *module, precision, target,
                    [&](SegmentOp) -> mlir::FailureOr<SharedPieces> {
                      // In two pieces: they must not be mixed up.
                      auto owner = std::make_shared<std::string>(plan);
                      mlir::ArrayRef bytes(owner->data(), owner->size());
                      size_t half = bytes.size() / 2;
                      return SharedPieces{
                          {bytes.take_front(half), bytes.drop_front(half)},
                          owner};
                    })));
    if (!module)
      return graph;
    EXPECT_TRUE(mlir::succeeded(mlir::verify(*module)));
    auto bytes = exportGraphDefToString(*module);
    EXPECT_TRUE(bytes) << bytes.status().message();
    EXPECT_TRUE(bytes && graph.ParseFromString(*bytes));
    return graph;
  }

  static tensorflow::NodeDef find(const tensorflow::GraphDef &graph,
                                  const std::string &name) {
    for (const auto &node : graph.node())
      if (node.name() == name)
        return node;
    ADD_FAILURE() << "no node " << name;
    return {};
  }

  static std::vector<std::string> inputs(const tensorflow::NodeDef &node) {
    return {node.input().begin(), node.input().end()};
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

using Names = std::vector<std::string>;

} // namespace

TEST_F(EmbedEnginesTest, WritesTheNodeAsTFTRTDoes) {
  tensorflow::GraphDef graph = embed(converted, "plan");
  tensorflow::NodeDef node = find(graph, "TRTEngineOp_000_000");
  EXPECT_EQ(node.op(), "TRTEngineOp");
  EXPECT_EQ(node.device(), "");
  EXPECT_EQ(inputs(node), (Names{"x", "s", "^n"}));
  EXPECT_EQ(inputs(find(graph, "out")),
            (Names{"TRTEngineOp_000_000:1", "^TRTEngineOp_000_000"}));
  const auto &attrs = node.attr();
  EXPECT_EQ(attrs.at("serialized_segment").s(), "plan");
  EXPECT_EQ(attrs.at("segment_func").func().name(),
            "TRTEngineOp_000_000_native_segment_1");
  EXPECT_EQ(attrs.at("InT").list().type_size(), 2);
  EXPECT_EQ(attrs.at("OutT").list().type(0), tensorflow::DT_FLOAT);
  EXPECT_EQ(attrs.at("OutT").list().type(1), tensorflow::DT_INT32);
  EXPECT_EQ(attrs.at("input_shapes").list().shape(0).dim(0).size(), -1);
  EXPECT_EQ(attrs.at("input_shapes").list().shape(0).dim(1).size(), 4);
  // A scalar has a rank, a tensor of unknown shape has none.
  EXPECT_EQ(attrs.at("input_shapes").list().shape(1).dim_size(), 0);
  EXPECT_FALSE(attrs.at("input_shapes").list().shape(1).unknown_rank());
  EXPECT_TRUE(attrs.at("output_shapes").list().shape(0).unknown_rank());
  EXPECT_TRUE(attrs.at("static_engine").b());
  EXPECT_EQ(attrs.at("calibration_data").s(), "");
  EXPECT_EQ(attrs.at("max_cached_engines_count").i(), 1);
  EXPECT_EQ(attrs.at("max_batch_size").i(), 1);
  EXPECT_EQ(attrs.at("workspace_size_bytes").i(), 1 << 30);
  EXPECT_EQ(attrs.at("precision_mode").s(), "FP32");
  EXPECT_FALSE(attrs.at("use_calibration").b());
  EXPECT_FALSE(attrs.at("use_explicit_precision").b());
  EXPECT_EQ(attrs.at("profile_strategy").s(), "Range");
  EXPECT_FALSE(attrs.at("_use_implicit_batch").b());
  EXPECT_TRUE(attrs.at("_allow_build_at_runtime").b());
  EXPECT_EQ(attrs.size(), 17u);
}

TEST_F(EmbedEnginesTest, KnowsOnlyTFTRTsPrecisions) {
  for (auto [precision, mode] : {std::pair(Precision::FP32, "FP32"),
                                 {Precision::BF16, "FP16"},
                                 {Precision::FP16, "FP16"},
                                 {Precision::Int8, "INT8"}})
    EXPECT_EQ(find(embed(converted, "", precision), "TRTEngineOp_000_000")
                  .attr()
                  .at("precision_mode")
                  .s(),
              mode);
}

TEST_F(EmbedEnginesTest, KeepsTheNativeSegmentAsAFunction) {
  tensorflow::GraphDef graph = embed(converted, "plan");
  ASSERT_EQ(graph.library().function_size(), 2);
  const tensorflow::FunctionDef &native = graph.library().function(1);
  EXPECT_EQ(native.signature().name(), "TRTEngineOp_000_000_native_segment_1");
  EXPECT_EQ(native.signature().input_arg(1).name(), "tensorrtinputph_1");
  EXPECT_EQ(native.signature().input_arg(1).type(), tensorflow::DT_FLOAT);
  EXPECT_EQ(native.signature().output_arg(1).name(), "tensorrtoutputph_1");
  EXPECT_EQ(native.signature().output_arg(1).type(), tensorflow::DT_INT32);
  EXPECT_EQ(native.ret().at("tensorrtoutputph_0"), "t:values:0");
  EXPECT_EQ(native.ret().at("tensorrtoutputph_1"), "t:indices:0");
  ASSERT_EQ(native.node_def_size(), 3);
  EXPECT_EQ(inputs(native.node_def(0)),
            (Names{"tensorrtinputph_0", "tensorrtinputph_1"}));
  // A node outside of the function cannot be near one inside.
  EXPECT_FALSE(native.node_def(0).attr().count("_class"));
}

TEST_F(EmbedEnginesTest, ALongPlanGoesThroughFileAndBackAsAResource) {
  std::string plan(100000, 'p');
  plan[5] = '\0';
  std::string bytes = embed(converted, plan).SerializeAsString();
  auto kept = std::make_shared<std::string>(bytes);
  auto again = importGraphDefBytes(*kept, kept, "model.pb", {}, &context);
  ASSERT_TRUE(again) << again.status().message();
  for (GraphOp graph : (*again)->getOps<GraphOp>())
    for (NodeOp node : graph.getBlock()->getOps<NodeOp>())
      if (node.is("TRTEngineOp")) {
        EXPECT_TRUE(node.getNodeAttr<BytesAttr>("serialized_segment"));
        EXPECT_EQ(node.getOutputs().size(), 2u);
      }
  auto out = exportGraphDefToString(**again);
  ASSERT_TRUE(out);
  tensorflow::GraphDef graph;
  ASSERT_TRUE(graph.ParseFromString(*out));
  EXPECT_EQ(
      find(graph, "TRTEngineOp_000_000").attr().at("serialized_segment").s(),
      plan);
}

TEST_F(EmbedEnginesTest, ASegmentOfOtherTypesReturnsToTheGraph) {
  tensorflow::GraphDef graph = embed(misfit, "plan");
  EXPECT_EQ(graph.library().function_size(), 0);
  // Names that are outside already get a number.
  EXPECT_EQ(inputs(find(graph, "r")), (Names{"x", "^n"}));
  EXPECT_EQ(inputs(find(graph, "k_1")), Names{}); // constants need not wait
  EXPECT_EQ(inputs(find(graph, "y_1")), (Names{"r", "k_1"}));
  EXPECT_EQ(inputs(find(graph, "y")), Names{"y_1"});
  EXPECT_EQ(inputs(find(graph, "after")), Names{"^y_1"});
  bool saysWhy = false;
  module->walk([&](NodeOp node) {
    if (auto native = node->getAttrOfType<NativeAttr>("graph.native"))
      saysWhy |= native.getReason().getValue().ends_with("got int64");
  });
  EXPECT_TRUE(saysWhy);
}
