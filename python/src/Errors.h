//===- Errors.h - the C API's codes as Python's exceptions ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PYTHON_ERRORS_H
#define GRAFT_PYTHON_ERRORS_H

#include <exception>
#include <string>

namespace graft::python {

/// A failed call: its graft_code and its one line. `from_code` of
/// graft/_errors.py makes the Python exception.
class Failure : public std::exception {
public:
  Failure(int code, std::string message)
      : code(code), message(std::move(message)) {}
  const char *what() const noexcept override { return message.c_str(); }
  int getCode() const { return code; }

private:
  int code;
  std::string message;
};

/// Teaches the module that is being made to translate a Failure.
void registerErrors();

} // namespace graft::python

#endif // GRAFT_PYTHON_ERRORS_H
