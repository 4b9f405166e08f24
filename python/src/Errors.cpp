//===- Errors.cpp - the C API's codes as Python's exceptions --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The classes are Python's, so that both extension modules raise the same ones.
//===----------------------------------------------------------------------===//
#include "python/src/Errors.h"
#include "python/src/Text.h"

#include <nanobind/nanobind.h>

namespace nb = nanobind;

void graft::python::registerErrors() {
  nb::register_exception_translator([](const std::exception_ptr &thrown,
                                       void *) {
    try {
      std::rethrow_exception(thrown);
    } catch (const Failure &failure) {
      try {
        nb::object error =
            nb::module_::import_("graft._errors")
                .attr("from_code")(failure.getCode(), toText(failure.what()));
        PyErr_SetObject(error.type().ptr(), error.ptr());
      } catch (nb::python_error &unexpected) {
        unexpected.restore();
      }
    }
  });
}
