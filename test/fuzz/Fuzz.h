//===- Fuzz.h - what the fuzz targets share -------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A target is one function, which must return for every input: with an error,
// or with something that keeps its promises. What it promises is checked here,
// not only that nothing crashes.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TEST_FUZZ_FUZZ_H
#define GRAFT_TEST_FUZZ_FUZZ_H

#include "support/Status.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>

#define GRAFT_FUZZ_TARGET                                                      \
  extern "C" __attribute__((visibility("default"))) int LLVMFuzzerTestOneInput

namespace graft::fuzz {

/// Ends the program, which libFuzzer reports with the input.
[[noreturn]] inline void fail(const std::string &what) {
  std::fprintf(stderr, "broken promise: %s\n", what.c_str());
  std::abort();
}

inline void require(bool holds, const char *what) {
  if (!holds)
    fail(what);
}

/// Damage is the file's, not Graft's.
inline void requireGoodError(const Status &status) {
  if (status.ok())
    return;
  require(!status.message().empty(), "an error must have a message");
  if (status.code() == StatusCode::Internal)
    fail("an error must not be Graft's own: " + status.message());
}

/// A folder that is gone when the program ends in peace.
class Folder {
public:
  Folder()
      : path(std::filesystem::temp_directory_path() /
             ("graft-fuzz-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }

  /// Writes a file and gives its path.
  std::string write(const std::string &name, std::string_view bytes) const {
    std::string file = (path / name).string();
    std::ofstream(file, std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return file;
  }

private:
  std::filesystem::path path;
};

inline std::string_view view(const uint8_t *data, size_t size) {
  return {reinterpret_cast<const char *>(data), size};
}

} // namespace graft::fuzz

#endif // GRAFT_TEST_FUZZ_FUZZ_H
