//===- OpenMp.cpp - oneDNN's parallel regions on a team -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// oneDNN opens its regions through six functions of libgomp, which would keep a
// pool of spinning threads for each thread that TensorFlow calls from, beside
// TensorFlow's own. So the slots through which oneDNN calls those six are
// pointed at functions of this file, which send a region to the team that the
// calling thread leads. All others, and regions for which there is no whole
// team, go on to libgomp. Only oneDNN's slots change, and it does not matter
// which library of the process brought oneDNN first.
//===----------------------------------------------------------------------===//
#include "tensorflow/OpenMp.h"
#include "tensorflow/Team.h"

#include <oneapi/dnnl/dnnl.h>

#include <cstring>
#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace graft;

//===----------------------------------------------------------------------===//
// The six functions
//===----------------------------------------------------------------------===//

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
/// The region that this thread has opened; regions of oneDNN do not nest.
thread_local Region opened;

/// libgomp's own.
struct {
  void (*parallelStart)(void (*fn)(void *), void *data, unsigned threads);
  void (*parallelEnd)();
  void (*barrier)();
  int (*threadNum)();
  int (*numThreads)();
  int (*inParallel)();
  int (*maxThreads)();
} next;

void enter(void *context, int index, int count) {
  auto *region = static_cast<Region *>(context);
  member = {region, index, count};
  region->fn(region->data);
  member = {};
}

void parallelStart(void (*fn)(void *), void *data, unsigned threads) {
  Team *team = Team::current();
  int count = threads ? int(threads) : next.maxThreads();
  if (team && !member.region) {
    opened.fn = fn;
    opened.data = data;
    opened.waiting.store(0, std::memory_order_relaxed);
    if (count == 1 || team->beginExactly(count, enter, &opened)) {
      member = {&opened, 0, count};
      return;
    }
  }
  next.parallelStart(fn, data, threads);
}

void parallelEnd() {
  if (!member.region) {
    next.parallelEnd();
    return;
  }
  if (member.count > 1)
    Team::current()->end();
  member = {};
}

void barrier() {
  Region *region = member.region;
  if (!region) {
    next.barrier();
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

int threadNum() { return member.region ? member.index : next.threadNum(); }

int numThreads() { return member.region ? member.count : next.numThreads(); }

int inParallel() {
  return member.region ? member.count > 1 : next.inParallel();
}

//===----------------------------------------------------------------------===//
// Slots
//===----------------------------------------------------------------------===//

struct Replacement {
  const char *name;
  void *function;
};

const Replacement replacements[] = {
    {"GOMP_parallel_start", reinterpret_cast<void *>(&parallelStart)},
    {"GOMP_parallel_end", reinterpret_cast<void *>(&parallelEnd)},
    {"GOMP_barrier", reinterpret_cast<void *>(&barrier)},
    {"omp_get_thread_num", reinterpret_cast<void *>(&threadNum)},
    {"omp_get_num_threads", reinterpret_cast<void *>(&numThreads)},
    {"omp_in_parallel", reinterpret_cast<void *>(&inParallel)},
};

bool findLibgomp() {
  // It is there: oneDNN needs it.
  void *library = dlopen("libgomp.so.1", RTLD_LAZY | RTLD_LOCAL);
  auto find = [&](auto &function, const char *name) {
    void *symbol = library ? dlsym(library, name) : nullptr;
    function =
        reinterpret_cast<std::remove_reference_t<decltype(function)>>(symbol);
    return symbol != nullptr;
  };
  return find(next.parallelStart, "GOMP_parallel_start") &&
         find(next.parallelEnd, "GOMP_parallel_end") &&
         find(next.barrier, "GOMP_barrier") &&
         find(next.threadNum, "omp_get_thread_num") &&
         find(next.numThreads, "omp_get_num_threads") &&
         find(next.inParallel, "omp_in_parallel") &&
         find(next.maxThreads, "omp_get_max_threads");
}

/// The dynamic section of the library that holds `address`.
struct Loaded {
  const void *address;
  uintptr_t base = 0;
  const ElfW(Dyn) *dynamic = nullptr;
};

int visit(dl_phdr_info *info, size_t, void *data) {
  auto *wanted = static_cast<Loaded *>(data);
  auto at = reinterpret_cast<uintptr_t>(wanted->address) - info->dlpi_addr;
  const ElfW(Phdr) *dynamic = nullptr;
  bool holds = false;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr) &header = info->dlpi_phdr[i];
    if (header.p_type == PT_LOAD)
      holds |= at - header.p_vaddr < header.p_memsz;
    if (header.p_type == PT_DYNAMIC)
      dynamic = &header;
  }
  if (!holds || !dynamic)
    return 0;
  wanted->base = info->dlpi_addr;
  wanted->dynamic =
      reinterpret_cast<const ElfW(Dyn) *>(info->dlpi_addr + dynamic->p_vaddr);
  return 1;
}

/// Writes a slot, whose page the loader may have made read-only.
bool write(void **slot, void *function) {
  auto size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  auto page = reinterpret_cast<uintptr_t>(slot) & -size;
  auto *start = reinterpret_cast<void *>(page);
  if (mprotect(start, size, PROT_READ | PROT_WRITE) != 0)
    return false;
  // Other threads may be calling through it.
  __atomic_store_n(slot, function, __ATOMIC_RELEASE);
  return true;
}

/// Points oneDNN's slots at the replacements: all of them, or the result is
/// false.
bool takeSlots() {
  Loaded onednn = {reinterpret_cast<const void *>(&dnnl_primitive_execute)};
  if (!findLibgomp() || !dl_iterate_phdr(visit, &onednn))
    return false;
  const char *strings = nullptr;
  const ElfW(Sym) *symbols = nullptr;
  const ElfW(Rela) *calls = nullptr;
  size_t bytes = 0;
  for (const ElfW(Dyn) *entry = onednn.dynamic; entry->d_tag != DT_NULL;
       ++entry) {
    // The loader has made addresses of offsets.
    if (entry->d_tag == DT_STRTAB)
      strings = reinterpret_cast<const char *>(entry->d_un.d_ptr);
    else if (entry->d_tag == DT_SYMTAB)
      symbols = reinterpret_cast<const ElfW(Sym) *>(entry->d_un.d_ptr);
    else if (entry->d_tag == DT_JMPREL)
      calls = reinterpret_cast<const ElfW(Rela) *>(entry->d_un.d_ptr);
    else if (entry->d_tag == DT_PLTRELSZ)
      bytes = entry->d_un.d_val;
  }
  if (!strings || !symbols || !calls)
    return false;
  std::vector<std::pair<void **, void *>> found;
  for (size_t i = 0; i < bytes / sizeof(*calls); ++i) {
    const char *name = strings + symbols[ELF64_R_SYM(calls[i].r_info)].st_name;
    for (const Replacement &each : replacements)
      if (!std::strcmp(name, each.name))
        found.emplace_back(
            reinterpret_cast<void **>(onednn.base + calls[i].r_offset),
            each.function);
  }
  if (found.size() != std::size(replacements))
    return false;
  for (auto [slot, function] : found)
    if (!write(slot, function))
      return false;
  return true;
}

} // namespace

bool graft::ownsOpenMp() {
  static const bool owns = takeSlots();
  return owns;
}
