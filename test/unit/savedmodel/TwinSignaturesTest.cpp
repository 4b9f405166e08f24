//===- TwinSignaturesTest.cpp - Tests of signatures that compute the same -===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One model with two signatures, and what may be changed in one of them.
//===----------------------------------------------------------------------===//
#include "formats/savedmodel/TwinSignatures.h"

#include "proto/saved_model.pb.h"
#include "gtest/gtest.h"

#include <google/protobuf/text_format.h>

using namespace graft;
using tensorflow::FunctionDef;
using tensorflow::MetaGraphDef;
using tensorflow::NodeDef;

using Twins = std::map<std::string, std::string>;

/// As Keras 3 writes it: each signature has a placeholder, a call and a wrapper
/// of its own; both read one variable, and call one function in the end.
static constexpr const char *sample = R"pb(
graph_def {
  node { name: "a_x" op: "Placeholder"
         attr { key: "dtype" value { type: DT_FLOAT } } }
  node { name: "b_x" op: "Placeholder"
         attr { key: "dtype" value { type: DT_FLOAT } } }
  node { name: "v" op: "VarHandleOp" }
  node { name: "v2" op: "VarHandleOp" }
  node { name: "call_a" op: "StatefulPartitionedCall" input: "a_x" input: "v"
         attr { key: "f" value { func { name: "wrapper_a" } } }
         attr { key: "_output_shapes" value { list { shape {} } } } }
  node { name: "call_b" op: "StatefulPartitionedCall" input: "b_x" input: "v"
         attr { key: "f" value { func { name: "wrapper_b" } } } }
  library {
    function { signature { name: "model" } }
    function { signature { name: "other_model" }
      node_def { name: "n" op: "NoOp" } }
    function {
      signature { name: "wrapper_a"
        input_arg { name: "x" type: DT_FLOAT }
        output_arg { name: "y" type: DT_FLOAT } }
      node_def { name: "c" op: "Const"
        attr { key: "value" value { tensor { float_val: 1 } } } }
      node_def { name: "m" op: "PartitionedCall" input: "x"
                 attr { key: "f" value { func { name: "model" } } } }
      ret { key: "y" value: "m:output:0" }
    }
    function {
      signature { name: "wrapper_b"
        input_arg { name: "x" type: DT_FLOAT }
        output_arg { name: "y" type: DT_FLOAT } }
      node_def { name: "c" op: "Const"
        attr { key: "value" value { tensor { float_val: 1 } } } }
      node_def { name: "m" op: "PartitionedCall" input: "x"
                 attr { key: "f" value { func { name: "model" } } } }
      ret { key: "y" value: "m:output:0" }
    }
  }
}
signature_def { key: "a" value {
  inputs { key: "x" value { name: "a_x:0" dtype: DT_FLOAT } }
  outputs { key: "y" value { name: "call_a:0" dtype: DT_FLOAT } } } }
signature_def { key: "b" value {
  inputs { key: "x" value { name: "b_x:0" dtype: DT_FLOAT } }
  outputs { key: "y" value { name: "call_b:0" dtype: DT_FLOAT } } } }
)pb";

namespace {

class TwinSignaturesTest : public ::testing::Test {
protected:
  TwinSignaturesTest() {
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(sample, &meta));
  }

  bool areTwins() {
    Twins twins = findTwinSignatures(meta, {"a", "b"});
    EXPECT_TRUE(twins.empty() || twins == Twins({{"b", "a"}}));
    return !twins.empty();
  }
  NodeDef &node(const std::string &name) {
    for (NodeDef &node : *meta.mutable_graph_def()->mutable_node())
      if (node.name() == name)
        return node;
    ADD_FAILURE() << name;
    return *meta.mutable_graph_def()->add_node();
  }
  FunctionDef &wrapper() {
    return *meta.mutable_graph_def()->mutable_library()->mutable_function(3);
  }

  MetaGraphDef meta;
};

} // namespace

TEST_F(TwinSignaturesTest, FunctionsMayHaveOtherNames) {
  EXPECT_TRUE(areTwins());
  // A third one is a twin of the first, too.
  (*meta.mutable_signature_def())["c"] = meta.signature_def().at("b");
  EXPECT_EQ(findTwinSignatures(meta, {"c", "a", "b"}),
            Twins({{"a", "c"}, {"b", "c"}}));
}

TEST_F(TwinSignaturesTest, AnotherConstantInAFunction) {
  (*wrapper().mutable_node_def(0)->mutable_attr())["value"]
      .mutable_tensor()
      ->set_float_val(0, 2);
  EXPECT_FALSE(areTwins());
}

TEST_F(TwinSignaturesTest, AnotherFunctionInAFunction) {
  (*wrapper().mutable_node_def(1)->mutable_attr())["f"]
      .mutable_func()
      ->set_name("other_model");
  EXPECT_FALSE(areTwins());
}

TEST_F(TwinSignaturesTest, AnotherResultOfAFunction) {
  (*wrapper().mutable_ret())["y"] = "c:output:0";
  EXPECT_FALSE(areTwins());
}

TEST_F(TwinSignaturesTest, AnotherVariable) {
  node("call_b").set_input(1, "v2");
  EXPECT_FALSE(areTwins());
  // Two nodes of one shared name are one variable.
  for (const char *name : {"v", "v2"})
    (*node(name).mutable_attr())["shared_name"].set_s("kernel");
  EXPECT_TRUE(areTwins());
  (*node("v2").mutable_attr())["shared_name"].set_s("bias");
  EXPECT_FALSE(areTwins());
}

TEST_F(TwinSignaturesTest, AnotherInput) {
  (*node("b_x").mutable_attr())["dtype"].set_type(tensorflow::DT_HALF);
  EXPECT_FALSE(areTwins());
}

TEST_F(TwinSignaturesTest, AnInputOfAnotherName) {
  auto &inputs = *(*meta.mutable_signature_def())["b"].mutable_inputs();
  inputs["z"] = inputs["x"];
  inputs.erase("x");
  EXPECT_FALSE(areTwins());
}

TEST_F(TwinSignaturesTest, AnotherOperatorAttributePortOrEdge) {
  NodeDef before = node("call_b");
  node("call_b").set_op("PartitionedCall");
  EXPECT_FALSE(areTwins());
  node("call_b") = before;
  (*node("call_b").mutable_attr())["executor_type"].set_s("x");
  EXPECT_FALSE(areTwins());
  node("call_b") = before;
  node("call_b").set_input(0, "b_x:1");
  EXPECT_FALSE(areTwins());
  node("call_b") = before;
  node("call_b").add_input("^v2");
  EXPECT_FALSE(areTwins());
  node("call_b") = before;
  (*(*meta.mutable_signature_def())["b"].mutable_outputs())["y"].set_name(
      "call_b:1");
  EXPECT_FALSE(areTwins());
}

TEST_F(TwinSignaturesTest, OneInputInTwoPlaces) {
  // "a" computes x + z, "b" x + x.
  auto addInput = [&](const char *signature, const char *name) {
    node("call_" + std::string(signature)).add_input(name);
    auto &info =
        (*(*meta.mutable_signature_def())[signature].mutable_inputs())["z"];
    info.set_name(std::string(name) + ":0");
    info.set_dtype(tensorflow::DT_FLOAT);
  };
  for (const char *name : {"a_z", "b_z"}) {
    NodeDef &added = *meta.mutable_graph_def()->add_node();
    added = node("a_x");
    added.set_name(name);
  }
  addInput("a", "a_z");
  addInput("b", "b_z");
  EXPECT_TRUE(areTwins());
  node("call_b").set_input(2, "b_x");
  EXPECT_FALSE(areTwins());
}

TEST_F(TwinSignaturesTest, NodesThatAreNotThere) {
  node("call_b").set_input(1, "nowhere");
  EXPECT_FALSE(areTwins());
  node("call_a").set_input(1, "nothing");
  EXPECT_FALSE(areTwins());
  (*(*meta.mutable_signature_def())["b"].mutable_inputs())["x"].set_name("");
  EXPECT_FALSE(areTwins());
}

TEST_F(TwinSignaturesTest, FunctionsThatCallThemselvesEnd) {
  for (int i : {2, 3}) {
    FunctionDef &function =
        *meta.mutable_graph_def()->mutable_library()->mutable_function(i);
    (*function.mutable_node_def(1)->mutable_attr())["f"]
        .mutable_func()
        ->set_name(function.signature().name());
  }
  EXPECT_TRUE(areTwins());
}
