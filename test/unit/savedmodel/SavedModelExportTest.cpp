//===- SavedModelExportTest.cpp - Tests of the SavedModel exporter --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A model is imported, frozen and written again: every signature holds, what
// initialises it is kept, and what belongs to checkpoints is gone.
//===----------------------------------------------------------------------===//
#include "exporters/savedmodel/SavedModelExporter.h"
#include "importers/savedmodel/SavedModelImporter.h"

#include "CheckpointWriter.h"
#include "dialects/graph/Graph.h"
#include "passes/graph/Passes.h"
#include "proto/saved_model.pb.h"
#include "gtest/gtest.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"

#include <filesystem>
#include <fstream>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <set>

using namespace graft;
using namespace graft::graph;
using namespace graft::test;

/// Two signatures, one with an input that nothing reads, one with a sparse
/// input; a variable; and an initializer that reads an asset.
static constexpr const char *sample = R"pb(
saved_model_schema_version: 1
meta_graphs {
  meta_info_def { tags: "serve" tensorflow_version: "2.21.0"
    function_aliases { key: "f" value: "g" }
    stripped_op_list { op { name: "VarHandleOp" } op { name: "Mul"
      summary: "from the source" } } }
  graph_def {
    node { name: "in" op: "Placeholder"
           attr { key: "dtype" value { type: DT_FLOAT } } }
    node { name: "unused" op: "Placeholder"
           attr { key: "dtype" value { type: DT_INT64 } }
           attr { key: "shape" value { shape { dim { size: 7 } } } } }
    node { name: "indices" op: "Placeholder"
           attr { key: "dtype" value { type: DT_INT64 } } }
    node { name: "values" op: "Placeholder"
           attr { key: "dtype" value { type: DT_FLOAT } } }
    node { name: "dense_shape" op: "Placeholder"
           attr { key: "dtype" value { type: DT_INT64 } } }
    node { name: "v" op: "VarHandleOp"
           attr { key: "dtype" value { type: DT_FLOAT } }
           attr { key: "shape" value { shape { dim { size: 1000 } } } } }
    node { name: "read" op: "ReadVariableOp" input: "v"
           attr { key: "dtype" value { type: DT_FLOAT } } }
    node { name: "product" op: "Mul" input: "in" input: "read"
           attr { key: "T" value { type: DT_FLOAT } } }
    node { name: "negative" op: "Neg" input: "values"
           attr { key: "T" value { type: DT_FLOAT } } }
    node { name: "path" op: "Const"
      attr { key: "dtype" value { type: DT_STRING } }
      attr { key: "value" value { tensor { dtype: DT_STRING
        tensor_shape {} string_val: "/elsewhere/words.txt" } } } }
    node { name: "other_path" op: "Const"
      attr { key: "dtype" value { type: DT_STRING } }
      attr { key: "value" value { tensor { dtype: DT_STRING
        tensor_shape {} string_val: "/elsewhere/other.txt" } } } }
    node { name: "table" op: "HashTableV2"
      attr { key: "key_dtype" value { type: DT_STRING } }
      attr { key: "value_dtype" value { type: DT_INT64 } } }
    node { name: "fill" op: "InitializeTableFromTextFileV2"
      input: "table" input: "path"
      attr { key: "key_index" value { i: -2 } }
      attr { key: "value_index" value { i: -1 } } }
    node { name: "init" op: "NoOp" input: "^fill" }
    node { name: "prefix" op: "Placeholder"
           attr { key: "dtype" value { type: DT_STRING } } }
    node { name: "keys" op: "Const"
      attr { key: "dtype" value { type: DT_STRING } }
      attr { key: "value" value { tensor { dtype: DT_STRING
        tensor_shape { dim { size: 1 } } string_val: "w" } } } }
    node { name: "slices" op: "Const"
      attr { key: "dtype" value { type: DT_STRING } }
      attr { key: "value" value { tensor { dtype: DT_STRING
        tensor_shape { dim { size: 1 } } string_val: "" } } } }
    node { name: "R" op: "RestoreV2"
           input: "prefix" input: "keys" input: "slices"
           attr { key: "dtypes" value { list { type: DT_FLOAT } } } }
    node { name: "assign" op: "AssignVariableOp" input: "v" input: "R"
           attr { key: "dtype" value { type: DT_FLOAT } } }
    node { name: "restore" op: "NoOp" input: "^assign" }
    versions { producer: 1882 }
  }
  saver_def { restore_op_name: "restore" }
  collection_def { key: "trainable_variables" value {
    bytes_list { value: "v" } } }
  signature_def { key: "__saved_model_init_op" value {
    outputs { key: "__saved_model_init_op" value { name: "init" } } } }
  signature_def { key: "serving_default" value {
    inputs { key: "x" value { name: "in:0" dtype: DT_FLOAT
      tensor_shape { dim { size: -1 } } } }
    inputs { key: "n" value { name: "unused:0" dtype: DT_INT64
      tensor_shape { dim { size: 7 } } } }
    outputs { key: "y" value { name: "product:0" dtype: DT_FLOAT } }
    method_name: "tensorflow/serving/predict" } }
  signature_def { key: "sparse" value {
    inputs { key: "x" value { dtype: DT_FLOAT coo_sparse {
      values_tensor_name: "values:0" indices_tensor_name: "indices:0"
      dense_shape_tensor_name: "dense_shape:0" } } }
    outputs { key: "y" value { name: "negative:0" dtype: DT_FLOAT } } } }
  asset_file_def { tensor_info { name: "path:0" } filename: "words.txt" }
  asset_file_def { tensor_info { name: "other_path:0" } filename: "other.txt" }
}
)pb";

namespace {

class SavedModelExportTest : public ::testing::Test {
protected:
  SavedModelExportTest() {
    std::filesystem::create_directories(path + "/variables");
    std::filesystem::create_directories(path + "/assets");
    CheckpointWriter checkpoint;
    checkpoint.addFloats("w", {1000}, std::vector<float>(1000, 2.5f));
    checkpoint.write(path + "/variables/variables");
    writeBytes(path + "/assets/words.txt", "one\ntwo\n");
    writeBytes(path + "/assets/other.txt", "three\n");
    tensorflow::SavedModel proto;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(sample, &proto));
    writeBytes(path + "/saved_model.pb", proto.SerializeAsString());
    auto loaded = SavedModel::load(path);
    EXPECT_TRUE(loaded) << loaded.status().message();
    model.emplace(*std::move(loaded));
  }

  /// Imports and freezes.
  void prepare(const SavedModelImportOptions &options) {
    auto imported = importSavedModel(*model, options, &context);
    ASSERT_TRUE(imported) << imported.status().message();
    module = *std::move(imported);
    mlir::PassManager pm(&context);
    pm.addPass(createInlineCalls());
    pm.addPass(createEliminateDeadOutputs());
    pm.addPass(createFreezeVariables());
    pm.addPass(createEliminateDeadOutputs());
    ASSERT_TRUE(mlir::succeeded(pm.run(*module)));
  }

  tensorflow::MetaGraphDef exported() {
    Status status = exportSavedModel(*model, *module, out);
    EXPECT_TRUE(status) << status.message();
    std::ifstream file(out + "/saved_model.pb", std::ios::binary);
    tensorflow::SavedModel proto;
    EXPECT_TRUE(proto.ParseFromIstream(&file));
    EXPECT_EQ(proto.saved_model_schema_version(), 1);
    EXPECT_EQ(proto.meta_graphs_size(), 1);
    return proto.meta_graphs_size() ? proto.meta_graphs(0)
                                    : tensorflow::MetaGraphDef();
  }

  static std::set<std::string> nodesOf(const tensorflow::MetaGraphDef &meta) {
    std::set<std::string> names;
    for (const auto &node : meta.graph_def().node())
      EXPECT_TRUE(names.insert(node.name()).second) << node.name();
    return names;
  }

  TemporaryDirectory directory;
  std::string path = directory.path() + "/model";
  std::string out = directory.path() + "/out";
  std::optional<SavedModel> model;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace

TEST_F(SavedModelExportTest, FeedsAndFetchesAreThoseOfAllSignatures) {
  SavedModelImportOptions options;
  options.allSignatures = true;
  auto imported = importSavedModel(*model, options, &context);
  ASSERT_TRUE(imported) << imported.status().message();
  GraphOp graph = *(*imported)->getOps<GraphOp>().begin();
  auto names = [](mlir::ArrayAttr ports) {
    std::string text;
    for (PortAttr port : ports.getAsRange<PortAttr>())
      text += port.getName().str() + "=" + port.getNode().str() + ":" +
              std::to_string(port.getIndex()) + " ";
    return text;
  };
  // Names that a former signature has are qualified; assets come last.
  EXPECT_EQ(
      names(graph.getFeeds()),
      "n=unused:0 x=in:0 sparse/x=values:0 sparse/x/1=indices:0 "
      "sparse/x/2=dense_shape:0 path:0=path:0 other_path:0=other_path:0 ");
  EXPECT_EQ(names(graph.getFetches()),
            "y=product:0 sparse/y=negative:0 init=init:-1 ");
}

TEST_F(SavedModelExportTest, KeepsEverySignature) {
  SavedModelImportOptions options;
  options.allSignatures = true;
  prepare(options);
  tensorflow::MetaGraphDef meta = exported();
  const tensorflow::MetaGraphDef &from = model->metaGraph();
  ASSERT_EQ(meta.signature_def_size(), 2);
  for (const auto &[name, signature] : meta.signature_def())
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(
        from.signature_def().at(name), signature));
  // Inputs that nothing reads are there, too; what restores is not.
  std::set<std::string> nodes = nodesOf(meta);
  for (const char *name : {"in", "unused", "indices", "values", "dense_shape",
                           "product", "negative", "path", "fill", "init"})
    EXPECT_TRUE(nodes.count(name)) << name;
  for (const char *name : {"v", "restore", "R", "prefix", "other_path"})
    EXPECT_FALSE(nodes.count(name)) << name;
  for (const auto &node : meta.graph_def().node())
    if (node.name() == "unused")
      EXPECT_EQ(node.attr().at("shape").shape().dim(0).size(), 7);
  EXPECT_EQ(meta.graph_def().versions().producer(), 1882);
}

TEST_F(SavedModelExportTest, SaysWhatIsTrueOfTheNewGraph) {
  SavedModelImportOptions options;
  options.allSignatures = true;
  prepare(options);
  tensorflow::MetaGraphDef meta = exported();
  EXPECT_EQ(meta.meta_info_def().tags_size(), 1);
  EXPECT_EQ(meta.meta_info_def().tensorflow_version(), "2.21.0");
  EXPECT_TRUE(meta.meta_info_def().function_aliases().empty());
  ASSERT_EQ(meta.collection_def_size(), 1);
  EXPECT_EQ(
      meta.collection_def().at("saved_model_main_op").node_list().value(0),
      "init");
  EXPECT_FALSE(meta.has_saver_def());
  EXPECT_FALSE(meta.has_object_graph_def());
  std::map<std::string, std::string> ops;
  for (const auto &op : meta.meta_info_def().stripped_op_list().op())
    ops[op.name()] = op.summary();
  EXPECT_FALSE(ops.count("VarHandleOp"));
  EXPECT_EQ(ops["Mul"], "from the source");
  EXPECT_TRUE(ops.count("Const"));
}

TEST_F(SavedModelExportTest, CopiesTheAssetsThatAreRead) {
  SavedModelImportOptions options;
  options.allSignatures = true;
  prepare(options);
  tensorflow::MetaGraphDef meta = exported();
  ASSERT_EQ(meta.asset_file_def_size(), 1);
  EXPECT_EQ(meta.asset_file_def(0).filename(), "words.txt");
  std::ifstream file(out + "/assets/words.txt");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(text, "one\ntwo\n");
  EXPECT_FALSE(std::filesystem::exists(out + "/assets/other.txt"));
  EXPECT_FALSE(std::filesystem::exists(out + "/variables"));
}

TEST_F(SavedModelExportTest, ChosenTensorsBecomeTheDefaultSignature) {
  SavedModelImportOptions options;
  options.allSignatures = true;
  options.feeds = {"in"};
  options.fetches = {"read"};
  prepare(options);
  tensorflow::MetaGraphDef meta = exported();
  const auto &signature = meta.signature_def().at("serving_default");
  EXPECT_EQ(signature.outputs().at("read").name(), "read:0");
  EXPECT_EQ(signature.outputs().at("read").dtype(), tensorflow::DT_FLOAT);
  // Nothing reads it, and it may be fed all the same.
  ASSERT_EQ(signature.inputs_size(), 1);
  EXPECT_EQ(signature.inputs().at("in").name(), "in:0");
}

TEST_F(SavedModelExportTest, WritesVariablesThatStay) {
  SavedModelImportOptions options;
  options.allSignatures = true;
  auto imported = importSavedModel(*model, options, &context);
  ASSERT_TRUE(imported);
  module = *std::move(imported);
  tensorflow::MetaGraphDef meta = exported();
  const tensorflow::SaverDef &saver = meta.saver_def();
  EXPECT_EQ(saver.version(), tensorflow::SaverDef::V2);
  std::set<std::string> nodes = nodesOf(meta);
  for (std::string name : {saver.filename_tensor_name(),
                           saver.save_tensor_name(), saver.restore_op_name()})
    EXPECT_TRUE(nodes.count(name.substr(0, name.find(':')))) << name;
  // What was written is read again.
  Expected<SavedModel> again = SavedModel::load(out);
  ASSERT_TRUE(again) << again.status().message();
  ASSERT_EQ(again->variables().size(), 1u);
  const Variable &variable = again->variables().front();
  EXPECT_EQ(variable.node, "v");
  EXPECT_EQ(variable.value.shape, std::vector<int64_t>{1000});
  EXPECT_EQ(variable.value.bytes, model->variables().front().value.bytes);
}

TEST_F(SavedModelExportTest, ATwinHasTheTensorsOfTheOther) {
  tensorflow::SavedModel proto;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(sample, &proto));
  tensorflow::MetaGraphDef &graph = *proto.mutable_meta_graphs(0);
  for (int i : {0, 7}) {
    tensorflow::NodeDef node = graph.graph_def().node(i);
    node.set_name(node.name() + "_2");
    if (node.input_size() != 0)
      node.set_input(0, "in_2");
    *graph.mutable_graph_def()->add_node() = node;
  }
  auto &signatures = *graph.mutable_signature_def();
  auto &twin = signatures["serve"] = signatures["serving_default"];
  (*twin.mutable_inputs())["x"].set_name("in_2:0");
  (*twin.mutable_outputs())["y"].set_name("product_2:0");
  twin.set_method_name("other");
  writeBytes(path + "/saved_model.pb", proto.SerializeAsString());
  auto loaded = SavedModel::load(path);
  ASSERT_TRUE(loaded) << loaded.status().message();
  model.emplace(*std::move(loaded));

  SavedModelImportOptions options;
  options.allSignatures = true;
  prepare(options);
  tensorflow::MetaGraphDef meta = exported();
  const auto &written = meta.signature_def().at("serve");
  EXPECT_EQ(written.inputs().at("x").name(), "in:0");
  EXPECT_EQ(written.outputs().at("y").name(), "product:0");
  EXPECT_EQ(written.method_name(), "other");
  EXPECT_FALSE(nodesOf(meta).count("product_2"));

  // Who asks for it by name gets its own tensors.
  std::filesystem::remove_all(out);
  options.signature = "serve";
  prepare(options);
  meta = exported();
  EXPECT_EQ(meta.signature_def().at("serve").outputs().at("y").name(),
            "product_2:0");
  EXPECT_FALSE(meta.signature_def().count("serving_default"));
}

TEST_F(SavedModelExportTest, LeavesNothingWhenAnAssetIsMissing) {
  SavedModelImportOptions options;
  options.allSignatures = true;
  prepare(options);
  std::filesystem::remove(path + "/assets/words.txt");
  Status status = exportSavedModel(*model, *module, out);
  EXPECT_EQ(status.code(), StatusCode::BadInput);
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(SavedModelExportTest, SameModelSameBytes) {
  SavedModelImportOptions options;
  options.allSignatures = true;
  prepare(options);
  (void)exported();
  std::string first = readBytes(out + "/saved_model.pb");
  std::filesystem::remove_all(out);
  (void)exported();
  EXPECT_TRUE(readBytes(out + "/saved_model.pb") == first);
}
