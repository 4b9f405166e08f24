//===- MappedFile.h - A file as memory ------------------------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights are read where they lie: the file is mapped read-only, and nothing is
// copied.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_SUPPORT_MAPPEDFILE_H
#define GRAFT_SUPPORT_MAPPEDFILE_H

#include "support/Status.h"

#include <string>
#include <string_view>

namespace graft {

/// A regular file mapped read-only. The mapping lives as long as the object;
/// hold it by std::shared_ptr where views of it outlive the reader. The file
/// must not be truncated meanwhile: replace it by rename, as AtomicFile does.
class MappedFile {
public:
  /// Errors (BadInput; Exhausted when memory runs out) name the path.
  static Expected<MappedFile> open(const std::string &path);

  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;
  ~MappedFile();

  std::string_view bytes() const { return view; }
  size_t size() const { return view.size(); }
  const std::string &path() const { return name; }

private:
  MappedFile(std::string path, std::string_view view)
      : name(std::move(path)), view(view) {}

  std::string name;
  std::string_view view; // empty: nothing is mapped
};

/// Gives back the memory of the pages that hold nothing but `bytes`, a part of
/// a MappedFile that nobody is going to read; who does, reads the file again.
/// Nothing where the bytes are no file's.
void returnPages(std::string_view bytes) noexcept;

} // namespace graft

#endif // GRAFT_SUPPORT_MAPPEDFILE_H
