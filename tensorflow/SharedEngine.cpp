//===- SharedEngine.cpp - engines and their contexts, shared --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tensorflow/SharedEngine.h"

#include "support/Processors.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <map>

using namespace graft;
namespace tf = ::tensorflow;

absl::Status graft::toStatus(graft_code code) {
  const char *text = graft_last_error();
  switch (code) {
  case GRAFT_OK:
    return absl::OkStatus();
  case GRAFT_USAGE:
  case GRAFT_BAD_INPUT:
    return absl::InvalidArgumentError(text);
  case GRAFT_EXHAUSTED:
    return absl::ResourceExhaustedError(text);
  case GRAFT_CANCELLED:
    return absl::CancelledError(text);
  case GRAFT_FAILED:
    return absl::UnknownError(text);
  case GRAFT_INTERNAL:
    break;
  }
  return absl::InternalError(text);
}

//===----------------------------------------------------------------------===//
// One engine for equal plans
//===----------------------------------------------------------------------===//

namespace {

using Key = std::tuple<uint64_t, uint64_t, size_t>;

struct Registry {
  std::mutex mutex;
  std::map<Key, std::weak_ptr<SharedEngine>> engines;
};

/// Lives as long as the process: kernels of other threads may still run while
/// it ends.
Registry &registry() {
  static Registry *instance = new Registry;
  return *instance;
}

} // namespace

absl::StatusOr<std::shared_ptr<SharedEngine>>
SharedEngine::get(std::string_view plan) {
  XXH128_hash_t hash = XXH3_128bits(plan.data(), plan.size());
  Key key(hash.low64, hash.high64, plan.size());
  Registry &shared = registry();
  // Held while loading, so that two users at once do not load the plan twice.
  std::lock_guard<std::mutex> lock(shared.mutex);
  if (auto found = shared.engines.find(key); found != shared.engines.end())
    if (std::shared_ptr<SharedEngine> engine = found->second.lock())
      return engine;
  graft_engine *loaded = nullptr;
  if (graft_code code =
          graft_engine_load_copy(plan.data(), plan.size(), &loaded))
    return toStatus(code);
  std::shared_ptr<SharedEngine> engine(new SharedEngine(loaded));
  for (auto it = shared.engines.begin(); it != shared.engines.end();)
    it = it->second.expired() ? shared.engines.erase(it) : std::next(it);
  shared.engines[key] = engine;
  return engine;
}

size_t SharedEngine::alive() {
  Registry &shared = registry();
  std::lock_guard<std::mutex> lock(shared.mutex);
  return size_t(
      std::count_if(shared.engines.begin(), shared.engines.end(),
                    [](const auto &entry) { return !entry.second.expired(); }));
}

std::string_view SharedEngine::plan() const {
  size_t size = 0;
  const void *data = graft_engine_plan(engine.get(), &size);
  return {static_cast<const char *>(data), size};
}

//===----------------------------------------------------------------------===//
// What the plan takes
//===----------------------------------------------------------------------===//

static std::optional<graft_dtype> toGraft(tf::DataType type) {
  switch (type) {
  case tf::DT_BOOL:
    return GRAFT_BOOL;
  case tf::DT_INT8:
    return GRAFT_I8;
  case tf::DT_HALF:
    return GRAFT_F16;
  case tf::DT_FLOAT:
    return GRAFT_F32;
  case tf::DT_INT32:
    return GRAFT_I32;
  default:
    return std::nullopt;
  }
}

bool SharedEngine::hasTypes(const std::vector<tf::DataType> &inputs,
                            const std::vector<tf::DataType> &outputs,
                            std::string *why) const {
  auto check = [&](const char *what, const std::vector<tf::DataType> &types,
                   size_t count, auto port) {
    if (types.size() != count) {
      *why = absl::StrCat("the plan must have ", types.size(), " ", what,
                          "s, got ", count);
      return false;
    }
    for (size_t i = 0; i < count; ++i)
      if (toGraft(types[i]) != port(engine.get(), i).dtype) {
        *why = absl::StrCat(what, " ", i, " of the plan must be ",
                            tf::DataType_Name(types[i]), ", got another type");
        return false;
      }
    return true;
  };
  return check("input", inputs, numInputs(), graft_engine_input) &&
         check("output", outputs, numOutputs(), graft_engine_output);
}

bool SharedEngine::accepts(const Shapes &shapes, std::string *why) const {
  for (size_t i = 0; i < shapes.size(); ++i) {
    graft_port port = graft_engine_input(engine.get(), i);
    bool fits = port.rank == shapes[i].dims();
    for (int d = 0; fits && d < port.rank; ++d)
      fits = port.dims[d] < 0 || port.dims[d] == shapes[i].dim_size(d);
    if (fits)
      continue;
    if (why) {
      std::string wanted;
      for (int d = 0; d < port.rank; ++d)
        absl::StrAppend(&wanted, d ? "," : "",
                        port.dims[d] < 0 ? "?" : absl::StrCat(port.dims[d]));
      *why = absl::StrCat("input ", i, " must be of shape [", wanted, "], got ",
                          shapes[i].DebugString());
    }
    return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Contexts
//===----------------------------------------------------------------------===//

static std::vector<int64_t> keyOf(const Shapes &shapes, int threads) {
  std::vector<int64_t> key = {threads};
  for (const tf::TensorShape &shape : shapes) {
    key.push_back(shape.dims());
    for (int d = 0; d < shape.dims(); ++d)
      key.push_back(shape.dim_size(d));
  }
  return key;
}

absl::StatusOr<SharedEngine::Lease>
SharedEngine::acquire(const Shapes &shapes, int threads, size_t maxShapes) {
  Lease lease;
  lease.key = keyOf(shapes, threads);
  {
    std::lock_guard<std::mutex> lock(mutex);
    capacity = std::max(capacity, maxShapes);
    for (auto it = idle.begin(); it != idle.end(); ++it) {
      if (it->key != lease.key)
        continue;
      idle.splice(idle.begin(), idle, it);
      if (!it->contexts.empty()) {
        lease.context = std::move(it->contexts.back());
        it->contexts.pop_back();
      }
      break;
    }
  }
  if (!lease.context) {
    graft_context *created = nullptr;
    if (graft_code code = graft_context_create(engine.get(), threads, &created))
      return toStatus(code);
    lease.context.reset(created);
    for (size_t i = 0; i < shapes.size(); ++i) {
      auto dims = shapes[i].dim_sizes();
      if (graft_code code = graft_context_set_shape(
              created, i, dims.data(), static_cast<int32_t>(dims.size())))
        return toStatus(code);
    }
    if (graft_code code = graft_context_prepare(created))
      return toStatus(code);
  }
  lease.engine = shared_from_this();
  return lease;
}

SharedEngine::Lease::~Lease() {
  if (engine)
    engine->giveBack(std::move(key), std::move(context));
}

void SharedEngine::giveBack(std::vector<int64_t> key, ContextHandle context) {
  // More than the processors cannot run at once to any use.
  static const auto kept = static_cast<size_t>(availableProcessors());
  std::list<Idle> dropped; // freed when the lock is
  std::lock_guard<std::mutex> lock(mutex);
  auto it = std::find_if(idle.begin(), idle.end(),
                         [&](const Idle &entry) { return entry.key == key; });
  if (it == idle.end())
    it = idle.insert(idle.begin(), Idle{std::move(key), {}});
  if (it->contexts.size() < kept)
    it->contexts.push_back(std::move(context));
  while (idle.size() > capacity)
    dropped.splice(dropped.end(), idle, std::prev(idle.end()));
}
