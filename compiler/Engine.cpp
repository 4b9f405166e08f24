//===- Engine.cpp - run a plan on NumPy arrays ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Engine.h"

#include "compiler/Elements.h"
#include "compiler/ModelInputs.h"

#include <algorithm>
#include <random>

using namespace graft;

static Status runtimeStatus(graft_code code) {
  if (code == GRAFT_OK)
    return Status();
  return {static_cast<StatusCode>(code), graft_last_error()};
}

static std::string shapeText(const int64_t *dims, size_t rank) {
  std::string text = "[";
  for (size_t d = 0; d < rank; ++d)
    text += (d ? ", " : "") + (dims[d] < 0 ? "?" : std::to_string(dims[d]));
  return text + "]";
}

static std::string portText(const graft_port &port) {
  return std::string(numpyType(port.dtype)) + shapeText(port.dims, port.rank);
}

static std::string arrayText(const NpyArray &array) {
  return array.dtype + shapeText(array.shape.data(), array.shape.size());
}

Status graft::loadEngine(LoadedEngine &loaded) {
  graft_engine *engine = nullptr;
  std::string_view bytes = loaded.planBytes.bytes();
  graft_code code =
      graft_engine_load_memory(bytes.data(), bytes.size(), &engine);
  loaded.engine.reset(engine);
  return runtimeStatus(code);
}

Expected<LoadedEngine> graft::openEngine(const std::string &path) {
  LoadedEngine loaded;
  graft_engine *engine = nullptr;
  graft_code code = graft_engine_load(path.c_str(), &engine);
  loaded.engine.reset(engine);
  GRAFT_RETURN_IF_ERROR(runtimeStatus(code));
  return loaded;
}

/// Checks that `array` is what `port` takes.
static Status checkInput(const graft_port &port, const NpyArray &array) {
  bool fits = array.dtype == numpyType(port.dtype) &&
              array.shape.size() == static_cast<size_t>(port.rank);
  for (int32_t d = 0; fits && d < port.rank; ++d)
    fits = port.dims[d] < 0 || port.dims[d] == array.shape[d];
  if (fits)
    return Status();
  return Status::usage(std::string("input '") + port.name + "' must be " +
                       portText(port) + ", got " + arrayText(array));
}

Expected<ContextPtr> graft::makeContext(const graft_engine *engine,
                                        const NpzArrays &inputs, int threads) {
  size_t count = graft_engine_num_inputs(engine);
  for (const auto &[name, array] : inputs) {
    bool known = false;
    for (size_t i = 0; i < count && !known; ++i)
      known = name == graft_engine_input(engine, i).name;
    if (!known)
      return Status::usage("the engine has no input '" + name + "'");
  }
  graft_context *raw = nullptr;
  if (Status s = runtimeStatus(graft_context_create(engine, threads, &raw)); !s)
    return s;
  ContextPtr context(raw);
  for (size_t i = 0; i < count; ++i) {
    graft_port port = graft_engine_input(engine, i);
    auto found = inputs.find(port.name);
    graft_port standIn;
    const void *data;
    if (found == inputs.end() &&
        graft_engine_input_default(engine, i, &standIn, &data)) {
      GRAFT_RETURN_IF_ERROR(runtimeStatus(
          graft_context_set_shape(raw, i, standIn.dims, standIn.rank)));
      continue;
    }
    if (found == inputs.end())
      return Status::usage(std::string("input '") + port.name + "' (" +
                           portText(port) + ") is missing");
    if (Status s = checkInput(port, found->second); !s)
      return s;
    const std::vector<int64_t> &shape = found->second.shape;
    if (Status s = runtimeStatus(
            graft_context_set_shape(raw, i, shape.data(), shape.size()));
        !s)
      return s;
  }
  if (Status s = runtimeStatus(graft_context_prepare(raw)); !s)
    return s;
  return context;
}

std::vector<NpyArray> graft::makeOutputs(const graft_engine *engine,
                                         const graft_context *context) {
  std::vector<NpyArray> outputs(graft_engine_num_outputs(engine));
  for (size_t i = 0; i < outputs.size(); ++i) {
    graft_port port = graft_context_output(context, i);
    NpyArray &array = outputs[i];
    array.dtype = numpyType(port.dtype);
    array.shape.assign(port.dims, port.dims + port.rank);
    size_t bytes = array.dtype[1] - '0';
    for (int64_t dim : array.shape)
      bytes *= dim;
    array.bytes.resize(bytes);
  }
  return outputs;
}

Status graft::runContext(graft_context *context,
                         const std::vector<const void *> &inputs,
                         const std::vector<void *> &outputs) {
  return runtimeStatus(
      graft_context_run(context, inputs.data(), outputs.data()));
}

Expected<NpzArrays> graft::runOnce(const graft_engine *engine,
                                   const NpzArrays &inputs, int threads,
                                   const LaunchWatcher &watcher) {
  Expected<ContextPtr> context = makeContext(engine, inputs, threads);
  if (!context)
    return context.status();
  std::vector<NpyArray> outputs = makeOutputs(engine, context->get());
  graft_run_options options = {};
  options.size = sizeof(options);
  if (watcher) {
    options.launched_user = const_cast<LaunchWatcher *>(&watcher);
    options.launched = [](void *user, size_t launch, const graft_tensor *wrote,
                          size_t count) {
      (*static_cast<const LaunchWatcher *>(user))(launch, wrote, count);
    };
  }
  GRAFT_RETURN_IF_ERROR(runtimeStatus(graft_context_run_with(
      context->get(), inputPointers(engine, inputs).data(),
      outputPointers(outputs).data(), &options)));
  NpzArrays named;
  for (size_t i = 0; i < outputs.size(); ++i)
    named.emplace(graft_engine_output(engine, i).name, std::move(outputs[i]));
  return named;
}

std::vector<const void *> graft::inputPointers(const graft_engine *engine,
                                               const NpzArrays &inputs) {
  std::vector<const void *> pointers;
  for (size_t i = 0; i < graft_engine_num_inputs(engine); ++i) {
    auto found = inputs.find(graft_engine_input(engine, i).name);
    graft_port standIn;
    const void *data = nullptr;
    if (found != inputs.end())
      data = found->second.bytes.data();
    else
      (void)graft_engine_input_default(engine, i, &standIn, &data);
    pointers.push_back(data);
  }
  return pointers;
}

std::vector<void *> graft::outputPointers(std::vector<NpyArray> &outputs) {
  std::vector<void *> pointers;
  for (NpyArray &array : outputs)
    pointers.push_back(array.bytes.data());
  return pointers;
}

/// Shape of an input with every dynamic dimension settled.
static Expected<std::vector<int64_t>> settleShape(const graft_port &port,
                                                  const ShapeMap &shapes) {
  std::vector<int64_t> shape(port.dims, port.dims + port.rank);
  auto wanted = shapes.find(port.name);
  if (wanted != shapes.end() && wanted->second.size() != shape.size())
    return Status::usage(std::string("input '") + port.name + "' must be " +
                         portText(port) + ", got rank " +
                         std::to_string(wanted->second.size()));
  for (size_t d = 0; d < shape.size(); ++d)
    if (wanted != shapes.end() && wanted->second[d].max != kUnlimited)
      shape[d] = wanted->second[d].max;
    else if (shape[d] < 0)
      shape[d] = wanted == shapes.end()
                     ? 1
                     : std::max<int64_t>(1, wanted->second[d].min);
  return shape;
}

Expected<NpzArrays> graft::randomInputs(const graft_engine *engine,
                                        const ShapeMap &shapes, uint64_t seed) {
  std::mt19937_64 generator(seed);
  NpzArrays inputs;
  for (size_t i = 0; i < graft_engine_num_inputs(engine); ++i) {
    graft_port port = graft_engine_input(engine, i);
    graft_port standIn;
    const void *data;
    if (!shapes.count(port.name) &&
        graft_engine_input_default(engine, i, &standIn, &data))
      continue; // the default is what users run
    Expected<std::vector<int64_t>> shape = settleShape(port, shapes);
    if (!shape)
      return shape.status();
    NpyArray array{numpyType(port.dtype), *shape, ""};
    size_t count = 1, size = array.dtype[1] - '0';
    for (int64_t dim : array.shape)
      count *= dim;
    array.bytes.resize(count * size);
    for (size_t e = 0; e < count; ++e) {
      // 24 random bits: exact in f32.
      uint64_t bits = generator() >> 40;
      char *element = array.bytes.data() + e * size;
      if (port.dtype == GRAFT_F32) {
        float value = bits * 0x1p-24f;
        std::copy_n(reinterpret_cast<char *>(&value), size, element);
      } else if (port.dtype == GRAFT_F64) {
        double value = bits * 0x1p-24;
        std::copy_n(reinterpret_cast<char *>(&value), size, element);
      } else if (port.dtype == GRAFT_F16 || port.dtype == GRAFT_BF16) {
        // 0 or 1: the bits of 1.0 differ between the two.
        uint16_t one = port.dtype == GRAFT_F16 ? 0x3c00 : 0x3f80;
        uint16_t value = bits & 1 ? one : 0;
        std::copy_n(reinterpret_cast<char *>(&value), size, element);
      } else {
        *element = static_cast<char>(bits & 1); // little-endian 0 or 1
      }
    }
    inputs.emplace(port.name, std::move(array));
  }
  return inputs;
}

std::vector<SampleInput> graft::sampleInputs(const graft_engine *engine,
                                             const ShapeMap &ranges) {
  std::vector<SampleInput> inputs;
  for (size_t i = 0; i < graft_engine_num_inputs(engine); ++i) {
    graft_port port = graft_engine_input(engine, i);
    SampleInput &input = inputs.emplace_back();
    input.name = port.name;
    input.shape.assign(port.dims, port.dims + port.rank);
    auto range = ranges.find(input.name);
    if (range != ranges.end() && !range->second.empty())
      input.largestBatch = range->second[0].max;
  }
  return inputs;
}
