//===- InferenceTest.cpp - shapes, epilogues and refusals -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What comparing with TensorFlow cannot show: unknown sizes, messages, values
// of epilogues, and operations that TensorFlow does not have.
//===----------------------------------------------------------------------===//
#include "TestOps.h"

#include "runtime/ops/Observation.h"

#include <map>

using namespace graft;
using namespace graft::ops;
using namespace graft::ops::test;

namespace {

/// The result types of `op` as text, or the message.
std::string infer(const OpDesc &op, const std::vector<TensorType> &types) {
  std::vector<ShapeInput> inputs;
  for (const TensorType &type : types)
    inputs.push_back({type, nullptr});
  std::vector<TensorType> results;
  Status status = inferTypes(op, inputs, results);
  if (!status.ok())
    return status.message();
  std::string text;
  for (const TensorType &result : results)
    text += (text.empty() ? "" : " ") + toString(result);
  return text;
}

constexpr int64_t kAny = kDynamic;

} // namespace

TEST(Inference, KeepsUnknownSizes) {
  TensorType x = f32Type({kAny, 4, kAny});
  EXPECT_EQ(infer(describe("relu"), {x}), "?x4x?xf32");
  EXPECT_EQ(infer(describe("add"), {x, f32Type({1, 7})}), "?x4x7xf32");
  EXPECT_EQ(infer(describe("add"), {x, f32Type({4, 1})}), "?x4x?xf32");
  EXPECT_EQ(infer(describe("less"), {x, x}), "?x4x?xbool");
  EXPECT_EQ(infer(describe("transpose", {{"perm", Ints{2, 0, 1}}}), {x}),
            "?x?x4xf32");
  EXPECT_EQ(infer(describe("concat", {{"axis", int64_t(1)}}), {x, x}),
            "?x8x?xf32");
  EXPECT_EQ(infer(describe("concat", {{"axis", int64_t(0)}}),
                  {x, f32Type({3, 4, 5})}),
            "?x4x5xf32");
  EXPECT_EQ(infer(describe("reshape", {{"shape", Ints{-1, 2}}}), {x}),
            "?x2xf32");
  // Of empty tensors, zeros count in neither product.
  EXPECT_EQ(infer(describe("reshape", {{"shape", Ints{0, -1}}}),
                  {{DType::F32, {0, 6, 2}}}),
            "0x12xf32");
  EXPECT_EQ(infer(describe("reshape", {{"shape", Ints{0, -1, 3}}}),
                  {{DType::F32, {0, 5}}}),
            "0x1x3xf32");
  EXPECT_EQ(infer(describe("reshape", {{"shape", Ints{-1, 3}}}),
                  {{DType::F32, {0, 6}}}),
            "0x3xf32");
  EXPECT_EQ(infer(describe("reshape"), {x, {DType::I32, {2}}}), "?x?xf32");
  EXPECT_EQ(infer(describe("squeeze", {{"axes", Ints{0}}}), {x}), "4x?xf32");
  EXPECT_EQ(infer(describe("shape_of", {{"to", std::string("i64")}}), {x}),
            "3xi64");
  EXPECT_EQ(infer(describe("slice", {{"begin", Ints{1, 1, 0}},
                                     {"size", Ints{-1, 2, 3}}}),
                  {x}),
            "?x2x3xf32");
  EXPECT_EQ(infer(describe("strided_slice", {{"begin", Ints{-1, 1}},
                                             {"end", Ints{0, 4}},
                                             {"shrink_axis_mask", int64_t(1)}}),
                  {x}),
            "3x?xf32");
  EXPECT_EQ(infer(describe("range"),
                  {{DType::I32, {}}, {DType::I32, {}}, {DType::I32, {}}}),
            "?xi32");
  EXPECT_EQ(infer(describe("reduce", {{"kind", std::string("sum")},
                                      {"axes", Ints{-1}},
                                      {"keep_dims", int64_t(1)}}),
                  {x}),
            "?x4x1xf32");
  EXPECT_EQ(infer(describe("reduce", {{"kind", std::string("mean")},
                                      {"axes", Ints{1}},
                                      {"to", std::string("bf16")}}),
                  {x}),
            "?x?xbf16");
  EXPECT_EQ(
      infer(describe("matmul"), {f32Type({kAny, 3, 4}), f32Type({kAny, 5})}),
      "?x3x5xf32");
  EXPECT_EQ(infer(describe("pad", {{"low", Ints{1, 0, 0}}}), {x}), "?x4x?xf32");
  EXPECT_EQ(infer(describe("gather", {{"axis", int64_t(1)}}),
                  {x, {DType::I64, {2, kAny}}}),
            "?x2x?x?xf32");
}

TEST(Inference, SaysTheRuleAndWhatItGot) {
  TensorType x = f32Type({2, 3});
  EXPECT_EQ(infer(describe("no_such"), {x}),
            "the operation must exist, got 'no_such'");
  EXPECT_EQ(infer(describe("add"), {x, f32Type({4})}),
            "add: shapes must broadcast, got [2, 3] and [4]");
  EXPECT_EQ(infer(describe("add"), {x}), "add: needs 2 inputs, got 1");
  EXPECT_EQ(infer(describe("add"), {x, {DType::I32, {2, 3}}}),
            "add: inputs 0 and 1 must have the same element type, got 2x3xf32 "
            "and 2x3xi32");
  EXPECT_EQ(infer(describe("exp"), {{DType::I32, {2}}}),
            "exp: input 0 must hold floats, got 2xi32");
  EXPECT_EQ(infer(describe("reshape", {{"shape", Ints{-1, -1}}}), {x}),
            "reshape: the shape must be sizes with at most one -1, got "
            "[-1, -1]");
  EXPECT_EQ(infer(describe("reshape", {{"shape", Ints{4, -1}}}), {x}),
            "reshape: the shape must have as many elements as [2, 3], got "
            "[4, -1]");
  EXPECT_EQ(infer(describe("reshape"), {x}),
            "reshape: attribute 'shape' must be a list of integers, got none");
  EXPECT_EQ(infer(describe("transpose", {{"perm", Ints{0, 0}}}), {x}),
            "transpose: perm must be a permutation of 2 dimensions, got "
            "[0, 0]");
  EXPECT_EQ(infer(describe("softmax", {{"axis", int64_t(2)}}), {x}),
            "softmax: axis must be one of 2 dimensions, got 2");
  EXPECT_EQ(infer(describe("reduce", {{"kind", std::string("sum")},
                                      {"axes", Ints{1, -1}}}),
                  {x}),
            "reduce: axes must be different dimensions of 2, got [1, -1]");
  OpDesc typed = describe("reduce", {{"kind", std::string("sum")},
                                     {"axes", Ints{0}},
                                     {"to", std::string("i32")}});
  EXPECT_EQ(infer(typed, {x}),
            "reduce: attribute 'to' must name a float type, and input 0 hold "
            "floats, got i32 for 2x3xf32");
  typed.attributes.set("to", std::string("f32"));
  EXPECT_EQ(infer(typed, {{DType::I32, {2, 3}}}),
            "reduce: attribute 'to' must name a float type, and input 0 hold "
            "floats, got f32 for 2x3xi32");
  typed.attributes.set("to", std::string("f8"));
  EXPECT_EQ(infer(typed, {x}),
            "reduce: attribute 'to' must name an element type, got 'f8'");
  EXPECT_EQ(infer(describe("cast", {{"to", std::string("f8")}}), {x}),
            "cast: attribute 'to' must name an element type, got 'f8'");
  EXPECT_EQ(
      infer(describe("slice", {{"begin", Ints{0, 2}}, {"size", Ints{2, 2}}}),
            {x}),
      "slice: the slice must lie inside of dimension 1 of [2, 3], got "
      "begin [0, 2] and size [2, 2]");
  EXPECT_EQ(infer(describe("tile", {{"multiples", Ints{INT64_MAX, 2}}}), {x}),
            "tile: the result must fit into memory, got [9223372036854775807, "
            "2]");
  EXPECT_EQ(infer(describe("relu"), {f32Type({-5})}),
            "relu: sizes must not be negative, got [-5]");
}

TEST(Inference, RefusesResultsThatOverflow) {
  TensorType wide = f32Type({int64_t(1) << 40});
  OpDesc op = describe("broadcast_to",
                       {{"shape", Ints{int64_t(1) << 30, int64_t(1) << 40}}});
  EXPECT_NE(infer(op, {wide}).find("must fit into memory"), std::string::npos);
  op = describe("conv2d", {{"pads", Ints{INT64_MAX, INT64_MAX, 0, 0}}});
  EXPECT_NE(infer(op, {f32Type({1, 4, 4, 1}), f32Type({1, 1, 1, 1})})
                .find("as large as the window"),
            std::string::npos);
}

TEST(Evaluation, IntegersHaveNoUndefinedBehaviour) {
  Tensor zero = i32({1}, {0});
  Tensor least = i32({1}, {-2147483648.0});
  for (const char *kind : {"div", "floor_div", "floor_mod", "trunc_mod"}) {
    expectFailure(describe(kind), {least, zero}, "divisor must not be 0");
    // The quotient that does not fit wraps.
    bool quotient = std::string(kind).find("div") != std::string::npos;
    expectResult(describe(kind), {least, i32({1}, {-1})}, {DType::I32, {1}},
                 {quotient ? -2147483648.0 : 0.0});
  }
  Tensor least64 = i64({1}, {-9223372036854775808.0});
  expectResult(describe("div"), {least64, i64({1}, {-1})}, {DType::I64, {1}},
               {-9223372036854775808.0});
  expectFailure(describe("pow"), {least, i32({1}, {-1})},
                "exponent must not be negative");
}

TEST(Evaluation, PositionsOutsideAreErrors) {
  Tensor x = f32({3}, {1, 2, 3});
  for (double position : {3.0, -1.0, 2147483647.0}) {
    expectFailure(describe("gather"), {x, i32({1}, {position})}, "less than 3");
    expectFailure(describe("gather_nd"), {x, i32({1, 1}, {position})},
                  "less than 3");
  }
}

TEST(Evaluation, RefusesViewsThatDoNotFit) {
  Tensor x = f32({3}, {1, 2, 3});
  Tensor y = f32({4}, {0});
  EXPECT_EQ(evaluate(describe("relu"), {x.view()}, {y.view()}).message(),
            "relu: result 0 must be 3xf32, got 4xf32");
  TensorView strided = x.view();
  strided.strides = {2};
  EXPECT_FALSE(evaluate(describe("relu"), {strided}, {x.view()}).ok());
  TensorView missing = {f32Type({3}), nullptr, {}};
  EXPECT_FALSE(evaluate(describe("relu"), {missing}, {x.view()}).ok());
}

TEST(Evaluation, WhatTensorFlowDoesNotHave) {
  expectResult(describe("hard_sigmoid"), {f32({3}, {-10, 0, 1})}, f32Type({3}),
               {0, 0.5, 0.7}, 1e-7);
  expectResult(describe("hard_swish"), {f32({4}, {-4, -1.5, 3, 5})},
               f32Type({4}), {-0.0, -0.375, 3, 5});
  expectResult(describe("cumprod", {{"reverse", int64_t(1)}}),
               {f32({3}, {2, 3, 4})}, f32Type({3}), {24, 12, 4});
  expectResult(describe("identity"), {f32({}, {kNaN})}, f32Type({}), {kNaN});
}

/// What `observe` finds: the limits, and the bins that are not empty.
void expectObserved(const Tensor &x, const Floats &limits,
                    const std::map<int64_t, double> &bins) {
  Expected<std::vector<Tensor>> results = run(describe("observe"), {x});
  ASSERT_TRUE(results) << results.status().message();
  ASSERT_EQ(results->size(), 2u);
  EXPECT_EQ((*results)[0].numbers(), limits);
  std::map<int64_t, double> found;
  Floats counts = (*results)[1].numbers();
  ASSERT_EQ(counts.size(), size_t(kNumBins));
  for (size_t i = 0; i < counts.size(); ++i)
    if (counts[i] != 0)
      found[int64_t(i)] = counts[i];
  EXPECT_EQ(found, bins);
}

TEST(Evaluation, ObservesWhatIsFinite) {
  // 4 is a power of two: a bin is 4 / 4096 wide, and holds its outer end.
  const double w = 4.0 / kBinsPerSide;
  expectObserved(f32({8}, {0, -0.0, 1.5 * w, 4, -4, -w, kInf, kNaN}), {-4, 4},
                 {{0, 1},
                  {kBinsPerSide - 1, 1},
                  {kBinsPerSide, 2},
                  {kBinsPerSide + 1, 1},
                  {kNumBins - 1, 1}});
  expectObserved(f32({2}, {5, -1}), {-1, 5},
                 {{kBinsPerSide - 512, 1}, {kBinsPerSide + 2559, 1}});
  expectObserved(f32({3}, {0}), {0, 0}, {{kBinsPerSide, 3}});
  expectObserved(f32({1}, {-1e-45}),
                 {std::ldexp(-1.0, -149), std::ldexp(-1.0, -149)},
                 {{kBinsPerSide - 1, 1}});
  expectObserved(f32({0}, {0}), {kInf, -kInf}, {});
  expectFailure(describe("observe"), {i32({1}, {0})}, "must hold f32");
}

TEST(Evaluation, QuantizesToEvenAndSaturates) {
  OpDesc quantize =
      describe("quantize", {{"scale", Floats{0.5}}, {"zero_point", Ints{10}}});
  expectResult(quantize, {f32({6}, {0.25, 0.75, -0.25, 1000, -1000, kNaN})},
               {DType::I8, {6}}, {10, 12, 10, 127, -128, 0});
  OpDesc perChannel = describe("quantize", {{"scale", Floats{1, 0.1}},
                                            {"axis", int64_t(0)},
                                            {"to", std::string("u8")}});
  expectResult(perChannel, {f32({2, 2}, {1, -2, 1, 30})}, {DType::U8, {2, 2}},
               {1, 0, 10, 255});
  OpDesc dequantize = describe(
      "dequantize", {{"scale", Floats{0.5, 2}}, {"zero_point", Ints{1, -1}}});
  expectResult(dequantize, {Tensor(DType::I8, {1, 2}, {3, 3})}, f32Type({1, 2}),
               {1, 8});
  expectFailure(describe("quantize", {{"scale", Floats{0}}}), {f32({1}, {1})},
                "scales must be positive");
  expectFailure(describe("quantize", {{"scale", Floats{1, 1}}}),
                {f32({3}, {1})}, "one per position");
}

TEST(Epilogues, RunInTheirOrder) {
  OpDesc op = describe("matmul");
  op.epilogues = {{"relu", -1, 0, 0},
                  {"add", 2, 0, 0},
                  {"leaky_relu", -1, 0.5, 0},
                  {"mul", 3, 0, 0}};
  // Products are 2 and -3; relu, then minus 4, then halved, then times ten.
  expectResult(op,
               {f32({1, 1}, {1}), f32({1, 2}, {2, -3}), f32({1}, {-4}),
                f32({1, 2}, {10, 100})},
               f32Type({1, 2}), {-10, -200});
}

TEST(Epilogues, RoundOnce) {
  // 1 + 2^-11 is no f16, but twice that minus 2 is.
  OpDesc op = describe("add");
  op.epilogues = {{"mul", 2, 0, 0}, {"sub", 3, 0, 0}};
  auto half = [](double value) { return Tensor(DType::F16, {1}, {value}); };
  expectResult(op, {half(1), half(1.0 / 2048), half(2), half(2)},
               {DType::F16, {1}}, {1.0 / 1024});
}

TEST(Epilogues, AreChecked) {
  OpDesc op = describe("relu");
  TensorType x = f32Type({2, 3});
  op.epilogues = {{"add", 1, 0, 0}};
  EXPECT_EQ(infer(op, {x, f32Type({3})}), "2x3xf32");
  EXPECT_EQ(infer(op, {x, f32Type({4, 2, 3})}),
            "relu: an epilogue's operand must broadcast to 2x3xf32, got "
            "4x2x3xf32");
  EXPECT_EQ(infer(op, {x}), "relu: an epilogue's operand must be one of 1 "
                            "inputs, got 1");
  EXPECT_EQ(infer(op, {x, x, x}),
            "relu: inputs after the first epilogue's operand must be operands "
            "of epilogues, got input 2, which none uses");
  op.epilogues = {{"less", 1, 0, 0}};
  EXPECT_NE(infer(op, {x, x}).find("binary element-wise operation"),
            std::string::npos);
  op.epilogues = {{"softmax", -1, 0, 0}};
  EXPECT_NE(infer(op, {x}).find("unary element-wise operation"),
            std::string::npos);
}

TEST(Elements, HalvesRoundTrip) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    Float16 half = {static_cast<uint16_t>(bits)};
    BFloat16 brain = {static_cast<uint16_t>(bits)};
    if (!std::isnan(toFloat(half)))
      EXPECT_EQ(toFloat16(toFloat(half)).bits, bits);
    if (!std::isnan(toFloat(brain)))
      EXPECT_EQ(toBFloat16(toFloat(brain)).bits, bits);
  }
  EXPECT_TRUE(std::isnan(toFloat(toFloat16(kNaN))));
  EXPECT_TRUE(std::isnan(toFloat(toBFloat16(-kNaN))));
}

TEST(Attributes, AreSortedAndTyped) {
  Attributes attributes;
  attributes.set("b", int64_t(1));
  attributes.set("a", 2.5);
  attributes.set("b", int64_t(3));
  EXPECT_EQ(attributes.getInt("b"), 3);
  EXPECT_EQ(attributes.getInt("a", 7), 7) << "a float is no integer";
  EXPECT_EQ(attributes.getFloat("a"), 2.5);
  EXPECT_EQ(attributes.find("c"), nullptr);
  EXPECT_EQ(attributes.begin()->first, "a");
}
