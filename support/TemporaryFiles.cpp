//===- TemporaryFiles.cpp - names for what is under way -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/TemporaryFiles.h"

#include <atomic>
#include <cerrno>
#include <charconv>
#include <climits>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace graft;
namespace fs = std::filesystem;

//===----------------------------------------------------------------------===//
// The list of what is under way
//===----------------------------------------------------------------------===//

namespace {
/// A place in the list. The list has a fixed size, since a signal handler can
/// neither lock nor allocate; what finds no place is left to later runs.
struct Place {
  enum State { Free, Changing, Used };
  std::atomic<int> state{Free};
  pid_t process = 0; ///< a forked child must not remove its parent's files
  char name[PATH_MAX];
};
Place places[16];
} // namespace

static void remember(const std::string &name) {
  if (name.size() >= PATH_MAX)
    return;
  for (Place &place : places) {
    int expected = Place::Free;
    if (!place.state.compare_exchange_strong(expected, Place::Changing))
      continue;
    place.process = ::getpid();
    std::memcpy(place.name, name.c_str(), name.size() + 1);
    place.state = Place::Used;
    return;
  }
}

void graft::forgetTemporary(const std::string &name) {
  for (Place &place : places) {
    int expected = Place::Used;
    if (place.state == Place::Used && name == place.name &&
        place.state.compare_exchange_strong(expected, Place::Changing))
      place.state = Place::Free;
  }
}

namespace {
/// What getdents64 fills a buffer with.
struct DirectoryEntry {
  uint64_t inode;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[];
};
} // namespace

/// Unlinks the files of the directory `path`. Appends the name of a directory
/// in it to the path and returns true, if there is one.
static bool emptyOrDescend(char *path) {
  alignas(DirectoryEntry) static char buffer[1 << 14];
  int fd = ::open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return false;
  bool descends = false;
  long count;
  while (!descends &&
         (count = ::syscall(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0)
    for (long at = 0; at < count && !descends;) {
      auto *entry = reinterpret_cast<DirectoryEntry *>(buffer + at);
      at += entry->length;
      if (!std::strcmp(entry->name, ".") || !std::strcmp(entry->name, ".."))
        continue;
      if (::unlinkat(fd, entry->name, 0) == 0 ||
          (errno != EISDIR && errno != EPERM))
        continue;
      size_t used = std::strlen(path), more = std::strlen(entry->name);
      if (used + more + 2 > PATH_MAX)
        continue;
      path[used] = '/';
      std::memcpy(path + used + 1, entry->name, more + 1);
      descends = true;
    }
  ::close(fd);
  return descends;
}

/// Removes the directory `path` and what is in it. Uses no memory of its own,
/// and no recursion. The path is changed meanwhile.
static void removeTree(char *path) {
  size_t root = std::strlen(path);
  while (true) {
    if (emptyOrDescend(path))
      continue;
    if (::rmdir(path) != 0 || std::strlen(path) == root)
      return;
    *std::strrchr(path, '/') = '\0';
  }
}

void graft::removeTemporaries() noexcept {
  int error = errno;
  for (Place &place : places) {
    if (place.state != Place::Used || place.process != ::getpid())
      continue;
    if (::unlink(place.name) != 0 && (errno == EISDIR || errno == EPERM))
      removeTree(place.name);
  }
  errno = error;
}

//===----------------------------------------------------------------------===//
// What dead processes left
//===----------------------------------------------------------------------===//

static constexpr std::string_view kPrefix = ".graft-", kSuffix = ".tmp";

/// The process that a temporary name belongs to.
static std::optional<pid_t> ownerOf(std::string_view name) {
  if (name.size() < kPrefix.size() + kSuffix.size() ||
      name.substr(0, kPrefix.size()) != kPrefix ||
      name.substr(name.size() - kSuffix.size()) != kSuffix)
    return std::nullopt;
  const char *end = name.data() + name.size() - kSuffix.size();
  pid_t process = 0;
  unsigned number = 0;
  auto first = std::from_chars(name.data() + kPrefix.size(), end, process);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-' ||
      process <= 0)
    return std::nullopt;
  auto second = std::from_chars(first.ptr + 1, end, number);
  if (second.ec != std::errc() || second.ptr != end)
    return std::nullopt;
  return process;
}

/// True if nobody holds the lock. A process of another container has a number
/// that says nothing here, but its lock counts.
static bool isUnlocked(const fs::path &path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return false;
  struct stat info;
  bool free = ::fstat(fd, &info) == 0 && info.st_uid == ::geteuid() &&
              (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode)) &&
              ::flock(fd, LOCK_EX | LOCK_NB) == 0;
  ::close(fd);
  return free;
}

static void removeStale(const fs::path &folder) {
  std::error_code error;
  fs::directory_iterator entry(folder, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    std::optional<pid_t> owner = ownerOf(entry->path().filename().string());
    std::error_code ignored;
    if (owner && ::kill(*owner, 0) != 0 && errno == ESRCH &&
        isUnlocked(entry->path()))
      fs::remove_all(entry->path(), ignored);
  }
}

/// The same, the first time that a folder is named.
static void removeStaleOnce(const fs::path &folder) {
  static std::mutex mutex;
  static std::set<std::string> seen;
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (!seen.insert(folder.string()).second)
      return;
  }
  removeStale(folder);
}

//===----------------------------------------------------------------------===//
// Creation
//===----------------------------------------------------------------------===//

/// Calls make(name) with names beside the destination until it gives a
/// descriptor. A name that exists is skipped: it may be another container's.
template <typename Make>
static int create(const std::string &destination, std::string &name,
                  Make make) {
  static std::atomic<unsigned> counter{0};
  fs::path folder = fs::path(destination).parent_path();
  removeStaleOnce(folder.empty() ? fs::path(".") : folder);
  int fd = -1;
  for (int attempt = 0; attempt < 100; ++attempt) {
    name = (folder / (std::string(kPrefix) + std::to_string(::getpid()) + "-" +
                      std::to_string(counter++) + std::string(kSuffix)))
               .string();
    fd = make(name.c_str());
    if (fd >= 0 || errno != EEXIST)
      break;
  }
  if (fd < 0)
    return fd;
  // A file system without locks leaves the process's number alone to tell.
  (void)::flock(fd, LOCK_EX | LOCK_NB);
  remember(name);
  return fd;
}

int graft::createTemporaryFile(const std::string &destination,
                               std::string &name) {
  return create(destination, name, [](const char *path) {
    return ::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  });
}

int graft::createTemporaryDirectory(const std::string &destination,
                                    std::string &name) {
  return create(destination, name, [](const char *path) {
    if (::mkdir(path, 0777) != 0)
      return -1;
    int fd = ::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
      int error = errno;
      ::rmdir(path);
      errno = error;
    }
    return fd;
  });
}
