//===- MappedFile.cpp - A file as memory ----------------------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// POSIX mmap with errors that name the file.
//
//===----------------------------------------------------------------------===//

#include "support/MappedFile.h"

#include "support/CheckedMath.h"
#include "support/MappedAddress.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace graft;

//===----------------------------------------------------------------------===//
// The list of what is mapped
//===----------------------------------------------------------------------===//

namespace {
/// A place in the list. The list has a fixed size, since a signal handler can
/// neither lock nor allocate; what finds no place has no name there.
struct Place {
  std::atomic<const char *> begin{nullptr}; ///< null: free
  std::atomic<size_t> size{0};              ///< 0: being changed
  char name[PATH_MAX];
};
Place places[16];
} // namespace

static void remember(std::string_view view, const std::string &name) {
  for (Place &place : places) {
    const char *expected = nullptr;
    if (!place.begin.compare_exchange_strong(expected, view.data()))
      continue;
    name.copy(place.name, PATH_MAX - 1);
    place.name[std::min<size_t>(name.size(), PATH_MAX - 1)] = '\0';
    place.size = view.size();
    return;
  }
}

static void forget(std::string_view view) {
  for (Place &place : places)
    if (place.begin.load() == view.data()) {
      place.size = 0;
      place.begin = nullptr;
      return;
    }
}

const char *graft::mappedFileAt(const void *address) noexcept {
  for (const Place &place : places)
    if (size_t(static_cast<const char *>(address) - place.begin.load()) <
        place.size)
      return place.name;
  return nullptr;
}

void graft::returnPages(std::string_view bytes) noexcept {
  if (bytes.empty() || !mappedFileAt(bytes.data()))
    return;
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(bytes.data());
  const uintptr_t first = (begin + page - 1) / page * page;
  const uintptr_t end = (begin + bytes.size()) / page * page;
  if (first < end)
    ::madvise(reinterpret_cast<void *>(first), end - first, MADV_DONTNEED);
}

//===----------------------------------------------------------------------===//
// MappedFile
//===----------------------------------------------------------------------===//

static Status fail(const char *action, const std::string &path, int error) {
  StatusCode code = error == ENOMEM || error == EMFILE || error == ENFILE
                        ? StatusCode::Exhausted
                        : StatusCode::BadInput;
  return {code, std::string("cannot ") + action + " '" + path +
                    "': " + std::strerror(error)};
}

Expected<MappedFile> MappedFile::open(const std::string &path) {
  // Not blocking: opening a pipe without a writer must not hang.
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return fail("open", path, errno);

  struct stat info;
  if (::fstat(fd, &info) != 0) {
    int error = errno;
    ::close(fd);
    return fail("inspect", path, error);
  }
  if (!S_ISREG(info.st_mode)) {
    ::close(fd);
    return Status::badInput(
        "'" + path + "' is " +
        (S_ISDIR(info.st_mode) ? "a directory" : "not a regular file") +
        "; a file is wanted");
  }
  std::optional<size_t> size = checkedCast<size_t>(info.st_size);
  if (!size) {
    ::close(fd);
    return fail("map", path, EFBIG);
  }
  if (*size == 0) { // mmap refuses an empty range
    ::close(fd);
    return MappedFile(path, {});
  }
  void *memory = ::mmap(nullptr, *size, PROT_READ, MAP_PRIVATE, fd, 0);
  int error = errno;
  ::close(fd); // the mapping keeps the file
  if (memory == MAP_FAILED)
    return fail("map", path, error);
  std::string_view view(static_cast<const char *>(memory), *size);
  remember(view, path);
  return MappedFile(path, view);
}

MappedFile::MappedFile(MappedFile &&other) noexcept
    : name(std::move(other.name)), view(std::exchange(other.view, {})) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(name, other.name);
  std::swap(view, other.view);
  return *this;
}

MappedFile::~MappedFile() {
  if (view.empty())
    return;
  forget(view);
  ::munmap(const_cast<char *>(view.data()), view.size());
}
