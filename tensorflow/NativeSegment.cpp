//===- NativeSegment.cpp - the nodes that an engine stands for ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A multi-device call, as PartitionedCall makes it, so that TensorFlow's graph
// optimisers see the function.
//===----------------------------------------------------------------------===//
#include "tensorflow/NativeSegment.h"

#include "tftrt/Names.h"

#include "tensorflow/core/framework/device.h"
#include "tensorflow/core/framework/node_def_util.h"
#include "tensorflow/core/framework/resource_mgr.h"
#include "tensorflow/core/util/tensor_bundle/tensor_bundle.h"

#include "absl/strings/str_cat.h"

#include <map>

using namespace graft;
namespace tf = ::tensorflow;

/// The checkpoint with constants of native segments, beside the engines.

//===----------------------------------------------------------------------===//
// Constants that the graph has outside
//===----------------------------------------------------------------------===//

/// The node that restores them, as Graft's converter writes it; or null.
static const tf::NodeDef *findRestore(const tf::FunctionDef &function) {
  for (const tf::NodeDef &node : function.node_def())
    if (node.op() == "RestoreV2" && node.name() == "graft/restore")
      return &node;
  return nullptr;
}

/// Puts the constants in the place of the node that restores them, which would
/// read them whenever the function is called and hide them from all others.
static absl::Status putConstants(tf::FunctionDef &function,
                                 const std::string &prefix) {
  const tf::NodeDef *restore = findRestore(function);
  std::string namesNode(restore->input(1), 0, restore->input(1).find(':'));
  std::vector<std::string> keys;
  for (const tf::NodeDef &node : function.node_def())
    if (node.name() == namesNode) {
      tf::Tensor names;
      if (absl::Status s = tf::GetNodeAttr(node, "value", &names); !s.ok())
        return s;
      for (int64_t i = 0; i < names.NumElements(); ++i)
        keys.emplace_back(names.flat<tf::tstring>()(i));
    }
  tf::BundleReader bundle(tf::Env::Default(), prefix);
  if (!bundle.status().ok())
    return bundle.status();
  std::string output = restore->name() + ":tensors:";
  std::map<std::string, std::string> renamed;
  google::protobuf::RepeatedPtrField<tf::NodeDef> nodes;
  for (size_t i = 0; i < keys.size(); ++i) {
    tf::DataType type;
    tf::TensorShape shape;
    if (absl::Status s = bundle.LookupDtypeAndShape(keys[i], &type, &shape);
        !s.ok())
      return s;
    tf::Tensor value(type, shape);
    if (absl::Status s = bundle.Lookup(keys[i], &value); !s.ok())
      return s;
    tf::NodeDef &constant = *nodes.Add();
    constant.set_name(absl::StrCat("graft/constant_", i));
    constant.set_op("Const");
    (*constant.mutable_attr())["dtype"].set_type(type);
    value.AsProtoTensorContent(
        (*constant.mutable_attr())["value"].mutable_tensor());
    renamed[absl::StrCat(output, i)] = constant.name() + ":output:0";
  }
  for (tf::NodeDef &node : *function.mutable_node_def()) {
    if (absl::StartsWith(node.name(), "graft/"))
      continue;
    for (std::string &input : *node.mutable_input())
      if (auto found = renamed.find(input); found != renamed.end())
        input = found->second;
    *nodes.Add() = std::move(node);
  }
  for (auto &result : *function.mutable_ret())
    if (auto found = renamed.find(result.second); found != renamed.end())
      result.second = found->second;
  function.mutable_node_def()->Swap(&nodes);
  return absl::OkStatus();
}

absl::StatusOr<tf::FunctionDef>
NativeSegment::definition(tf::FunctionLibraryRuntime *library) {
  const tf::FunctionDef *found =
      library->GetFunctionLibraryDefinition()->Find(name());
  if (!found)
    return absl::NotFoundError(absl::StrCat(
        "the native segment must be there, got no function '", name(), "'"));
  tf::FunctionDef function = *found;
  std::string path;
  {
    std::lock_guard<std::mutex> lock(mutex);
    path = folder;
  }
  if (!path.empty() && findRestore(function))
    if (absl::Status s =
            putConstants(function, path + "/" + tftrt::kSegmentWeights);
        !s.ok())
      return s;
  return function;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

absl::StatusOr<NativeSegment::Handle>
NativeSegment::instantiate(tf::OpKernelContext *context) {
  tf::FunctionLibraryRuntime *library = context->function_library();
  if (!library)
    return absl::InternalError("TensorFlow gave the op no function library");
  if (func.name().empty())
    return absl::NotFoundError("the node names no native segment");
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (auto found = handles.find(library); found != handles.end())
      return found->second;
  }
  absl::StatusOr<tf::FunctionDef> function = definition(library);
  if (!function.ok())
    return function.status();
  std::lock_guard<std::mutex> lock(mutex);
  if (auto found = handles.find(library); found != handles.end())
    return found->second;
  tf::FunctionLibraryRuntime::InstantiateOptions options;
  options.target = library->device()->name();
  options.is_multi_device_function = true;
  options.allow_soft_placement = true;
  options.input_devices.assign(static_cast<size_t>(context->num_inputs()),
                               library->device()->name());
  if (const tf::ConfigProto *config = library->config_proto())
    options.config_proto = *config;
  const tf::FunctionLibraryDefinition *all =
      library->GetFunctionLibraryDefinition();
  if (findRestore(*all->Find(func.name())) && !findRestore(*function)) {
    if (!whole) {
      whole = std::make_unique<tf::FunctionLibraryDefinition>(
          all->ReachableDefinitions(*function));
      if (whole->Contains(func.name()))
        if (absl::Status s = whole->RemoveFunction(func.name()); !s.ok())
          return s;
      if (absl::Status s = whole->AddFunctionDef(*function); !s.ok())
        return s;
    }
    options.lib_def = whole.get();
  }
  Handle handle;
  absl::Status status = library->Instantiate(
      func.name(), tf::AttrSlice(&func.attr()), options, &handle);
  if (!status.ok())
    return status;
  handles[library] = handle;
  return handle;
}

void NativeSegment::run(tf::OpKernelContext *context,
                        tf::AsyncOpKernel::DoneCallback done) {
  absl::StatusOr<Handle> handle = instantiate(context);
  OP_REQUIRES_OK_ASYNC(context, handle.status(), done);
  tf::FunctionLibraryRuntime *library = context->function_library();

  struct Call {
    tf::FunctionLibraryRuntime::Options options;
    std::unique_ptr<tf::ScopedStepContainer> resources;
    std::vector<tf::Tensor> arguments;
    std::vector<tf::Tensor> results;
  };
  auto call = std::make_shared<Call>();
  for (int i = 0; i < context->num_inputs(); ++i)
    call->arguments.push_back(context->input(i));
  tf::ResourceMgr *manager = library->device()->resource_manager();
  call->resources = std::make_unique<tf::ScopedStepContainer>(
      call->options.step_id, [manager](const std::string &name) {
        manager->Cleanup(name).IgnoreError();
      });
  tf::FunctionLibraryRuntime::Options &options = call->options;
  options.step_container = call->resources.get();
  options.cancellation_manager = context->cancellation_manager();
  options.stats_collector = context->stats_collector();
  options.runner = context->runner();
  options.run_all_kernels_inline = context->run_all_kernels_inline();
  options.create_rendezvous = true;
  library->Run(options, *handle, call->arguments, &call->results,
               [context, call, done = std::move(done)](absl::Status status) {
                 int count = static_cast<int>(call->results.size());
                 if (status.ok() && count != context->num_outputs())
                   status = absl::InternalError(absl::StrCat(
                       "the native segment must have ", context->num_outputs(),
                       " outputs, got ", count));
                 if (status.ok())
                   for (int i = 0; i < count; ++i)
                     context->set_output(i, call->results[size_t(i)]);
                 else
                   context->SetStatus(status);
                 call->resources.reset();
                 done();
               });
}
