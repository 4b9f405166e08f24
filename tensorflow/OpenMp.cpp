//===- OpenMp.cpp - oneDNN's parallel regions on a team -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// oneDNN opens its regions through six functions of libgomp, which would keep a
// pool of spinning threads for each thread that TensorFlow calls from, beside
// TensorFlow's own. This library stands before libgomp where the loader looks
// for them (it is loaded with a scope of its own, so nobody else sees them),
// and sends a region to the team that the calling thread leads. All others, and
// regions for which there is no whole team, go on to libgomp.
//===----------------------------------------------------------------------===//
#include "tensorflow/OpenMp.h"
#include "runtime/cpu/Threads.h"
#include "tensorflow/Team.h"

#include <oneapi/dnnl/dnnl.h>

#include <dlfcn.h>

using namespace graft;

namespace {

/// What a region looks like from inside, as long as the team runs one.
struct Region {
  void (*fn)(void *data) = nullptr;
  void *data = nullptr;
  std::atomic<int> waiting{0};
  std::atomic<unsigned> turn{0};
};

struct Member {
  Region *region = nullptr;
  int index = 0;
  int count = 1;
};

thread_local Member member;
std::atomic<bool> called{false};

template <typename Fn>
Fn libgomp(const char *name) {
  // It is there: oneDNN needs it.
  static void *library = dlopen("libgomp.so.1", RTLD_LAZY | RTLD_LOCAL);
  return reinterpret_cast<Fn>(library ? dlsym(library, name) : nullptr);
}

void enter(void *context, int index, int count) {
  auto *region = static_cast<Region *>(context);
  member = {region, index, count};
  region->fn(region->data);
  member = {};
}

/// The region that this thread has opened; regions of oneDNN do not nest.
thread_local Region opened;

} // namespace

extern "C" {

#define GRAFT_EXPORT __attribute__((visibility("default")))

GRAFT_EXPORT void GOMP_parallel_start(void (*fn)(void *), void *data,
                                      unsigned threads) {
  static auto next = libgomp<void (*)(void (*)(void *), void *, unsigned)>(
      "GOMP_parallel_start");
  static auto maximum = libgomp<int (*)()>("omp_get_max_threads");
  Team *team = Team::current();
  int count = threads ? int(threads) : maximum();
  if (team && !member.region) {
    opened.fn = fn;
    opened.data = data;
    opened.waiting.store(0, std::memory_order_relaxed);
    if (count == 1 || team->beginExactly(count, enter, &opened)) {
      member = {&opened, 0, count};
      return;
    }
  }
  next(fn, data, threads);
}

GRAFT_EXPORT void GOMP_parallel_end() {
  static auto next = libgomp<void (*)()>("GOMP_parallel_end");
  if (!member.region) {
    next();
    return;
  }
  if (member.count > 1)
    Team::current()->end();
  member = {};
}

GRAFT_EXPORT void GOMP_barrier() {
  static auto next = libgomp<void (*)()>("GOMP_barrier");
  Region *region = member.region;
  if (!region) {
    next();
    return;
  }
  unsigned turn = region->turn.load(std::memory_order_acquire);
  if (region->waiting.fetch_add(1, std::memory_order_acq_rel) + 1 ==
      member.count) {
    region->waiting.store(0, std::memory_order_relaxed);
    region->turn.fetch_add(1, std::memory_order_acq_rel);
    return;
  }
  while (region->turn.load(std::memory_order_acquire) == turn)
    __builtin_ia32_pause();
}

GRAFT_EXPORT int omp_get_thread_num() {
  static auto next = libgomp<int (*)()>("omp_get_thread_num");
  return member.region ? member.index : next();
}

GRAFT_EXPORT int omp_get_num_threads() {
  static auto next = libgomp<int (*)()>("omp_get_num_threads");
  return member.region ? member.count : next();
}

GRAFT_EXPORT int omp_in_parallel() {
  static auto next = libgomp<int (*)()>("omp_in_parallel");
  called.store(true, std::memory_order_relaxed);
  return member.region ? member.count > 1 : next();
}

#undef GRAFT_EXPORT
}

bool graft::ownsOpenMp() {
  // A small primitive, run on one thread: oneDNN asks first whether the thread
  // is in a region.
  static const bool owns = [] {
    runtime::cpu::ThreadCountScope one(1);
    alignas(64) float numbers[16] = {};
    dnnl_dims_t dims = {16};
    dnnl_engine_t engine = nullptr;
    dnnl_stream_t stream = nullptr;
    dnnl_memory_desc_t tensor = nullptr;
    dnnl_primitive_desc_t description = nullptr;
    dnnl_primitive_t primitive = nullptr;
    dnnl_memory_t memory = nullptr;
    bool made =
        dnnl_engine_create(&engine, dnnl_cpu, 0) == dnnl_success &&
        dnnl_stream_create(&stream, engine, dnnl_stream_default_flags) ==
            dnnl_success &&
        dnnl_memory_desc_create_with_tag(&tensor, 1, dims, dnnl_f32, dnnl_a) ==
            dnnl_success &&
        dnnl_eltwise_forward_primitive_desc_create(
            &description, engine, dnnl_forward_inference, dnnl_eltwise_relu,
            tensor, tensor, 0, 0, nullptr) == dnnl_success &&
        dnnl_primitive_create(&primitive, description) == dnnl_success &&
        dnnl_memory_create(&memory, tensor, engine, numbers) == dnnl_success;
    dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, memory},
                                   {DNNL_ARG_DST, memory}};
    if (made)
      (void)dnnl_primitive_execute(primitive, stream, 2, arguments);
    (void)dnnl_memory_destroy(memory);
    (void)dnnl_primitive_destroy(primitive);
    (void)dnnl_primitive_desc_destroy(description);
    (void)dnnl_memory_desc_destroy(tensor);
    (void)dnnl_stream_destroy(stream);
    (void)dnnl_engine_destroy(engine);
    return called.load(std::memory_order_relaxed);
  }();
  return owns;
}
