//===- PlanReportTest.cpp - the report on a plan --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/graft/PlanReport.h"

#include "dialects/plan/Plan.h"
#include "exporters/plan/PlanExporter.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace mlir;
using namespace graft;
using nlohmann::json;

namespace {

/// A finished engine: nodes fused into one launch, a repeated name, a constant.
constexpr StringLiteral kEngine = R"mlir(
plan.engine @main target "cpu" precision "f32" arena 64 {
  %x = plan.input "image" : !plan.buffer<2x4xf32, row_major>
  %y = plan.output "scores" : !plan.buffer<2x4xf32, row_major>
  %c = plan.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32> -> !plan.buffer<4xf32, row_major>
  %t = plan.alloc at 0 : !plan.buffer<2x4xf32, row_major>
  plan.launch "add" by "reference" tactic "reference" precision "f32" ins(%x, %c) outs(%t)
    epilogues [#plan.epilogue<relu>]
    : (!plan.buffer<2x4xf32, row_major>, !plan.buffer<4xf32, row_major>) -> !plan.buffer<2x4xf32, row_major>
    loc(fused["block/add", "block/relu"])
  plan.launch "softmax" by "reference" tactic "reference" precision "f32" ins(%t) outs(%y)
    attributes {axis = 1 : i64}
    : (!plan.buffer<2x4xf32, row_major>) -> !plan.buffer<2x4xf32, row_major>
    loc("block/relu")
}
)mlir";

TEST(Inspect, Report) {
  DialectRegistry registry;
  registry.insert<plan::PlanDialect>();
  MLIRContext context(registry);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(kEngine, &context);
  ASSERT_TRUE(module);
  Expected<plan::EngineOp> engine = plan::findEngine(*module);
  ASSERT_TRUE(engine.ok());
  Expected<std::string> bytes = plan::exportPlanBytes(*engine);
  ASSERT_TRUE(bytes.ok()) << bytes.status().message();
  auto file = runtime::PlanFile::fromMemory(*bytes);
  ASSERT_TRUE(file.ok()) << file.status().message();

  json report = json::parse(describePlanAsJson(*file));
  EXPECT_EQ(report["schema_version"], 1);
  EXPECT_EQ(report["arena_bytes"], 64);
  EXPECT_EQ(report["weight_bytes"], 16);
  EXPECT_EQ(report["dynamic"], false);
  EXPECT_EQ(report["inputs"],
            json::parse(R"([{"name":"image","dtype":"f32","shape":[2,4]}])"));
  ASSERT_EQ(report["layers"].size(), 2u);
  json first = report["layers"][0];
  EXPECT_EQ(first["name"], "block/relu");
  EXPECT_EQ(first["kind"], "add");
  EXPECT_EQ(first["provider"], "reference");
  EXPECT_EQ(first["tactic"], "reference");
  EXPECT_EQ(first["precision"], "fp32");
  EXPECT_EQ(first["epilogues"], json::parse(R"(["relu"])"));
  EXPECT_EQ(first["nodes"], json::parse(R"(["block/add","block/relu"])"));
  // Launches have names of their own even where their nodes do not.
  EXPECT_EQ(report["layers"][1]["name"], "block/relu#2");

  std::string text = describePlanAsText(*file);
  EXPECT_NE(text.find("input    image  2x4xf32\n"), std::string::npos) << text;
  EXPECT_NE(text.find("block/relu    add      reference/reference  fp32       "
                      "2x4xf32  relu\n"),
            std::string::npos)
      << text;
}

} // namespace
