//===- KernelHarness.cpp - kernels against the reference ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "KernelHarness.h"

#include "runtime/ops/Semantics.h"

#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <sstream>

using namespace graft;
using namespace graft::runtime;
using graft::test::Case;
using graft::test::Outcome;

namespace {

constexpr float kGuard = 12345.5f;

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};

/// Memory with 64-byte alignment and guards behind it.
class Buffer {
public:
  explicit Buffer(int64_t floats) : size(floats) {
    size_t bytes = (size_t(floats) * 4 + 256 + 63) / 64 * 64;
    memory.reset(static_cast<float *>(std::aligned_alloc(64, bytes)));
    for (size_t i = 0; i < bytes / 4; ++i)
      memory.get()[i] = kGuard;
  }
  float *data() const { return memory.get(); }
  bool intact() const {
    for (int64_t i = size; i < size + 32; ++i)
      if (data()[i] != kGuard)
        return false;
    return true;
  }

private:
  int64_t size;
  std::unique_ptr<float, Free> memory;
};

int64_t count(const ops::Shape &shape) {
  int64_t result = 1;
  for (int64_t size : shape)
    result *= size;
  return result;
}

std::vector<int64_t> widened(const ops::Shape &shape, int64_t padding) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i > 1; --i)
    strides[i - 2] =
        strides[i - 1] * (shape[i - 1] + (i == shape.size() ? padding : 0));
  return strides;
}

ops::TensorView view(std::vector<float> &values, const ops::Shape &shape) {
  return {{ops::DType::F32, shape}, values.data(), {}};
}

/// The reference's results, and the sums of the products' magnitudes.
Status reference(const Case &test, std::vector<std::vector<float>> &inputs,
                 std::vector<float> &expected, std::vector<float> &magnitude) {
  std::vector<ops::TensorView> views;
  for (size_t i = 0; i < inputs.size(); ++i)
    views.push_back(view(inputs[i], test.inputs[i]));
  if (Status s = ops::evaluate(test.op, views, {view(expected, test.output)});
      !s)
    return s;
  std::vector<std::vector<float>> absolute = inputs;
  for (std::vector<float> &values : absolute)
    for (float &value : values)
      value = std::fabs(value);
  views.clear();
  for (size_t i = 0; i < inputs.size(); ++i)
    views.push_back(view(absolute[i], test.inputs[i]));
  // Bounds of sums take no activation; operands that are added count.
  ops::OpDesc op = test.op;
  op.epilogues.clear();
  for (const ops::Epilogue &epilogue : test.op.epilogues)
    if (epilogue.operand >= 0)
      op.epilogues.push_back({"add", epilogue.operand});
  return ops::evaluate(op, views, {view(magnitude, test.output)});
}

} // namespace

Outcome graft::test::check(const Provider &provider, const Case &test,
                           std::string &message) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(test.low, test.high);
  std::vector<std::vector<float>> inputs;
  for (const ops::Shape &shape : test.inputs) {
    inputs.emplace_back(size_t(count(shape)));
    for (float &value : inputs.back())
      value = uniform(random);
  }
  LaunchDesc launch;
  launch.op = test.op;
  for (size_t i = 0; i < test.inputs.size(); ++i) {
    Slot slot;
    slot.type = {ops::DType::F32, test.inputs[i]};
    if (i == 0 && test.inputPadding)
      slot.strides = widened(test.inputs[0], test.inputPadding);
    slot.constant = test.constant.empty() ? i == 1 || i == 2 : test.constant[i];
    launch.inputs.push_back(slot);
  }
  Slot out;
  out.type = {ops::DType::F32, test.output};
  if (test.outputPadding)
    out.strides = widened(test.output, test.outputPadding);
  launch.outputs.push_back(out);

  Tactic chosen;
  for (const Tactic &tactic : provider.tactics(launch, test.threads))
    if ((test.tactic.empty() || test.tactic == tactic.name) &&
        (!test.inputPadding || tactic.stridedInputs) &&
        (!test.outputPadding || tactic.stridedOutputs) &&
        (!test.inPlace || tactic.inPlaceEpilogue >= 0)) {
      chosen = tactic;
      break;
    }
  if (chosen.name.empty())
    return Outcome::NotTaken;
  launch.tactic = chosen.name;

  std::vector<Buffer> memory;
  std::vector<const void *> pointers;
  for (size_t i = 0; i < inputs.size(); ++i) {
    int64_t padding = i == 0 ? test.inputPadding : 0;
    int64_t columns = test.inputs[i].empty() ? 1 : test.inputs[i].back();
    int64_t rows = columns ? count(test.inputs[i]) / columns : 0;
    if (test.pack && launch.inputs[i].constant) {
      Expected<PackedConstant> packed =
          provider.pack(launch, unsigned(i), inputs[i].data(), test.threads);
      if (!packed) {
        message = packed.status().message();
        return Outcome::Failed;
      }
      if (!packed->layout.empty()) {
        launch.inputs[i].layout = packed->layout;
        launch.inputs[i].bytes = packed->bytes.size();
        memory.emplace_back(int64_t(packed->bytes.size() + 3) / 4);
        std::memcpy(memory.back().data(), packed->bytes.data(),
                    packed->bytes.size());
        pointers.push_back(memory.back().data());
        continue;
      }
    }
    memory.emplace_back(rows * (columns + padding));
    for (int64_t r = 0; r < rows; ++r)
      std::memcpy(memory.back().data() + r * (columns + padding),
                  inputs[i].data() + r * columns, size_t(columns) * 4);
    pointers.push_back(memory.back().data());
  }
  int64_t columns = test.output.back();
  int64_t pitch = columns + test.outputPadding;
  int64_t rows = count(test.output) / columns;
  Buffer result(rows * pitch);
  if (test.inPlace) {
    size_t operand =
        size_t(test.op.epilogues[size_t(chosen.inPlaceEpilogue)].operand);
    for (int64_t r = 0; r < rows; ++r)
      std::memcpy(result.data() + r * pitch,
                  inputs[operand].data() + r * columns, size_t(columns) * 4);
    pointers[operand] = result.data();
    launch.inputs[operand].strides = launch.outputs[0].strides;
  }

  for (size_t i = 0; i < inputs.size(); ++i)
    if (launch.inputs[i].constant)
      launch.inputs[i].data = pointers[i]; // as a context has them
  Expected<std::unique_ptr<Kernel>> kernel =
      provider.create(launch, test.runThreads ? test.runThreads : test.threads);
  if (!kernel) {
    message = kernel.status().message();
    return Outcome::Failed;
  }
  Buffer scratch(int64_t((*kernel)->scratchBytes() + 3) / 4);
  void *outputs[] = {result.data()};
  ExecutionContext context(scratch.data());
  // Twice, unless the first run changes an operand: a kernel keeps no state.
  for (int run = 0; run < (test.inPlace ? 1 : 2); ++run) {
    Status status = (*kernel)->enqueue(pointers.data(), outputs, context);
    if (!status.ok()) {
      message = status.message();
      return Outcome::Failed;
    }
  }
  std::vector<float> expected(size_t(rows * columns)), magnitude(expected);
  Status status = reference(test, inputs, expected, magnitude);
  if (!status.ok()) {
    message = status.message();
    return Outcome::Failed;
  }
  std::ostringstream text;
  if (!result.intact() || !scratch.intact()) {
    message = "wrote behind its memory";
    return Outcome::Failed;
  }
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < pitch; ++c) {
      float got = result.data()[r * pitch + c];
      if (c >= columns) {
        if (got != kGuard) {
          message = "wrote into another slice's channels";
          return Outcome::Failed;
        }
        continue;
      }
      float want = expected[size_t(r * columns + c)];
      float allowed = 4.0f * std::sqrt(float(test.depth)) * 1.2e-7f *
                      (std::fabs(magnitude[size_t(r * columns + c)]) +
                       std::fabs(want) + test.floor);
      if (!(std::fabs(got - want) <= allowed)) {
        text << "row " << r << ", channel " << c << ": got " << got
             << ", expected " << want << " +- " << allowed;
        message = text.str();
        return Outcome::Failed;
      }
    }
  }
  return Outcome::Passed;
}
