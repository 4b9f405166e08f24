//===- SpecialValuesTest.cpp - infinities and NaN in every kernel ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A function returns the same for an infinity, a NaN and a number far from zero
// whether it is a launch of its own or an epilogue, whichever kernel runs it.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Isa.h"
#include "runtime/cpu/Providers.h"
#include "runtime/ops/Semantics.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace graft;
using namespace graft::runtime;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// As many as fill two vectors and a part.
const std::vector<float> &values() {
  static const std::vector<float> all = {
      kNaN,  kInf,  -kInf, 1e38f, -1e38f, 200.0f, -200.0f, 30.0f, -30.0f,
      0.0f,  -0.0f, 0.5f,  -0.5f, -kInf,  kNaN,   -90.0f,  -kInf, -104.5f,
      90.0f, kInf,  -1e5f, 1e5f,  -3.0f,  kNaN,   3.0f,    -kInf, 1.0f,
      -1.0f, -6.0f, 6.0f,  kInf,  kNaN,   -10.5f, -13.5f,  -87.5f};
  return all;
}

struct Function {
  const char *kind;
  double alpha = 0, beta = 0;
};
const Function functions[] = {{"abs"},        {"clip", -1.5, 2.5},
                              {"elu", 1},     {"gelu"},
                              {"gelu_tanh"},  {"hard_sigmoid", 0.2, 0.5},
                              {"hard_swish"}, {"leaky_relu", 0.2},
                              {"neg"},        {"relu"},
                              {"sigmoid"},    {"square"},
                              {"swish"},      {"tanh"},
                              {"exp"},        {"sqrt"}};

ops::TensorType f32(ops::Shape shape) {
  return {ops::DType::F32, std::move(shape)};
}

/// oneDNN computes these by maxima that prefer the other operand, as
/// TensorFlow's own fused ReLU does.
bool losesNaN(const Provider &provider, const ops::OpDesc &op) {
  if (provider.name() != "onednn" || op.epilogues.empty())
    return false;
  const std::string &kind = op.epilogues[0].kind;
  return kind == "relu" || kind == "clip" || kind == "hard_sigmoid" ||
         kind == "exp";
}

class SpecialValues : public testing::TestWithParam<cpu::Isa> {
protected:
  void SetUp() override { cpu::limitIsa(GetParam()); }
  void TearDown() override { cpu::limitIsa(cpu::Isa::Avx512); }

  struct Operand {
    ops::TensorType type;
    std::vector<float> numbers;
  };

  /// Runs `op` by each tactic of the provider and compares with the reference.
  /// Returns how many there are.
  int expectSame(const Provider &provider, const ops::OpDesc &op,
                 std::vector<Operand> operands, const ops::Shape &result) {
    LaunchDesc launch;
    launch.op = op;
    std::vector<ops::TensorView> views;
    for (size_t i = 0; i < operands.size(); ++i) {
      launch.inputs.emplace_back().type = operands[i].type;
      launch.inputs.back().constant = i == 1;
      views.push_back({operands[i].type, operands[i].numbers.data(), {}});
    }
    launch.outputs.emplace_back().type = f32(result);
    int64_t count = 0;
    EXPECT_TRUE(ops::countElements(result, count));
    std::vector<float> want(static_cast<size_t>(count));
    Status status = ops::evaluate(op, views, {{f32(result), want.data(), {}}});
    EXPECT_TRUE(status.ok()) << status.message();
    int ran = 0;
    for (const Tactic &tactic : provider.tactics(launch, 1)) {
      LaunchDesc chosen = launch;
      chosen.tactic = tactic.name;
      std::string who =
          std::string(provider.name()) + "/" + tactic.name + " " + op.kind;
      if (!op.epilogues.empty())
        who += " then " + op.epilogues[0].kind;
      std::vector<const void *> inputs;
      std::vector<PackedConstant> packed(operands.size());
      for (size_t i = 0; i < operands.size(); ++i) {
        inputs.push_back(operands[i].numbers.data());
        if (i != 1)
          continue;
        packed[i] = *provider.pack(chosen, 1, operands[i].numbers.data(), 1);
        if (packed[i].layout.empty())
          continue;
        chosen.inputs[i].layout = packed[i].layout;
        chosen.inputs[i].bytes = packed[i].bytes.size();
        inputs[i] = packed[i].bytes.data();
      }
      Expected<std::unique_ptr<Kernel>> kernel = provider.create(chosen, 1);
      EXPECT_TRUE(kernel.ok()) << who << ": " << kernel.status().message();
      if (!kernel)
        continue;
      std::vector<std::byte> scratch((*kernel)->scratchBytes() + 64);
      auto address = reinterpret_cast<uintptr_t>(scratch.data());
      std::vector<float> got(want.size());
      void *outputs[] = {got.data()};
      ExecutionContext context(scratch.data() + (64 - address % 64));
      EXPECT_TRUE((*kernel)->enqueue(inputs.data(), outputs, context));
      for (size_t i = 0; i < want.size(); ++i) {
        const std::vector<float> &given = operands[0].numbers;
        const float x = given[i * given.size() / want.size()];
        if (std::isnan(want[i]) && losesNaN(provider, op))
          continue;
        if (std::isfinite(want[i]))
          EXPECT_NEAR(got[i], want[i], 2e-6 * (1 + std::fabs(want[i])))
              << who << " of " << x;
        else
          EXPECT_TRUE(std::isnan(want[i]) ? std::isnan(got[i])
                                          : got[i] == want[i])
              << who << " of " << x << " is " << got[i] << ", want " << want[i];
      }
      ++ran;
    }
    return ran;
  }

  static const std::vector<const Provider *> &fast() {
    static const std::vector<const Provider *> both = {cpuProvider(),
                                                       oneDnnProvider()};
    return both;
  }
};

} // namespace

TEST_P(SpecialValues, FunctionsOfTheirOwn) {
  const auto count = static_cast<int64_t>(values().size());
  for (const Function &f : functions) {
    ops::OpDesc op;
    op.kind = f.kind;
    op.attributes.set("alpha", f.alpha);
    op.attributes.set("beta", f.beta);
    EXPECT_GT(expectSame(*cpuProvider(), op, {{f32({1, count}), values()}},
                         {1, count}),
              0)
        << f.kind;
  }
}

/// Each value alone in its row, so that it meets no other in a sum.
TEST_P(SpecialValues, Epilogues) {
  const auto count = static_cast<int64_t>(values().size());
  int ran = 0;
  for (int64_t channels : {16, 24})
    for (const Function &f : functions) {
      const std::vector<ops::Epilogue> epilogues = {
          {f.kind, -1, f.alpha, f.beta}};
      const std::vector<float> ones(static_cast<size_t>(channels), 1.0f);
      // What the reference and the message take for the value of an element.
      std::vector<float> spread;
      for (float value : values())
        spread.insert(spread.end(), static_cast<size_t>(channels), value);
      for (const Provider *provider : fast()) {
        ops::OpDesc op;
        op.kind = "matmul";
        op.epilogues = epilogues;
        ran += expectSame(
            *provider, op,
            {{f32({count, 1}), values()}, {f32({1, channels}), ones}},
            {count, channels});
        op.kind = "conv2d";
        ran += expectSame(*provider, op,
                          {{f32({1, 1, count, 1}), values()},
                           {f32({1, 1, 1, channels}), ones}},
                          {1, 1, count, channels});
        op.attributes.set("groups", channels);
        ran += expectSame(*provider, op,
                          {{f32({1, 1, count, channels}), spread},
                           {f32({1, 1, 1, channels}), ones}},
                          {1, 1, count, channels});
        op.attributes = ops::Attributes();
        op.attributes.set("window", std::vector<int64_t>{1, 1});
        op.kind = "avg_pool2d";
        ran +=
            expectSame(*provider, op, {{f32({1, 1, count, channels}), spread}},
                       {1, 1, count, channels});
      }
    }
  EXPECT_GT(ran, 100);
}

/// A NaN is no maximum of a window, and the least one is finite.
TEST_P(SpecialValues, Maxima) {
  for (int64_t channels : {1, 16, 21})
    for (const Provider *provider : fast()) {
      ops::OpDesc op;
      op.kind = "max_pool2d";
      op.attributes.set("window", std::vector<int64_t>{1, 3});
      op.attributes.set("pads", std::vector<int64_t>{0, 0, 1, 1});
      std::vector<float> spread;
      for (float value : {kNaN, -kInf, -2.0f, kNaN, kNaN, kNaN, kNaN, -kInf,
                          -kInf, -kInf, kInf, kNaN, -1.0f})
        spread.insert(spread.end(), static_cast<size_t>(channels), value);
      EXPECT_GT(expectSame(*provider, op, {{f32({1, 1, 13, channels}), spread}},
                           {1, 1, 13, channels}),
                0);
    }
}

INSTANTIATE_TEST_SUITE_P(Isas, SpecialValues,
                         testing::Values(cpu::Isa::Portable, cpu::Isa::Avx2,
                                         cpu::Isa::Avx512));
