//===- Slots.cpp - the calls that a loaded library makes ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A shared library calls others through slots that the loader fills, one for
// each function. It does not matter how the library was loaded.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/onednn/Slots.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

using namespace graft::runtime::onednn;

namespace {

struct Loaded {
  const void *address;
  uintptr_t base = 0;
  const ElfW(Dyn) *dynamic = nullptr;
  std::vector<std::pair<uintptr_t, uintptr_t>> segments; ///< first and end
};

int visit(dl_phdr_info *info, size_t, void *data) {
  auto *wanted = static_cast<Loaded *>(data);
  auto at = reinterpret_cast<uintptr_t>(wanted->address);
  const ElfW(Phdr) *dynamic = nullptr;
  bool holds = false;
  wanted->segments.clear();
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr) &header = info->dlpi_phdr[i];
    if (header.p_type == PT_DYNAMIC)
      dynamic = &header;
    if (header.p_type != PT_LOAD)
      continue;
    uintptr_t first = info->dlpi_addr + header.p_vaddr;
    wanted->segments.emplace_back(first, first + header.p_memsz);
    holds |= first <= at && at < first + header.p_memsz;
  }
  if (!holds || !dynamic)
    return 0;
  wanted->base = info->dlpi_addr;
  wanted->dynamic =
      reinterpret_cast<const ElfW(Dyn) *>(info->dlpi_addr + dynamic->p_vaddr);
  return 1;
}

/// The loader may have made the slot's OS page read-only.
bool makeWritable(void **slot) {
  auto size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  auto page = reinterpret_cast<uintptr_t>(slot) & -size;
  return mprotect(reinterpret_cast<void *>(page), size,
                  PROT_READ | PROT_WRITE) == 0;
}

/// Calls `fn(name, slot)` for each slot of the library.
template <typename Fn>
void forEachSlot(const Loaded &library, Fn &&fn) {
  const char *strings = nullptr;
  const ElfW(Sym) *symbols = nullptr;
  // Functions that are bound at the first call, and those bound at once.
  const ElfW(Rela) * tables[2] = {};
  size_t bytes[2] = {};
  for (const ElfW(Dyn) *entry = library.dynamic; entry->d_tag != DT_NULL;
       ++entry) {
    // The loader has made addresses of offsets.
    switch (entry->d_tag) {
    case DT_STRTAB:
      strings = reinterpret_cast<const char *>(entry->d_un.d_ptr);
      break;
    case DT_SYMTAB:
      symbols = reinterpret_cast<const ElfW(Sym) *>(entry->d_un.d_ptr);
      break;
    case DT_JMPREL:
      tables[0] = reinterpret_cast<const ElfW(Rela) *>(entry->d_un.d_ptr);
      break;
    case DT_PLTRELSZ:
      bytes[0] = entry->d_un.d_val;
      break;
    case DT_RELA:
      tables[1] = reinterpret_cast<const ElfW(Rela) *>(entry->d_un.d_ptr);
      break;
    case DT_RELASZ:
      bytes[1] = entry->d_un.d_val;
      break;
    }
  }
  if (!strings || !symbols)
    return;
  for (int t = 0; t < 2; ++t)
    for (size_t i = 0; tables[t] && i < bytes[t] / sizeof(ElfW(Rela)); ++i) {
      const ElfW(Rela) &each = tables[t][i];
      if (ELF64_R_TYPE(each.r_info) == R_X86_64_JUMP_SLOT ||
          ELF64_R_TYPE(each.r_info) == R_X86_64_GLOB_DAT)
        fn(strings + symbols[ELF64_R_SYM(each.r_info)].st_name,
           reinterpret_cast<void **>(library.base + each.r_offset));
    }
}

} // namespace

bool graft::runtime::onednn::replaceCalls(const void *address,
                                          const Replacement *replacements,
                                          size_t count) {
  Loaded library = {address, 0, nullptr, {}};
  if (!dl_iterate_phdr(visit, &library))
    return false;
  std::vector<std::pair<void **, const Replacement *>> slots;
  std::vector<bool> found(count, false);
  forEachSlot(library, [&](const char *name, void **slot) {
    for (size_t i = 0; i < count; ++i) {
      if (std::strcmp(name, replacements[i].name) != 0)
        continue;
      slots.emplace_back(slot, &replacements[i]);
      found[i] = true;
    }
  });
  if (std::find(found.begin(), found.end(), false) != found.end())
    return false;
  for (auto [slot, replacement] : slots)
    if (!makeWritable(slot))
      return false;
  for (auto [slot, replacement] : slots) {
    // One that is not bound yet holds an address in the library itself.
    void *before = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    auto at = reinterpret_cast<uintptr_t>(before);
    bool isBound = before != nullptr;
    for (auto [first, end] : library.segments)
      isBound &= at < first || at >= end;
    if (isBound)
      *replacement->next = before;
    // Other threads may be calling through it.
    __atomic_store_n(slot, replacement->function, __ATOMIC_RELEASE);
  }
  return true;
}
