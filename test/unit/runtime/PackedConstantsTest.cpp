//===- PackedConstantsTest.cpp - constants that claim to be packed --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whoever writes a plan says of a constant what layout and how many bytes it
// has. Every operation, operand, provider and tactic meets such claims; only
// the forms that the provider packs the constant in may pass, with their size.
//===----------------------------------------------------------------------===//
#include "TensorFlowCases.h"
#include "TestPlans.h"
#include "runtime/core/Backend.h"
#include "runtime/core/Context.h"
#include "runtime/ops/Observation.h"

#include <set>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::test;
using ops::DType;
using ops::TensorType;

namespace {

struct Launch {
  ops::OpDesc op;
  std::vector<TensorType> inputs;
  std::vector<TensorType> outputs;
};

Launch launch(
    const char *kind, std::vector<TensorType> inputs,
    std::vector<TensorType> outputs,
    std::vector<std::pair<const char *, ops::AttributeValue>> attributes = {},
    std::vector<ops::Epilogue> epilogues = {}) {
  Launch made{{}, std::move(inputs), std::move(outputs)};
  made.op.kind = kind;
  for (auto &[name, value] : attributes)
    made.op.attributes.set(name, value);
  made.op.epilogues = std::move(epilogues);
  return made;
}

/// Large enough for every form, and the kinds that TensorFlow has no cases of.
std::vector<Launch> extraLaunches() {
  const int64_t yes = 1;
  auto bf16 = [](ops::Shape shape) {
    return TensorType{DType::BF16, std::move(shape)};
  };
  auto f16 = [](ops::Shape shape) {
    return TensorType{DType::F16, std::move(shape)};
  };
  auto u8 = [](ops::Shape shape) {
    return TensorType{DType::U8, std::move(shape)};
  };
  auto i8 = [](ops::Shape shape) {
    return TensorType{DType::I8, std::move(shape)};
  };
  const Ints same = {1, 1, 1, 1};
  const ops::Shape image = {1, 14, 14, 32};
  std::vector<Launch> all;
  // An epilogue of each spread, so that every operand is there to lie about.
  for (auto type : {DType::F32, DType::BF16, DType::F16}) {
    auto of = [&](ops::Shape shape) { return TensorType{type, shape}; };
    for (int64_t groups : {1, 2, 32})
      all.push_back(launch(
          "conv2d",
          {of(image), of({3, 3, 32 / groups, 32}), f32({32}), of(image),
           f32({32})},
          {of(image)}, {{"pads", same}, {"groups", groups}, {"has_bias", yes}},
          {{"add", 3, 0, 0}, {"mul", 4, 0, 0}, {"relu", -1, 0, 0}}));
    for (int64_t transposed : {0, 1})
      all.push_back(launch(
          "matmul",
          {of({4, 64}),
           of(transposed ? ops::Shape{48, 64} : ops::Shape{64, 48}), f32({48}),
           of({4, 48})},
          {of({4, 48})}, {{"has_bias", yes}, {"transpose_b", transposed}},
          {{"add", 3, 0, 0}}));
    all.push_back(
        launch("matmul", {of({2, 5, 64}), of({2, 64, 48})}, {of({2, 5, 48})}));
    all.push_back(launch("conv2d_transpose",
                         {of({1, 5, 5, 16}), of({4, 4, 16, 16}), f32({16})},
                         {of({1, 10, 10, 16})},
                         {{"strides", Ints{2, 2}},
                          {"pads", same},
                          {"output_size", Ints{10, 10}},
                          {"has_bias", yes}}));
    all.push_back(launch("attention",
                         {of({1, 8, 2, 16}), of({1, 8, 2, 16}),
                          of({1, 8, 2, 16}), of({1, 1, 8, 8})},
                         {of({1, 8, 2, 16})}, {{"scale", 0.25}}));
    all.push_back(launch("add", {of(image), of({32})}, {of(image)}));
    all.push_back(launch("max_pool2d", {of(image)}, {of({1, 7, 7, 32})},
                         {{"window", Ints{2, 2}}, {"strides", Ints{2, 2}}}));
    all.push_back(launch("layer_norm", {of({4, 64}), of({64}), of({64})},
                         {of({4, 64})}, {{"axis", int64_t(1)}}));
    all.push_back(launch("softmax", {of({4, 64})}, {of({4, 64})},
                         {{"axis", int64_t(-1)}}));
  }
  for (const char *result : {"u8", "f32"}) {
    const bool isQuantized = result[0] == 'u';
    std::vector<ops::Epilogue> epilogues = {
        {"mul", 2, 0, 0}, {"add", 3, 0, 0}, {"add", 4, 0.1, 3}};
    if (isQuantized)
      epilogues.push_back({"quantize", -1, 0.1, 3});
    auto made = [&](ops::Shape shape) {
      return isQuantized ? u8(shape) : f32(shape);
    };
    for (int64_t groups : {1, 32})
      all.push_back(launch("conv2d",
                           {u8(image), i8({3, 3, 32 / groups, 32}), f32({32}),
                            f32({32}), u8(image)},
                           {made(image)},
                           {{"pads", same},
                            {"groups", groups},
                            {"zero_point", int64_t(3)},
                            {"to", std::string(result)}},
                           epilogues));
    all.push_back(launch(
        "matmul",
        {u8({4, 64}), i8({64, 48}), f32({48}), f32({48}), u8({4, 48})},
        {made({4, 48})},
        {{"zero_point", int64_t(3)}, {"to", std::string(result)}}, epilogues));
  }
  all.push_back(launch("avg_pool2d", {u8(image), f32({1})},
                       {f32({1, 7, 7, 32})},
                       {{"window", Ints{2, 2}},
                        {"strides", Ints{2, 2}},
                        {"zero_point", int64_t(3)},
                        {"to", std::string("f32")}},
                       {{"mul", 1, 0, 0}}));
  all.push_back(launch("quantize", {f32(image)}, {u8(image)},
                       {{"scale", ops::test::Floats{0.1}},
                        {"zero_point", Ints{3}},
                        {"to", std::string("u8")}}));
  all.push_back(launch("dequantize", {u8(image)}, {f32(image)},
                       {{"scale", ops::test::Floats{0.1}},
                        {"zero_point", Ints{3}},
                        {"to", std::string("f32")}}));
  for (const char *kind : {"identity", "hard_swish", "hard_sigmoid", "cumprod"})
    all.push_back(launch(kind, {f32(image)}, {f32(image)}));
  all.push_back(launch("observe", {f32(image)},
                       {f32({2}), TensorType{DType::I64, {ops::kNumBins}}}));
  all.push_back(launch("cast", {bf16(image)}, {f16(image)},
                       {{"to", std::string("f16")}}));
  return all;
}

std::vector<Launch> allLaunches() {
  std::vector<Launch> all = extraLaunches();
  for (const ops::test::Case &test :
       ops::test::readCases(GRAFT_TENSORFLOW_CASES)) {
    Launch &made = all.emplace_back();
    made.op = test.op;
    for (const ops::test::Tensor &input : test.inputs)
      made.inputs.push_back(input.type);
    for (const ops::test::Tensor &output : test.outputs)
      made.outputs.push_back(output.type);
  }
  return all;
}

/// The launch with constants for all inputs but the first, or for all of them.
LaunchDesc describe(const Launch &launch, bool firstIsConstant,
                    const std::vector<std::vector<std::byte>> &contents) {
  LaunchDesc desc;
  desc.op = launch.op;
  for (size_t i = 0; i < launch.inputs.size(); ++i) {
    Slot &slot = desc.inputs.emplace_back();
    slot.type = launch.inputs[i];
    slot.constant = i > 0 || firstIsConstant;
    if (slot.constant)
      slot.data = contents[i].data();
  }
  for (const TensorType &output : launch.outputs)
    desc.outputs.emplace_back().type = output;
  return desc;
}

bool hasWeights(const std::string &kind) {
  return kind == "conv2d" || kind == "conv2d_transpose" || kind == "matmul";
}

/// Layouts of every provider, of oneDNN's tags, and of nobody.
const char *const kLayouts[] = {"even-blocks-of-16",
                                "words-of-2-in-even-blocks-of-16",
                                "words-of-4-in-even-blocks-of-16",
                                "winograd-2x2-3x3",
                                "any",
                                "undef",
                                "a",
                                "ab",
                                "ba",
                                "abc",
                                "acb",
                                "abcd",
                                "cdba",
                                "abcde",
                                "BA16a16b",
                                "BA16a64b",
                                "BA16a64b2a",
                                "aBCd16b16c",
                                "Acdb16a",
                                "ABcd16b16a",
                                "ABcd16b16a2b",
                                "Abcdefghijkl4a",
                                "row_major",
                                "zz"};

class Matrix {
public:
  void run(const Provider &provider, const Launch &launch) {
    contents.clear();
    for (const TensorType &type : launch.inputs) {
      uint64_t bytes = 0;
      ASSERT_TRUE(ops::countBytes(type, bytes));
      contents.emplace_back(bytes);
    }
    for (bool firstIsConstant : {false, true}) {
      LaunchDesc desc = describe(launch, firstIsConstant, contents);
      std::vector<std::string> names;
      for (const Tactic &tactic : provider.tactics(desc, 1))
        names.push_back(tactic.name);
      // Another processor's plan may name what this one does not have; the
      // provider of last resort has one name.
      if (!names.empty() && names.front() != "reference")
        names.emplace_back("of another processor");
      for (const std::string &name : names) {
        desc.tactic = name;
        for (unsigned input = 0; input < desc.inputs.size(); ++input)
          if (desc.inputs[input].constant)
            lieAbout(provider, desc, input);
        kinds.insert(std::string(provider.name()) + " " + desc.op.kind);
      }
    }
  }

  std::set<std::string> kinds; ///< with their provider
  std::set<std::string> forms; ///< that were packed and accepted

private:
  bool accepts(const Provider &provider, const LaunchDesc &desc) {
    return provider.create(desc, 1).ok();
  }

  void lieAbout(const Provider &provider, LaunchDesc desc, unsigned input) {
    const std::string who = std::string(provider.name()) + " " + desc.op.kind +
                            " (" + desc.tactic + ") input " +
                            std::to_string(input);
    const uint64_t dense = contents[input].size();
    Slot &slot = desc.inputs[input];
    Expected<PackedConstant> own =
        provider.pack(desc, input, contents[input].data(), 1);
    ASSERT_TRUE(own.ok()) << who << ": " << own.status().message();
    std::set<std::string> layouts(std::begin(kLayouts), std::end(kLayouts));
    std::set<uint64_t> sizes = {
        0, 1, 64, dense, dense + 1, dense + 64, 2 * dense, uint64_t(1) << 40};
    if (!own->layout.empty()) {
      const uint64_t bytes = own->bytes.size();
      layouts.insert(own->layout);
      sizes.insert({bytes, bytes - 1, bytes + 1, bytes - 64, bytes + 64});
      slot.layout = own->layout;
      slot.bytes = bytes;
      slot.data = own->bytes.data();
      EXPECT_TRUE(accepts(provider, desc)) << who << ": its own form";
      forms.insert(own->layout);
      EXPECT_TRUE(input == 1 && hasWeights(desc.op.kind)) << who;
    }
    for (const std::string &layout : layouts) {
      std::set<uint64_t> accepted;
      for (uint64_t size : sizes) {
        slot.layout = layout;
        slot.bytes = size;
        // A kernel that reads it now would leave the memory.
        const std::vector<std::byte> little(1);
        slot.data = little.data();
        if (provider.packedBytes(desc, input) == size && size > 0) {
          accepted.insert(size);
          continue;
        }
        Expected<std::unique_ptr<Kernel>> kernel = provider.create(desc, 1);
        ASSERT_FALSE(kernel.ok())
            << who << " takes " << size << " bytes of '" << layout << "'";
        EXPECT_EQ(kernel.status().code(), StatusCode::BadInput) << who;
      }
      if (accepted.empty())
        continue;
      EXPECT_TRUE(input == 1 && hasWeights(desc.op.kind))
          << who << " takes '" << layout << "'";
      EXPECT_EQ(accepted.size(), 1u) << who << " '" << layout << "'";
      EXPECT_GE(*accepted.begin(), dense) << who << " '" << layout << "'";
    }
  }

  std::vector<std::vector<std::byte>> contents;
};

} // namespace

TEST(PackedConstants, AreTakenInTheProvidersFormsOnly) {
  Matrix matrix;
  std::vector<Launch> launches = allLaunches();
  for (const Provider *provider : findBackend("cpu")->providers())
    for (const Launch &launch : launches) {
      matrix.run(*provider, launch);
      if (HasFatalFailure())
        return;
    }
  // Every kind has met its claims, and each provider has forms of its own.
  for (const ops::OpSemantics &row : ops::allOperations())
    EXPECT_TRUE(matrix.kinds.count("reference " + std::string(row.kind)))
        << row.kind;
  for (const char *form : {"even-blocks-of-16", "winograd-2x2-3x3"})
    EXPECT_TRUE(matrix.forms.count(form)) << form;
  EXPECT_GT(matrix.forms.size(), 3u);
}

TEST(PackedConstants, PlansWithSuchClaimsAreRefusedBeforeTheyRun) {
  // An operand of 4 KB that the file holds 64 bytes of.
  auto plan = [](const char *provider, const char *tactic) {
    PlanBuilder builder;
    uint32_t x = builder.input("x", f32({1, 1024}));
    uint32_t y = builder.output("y", f32({1, 1024}));
    uint32_t operand = builder.packed(f32({1, 1024}), std::string(64, '\1'),
                                      "even-blocks-of-16");
    PlanLaunch &launch = builder.launch("add", {x, operand}, {y});
    launch.provider = provider;
    launch.tactic = tactic;
    return builder;
  };
  PlanBytes small(plan("cpu", "rows").file());
  Expected<std::shared_ptr<const Engine>> engine =
      Engine::fromMemory(small.view());
  ASSERT_FALSE(engine.ok());
  EXPECT_EQ(engine.status().code(), StatusCode::BadInput);
  EXPECT_NE(engine.status().message().find("must have at least 4096 bytes"),
            std::string::npos)
      << engine.status().message();

  for (const char *provider : {"cpu", "onednn", "reference"}) {
    PlanBuilder builder = plan(provider, "");
    builder.plan.tensors[2] = builder.plan.tensors[builder.packed(
        f32({1, 1024}), std::string(4096, '\1'), "ab")];
    builder.plan.tensors.pop_back();
    PlanBytes large(builder.file());
    engine = Engine::fromMemory(large.view());
    ASSERT_TRUE(engine.ok()) << engine.status().message();
    Context context(*engine, 1);
    Status status = context.prepare();
    EXPECT_EQ(status.code(), StatusCode::BadInput) << provider;
    EXPECT_NE(status.message().find("layout 'ab'"), std::string::npos)
        << status.message();
  }
}
