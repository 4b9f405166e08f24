//===- Packing.h - constants in the layouts that kernels require ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_PLAN_PACKING_H
#define GRAFT_PASSES_PLAN_PACKING_H

#include "passes/plan/Target.h"

#include "llvm/ADT/DenseMap.h"

namespace graft::plan {

class StaticTypes;

/// Replaces constants by their packed forms, each form of a constant once. The
/// bytes belong to the context and are the only copy that is made.
class Packer {
public:
  /// Packs for runs of `target` on `threads`. With `releases`, a resource that
  /// is not shared is freed as soon as no constant of `engine` needs it.
  Packer(EngineOp engine, StaticTypes &types, const Target &target, int threads,
         bool releases);

  /// Packs the constants of `launch`, which has its provider and tactic, and
  /// erases those that are not used any more. Fails with a diagnostic.
  mlir::LogicalResult pack(LaunchOp launch);

private:
  /// Erases `constant`, which has no use any more, and its resource.
  void drop(ConstantOp constant);
  ConstantOp hold(ConstantOp constant, BufferType type,
                  std::vector<std::byte> bytes);

  StaticTypes &types;
  const Target &target;
  int threads;
  bool releases;
  /// Constants that have this value.
  llvm::DenseMap<mlir::Attribute, unsigned> holders;
  /// The packed forms of a constant in a layout: the bytes may also depend on
  /// the launch, for example on the zero point of its input.
  llvm::DenseMap<std::pair<mlir::Attribute, mlir::Type>,
                 llvm::SmallVector<ConstantOp, 1>>
      packed;
};

/// Packs the constants of `desc` into separate memory, for a trial run on
/// `threads`. `contents` holds the dense contents of constant inputs, null for
/// others.
Status packForTrial(const runtime::Provider &provider,
                    runtime::LaunchDesc &desc,
                    llvm::ArrayRef<const void *> contents, int threads,
                    llvm::SmallVectorImpl<std::vector<std::byte>> &packed);

} // namespace graft::plan

#endif // GRAFT_PASSES_PLAN_PACKING_H
