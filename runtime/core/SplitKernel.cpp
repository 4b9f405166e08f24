//===- SplitKernel.cpp - epilogues as launches of their own ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/core/SplitKernel.h"
#include "runtime/core/KernelChoice.h"
#include "support/CheckedMath.h"

#include <algorithm>

using namespace graft;
using namespace graft::runtime;

/// How many of the first inputs belong to the operation itself.
static size_t countOwnInputs(const ops::OpDesc &op, size_t inputs) {
  for (const ops::Epilogue &epilogue : op.epilogues)
    if (epilogue.operand >= 0)
      inputs = std::min(inputs, static_cast<size_t>(epilogue.operand));
  return inputs;
}

static ops::OpDesc withoutEpilogues(ops::OpDesc op) {
  op.epilogues.clear();
  return op;
}

/// The epilogue as an operation.
static ops::OpDesc toOperation(const ops::Epilogue &epilogue) {
  ops::OpDesc op;
  op.kind = epilogue.kind;
  if (epilogue.operand < 0) {
    op.attributes.set("alpha", epilogue.alpha);
    op.attributes.set("beta", epilogue.beta);
  }
  return op;
}

/// Calls `visit` with each epilogue's operation, the types of its inputs and
/// that of its result, after the shape functions have taken them.
template <typename Visitor>
static Status forEachEpilogue(const ops::OpDesc &op,
                              const std::vector<ops::TensorType> &inputs,
                              ops::TensorType type, Visitor &&visit) {
  for (const ops::Epilogue &epilogue : op.epilogues) {
    std::vector<ops::ShapeInput> operands = {{type, nullptr}};
    if (epilogue.operand >= 0) {
      auto index = static_cast<size_t>(epilogue.operand);
      if (index >= inputs.size())
        return Status::badInput("an epilogue's operand must be an input, got " +
                                std::to_string(index));
      operands.push_back({inputs[index], nullptr});
    }
    for (const ops::ShapeInput &operand : operands)
      if (operand.type.dtype != ops::DType::F32)
        return Status::badInput(
            "operands of different sizes must be f32, got " +
            ops::toString(operand.type));
    ops::OpDesc single = toOperation(epilogue);
    std::vector<ops::TensorType> results;
    GRAFT_RETURN_IF_ERROR(ops::inferTypes(single, operands, results));
    type = results.front();
    GRAFT_RETURN_IF_ERROR(visit(epilogue, std::move(single), type));
  }
  return Status();
}

Status graft::runtime::inferSplit(const ops::OpDesc &op,
                                  const std::vector<ops::ShapeInput> &inputs,
                                  std::vector<ops::TensorType> &results) {
  auto own = static_cast<ptrdiff_t>(countOwnInputs(op, inputs.size()));
  GRAFT_RETURN_IF_ERROR(ops::inferTypes(
      withoutEpilogues(op), {inputs.begin(), inputs.begin() + own}, results));
  if (results.size() != 1)
    return Status::badInput("an operation with epilogues must have one result");
  std::vector<ops::TensorType> types;
  for (const ops::ShapeInput &input : inputs)
    types.push_back(input.type);
  return forEachEpilogue(
      op, types, results.front(),
      [&](const ops::Epilogue &, const ops::OpDesc &, ops::TensorType type) {
        results.front() = std::move(type);
        return Status();
      });
}

Expected<LaunchDesc> graft::runtime::takeEpilogues(const LaunchDesc &launch) {
  LaunchDesc result = launch;
  result.op = withoutEpilogues(launch.op);
  result.inputs.resize(countOwnInputs(launch.op, launch.inputs.size()));
  std::vector<ops::TensorType> types;
  GRAFT_RETURN_IF_ERROR(inferTypes(result, types));
  result.outputs.clear();
  for (ops::TensorType &type : types)
    result.outputs.emplace_back().type = std::move(type);
  return result;
}

namespace {

class SplitKernel final : public Kernel {
public:
  Status init(const Backend &backend, const LaunchDesc &launch,
              const LaunchDesc &mainLaunch, std::unique_ptr<Kernel> main,
              int threads);

  uint64_t scratchBytes() const override { return total; }
  void expectNext(const void *memory, uint64_t bytes) override {
    main->expectNext(memory, bytes);
  }
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) override;

private:
  struct AppliedEpilogue {
    std::unique_ptr<Kernel> kernel;
    int32_t operand = -1;
  };

  std::unique_ptr<Kernel> main;
  std::vector<AppliedEpilogue> applied;
  /// Results before the last alternate between two buffers.
  uint64_t placeBytes = 0;
  uint64_t total = 0;
};

} // namespace

Status SplitKernel::init(const Backend &backend, const LaunchDesc &launch,
                         const LaunchDesc &mainLaunch,
                         std::unique_ptr<Kernel> kernel, int threads) {
  main = std::move(kernel);
  std::vector<ops::TensorType> types;
  for (const Slot &slot : launch.inputs)
    types.push_back(slot.type);
  Slot last = mainLaunch.outputs.front();
  uint64_t inner = main->scratchBytes();
  auto reserve = [&](const ops::TensorType &type) {
    uint64_t bytes = 0;
    std::optional<uint64_t> aligned;
    if (ops::countBytes(type, bytes))
      aligned = checkedAlignTo(bytes, 64);
    if (!aligned)
      return Status::exhausted(ops::toString(type) + " must fit into memory");
    placeBytes = std::max(placeBytes, *aligned);
    return Status();
  };
  GRAFT_RETURN_IF_ERROR(reserve(last.type));
  GRAFT_RETURN_IF_ERROR(forEachEpilogue(
      launch.op, types, last.type,
      [&](const ops::Epilogue &epilogue, ops::OpDesc op,
          const ops::TensorType &type) -> Status {
        LaunchDesc single;
        single.op = std::move(op);
        single.inputs.push_back(last);
        if (epilogue.operand >= 0)
          single.inputs.push_back(
              launch.inputs[static_cast<size_t>(epilogue.operand)]);
        bool isLast = applied.size() + 1 == launch.op.epilogues.size();
        Slot result;
        result.type = type;
        single.outputs.push_back(isLast ? launch.outputs.front() : result);
        Expected<std::unique_ptr<Kernel>> kernel =
            createCheapest(backend, std::move(single), nullptr, threads);
        GRAFT_RETURN_IF_ERROR(kernel.status());
        inner = std::max(inner, (*kernel)->scratchBytes());
        applied.push_back({*std::move(kernel), epilogue.operand});
        last = std::move(result);
        return reserve(type);
      }));
  if (!(last.type == launch.outputs.front().type))
    return Status::badInput("the result must be " + ops::toString(last.type) +
                            ", got " +
                            ops::toString(launch.outputs.front().type));
  std::optional<uint64_t> places = checkedMul<uint64_t>(placeBytes, 2);
  std::optional<uint64_t> sum =
      places ? checkedAdd(*places, inner) : std::nullopt;
  if (!sum)
    return Status::exhausted("scratch memory must fit into memory");
  total = *sum;
  return Status();
}

Status SplitKernel::enqueue(const void *const *inputs, void *const *outputs,
                            ExecutionContext &context) {
  auto *base = static_cast<std::byte *>(context.scratch());
  ScratchOffset inner(context, 2 * placeBytes);
  void *result = base;
  GRAFT_RETURN_IF_ERROR(main->enqueue(inputs, &result, context));
  for (size_t i = 0; i < applied.size(); ++i) {
    const void *operands[] = {result, nullptr};
    if (applied[i].operand >= 0)
      operands[1] = inputs[applied[i].operand];
    result = i + 1 == applied.size() ? outputs[0]
                                     : base + (i % 2 == 0 ? placeBytes : 0);
    GRAFT_RETURN_IF_ERROR(
        applied[i].kernel->enqueue(operands, &result, context));
  }
  return Status();
}

Expected<std::unique_ptr<Kernel>>
graft::runtime::createSplit(const Backend &backend, const LaunchDesc &launch,
                            const LaunchDesc &mainLaunch,
                            std::unique_ptr<Kernel> main, int threads) {
  auto kernel = std::make_unique<SplitKernel>();
  GRAFT_RETURN_IF_ERROR(
      kernel->init(backend, launch, mainLaunch, std::move(main), threads));
  return std::unique_ptr<Kernel>(std::move(kernel));
}
