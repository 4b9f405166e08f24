//===- TemporaryDirectory.h - A folder for one test -----------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each test writes into a directory of its own, which goes when the test ends.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_TEST_UNIT_SUPPORT_TEMPORARYDIRECTORY_H
#define GRAFT_TEST_UNIT_SUPPORT_TEMPORARYDIRECTORY_H

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace graft::test {

class TemporaryDirectory {
public:
  TemporaryDirectory() {
    std::string name =
        (std::filesystem::temp_directory_path() / "graft-XXXXXX").string();
    root = ::mkdtemp(name.data()) ? name : std::string();
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!root.empty())
      std::filesystem::remove_all(root, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory &) = delete;
  TemporaryDirectory &operator=(const TemporaryDirectory &) = delete;

  std::string operator/(const std::string &name) const {
    return root + "/" + name;
  }
  const std::string &path() const { return root; }

  /// The number of entries in the directory, temporary ones included.
  size_t count() const {
    using Iterator = std::filesystem::directory_iterator;
    return std::distance(Iterator(root), Iterator());
  }

private:
  std::string root;
};

inline void writeBytes(const std::string &path, const std::string &bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string readBytes(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace graft::test

#endif // GRAFT_TEST_UNIT_SUPPORT_TEMPORARYDIRECTORY_H
