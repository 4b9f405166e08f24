//===- NativeSegment.cpp - the nodes that an engine stands for ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A multi-device call, as PartitionedCall makes it, so that TensorFlow's graph
// optimisers see the function.
//===----------------------------------------------------------------------===//
#include "tensorflow/NativeSegment.h"

#include "tensorflow/core/framework/device.h"
#include "tensorflow/core/framework/resource_mgr.h"

#include "absl/strings/str_cat.h"

using namespace graft;
namespace tf = ::tensorflow;

absl::StatusOr<NativeSegment::Handle>
NativeSegment::instantiate(tf::OpKernelContext *context) {
  tf::FunctionLibraryRuntime *library = context->function_library();
  if (!library)
    return absl::InternalError("TensorFlow gave the op no function library");
  if (func.name().empty())
    return absl::NotFoundError("the node names no native segment");
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
