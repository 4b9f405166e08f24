//===- ConvertTest.cpp - the C++ interface --------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// With a GraphDef of the program's own. It stands in protobuf's list of
// messages under TensorFlow's name, which libgraft.so must leave alone.
//===----------------------------------------------------------------------===//
#include "graft/convert.h"
#include "graph.pb.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using tensorflow::GraphDef;
using testing::HasSubstr;

static GraphDef readModel() {
  graft_model model = {GRAFT_TEST_MODEL, nullptr, 0};
  graft::Bytes bytes;
  EXPECT_EQ(graft_freeze(&model, nullptr, nullptr, bytes.get()), GRAFT_OK);
  GraphDef graph;
  EXPECT_TRUE(graph.ParseFromArray(bytes.data(), bytes.size()));
  return graph;
}

static int count(const GraphDef &graph, const std::string &op) {
  int found = 0;
  for (const tensorflow::NodeDef &node : graph.node())
    found += node.op() == op;
  return found;
}

TEST(Convert, GivesTheProgramsOwnMessage) {
  GraphDef graph = readModel();
  std::string report;
  int steps = 0;
  graft::ConversionParams params;
  params.minimum_segment_size = 1;
  params.report = &report;
  params.progress = [&](int, int, std::string_view) { return ++steps > 0; };
  auto converted = graft::ConvertAndBuild(graph, {}, {}, params);
  ASSERT_TRUE(converted.ok()) << converted.status();
  EXPECT_EQ(count(graph, "TRTEngineOp"), 0);
  EXPECT_EQ(count(*converted, "TRTEngineOp"), 1);
  EXPECT_THAT(report, HasSubstr("\"engines\""));
  EXPECT_GT(steps, 3);

  // What the program's message does not know must not be lost on the way.
  auto bytes =
      graft::ConvertAndBuildBytes(graph.SerializeAsString(), {}, {}, params);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_TRUE(converted->SerializeAsString() == bytes->view());
}

TEST(Convert, ParametersCount) {
  GraphDef graph = readModel();
  graft::ConversionParams params;
  params.minimum_segment_size = 1000;
  auto converted = graft::ConvertAndBuild(graph, {}, {}, params);
  ASSERT_TRUE(converted.ok()) << converted.status();
  EXPECT_EQ(count(*converted, "TRTEngineOp"), 0);
  params.options["minimum_segment_size"] = "1";
  converted = graft::ConvertAndBuild(graph, {}, {}, params);
  ASSERT_TRUE(converted.ok()) << converted.status();
  EXPECT_EQ(count(*converted, "TRTEngineOp"), 1);
}

TEST(Convert, ErrorsAreStatus) {
  GraphDef graph = readModel();
  graft::ConversionParams params;
  params.precision_mode = "fp7";
  auto converted = graft::ConvertAndBuild(graph, {}, {}, params);
  EXPECT_EQ(converted.status().code(), absl::StatusCode::kInvalidArgument);
  converted = graft::ConvertAndBuild(graph, {"no_such_node"}, {});
  EXPECT_EQ(converted.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(converted.status().message()),
              HasSubstr("no_such_node"));
  converted = graft::ConvertAndBuild<GraphDef>("/no/such/directory");
  EXPECT_EQ(converted.status().code(), absl::StatusCode::kDataLoss);
  params = {};
  params.progress = [](int, int, std::string_view) { return false; };
  converted = graft::ConvertAndBuild(graph, {}, {}, params);
  EXPECT_EQ(converted.status().code(), absl::StatusCode::kCancelled);
}

TEST(Convert, BuildsAPlan) {
  auto plan = graft::BuildPlan(readModel());
  ASSERT_TRUE(plan.ok()) << plan.status();
  graft_engine *engine = nullptr;
  ASSERT_EQ(graft_engine_load_memory(plan->data(), plan->size(), &engine),
            GRAFT_OK);
  graft_engine_destroy(engine);
  EXPECT_FALSE(graft::BuildPlan(readModel(), {{"shapes", "z=1"}}).ok());
}
