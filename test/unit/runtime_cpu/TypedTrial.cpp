//===- TypedTrial.cpp - a launch on tensors of several types --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "TypedTrial.h"

#include "runtime/ops/Element.h"
#include "runtime/ops/Semantics.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

using namespace graft;
using namespace graft::runtime;
using graft::test::TypedTrial;
using ops::DType;

namespace {

constexpr size_t kGuard = 64; ///< bytes before and behind each tensor
constexpr char kGuardByte = 0x5c;

int64_t countOf(const ops::Shape &shape) {
  int64_t count = 0;
  EXPECT_TRUE(ops::countElements(shape, count));
  return count;
}

std::vector<int64_t> stridesFor(const ops::Shape &shape, int64_t padding) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i > 1; --i)
    strides[i - 2] =
        strides[i - 1] * (shape[i - 1] + (i == shape.size() ? padding : 0));
  return strides;
}

/// A tensor between guards, with gaps between its rows.
class Guarded {
public:
  Guarded(const ops::TensorType &type, int64_t padding) {
    size_t size = ops::sizeOf(type.dtype);
    row = size_t(type.shape.empty() ? 1 : type.shape.back()) * size;
    pitch = row + size_t(padding) * size;
    rows = size_t(countOf(type.shape)) * size / row;
    // Vectors may not rely on alignment; the elements' own is given.
    bytes.assign(kGuard * 2 + rows * pitch, kGuardByte);
  }
  char *data() { return bytes.data() + kGuard; }
  void set(const std::vector<char> &dense) {
    for (size_t i = 0; i < rows; ++i)
      std::memcpy(data() + i * pitch, dense.data() + i * row, row);
  }
  std::vector<char> get() {
    std::vector<char> dense(rows * row);
    for (size_t i = 0; i < rows; ++i)
      std::memcpy(dense.data() + i * row, data() + i * pitch, row);
    return dense;
  }
  bool intact() {
    std::vector<char> dense = get(), other(dense.size(), kGuardByte);
    set(other);
    bool same = std::all_of(bytes.begin(), bytes.end(),
                            [](char byte) { return byte == kGuardByte; });
    set(dense);
    return same;
  }

private:
  size_t row = 0, pitch = 0, rows = 0;
  std::vector<char> bytes;
};

/// The real values that the launch quantizes, divided by the scale, without the
/// zero point; nothing if its result is not quantized.
std::vector<double> quotients(const TypedTrial &trial,
                              const std::vector<ops::TensorView> &views) {
  ops::OpDesc op = trial.op;
  double scale = 0;
  if (!op.epilogues.empty() && op.epilogues.back().kind == "quantize") {
    scale = op.epilogues.back().alpha;
    op.epilogues.pop_back();
    op.attributes.set("to", std::string("f32"));
  } else if (op.kind != "quantize") {
    return {};
  }
  int64_t count = countOf(trial.output.shape);
  std::vector<float> reals(static_cast<size_t>(count));
  std::vector<double> result;
  std::vector<double> scales = op.attributes.getFloats("scale");
  if (op.kind == "quantize") {
    if (scales.empty())
      scales = {op.attributes.getFloat("scale")};
    for (int64_t i = 0; i < count; ++i)
      result.push_back(ops::loadDouble(views[0].data, DType::F32, i) /
                       scales[size_t(i) % scales.size()]);
    return result;
  }
  EXPECT_TRUE(
      ops::evaluate(op, views,
                    {{{DType::F32, trial.output.shape}, reals.data(), {}}})
          .ok());
  for (float real : reals)
    result.push_back(double(real) / scale);
  return result;
}

} // namespace

void TypedTrial::expectEqual(const Provider &provider) const {
  std::mt19937 random(9);
  std::vector<std::vector<char>> dense;
  std::vector<Guarded> memory;
  LaunchDesc launch;
  launch.op = op;
  for (size_t i = 0; i < inputs.size(); ++i) {
    Slot slot;
    slot.type = inputs[i];
    slot.constant = constant[i];
    int64_t padding = constant[i] ? 0 : inputPadding;
    if (padding)
      slot.strides = stridesFor(inputs[i].shape, padding);
    launch.inputs.push_back(slot);
    int64_t count = countOf(inputs[i].shape);
    dense.emplace_back(size_t(count) * ops::sizeOf(inputs[i].dtype));
    std::uniform_real_distribution<double> uniform(
        inputs[i].dtype == DType::U8   ? 0
        : inputs[i].dtype == DType::I8 ? -128
                                       : low,
        inputs[i].dtype == DType::U8   ? 255
        : inputs[i].dtype == DType::I8 ? 127
                                       : high);
    for (int64_t e = 0; e < count; ++e)
      ops::storeRounded(dense.back().data(), inputs[i].dtype, e,
                        uniform(random));
    memory.emplace_back(inputs[i], padding);
    memory.back().set(dense.back());
  }
  Slot out;
  out.type = output;
  if (outputPadding)
    out.strides = stridesFor(output.shape, outputPadding);
  launch.outputs.push_back(out);

  std::vector<Tactic> tactics = provider.tactics(launch, threads);
  ASSERT_FALSE(tactics.empty());
  EXPECT_GT(tactics[0].seconds, 0);
  if (!tactic.empty())
    EXPECT_EQ(tactics[0].name, tactic);
  EXPECT_TRUE((!inputPadding || tactics[0].stridedInputs) &&
              (!outputPadding || tactics[0].stridedOutputs));
  launch.tactic = tactics[0].name;
  std::vector<std::vector<std::byte>> packed(inputs.size());
  for (unsigned i = 0; i < inputs.size() && packs; ++i) {
    if (!constant[i])
      continue;
    Expected<PackedConstant> form =
        provider.pack(launch, i, memory[i].data(), threads);
    ASSERT_TRUE(form) << form.status().message();
    if (form->layout.empty())
      continue;
    launch.inputs[i].layout = form->layout;
    launch.inputs[i].bytes = form->bytes.size();
    packed[i] = std::move(form->bytes);
  }
  Expected<std::unique_ptr<Kernel>> kernel = provider.create(launch, threads);
  ASSERT_TRUE(kernel) << kernel.status().message();
  std::vector<ops::TensorView> views;
  std::vector<const void *> pointers;
  for (size_t i = 0; i < inputs.size(); ++i) {
    views.push_back({inputs[i], dense[i].data(), {}});
    pointers.push_back(packed[i].empty() ? static_cast<void *>(memory[i].data())
                                         : packed[i].data());
  }
  Guarded result(output, outputPadding);
  std::vector<char> scratch((*kernel)->scratchBytes() + 128, kGuardByte);
  char *aligned = scratch.data() +
                  (64 - reinterpret_cast<uintptr_t>(scratch.data()) % 64) % 64;
  void *target = result.data();
  ExecutionContext context(aligned);
  // Twice: a kernel keeps no state.
  for (int run = 0; run < 2; ++run)
    ASSERT_TRUE((*kernel)->enqueue(pointers.data(), &target, context).ok());
  EXPECT_TRUE(result.intact()) << "wrote beside its output";
  EXPECT_TRUE(std::all_of(aligned + (*kernel)->scratchBytes(),
                          scratch.data() + scratch.size(),
                          [](char byte) { return byte == kGuardByte; }))
      << "wrote behind its scratch memory";

  int64_t count = countOf(output.shape);
  std::vector<char> found = result.get(), expected(found.size());
  ASSERT_TRUE(ops::evaluate(op, views, {{output, expected.data(), {}}}).ok());
  std::vector<double> reals = quotients(*this, views);
  for (int64_t e = 0; e < count; ++e) {
    double want = ops::loadDouble(expected.data(), output.dtype, e);
    double got = ops::loadDouble(found.data(), output.dtype, e);
    if (got == want || (std::isnan(got) && std::isnan(want)))
      continue;
    if (ops::isFloat(output.dtype)) {
      double unit = output.dtype == DType::BF16  ? 1.0 / 128
                    : output.dtype == DType::F16 ? 1.0 / 1024
                                                 : 0.0;
      ASSERT_NEAR(got, want, 4e-6 + (4e-6 + unit) * std::fabs(want))
          << "element " << e;
      continue;
    }
    ASSERT_FALSE(reals.empty())
        << "element " << e << ": got " << got << ", expected " << want;
    double real = reals[size_t(e)];
    double fromTie = std::fabs(std::fabs(real - std::trunc(real)) - 0.5);
    ASSERT_TRUE(std::fabs(got - want) <= 1 &&
                fromTie <= 2e-6 * (64 + std::fabs(real)))
        << "element " << e << ": got " << got << ", expected " << want
        << " for " << real;
  }
}
