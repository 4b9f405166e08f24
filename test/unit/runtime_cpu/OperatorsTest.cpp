//===- OperatorsTest.cpp - the cpu provider's other kernels ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "KernelHarness.h"

#include "runtime/cpu/Isa.h"

using namespace graft;
using namespace graft::runtime;
using graft::test::Case;
using graft::test::Outcome;
using Ints = std::vector<int64_t>;

namespace {

class Operators : public testing::TestWithParam<cpu::Isa> {
protected:
  void SetUp() override { cpu::limitIsa(GetParam()); }
  void TearDown() override { cpu::limitIsa(cpu::Isa::Avx512); }
  void expectPass(Case test, const std::string &what,
                  const Provider *provider = cpuProvider()) {
    if (test.constant.empty())
      test.constant.assign(test.inputs.size(), false);
    for (int threads : {1, 2, 3}) {
      test.threads = threads;
      std::string message;
      EXPECT_EQ(graft::test::check(*provider, test, message), Outcome::Passed)
          << what << ", threads " << threads << ": " << message;
    }
  }
};

Case makeCase(std::string kind, std::vector<ops::Shape> inputs,
              ops::Shape output) {
  Case test;
  test.op.kind = std::move(kind);
  test.inputs = std::move(inputs);
  test.output = std::move(output);
  return test;
}

TEST_P(Operators, PoolsWithPaddingStridesAndSlices) {
  struct Pool {
    int64_t size, window, stride, before, after;
  };
  for (const Pool &p : std::vector<Pool>{{7, 3, 1, 1, 1},
                                         {9, 3, 2, 0, 0},
                                         {10, 3, 2, 0, 1},
                                         {8, 2, 2, 0, 0},
                                         {8, 8, 1, 0, 0},
                                         {5, 5, 3, 4, 2}})
    for (int64_t channels : {1, 15, 16, 33, 70})
      for (const char *kind : {"max_pool2d", "avg_pool2d"})
        for (int64_t includePad : {0, 1}) {
          int64_t out = (p.size + p.before + p.after - p.window) / p.stride + 1;
          Case test = makeCase(kind, {{2, p.size, p.size, channels}},
                               {2, out, out, channels});
          test.op.attributes.set("window", Ints{p.window, p.window});
          test.op.attributes.set("strides", Ints{p.stride, p.stride});
          test.op.attributes.set("pads",
                                 Ints{p.before, p.after, p.before, p.after});
          test.op.attributes.set("include_pad", includePad);
          test.depth = p.window * p.window;
          expectPass(test, kind);
          expectPass(test, kind, oneDnnProvider());
          test.inputPadding = 7;
          test.outputPadding = 3;
          expectPass(test, std::string(kind) + " of slices");
        }
}

TEST_P(Operators, AppliesEpiloguesToPools) {
  for (int64_t channels : {5, 16, 70})
    for (const char *kind : {"max_pool2d", "avg_pool2d"})
      for (const Provider *provider : {cpuProvider(), oneDnnProvider()}) {
        ops::Shape out = {2, 4, 4, channels};
        Case test = makeCase(kind, {{2, 7, 7, channels}}, out);
        test.op.attributes.set("window", Ints{3, 3});
        test.op.attributes.set("strides", Ints{2, 2});
        test.op.attributes.set("pads", Ints{1, 1, 1, 1});
        test.depth = 9;
        test.op.epilogues = {{"relu", -1}};
        expectPass(test, std::string(kind) + " then relu", provider);
        test.op.epilogues = {{"sigmoid", -1}, {"clip", -1, 0.3, 0.6}};
        expectPass(test, std::string(kind) + " then two", provider);
        test.op.epilogues = {{"add", 1}, {"relu", -1}, {"mul", 2}};
        test.inputs = {{2, 7, 7, channels}, out, {channels}};
        expectPass(test, std::string(kind) + " with operands", provider);
        test.inPlace = true;
        expectPass(test, std::string(kind) + " in place", cpuProvider());
      }
}

TEST_P(Operators, ComputesFunctionsOfOneTensor) {
  struct Function {
    const char *kind;
    float low, high;
  };
  for (const Function &f : std::vector<Function>{{"abs", -3, 3},
                                                 {"elu", -9, 9},
                                                 {"erf", -4, 4},
                                                 {"erfc", -4, 9},
                                                 {"exp", -20, 3},
                                                 {"gelu", -6, 6},
                                                 {"gelu_tanh", -6, 6},
                                                 {"hard_sigmoid", -4, 4},
                                                 {"hard_swish", -5, 5},
                                                 {"leaky_relu", -2, 2},
                                                 {"neg", -2, 2},
                                                 {"reciprocal", 1, 9},
                                                 {"relu", -2, 2},
                                                 {"rsqrt", 0.5f, 9},
                                                 {"sigmoid", -30, 30},
                                                 {"sqrt", 0, 9},
                                                 {"square", -3, 3},
                                                 {"swish", -30, 30},
                                                 {"tanh", -12, 12}})
    for (int64_t columns : {1, 7, 16, 33, 70000}) {
      Case test = makeCase(f.kind, {{1, 1, columns}}, {1, 1, columns});
      test.low = f.low;
      test.high = f.high;
      test.floor = 0.25f;
      expectPass(test, f.kind);
    }
  Case clip = makeCase("clip", {{3, 5, 17}}, {3, 5, 17});
  clip.op.attributes.set("alpha", -0.25);
  clip.op.attributes.set("beta", 0.5);
  expectPass(clip, "clip");
  clip.inputPadding = clip.outputPadding = 2;
  expectPass(clip, "clip of slices");
}

TEST_P(Operators, BroadcastsFunctionsOfTwoTensors) {
  for (const char *kind :
       {"add", "sub", "mul", "div", "maximum", "minimum", "squared_difference"})
    for (const std::vector<ops::Shape> &shapes :
         std::vector<std::vector<ops::Shape>>{
             {{2, 3, 4, 19}, {2, 3, 4, 19}, {2, 3, 4, 19}},
             {{2, 3, 4, 19}, {19}, {2, 3, 4, 19}},
             {{1}, {5, 33}, {5, 33}},
             {{2, 3, 4, 19}, {2, 1, 1, 19}, {2, 3, 4, 19}},
             {{4, 1}, {1, 21}, {4, 21}},
             {{3, 40, 1}, {3, 40, 500}, {3, 40, 500}}}) {
      Case test = makeCase(kind, {shapes[0], shapes[1]}, shapes[2]);
      test.low = 0.5f; // also a divisor
      test.floor = 0.5f;
      expectPass(test, kind);
      expectPass(test, kind);
    }
}

TEST_P(Operators, ReducesAnyAxes) {
  struct Reduce {
    ops::Shape in;
    Ints axes;
    ops::Shape out;
    int64_t depth;
  };
  for (const Reduce &r :
       std::vector<Reduce>{{{2, 7, 7, 300}, {1, 2}, {2, 300}, 49},
                           {{1, 8, 8, 17}, {1, 2}, {1, 17}, 64},
                           {{3, 5, 40}, {2}, {3, 5}, 40},
                           {{3, 5, 40}, {0, 2}, {5}, 120},
                           {{3, 5, 40}, {0, 1, 2}, {1, 1, 1}, 600},
                           {{40}, {0}, {1}, 40}})
    for (const char *kind : {"sum", "mean", "max"}) {
      Case test = makeCase("reduce", {r.in}, r.out);
      test.op.attributes.set("kind", std::string(kind));
      test.op.attributes.set("axes", r.axes);
      test.op.attributes.set("keep_dims", int64_t(r.in.size() == r.out.size()));
      test.depth = r.depth;
      expectPass(test, kind);
      test.inputPadding = 5;
      expectPass(test, std::string(kind) + " of a slice");
    }
}

/// Rounding grows as it does for a sum of few terms.
TEST_P(Operators, SumsManyRowsAccurately) {
  Case test = makeCase("reduce", {{1, 112, 112, 19}}, {1, 19});
  test.op.attributes.set("kind", std::string("mean"));
  test.op.attributes.set("axes", Ints{1, 2});
  test.low = 0.5f;
  test.high = 1.5f;
  test.depth = 16;
  expectPass(test, "mean");
}

TEST_P(Operators, NormalizesRows) {
  for (int64_t columns : {1, 5, 16, 1000}) {
    Case softmax = makeCase("softmax", {{2, 9, columns}}, {2, 9, columns});
    softmax.op.attributes.set("axis", int64_t(-1));
    softmax.low = -20;
    softmax.high = 20;
    softmax.depth = columns;
    expectPass(softmax, "softmax");
    expectPass(softmax, "softmax", oneDnnProvider());
    Case norm = makeCase("layer_norm", {{2, 9, columns}, {columns}, {columns}},
                         {2, 9, columns});
    norm.op.attributes.set("axis", int64_t(-1));
    norm.op.attributes.set("epsilon", 1e-3);
    norm.depth = columns;
    norm.floor = 4.0f; // the mean is taken away
    expectPass(norm, "layer_norm");
  }
}

TEST_P(Operators, MovesElements) {
  Case concat =
      makeCase("concat", {{2, 3, 5}, {2, 3, 1}, {2, 3, 18}}, {2, 3, 24});
  concat.op.attributes.set("axis", int64_t(2));
  expectPass(concat, "concat");
  concat.inputPadding = 4;
  concat.outputPadding = 9;
  expectPass(concat, "concat of a slice into one");
  Case outer = makeCase("concat", {{2, 3, 5}, {4, 3, 5}}, {6, 3, 5});
  outer.op.attributes.set("axis", int64_t(0));
  expectPass(outer, "concat of rows");
  Case pack = makeCase("pack", {{4, 5}, {4, 5}}, {4, 2, 5});
  pack.op.attributes.set("axis", int64_t(1));
  expectPass(pack, "pack");
  Case slice = makeCase("slice", {{5, 6, 7}}, {2, 6, 3});
  slice.op.attributes.set("begin", Ints{1, 0, 4});
  slice.op.attributes.set("size", Ints{2, 6, 3});
  expectPass(slice, "slice");
  // Every other row from the last on, a third of the rest but its first.
  Case strided = makeCase("strided_slice", {{5, 6, 7, 3}}, {3, 7, 3});
  strided.op.attributes.set("begin", Ints{1, -1, 0});
  strided.op.attributes.set("end", Ints{2, 0, 0});
  strided.op.attributes.set("strides", Ints{1, -2, 1});
  strided.op.attributes.set("end_mask", int64_t(0b110));
  strided.op.attributes.set("begin_mask", int64_t(0b100));
  strided.op.attributes.set("shrink_axis_mask", int64_t(0b001));
  expectPass(strided, "strided slice");
  Case pad = makeCase("pad", {{1, 5, 6, 3}}, {1, 8, 7, 3});
  pad.op.attributes.set("low", Ints{0, 1, 0, 0});
  pad.op.attributes.set("high", Ints{0, 2, 1, 0});
  expectPass(pad, "pad");
  Case transpose = makeCase("transpose", {{2, 13, 5, 8}}, {2, 5, 13, 8});
  transpose.op.attributes.set("perm", Ints{0, 2, 1, 3});
  expectPass(transpose, "transpose of rows");
  transpose = makeCase("transpose", {{2, 13, 5, 8}}, {2, 8, 13, 5});
  transpose.op.attributes.set("perm", Ints{0, 3, 1, 2});
  expectPass(transpose, "transpose of elements");
}

TEST_P(Operators, DeclinesWhatItCannotDo) {
  Case reflect = makeCase("pad", {{4, 5}}, {6, 5});
  reflect.op.attributes.set("low", Ints{1, 0});
  reflect.op.attributes.set("high", Ints{1, 0});
  reflect.op.attributes.set("mode", std::string("reflect"));
  reflect.constant = {false};
  std::string message;
  EXPECT_EQ(graft::test::check(*cpuProvider(), reflect, message),
            Outcome::NotTaken);
  Case product = makeCase("reduce", {{4, 5}}, {4});
  product.op.attributes.set("kind", std::string("prod"));
  product.op.attributes.set("axes", Ints{1});
  product.constant = {false};
  EXPECT_EQ(graft::test::check(*cpuProvider(), product, message),
            Outcome::NotTaken);
}

INSTANTIATE_TEST_SUITE_P(Isas, Operators,
                         testing::Values(cpu::Isa::Avx512, cpu::Isa::Avx2,
                                         cpu::Isa::Portable),
                         [](const testing::TestParamInfo<cpu::Isa> &info) {
                           return info.param == cpu::Isa::Avx512 ? "avx512"
                                  : info.param == cpu::Isa::Avx2 ? "avx2"
                                                                 : "portable";
                         });

} // namespace
