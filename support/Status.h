//===- Status.h - Errors without exceptions -------------------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The result type of the code that knows no MLIR. A status carries the exit
// code that a command line tool ends with, and one line for the user.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_SUPPORT_STATUS_H
#define GRAFT_SUPPORT_STATUS_H

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace graft {

/// The values are the exit codes of the tools.
enum class StatusCode : int {
  Ok = 0,
  Failed = 1,    ///< The work could not be done.
  Usage = 2,     ///< The request makes no sense.
  Mismatch = 3,  ///< A comparison or a threshold failed.
  BadInput = 4,  ///< An input is missing or damaged.
  Exhausted = 5, ///< Out of memory, disk or another resource.
  Cancelled = 6, ///< The caller asked for an end; no tool exits with it.
  Internal = 70, ///< A bug in Graft.
};

/// Success, or a code and a message. The message is one line without a full
/// stop; it names the file or node at fault and says what to do.
class [[nodiscard]] Status {
public:
  Status() = default;
  Status(StatusCode code, std::string message)
      : codeValue(code), text(std::move(message)) {
    assert(code != StatusCode::Ok && "success carries no message");
  }

  static Status failed(std::string message) {
    return {StatusCode::Failed, std::move(message)};
  }
  static Status usage(std::string message) {
    return {StatusCode::Usage, std::move(message)};
  }
  static Status mismatch(std::string message) {
    return {StatusCode::Mismatch, std::move(message)};
  }
  static Status badInput(std::string message) {
    return {StatusCode::BadInput, std::move(message)};
  }
  static Status exhausted(std::string message) {
    return {StatusCode::Exhausted, std::move(message)};
  }
  static Status internal(std::string message) {
    return {StatusCode::Internal, std::move(message)};
  }

  bool ok() const { return codeValue == StatusCode::Ok; }
  /// True on success, so that `if (Status s = f(); !s) return s;` reads well.
  explicit operator bool() const { return ok(); }
  StatusCode code() const { return codeValue; }
  const std::string &message() const { return text; }
  int exitCode() const { return static_cast<int>(codeValue); }

private:
  StatusCode codeValue = StatusCode::Ok;
  std::string text;
};

/// A value, or the status that says why there is none.
template <typename T>
class [[nodiscard]] Expected {
public:
  Expected(T value) : held(std::move(value)) {}
  Expected(Status status) : error(std::move(status)) {
    assert(!error.ok() && "a success needs a value");
  }

  bool ok() const { return held.has_value(); }
  explicit operator bool() const { return ok(); }
  /// Success if there is a value.
  const Status &status() const { return error; }

  T &operator*() & { return *held; }
  const T &operator*() const & { return *held; }
  T &&operator*() && { return *std::move(held); }
  T *operator->() { return &*held; }
  const T *operator->() const { return &*held; }

private:
  std::optional<T> held;
  Status error;
};

} // namespace graft

/// Returns from the enclosing function when `expression` is a failure.
#define GRAFT_RETURN_IF_ERROR(expression)                                      \
  do {                                                                         \
    if (::graft::Status graftStatus = (expression); !graftStatus.ok())         \
      return graftStatus;                                                      \
  } while (false)

#endif // GRAFT_SUPPORT_STATUS_H
