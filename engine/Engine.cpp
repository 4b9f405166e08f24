//===- Engine.cpp - run a plan on NumPy arrays ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "engine/Engine.h"

#include "engine/Elements.h"

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

Status graft::loadEngine(LoadedEngine &loaded) {
  graft_engine *engine = nullptr;
  std::string_view bytes = loaded.planBytes.bytes();
  graft_code code =
      graft_engine_load_memory(bytes.data(), bytes.size(), &engine);
  loaded.engine.reset(engine);
  return runtimeStatus(code);
}

Status graft::loadCopy(std::string_view plan, EnginePtr &loaded) {
  graft_engine *engine = nullptr;
  graft_code code = graft_engine_load_copy(plan.data(), plan.size(), &engine);
  loaded.reset(engine);
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

/// Checks that an array is what `port` takes.
static Status checkInput(const graft_port &port, const std::string &dtype,
                         const std::vector<int64_t> &shape, bool anyBatch) {
  bool fits = dtype == numpyType(port.dtype) &&
              shape.size() == static_cast<size_t>(port.rank);
  for (int32_t d = anyBatch ? 1 : 0; fits && d < port.rank; ++d)
    fits = port.dims[d] < 0 || port.dims[d] == shape[d];
  if (fits)
    return Status();
  return Status::usage(std::string("input '") + port.name + "' must be " +
                       portText(port) + ", got " + dtype +
                       shapeText(shape.data(), shape.size()));
}

CheckArray graft::inputCheck(const graft_engine *engine, bool anyBatch) {
  return [engine, anyBatch](const std::string &name, const NpyHeader &header) {
    for (size_t i = 0; i < graft_engine_num_inputs(engine); ++i)
      if (graft_port port = graft_engine_input(engine, i); name == port.name)
        return checkInput(port, header.dtype, header.shape, anyBatch);
    return Status::usage("the engine has no input '" + name + "'");
  };
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
    const std::vector<int64_t> &shape = found->second.shape;
    GRAFT_RETURN_IF_ERROR(checkInput(port, found->second.dtype, shape,
                                     /*anyBatch=*/false));
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

/// What is stated of an input: under its name, or under its signature's and its
/// own.
static ShapeMap::const_iterator findStated(const ShapeMap &shapes,
                                           const std::string &name) {
  auto own = shapes.find(name);
  return own != shapes.end()
             ? own
             : std::find_if(shapes.begin(), shapes.end(), [&](auto &stated) {
                 std::string_view text = stated.first;
                 return text.size() > name.size() &&
                        text.substr(text.size() - name.size()) == name &&
                        text[text.size() - name.size() - 1] == '/';
               });
}

/// The default of input `i`, where `shapes` do not speak of that input.
static std::optional<graft_port> findDefault(const graft_engine *engine,
                                             size_t i, const ShapeMap &shapes) {
  graft_port value;
  const void *data = nullptr;
  if (findStated(shapes, graft_engine_input(engine, i).name) != shapes.end() ||
      !graft_engine_input_default(engine, i, &value, &data))
    return std::nullopt;
  return value;
}

/// Shape of an input with every dynamic dimension settled: by `shapes`, else
/// the first is `batch` and others are `size`.
static Expected<std::vector<int64_t>> settleShape(const graft_port &port,
                                                  const ShapeMap &shapes,
                                                  int64_t batch, int64_t size) {
  std::vector<int64_t> shape(port.dims, port.dims + port.rank);
  auto wanted = findStated(shapes, port.name);
  if (wanted != shapes.end() && wanted->second.size() != shape.size())
    return Status::usage(std::string("input '") + port.name + "' must be " +
                         portText(port) + ", got rank " +
                         std::to_string(wanted->second.size()));
  for (size_t d = 0; d < shape.size(); ++d)
    if (wanted != shapes.end() && wanted->second[d].max != kUnlimited)
      shape[d] = wanted->second[d].max;
    else if (shape[d] < 0)
      shape[d] =
          std::max<int64_t>(d == 0 ? batch : size,
                            wanted == shapes.end() ? 0 : wanted->second[d].min);
  return shape;
}

static Expected<std::vector<std::vector<int64_t>>>
settleShapes(const graft_engine *engine, const ShapeMap &shapes, int64_t batch,
             int64_t size) {
  std::vector<std::vector<int64_t>> settled;
  for (size_t i = 0; i < graft_engine_num_inputs(engine); ++i) {
    if (std::optional<graft_port> value = findDefault(engine, i, shapes)) {
      settled.emplace_back(value->dims, value->dims + value->rank);
      continue;
    }
    Expected<std::vector<int64_t>> shape =
        settleShape(graft_engine_input(engine, i), shapes, batch, size);
    if (!shape)
      return shape.status();
    settled.push_back(*std::move(shape));
  }
  return settled;
}

/// Whether the engine makes something of inputs of these shapes.
static bool takesShapes(const graft_engine *engine,
                        const std::vector<std::vector<int64_t>> &shapes) {
  graft_context *raw = nullptr;
  if (graft_context_create(engine, /*threads=*/1, &raw) != GRAFT_OK)
    return false;
  ContextPtr context(raw);
  for (size_t i = 0; i < shapes.size(); ++i)
    if (graft_context_set_shape(raw, i, shapes[i].data(), shapes[i].size()) !=
        GRAFT_OK)
      return false;
  if (graft_context_prepare(raw) != GRAFT_OK)
    return false;
  // Images one pixel too small leave nothing.
  for (size_t i = 0; i < graft_engine_num_outputs(engine); ++i) {
    graft_port port = graft_context_output(raw, i);
    if (std::count(port.dims, port.dims + port.rank, 0))
      return false;
  }
  return true;
}

/// Shapes that the engine takes: of the smallest sizes where `shapes` leave
/// some open, such as images that are as large as a network's windows.
static Expected<std::vector<std::vector<int64_t>>>
findShapes(const graft_engine *engine, const ShapeMap &shapes) {
  Expected<std::vector<std::vector<int64_t>>> smallest =
      settleShapes(engine, shapes, 1, 1);
  if (!smallest || takesShapes(engine, *smallest))
    return smallest;
  for (int64_t batch : {1, 0}) // 0: as large as the others
    for (int64_t size : {2, 3, 4, 5, 6, 8, 12, 16, 32, 64, 96, 128, 224, 331}) {
      if (batch == 0 && size > 16)
        break; // such batches of images fill the memory
      Expected<std::vector<std::vector<int64_t>>> found =
          settleShapes(engine, shapes, batch ? batch : size, size);
      if (found && takesShapes(engine, *found))
        return found;
    }
  return smallest;
}

Expected<NpzArrays> graft::randomInputs(const graft_engine *engine,
                                        const ShapeMap &shapes, uint64_t seed) {
  std::mt19937_64 generator(seed);
  NpzArrays inputs;
  Expected<std::vector<std::vector<int64_t>>> found =
      findShapes(engine, shapes);
  if (!found)
    return found.status();
  for (size_t i = 0; i < graft_engine_num_inputs(engine); ++i) {
    graft_port port = graft_engine_input(engine, i);
    if (findDefault(engine, i, shapes))
      continue; // the default is what users run
    NpyArray array{numpyType(port.dtype), (*found)[i], ""};
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
    auto range = findStated(ranges, input.name);
    if (range != ranges.end() && !range->second.empty())
      input.largestBatch = range->second[0].max;
  }
  return inputs;
}
