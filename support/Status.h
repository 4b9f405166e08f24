//===- Status.h - the outcome of work that can fail -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Errors of the code that knows neither MLIR nor protobuf. The codes are the
// exit codes of the command line, so that nothing has to translate them.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_SUPPORT_STATUS_H
#define GRAFT_SUPPORT_STATUS_H

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace graft {

enum class StatusCode : int {
  Ok = 0,
  Failed = 1,    ///< the work failed
  Usage = 2,     ///< the caller asked for something that makes no sense
  Mismatch = 3,  ///< a comparison or threshold failed
  BadInput = 4,  ///< an input is missing or damaged
  Exhausted = 5, ///< out of memory or disk
  Internal = 70  ///< a bug in Graft
};

/// Success, or a code and one line of text for the user.
class [[nodiscard]] Status {
public:
  Status() = default;
  Status(StatusCode code, std::string message)
      : statusCode(code), text(std::move(message)) {
    assert(code != StatusCode::Ok && "a failure needs a code");
  }

  static Status ok() { return Status(); }
  bool isOk() const { return statusCode == StatusCode::Ok; }
  StatusCode code() const { return statusCode; }
  const std::string &message() const { return text; }

private:
  StatusCode statusCode = StatusCode::Ok;
  std::string text;
};

/// A value, or why there is none.
template <typename T>
class [[nodiscard]] Expected {
public:
  Expected(T value) : storage(std::move(value)) {}
  Expected(Status status) : failure(std::move(status)) {
    assert(!failure.isOk() && "success needs a value");
  }

  explicit operator bool() const { return storage.has_value(); }
  bool isOk() const { return storage.has_value(); }
  const Status &status() const { return failure; }
  T &operator*() { return *storage; }
  const T &operator*() const { return *storage; }
  T *operator->() { return &*storage; }
  const T *operator->() const { return &*storage; }

private:
  std::optional<T> storage;
  Status failure;
};

} // namespace graft

/// Returns from the enclosing function when `expression` is a failure.
#define GRAFT_RETURN_IF_ERROR(expression)                                      \
  do {                                                                         \
    if (::graft::Status graftStatus = (expression); !graftStatus.isOk())       \
      return graftStatus;                                                      \
  } while (false)

#endif // GRAFT_SUPPORT_STATUS_H
