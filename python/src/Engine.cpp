//===- Engine.cpp - a loaded plan and its pool of contexts ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Knows nothing of Python, and so runs without its lock.
//===----------------------------------------------------------------------===//
#include "python/src/Engine.h"
#include "python/src/Errors.h"

#include <algorithm>

using namespace graft::python;

/// Contexts that stay although one caller at a time would need but one: callers
/// that alternate between a few shapes then prepare each of them once.
static constexpr size_t kContextsKept = 4;

static void check(graft_code code) {
  if (code != GRAFT_OK)
    throw Failure(code, graft_last_error());
}

static Port toPort(const graft_port &port) {
  return {port.name, port.dtype, Shape(port.dims, port.dims + port.rank)};
}

Engine::Engine(graft_engine *handle, int threads, std::shared_ptr<void> memory)
    : memory(std::move(memory)), handle(handle), threads(threads) {
  for (size_t i = 0; i < graft_engine_num_inputs(handle); ++i)
    inputs.push_back(toPort(graft_engine_input(handle, i)));
  for (size_t i = 0; i < graft_engine_num_outputs(handle); ++i)
    outputs.push_back(toPort(graft_engine_output(handle, i)));
}

Engine::~Engine() {
  idle.clear();
  graft_engine_destroy(handle);
}

std::unique_ptr<Engine::Context>
Engine::acquire(const std::vector<Shape> &shapes) {
  std::unique_ptr<Context> context;
  {
    std::lock_guard<std::mutex> lock(mutex);
    auto found =
        std::find_if(idle.rbegin(), idle.rend(), [&](const auto &candidate) {
          return candidate->shapes == shapes;
        });
    if (found != idle.rend()) {
      context = std::move(*found);
      idle.erase(std::next(found).base());
      return context;
    }
    if (!idle.empty() && count >= kContextsKept) {
      context = std::move(idle.front());
      idle.erase(idle.begin());
    } else {
      ++count;
    }
  }
  try {
    if (!context) {
      context = std::make_unique<Context>();
      check(graft_context_create(handle, threads, &context->handle));
    }
    for (size_t i = 0; i < shapes.size(); ++i)
      check(graft_context_set_shape(context->handle, i, shapes[i].data(),
                                    static_cast<int32_t>(shapes[i].size())));
    check(graft_context_prepare(context->handle));
    context->shapes = shapes;
  } catch (...) {
    // It may be half prepared: the next caller gets a fresh one.
    std::lock_guard<std::mutex> lock(mutex);
    --count;
    throw;
  }
  return context;
}

void Engine::release(std::unique_ptr<Context> context) {
  std::lock_guard<std::mutex> lock(mutex);
  idle.push_back(std::move(context));
}

size_t Engine::getContextBytes() {
  std::lock_guard<std::mutex> lock(mutex);
  size_t bytes = 0;
  for (const auto &context : idle)
    bytes += graft_context_bytes(context->handle);
  return bytes;
}
