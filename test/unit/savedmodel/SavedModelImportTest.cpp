//===- SavedModelImportTest.cpp - Tests of the SavedModel importer --------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a SavedModel says beyond its GraphDef arrives in the module.
//
//===----------------------------------------------------------------------===//

#include "dialects/graph/GraphAttributes.h"
#include "importers/savedmodel/SavedModelImporter.h"

#include "CheckpointWriter.h"
#include "dialects/graph/Graph.h"
#include "dialects/graph/TensorData.h"
#include "proto/saved_model.pb.h"
#include "gtest/gtest.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"

#include <google/protobuf/text_format.h>

using namespace graft;
using namespace graft::graph;
using namespace graft::test;

/// y = x * big + small, and a third variable that nothing restores.
static constexpr const char *sample = R"pb(
meta_graphs {
  meta_info_def { tags: "serve"
    stripped_op_list { op { name: "MyOp"
      input_arg { name: "x" type: DT_FLOAT }
      output_arg { name: "y" type: DT_FLOAT } } } }
  graph_def {
    node { name: "in" op: "Placeholder"
           attr { key: "dtype" value { type: DT_FLOAT } } }
    node { name: "unused" op: "Placeholder"
           attr { key: "dtype" value { type: DT_FLOAT } } }
    node { name: "big" op: "VarHandleOp"
           attr { key: "dtype" value { type: DT_FLOAT } }
           attr { key: "shape" value { shape { dim { size: 1000 } } } } }
    node { name: "small" op: "VariableV2"
           attr { key: "dtype" value { type: DT_FLOAT } }
           attr { key: "shape" value { shape { } } } }
    node { name: "lost" op: "VarHandleOp"
           attr { key: "dtype" value { type: DT_FLOAT } }
           attr { key: "shape" value { shape { } } } }
    node { name: "read" op: "ReadVariableOp" input: "big"
           attr { key: "dtype" value { type: DT_FLOAT } } }
    node { name: "product" op: "Mul" input: "in" input: "read"
           attr { key: "T" value { type: DT_FLOAT } } }
    node { name: "sum" op: "AddV2" input: "product" input: "small"
           attr { key: "T" value { type: DT_FLOAT } } }
    node { name: "mine" op: "MyOp" input: "sum" }
    node { name: "prefix" op: "Placeholder"
           attr { key: "dtype" value { type: DT_STRING } } }
    node { name: "keys" op: "Const"
      attr { key: "dtype" value { type: DT_STRING } }
      attr { key: "value" value { tensor { dtype: DT_STRING
        tensor_shape { dim { size: 2 } }
        string_val: "w" string_val: "b" } } } }
    node { name: "slices" op: "Const"
      attr { key: "dtype" value { type: DT_STRING } }
      attr { key: "value" value { tensor { dtype: DT_STRING
        tensor_shape { dim { size: 2 } }
        string_val: "" string_val: "" } } } }
    node { name: "R" op: "RestoreV2"
           input: "prefix" input: "keys" input: "slices"
           attr { key: "dtypes"
                  value { list { type: DT_FLOAT type: DT_FLOAT } } } }
    node { name: "assign" op: "AssignVariableOp" input: "big" input: "R"
           attr { key: "dtype" value { type: DT_FLOAT } } }
    node { name: "assign_1" op: "Assign" input: "small" input: "R:1"
           attr { key: "T" value { type: DT_FLOAT } } }
    node { name: "restore" op: "NoOp" input: "^assign" input: "^assign_1" }
  }
  saver_def { restore_op_name: "restore" }
  signature_def { key: "serving_default" value {
    inputs { key: "x" value { name: "in:0" dtype: DT_FLOAT } }
    outputs { key: "y" value { name: "mine:0" dtype: DT_FLOAT } }
    outputs { key: "p" value { name: "product:0" dtype: DT_FLOAT } } } }
  signature_def { key: "constant" value {
    outputs { key: "w" value { name: "read:0" dtype: DT_FLOAT } } } }
  signature_def { key: "sparse" value {
    inputs { key: "s" value { dtype: DT_FLOAT coo_sparse {} } }
    outputs { key: "y" value { name: "mine:0" dtype: DT_FLOAT } } } }
}
)pb";

namespace {

class SavedModelImportTest : public ::testing::Test {
protected:
  SavedModelImportTest() {
    std::filesystem::create_directories(path + "/variables");
    CheckpointWriter checkpoint;
    // A byte first, so that the floats are not aligned.
    checkpoint.add("a", tensorflow::DT_BOOL, {}, "\1");
    std::vector<float> values(1000);
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(i);
    checkpoint.addFloats("w", {1000}, values);
    checkpoint.addFloats("b", {}, {0.5f});
    checkpoint.write(path + "/variables/variables");
    tensorflow::SavedModel proto;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(sample, &proto));
    writeBytes(path + "/saved_model.pb", proto.SerializeAsString());
  }

  mlir::OwningOpRef<mlir::ModuleOp>
  import(const SavedModelImportOptions &options = {}) {
    auto module = importSavedModel(path, options, &context);
    EXPECT_TRUE(module) << module.status().message();
    if (!module)
      return {};
    EXPECT_TRUE(mlir::succeeded(mlir::verify(**module)));
    return *std::move(module);
  }

  static GraphOp graphOf(mlir::ModuleOp module) {
    return *module.getOps<GraphOp>().begin();
  }

  /// "name=node:index" of each port.
  static std::string ports(mlir::ArrayAttr attr) {
    std::string text;
    for (PortAttr port : attr.getAsRange<PortAttr>())
      text += (text.empty() ? "" : " ") + port.getName().str() + "=" +
              port.getNode().str() + ":" + std::to_string(port.getIndex());
    return text;
  }

  static mlir::ElementsAttr value(GraphOp graph, llvm::StringRef name) {
    for (NodeOp node : graph.getBlock()->getOps<NodeOp>())
      if (node.getName() == name)
        return node->getAttrOfType<mlir::ElementsAttr>(
            graph::kVariableValueAttr);
    return {};
  }

  TemporaryDirectory dir;
  std::string path = dir / "model";
  mlir::MLIRContext context;
};

} // namespace

TEST_F(SavedModelImportTest, PortsBearTheNamesOfTheSignature) {
  auto module = import();
  ASSERT_TRUE(module);
  GraphOp graph = graphOf(*module);
  EXPECT_EQ(ports(graph.getFeeds()), "x=in:0");
  EXPECT_EQ(ports(graph.getFetches()), "p=product:0 y=mine:0");
}

TEST_F(SavedModelImportTest, ASignatureWithoutInputsFeedsNothing) {
  SavedModelImportOptions options;
  options.signature = "constant";
  auto module = import(options);
  ASSERT_TRUE(module);
  EXPECT_EQ(ports(graphOf(*module).getFeeds()), "");
  EXPECT_EQ(ports(graphOf(*module).getFetches()), "w=read:0");
}

TEST_F(SavedModelImportTest, NamedTensorsTakeTheSignaturesPlace) {
  SavedModelImportOptions options;
  options.fetches = {"sum:0"};
  auto module = import(options);
  ASSERT_TRUE(module);
  EXPECT_EQ(ports(graphOf(*module).getFeeds()), "x=in:0");
  EXPECT_EQ(ports(graphOf(*module).getFetches()), "sum:0=sum:0");
}

TEST_F(SavedModelImportTest, VariablesBearTheirValues) {
  auto module = import();
  ASSERT_TRUE(module);
  GraphOp graph = graphOf(*module);
  mlir::ElementsAttr big = value(graph, "big");
  ASSERT_TRUE(big);
  EXPECT_TRUE(mlir::isa<mlir::DenseResourceElementsAttr>(big));
  EXPECT_EQ(big.getShapedType().getShape(), llvm::ArrayRef<int64_t>{1000});
  std::optional<TensorData> data = TensorData::get(big);
  ASSERT_TRUE(data);
  EXPECT_EQ(data->at<float>(999), 999.0f);
  mlir::ElementsAttr small = value(graph, "small");
  ASSERT_TRUE(small);
  EXPECT_EQ(TensorData::get(small)->at<float>(0), 0.5f);
  EXPECT_FALSE(value(graph, "lost"));
}

TEST_F(SavedModelImportTest, AnErrorIsOneLine) {
  auto message = [&](const SavedModelImportOptions &options) {
    auto module = importSavedModel(path, options, &context);
    EXPECT_FALSE(module);
    return module.status().message();
  };
  SavedModelImportOptions options;
  options.signature = "sparse";
  EXPECT_EQ(
      message(options),
      "'" + path +
          "/saved_model.pb': input 's' of signature 'sparse' "
          "must be one tensor, got a sparse or composite one; choose another "
          "signature or name tensors instead");
  options.signature = "none";
  EXPECT_EQ(message(options),
            "'" + path +
                "' has no signature 'none'; its "
                "signatures: constant,serving_default,sparse");
  options.signature = "";
  options.tags = {"gpu"};
  EXPECT_NE(message(options).find("has no graph tagged gpu"),
            std::string::npos);
}
