//===- Text.h - C's text as Python's --------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PYTHON_TEXT_H
#define GRAFT_PYTHON_TEXT_H

#include <nanobind/nanobind.h>

#include <string_view>

namespace graft::python {

/// A name or message of a file's, which may hold any bytes: those that are no
/// UTF-8 are written as "\xff".
inline nanobind::str toText(std::string_view bytes) {
  PyObject *text = PyUnicode_DecodeUTF8(
      bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "backslashreplace");
  if (!text)
    throw nanobind::python_error();
  return nanobind::steal<nanobind::str>(text);
}

} // namespace graft::python

#endif // GRAFT_PYTHON_TEXT_H
