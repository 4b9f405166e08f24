//===- AtomicFile.h - Output that is whole or absent ----------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file or directory is written under a temporary name beside its destination
// and renamed when complete, so that a failure or a kill never leaves half of
// it.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_SUPPORT_ATOMICFILE_H
#define GRAFT_SUPPORT_ATOMICFILE_H

#include "support/FileKind.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace graft {

/// A file under way. Not committed, it is removed. A destination that is a
/// symbolic link is written through; a device or pipe is written directly.
class AtomicFile {
public:
  static Expected<AtomicFile> create(const std::string &path);
  /// The same for an output that the user names: it must not take the place of
  /// a file of another kind.
  static Expected<AtomicFile> create(const std::string &path,
                                     const FileKind &kind);
  /// Creates, writes and commits.
  static Status writeAll(const std::string &path, std::string_view bytes);
  static Status writeAll(const std::string &path, std::string_view bytes,
                         const FileKind &kind);

  /// Checks before the work that the file can be written, and leaves it as it
  /// is. Errors as of create().
  static Status check(const std::string &path, const FileKind &kind);

  AtomicFile(AtomicFile &&other) noexcept;
  AtomicFile &operator=(AtomicFile &&) = delete;
  AtomicFile(const AtomicFile &) = delete;
  ~AtomicFile();

  /// Appends the bytes. Errors: Exhausted on a full disk, else Failed.
  Status write(std::string_view bytes);
  /// Appends zeros up to a multiple of alignment, a power of two.
  Status padTo(uint64_t alignment);
  /// The bytes written so far.
  uint64_t size() const { return written; }

  /// Makes the file durable and gives it its name. Call once, last.
  Status commit();

private:
  AtomicFile(int fd, std::string destination, std::string temporary)
      : fd(fd), destination(std::move(destination)),
        temporary(std::move(temporary)) {}
  /// Flushes, closes and renames.
  Status makeNamed(int file);

  int fd;
  std::string destination;
  std::string temporary; // empty: written directly
  uint64_t written = 0;
};

/// A directory under way. Fill path(), then commit.
class AtomicDirectory {
public:
  /// What to do when the destination exists and is not empty.
  enum class Existing { Refuse, Replace };

  static Expected<AtomicDirectory> create(const std::string &path,
                                          Existing existing = Existing::Refuse);

  AtomicDirectory(AtomicDirectory &&other) noexcept;
  AtomicDirectory &operator=(AtomicDirectory &&) = delete;
  AtomicDirectory(const AtomicDirectory &) = delete;
  ~AtomicDirectory();

  /// Where to write meanwhile.
  const std::string &path() const { return temporary; }

  /// Makes every file in it durable and gives the directory its name. A
  /// replaced directory is exchanged in one step, then removed.
  Status commit();

private:
  AtomicDirectory(int fd, std::string destination, std::string temporary,
                  Existing existing)
      : fd(fd), destination(std::move(destination)),
        temporary(std::move(temporary)), existing(existing) {}

  int fd; // holds the lock that says it is under way
  std::string destination;
  std::string temporary; // empty: committed or moved from
  Existing existing;
};

} // namespace graft

#endif // GRAFT_SUPPORT_ATOMICFILE_H
