//===- Ops.cpp - TF-TRT's operators ---------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Declared as TensorFlow 2.17, the last with TF-TRT, declares them: graphs of
// either run on the other, as far as engines go.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/onednn/Regions.h"
#include "tensorflow/Kernels.h"
#include "tensorflow/SharedEngine.h"
#include "tftrt/Names.h"

#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_def_builder.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/shape_inference.h"

#include <cstdlib>

using namespace graft;
namespace tf = ::tensorflow;
using tf::shape_inference::InferenceContext;
using tf::shape_inference::ShapeHandle;

namespace {

absl::Status shapesFromAttribute(InferenceContext *context) {
  std::vector<tf::PartialTensorShape> shapes;
  absl::Status status = context->GetAttr("output_shapes", &shapes);
  if (!status.ok())
    return status;
  for (int i = 0; i < context->num_outputs(); ++i) {
    // Graphs of old converters have no shapes.
    ShapeHandle shape = context->UnknownShape();
    if (size_t(i) < shapes.size())
      status =
          context->MakeShapeFromPartialTensorShape(shapes[size_t(i)], &shape);
    if (!status.ok())
      return status;
    context->set_output(i, shape);
  }
  return absl::OkStatus();
}

absl::Status oneScalar(InferenceContext *context) {
  context->set_output(0, context->Scalar());
  return absl::OkStatus();
}

absl::Status noOutputs(InferenceContext *) { return absl::OkStatus(); }

void add(const tf::OpDefBuilder &op) {
  tf::OpRegistry::Global()->Register(
      [op](tf::OpRegistrationData *data) { return op.Finalize(data); });
}

void addOps() {
  tf::OpDefBuilder engine(tftrt::kEngineOp);
  engine.Attr("serialized_segment: string")
      .Attr("segment_func: func = {}")
      .Attr("InT: list({bool,int8,float16,float32,int32,resource})")
      .Attr("OutT: list({bool,int8,float16,float32,int32})")
      .Attr("input_shapes: list(shape) = []")
      .Attr("output_shapes: list(shape) = []")
      .Attr("max_cached_engines_count: int = 1")
      .Attr("max_batch_size: int = 1")
      .Attr("workspace_size_bytes: int")
      .Attr("precision_mode: {'FP32', 'FP16', 'INT8'}")
      .Attr("calibration_data: string = ''")
      .Attr("use_calibration: bool = true")
      .Attr("segment_funcdef_name: string = ''")
      .Attr("cached_engine_batches: list(int) >= 0 = []")
      .Attr("fixed_input_size: bool = true")
      .Attr("static_engine: bool = true")
      .Attr("profile_strategy: string = ''")
      .Attr("use_explicit_precision: bool = false")
      .Input("in_tensor: InT")
      .Output("out_tensor: OutT")
      .SetShapeFn(shapesFromAttribute);
  add(engine);
  tf::OpDefBuilder create(tftrt::kCreateHandleOp);
  create.Attr("resource_name: string")
      .Output("resource_handle: resource")
      .SetIsStateful()
      .SetShapeFn(oneScalar);
  add(create);
  tf::OpDefBuilder initialize(tftrt::kInitializeOp);
  initialize.Attr("max_cached_engines_count: int = 1")
      .Input("resource_handle: resource")
      .Input("filename: string")
      .SetIsStateful()
      .SetShapeFn(noOutputs);
  add(initialize);
  tf::OpDefBuilder serialize(tftrt::kSerializeOp);
  serialize.Attr("delete_resource: bool = false")
      .Attr("save_gpu_specific_engines: bool = True")
      .Input("resource_name: string")
      .Input("filename: string")
      .SetIsStateful()
      .SetShapeFn(noOutputs);
  add(serialize);
  tf::OpDefBuilder calibration("GetCalibrationDataOp");
  calibration.Input("resource_name: string")
      .Output("serialized_resource: string")
      .SetIsStateful()
      .SetShapeFn(oneScalar);
  add(calibration);
}

/// Whether engines have a kernel for the CPU, of this library or another one.
bool hasKernel() {
  const tf::KernelList kernels =
      tf::GetRegisteredKernelsForOp(tftrt::kEngineOp);
  for (const tf::KernelDef &kernel : kernels.kernel())
    if (kernel.device_type() == tf::DEVICE_CPU)
      return true;
  return false;
}

bool registerAll() {
  tf::OpRegistry *registry = tf::OpRegistry::Global();
  // A look-up ends the deferral of registrations that load_op_library began,
  // and with it the reports of their failures.
  bool known = registry->LookUp(tftrt::kEngineOp) != nullptr;
  registry->DeferRegistrations();
  if (hasKernel()) {
    // The plug-in only offers its operators.
    if (!std::getenv("GRAFT_TENSORFLOW_PLUGIN"))
      registry->Register([](tf::OpRegistrationData *) {
        return absl::FailedPreconditionError(
            "this TensorFlow has engines already, of another library: run the "
            "converted model without this libgraft_tensorflow.so");
      });
    return false;
  }
  // TensorFlow 2.17 and older declares them itself, and has kernels for GPUs.
  if (!known)
    addOps();
  registerEngineKernel();
  registerResourceKernels();
  return true;
}

[[maybe_unused]] const bool registered = registerAll();

} // namespace

extern "C" {

/// The version of TensorFlow that this library was built for; it runs in no
/// other.
__attribute__((visibility("default"))) const char *
graft_tensorflow_built_for() {
  return GRAFT_TENSORFLOW_VERSION;
}

/// Engines that are in memory: equal plans count once.
__attribute__((visibility("default"))) size_t graft_tensorflow_live_engines() {
  return SharedEngine::alive();
}

/// Whether oneDNN's kernels, too, run on TensorFlow's threads (1) or on
/// OpenMP's (0).
__attribute__((visibility("default"))) int graft_tensorflow_lends_threads() {
  return runtime::onednn::ownsRegions();
}
}
