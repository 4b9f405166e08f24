//===- KernelBench.cpp - times each layer of a list of shapes -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs the convolutions of a network one after the other, as an engine would,
// so that each finds its weights as cold as they are in a real run, and prints
// the best time of each layer over many passes.
//
//   kernel-bench SHAPES [PROVIDER] [THREADS] [PASSES] [TACTIC]
//                [--precision=fp32|bf16|int8] [--activation=relu|swish|...]
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Providers.h"
#include "support/Precision.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

using namespace graft;
using namespace graft::runtime;

namespace {

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<char, Free>;

Memory allocate(size_t bytes) {
  bytes = std::max<size_t>((bytes + 63) / 64 * 64, 64);
  Memory memory(static_cast<char *>(std::aligned_alloc(64, bytes)));
  auto *values = reinterpret_cast<float *>(memory.get());
  for (size_t i = 0; i < bytes / 4; ++i)
    values[i] = float(int(i * 7 % 17) - 8) * 0.01f;
  return memory;
}

struct Layer {
  std::string name;
  LaunchDesc launch;
  std::unique_ptr<Kernel> kernel;
  Memory weights;
  std::vector<Memory> perChannel; ///< bias and factors: inputs 2 and on
  double flops = 0;
  double estimate = 0;
  double best = 1e9;
};

int64_t bytesOf(const Slot &slot) {
  uint64_t bytes = 0;
  return ops::countBytes(slot.type, bytes) ? int64_t(bytes) : 0;
}

Slot makeSlot(ops::DType type, ops::Shape shape, bool constant = false) {
  Slot slot;
  slot.type = {type, std::move(shape)};
  slot.constant = constant;
  return slot;
}

/// Types of activations and of weights.
struct LayerTypes {
  Precision precision;
  ops::DType activations, weights;
};
const LayerTypes precisions[] = {
    {Precision::FP32, ops::DType::F32, ops::DType::F32},
    {Precision::BF16, ops::DType::BF16, ops::DType::BF16},
    {Precision::Int8, ops::DType::U8, ops::DType::I8},
};

/// Reads a line of a shape file. False for a comment.
bool readLayer(const std::string &line, const LayerTypes &types,
               const std::string &activation, Layer &layer) {
  std::istringstream text(line);
  int64_t n, h, w, c, kh, kw, o, sh, sw, top, bottom, left, right, groups;
  if (line.empty() || line[0] == '#' ||
      !(text >> layer.name >> n >> h >> w >> c >> kh >> kw >> o >> sh >> sw >>
        top >> bottom >> left >> right >> groups))
    return false;
  int64_t oh = (h + top + bottom - kh) / sh + 1;
  int64_t ow = (w + left + right - kw) / sw + 1;
  LaunchDesc &launch = layer.launch;
  launch.op.kind = "conv2d";
  launch.op.attributes.set("strides", std::vector<int64_t>{sh, sw});
  launch.op.attributes.set("pads",
                           std::vector<int64_t>{top, bottom, left, right});
  launch.op.attributes.set("groups", groups);
  int64_t depth = c / groups;
  launch.inputs = {makeSlot(types.activations, {n, h, w, c}),
                   makeSlot(types.weights, {kh, kw, depth, o}, true),
                   makeSlot(ops::DType::F32, {o}, true)};
  launch.outputs = {makeSlot(types.activations, {n, oh, ow, o})};
  bool isQuantized = types.activations == ops::DType::U8;
  launch.op.attributes.set("has_bias", int64_t(!isQuantized));
  if (isQuantized) {
    // As nn-fuse-quantization produces them.
    launch.inputs.push_back(launch.inputs.back());
    launch.op.attributes.set("zero_point", int64_t(3));
    launch.op.attributes.set("to", std::string("u8"));
    launch.op.epilogues = {{"mul", 2}, {"add", 3}};
  }
  launch.op.epilogues.push_back({activation, -1, 0, 0});
  if (isQuantized)
    launch.op.epilogues.push_back({"quantize", -1, 0.05, 0});
  layer.flops = 2.0 * double(n * oh * ow) * double(o * kh * kw) * double(depth);
  return true;
}

int fail(const std::string &message) {
  std::fprintf(stderr, "kernel-bench: %s\n", message.c_str());
  return 1;
}

double seconds() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

} // namespace

int main(int argc, char **argv) {
  const LayerTypes *types = precisions;
  std::string activation = "relu";
  for (; argc > 2; --argc) {
    std::string_view option = argv[argc - 1];
    if (option.substr(0, 12) == "--precision=")
      types = std::find_if(std::begin(precisions), std::end(precisions),
                           [&](const LayerTypes &known) {
                             return getName(known.precision) ==
                                    fromStoredPrecision(option.substr(12));
                           });
    else if (option.substr(0, 13) == "--activation=")
      activation = option.substr(13);
    else
      break;
  }
  if (argc < 2 || types == std::end(precisions))
    return fail(
        "usage: kernel-bench SHAPES [cpu|onednn|any] [THREADS] [PASSES] "
        "[TACTIC] [--precision=fp32|bf16|int8] [--activation=KIND]");
  const std::string_view name = argc > 2 ? argv[2] : "cpu";
  std::vector<const Provider *> providers;
  if (name != "onednn")
    providers.push_back(cpuProvider());
  if (name != "cpu")
    providers.push_back(oneDnnProvider());
  int threads = argc > 3 ? std::atoi(argv[3]) : 2;
  int passes = argc > 4 ? std::atoi(argv[4]) : 50;
  std::ifstream file(argv[1]);
  if (!file)
    return fail(std::string(argv[1]) + ": cannot be read");

  std::vector<Layer> layers;
  std::string line;
  int64_t largest = 0;
  uint64_t scratchBytes = 0;
  while (std::getline(file, line)) {
    Layer layer;
    if (!readLayer(line, *types, activation, layer))
      continue;
    std::vector<Tactic> tactics;
    const Provider *provider = nullptr;
    for (const Provider *other : providers) {
      std::vector<Tactic> found = other->tactics(layer.launch, threads);
      if (found.empty() || (provider && tactics[0].seconds <= found[0].seconds))
        continue;
      provider = other;
      tactics = std::move(found);
    }
    if (!provider)
      return fail(layer.name + ": no tactic");
    // The requested tactic, if the layer has it.
    Tactic chosen = tactics[0];
    for (const Tactic &tactic : tactics)
      if (argc > 5 && tactic.name == argv[5])
        chosen = tactic;
    layer.launch.tactic = chosen.name;
    layer.estimate = chosen.seconds;
    Memory dense = allocate(size_t(bytesOf(layer.launch.inputs[1])));
    Expected<PackedConstant> packed =
        provider->pack(layer.launch, 1, dense.get(), threads);
    if (!packed)
      return fail(layer.name + ": " + packed.status().message());
    if (!packed->layout.empty()) {
      layer.launch.inputs[1].layout = packed->layout;
      layer.launch.inputs[1].bytes = packed->bytes.size();
      dense = allocate(packed->bytes.size());
      std::memcpy(dense.get(), packed->bytes.data(), packed->bytes.size());
    }
    layer.weights = std::move(dense);
    for (size_t i = 2; i < layer.launch.inputs.size(); ++i)
      layer.perChannel.push_back(
          allocate(size_t(bytesOf(layer.launch.inputs[i]))));
    Expected<std::unique_ptr<Kernel>> kernel =
        provider->create(layer.launch, threads);
    if (!kernel)
      return fail(layer.name + ": " + kernel.status().message());
    layer.kernel = std::move(*kernel);
    scratchBytes = std::max(scratchBytes, layer.kernel->scratchBytes());
    largest = std::max({largest, bytesOf(layer.launch.inputs[0]),
                        bytesOf(layer.launch.outputs[0])});
    layers.push_back(std::move(layer));
  }

  Memory buffers[2] = {allocate(size_t(largest)), allocate(size_t(largest))};
  Memory scratch = allocate(scratchBytes);
  for (size_t i = 0; i + 1 < layers.size(); ++i) {
    const Layer &next = layers[i + 1];
    uint64_t bytes = next.launch.inputs[1].bytes;
    layers[i].kernel->expectNext(
        next.weights.get(),
        bytes ? bytes : uint64_t(bytesOf(next.launch.inputs[1])));
  }
  ExecutionContext context(scratch.get());
  double bestPass = 1e9;
  for (int pass = 0; pass < passes; ++pass) {
    double start = seconds();
    for (size_t i = 0; i < layers.size(); ++i) {
      Layer &layer = layers[i];
      const void *inputs[] = {buffers[i % 2].get(), layer.weights.get(),
                              layer.perChannel.front().get(),
                              layer.perChannel.back().get()};
      void *outputs[] = {buffers[1 - i % 2].get()};
      double begin = seconds();
      Status status = layer.kernel->enqueue(inputs, outputs, context);
      layer.best = std::min(layer.best, seconds() - begin);
      if (!status)
        return fail(layer.name + ": " + status.message());
    }
    bestPass = std::min(bestPass, seconds() - start);
  }

  double sum = 0, flops = 0;
  std::printf("%-28s %-22s %9s %9s %9s\n", "layer", "shape", "us", "GFLOP/s",
              "model us");
  for (const Layer &layer : layers) {
    const ops::Shape &x = layer.launch.inputs[0].type.shape;
    const ops::Shape &w = layer.launch.inputs[1].type.shape;
    char shape[64];
    std::snprintf(shape, sizeof(shape), "%dx%dx%d %dx%d/%d -> %d", int(x[1]),
                  int(x[2]), int(x[3]), int(w[0]), int(w[1]),
                  int(layer.launch.op.attributes.getInts("strides")[0]),
                  int(w[3]));
    std::printf("%-28s %-22s %9.1f %9.0f %9.1f\n", layer.name.c_str(), shape,
                layer.best * 1e6, layer.flops / layer.best * 1e-9,
                layer.estimate * 1e6);
    sum += layer.best;
    flops += layer.flops;
  }
  std::printf("%s, %d threads: sum of best %.2f ms, best pass %.2f ms, %.2f "
              "GFLOP, %.0f GFLOP/s\n",
              std::string(name).c_str(), threads, sum * 1e3, bestPass * 1e3,
              flops * 1e-9, flops / sum * 1e-9);
  return 0;
}
