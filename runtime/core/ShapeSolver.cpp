//===- ShapeSolver.cpp - all shapes from those of the inputs --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes propagate from a launch's inputs to its outputs, and between a view
// and its parent in both directions: if a concatenation was removed, launches
// write only the views, and their sizes determine the size of the whole.
//===----------------------------------------------------------------------===//
#include "runtime/core/ShapeSolver.h"
#include "runtime/core/SplitKernel.h"
#include "runtime/ops/Semantics.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

using namespace graft;
using namespace graft::runtime;

namespace {

bool isStatic(const ops::Shape &shape) {
  return std::find(shape.begin(), shape.end(), ops::kDynamic) == shape.end();
}

/// Bytes of a root that are known before the plan runs.
struct Contents {
  std::vector<std::byte> bytes;
  std::vector<bool> known;
  /// Contents that are known now were known from the first write on, and do not
  /// change.
  bool lasting = true;
};

class Solver {
public:
  Solver(const Plan &plan, const PlanFacts &facts, std::string_view weights,
         ShapeSolution &solution)
      : plan(plan), facts(facts), weights(weights), shapes(solution.shapes),
        placements(solution.placements), solution(solution),
        placed(plan.tensors.size(), false) {}

  Status run() {
    placements.assign(plan.tensors.size(), Placement());
    for (uint32_t i = 0; i < plan.tensors.size(); ++i)
      if (isStatic(shapes[i]))
        GRAFT_RETURN_IF_ERROR(spread(i));
    for (const PlanLaunch &launch : plan.launches)
      GRAFT_RETURN_IF_ERROR(visit(launch));
    for (uint32_t index : plan.outputs)
      GRAFT_RETURN_IF_ERROR(require(index, "the plan"));
    keepValues();
    return Status();
  }

private:
  /// Merges the known sizes of a tensor with `shape`, here and in the tensors
  /// that it shares memory with.
  Status refine(uint32_t index, const ops::Shape &shape) {
    ops::Shape &mine = shapes[index];
    bool fits = mine.size() == shape.size();
    bool changed = false;
    for (size_t d = 0; fits && d < shape.size(); ++d) {
      if (shape[d] == ops::kDynamic || shape[d] == mine[d])
        continue;
      fits = mine[d] == ops::kDynamic;
      mine[d] = shape[d];
      changed = true;
    }
    if (!fits)
      return Status::usage(describeTensor(plan, index) + " must be " +
                           ops::toString(plan.tensors[index].type) + ", got " +
                           ops::toString(shape));
    return changed ? spread(index) : Status();
  }

  Status spread(uint32_t start) {
    std::vector<uint32_t> work = {start};
    while (!work.empty()) {
      uint32_t index = work.back();
      work.pop_back();
      const PlanTensor &tensor = plan.tensors[index];
      if (tensor.storage == Storage::View) {
        auto parent = static_cast<uint32_t>(tensor.parent);
        bool changed = false;
        GRAFT_RETURN_IF_ERROR(share(index, parent, tensor.axis, changed));
        if (changed)
          work.push_back(parent);
      }
      for (uint32_t view : facts.views[index]) {
        bool changed = false;
        GRAFT_RETURN_IF_ERROR(
            share(index, view, plan.tensors[view].axis, changed));
        if (changed)
          work.push_back(view);
      }
    }
    return Status();
  }

  /// Fills in sizes of `to` from those of `from`; one is a view of the other.
  Status share(uint32_t from, uint32_t to, int32_t axis, bool &changed) {
    const ops::Shape &source = shapes[from];
    ops::Shape &target = shapes[to];
    if (axis < 0) {
      auto free = std::find(target.begin(), target.end(), ops::kDynamic);
      int64_t count = 0;
      if (free == target.end() || !isStatic(source) ||
          !ops::countElements(source, count) ||
          std::count(free, target.end(), ops::kDynamic) != 1)
        return Status();
      ops::Shape fixed = target;
      fixed.erase(fixed.begin() + (free - target.begin()));
      int64_t others = 0;
      if (!ops::countElements(fixed, others) ||
          (others ? count % others : count) != 0)
        return disagree(from, to);
      *free = others ? count / others : 0;
      changed = true;
      return Status();
    }
    for (size_t d = 0; d < target.size(); ++d) {
      if (d == static_cast<size_t>(axis) || source[d] == ops::kDynamic ||
          source[d] == target[d])
        continue;
      if (target[d] != ops::kDynamic)
        return disagree(from, to);
      target[d] = source[d];
      changed = true;
    }
    return Status();
  }

  Status disagree(uint32_t a, uint32_t b) {
    return Status::usage(
        "the inputs' shapes must fit each other: " + describeTensor(plan, a) +
        " would be " + ops::toString(shapes[a]) + " beside " +
        ops::toString(shapes[b]));
  }

  /// Checks that the shapes of a tensor and its parents are known; places it.
  Status require(uint32_t index, const std::string &who) {
    std::vector<uint32_t> chain;
    for (uint32_t i = index; !placed[i];
         i = static_cast<uint32_t>(plan.tensors[i].parent)) {
      chain.push_back(i);
      uint64_t bytes = 0;
      if (!isStatic(shapes[i]))
        return Status::usage(
            who + " has a shape that depends on the contents of an input: " +
            describeTensor(plan, i) + " is " + ops::toString(shapes[i]));
      if (!ops::countBytes({plan.tensors[i].type.dtype, shapes[i]}, bytes))
        return Status(StatusCode::Exhausted, describeTensor(plan, i) +
                                                 " must fit into memory, got " +
                                                 ops::toString(shapes[i]));
      if (plan.tensors[i].storage != Storage::View)
        break;
    }
    for (auto it = chain.rbegin(); it != chain.rend(); ++it) {
      if (Status status = placeTensor(plan, shapes, *it, placements);
          !status.ok())
        return Status::usage(status.message());
      placed[*it] = true;
    }
    return Status();
  }

  Status visit(const PlanLaunch &launch) {
    std::string who = "launch '" + launch.name + "'";
    std::vector<ops::ShapeInput> inputs;
    for (uint32_t index : launch.inputs) {
      GRAFT_RETURN_IF_ERROR(require(index, who));
      inputs.push_back({typeOf(index), contentsOf(index)});
    }
    std::vector<ops::TensorType> results;
    Status status = ops::inferTypes(launch.op, inputs, results);
    if (!status.ok() && isOpen(launch) &&
        inferSplit(launch.op, inputs, results).ok())
      status = Status();
    if (!status.ok())
      return Status::usage(who + ": " + status.message());
    for (size_t i = 0; i < results.size(); ++i) {
      uint32_t output = launch.outputs[i];
      if (!results[i].isStatic())
        return Status::usage(
            who + " has a shape that depends on the contents of an input: " +
            ops::toString(results[i]));
      GRAFT_RETURN_IF_ERROR(refine(output, results[i].shape));
      GRAFT_RETURN_IF_ERROR(require(output, who));
    }
    if (Status status = checkSharing(plan, launch, shapes, placements);
        !status.ok())
      return Status::usage(status.message());
    evaluateEarly(launch, inputs);
    return Status();
  }

  /// Whether the plan leaves sizes of the launch open.
  bool isOpen(const PlanLaunch &launch) const {
    auto isDynamic = [&](uint32_t index) {
      return !plan.tensors[index].type.isStatic();
    };
    return std::any_of(launch.inputs.begin(), launch.inputs.end(), isDynamic) ||
           std::any_of(launch.outputs.begin(), launch.outputs.end(), isDynamic);
  }

  ops::TensorType typeOf(uint32_t index) const {
    return {plan.tensors[index].type.dtype, shapes[index]};
  }

  /// Contents of a placed tensor, or null if they are not known yet.
  const void *contentsOf(uint32_t index) {
    const Placement &place = placements[index];
    const PlanTensor &root = plan.tensors[place.root];
    if (!ops::mayHoldSizes(typeOf(index)) || !place.dense)
      return nullptr;
    if (root.storage == Storage::Constant)
      return root.layout.empty()
                 ? weights.data() + root.offset + place.byteOffset
                 : nullptr;
    auto it = contents.find(place.root);
    if (it == contents.end() || it->second.bytes.empty())
      return nullptr;
    uint64_t bytes = 0;
    (void)ops::countBytes(typeOf(index), bytes);
    auto first =
        it->second.known.begin() + static_cast<ptrdiff_t>(place.byteOffset);
    bool known = std::all_of(first, first + static_cast<ptrdiff_t>(bytes),
                             [](bool flag) { return flag; });
    return known ? it->second.bytes.data() + place.byteOffset : nullptr;
  }

  /// Records the results of a launch if they are small and can be known, else
  /// marks the memory's contents as unknown.
  void evaluateEarly(const PlanLaunch &launch,
                     const std::vector<ops::ShapeInput> &inputs) {
    bool possible = ops::isKnown(launch.op, inputs);
    for (uint32_t index : launch.outputs)
      possible = possible && ops::mayHoldSizes(typeOf(placements[index].root));
    std::vector<std::vector<std::byte>> buffers;
    std::vector<ops::TensorView> results;
    for (uint32_t index : launch.outputs) {
      uint64_t bytes = 0;
      (void)ops::countBytes(typeOf(index), bytes);
      buffers.emplace_back(possible ? bytes : 0);
      results.push_back({typeOf(index), buffers.back().data(), {}});
    }
    possible = possible && ops::evaluateKnown(launch.op, inputs, results);
    for (size_t i = 0; i < launch.outputs.size(); ++i)
      note(launch.outputs[i], possible ? &buffers[i] : nullptr);
  }

  void note(uint32_t index, const std::vector<std::byte> *bytes) {
    const Placement &place = placements[index];
    Contents &held = contents[place.root];
    if (!bytes || !place.dense) {
      held.known.assign(held.known.size(), false);
      held.lasting = false;
      return;
    }
    if (held.bytes.empty()) {
      uint64_t size = 0;
      (void)ops::countBytes(typeOf(place.root), size);
      held.bytes.resize(size);
      held.known.resize(size, false);
    }
    for (size_t i = 0; i < bytes->size(); ++i) {
      size_t at = place.byteOffset + i;
      held.lasting = held.lasting && !held.known[at];
      held.bytes[at] = (*bytes)[i];
      held.known[at] = true;
    }
  }

  /// Returns the contents that no run can change, and the launches that become
  /// superfluous.
  void keepValues() {
    auto lasts = [&](uint32_t index) {
      uint32_t root = facts.roots[index];
      auto it = contents.find(root);
      return plan.tensors[root].storage == Storage::Arena &&
             it != contents.end() && it->second.lasting;
    };
    for (uint32_t i = 0; i < plan.tensors.size(); ++i)
      if (facts.roots[i] == i && lasts(i))
        solution.values.emplace_back(i, std::move(contents[i].bytes));
    for (const PlanLaunch &launch : plan.launches)
      solution.done.push_back(
          std::all_of(launch.outputs.begin(), launch.outputs.end(), lasts));
  }

  const Plan &plan;
  const PlanFacts &facts;
  std::string_view weights;
  std::vector<ops::Shape> &shapes;
  std::vector<Placement> &placements;
  ShapeSolution &solution;
  std::vector<bool> placed;
  std::unordered_map<uint32_t, Contents> contents; // by root; never iterated
};

} // namespace

Status graft::runtime::solveShapes(const Plan &plan, const PlanFacts &facts,
                                   std::string_view weights,
                                   ShapeSolution &solution) {
  return Solver(plan, facts, weights, solution).run();
}
