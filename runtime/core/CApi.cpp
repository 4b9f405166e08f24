//===- CApi.cpp - the C interface -----------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/core/CApiGuard.h"
#include "runtime/core/Context.h"
#include "runtime/core/QuantizedValues.h"

#include <algorithm>
#include <cstring>

using namespace graft;
using namespace graft::runtime;

static_assert(GRAFT_F32 == static_cast<int>(ops::DType::F32) &&
              GRAFT_I8 == static_cast<int>(ops::DType::I8) &&
              GRAFT_BOOL == static_cast<int>(ops::DType::Bool));
static_assert(GRAFT_CANCELLED == static_cast<int>(StatusCode::Cancelled));
static_assert(GRAFT_INTERNAL == static_cast<int>(StatusCode::Internal) &&
              GRAFT_EXHAUSTED == static_cast<int>(StatusCode::Exhausted));

struct graft_engine {
  std::shared_ptr<const Engine> engine;
};

struct graft_context {
  Context context;
};

namespace {

graft_port toPort(const PlanTensor &tensor, const ops::Shape &shape) {
  return {tensor.name.c_str(), static_cast<graft_dtype>(tensor.type.dtype),
          static_cast<int32_t>(shape.size()), shape.data()};
}

constexpr graft_port kNoPort = {"", GRAFT_F32, 0, nullptr};

graft_port portOf(const graft_engine *engine,
                  const std::vector<uint32_t> &ports, size_t i) {
  if (i >= ports.size())
    return kNoPort;
  const PlanTensor &tensor = engine->engine->plan().tensors[ports[i]];
  return toPort(tensor, tensor.type.shape);
}

/// A string of a launch; empty if there is no such launch.
const char *textOf(const graft_engine *engine, size_t i,
                   std::string PlanLaunch::*word) {
  const Plan &plan = engine->engine->plan();
  return i < plan.launches.size() ? (plan.launches[i].*word).c_str() : "";
}

/// Passes the outputs of each launch of a run to the caller.
class Watcher {
public:
  using Function = decltype(graft_run_options::launched);

  Watcher(const Context &context, Function function, void *user)
      : context(context), function(function), user(user),
        scales(findQuantizationParams(context.engine().plan())) {}

  void operator()(size_t launch) const {
    const std::vector<uint32_t> &outputs =
        context.engine().plan().launches[launch].outputs;
    std::vector<LiveTensor> live;
    std::vector<graft_tensor> tensors;
    live.reserve(outputs.size()); // the tensors point into it
    for (size_t i = 0; i < outputs.size(); ++i) {
      const LiveTensor &at = live.emplace_back(context.launchOutput(launch, i));
      tensors.push_back({static_cast<graft_dtype>(at.type.dtype),
                         static_cast<int32_t>(at.type.shape.size()),
                         at.type.shape.data(), at.strides.data(), at.data,
                         scales[launch][i].scale, scales[launch][i].zeroPoint});
    }
    function(user, launch, tensors.data(), tensors.size());
  }

private:
  const Context &context;
  Function function;
  void *user;
  std::vector<std::vector<QuantizationParams>> scales;
};

} // namespace

extern "C" {

const char *graft_version(void) { return GRAFT_VERSION; }

const char *graft_last_error(void) { return lastError().c_str(); }

graft_code graft_engine_load(const char *path, graft_engine **engine) {
  return guard([&]() -> Status {
    if (!path || !engine)
      return missingArgument("path and engine");
    *engine = nullptr;
    Expected<std::shared_ptr<const Engine>> loaded = Engine::load(path);
    GRAFT_RETURN_IF_ERROR(loaded.status());
    *engine = new graft_engine{*std::move(loaded)};
    return Status();
  });
}

graft_code graft_engine_load_memory(const void *data, size_t size,
                                    graft_engine **engine) {
  return guard([&]() -> Status {
    if (!data || !engine)
      return missingArgument("data and engine");
    *engine = nullptr;
    Expected<std::shared_ptr<const Engine>> loaded =
        Engine::fromMemory({static_cast<const char *>(data), size});
    GRAFT_RETURN_IF_ERROR(loaded.status());
    *engine = new graft_engine{*std::move(loaded)};
    return Status();
  });
}

graft_code graft_engine_load_copy(const void *data, size_t size,
                                  graft_engine **engine) {
  return guard([&]() -> Status {
    if (!data || !engine)
      return missingArgument("data and engine");
    *engine = nullptr;
    Expected<std::shared_ptr<const Engine>> loaded =
        Engine::fromCopy({static_cast<const char *>(data), size});
    GRAFT_RETURN_IF_ERROR(loaded.status());
    *engine = new graft_engine{*std::move(loaded)};
    return Status();
  });
}

const void *graft_engine_plan(const graft_engine *engine, size_t *size) {
  std::string_view bytes = engine->engine->copy();
  if (size)
    *size = bytes.size();
  return bytes.empty() ? nullptr : bytes.data();
}

void graft_engine_destroy(graft_engine *engine) { delete engine; }

size_t graft_engine_num_inputs(const graft_engine *engine) {
  return engine->engine->plan().inputs.size();
}

size_t graft_engine_num_outputs(const graft_engine *engine) {
  return engine->engine->plan().outputs.size();
}

graft_port graft_engine_input(const graft_engine *engine, size_t i) {
  return portOf(engine, engine->engine->plan().inputs, i);
}

int graft_engine_input_default(const graft_engine *engine, size_t i,
                               graft_port *port, const void **data) {
  const std::vector<uint32_t> &inputs = engine->engine->plan().inputs;
  const Substitute *substitute =
      i < inputs.size() ? engine->engine->substitute(i) : nullptr;
  if (!substitute)
    return 0;
  *port = portOf(engine, inputs, i);
  port->dims = substitute->shape.data();
  port->rank = static_cast<int32_t>(substitute->shape.size());
  *data = substitute->data;
  return 1;
}

graft_port graft_engine_output(const graft_engine *engine, size_t i) {
  return portOf(engine, engine->engine->plan().outputs, i);
}

graft_code graft_context_create(const graft_engine *engine, int threads,
                                graft_context **context) {
  return guard([&]() -> Status {
    if (!engine || !context)
      return missingArgument("engine and context");
    *context = nullptr;
    *context = new graft_context{Context(engine->engine, threads)};
    return Status();
  });
}

void graft_context_destroy(graft_context *context) { delete context; }

graft_code graft_context_set_shape(graft_context *context, size_t i,
                                   const int64_t *dims, int32_t rank) {
  return guard([&]() -> Status {
    if (!context || (!dims && rank > 0))
      return missingArgument("context and dims");
    if (rank < 0)
      return Status::usage("the rank must not be negative, got " +
                           std::to_string(rank));
    return context->context.setShape(i, ops::Shape(dims, dims + rank));
  });
}

graft_code graft_context_prepare(graft_context *context) {
  return guard([&]() -> Status {
    if (!context)
      return missingArgument("context");
    return context->context.prepare();
  });
}

graft_port graft_context_output(const graft_context *context, size_t i) {
  const Plan &plan = context->context.engine().plan();
  if (i >= plan.outputs.size())
    return kNoPort;
  return toPort(plan.tensors[plan.outputs[i]], context->context.outputShape(i));
}

size_t graft_context_bytes(const graft_context *context) {
  return context->context.bytes();
}

graft_code graft_context_run(graft_context *context, const void *const *inputs,
                             void *const *outputs) {
  return graft_context_run_with(context, inputs, outputs, nullptr);
}

graft_code graft_context_run_with(graft_context *context,
                                  const void *const *inputs,
                                  void *const *outputs,
                                  const graft_run_options *given) {
  return guard([&]() -> Status {
    RunOptions options;
    if (given) {
      // A caller with an older header has a shorter struct.
      graft_run_options known = {};
      std::memcpy(&known, given, std::min(given->size, sizeof(known)));
      if (known.threads)
        options.threads = {known.threads->user, known.threads->run};
      options.cancelled = known.cancelled;
      options.cancelledUser = known.cancelled_user;
      if (known.launched && context)
        options.launched =
            Watcher(context->context, known.launched, known.launched_user);
    }
    if (!context)
      return missingArgument("context");
    const Plan &plan = context->context.engine().plan();
    if ((!inputs && !plan.inputs.empty()) ||
        (!outputs && !plan.outputs.empty()))
      return missingArgument("inputs and outputs");
    return context->context.run(inputs, outputs, options);
  });
}

void graft_tensor_read(const graft_tensor *tensor, float *values) {
  readRealValues({static_cast<ops::DType>(tensor->dtype),
                  ops::Shape(tensor->dims, tensor->dims + tensor->rank)},
                 tensor->strides, tensor->data,
                 {tensor->scale, tensor->zero_point}, values);
}

void graft_context_set_profiling(graft_context *context, int on) {
  context->context.setProfiling(on != 0);
}

const char *graft_engine_precision(const graft_engine *engine) {
  return engine->engine->plan().precision.c_str();
}

size_t graft_engine_num_launches(const graft_engine *engine) {
  return engine->engine->plan().launches.size();
}

const char *graft_engine_launch_name(const graft_engine *engine, size_t i) {
  return textOf(engine, i, &PlanLaunch::name);
}

const char *graft_engine_launch_kind(const graft_engine *engine, size_t i) {
  const Plan &plan = engine->engine->plan();
  return i < plan.launches.size() ? plan.launches[i].op.kind.c_str() : "";
}

const char *graft_engine_launch_precision(const graft_engine *engine,
                                          size_t i) {
  return textOf(engine, i, &PlanLaunch::precision);
}

uint64_t graft_context_launch_ns(const graft_context *context, size_t i) {
  return i < context->context.engine().plan().launches.size()
             ? context->context.nanoseconds(i)
             : 0;
}

} // extern "C"
