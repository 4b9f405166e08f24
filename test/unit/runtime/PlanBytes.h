//===- PlanBytes.h - a plan file in memory --------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TEST_UNIT_RUNTIME_PLANBYTES_H
#define GRAFT_TEST_UNIT_RUNTIME_PLANBYTES_H

#include <cstring>
#include <string_view>
#include <vector>

namespace graft::runtime::test {

/// The bytes of a plan file, aligned as a mapping would be.
class PlanBytes {
public:
  explicit PlanBytes(std::string_view text)
      : storage(text.size() / sizeof(Block) + 1), length(text.size()) {
    std::memcpy(storage.data(), text.data(), text.size());
  }
  char *data() { return reinterpret_cast<char *>(storage.data()); }
  std::string_view view() const {
    return {reinterpret_cast<const char *>(storage.data()), length};
  }

private:
  struct alignas(64) Block {
    char bytes[64];
  };
  std::vector<Block> storage;
  size_t length;
};

} // namespace graft::runtime::test

#endif // GRAFT_TEST_UNIT_RUNTIME_PLANBYTES_H
