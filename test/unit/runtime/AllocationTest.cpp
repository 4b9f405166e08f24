//===- AllocationTest.cpp - a steady run allocates nothing ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// This program's malloc and operator new take the place of everyone's in the
// process. Each call is counted for the library that made it; calls of the
// program itself are Graft's, which is linked into it. Those of any library but
// oneDNN and libgomp count as Graft's too: it might have called through them.
//===----------------------------------------------------------------------===//
#include "NetworkPlan.h"
#include "runtime/include/graft_runtime.h"

#include <atomic>
#include <cerrno>
#include <dlfcn.h>
#include <new>

using namespace graft::runtime;
using namespace graft::runtime::test;

//===----------------------------------------------------------------------===//
// The hooks
//===----------------------------------------------------------------------===//

extern "C" {
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);
}

namespace {

std::atomic<bool> counting = false;
std::atomic<int> ofGraft = 0, ofOneDnn = 0, ofOpenMp = 0;
std::atomic<const void *> firstOfGraft = nullptr;

void count(const void *caller) {
  if (!counting)
    return;
  Dl_info info;
  std::string_view library =
      dladdr(caller, &info) && info.dli_fname ? info.dli_fname : "";
  if (library.find("libdnnl") != std::string_view::npos) {
    ++ofOneDnn;
  } else if (library.find("libgomp") != std::string_view::npos) {
    ++ofOpenMp;
  } else {
    ++ofGraft;
    const void *none = nullptr;
    firstOfGraft.compare_exchange_strong(none, caller);
  }
}

} // namespace

#define GRAFT_HOOK __attribute__((visibility("default"), noinline))
#define GRAFT_COUNT() count(__builtin_return_address(0))

extern "C" {
GRAFT_HOOK void *malloc(size_t size) {
  GRAFT_COUNT();
  return __libc_malloc(size);
}
GRAFT_HOOK void *calloc(size_t number, size_t size) {
  GRAFT_COUNT();
  return __libc_calloc(number, size);
}
GRAFT_HOOK void *realloc(void *memory, size_t size) {
  GRAFT_COUNT();
  return __libc_realloc(memory, size);
}
GRAFT_HOOK void *memalign(size_t alignment, size_t size) {
  GRAFT_COUNT();
  return __libc_memalign(alignment, size);
}
GRAFT_HOOK void *aligned_alloc(size_t alignment, size_t size) {
  GRAFT_COUNT();
  return __libc_memalign(alignment, size);
}
GRAFT_HOOK int posix_memalign(void **memory, size_t alignment, size_t size) {
  GRAFT_COUNT();
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}
GRAFT_HOOK void free(void *memory) { __libc_free(memory); }
}

// The library's own would call malloc, and count for the C++ library.
GRAFT_HOOK void *operator new(size_t size) {
  GRAFT_COUNT();
  void *memory = __libc_malloc(size ? size : 1);
  if (!memory)
    std::abort();
  return memory;
}
GRAFT_HOOK void *operator new(size_t size, std::align_val_t alignment) {
  GRAFT_COUNT();
  void *memory = __libc_memalign(size_t(alignment), size);
  if (!memory)
    std::abort();
  return memory;
}
GRAFT_HOOK void operator delete(void *memory) noexcept { __libc_free(memory); }
GRAFT_HOOK void operator delete(void *memory, size_t) noexcept {
  __libc_free(memory);
}
GRAFT_HOOK void operator delete(void *memory, std::align_val_t) noexcept {
  __libc_free(memory);
}
GRAFT_HOOK void operator delete(void *memory, size_t,
                                std::align_val_t) noexcept {
  __libc_free(memory);
}

//===----------------------------------------------------------------------===//
// The tests
//===----------------------------------------------------------------------===//

namespace {

struct Counts {
  int graft, oneDnn, openMp;
};

template <typename Fn>
Counts countIn(Fn &&fn) {
  ofGraft = ofOneDnn = ofOpenMp = 0;
  firstOfGraft = nullptr;
  counting = true;
  fn();
  counting = false;
  return {ofGraft, ofOneDnn, ofOpenMp};
}

/// Kept where the compiler cannot see that nobody reads it.
void *volatile sink;

TEST(Allocation, TheHooksSeeWhatIsAllocated) {
  Counts counts = countIn([] {
    sink = std::malloc(10);
    std::free(sink);
    delete static_cast<int *>(sink = new int(1));
    std::string text(100, 'x'); // through the C++ library
    sink = text.data();
  });
  EXPECT_EQ(counts.graft, 3);
  // What oneDNN allocates is seen as its own.
  graft_engine *engine = nullptr;
  PlanBytes bytes(NetworkBuilder("onednn").file());
  ASSERT_EQ(graft_engine_load_memory(bytes.view().data(), bytes.view().size(),
                                     &engine),
            GRAFT_OK);
  graft_context *context = nullptr;
  ASSERT_EQ(graft_context_create(engine, 1, &context), GRAFT_OK);
  counts =
      countIn([&] { EXPECT_EQ(graft_context_prepare(context), GRAFT_OK); });
  EXPECT_GT(counts.graft, 0);
  EXPECT_GT(counts.oneDnn, 0);
  graft_context_destroy(context);
  graft_engine_destroy(engine);
}

class SteadyRun : public testing::TestWithParam<std::tuple<const char *, int>> {
};

TEST_P(SteadyRun, AllocatesNothing) {
  auto [provider, threads] = GetParam();
  NetworkBuilder network(provider);
  int launches = 0;
  for (const PlanLaunch &launch : network.plan().launches)
    launches += launch.provider == provider;
  ASSERT_GE(launches, 5) << "the plan must be about this provider";

  PlanBytes bytes(network.file());
  graft_engine *engine = nullptr;
  graft_context *context = nullptr;
  ASSERT_EQ(graft_engine_load_memory(bytes.view().data(), bytes.view().size(),
                                     &engine),
            GRAFT_OK)
      << graft_last_error();
  ASSERT_EQ(graft_context_create(engine, threads, &context), GRAFT_OK);
  std::vector<float> in =
      noise(NetworkBuilder::kImages * NetworkBuilder::kSize *
                NetworkBuilder::kSize * 3,
            1);
  std::vector<float> out(NetworkBuilder::kImages * NetworkBuilder::kClasses);
  const void *inputs[] = {in.data()};
  void *outputs[] = {out.data()};
  // The pool of threads is made by the first run.
  ASSERT_EQ(graft_context_run(context, inputs, outputs), GRAFT_OK)
      << graft_last_error();
  constexpr int kRuns = 50;
  int failed = 0;
  Counts counts = countIn([&] {
    for (int i = 0; i < kRuns; ++i)
      failed += graft_context_run(context, inputs, outputs) != GRAFT_OK;
  });
  EXPECT_EQ(failed, 0);
  Dl_info info = {};
  const void *first = firstOfGraft;
  if (first)
    (void)dladdr(first, &info);
  EXPECT_EQ(counts.graft, 0)
      << "the first one from "
      << (info.dli_fname ? info.dli_fname : "an unknown place") << "+0x"
      << std::hex
      << (reinterpret_cast<uintptr_t>(first) -
          reinterpret_cast<uintptr_t>(info.dli_fbase));
  EXPECT_EQ(counts.openMp, 0);
  // oneDNN keeps the arguments of each call in hash tables of its own, which
  // its interface gives no way around. It must not get more from run to run.
  EXPECT_EQ(counts.oneDnn % kRuns, 0);
  if (provider == std::string_view("cpu"))
    EXPECT_EQ(counts.oneDnn, 0);
  RecordProperty("allocations_of_onednn_a_run", counts.oneDnn / kRuns);
  graft_context_destroy(context);
  graft_engine_destroy(engine);
}

INSTANTIATE_TEST_SUITE_P(
    Providers, SteadyRun,
    testing::Combine(testing::Values("cpu", "onednn"), testing::Values(1, 2)),
    [](const testing::TestParamInfo<std::tuple<const char *, int>> &info) {
      return std::string(std::get<0>(info.param)) + "_" +
             std::to_string(std::get<1>(info.param)) + "_threads";
    });

} // namespace
