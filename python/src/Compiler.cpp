//===- Compiler.cpp - graft._compiler: the compiler from Python -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Stands on graft.h alone. A module of its own, because what it loads (MLIR,
// protobuf) must be loaded apart from TensorFlow's: see graft/_native.py.
//===----------------------------------------------------------------------===//
#include "api/include/graft.h"
#include "python/src/Errors.h"
#include "python/src/Lock.h"
#include "python/src/Text.h"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <memory>

namespace nb = nanobind;
using namespace nb::literals;
using namespace graft::python;

namespace {

using Memory =
    nb::ndarray<const uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using View = nb::ndarray<nb::memview, const uint8_t, nb::ndim<1>>;
using OptionTexts = std::vector<std::pair<std::string, std::string>>;
/// Name, graft_dtype, shape and bytes.
using Array = std::tuple<std::string, int, std::vector<int64_t>, Memory>;

void check(graft_code code) {
  if (code != GRAFT_OK)
    throw Failure(code, graft_last_error());
}

/// Bytes of the compiler's, until Python has them.
class Bytes {
public:
  Bytes() = default;
  Bytes(const Bytes &) = delete;
  Bytes &operator=(const Bytes &) = delete;
  ~Bytes() { graft_bytes_free(&bytes); }
  graft_bytes *operator&() { return &bytes; }

  nb::str getText() const {
    return toText({static_cast<const char *>(bytes.data), bytes.size});
  }
  /// A memoryview that owns them; not copied.
  nb::object give() {
    auto *owned = new graft_bytes(bytes);
    bytes = {nullptr, 0, 0};
    nb::capsule owner(owned, [](void *pointer) noexcept {
      auto *bytes = static_cast<graft_bytes *>(pointer);
      graft_bytes_free(bytes);
      delete bytes;
    });
    return nb::cast(View(owned->data, {owned->size}, owner));
  }

private:
  graft_bytes bytes = {nullptr, 0, 0};
};

graft_model toModel(const char *path, const std::optional<Memory> &memory) {
  if (!memory)
    return {path, nullptr, 0};
  // Empty arrays may have no memory, which would stand for "read the path".
  const void *data = memory->size() ? memory->data() : nullptr;
  return {path, data ? data : "", memory->size()};
}

/// What one call of the compiler is given.
class Call {
public:
  Call(const nb::bytes &path, const std::optional<Memory> &data,
       const OptionTexts &texts, nb::object progress,
       const nb::object &samples = nb::none())
      : path(path.c_str(), path.size()), memory(data),
        progress(std::move(progress)) {
    check(graft_options_create(&options));
    std::unique_ptr<graft_options, decltype(&graft_options_destroy)> guard(
        options, graft_options_destroy);
    for (const auto &[name, value] : texts)
      check(graft_options_set(options, name.c_str(), value.c_str()));
    check(graft_options_set_progress(options, report, this));
    check(graft_options_set_warning(options, note, this));
    if (!samples.is_none())
      for (nb::handle item : samples)
        addSamples(nb::cast<std::vector<Array>>(item));
    guard.release();
  }
  Call(const Call &) = delete;
  Call &operator=(const Call &) = delete;
  ~Call() { graft_options_destroy(options); }

  /// Runs work(model, options) without Python's lock. Raises what the progress
  /// function raised.
  template <typename Work>
  void run(Work &&work) {
    graft_model model = toModel(path.c_str(), memory);
    graft_code code;
    std::string message;
    {
      Unlocked unlocked;
      code = work(&model, options);
      if (code != GRAFT_OK)
        message = graft_last_error();
    }
    if (raised)
      std::rethrow_exception(raised);
    if (code == GRAFT_OK)
      return warn();
    try {
      warn();
    } catch (const nb::python_error &) {
      // A warning that the user wants to be an error is less than a failure.
    }
    throw Failure(code, message);
  }

private:
  static void note(void *user, const char *text) {
    try {
      static_cast<Call *>(user)->warnings.emplace_back(text);
    } catch (const std::bad_alloc &) {
      // The work goes on without it.
    }
  }

  /// Raises where the user wants warnings to be errors.
  void warn() const {
    // This function has no frame of its own in Python; its caller has one.
    for (const std::string &text : warnings)
      nb::module_::import_("warnings")
          .attr("warn")(toText(text), "stacklevel"_a = 2);
  }

  void addSamples(const std::vector<Array> &item) {
    std::vector<graft_array> arrays;
    for (const auto &[name, dtype, shape, bytes] : item)
      arrays.push_back({name.c_str(), static_cast<graft_dtype>(dtype),
                        static_cast<int32_t>(shape.size()), shape.data(),
                        bytes.data()});
    check(graft_options_add_samples(options, arrays.data(), arrays.size()));
  }

  /// Also the place where an interrupt (Ctrl-C) ends the work.
  static int report(void *user, int step, int of, const char *name) {
    auto *call = static_cast<Call *>(user);
    Locked locked;
    try {
      if (PyErr_CheckSignals() != 0)
        throw nb::python_error();
      if (!call->progress.is_none())
        call->progress(step, of, toText(name));
      return 0;
    } catch (...) {
      call->raised = std::current_exception();
      return 1;
    }
  }

  std::string path;
  std::optional<Memory> memory;
  nb::object progress;
  graft_options *options = nullptr;
  std::exception_ptr raised;
  std::vector<std::string> warnings;
};

/// A path, or null for a result in memory.
const char *getPath(const std::optional<nb::bytes> &output) {
  return output ? output->c_str() : nullptr;
}

using Work = graft_code (*)(const graft_model *, const graft_options *,
                            const char *, graft_bytes *);

/// build and freeze: one result.
nb::object produce(Work work, const nb::bytes &path,
                   const std::optional<Memory> &data,
                   const std::optional<nb::bytes> &output,
                   const OptionTexts &options, nb::object progress,
                   const nb::object &samples = nb::none()) {
  Call call(path, data, options, std::move(progress), samples);
  Bytes bytes;
  call.run([&](const graft_model *model, const graft_options *chosen) {
    return work(model, chosen, getPath(output), output ? nullptr : &bytes);
  });
  return output ? nb::none() : bytes.give();
}

/// A table for a model's tensors on samples, or on the data at a path.
nb::object calibrate(const nb::bytes &path, const std::optional<Memory> &data,
                     const std::optional<nb::bytes> &folder,
                     const std::optional<nb::bytes> &output,
                     const OptionTexts &options, nb::object progress,
                     const nb::object &samples) {
  Call call(path, data, options, std::move(progress), samples);
  Bytes bytes;
  call.run([&](const graft_model *model, const graft_options *chosen) {
    return graft_calibrate(model, getPath(folder), chosen, getPath(output),
                           output ? nullptr : &bytes);
  });
  return output ? nb::none() : bytes.give();
}

/// One table for several.
nb::object mergeCalibrations(const std::vector<nb::bytes> &tables,
                             const std::optional<nb::bytes> &output,
                             const OptionTexts &options) {
  // It takes no model, and is done in a moment.
  Call call(nb::bytes(""), std::nullopt, options, nb::none());
  std::vector<const char *> paths;
  for (const nb::bytes &table : tables)
    paths.push_back(table.c_str());
  Bytes bytes;
  call.run([&](const graft_model *, const graft_options *chosen) {
    return graft_merge_calibrations(paths.data(), paths.size(), chosen,
                                    getPath(output), output ? nullptr : &bytes);
  });
  return output ? nb::none() : bytes.give();
}

using ReportingWork = graft_code (*)(const graft_model *, const graft_options *,
                                     const char *, graft_bytes *,
                                     graft_report **);

/// convert, rescue and build_with_engines: a result, and a report as JSON and
/// as text.
nb::tuple produceWithReport(ReportingWork work, const nb::bytes &path,
                            const std::optional<Memory> &data,
                            const std::optional<nb::bytes> &output,
                            const OptionTexts &options, nb::object progress,
                            const nb::object &samples = nb::none()) {
  Call call(path, data, options, std::move(progress), samples);
  Bytes graph, json, text;
  std::unique_ptr<graft_report, decltype(&graft_report_destroy)> report(
      nullptr, graft_report_destroy);
  call.run([&](const graft_model *model, const graft_options *chosen) {
    graft_report *made = nullptr;
    graft_code code =
        work(model, chosen, getPath(output), output ? nullptr : &graph, &made);
    report.reset(made);
    return code;
  });
  check(graft_report_json(report.get(), &json));
  check(graft_report_text(report.get(), &text));
  return nb::make_tuple(output ? nb::none() : graph.give(), json.getText(),
                        text.getText());
}

nb::str summarize(const nb::bytes &path, const std::optional<Memory> &data,
                  const OptionTexts &options, nb::object progress) {
  Call call(path, data, options, std::move(progress));
  Bytes json;
  call.run([&](const graft_model *model, const graft_options *chosen) {
    return graft_model_summary(model, chosen, &json);
  });
  return json.getText();
}

nb::tuple compare(const nb::bytes &leftPath, const std::optional<Memory> &left,
                  const nb::bytes &rightPath,
                  const std::optional<Memory> &right, int64_t limit) {
  graft_model models[2] = {toModel(leftPath.c_str(), left),
                           toModel(rightPath.c_str(), right)};
  Bytes json, text;
  graft_code code;
  std::string message;
  {
    Unlocked unlocked;
    code = graft_compare(&models[0], &models[1], limit, &json, &text);
    if (code != GRAFT_OK)
      message = graft_last_error();
  }
  if (code != GRAFT_OK)
    throw Failure(code, message);
  return nb::make_tuple(json.getText(), text.getText());
}

nb::list listOptions() {
  nb::list rows;
  for (size_t i = 0; i < graft_num_options(); ++i) {
    graft_option_info info = graft_option(i);
    rows.append(nb::make_tuple(info.name, info.default_value, info.doc));
  }
  return rows;
}

} // namespace

NB_MODULE(_compiler, m) {
  m.doc() = "The compiler. The package's functions are the interface; these "
            "are what they stand on.";
  nb::set_leak_warnings(false);
  graft::python::registerErrors();

  m.def(
      "convert",
      [](const nb::bytes &path, const std::optional<Memory> &data,
         const std::optional<nb::bytes> &output, const OptionTexts &options,
         nb::object progress, const nb::object &samples) {
        return produceWithReport(graft_convert, path, data, output, options,
                                 std::move(progress), samples);
      },
      "path"_a, "data"_a.none(), "output"_a.none(), "options"_a,
      "progress"_a.none(), "samples"_a.none(),
      "The converted graph, unless it is written, the report as JSON and as "
      "text.",
      nb::sig("def convert(path: bytes, data: object | None, output: bytes | "
              "None, options: list[tuple[str, str]], progress: object | "
              "None, samples: object | None) -> tuple[memoryview | None, str, "
              "str]"));
  m.def(
      "rescue",
      [](const nb::bytes &path, const std::optional<Memory> &data,
         const std::optional<nb::bytes> &output, const OptionTexts &options,
         nb::object progress) {
        return produceWithReport(graft_rescue, path, data, output, options,
                                 std::move(progress));
      },
      "path"_a, "data"_a.none(), "output"_a.none(), "options"_a,
      "progress"_a.none(),
      "The native graph, unless it is written, the report as JSON and as text.",
      nb::sig("def rescue(path: bytes, data: object | None, output: bytes | "
              "None, options: list[tuple[str, str]], progress: object | "
              "None) -> tuple[memoryview | None, str, str]"));
  m.def(
      "build",
      [](const nb::bytes &path, const std::optional<Memory> &data,
         const std::optional<nb::bytes> &output, const OptionTexts &options,
         nb::object progress, const nb::object &samples) {
        return produce(graft_build, path, data, output, options,
                       std::move(progress), samples);
      },
      "path"_a, "data"_a.none(), "output"_a.none(), "options"_a,
      "progress"_a.none(), "samples"_a.none(),
      "The plan, unless it is written.",
      nb::sig("def build(path: bytes, data: object | None, output: bytes | "
              "None, options: list[tuple[str, str]], progress: object | None, "
              "samples: object | None) -> memoryview | None"));
  m.def(
      "build_with_engines",
      [](const nb::bytes &path, const std::optional<Memory> &data,
         const std::optional<nb::bytes> &output, const OptionTexts &options,
         nb::object progress) {
        return produceWithReport(graft_build_with_engines, path, data, output,
                                 options, std::move(progress));
      },
      "path"_a, "data"_a.none(), "output"_a.none(), "options"_a,
      "progress"_a.none(),
      "The plan in which a converted model's engines run, unless it is "
      "written, the report as JSON and as text.",
      nb::sig("def build_with_engines(path: bytes, data: object | None, "
              "output: bytes | None, options: list[tuple[str, str]], "
              "progress: object | None) -> tuple[memoryview | None, str, "
              "str]"));
  m.def(
      "freeze",
      [](const nb::bytes &path, const std::optional<Memory> &data,
         const std::optional<nb::bytes> &output, const OptionTexts &options,
         nb::object progress) {
        return produce(graft_freeze, path, data, output, options,
                       std::move(progress));
      },
      "path"_a, "data"_a.none(), "output"_a.none(), "options"_a,
      "progress"_a.none(), "The frozen graph, unless it is written.",
      nb::sig("def freeze(path: bytes, data: object | None, output: bytes | "
              "None, options: list[tuple[str, str]], progress: object | None) "
              "-> memoryview | None"));
  m.def("calibrate", calibrate, "path"_a, "data"_a.none(), "folder"_a.none(),
        "output"_a.none(), "options"_a, "progress"_a.none(), "samples"_a.none(),
        "The table of ranges, unless it is written.",
        nb::sig("def calibrate(path: bytes, data: object | None, folder: bytes "
                "| None, output: bytes | None, options: list[tuple[str, str]], "
                "progress: object | None, samples: object | None) -> "
                "memoryview | None"));
  m.def("merge_calibrations", mergeCalibrations, "tables"_a, "output"_a.none(),
        "options"_a, "One table for several, unless it is written.",
        nb::sig("def merge_calibrations(tables: list[bytes], output: bytes | "
                "None, options: list[tuple[str, str]]) -> memoryview | None"));
  m.def("summarize", summarize, "path"_a, "data"_a.none(), "options"_a,
        "progress"_a.none(), "What the model is made of, as JSON.",
        nb::sig("def summarize(path: bytes, data: object | None, options: "
                "list[tuple[str, str]], progress: object | None) -> str"));
  m.def("compare", compare, "left_path"_a, "left"_a.none(), "right_path"_a,
        "right"_a.none(), "limit"_a,
        "Where two models or plans differ, as JSON and as text.",
        nb::sig("def compare(left_path: bytes, left: object | None, "
                "right_path: bytes, right: object | None, limit: int) -> "
                "tuple[str, str]"));
  m.def("options", listOptions, "Name, default and meaning of every option.",
        nb::sig("def options() -> list[tuple[str, str, str]]"));
}
