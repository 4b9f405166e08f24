//===- convert.h - convert and compile models from C++ --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// TF-TRT's C++ API, over graft.h: ConvertAndBuild takes a frozen GraphDef or a
// SavedModel and gives a GraphDef with engines in it. GraphDef is the program's
// own message, TensorFlow's or any of that schema; Graft links no TensorFlow
// and brings no message. Errors are absl::Status with the one line that the C
// API gives. Everything here is inline and may be called by several threads at
// once.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_CONVERT_H
#define GRAFT_CONVERT_H

#include "graft.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

#include <climits>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace graft {

/// What a conversion is to do. Where nothing is said, the defaults are those of
/// every surface.
struct ConversionParams {
  /// Of the engines' arithmetic: fp32, bf16, fp16, int8 or best.
  std::string precision_mode = "fp32";
  /// The fewest nodes that become an engine.
  int64_t minimum_segment_size = 3;
  /// Operators that stay native.
  std::vector<std::string> denied_ops;
  /// Any option of graft_option, by name; it goes before the fields above.
  std::map<std::string, std::string> options;
  /// Called when a step begins, and within it; false stops the work.
  std::function<bool(int step, int of, std::string_view name)> progress;
  /// If not null, gets the report as JSON; see graft_report_json.
  std::string *report = nullptr;
};

/// Bytes that Graft handed out, with their owner; aligned to 64 bytes, as
/// graft_engine_load_memory takes them.
class Bytes {
public:
  Bytes() = default;
  Bytes(Bytes &&other) noexcept : held(std::exchange(other.held, {})) {}
  Bytes &operator=(Bytes &&other) noexcept {
    std::swap(held, other.held);
    return *this;
  }
  Bytes(const Bytes &) = delete;
  Bytes &operator=(const Bytes &) = delete;
  ~Bytes() { graft_bytes_free(&held); }

  const void *data() const { return held.data; }
  size_t size() const { return held.size; }
  std::string_view view() const {
    return {static_cast<const char *>(held.data), held.size};
  }
  /// To be filled by a function of the C API; must be empty.
  graft_bytes *get() { return &held; }

private:
  graft_bytes held = {nullptr, 0, 0};
};

namespace detail {

/// The calling thread's last failure as a status.
inline absl::Status ToStatus(graft_code code) {
  switch (code) {
  case GRAFT_OK:
    return absl::OkStatus();
  case GRAFT_USAGE:
    return absl::InvalidArgumentError(graft_last_error());
  case GRAFT_BAD_INPUT:
    return absl::DataLossError(graft_last_error());
  case GRAFT_EXHAUSTED:
    return absl::ResourceExhaustedError(graft_last_error());
  case GRAFT_CANCELLED:
    return absl::CancelledError(graft_last_error());
  case GRAFT_FAILED:
    return absl::FailedPreconditionError(graft_last_error());
  case GRAFT_INTERNAL:
    break;
  }
  return absl::InternalError(graft_last_error());
}

struct Destroy {
  void operator()(graft_options *o) const { graft_options_destroy(o); }
  void operator()(graft_report *r) const { graft_report_destroy(r); }
};
using OptionsPtr = std::unique_ptr<graft_options, Destroy>;
using ReportPtr = std::unique_ptr<graft_report, Destroy>;

inline std::string Join(const std::vector<std::string> &parts) {
  std::string text;
  for (const std::string &part : parts)
    text += (text.empty() ? "" : ",") + part;
  return text;
}

/// The user's callback, and what it said.
struct Watch {
  decltype(ConversionParams::progress) progress;
  bool cancelled = false;
};

/// Options by name, `first` before `second` before the defaults. Empty values
/// are left out. `watch` outlives them.
using OptionMap = std::map<std::string, std::string>;
inline absl::StatusOr<OptionsPtr>
MakeOptions(const OptionMap &first, const OptionMap &second, Watch &watch) {
  graft_options *made = nullptr;
  if (graft_code code = graft_options_create(&made))
    return ToStatus(code);
  OptionsPtr options(made);
  for (const OptionMap *map : {&second, &first})
    for (const auto &[name, value] : *map)
      if (!value.empty())
        if (graft_code code =
                graft_options_set(made, name.c_str(), value.c_str()))
          return ToStatus(code);
  auto call = [](void *user, int step, int of, const char *name) {
    Watch &watch = *static_cast<Watch *>(user);
    watch.cancelled = !watch.progress(step, of, name);
    return watch.cancelled ? 1 : 0;
  };
  if (watch.progress)
    if (graft_code code = graft_options_set_progress(made, call, &watch))
      return ToStatus(code);
  return options;
}

/// Converts to `output`, or into `graph`.
inline absl::Status Convert(const graft_model &model, OptionMap choices,
                            const ConversionParams &params, const char *output,
                            graft_bytes *graph) {
  choices["precision"] = params.precision_mode;
  choices["minimum_segment_size"] = std::to_string(params.minimum_segment_size);
  choices["deny"] = Join(params.denied_ops);
  Watch watch{params.progress};
  absl::StatusOr<OptionsPtr> options =
      MakeOptions(params.options, choices, watch);
  if (!options.ok())
    return options.status();
  graft_report *made = nullptr;
  if (graft_code code = graft_convert(&model, options->get(), output, graph,
                                      params.report ? &made : nullptr))
    return watch.cancelled ? absl::CancelledError(graft_last_error())
                           : ToStatus(code);
  ReportPtr report(made);
  if (!params.report)
    return absl::OkStatus();
  Bytes json;
  if (graft_code code = graft_report_json(made, json.get()))
    return ToStatus(code);
  params.report->assign(json.view());
  return absl::OkStatus();
}

/// The same message gives the same bytes: maps are written by key.
template <class GraphDefT>
absl::StatusOr<std::string> Serialize(const GraphDefT &graph) {
  if (graph.ByteSizeLong() > INT_MAX)
    return absl::InvalidArgumentError(
        "a GraphDef must be below 2 GiB, which protobuf cannot pass, got " +
        std::to_string(graph.ByteSizeLong()) + " bytes");
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  graph.SerializeWithCachedSizes(&coded);
  coded.Trim();
  if (coded.HadError())
    return absl::InternalError("the GraphDef cannot be serialized");
  return bytes;
}

template <class GraphDefT>
absl::StatusOr<GraphDefT> Parse(std::string_view bytes) {
  GraphDefT graph;
  if (bytes.size() > INT_MAX ||
      !graph.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return absl::InternalError("the converted graph cannot be parsed");
  return graph;
}

} // namespace detail

/// Replaces the segments of a serialized GraphDef by engines and gives the
/// bytes that `graft convert` writes. `frozen_graph_def` is neither copied nor
/// changed. No names: the Placeholders, and the results that nothing reads.
inline absl::StatusOr<Bytes>
ConvertAndBuildBytes(std::string_view frozen_graph_def,
                     const std::vector<std::string> &input_names,
                     const std::vector<std::string> &output_names,
                     const ConversionParams &params = ConversionParams()) {
  graft_model model = {nullptr, frozen_graph_def.data(),
                       frozen_graph_def.size()};
  Bytes graph;
  absl::Status status =
      detail::Convert(model,
                      {{"inputs", detail::Join(input_names)},
                       {"outputs", detail::Join(output_names)}},
                      params, nullptr, graph.get());
  if (!status.ok())
    return status;
  return graph;
}

/// The same for messages: a frozen graph becomes the graph with engines.
/// Engines are compiled for the shapes that the graph states, unknown sizes
/// included, so no example inputs are needed.
template <class GraphDefT>
absl::StatusOr<GraphDefT>
ConvertAndBuild(const GraphDefT &frozen_graph_def,
                const std::vector<std::string> &input_names,
                const std::vector<std::string> &output_names,
                const ConversionParams &params = ConversionParams()) {
  absl::StatusOr<std::string> bytes = detail::Serialize(frozen_graph_def);
  if (!bytes.ok())
    return bytes.status();
  absl::StatusOr<Bytes> graph =
      ConvertAndBuildBytes(*bytes, input_names, output_names, params);
  if (!graph.ok())
    return graph.status();
  return detail::Parse<GraphDefT>(graph->view());
}

/// The graph of a SavedModel's signature, frozen, with engines.
template <class GraphDefT>
absl::StatusOr<GraphDefT>
ConvertAndBuild(const std::string &saved_model_dir,
                const std::string &signature_key = "serving_default",
                const ConversionParams &params = ConversionParams()) {
  graft_model model = {saved_model_dir.c_str(), nullptr, 0};
  Bytes graph;
  absl::Status status = detail::Convert(model, {{"signature", signature_key}},
                                        params, nullptr, graph.get());
  if (!status.ok())
    return status;
  return detail::Parse<GraphDefT>(graph.view());
}

/// A SavedModel to a SavedModel with all its signatures. `output_dir` must not
/// exist, or be empty; it is written whole or not at all.
inline absl::Status
ConvertSavedModel(const std::string &saved_model_dir,
                  const std::string &output_dir,
                  const ConversionParams &params = ConversionParams()) {
  graft_model model = {saved_model_dir.c_str(), nullptr, 0};
  return detail::Convert(model, {}, params, output_dir.c_str(), nullptr);
}

/// Compiles a whole serialized GraphDef to an engine plan, which
/// graft_engine_load_memory runs without TensorFlow. `options` are those of
/// graft_option, by name: {{"shapes", "x=1x224x224x3"}}.
inline absl::StatusOr<Bytes>
BuildPlanBytes(std::string_view frozen_graph_def,
               const std::map<std::string, std::string> &options = {}) {
  detail::Watch watch;
  absl::StatusOr<detail::OptionsPtr> made =
      detail::MakeOptions(options, {}, watch);
  if (!made.ok())
    return made.status();
  graft_model model = {nullptr, frozen_graph_def.data(),
                       frozen_graph_def.size()};
  Bytes plan;
  if (graft_code code = graft_build(&model, made->get(), nullptr, plan.get()))
    return detail::ToStatus(code);
  return plan;
}

/// The same for a message.
template <class GraphDefT>
absl::StatusOr<Bytes>
BuildPlan(const GraphDefT &frozen_graph_def,
          const std::map<std::string, std::string> &options = {}) {
  absl::StatusOr<std::string> bytes = detail::Serialize(frozen_graph_def);
  if (!bytes.ok())
    return bytes.status();
  return BuildPlanBytes(*bytes, options);
}

} // namespace graft

#endif // GRAFT_CONVERT_H
