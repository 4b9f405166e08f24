//===- FuzzTest.cpp - operations on anything ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random attributes and types for every operation of the table. What the shape
// function accepts must run without leaving its memory; the sanitizers watch.
//===----------------------------------------------------------------------===//
#include "TestOps.h"

#include <random>

using namespace graft::ops;
using namespace graft::ops::test;

namespace {

class Generator {
public:
  explicit Generator(uint32_t seed) : random(seed) {}

  size_t below(size_t count) { return random() % count; }

  int64_t number() {
    static const int64_t kRare[] = {-7,        63,        1 << 20,
                                    INT32_MAX, INT64_MAX, INT64_MIN};
    if (below(12) == 0)
      return kRare[below(std::size(kRare))];
    return static_cast<int64_t>(below(6)) - 1;
  }

  Ints numbers() {
    Ints values(below(5));
    for (int64_t &value : values)
      value = number();
    return values;
  }

  Tensor tensor(DType dtype) {
    Shape shape(below(5));
    for (int64_t &size : shape)
      size = static_cast<int64_t>(below(4)) + (below(4) ? 1 : 0);
    Tensor result(TensorType{dtype, shape});
    // Bytes of any value, and small numbers.
    int64_t count = 0;
    (void)countElements(shape, count);
    for (int64_t i = 0; i < count; ++i)
      storeRounded(result.bytes.data(), dtype, i,
                   static_cast<double>(number()));
    if (below(8) == 0)
      for (std::byte &byte : result.bytes)
        byte = static_cast<std::byte>(random());
    return result;
  }

  OpDesc op(const char *kind) {
    static const char *kNames[] = {"alpha",       "axes",
                                   "axis",        "batch_dims",
                                   "begin",       "begin_mask",
                                   "block_size",  "block_shape",
                                   "crops",       "depth",
                                   "dilations",   "end",
                                   "end_mask",    "exclusive",
                                   "groups",      "has_bias",
                                   "high",        "k",
                                   "keep_dims",   "low",
                                   "multiples",   "output_size",
                                   "pads",        "perm",
                                   "shape",       "shrink_axis_mask",
                                   "size",        "strides",
                                   "transpose_a", "transpose_b",
                                   "window",      "zero_point"};
    static const char *kWords[] = {"sum",  "mean", "max",     "any",
                                   "f32",  "i8",   "bool",    "i32",
                                   "bf16", "u64",  "reflect", "symmetric"};
    OpDesc result;
    result.kind = kind;
    for (size_t count = below(6); count > 0; --count) {
      const char *name = kNames[below(std::size(kNames))];
      if (below(3))
        result.attributes.set(name, numbers());
      else
        result.attributes.set(name, number());
    }
    const char *word = kWords[below(std::size(kWords))];
    if (below(2))
      result.attributes.set("to", std::string(word));
    if (below(2))
      result.attributes.set("mode", std::string(word));
    result.attributes.set("kind", std::string(below(2) ? "sum" : word));
    result.attributes.set("scale", Floats{0.5});
    if (below(8) == 0)
      result.epilogues.push_back({below(2) ? "relu" : "gelu", -1, 0, 0});
    return result;
  }

private:
  std::mt19937 random;
};

} // namespace

TEST(Fuzz, AcceptedOperationsRun) {
  constexpr uint64_t kMostBytes = 1 << 16;
  size_t kindsThatRan = 0;
  for (const OpSemantics &row : allOperations()) {
    size_t ran = 0;
    for (uint32_t seed = 0; seed < 1500; ++seed) {
      Generator random(seed * 131 + static_cast<uint32_t>(kindsThatRan));
      OpDesc op = random.op(row.kind);
      auto dtype = static_cast<DType>(random.below(kNumDTypes));
      std::vector<Tensor> inputs;
      for (size_t count = random.below(4) + (seed % 7 != 0); count > 0;
           --count) {
        // Often the same tensor again, so that shapes agree.
        if (!inputs.empty() && random.below(2))
          inputs.push_back(inputs.front());
        else
          inputs.push_back(random.tensor(random.below(4) ? dtype : DType::I32));
      }
      std::vector<ShapeInput> types;
      for (const Tensor &input : inputs)
        types.push_back({input.type, input.bytes.data()});
      std::vector<TensorType> results;
      if (!inferTypes(op, types, results).ok())
        continue;
      bool small = true;
      for (const TensorType &result : results) {
        uint64_t bytes = 0;
        small = small && countBytes(result, bytes) && bytes <= kMostBytes;
      }
      if (!small)
        continue;
      auto outcome = run(op, inputs);
      EXPECT_TRUE(outcome.ok() ||
                  outcome.status().code() == graft::StatusCode::Failed)
          << row.kind << ": " << outcome.status().message();
      ran += outcome.ok();
    }
    kindsThatRan += ran > 0;
  }
  // Some want more agreement among their inputs than chance gives.
  EXPECT_GT(kindsThatRan, allOperations().size() * 3 / 4);
}
