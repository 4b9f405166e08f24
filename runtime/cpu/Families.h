//===- Families.h - the kernels of the cpu provider -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to this folder. A family has tactics for the launches that it takes
// and makes their kernels; create fails for all other launches.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_FAMILIES_H
#define GRAFT_RUNTIME_CPU_FAMILIES_H

#include "runtime/core/Provider.h"

namespace graft::runtime::cpu {

using Tactics = std::vector<Tactic>;
using KernelOr = Expected<std::unique_ptr<Kernel>>;

/// attention.
Tactics attentionTactics(const LaunchDesc &launch, int threads);
KernelOr createAttention(const LaunchDesc &launch, int threads);

/// Depthwise conv2d: as many groups as input and output channels.
Tactics depthwiseTactics(const LaunchDesc &launch, int threads);
KernelOr createDepthwise(const LaunchDesc &launch, int threads);

/// The same on quantized values.
Tactics quantizedDepthwiseTactics(const LaunchDesc &launch, int threads);
KernelOr createQuantizedDepthwise(const LaunchDesc &launch, int threads);

/// max_pool2d and avg_pool2d.
Tactics poolTactics(const LaunchDesc &launch, int threads);
KernelOr createPool(const LaunchDesc &launch, int threads);

/// The same on quantized values.
Tactics quantizedPoolTactics(const LaunchDesc &launch, int threads);
KernelOr createQuantizedPool(const LaunchDesc &launch, int threads);

/// Element-wise operations of one or two operands, with broadcasting.
Tactics elementwiseTactics(const LaunchDesc &launch, int threads);
KernelOr createElementwise(const LaunchDesc &launch, int threads);

/// reduce: sum, mean and max.
Tactics reduceTactics(const LaunchDesc &launch, int threads);
KernelOr createReduce(const LaunchDesc &launch, int threads);

/// softmax and layer_norm along the last dimension.
Tactics normalizeTactics(const LaunchDesc &launch, int threads);
KernelOr createNormalize(const LaunchDesc &launch, int threads);

/// observe.
Tactics observeTactics(const LaunchDesc &launch, int threads);
KernelOr createObserve(const LaunchDesc &launch, int threads);

/// concat, pack, slice, pad, transpose, broadcast_to and plain copies.
Tactics movementTactics(const LaunchDesc &launch, int threads);
KernelOr createMovement(const LaunchDesc &launch, int threads);

/// combined_non_max_suppression.
Tactics suppressionTactics(const LaunchDesc &launch, int threads);
KernelOr createSuppression(const LaunchDesc &launch, int threads);

/// quantize and dequantize: int8 and uint8 values.
Tactics quantizationTactics(const LaunchDesc &launch, int threads);
KernelOr createQuantization(const LaunchDesc &launch, int threads);

/// Launches on bf16 and f16 that no other family takes, by f32 kernels.
Tactics computeInF32Tactics(const LaunchDesc &launch, int threads);
KernelOr createComputeInF32(const LaunchDesc &launch, int threads);

/// Seconds of work that reads and writes `bytes` and little else.
double memorySeconds(double bytes, int threads);
/// A tactic for such work, of so many bytes for each element of `slot`.
Tactic memoryTactic(const char *name, const Slot &slot, double bytes,
                    int threads);

/// A kernel of class K if its init() accepts the launch, else an error that
/// names "this `what`".
template <typename K>
KernelOr makeKernel(const LaunchDesc &launch, int threads, const char *what) {
  auto kernel = std::make_unique<K>();
  if (!kernel->init(launch, threads))
    return Status::failed(std::string("cpu: no kernel for this ") + what);
  return std::unique_ptr<Kernel>(std::move(kernel));
}

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_FAMILIES_H
