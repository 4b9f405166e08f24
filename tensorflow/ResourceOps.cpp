//===- ResourceOps.cpp - the operators that fill and empty resources ------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// TF-TRT's companions of TRTEngineOp. SavedModels that hold engines as assets
// call the first two when they are loaded; converters call the others.
//===----------------------------------------------------------------------===//
#include "tensorflow/CalibrationStore.h"
#include "tensorflow/HeldEngines.h"
#include "tensorflow/Kernels.h"
#include "tftrt/Names.h"

#include "tensorflow/core/framework/attr_value.pb.h"

#include "absl/strings/str_cat.h"

using namespace graft;
namespace tf = ::tensorflow;

namespace {

absl::StatusOr<std::string> readText(tf::OpKernelContext *context, int input) {
  const tf::Tensor &tensor = context->input(input);
  if (tensor.NumElements() != 1)
    return absl::InvalidArgumentError(
        absl::StrCat("input ", input, " must be one string, got shape ",
                     tensor.shape().DebugString()));
  return std::string(tensor.flat<tf::tstring>()(0));
}

class CreateHandle : public tf::OpKernel {
public:
  explicit CreateHandle(tf::OpKernelConstruction *context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("resource_name", &resource));
  }
  void Compute(tf::OpKernelContext *context) override {
    tf::Tensor *handle = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, {}, &handle));
    handle->scalar<tf::ResourceHandle>()() =
        tf::MakeResourceHandle<HeldEngines>(context, tftrt::kContainer,
                                            resource);
  }

private:
  std::string resource;
};

class Initialize : public tf::OpKernel {
public:
  explicit Initialize(tf::OpKernelConstruction *context) : OpKernel(context) {
    OP_REQUIRES_OK(context,
                   context->GetAttr("max_cached_engines_count", &capacity));
    OP_REQUIRES(
        context, capacity >= 1,
        absl::InvalidArgumentError(absl::StrCat(
            "max_cached_engines_count must be at least 1, got ", capacity)));
    isKept = tf::AttrSlice(def()).Find(tftrt::kResource) != nullptr;
  }
  void Compute(tf::OpKernelContext *context) override {
    absl::StatusOr<std::string> path = readText(context, 1);
    OP_REQUIRES_OK(context, path.status());
    tf::core::RefCountPtr<HeldEngines> engines;
    OP_REQUIRES_OK(context, tf::LookupOrCreateResource<HeldEngines>(
                                context, tf::HandleFromInput(context, 0),
                                &engines, [](HeldEngines **created) {
                                  *created = new HeldEngines;
                                  return absl::OkStatus();
                                }));
    // A model that is loaded again brings the engines that are there.
    if (!engines->empty())
      return;
    OP_REQUIRES_OK(
        context,
        isKept
            ? engines->keep(context->env(), *path)
            : engines->read(context->env(), *path, size_t(capacity)).status());
  }

private:
  int64_t capacity = 1;
  bool isKept = false;
};

class Serialize : public tf::OpKernel {
public:
  explicit Serialize(tf::OpKernelConstruction *context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("delete_resource", &destroy));
    OP_REQUIRES_OK(context,
                   context->GetAttr("save_gpu_specific_engines", &save));
  }
  void Compute(tf::OpKernelContext *context) override {
    absl::StatusOr<std::string> resource = readText(context, 0);
    OP_REQUIRES_OK(context, resource.status());
    absl::StatusOr<std::string> path = readText(context, 1);
    OP_REQUIRES_OK(context, path.status());
    tf::ResourceMgr *manager = context->resource_manager();
    HeldEngines *found = nullptr;
    OP_REQUIRES_OK(context,
                   manager->Lookup(tftrt::kContainer, *resource, &found));
    tf::core::RefCountPtr<HeldEngines> engines(found);
    // Engines are made for a kind of machine; without them the file is empty.
    HeldEngines none;
    OP_REQUIRES_OK(
        context,
        (save ? engines.get() : &none)->write(context->env(), *path).status());
    if (destroy)
      OP_REQUIRES_OK(
          context, manager->Delete<HeldEngines>(tftrt::kContainer, *resource));
  }

private:
  bool destroy = false;
  bool save = true;
};

/// Takes what engines of a calibration graph were given: the inputs of the run
/// that came first, as an AttrValue with a list of tensors; empty if none is
/// left.
class GetCalibrationData : public tf::OpKernel {
public:
  using OpKernel::OpKernel;
  void Compute(tf::OpKernelContext *context) override {
    absl::StatusOr<std::string> resource = readText(context, 0);
    OP_REQUIRES_OK(context, resource.status());
    CalibrationStore &store = CalibrationStore::get();
    if (store.isOpen(*resource)) {
      tf::Tensor *bytes = nullptr;
      OP_REQUIRES_OK(context, context->allocate_output(0, {}, &bytes));
      tf::AttrValue value;
      if (std::optional<CalibrationStore::Run> run = store.take(*resource))
        for (const tf::Tensor &tensor : *run)
          tensor.AsProtoTensorContent(value.mutable_list()->add_tensor());
      bytes->scalar<tf::tstring>()() = value.SerializeAsString();
      return;
    }
    HeldEngines *found = nullptr;
    OP_REQUIRES_OK(context, context->resource_manager()->Lookup(
                                tftrt::kContainer, *resource, &found));
    tf::core::RefCountPtr<HeldEngines> engines(found);
    context->SetStatus(absl::FailedPreconditionError(absl::StrCat(
        *resource, " has no calibration data: Graft calibrates a model when "
                   "it converts it")));
  }
};

} // namespace

void graft::registerResourceKernels() {
  registerKernel<CreateHandle>(tftrt::kCreateHandleOp);
  registerKernel<Initialize>(tftrt::kInitializeOp);
  registerKernel<Serialize>(tftrt::kSerializeOp);
  registerKernel<GetCalibrationData>("GetCalibrationDataOp");
}
