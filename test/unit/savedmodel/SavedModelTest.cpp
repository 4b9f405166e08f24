//===- SavedModelTest.cpp - Tests of the SavedModel reader ----------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which graph, which signature, which value for which variable; and what a user
// reads when a directory is not what it should be.
//
//===----------------------------------------------------------------------===//

#include "formats/savedmodel/SavedModel.h"

#include "CheckpointWriter.h"
#include "SampleModels.h"
#include "proto/saved_model.pb.h"
#include "gtest/gtest.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <cstring>

using namespace graft;
using namespace graft::test;

namespace {

class SavedModelTest : public ::testing::Test {
protected:
  SavedModelTest() {
    std::filesystem::create_directories(model + "/variables");
    checkpoint.addFloats("first", {3}, {1, 2, 3});
    checkpoint.addFloats("second", {2}, {4, 5});
    checkpoint.addFloats("w", {2, 2}, {6, 7, 8, 9});
  }

  /// Writes the model and its checkpoint.
  void write(const std::string &text) {
    tensorflow::SavedModel proto;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &proto));
    writeBytes(model + "/saved_model.pb", proto.SerializeAsString());
    checkpoint.write(model + "/variables/variables");
  }

  std::string error() { return SavedModel::load(model).status().message(); }

  static std::string replaced(std::string text, const std::string &from,
                              const std::string &to) {
    size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  }

  static std::vector<float> floats(const Variable &variable) {
    std::vector<float> values(variable.value.bytes.size() / sizeof(float));
    std::memcpy(values.data(), variable.value.bytes.data(),
                variable.value.bytes.size());
    return values;
  }

  TemporaryDirectory dir;
  std::string model = dir / "model";
  CheckpointWriter checkpoint;
};

using Floats = std::vector<float>;

} // namespace

TEST_F(SavedModelTest, FollowsTheRestoreFunctions) {
  write(functionModel);
  Expected<SavedModel> loaded = SavedModel::load(model);
  ASSERT_TRUE(loaded) << loaded.status().message();
  const std::vector<Variable> &variables = loaded->variables();
  ASSERT_EQ(variables.size(), 2u);
  EXPECT_EQ(variables[0].node, "v0");
  EXPECT_EQ(variables[0].key, "second");
  EXPECT_EQ(floats(variables[0]), (Floats{4, 5}));
  EXPECT_EQ(variables[1].node, "v1");
  EXPECT_EQ(floats(variables[1]), (Floats{1, 2, 3}));
}

TEST_F(SavedModelTest, FollowsTheRestoreNodes) {
  write(sessionModel);
  Expected<SavedModel> loaded = SavedModel::load(model);
  ASSERT_TRUE(loaded) << loaded.status().message();
  ASSERT_EQ(loaded->variables().size(), 1u);
  EXPECT_EQ(loaded->variables()[0].node, "w/part_1");
  EXPECT_EQ(floats(loaded->variables()[0]), (Floats{8, 9}));
}

TEST_F(SavedModelTest, AsksTheObjectsWhereTheGraphDoesNotSay) {
  tensorflow::TrackableObjectGraph objects;
  auto *attribute = objects.add_nodes()->add_attributes();
  attribute->set_name("VARIABLE_VALUE");
  attribute->set_full_name("other");
  attribute->set_checkpoint_key("second");
  auto add = [&] {
    checkpoint.entries.erase("_CHECKPOINTABLE_OBJECT_GRAPH");
    checkpoint.addStrings("_CHECKPOINTABLE_OBJECT_GRAPH", {},
                          {objects.SerializeAsString()});
  };
  add();
  write(functionModel);
  Expected<SavedModel> loaded = SavedModel::load(model);
  ASSERT_TRUE(loaded) << loaded.status().message();
  ASSERT_EQ(loaded->variables().size(), 3u);
  EXPECT_EQ(loaded->variables()[2].node, "other");
  EXPECT_EQ(floats(loaded->variables()[2]), (Floats{4, 5}));
  // A name that two objects have says nothing.
  *objects.add_nodes() = objects.nodes(0);
  add();
  write(functionModel);
  EXPECT_EQ(SavedModel::load(model)->variables().size(), 2u);
}

TEST_F(SavedModelTest, ReadsSignatures) {
  write(functionModel);
  Expected<SavedModel> loaded = SavedModel::load(model + "/saved_model.pb");
  ASSERT_TRUE(loaded) << loaded.status().message();
  ASSERT_EQ(loaded->signatures().size(), 1u);
  Expected<const Signature *> chosen = loaded->signature();
  ASSERT_TRUE(chosen);
  const Signature &signature = **chosen;
  EXPECT_EQ(signature.name, "serving_default");
  ASSERT_EQ(signature.inputs.size(), 2u);
  EXPECT_EQ(signature.inputs[0].name, "a");
  EXPECT_FALSE(signature.inputs[0].hasRank);
  EXPECT_EQ(signature.inputs[1].tensor, "in:0");
  EXPECT_EQ(signature.inputs[1].shape, (std::vector<int64_t>{-1, 3}));
  EXPECT_EQ(signature.outputs[0].tensor, "out:0");
  Status none = loaded->signature("train").status();
  EXPECT_EQ(none.code(), StatusCode::Usage);
  EXPECT_EQ(none.message(), "'" + model +
                                "' has no signature 'train'; its "
                                "signatures: serving_default");
}

TEST_F(SavedModelTest, GivesTheBytesOfTheGraph) {
  auto parsed = [](const SavedModel &model) {
    tensorflow::GraphDef graph;
    EXPECT_TRUE(graph.ParseFromArray(model.graph().bytes.data(),
                                     model.graph().bytes.size()));
    return graph.DebugString(); // its maps are sorted
  };
  write(replaced(functionModel, "\"serve\"", "\"gpu\"") + sessionModel);
  std::string file = readBytes(model + "/saved_model.pb");
  for (const char *tag : {"gpu", "serve"}) {
    Expected<SavedModel> loaded = SavedModel::load(model, {tag});
    ASSERT_TRUE(loaded) << loaded.status().message();
    EXPECT_EQ(parsed(*loaded), loaded->metaGraph().graph_def().DebugString());
    // In the file, not in a copy of it.
    EXPECT_NE(loaded->graph().owner.use_count(), 0);
    EXPECT_NE(file.find(loaded->graph().bytes), std::string::npos);
  }
  // A graph in two pieces, which a parser merges.
  tensorflow::MetaGraphDef first, second;
  first.mutable_graph_def()->add_node()->set_name("one");
  second.mutable_graph_def()->add_node()->set_name("two");
  std::string merged = first.SerializeAsString() + second.SerializeAsString();
  std::string bytes = "\x12";
  putVarint(bytes, merged.size());
  writeBytes(model + "/saved_model.pb", bytes + merged);
  Expected<SavedModel> loaded = SavedModel::load(model);
  ASSERT_TRUE(loaded) << loaded.status().message();
  tensorflow::GraphDef both;
  EXPECT_TRUE(both.ParseFromArray(loaded->graph().bytes.data(),
                                  loaded->graph().bytes.size()));
  EXPECT_EQ(both.node_size(), 2);
}

TEST_F(SavedModelTest, LeavesLargeContentsInTheFile) {
  tensorflow::SavedModel saved;
  tensorflow::MetaGraphDef &meta = *saved.add_meta_graphs();
  tensorflow::GraphDef &graph = *meta.mutable_graph_def();
  auto add = [](auto &nodes, const std::string &name, char byte) {
    tensorflow::NodeDef &node = *nodes.Add();
    node.set_name(name);
    node.set_op("Const");
    tensorflow::TensorProto &value =
        *(*node.mutable_attr())["value"].mutable_tensor();
    value.set_dtype(tensorflow::DT_FLOAT);
    value.mutable_tensor_shape()->add_dim()->set_size(1024);
    value.set_tensor_content(std::string(4096, byte));
    (*node.mutable_attr())["plan"].set_s(std::string(2000, byte));
    (*node.mutable_attr())["label"].set_s(std::string(1024, byte));
    (*node.mutable_attr())["shared_name"].set_s(std::string(2000, byte));
  };
  for (const auto &[name, byte] :
       std::map<std::string, char>{{"a", 1}, {"b", 1}, {"c", 2}, {"fed", 3}})
    add(*graph.mutable_node(), name, byte);
  tensorflow::FunctionDef &function = *graph.mutable_library()->add_function();
  function.mutable_signature()->set_name("f");
  add(*function.mutable_node_def(), "inner", 1);
  for (const char *name : {"one", "two"})
    (*(*meta.mutable_signature_def())[name].mutable_inputs())["x"].set_name(
        "fed:0");
  const std::string bytes = saved.SerializeAsString();
  writeBytes(model + "/saved_model.pb", bytes);
  Expected<SavedModel> loaded = SavedModel::load(model);
  ASSERT_TRUE(loaded) << loaded.status().message();
  EXPECT_NE(bytes.find(loaded->graph().bytes), std::string::npos);

  const tensorflow::GraphDef &lean = loaded->metaGraph().graph_def();
  auto content = [](const tensorflow::NodeDef &node) {
    return node.attr().at("value").tensor().tensor_content();
  };
  ASSERT_EQ(lean.node_size(), 4);
  EXPECT_EQ(content(lean.node(0)).size(), 1025u);
  EXPECT_EQ(content(lean.node(0)), content(lean.node(1)));
  EXPECT_NE(content(lean.node(0)), content(lean.node(2)));
  EXPECT_EQ(content(lean.library().function(0).node_def(0)),
            content(lean.node(0)));
  EXPECT_EQ(lean.node(0).attr().at("plan").s().size(), 1025u);
  // What is small, names a resource, or is exported as it is, is whole.
  EXPECT_EQ(lean.node(0).attr().at("label").s().size(), 1024u);
  EXPECT_EQ(lean.node(0).attr().at("shared_name").s(), std::string(2000, 1));
  EXPECT_EQ(lean.node(0).attr().at("value").tensor().tensor_shape().dim_size(),
            1);
  EXPECT_EQ(content(lean.node(3)), std::string(4096, 3));
  // A length that leaves its message.
  for (size_t cut : {bytes.size() - 1, bytes.size() / 2, size_t(3)}) {
    writeBytes(model + "/saved_model.pb", bytes.substr(0, cut));
    EXPECT_FALSE(SavedModel::load(model)) << cut;
  }
}

TEST_F(SavedModelTest, ReadsTextToo) {
  checkpoint.write(model + "/variables/variables");
  writeBytes(model + "/saved_model.pbtxt", functionModel);
  Expected<SavedModel> loaded = SavedModel::load(model);
  ASSERT_TRUE(loaded) << loaded.status().message();
  EXPECT_EQ(loaded->variables().size(), 2u);
  writeBytes(model + "/saved_model.pbtxt", "meta_graphs {\n  colour: 3\n}");
  EXPECT_EQ(error(), model + "/saved_model.pbtxt:2:9: Message type "
                             "\"tensorflow.MetaGraphDef\" has no field named "
                             "\"colour\"; the text must be a SavedModel");
}

/// Any message that holds itself: protobuf's parser recurses.
TEST_F(SavedModelTest, TextNestsAHundredLevels) {
  auto nested = [&](const std::string &around, const std::string &opening,
                    int depth) {
    std::string text = around;
    for (int i = 0; i < depth; ++i)
      text += opening;
    text.append(depth * std::count(opening.begin(), opening.end(), '{'), '}');
    text.append(std::count(around.begin(), around.end(), '{') -
                    std::count(around.begin(), around.end(), '}'),
                '}');
    writeBytes(model + "/saved_model.pbtxt", text);
    return SavedModel::load(model).status();
  };
  const std::string functions =
      "meta_graphs { meta_info_def { tags: \"serve\" } graph_def { node { ";
  const std::string function = "attr { key: \"f\" value { func { ";
  const std::string types = "meta_graphs { object_graph_def { nodes { "
                            "function { function_spec { fullargspec { ";
  const std::string type = "list_value { values { ";
  for (int depth : {8000, 200000}) {
    for (const auto &[around, opening] :
         {std::pair(functions, function), std::pair(types, type)}) {
      Status status = nested(around, opening, depth);
      EXPECT_EQ(status.code(), StatusCode::BadInput) << opening << depth;
      EXPECT_NE(status.message().find("deep"), std::string::npos)
          << status.message();
      EXPECT_LT(status.message().size(), 600u);
    }
  }
  Status shallow = nested(functions, function, 20);
  EXPECT_TRUE(shallow) << shallow.message();
}

TEST_F(SavedModelTest, ChoosesByTags) {
  write(replaced(functionModel, "tags: \"serve\"",
                 "tags: \"serve\" tags: \"gpu\"") +
        sessionModel);
  EXPECT_EQ(SavedModel::load(model)->variables().size(), 1u);
  EXPECT_EQ(SavedModel::load(model, {"gpu", "serve"})->variables().size(), 2u);
  Status status = SavedModel::load(model, {"train"}).status();
  EXPECT_EQ(status.code(), StatusCode::Usage);
  EXPECT_EQ(status.message(),
            "'" + model +
                "/saved_model.pb' has no graph "
                "tagged train; its graphs are tagged gpu,serve | "
                "serve");
  // The only graph needs no tag.
  write(replaced(sessionModel, "tags: \"serve\"", "tags: \"train\""));
  EXPECT_TRUE(SavedModel::load(model));
}

TEST_F(SavedModelTest, DirectoriesThatAreNone) {
  EXPECT_EQ(SavedModel::load(dir / "none").status().message(),
            "there is no '" + (dir / "none") +
                "'; name the directory of a SavedModel");
  EXPECT_EQ(error(), "'" + model +
                         "' has no saved_model.pb in it; name the "
                         "directory of a SavedModel");
  writeBytes(model + "/saved_model.cpb", "x");
  EXPECT_NE(error().find("stored in chunks"), std::string::npos);
  writeBytes(model + "/saved_model.pb", "no protobuf");
  EXPECT_EQ(error(), "'" + model +
                         "/saved_model.pb' is damaged or no "
                         "SavedModel; restore the file");
  writeBytes(model + "/saved_model.pb", "");
  EXPECT_EQ(error(), "'" + model +
                         "/saved_model.pb' must hold a graph, got "
                         "none; save the model again");
  EXPECT_EQ(SavedModel::load(model).status().code(), StatusCode::BadInput);
}

TEST_F(SavedModelTest, CheckpointsOfAnotherModel) {
  std::string file = "'" + model + "/saved_model.pb': ";
  std::string index = model + "/variables/variables.index'";
  write(replaced(functionModel, "DT_FLOAT", "DT_INT32"));
  EXPECT_EQ(error(), file +
                         "variable 'v0' has DataType 3, its value 'second' "
                         "in '" +
                         index +
                         " has 1; the two belong to different "
                         "models");
  write(replaced(functionModel, "dim { size: 2 }", "dim { size: 5 }"));
  EXPECT_EQ(error(), file +
                         "variable 'v0' does not have the shape of its "
                         "value 'second' in '" +
                         index +
                         ", which is 2; the two "
                         "belong to different models");
  write(replaced(functionModel, "string_val: \"second\"",
                 "string_val: \"third\""));
  EXPECT_EQ(error(), "'" + index +
                         ": tensor 'third' is not there; the "
                         "checkpoint belongs to another graph");
  write(functionModel);
  std::filesystem::remove_all(model + "/variables");
  EXPECT_EQ(error(), "cannot open '" + index + ": No such file or directory");
}

TEST_F(SavedModelTest, ObjectGraphsWithoutTheirNodes) {
  auto writeObjects = [&](const std::string &fields,
                          const std::string &functions = "") {
    write(replaced(functionModel, "saver_def",
                   "object_graph_def { nodes { " + fields + " } nodes {} " +
                       functions + " } saver_def"));
  };
  writeObjects("children { node_id: 1 local_name: 'c' }");
  EXPECT_EQ(error(), "");
  for (const char *id : {"2", "-1"}) {
    writeObjects("children { node_id: " + std::string(id) +
                 " local_name: 'c' }");
    EXPECT_EQ(error(), "'" + model +
                           "/saved_model.pb': node 0 of the object graph: "
                           "child 'c' must be one of the 2 nodes, got node " +
                           id + "; restore the file");
  }
  writeObjects("slot_variables { original_variable_node_id: 1 "
               "slot_variable_node_id: 9 slot_name: 'm' }");
  EXPECT_NE(error().find("slot 'm' must be one of the 2 nodes, got node 9"),
            std::string::npos)
      << error();
  writeObjects("dependencies { node_id: 1 local_name: 'd' }");
  EXPECT_EQ(error(), "");
  writeObjects("dependencies { node_id: 2 local_name: 'd' }");
  EXPECT_NE(
      error().find("dependency 'd' must be one of the 2 nodes, got node 2"),
      std::string::npos)
      << error();
  auto bound = [](const char *id) {
    return std::string("concrete_functions { key: 'f' value { bound_inputs: 0 "
                       "bound_inputs: ") +
           id + " } }";
  };
  writeObjects("", bound("1"));
  EXPECT_EQ(error(), "");
  writeObjects("", bound("-1"));
  EXPECT_NE(error().find("function 'f' of the object graph: a bound input must "
                         "be one of the 2 nodes, got node -1"),
            std::string::npos)
      << error();
}

TEST_F(SavedModelTest, GraphsThatCannotBeRestored) {
  std::string file = "'" + model + "/saved_model.pb': ";
  write(replaced(functionModel, "restore_op_name: \"restore\"",
                 "restore_op_name: \"gone\""));
  EXPECT_EQ(error(), file + "the saver's restore operation 'gone' is not in "
                            "the graph; save the model again");
  // Functions that call each other in a circle.
  write(replaced(functionModel, "op: \"inner\"", "op: \"outer\""));
  EXPECT_NE(error().find("call each other more than"), std::string::npos);
  for (const char *slice : {"2 2 1,1", "2 2 x,1:-", "2 2 1,1:-:-", "2 2 1:-"}) {
    write(replaced(sessionModel, "2 2 1,1:-", slice));
    EXPECT_NE(error().find("does not parse"), std::string::npos) << slice;
  }
}

TEST_F(SavedModelTest, AssetsStayInTheirFolder) {
  std::string asset = "meta_info_def { tags: \"serve\" } asset_file_def { "
                      "tensor_info { name: \"f:0\" } filename: \"NAME\" }";
  std::string text =
      replaced(sessionModel, "meta_info_def { tags: \"serve\" }", asset);
  write(replaced(text, "NAME", "words.txt"));
  Expected<SavedModel> loaded = SavedModel::load(model);
  ASSERT_TRUE(loaded) << loaded.status().message();
  EXPECT_EQ(loaded->assets()[0].tensor, "f:0");
  EXPECT_EQ(loaded->assets()[0].path, model + "/assets/words.txt");
  for (const char *name : {"/etc/passwd", "../x", "a/../../x", ""}) {
    write(replaced(text, "NAME", name));
    EXPECT_NE(error().find("must be a file in the assets folder"),
              std::string::npos)
        << name;
  }
}
