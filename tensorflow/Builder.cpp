//===- Builder.cpp - engines built at run time ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiler stands on MLIR and protobuf, of both of which TensorFlow exports
// its own: so it is loaded with a scope that looks at itself first, and what it
// is asked goes through its C interface.
//===----------------------------------------------------------------------===//
#include "tensorflow/Builder.h"

#include "api/include/graft.h"
#include "tftrt/Names.h"

#include "tensorflow/core/framework/graph.pb.h"
#include "tensorflow/core/framework/node_def.pb.h"

#include "absl/strings/str_cat.h"

#include <cstdlib>
#include <dlfcn.h>

using namespace graft;
namespace tf = ::tensorflow;

//===----------------------------------------------------------------------===//
// The compiler
//===----------------------------------------------------------------------===//

namespace {

struct Compiler {
  std::string missing; ///< why there is none; empty if there is
  decltype(&graft_options_create) createOptions = nullptr;
  decltype(&graft_options_destroy) destroyOptions = nullptr;
  decltype(&graft_options_set) setOption = nullptr;
  decltype(&graft_build) build = nullptr;
  decltype(&graft_bytes_free) freeBytes = nullptr;
  decltype(&graft_last_error) lastError = nullptr;
};

Compiler loadCompiler() {
  Compiler compiler;
  std::string path;
  if (const char *given = std::getenv("GRAFT_COMPILER")) {
    path = given;
  } else {
    Dl_info self = {};
    (void)dladdr(reinterpret_cast<void *>(&buildEngine), &self);
    path = self.dli_fname ? self.dli_fname : "";
    path = path.substr(0, path.rfind('/') + 1) + "libgraft.so";
  }
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  auto find = [&](auto &function, const char *name) {
    void *symbol = library ? dlsym(library, name) : nullptr;
    function =
        reinterpret_cast<std::remove_reference_t<decltype(function)>>(symbol);
    if (!symbol && compiler.missing.empty()) {
      const char *why = dlerror();
      compiler.missing =
          absl::StrCat("no compiler is at hand (", why ? why : path,
                       "; GRAFT_COMPILER may name libgraft.so)");
    }
  };
  find(compiler.createOptions, "graft_options_create");
  find(compiler.destroyOptions, "graft_options_destroy");
  find(compiler.setOption, "graft_options_set");
  find(compiler.build, "graft_build");
  find(compiler.freeBytes, "graft_bytes_free");
  find(compiler.lastError, "graft_last_error");
  return compiler;
}

const Compiler &compiler() {
  static const Compiler *instance = new Compiler(loadCompiler());
  return *instance;
}

} // namespace

//===----------------------------------------------------------------------===//
// The graph
//===----------------------------------------------------------------------===//

static std::string inputName(size_t i) {
  return absl::StrCat(tftrt::kInputPrefix, i);
}

static std::string outputName(size_t i) {
  return absl::StrCat(tftrt::kOutputPrefix, i);
}

/// A graph of an engine whose native segment is the function, with a
/// placeholder for each input. The compiler leaves the segment's nodes their
/// names.
static absl::StatusOr<std::string>
makeGraph(tf::FunctionLibraryRuntime *library, const BuildRequest &request) {
  const tf::FunctionLibraryDefinition *all =
      library->GetFunctionLibraryDefinition();
  const tf::FunctionDef *function = request.function;
  const std::string &name = function->signature().name();
  tf::GraphDef graph;
  graph.mutable_versions()->set_producer(library->graph_def_version());
  tf::FunctionLibraryDefinition used = all->ReachableDefinitions(*function);
  if (used.Contains(name))
    if (absl::Status s = used.RemoveFunction(name); !s.ok())
      return s;
  if (absl::Status s = used.AddFunctionDef(*function); !s.ok())
    return s;
  *graph.mutable_library() = used.ToProto();
  // TensorFlow's optimisers leave notes on nodes, in words of their own.
  for (tf::FunctionDef &each : *graph.mutable_library()->mutable_function())
    for (tf::NodeDef &node : *each.mutable_node_def()) {
      std::vector<std::string> notes;
      for (const auto &[name, value] : node.attr())
        if (name[0] == '_')
          notes.push_back(name);
      for (const std::string &name : notes)
        node.mutable_attr()->erase(name);
    }

  tf::NodeDef call;
  call.set_name("segment");
  call.set_op(tftrt::kEngineOp);
  auto &attrs = *call.mutable_attr();
  attrs[tftrt::kSegmentFunction].mutable_func()->set_name(name);
  attrs[tftrt::kSerializedSegment].set_s("");
  attrs["workspace_size_bytes"].set_i(0);
  attrs["precision_mode"].set_s("FP32");
  attrs["InT"].mutable_list();
  attrs["OutT"].mutable_list();
  for (size_t i = 0; i < request.inputs.size(); ++i) {
    tf::NodeDef *node = graph.add_node();
    node->set_name(inputName(i));
    node->set_op("Placeholder");
    (*node->mutable_attr())["dtype"].set_type(request.inputs[i]);
    request.shapes[i].AsProto((*node->mutable_attr())["shape"].mutable_shape());
    call.add_input(inputName(i));
    attrs["InT"].mutable_list()->add_type(request.inputs[i]);
  }
  for (size_t i = 0; i < request.outputs.size(); ++i) {
    tf::NodeDef *node = graph.add_node();
    node->set_name(outputName(i));
    node->set_op("Identity");
    node->add_input(absl::StrCat("segment:", i));
    (*node->mutable_attr())["T"].set_type(request.outputs[i]);
    attrs["OutT"].mutable_list()->add_type(request.outputs[i]);
  }
  *graph.add_node() = std::move(call);
  std::string bytes;
  if (!graph.SerializeToString(&bytes))
    return absl::ResourceExhaustedError(
        "the native segment must be below 2 GiB");
  return bytes;
}

absl::StatusOr<std::shared_ptr<SharedEngine>>
graft::buildEngine(tf::FunctionLibraryRuntime *library,
                   const BuildRequest &request) {
  const Compiler &with = compiler();
  if (!with.missing.empty())
    return absl::UnavailableError(with.missing);
  absl::StatusOr<std::string> graph = makeGraph(library, request);
  if (!graph.ok())
    return graph.status();

  std::string inputs, outputs;
  for (size_t i = 0; i < request.inputs.size(); ++i)
    absl::StrAppend(&inputs, i ? "," : "", inputName(i));
  for (size_t i = 0; i < request.outputs.size(); ++i)
    absl::StrAppend(&outputs, i ? "," : "", outputName(i));
  std::string threads = absl::StrCat(request.threads);
  graft_options *made = nullptr;
  if (with.createOptions(&made))
    return absl::InternalError(with.lastError());
  std::unique_ptr<graft_options, decltype(with.destroyOptions)> options(
      made, with.destroyOptions);
  const std::pair<const char *, const std::string *> values[] = {
      {"inputs", &inputs},
      {"outputs", &outputs},
      {"precision", &request.precision},
      {"calibration", &request.calibration},
      {"threads", &threads}};
  if (!request.target.empty() &&
      with.setOption(made, "target", request.target.c_str()))
    return absl::InvalidArgumentError(with.lastError());
  for (auto [name, value] : values)
    if (with.setOption(made, name, value->c_str()))
      return absl::InvalidArgumentError(with.lastError());

  graft_model model = {request.function->signature().name().c_str(),
                       graph->data(), graph->size()};
  graft_bytes plan = {};
  if (with.build(&model, made, nullptr, &plan))
    return absl::UnknownError(with.lastError());
  absl::StatusOr<std::shared_ptr<SharedEngine>> engine =
      SharedEngine::get({static_cast<const char *>(plan.data), plan.size});
  with.freeBytes(&plan);
  return engine;
}
