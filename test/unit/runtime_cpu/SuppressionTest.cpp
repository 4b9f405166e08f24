//===- SuppressionTest.cpp - boxes, on one thread and on several ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Providers.h"
#include "runtime/ops/Semantics.h"

#include <gtest/gtest.h>
#include <random>

using namespace graft;
using namespace graft::runtime;

namespace {

constexpr int64_t kBatch = 3, kBoxes = 700, kClasses = 7;

struct Detections {
  std::vector<float> boxes, scores, classes;
  std::vector<int32_t> counts = std::vector<int32_t>(kBatch);

  explicit Detections(int64_t size)
      : boxes(size_t(kBatch * size * 4)), scores(size_t(kBatch * size)),
        classes(scores.size()) {}
  std::vector<void *> pointers() {
    return {boxes.data(), scores.data(), classes.data(), counts.data()};
  }
  bool operator==(const Detections &other) const {
    return boxes == other.boxes && scores == other.scores &&
           classes == other.classes && counts == other.counts;
  }
};

class Suppression : public testing::TestWithParam<int64_t> {
protected:
  void SetUp() override {
    op.kind = "combined_non_max_suppression";
    op.attributes.set("size", kSize);
    op.attributes.set("size_per_class", int64_t(20));
    std::mt19937 random(5);
    std::uniform_real_distribution<float> uniform(0.0f, 1.0f);
    for (int64_t i = 0; i < kBatch * kBoxes * GetParam(); ++i) {
      float y = uniform(random), x = uniform(random);
      boxes.insert(boxes.end(), {y, x, y + 0.3f * uniform(random),
                                 x + 0.3f * uniform(random)});
    }
    // Of 50 values: many are equal.
    for (int64_t i = 0; i < kBatch * kBoxes * kClasses; ++i)
      scores.push_back(float(random() % 50) / 50.0f);
    types = {{ops::DType::F32, {kBatch, kBoxes, GetParam(), 4}},
             {ops::DType::F32, {kBatch, kBoxes, kClasses}},
             {ops::DType::F32, {}},
             {ops::DType::F32, {}}};
    results = {{ops::DType::F32, {kBatch, kSize, 4}},
               {ops::DType::F32, {kBatch, kSize}},
               {ops::DType::F32, {kBatch, kSize}},
               {ops::DType::I32, {kBatch}}};
  }

  std::vector<const void *> inputs() const {
    return {boxes.data(), scores.data(), &iou, &threshold};
  }
  std::unique_ptr<Kernel> makeKernel(int threads) const {
    LaunchDesc launch;
    launch.op = op;
    launch.inputs.resize(types.size());
    launch.outputs.resize(results.size());
    for (size_t i = 0; i < types.size(); ++i) {
      launch.inputs[i].type = types[i];
      launch.outputs[i].type = results[i];
    }
    std::vector<Tactic> tactics = cpuProvider()->tactics(launch, threads);
    EXPECT_EQ(tactics.size(), 1u);
    launch.tactic = tactics.at(0).name;
    Expected<std::unique_ptr<Kernel>> kernel =
        cpuProvider()->create(launch, threads);
    EXPECT_TRUE(kernel) << kernel.status().message();
    return *std::move(kernel);
  }
  Status run(Kernel &kernel, Detections &found) const {
    std::vector<int64_t> scratch(kernel.scratchBytes() / 8 + 1);
    ExecutionContext context(scratch.data());
    return kernel.enqueue(inputs().data(), found.pointers().data(), context);
  }

  static constexpr int64_t kSize = 100;
  ops::OpDesc op;
  std::vector<float> boxes, scores;
  float iou = 0.4f, threshold = 0.1f;
  std::vector<ops::TensorType> types, results;
};

TEST_P(Suppression, SelectsWhatTheReferenceSelects) {
  Detections want(kSize);
  std::vector<ops::TensorView> from, to;
  for (size_t i = 0; i < types.size(); ++i) {
    from.push_back({types[i], const_cast<void *>(inputs()[i]), {}});
    to.push_back({results[i], want.pointers()[i], {}});
  }
  Status status = ops::evaluate(op, from, to);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(want.counts, std::vector<int32_t>(kBatch, kSize));
  for (int threads : {1, 2, 3}) {
    Detections found(kSize);
    Status ran = run(*makeKernel(threads), found);
    ASSERT_TRUE(ran.ok()) << ran.message();
    EXPECT_TRUE(found == want) << threads << " threads";
  }
}

TEST_P(Suppression, RefusesWhatIsNoShare) {
  iou = 1.5f;
  Detections found(kSize);
  Status status = run(*makeKernel(2), found);
  EXPECT_EQ(status.code(), StatusCode::Failed);
  EXPECT_NE(status.message().find("iou_threshold must be in [0, 1], got 1.5"),
            std::string::npos)
      << status.message();
}

INSTANTIATE_TEST_SUITE_P(BoxSets, Suppression, testing::Values(1, kClasses),
                         [](const testing::TestParamInfo<int64_t> &info) {
                           return info.param == 1 ? "shared" : "each";
                         });

} // namespace
