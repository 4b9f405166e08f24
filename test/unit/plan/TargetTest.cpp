//===- TargetTest.cpp - plans for targets ---------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "EndToEnd.h"

#include "passes/plan/Target.h"
#include "runtime/cpu/CpuBackend.h"
#include "runtime/cpu/CpuFeatures.h"
#include "runtime/cpu/Isa.h"

#include <gmock/gmock.h>

using namespace mlir;
using namespace graft;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace cpu = graft::runtime::cpu;

namespace {

constexpr StringLiteral kNetwork = R"mlir(
func.func @network(%x: tensor<1x8x8x16xf32>) -> tensor<1x32xf32> {
  %v = nn.constant dense<0.0625> : tensor<3x3x16x16xf32>
  %w = nn.constant dense<0.03125> : tensor<16x32xf32>
  %0 = nn.conv2d %x, %v {pads = array<i64: 1, 1, 1, 1>, epilogues = [#nn.epilogue<"relu">]}
    : (tensor<1x8x8x16xf32>, tensor<3x3x16x16xf32>) -> tensor<1x8x8x16xf32>
  %1 = nn.reduce %0 {kind = "mean", axes = array<i64: 1, 2>} : (tensor<1x8x8x16xf32>) -> tensor<1x16xf32>
  %2 = nn.matmul %1, %w : (tensor<1x16xf32>, tensor<16x32xf32>) -> tensor<1x32xf32>
  %3 = nn.softmax %2 : (tensor<1x32xf32>) -> tensor<1x32xf32>
  return %3 : tensor<1x32xf32>
}
)mlir";

/// Products that only oneDNN has a fast kernel for, and a 16-bit layer.
constexpr StringLiteral kOthers = R"mlir(
func.func @others(%x: tensor<2x8x8x16xf32>, %a: tensor<2x8x16xf32>, %b: tensor<2x16x8xf32>) -> (tensor<2x16x16x8xf32>, tensor<2x8x8xf32>, tensor<2x8x8x8xbf16>) {
  %v = nn.constant dense<0.0625> : tensor<2x2x8x16xf32>
  %w = nn.constant dense<0.0625> : tensor<1x1x16x8xbf16>
  %0 = nn.conv2d_transpose %x, %v {strides = array<i64: 2, 2>}
    : (tensor<2x8x8x16xf32>, tensor<2x2x8x16xf32>) -> tensor<2x16x16x8xf32>
  %1 = nn.matmul %a, %b : (tensor<2x8x16xf32>, tensor<2x16x8xf32>) -> tensor<2x8x8xf32>
  %2 = nn.cast %x {to = "bf16"} : (tensor<2x8x8x16xf32>) -> tensor<2x8x8x16xbf16>
  %3 = nn.conv2d %2, %w : (tensor<2x8x8x16xbf16>, tensor<1x1x16x8xbf16>) -> tensor<2x8x8x8xbf16>
  return %0, %1, %3 : tensor<2x16x16x8xf32>, tensor<2x8x8xf32>, tensor<2x8x8x8xbf16>
}
)mlir";

constexpr const char *kArchitectures[] = {
    "cpu:x86-64-v3", "cpu:x86-64-v4", "cpu:x86-64-v4+avx512vnni+avx512bf16"};

class Targets : public EndToEnd {
protected:
  void TearDown() override { cpu::limitIsa(cpu::Isa::Avx512); }
};

TEST_F(Targets, AreFoundByName) {
  Expected<const plan::Target *> target = plan::findTarget("cpu:x86-64-v3");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ((*target)->getName(), "cpu:x86-64-v3");
  EXPECT_EQ((*target)->getArchitecture(), "x86-64-v3");
  EXPECT_THAT((*target)->getFeatures(),
              ElementsAre("sse4.2", "avx", "avx2", "fma"));
  EXPECT_EQ(*plan::findTarget("cpu:x86-64-v3"), *target);
  Expected<const plan::Target *> here =
      plan::findTarget(plan::getDefaultTarget());
  ASSERT_TRUE(here.ok());
  EXPECT_EQ((*here)->getFeatures(), ArrayRef(runtime::hostFeatures()));
  // Whatever the order in which they are named.
  target = plan::findTarget("cpu:x86-64-v4+avx512bf16+avx512vnni");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ((*target)->getName(), "cpu:x86-64-v4+avx512vnni+avx512bf16");
}

TEST_F(Targets, OthersAreRefused) {
  for (const char *name :
       {"", ":", "cpu:", "abacus", "cpu:x86-64-v5",
        "cpu:x86-64-v3:", "cpu:x86-64-v3+avx512vnni", "cpu:x86-64-v4+",
        "cpu:x86-64-v4+sse9", "cpu:x86-64-v4+avx512vnni+avx512vnni"})
    EXPECT_EQ(plan::findTarget(name).status().message(),
              "target must be one of cpu, cpu:x86-64-v3, "
              "cpu:x86-64-v4[+avx512vnni][+avx512bf16], got '" +
                  std::string(name) + "'");
}

/// A processor without a feature.
class AbacusBackend : public runtime::Backend {
public:
  std::string_view target() const override { return "abacus"; }
  std::string_view hardware() const override { return "an abacus"; }
  const std::vector<std::string> &features() const override {
    static const std::vector<std::string> none;
    return none;
  }
  const std::vector<const runtime::Provider *> &providers() const override {
    return runtime::cpuBackend().providers();
  }
};

const AbacusBackend abacus;

class Abacus : public plan::Target {
public:
  Abacus() : Target(makeInfo()) {}
  static plan::TargetInfo makeInfo() {
    plan::TargetInfo info;
    info.name = "abacus";
    info.features = {"beads"};
    info.backend = &abacus;
    return info;
  }
  StringRef chooseLayout(plan::BufferType) const override {
    return plan::BufferType::kRowMajor;
  }
  std::string describeMachine() const override { return "wood"; }
};

TEST_F(Targets, AreAdded) {
  runtime::registerBackend(abacus);
  plan::registerTarget(
      {"abacus", {}, [](StringRef) { return std::make_unique<Abacus>(); }});
  std::string bytes = build(kNetwork, /*tune=*/false, "abacus");
  auto engine = runtime::Engine::fromMemory(bytes);
  ASSERT_FALSE(engine.ok());
  EXPECT_THAT(engine.status().message(), HasSubstr("an abacus with beads"));
  plan::registerTarget(
      {"abacus", {}, [](StringRef) { return std::unique_ptr<Abacus>(); }});
}

TEST_F(Targets, ArchitecturesHideTheMachine) {
  for (const char *name : kArchitectures)
    for (StringRef text : {kNetwork, kOthers}) {
      std::string first = build(text, /*tune=*/false, name);
      ASSERT_FALSE(first.empty());
      for (cpu::Isa isa : {cpu::Isa::Portable, cpu::Isa::Avx2}) {
        cpu::limitIsa(isa);
        EXPECT_EQ(first, build(text, /*tune=*/false, name)) << name;
      }
      cpu::limitIsa(cpu::Isa::Avx512);
    }
}

TEST_F(Targets, ArchitecturesRunWhereTheirFeaturesAre) {
  if (cpu::machineIsa() == cpu::Isa::Portable)
    GTEST_SKIP() << "this machine has no AVX2";
  check(kNetwork, {{1, 8, 8, 16}}, /*tune=*/false, /*oracle=*/"",
        "cpu:x86-64-v3");
  // What is chosen for AVX2 runs with less, too.
  cpu::limitIsa(cpu::Isa::Portable);
  check(kNetwork, {{1, 8, 8, 16}}, /*tune=*/false, /*oracle=*/"",
        "cpu:x86-64-v3");
}

TEST_F(Targets, ArchitecturesAreTimedWhereTheirFeaturesAre) {
  std::string message;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    message = diagnostic.str();
    return success();
  });
  if (cpu::machineIsa() == cpu::Isa::Avx512) {
    EXPECT_FALSE(build(kNetwork, /*tune=*/true, "cpu:x86-64-v4").empty());
    return;
  }
  EXPECT_TRUE(build(kNetwork, /*tune=*/true, "cpu:x86-64-v4").empty());
  EXPECT_THAT(message, HasSubstr("kernels for target 'cpu:x86-64-v4' must be "
                                 "timed on a CPU with "));
  auto engine = runtime::Engine::fromMemory(
      build(kNetwork, /*tune=*/false, "cpu:x86-64-v4"));
  ASSERT_FALSE(engine.ok());
  EXPECT_THAT(engine.status().message(), HasSubstr("avx512f"));
}

} // namespace
