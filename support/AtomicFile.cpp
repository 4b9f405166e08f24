//===- AtomicFile.cpp - Output that is whole or absent --------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// fsync and rename; errors name the destination.
//
//===----------------------------------------------------------------------===//

#include "support/AtomicFile.h"

#include "support/CheckedMath.h"
#include "support/TemporaryFiles.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

using namespace graft;
namespace fs = std::filesystem;

static Status fail(const char *action, const std::string &path, int error) {
  bool exhausted = error == ENOSPC || error == EDQUOT || error == EFBIG ||
                   error == ENOMEM || error == EMFILE || error == ENFILE;
  return {exhausted ? StatusCode::Exhausted : StatusCode::Failed,
          std::string("cannot ") + action + " '" + path +
              "': " + std::strerror(error)};
}

/// The path without trailing slashes and, if a link, the path it stands for.
static std::string resolve(const std::string &path) {
  std::string trimmed = path;
  while (trimmed.size() > 1 && trimmed.back() == '/')
    trimmed.pop_back();
  std::error_code error;
  if (!fs::is_symlink(fs::symlink_status(trimmed, error)))
    return trimmed;
  fs::path target = fs::weakly_canonical(trimmed, error);
  return error ? trimmed : target.string();
}

static std::string directoryOf(const std::string &path) {
  std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

/// Flushes a file's or directory's contents to the disk.
static Status makeDurable(const std::string &path, const std::string &shown) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail("write", shown, errno);
  int result = ::fsync(fd);
  int error = errno;
  ::close(fd);
  // Some file systems cannot flush a directory; there is nothing to do then.
  if (result != 0 && error != EINVAL && error != ENOTSUP)
    return fail("write", shown, error);
  return {};
}

//===----------------------------------------------------------------------===//
// AtomicFile
//===----------------------------------------------------------------------===//

Expected<AtomicFile> AtomicFile::create(const std::string &path) {
  std::string destination = resolve(path);
  struct stat info;
  bool exists = ::stat(destination.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode))
    return fail("write", path, EISDIR);
  if (exists && !S_ISREG(info.st_mode)) {
    int fd = ::open(destination.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0)
      return fail("write", path, errno);
    return AtomicFile(fd, std::move(destination), "");
  }

  std::string temporary;
  int fd = createTemporaryFile(destination, temporary);
  if (fd < 0)
    return fail("write", path, errno);
  AtomicFile file(fd, std::move(destination), std::move(temporary));
  if (exists && ::fchmod(fd, info.st_mode & 07777) != 0)
    return fail("write", path, errno);
  return file;
}

Expected<AtomicFile> AtomicFile::create(const std::string &path,
                                        const FileKind &kind) {
  GRAFT_RETURN_IF_ERROR(checkReplaces(path, kind));
  return create(path);
}

Status AtomicFile::check(const std::string &path, const FileKind &kind) {
  std::string destination = resolve(path);
  struct stat info;
  // A pipe that is opened and closed again would end for its reader.
  if (::stat(destination.c_str(), &info) == 0 && !S_ISREG(info.st_mode) &&
      !S_ISDIR(info.st_mode))
    return ::access(destination.c_str(), W_OK) == 0
               ? Status()
               : fail("write", path, errno);
  return create(path, kind).status();
}

static Status writeWhole(Expected<AtomicFile> file, std::string_view bytes) {
  if (!file)
    return file.status();
  if (Status status = file->write(bytes); !status)
    return status;
  return file->commit();
}

Status AtomicFile::writeAll(const std::string &path, std::string_view bytes) {
  return writeWhole(create(path), bytes);
}

Status AtomicFile::writeAll(const std::string &path, std::string_view bytes,
                            const FileKind &kind) {
  return writeWhole(create(path, kind), bytes);
}

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : fd(std::exchange(other.fd, -1)),
      destination(std::move(other.destination)),
      temporary(std::exchange(other.temporary, {})), written(other.written) {}

AtomicFile::~AtomicFile() {
  if (fd >= 0)
    ::close(fd);
  if (!temporary.empty()) {
    ::unlink(temporary.c_str());
    forgetTemporary(temporary);
  }
}

Status AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    // Linux transfers at most 2 GB in one call anyway.
    ssize_t count =
        ::write(fd, bytes.data(), std::min(bytes.size(), size_t(1) << 30));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return fail("write", destination, errno);
    bytes.remove_prefix(count);
    written += count;
  }
  return {};
}

Status AtomicFile::padTo(uint64_t alignment) {
  static constexpr char zeros[4096] = {};
  std::optional<uint64_t> end = checkedAlignTo(written, alignment);
  if (!end)
    return fail("write", destination, EFBIG);
  while (written < *end) {
    size_t count = std::min<uint64_t>(*end - written, sizeof(zeros));
    if (Status status = write({zeros, count}); !status)
      return status;
  }
  return {};
}

Status AtomicFile::commit() {
  int file = std::exchange(fd, -1);
  if (temporary.empty()) {
    if (::close(file) != 0)
      return fail("write", destination, errno);
    return {};
  }
  int lock = ::fcntl(file, F_DUPFD_CLOEXEC, 0); // until the file has its name
  Status status = makeNamed(file);
  if (lock >= 0)
    ::close(lock);
  GRAFT_RETURN_IF_ERROR(status);
  return makeDurable(directoryOf(destination), destination);
}

Status AtomicFile::makeNamed(int file) {
  int flushed = ::fsync(file);
  int error = errno;
  if (::close(file) != 0 && flushed == 0) {
    flushed = -1;
    error = errno;
  }
  if (flushed != 0)
    return fail("write", destination, error);
  if (::rename(temporary.c_str(), destination.c_str()) != 0)
    return fail("write", destination, errno);
  forgetTemporary(temporary);
  temporary.clear();
  return {};
}

//===----------------------------------------------------------------------===//
// AtomicDirectory
//===----------------------------------------------------------------------===//

Expected<AtomicDirectory> AtomicDirectory::create(const std::string &path,
                                                  Existing existing) {
  std::string destination = resolve(path);
  std::error_code error;
  fs::file_status status = fs::status(destination, error);
  if (fs::exists(status)) {
    if (!fs::is_directory(status))
      return fail("write", path, ENOTDIR);
    bool empty = fs::is_empty(destination, error);
    if (error)
      return fail("write", path, error.value());
    if (!empty && existing == Existing::Refuse)
      return Status::failed("'" + path +
                            "' exists and is not empty; name another "
                            "directory or remove it first");
  }
  std::string temporary;
  int fd = createTemporaryDirectory(destination, temporary);
  if (fd < 0)
    return fail("write", path, errno);
  return AtomicDirectory(fd, std::move(destination), std::move(temporary),
                         existing);
}

AtomicDirectory::AtomicDirectory(AtomicDirectory &&other) noexcept
    : fd(std::exchange(other.fd, -1)),
      destination(std::move(other.destination)),
      temporary(std::exchange(other.temporary, {})), existing(other.existing) {}

AtomicDirectory::~AtomicDirectory() {
  std::error_code ignored;
  if (!temporary.empty()) {
    fs::remove_all(temporary, ignored);
    forgetTemporary(temporary);
  }
  if (fd >= 0)
    ::close(fd);
}

Status AtomicDirectory::commit() {
  std::error_code error;
  fs::recursive_directory_iterator entry(temporary, error), end;
  for (; !error && entry != end; entry.increment(error))
    if (entry->is_regular_file(error) || entry->is_directory(error))
      if (Status status = makeDurable(entry->path().string(), destination);
          !status)
        return status;
  if (error)
    return fail("write", destination, error.value());
  if (Status status = makeDurable(temporary, destination); !status)
    return status;

  // rename() takes the place of an empty directory by itself.
  if (::rename(temporary.c_str(), destination.c_str()) == 0) {
    forgetTemporary(temporary);
    temporary.clear();
    return makeDurable(directoryOf(destination), destination);
  }
  if ((errno != ENOTEMPTY && errno != EEXIST) || existing == Existing::Refuse)
    return fail("write", destination, errno);
  if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, destination.c_str(),
                  RENAME_EXCHANGE) != 0)
    return fail("replace", destination, errno);
  // The temporary name now holds the old directory; the destructor removes it.
  return makeDurable(directoryOf(destination), destination);
}
