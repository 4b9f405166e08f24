//===- PlanCheck.cpp - that a plan makes sense ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each function has one concern and may rely on those before it. None recurses,
// and each takes at most n log n time.
//===----------------------------------------------------------------------===//
#include "runtime/core/PlanCheck.h"
#include "runtime/core/ArenaPlanner.h"
#include "runtime/core/PlanContainer.h"
#include "runtime/ops/Limits.h"
#include "runtime/ops/Semantics.h"
#include "support/CheckedMath.h"

#include <algorithm>
#include <map>
#include <unordered_set>

using namespace graft;
using namespace graft::runtime;

namespace {

Status wrong(std::string who, const std::string &rule,
             const std::string &what) {
  return Status::badInput(std::move(who) + " " + rule + ", got " + what);
}

std::string describe(const PlanLaunch &launch) {
  return "launch '" + launch.name + "'";
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

Status checkType(const Plan &plan, uint32_t index) {
  const ops::TensorType &type = plan.tensors[index].type;
  if (type.shape.size() > ops::kMaxRank)
    return wrong(describeTensor(plan, index),
                 "must have at most " + std::to_string(ops::kMaxRank) +
                     " dimensions",
                 std::to_string(type.shape.size()));
  bool valid = true;
  for (int64_t size : type.shape)
    valid = valid && size >= ops::kDynamic;
  uint64_t bytes = 0;
  valid = valid && (!type.isStatic() || ops::countBytes(type, bytes));
  if (valid)
    return Status();
  return wrong(describeTensor(plan, index),
               "must have sizes that fit into memory",
               ops::toString(type.shape));
}

Status checkConstant(const Plan &plan, uint32_t index, uint64_t weightBytes) {
  const PlanTensor &tensor = plan.tensors[index];
  uint64_t bytes = 0;
  if (!tensor.type.isStatic() || !ops::countBytes(tensor.type, bytes))
    return wrong(describeTensor(plan, index), "must have a static shape",
                 ops::toString(tensor.type));
  // Only its provider knows the size of a packed form (Provider::create), but
  // no form is smaller than its contents, so this check bounds the sizes.
  const bool isPacked = !tensor.layout.empty();
  if (isPacked ? tensor.bytes < bytes : tensor.bytes != bytes)
    return wrong(describeTensor(plan, index),
                 std::string("must have ") + (isPacked ? "at least " : "") +
                     std::to_string(bytes) + " bytes",
                 std::to_string(tensor.bytes));
  if (tensor.offset % kWeightAlignment != 0 ||
      !extentFits(tensor.offset, tensor.bytes, weightBytes))
    return wrong(describeTensor(plan, index),
                 "must lie aligned inside of " + std::to_string(weightBytes) +
                     " bytes of weights",
                 std::to_string(tensor.bytes) + " bytes at " +
                     std::to_string(tensor.offset));
  return Status();
}

Status checkArenaTensor(const Plan &plan, uint32_t index, bool isStatic) {
  if (!isStatic)
    return Status();
  const PlanTensor &tensor = plan.tensors[index];
  uint64_t bytes = 0;
  if (!ops::countBytes(tensor.type, bytes) ||
      tensor.offset % kArenaAlignment != 0 ||
      !extentFits(tensor.offset, bytes, plan.arenaBytes))
    return wrong(describeTensor(plan, index),
                 "must lie aligned inside of an arena of " +
                     std::to_string(plan.arenaBytes) + " bytes",
                 std::to_string(bytes) + " bytes at " +
                     std::to_string(tensor.offset));
  return Status();
}

/// Checks the rules for views that do not depend on sizes.
Status checkView(const Plan &plan, uint32_t index) {
  const PlanTensor &tensor = plan.tensors[index];
  if (tensor.parent < 0 || static_cast<uint32_t>(tensor.parent) >= index)
    return wrong(describeTensor(plan, index),
                 "must be a view of a tensor before it",
                 std::to_string(tensor.parent));
  const PlanTensor &parent = plan.tensors[static_cast<size_t>(tensor.parent)];
  if (!parent.layout.empty())
    return wrong(describeTensor(plan, index),
                 "must not be a view of a packed constant",
                 "layout '" + parent.layout + "'");
  if (ops::sizeOf(parent.type.dtype) != ops::sizeOf(tensor.type.dtype))
    return wrong(describeTensor(plan, index),
                 "must have elements as large as its parent's",
                 ops::toString(tensor.type) + " of " +
                     ops::toString(parent.type));
  if (tensor.axis == -1)
    return Status();
  bool fits = tensor.axis >= 0 &&
              static_cast<size_t>(tensor.axis) < tensor.type.shape.size() &&
              parent.type.shape.size() == tensor.type.shape.size() &&
              parent.type.dtype == tensor.type.dtype && tensor.start >= 0;
  if (fits)
    return Status();
  return wrong(describeTensor(plan, index),
               "must be a slice along one of its parent's axes",
               ops::toString(tensor.type) + " from " +
                   std::to_string(tensor.start) + " of axis " +
                   std::to_string(tensor.axis) + " of " +
                   ops::toString(parent.type));
}

/// Limits are for the dimensions of an input that may vary.
Status checkLimits(const Plan &plan, uint32_t index) {
  const PlanTensor &tensor = plan.tensors[index];
  const std::vector<int64_t> &limits = tensor.limits;
  if (limits.empty())
    return Status();
  bool valid = tensor.storage == Storage::Input &&
               limits.size() == 2 * tensor.type.shape.size();
  for (size_t d = 0; valid && d < tensor.type.shape.size(); ++d) {
    int64_t least = limits[2 * d], most = limits[2 * d + 1],
            size = tensor.type.shape[d];
    valid = least >= 0 && most >= -1 && (most == -1 || least <= most) &&
            (size == ops::kDynamic ||
             (least <= size && (most == -1 || size <= most)));
  }
  if (valid)
    return Status();
  return wrong(describeTensor(plan, index),
               "must be an input to have limits, a smallest and a largest size "
               "for each dimension",
               std::to_string(limits.size()) + " numbers");
}

/// A default is a plain constant that the input takes.
Status checkFallback(const Plan &plan, uint32_t index) {
  const PlanTensor &tensor = plan.tensors[index];
  if (tensor.fallback == -1)
    return Status();
  auto place = static_cast<uint32_t>(tensor.fallback);
  bool valid = tensor.storage == Storage::Input && tensor.fallback >= 0 &&
               place < plan.tensors.size();
  if (valid) {
    const PlanTensor &value = plan.tensors[place];
    valid = value.storage == Storage::Constant && value.layout.empty() &&
            value.type.dtype == tensor.type.dtype &&
            tensor.takes(value.type.shape);
  }
  if (valid)
    return Status();
  return wrong(describeTensor(plan, index),
               "must be an input to have a default, a constant that it takes",
               "tensor " + std::to_string(tensor.fallback));
}

Status checkTensors(const Plan &plan, uint64_t weightBytes, PlanFacts &facts) {
  auto count = static_cast<uint32_t>(plan.tensors.size());
  facts.roots.resize(count);
  facts.views.resize(count);
  for (uint32_t i = 0; i < count; ++i) {
    const PlanTensor &tensor = plan.tensors[i];
    facts.roots[i] = i;
    GRAFT_RETURN_IF_ERROR(checkType(plan, i));
    GRAFT_RETURN_IF_ERROR(checkLimits(plan, i));
    GRAFT_RETURN_IF_ERROR(checkFallback(plan, i));
    if (tensor.storage != Storage::Constant && !tensor.layout.empty())
      return wrong(describeTensor(plan, i),
                   "must be a constant to have a packed layout",
                   "'" + tensor.layout + "'");
    switch (tensor.storage) {
    case Storage::Input:
    case Storage::Output:
      break;
    case Storage::Constant:
      GRAFT_RETURN_IF_ERROR(checkConstant(plan, i, weightBytes));
      break;
    case Storage::Arena:
      GRAFT_RETURN_IF_ERROR(checkArenaTensor(plan, i, facts.isStatic));
      break;
    case Storage::View: {
      GRAFT_RETURN_IF_ERROR(checkView(plan, i));
      auto parent = static_cast<size_t>(tensor.parent);
      facts.roots[i] = facts.roots[parent];
      facts.views[parent].push_back(i);
      break;
    }
    }
  }
  return Status();
}

/// Checks that `ports` are all tensors of `storage`, once each, with names.
Status checkPorts(const Plan &plan, const std::vector<uint32_t> &ports,
                  Storage storage, const std::string &what) {
  std::unordered_set<uint32_t> seen;
  std::unordered_set<std::string> names;
  for (uint32_t index : ports) {
    if (index >= plan.tensors.size() ||
        plan.tensors[index].storage != storage || !seen.insert(index).second)
      return wrong("the plan's " + what + "s",
                   "must be its tensors of that storage, once each",
                   "tensor " + std::to_string(index));
    const std::string &name = plan.tensors[index].name;
    if (name.empty() || name.find('\0') != std::string::npos ||
        !names.insert(name).second)
      return wrong(describeTensor(plan, index), "must have a name of its own",
                   "'" + name.substr(0, name.find('\0')) + "'");
  }
  auto stored = std::count_if(
      plan.tensors.begin(), plan.tensors.end(),
      [&](const PlanTensor &tensor) { return tensor.storage == storage; });
  if (static_cast<size_t>(stored) != ports.size())
    return wrong("the plan's " + what + "s", "must be listed",
                 std::to_string(ports.size()) + " of " +
                     std::to_string(stored));
  return Status();
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

Status checkIndices(const Plan &plan, const PlanLaunch &launch,
                    const PlanFacts &facts) {
  for (const std::vector<uint32_t> *list : {&launch.inputs, &launch.outputs})
    for (uint32_t index : *list)
      if (index >= plan.tensors.size())
        return wrong(describe(launch),
                     "must use one of " + std::to_string(plan.tensors.size()) +
                         " tensors",
                     std::to_string(index));
  for (uint32_t index : launch.outputs) {
    Storage storage = plan.tensors[facts.roots[index]].storage;
    if (storage == Storage::Input || storage == Storage::Constant)
      return wrong(describe(launch), "must not write inputs or constants",
                   describeTensor(plan, index));
  }
  return Status();
}

/// Contents of a constant that is not packed, for shape functions; else null.
const void *constantContents(const Plan &plan, const WeightSection &weights,
                             uint32_t index) {
  const PlanTensor &tensor = plan.tensors[index];
  // Shape functions read sizes and positions, never weights.
  constexpr int64_t kMostElements = 4096;
  int64_t count = 0;
  bool plain = tensor.storage == Storage::Constant && tensor.layout.empty() &&
               ops::countElements(tensor.type.shape, count) &&
               count <= kMostElements;
  return plain ? weights.at(tensor.offset) : nullptr;
}

Status checkTypes(const Plan &plan, const PlanLaunch &launch,
                  const WeightSection &weights) {
  std::vector<ops::ShapeInput> inputs;
  for (uint32_t index : launch.inputs)
    inputs.push_back(
        {plan.tensors[index].type, constantContents(plan, weights, index)});
  std::vector<ops::TensorType> results;
  if (Status status = ops::inferTypes(launch.op, inputs, results); !status.ok())
    return Status::badInput(describe(launch) + ": " + status.message());
  if (results.size() != launch.outputs.size())
    return wrong(describe(launch),
                 "must have " + std::to_string(results.size()) + " outputs",
                 std::to_string(launch.outputs.size()));
  for (size_t i = 0; i < results.size(); ++i) {
    const ops::TensorType &type = plan.tensors[launch.outputs[i]].type;
    bool agrees = results[i].dtype == type.dtype &&
                  results[i].shape.size() == type.shape.size();
    for (size_t d = 0; agrees && d < type.shape.size(); ++d)
      agrees = type.shape[d] == results[i].shape[d] ||
               type.shape[d] == ops::kDynamic ||
               results[i].shape[d] == ops::kDynamic;
    if (!agrees)
      return wrong(describe(launch),
                   "must have the output " + ops::toString(results[i]),
                   ops::toString(type));
  }
  return Status();
}

//===----------------------------------------------------------------------===//
// Time: values must be written before they are read
//===----------------------------------------------------------------------===//

/// The tensors that hold values: a tensor does when it, its parent or enough of
/// its views have been written.
class Written {
public:
  Written(const Plan &plan, const PlanFacts &facts)
      : plan(plan), facts(facts), flags(plan.tensors.size(), false),
        parts(plan.tensors.size()) {
    for (uint32_t i = 0; i < plan.tensors.size(); ++i)
      if (plan.tensors[i].storage == Storage::Input ||
          plan.tensors[i].storage == Storage::Constant)
        mark(i);
  }

  bool has(uint32_t index) const { return flags[index]; }

  void mark(uint32_t index) {
    std::vector<uint32_t> work = {index};
    while (!work.empty()) {
      uint32_t next = work.back();
      work.pop_back();
      if (flags[next])
        continue;
      flags[next] = true;
      work.insert(work.end(), facts.views[next].begin(),
                  facts.views[next].end());
      const PlanTensor &tensor = plan.tensors[next];
      if (tensor.storage == Storage::View &&
          !flags[static_cast<size_t>(tensor.parent)] && completes(next))
        work.push_back(static_cast<uint32_t>(tensor.parent));
    }
  }

private:
  /// Adds the view to the written parts of its parent; true if the parent is
  /// complete.
  bool completes(uint32_t index) {
    const PlanTensor &view = plan.tensors[index];
    if (view.axis < 0)
      return true;
    auto axis = static_cast<size_t>(view.axis);
    const ops::Shape &shape =
        plan.tensors[static_cast<size_t>(view.parent)].type.shape;
    int64_t begin = view.start;
    int64_t end = 0;
    if (view.type.shape[axis] == ops::kDynamic ||
        shape[axis] == ops::kDynamic ||
        __builtin_add_overflow(begin, view.type.shape[axis], &end))
      return false;
    // Intervals that touch become one.
    auto &spans = parts[static_cast<size_t>(view.parent)][view.axis];
    auto it = spans.upper_bound(begin);
    if (it != spans.begin() && std::prev(it)->second >= begin)
      --it;
    while (it != spans.end() && it->first <= end) {
      begin = std::min(begin, it->first);
      end = std::max(end, it->second);
      it = spans.erase(it);
    }
    spans[begin] = end;
    return begin <= 0 && end >= shape[axis];
  }

  const Plan &plan;
  const PlanFacts &facts;
  std::vector<bool> flags;
  /// Per tensor and axis, the slices that have been written.
  std::vector<std::map<int32_t, std::map<int64_t, int64_t>>> parts;
};

Status checkOrder(const Plan &plan, PlanFacts &facts) {
  Written written(plan, facts);
  facts.firstUse.assign(plan.tensors.size(), kNever);
  facts.lastUse.assign(plan.tensors.size(), kNever);
  for (uint32_t i = 0; i < plan.launches.size(); ++i) {
    const PlanLaunch &launch = plan.launches[i];
    auto touch = [&](uint32_t index) {
      uint32_t root = facts.roots[index];
      if (facts.firstUse[root] == kNever)
        facts.firstUse[root] = i;
      facts.lastUse[root] = i;
    };
    for (uint32_t index : launch.inputs) {
      if (!written.has(index))
        return wrong(describe(launch), "must read what has been written before",
                     describeTensor(plan, index));
      touch(index);
    }
    for (uint32_t index : launch.outputs) {
      written.mark(index);
      touch(index);
    }
  }
  for (uint32_t index : plan.outputs)
    if (!written.has(index))
      return wrong(describeTensor(plan, index), "must be written by a launch",
                   "none");
  return Status();
}

//===----------------------------------------------------------------------===//
// Space: memory of a static plan
//===----------------------------------------------------------------------===//

/// Checks that arena tensors with overlapping lifetimes do not overlap in
/// memory.
Status checkArena(const Plan &plan, const PlanFacts &facts) {
  struct Event {
    uint32_t time;
    bool begins; ///< ends of a step come after its beginnings
    uint32_t tensor;
    bool operator<(const Event &other) const {
      if (time != other.time)
        return time < other.time;
      return begins != other.begins ? begins : tensor < other.tensor;
    }
  };
  std::vector<Event> events;
  auto bytesOf = [&](uint32_t index) {
    uint64_t bytes = 0;
    (void)ops::countBytes(plan.tensors[index].type, bytes);
    return bytes;
  };
  for (uint32_t i = 0; i < plan.tensors.size(); ++i) {
    if (plan.tensors[i].storage != Storage::Arena ||
        facts.firstUse[i] == kNever || bytesOf(i) == 0)
      continue;
    events.push_back({facts.firstUse[i], true, i});
    events.push_back({facts.lastUse[i], false, i});
  }
  std::sort(events.begin(), events.end());
  std::map<uint64_t, uint32_t> alive; // by offset
  for (const Event &event : events) {
    uint64_t offset = plan.tensors[event.tensor].offset;
    if (!event.begins) {
      alive.erase(offset);
      continue;
    }
    auto after = alive.lower_bound(offset);
    uint32_t other = event.tensor;
    if (after != alive.end() && after->first < offset + bytesOf(event.tensor))
      other = after->second;
    if (after != alive.begin()) {
      auto before = std::prev(after);
      if (before->first + bytesOf(before->second) > offset)
        other = before->second;
    }
    if (other != event.tensor)
      return wrong(describeTensor(plan, event.tensor),
                   "must not share memory with a tensor in use",
                   describeTensor(plan, other));
    alive[offset] = event.tensor;
  }
  return Status();
}

/// Places all tensors of a static plan, and checks that no view exceeds its
/// parent.
Status placeAll(const Plan &plan, std::vector<ops::Shape> &shapes,
                std::vector<Placement> &placements) {
  for (const PlanTensor &tensor : plan.tensors)
    shapes.push_back(tensor.type.shape);
  placements.resize(plan.tensors.size());
  for (uint32_t i = 0; i < plan.tensors.size(); ++i)
    GRAFT_RETURN_IF_ERROR(placeTensor(plan, shapes, i, placements));
  return Status();
}

} // namespace

Status graft::runtime::checkSharing(const Plan &plan, const PlanLaunch &launch,
                                    const std::vector<ops::Shape> &shapes,
                                    const std::vector<Placement> &placements) {
  for (size_t i = 0; i < launch.outputs.size(); ++i) {
    uint32_t output = launch.outputs[i];
    for (uint32_t input : launch.inputs)
      if (compareMemory(plan, shapes, placements, output, input) ==
          Sharing::Partial)
        return wrong(describe(launch), "must write over whole inputs or none",
                     describeTensor(plan, output) + " over " +
                         describeTensor(plan, input));
    for (size_t j = 0; j < i; ++j)
      if (compareMemory(plan, shapes, placements, output, launch.outputs[j]) !=
          Sharing::None)
        return wrong(describe(launch), "must have outputs that lie apart",
                     describeTensor(plan, output));
  }
  return Status();
}

Status graft::runtime::checkPlan(const Plan &plan, std::string_view weights,
                                 PlanFacts &facts) {
  WeightSection section;
  section.bytes = weights.size();
  section.at = [&](uint64_t offset) { return weights.data() + offset; };
  return checkPlan(plan, section, facts);
}

Status graft::runtime::checkPlan(const Plan &plan, const WeightSection &weights,
                                 PlanFacts &facts) {
  if (plan.tensors.size() >= kNever || plan.launches.size() >= kNever)
    return Status::badInput("the plan must have fewer than 2^32 tensors");
  facts = PlanFacts();
  facts.isStatic = plan.isStatic();
  GRAFT_RETURN_IF_ERROR(checkTensors(plan, weights.bytes, facts));
  std::vector<ops::Shape> shapes;
  std::vector<Placement> placements;
  if (facts.isStatic)
    GRAFT_RETURN_IF_ERROR(placeAll(plan, shapes, placements));
  GRAFT_RETURN_IF_ERROR(checkPorts(plan, plan.inputs, Storage::Input, "input"));
  GRAFT_RETURN_IF_ERROR(
      checkPorts(plan, plan.outputs, Storage::Output, "output"));
  std::unordered_set<std::string_view> names;
  for (const PlanLaunch &launch : plan.launches) {
    if (launch.name.empty() || launch.name.find('\0') != std::string::npos ||
        !names.insert(launch.name).second)
      return wrong("a launch", "must have a name of its own",
                   "'" + launch.name + "'");
    GRAFT_RETURN_IF_ERROR(checkIndices(plan, launch, facts));
    GRAFT_RETURN_IF_ERROR(checkTypes(plan, launch, weights));
  }
  GRAFT_RETURN_IF_ERROR(checkOrder(plan, facts));
  if (!facts.isStatic)
    return Status();
  for (const PlanLaunch &launch : plan.launches)
    GRAFT_RETURN_IF_ERROR(checkSharing(plan, launch, shapes, placements));
  return checkArena(plan, facts);
}
