//===- PlanContainerTest.cpp - files around plans -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is written is read back, and what is not what was written is refused.
//===----------------------------------------------------------------------===//
#include "TestPlans.h"
#include "runtime/core/Engine.h"

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::test;

static std::string write(const PlanWriter &writer) {
  std::string bytes;
  EXPECT_TRUE(writer
                  .write([&](std::string_view piece) {
                    bytes += piece;
                    return Status();
                  })
                  .ok());
  return bytes;
}

TEST(PlanContainer, ReadsWhatItWrote) {
  PlanWriter writer;
  std::string first(100, 'a');
  std::string second(64, 'b');
  EXPECT_EQ(writer.addWeight(first), 0u);
  EXPECT_EQ(writer.addWeight(""), 128u);
  EXPECT_EQ(writer.addWeight(second), 128u);
  writer.setMetadata("metadata");
  writer.setCode("code");
  PlanBytes bytes(write(writer));
  Expected<PlanSections> sections = readPlanContainer(bytes.view());
  ASSERT_TRUE(sections) << sections.status().message();
  EXPECT_EQ(sections->metadata, "metadata");
  EXPECT_EQ(sections->code, "code");
  EXPECT_EQ(sections->weights, first + std::string(28, '\0') + second);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(sections->weights.data()) % 64, 0u);
}

TEST(PlanContainer, WritesTheSameBytesTwice) {
  EXPECT_EQ(staticPlan().file(), staticPlan().file());
}

TEST(PlanContainer, PassesOnTheSinksFailure) {
  PlanWriter writer;
  writer.setMetadata("metadata");
  Status status = writer.write(
      [](std::string_view) { return Status::exhausted("the disk is full"); });
  EXPECT_EQ(status.code(), StatusCode::Exhausted);
}

TEST(PlanContainer, SaysWhatIsWrong) {
  auto message = [](std::string bytes) {
    PlanBytes held(bytes);
    Expected<PlanSections> sections = readPlanContainer(held.view());
    return sections ? std::string("accepted") : sections.status().message();
  };
  std::string good = staticPlan().file();
  EXPECT_EQ(message(good), "accepted");
  EXPECT_EQ(message(""), "a plan must have at least 64 bytes, got 0");
  EXPECT_NE(message(std::string(64, 'x')).find("must be an engine plan"),
            std::string::npos);
  EXPECT_NE(message(good.substr(0, good.size() - 1)).find("must be complete"),
            std::string::npos);
  EXPECT_NE(message(good + "x").find("must be complete"), std::string::npos);
  std::string newer = good;
  newer[10] = 1;
  EXPECT_NE(message(newer).find("format must be 1.0"), std::string::npos);
  std::string damaged = good;
  damaged.back() ^= 1;
  EXPECT_NE(message(damaged).find("section 2 does not match its hash"),
            std::string::npos);
}

TEST(PlanContainer, RefusesEveryFlippedByteAndEveryTruncation) {
  for (const std::string &good : {staticPlan().file(), dynamicPlan().file()}) {
    PlanBytes bytes(good);
    ASSERT_TRUE(PlanFile::fromMemory(bytes.view()));
    for (size_t i = 0; i < good.size(); ++i) {
      for (int mask : {0x01, 0x80, 0xff}) {
        bytes.data()[i] = static_cast<char>(good[i] ^ mask);
        EXPECT_FALSE(PlanFile::fromMemory(bytes.view()))
            << "byte " << i << " of " << good.size() << " with " << mask;
      }
      bytes.data()[i] = good[i];
      EXPECT_FALSE(PlanFile::fromMemory(bytes.view().substr(0, i)))
          << "the first " << i << " bytes";
    }
  }
}

TEST(PlanCodec, KeepsEveryField) {
  Plan plan = staticPlan().plan;
  plan.features = {"avx2", "fma"};
  PlanTensor packed = plan.tensors[2];
  packed.layout = "OIhw8i8o";
  plan.tensors.push_back(packed);
  ops::OpDesc &op = plan.launches[0].op;
  op.attributes.set("a", 1.5);
  op.attributes.set("b", std::string("text"));
  op.attributes.set("c", Ints{1, -2, 3});
  op.attributes.set("d", std::vector<double>{0.5, -0.25});
  op.epilogues = {{"clip", -1, 0.0, 6.0}, {"add", 3, 0.0, 0.0}};
  std::string bytes = encodePlan(plan);
  PlanBytes aligned(bytes);
  Expected<Plan> read = decodePlan(aligned.view());
  ASSERT_TRUE(read) << read.status().message();
  EXPECT_EQ(encodePlan(*read), bytes);
  EXPECT_EQ(read->features, plan.features);
  EXPECT_EQ(read->tensors.back().layout, "OIhw8i8o");
  EXPECT_TRUE(read->launches[0].op.attributes == op.attributes);
  EXPECT_TRUE(read->launches[0].op.epilogues == op.epilogues);
  EXPECT_EQ(read->launches[0].nodes, plan.launches[0].nodes);
}
