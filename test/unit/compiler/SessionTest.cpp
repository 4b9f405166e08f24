//===- SessionTest.cpp - one fused model, many engines --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/precision/Calibrate.h"
#include "exporters/plan/PlanExporter.h"

#include <fstream>
#include <gtest/gtest.h>

using namespace graft;

/// x [2, 4] -> matmul with a constant -> relu, named y.
static const char kModel[] = R"(
node { name: "x" op: "Placeholder"
  attr { key: "dtype" value { type: DT_FLOAT } }
  attr { key: "shape" value { shape { dim { size: 2 } dim { size: 4 } } } } }
node { name: "w" op: "Const"
  attr { key: "dtype" value { type: DT_FLOAT } }
  attr { key: "value" value { tensor { dtype: DT_FLOAT
    tensor_shape { dim { size: 4 } dim { size: 4 } } float_val: 0.5 } } } }
node { name: "product" op: "MatMul" input: "x" input: "w"
  attr { key: "T" value { type: DT_FLOAT } } }
node { name: "y" op: "Relu" input: "product"
  attr { key: "T" value { type: DT_FLOAT } } }
)";

namespace {
class SessionTest : public testing::Test {
protected:
  SessionTest() {
    model.path = testing::TempDir() + "session-test.pbtxt";
    std::ofstream(model.path) << kModel;
    options.engine.precision = Precision::Int8;
    options.engine.threads = 1;
  }

  Session makeSession() {
    return Session(model, /*progress=*/{}, options, SessionGoal::Plan,
                   /*steps=*/5);
  }

  /// As `graft calibrate` writes it.
  const std::string table =
      R"({"schema_version": 1, "algorithm": "minmax",
          "data": {"hash": "0000000000000000", "samples": 1},
          "tensors": {"x": {"min": 0, "max": 1, "observed": [0, 1]},
                      "y": {"min": 0, "max": 2, "observed": [0, 2]}}})";
  ModelSource model;
  ConvertOptions options;
};
} // namespace

/// What is written of a prepared session.
static std::string planOf(Session &session) {
  Status status = provideRanges(session);
  EXPECT_TRUE(status) << status.message();
  status = session.compile();
  EXPECT_TRUE(status) << status.message();
  Expected<plan::EngineOp> engine =
      plan::findEngine(session.getWork().getModule());
  EXPECT_TRUE(engine);
  Expected<std::string> bytes =
      engine ? plan::exportPlanBytes(*engine) : engine.status();
  EXPECT_TRUE(bytes);
  return bytes ? *bytes : std::string();
}

TEST_F(SessionTest, TrialsLeaveThePlanAlone) {
  options.engine.calibration = table;
  Session untouched = makeSession();
  ASSERT_TRUE(untouched.load(ShapeMap()));
  ASSERT_TRUE(untouched.prepare());
  const std::string want = planOf(untouched);

  Session session = makeSession();
  ASSERT_TRUE(session.load(ShapeMap()));
  ASSERT_TRUE(session.prepare());
  ASSERT_TRUE(session.fuse());
  ASSERT_TRUE(session.fuse());
  Expected<std::vector<Session::Layer>> layers = session.listLayers();
  ASSERT_TRUE(layers);
  ASSERT_EQ(layers->size(), 1u);
  EXPECT_EQ(layers->front().kind, "matmul");
  Expected<RangeTable> ranges = RangeTable::parse(table);
  ASSERT_TRUE(ranges);
  ranges->speed.emplace();
  for (int trial = 0; trial < 2; ++trial) {
    Expected<TrialEngine> narrow = session.build(*ranges);
    ASSERT_TRUE(narrow) << narrow.status().message();
    EXPECT_EQ(narrow->nodes.size(),
              graft_engine_num_launches(narrow->engine.get()));
    Expected<TrialEngine> observed = session.buildInstrumented(/*last=*/false);
    ASSERT_TRUE(observed) << observed.status().message();
    EXPECT_GT(graft_engine_num_outputs(observed->engine.get()), 1u);
  }
  EXPECT_TRUE(planOf(session) == want);
}

TEST_F(SessionTest, GoesOnBehindAFailedCalibration) {
  options.engine.calibration = table;
  Session untouched = makeSession();
  ASSERT_TRUE(untouched.load(ShapeMap()));
  ASSERT_TRUE(untouched.prepare());
  const std::string want = planOf(untouched);

  options.engine.calibration.clear();
  options.engine.calibrationData = model.path + ".no-such.npz";
  Session session = makeSession();
  ASSERT_TRUE(session.load(ShapeMap()));
  ASSERT_TRUE(session.prepare());
  Status failed = provideRanges(session);
  EXPECT_EQ(failed.code(), StatusCode::BadInput) << failed.message();
  options.engine.calibrationData = {};
  options.engine.calibration = table;
  EXPECT_TRUE(planOf(session) == want);
}
