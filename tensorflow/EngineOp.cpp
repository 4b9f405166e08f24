//===- EngineOp.cpp - TRTEngineOp on the CPU ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs the node's plan on TensorFlow's buffers and threads. Where there is no
// plan for the inputs, the nodes that it stands for run instead.
//===----------------------------------------------------------------------===//
#include "tensorflow/Builder.h"
#include "tensorflow/CalibrationStore.h"
#include "tensorflow/HeldEngines.h"
#include "tensorflow/IntraOpWorkers.h"
#include "tensorflow/Kernels.h"
#include "tensorflow/NativeSegment.h"
#include "tftrt/Names.h"

#include "tensorflow/core/framework/cancellation.h"
#include "tensorflow/core/lib/strings/proto_serialization.h"
#include "tensorflow/core/platform/hash.h"
#include "tensorflow/core/util/env_var.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include <atomic>
#include <map>
#include <optional>

using namespace graft;
namespace tf = ::tensorflow;

namespace {

/// Sets of shapes whose contexts are kept, at least: making one takes as long
/// as many runs.
constexpr size_t kShapesKept = 8;

/// Plans that will use workers for certain: a short one may be done before they
/// are awake.
constexpr size_t kManyLaunches = 16;

class EngineOp : public tf::AsyncOpKernel {
public:
  explicit EngineOp(tf::OpKernelConstruction *context);
  void ComputeAsync(tf::OpKernelContext *context, DoneCallback done) override;

private:
  absl::StatusOr<std::shared_ptr<SharedEngine>>
  findEngine(tf::OpKernelContext *context, const Shapes &shapes);
  absl::StatusOr<std::shared_ptr<SharedEngine>>
  ownEngine(tf::OpKernelContext *context);
  uint64_t origin(tf::OpKernelContext *context);
  std::shared_ptr<SharedEngine> findExact(tf::OpKernelContext *context,
                                          const Shapes &shapes);
  absl::StatusOr<std::shared_ptr<SharedEngine>>
  build(tf::OpKernelContext *context, const Shapes &shapes,
        const absl::Status &reason);
  absl::Status runEngine(tf::OpKernelContext *context, const Shapes &shapes);
  void runNative(tf::OpKernelContext *context, const absl::Status &reason,
                 DoneCallback done);
  void collect(tf::OpKernelContext *context, DoneCallback done);

  /// The plan, in the node's definition, which lives as long as the kernel.
  std::string_view plan;
  bool hasFile = false; ///< the plan is in the resource's file
  std::string resource; ///< name of the resource that may hold engines
  /// Of a calibration graph: where the inputs are kept. Empty for others.
  std::string collection;
  std::vector<tf::DataType> inputTypes, outputTypes;
  size_t capacity = 1;
  bool allowNative = true;
  bool allowBuild = true;
  bool perShape = false;  ///< engines for single shapes come first
  bool preparing = false; ///< and are built where they are missing
  /// Of engines that are built.
  std::string target, precision, calibration;
  NativeSegment native;
  std::atomic<bool> reported{false};

  std::once_flag originOnce;
  uint64_t originHash = 0; ///< guarded by `originOnce`

  std::mutex mutex; ///< guards what follows
  bool loaded = false;
  absl::Status loadStatus;
  std::shared_ptr<SharedEngine> engine;

  std::mutex buildMutex; ///< one build at a time; guards what follows
  std::map<std::string, absl::Status> failedBuilds; ///< by the shapes' text
};

EngineOp::EngineOp(tf::OpKernelConstruction *context) : AsyncOpKernel(context) {
  tf::NameAttrList function;
  OP_REQUIRES_OK(context, context->GetAttr(tftrt::kSegmentFunction, &function));
  native.setFunction(std::move(function));
  OP_REQUIRES_OK(context, context->GetAttr("InT", &inputTypes));
  OP_REQUIRES_OK(context, context->GetAttr("OutT", &outputTypes));
  int64_t count = 1;
  OP_REQUIRES_OK(context, context->GetAttr("max_cached_engines_count", &count));
  OP_REQUIRES(context, count >= 1,
              absl::InvalidArgumentError(absl::StrCat(
                  "max_cached_engines_count must be at least 1, got ", count)));
  capacity = static_cast<size_t>(count);
  OP_REQUIRES_OK(context, tf::ReadBoolFromEnvVar(
                              "TF_TRT_ALLOW_ENGINE_NATIVE_SEGMENT_EXECUTION",
                              /*default_val=*/true, &allowNative));
  OP_REQUIRES_OK(context, context->GetAttr("precision_mode", &precision));
  precision = absl::AsciiStrToLower(precision);
  // A table of TensorRT's means nothing here.
  bool hasTable = precision == "int8";
  // TF-TRT has no word for bf16, nor for several in one engine.
  if (const tf::AttrValue *attr = tf::AttrSlice(def()).Find("_graft_precision"))
    precision = attr->s();
  if (const tf::AttrValue *attr = tf::AttrSlice(def()).Find("_graft_target"))
    target = attr->s();
  if (hasTable) {
    OP_REQUIRES_OK(context, context->GetAttr("calibration_data", &calibration));
    if (!absl::StartsWith(calibration, "{"))
      calibration.clear();
  }
  // Written by converters, and declared by nobody.
  if (const tf::AttrValue *attr =
          tf::AttrSlice(def()).Find("_allow_build_at_runtime"))
    allowBuild = attr->b();
  if (const tf::AttrValue *attr =
          tf::AttrSlice(def()).Find("_profile_generation_mode"))
    preparing = attr->b();
  std::string strategy;
  OP_REQUIRES_OK(context, context->GetAttr("profile_strategy", &strategy));
  perShape = absl::StrContains(absl::AsciiStrToLower(strategy), "optimal");
  if (const tf::AttrValue *attr =
          tf::AttrSlice(def()).Find(tftrt::kSerializedSegment))
    plan = attr->s();
  if (const tf::AttrValue *attr =
          tf::AttrSlice(def()).Find(kCalibrationResource)) {
    collection = attr->s();
    if (!collection.empty())
      CalibrationStore::get().open(collection);
  }
  // Inlining puts the names of callers in front.
  resource = name().substr(name().rfind('/') + 1);
  if (const tf::AttrValue *attr = tf::AttrSlice(def()).Find(tftrt::kResource)) {
    resource = attr->s();
    hasFile = plan.empty();
  }
}

absl::StatusOr<std::shared_ptr<SharedEngine>>
EngineOp::ownEngine(tf::OpKernelContext *context) {
  std::lock_guard<std::mutex> lock(mutex);
  if (loaded) {
    if (!loadStatus.ok())
      return loadStatus;
    return engine;
  }
  absl::StatusOr<std::shared_ptr<SharedEngine>> found = nullptr;
  if (hasFile) {
    HeldEngines *shared = nullptr;
    absl::Status status = context->resource_manager()->Lookup(
        tftrt::kContainer, resource, &shared);
    // The initialiser may yet run.
    if (!status.ok())
      return absl::NotFoundError("the model was not initialised");
    tf::core::RefCountPtr<HeldEngines> held(shared);
    native.setFolder(held->folder());
    found = held->kept();
  } else {
    found = SharedEngine::get(plan);
  }
  loaded = true;
  std::string why;
  if (!found.ok())
    loadStatus = found.status();
  else if (!(*found)->hasTypes(inputTypes, outputTypes, &why))
    loadStatus = absl::InvalidArgumentError(why);
  else
    engine = *std::move(found);
  if (!loadStatus.ok())
    return loadStatus;
  return engine;
}

/// Tells engines of these nodes from those of other nodes whose engine has the
/// same name: in one process TensorFlow keeps the resources of all models.
uint64_t EngineOp::origin(tf::OpKernelContext *context) {
  // TensorFlow folds constants without the functions: nothing is known then.
  if (!context->function_library())
    return 0;
  std::call_once(originOnce, [&] {
    const tf::FunctionDef *function =
        context->function_library()->GetFunctionLibraryDefinition()->Find(
            native.name());
    std::string bytes;
    if (function && tf::SerializeToStringDeterministic(*function, &bytes))
      originHash = tf::Hash64(bytes) | 1;
  });
  return originHash;
}

/// The engine for these shapes: the node's own, one that a resource holds, or
/// one that is built now. The status says why there is none.
absl::StatusOr<std::shared_ptr<SharedEngine>>
EngineOp::findEngine(tf::OpKernelContext *context, const Shapes &shapes) {
  absl::Status reason = absl::NotFoundError("the node has no plan");
  if (perShape) {
    std::shared_ptr<SharedEngine> exact = findExact(context, shapes);
    if (!exact && preparing) {
      absl::StatusOr<std::shared_ptr<SharedEngine>> built =
          build(context, shapes, absl::OkStatus());
      if (!built.ok())
        return built.status();
      exact = *std::move(built);
    }
    if (exact)
      return exact;
  }
  // A bad plan is a matter for whoever made it, not for a build in its place.
  bool mayBuild = allowBuild;
  bool hasPlan = hasFile || !plan.empty();
  if (hasPlan) {
    absl::StatusOr<std::shared_ptr<SharedEngine>> own = ownEngine(context);
    std::string why;
    if (own.ok() && (*own)->accepts(shapes, &why))
      return own;
    reason = own.ok() ? absl::InvalidArgumentError(why) : own.status();
    mayBuild &= own.ok();
  }
  HeldEngines *shared = nullptr;
  if (context->resource_manager()
          ->Lookup(tftrt::kContainer, resource, &shared)
          .ok()) {
    tf::core::RefCountPtr<HeldEngines> held(shared);
    std::shared_ptr<SharedEngine> found = held->find(shapes, origin(context));
    std::string why;
    if (found && found->hasTypes(inputTypes, outputTypes, &why))
      return found;
    if (!hasPlan)
      reason = absl::InvalidArgumentError(
          found ? why
                : absl::StrCat("resource ", resource,
                               " has no engine for these shapes"));
  }
  return mayBuild ? build(context, shapes, reason) : reason;
}

/// The engine that the node's resource has for these shapes alone, or null.
std::shared_ptr<SharedEngine> EngineOp::findExact(tf::OpKernelContext *context,
                                                  const Shapes &shapes) {
  HeldEngines *shared = nullptr;
  if (!context->resource_manager()
           ->Lookup(tftrt::kContainer, resource, &shared)
           .ok())
    return nullptr;
  tf::core::RefCountPtr<HeldEngines> held(shared);
  std::shared_ptr<SharedEngine> found =
      held->findExact(shapes, origin(context));
  std::string why;
  return found && found->hasTypes(inputTypes, outputTypes, &why) ? found
                                                                 : nullptr;
}

/// Builds an engine and leaves it in the node's resource, as TF-TRT does.
absl::StatusOr<std::shared_ptr<SharedEngine>>
EngineOp::build(tf::OpKernelContext *context, const Shapes &shapes,
                const absl::Status &reason) {
  if (!context->function_library())
    return absl::FailedPreconditionError(
        "an engine is built where the graph's functions are known");
  std::string key;
  for (const tf::TensorShape &shape : shapes)
    absl::StrAppend(&key, shape.DebugString());
  std::lock_guard<std::mutex> lock(buildMutex);
  if (auto failed = failedBuilds.find(key); failed != failedBuilds.end())
    return failed->second;
  HeldEngines *shared = nullptr;
  absl::Status status =
      context->resource_manager()->LookupOrCreate<HeldEngines>(
          tftrt::kContainer, resource, &shared, [](HeldEngines **created) {
            *created = new HeldEngines;
            return absl::OkStatus();
          });
  if (!status.ok())
    return status;
  tf::core::RefCountPtr<HeldEngines> held(shared);
  // Another thread may have built it meanwhile.
  std::string why;
  std::shared_ptr<SharedEngine> found =
      preparing ? held->findExact(shapes, origin(context))
                : held->find(shapes, origin(context));
  if (found && found->hasTypes(inputTypes, outputTypes, &why))
    return found;

  BuildRequest request;
  absl::StatusOr<tf::FunctionDef> function =
      native.definition(context->function_library());
  if (!function.ok())
    return function.status();
  request.function = &*function;
  request.inputs = inputTypes;
  request.outputs = outputTypes;
  request.shapes = shapes;
  request.target = target;
  request.precision = precision;
  request.calibration = calibration;
  request.threads =
      context->device()->tensorflow_cpu_worker_threads()->num_threads;
  LOG(INFO) << name() << " builds an engine for " << key;
  absl::StatusOr<std::shared_ptr<SharedEngine>> built =
      buildEngine(context->function_library(), request);
  if (built.ok() && !(*built)->hasTypes(inputTypes, outputTypes, &why))
    built = absl::InternalError(why);
  if (!built.ok()) {
    absl::Status failure = built.status();
    if (!reason.ok())
      failure = absl::Status(
          reason.code(),
          absl::StrCat(reason.message(),
                       "; no engine was built: ", built.status().message()));
    failedBuilds.emplace(key, failure);
    return failure;
  }
  // What is prepared is to be saved, however much it is.
  held->add(shapes, *built, origin(context), preparing ? SIZE_MAX : capacity);
  return built;
}

absl::Status EngineOp::runEngine(tf::OpKernelContext *context,
                                 const Shapes &shapes) {
  absl::StatusOr<std::shared_ptr<SharedEngine>> engine =
      findEngine(context, shapes);
  if (!engine.ok())
    return engine.status();
  int threads = context->device()->tensorflow_cpu_worker_threads()->num_threads;
  // Workers take a moment to wake: they are asked to come first.
  std::optional<IntraOpWorkers::Scope> workers;
  if (threads > 1) {
    workers.emplace(context->device()->tensorflow_cpu_worker_threads()->workers,
                    threads);
    if (graft_engine_num_launches((*engine)->handle()) >= kManyLaunches)
      workers->invite();
  }
  absl::StatusOr<SharedEngine::Lease> lease =
      (*engine)->acquire(shapes, threads, std::max(capacity, kShapesKept));
  if (!lease.ok())
    return lease.status();

  // Stands for the buffers of tensors without elements.
  alignas(64) static char empty[64];
  std::vector<const void *> inputs;
  std::vector<void *> outputs;
  for (int i = 0; i < context->num_inputs(); ++i) {
    const void *data = context->input(i).data();
    inputs.push_back(data ? data : empty);
  }
  for (int i = 0; i < context->num_outputs(); ++i) {
    graft_port port = graft_context_output(lease->get(), size_t(i));
    tf::TensorShape shape;
    absl::Status status = tf::TensorShape::BuildTensorShape(
        absl::MakeSpan(port.dims, size_t(port.rank)), &shape);
    if (!status.ok())
      return status;
    tf::Tensor *output = nullptr;
    if (status = context->allocate_output(i, shape, &output); !status.ok())
      return status;
    outputs.push_back(output->data() ? output->data() : empty);
  }

  graft_run_options options = {};
  options.size = sizeof(options);
  if (tf::CancellationManager *manager = context->cancellation_manager()) {
    options.cancelled_user = manager;
    options.cancelled = [](void *user) {
      return int(static_cast<tf::CancellationManager *>(user)->IsCancelled());
    };
  }
  return toStatus(graft_context_run_with(lease->get(), inputs.data(),
                                         outputs.data(), &options));
}

/// What an engine of a calibration graph does.
void EngineOp::collect(tf::OpKernelContext *context, DoneCallback done) {
  CalibrationStore::Run inputs;
  for (int i = 0; i < context->num_inputs(); ++i)
    inputs.push_back(context->input(i));
  CalibrationStore::get().add(collection, inputs);
  native.run(context, std::move(done));
}

void EngineOp::ComputeAsync(tf::OpKernelContext *context, DoneCallback done) {
  if (!collection.empty()) {
    collect(context, std::move(done));
    return;
  }
  Shapes shapes;
  for (int i = 0; i < context->num_inputs(); ++i)
    shapes.push_back(context->input(i).shape());
  absl::Status status = runEngine(context, shapes);
  if (absl::IsCancelled(status)) {
    context->SetStatus(status);
    done();
  } else if (status.ok()) {
    done();
  } else {
    runNative(context, status, std::move(done));
  }
}

void EngineOp::runNative(tf::OpKernelContext *context,
                         const absl::Status &reason, DoneCallback done) {
  OP_REQUIRES_ASYNC(context, allowNative,
                    absl::AbortedError(absl::StrCat(
                        "User disallowed engine native segment execution; ",
                        name(), ": ", reason.message())),
                    done);
  if (!reported.exchange(true))
    LOG(WARNING) << name() << " runs its native segment " << native.name()
                 << " in TensorFlow: " << reason.message();
  native.run(context, std::move(done));
}

} // namespace

void graft::registerEngineKernel() {
  registerKernel<EngineOp>(tftrt::kEngineOp);
}
