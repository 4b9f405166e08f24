//===- LinkPlans.cpp - several plans become one ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/embedded/LinkPlans.h"

#include "runtime/core/ArenaPlanner.h"
#include "support/Precision.h"

#include <algorithm>
#include <map>
#include <set>

using namespace graft;
using namespace graft::runtime;

namespace {

constexpr uint32_t kNoTensor = UINT32_MAX;

class Linker {
public:
  explicit Linker(const PlanNetwork &network)
      : network(network),
        backend(network.parts.empty()
                    ? *builtinBackends().front()
                    : network.parts.front().engine->backend()),
        writer(backend.alignment()), tensorOf(network.values, kNoTensor),
        fetchedAs(network.values) {}

  Expected<std::vector<LinkError>> run(ByteBuffer &output);

private:
  uint32_t addTensor(PlanTensor tensor);
  uint32_t addConstant(const PlanNetwork::Constant &constant);
  uint32_t addResult(size_t value, ops::TensorType type);
  std::optional<std::string> findMisfit(const PlanNetwork::Part &part) const;
  void addPart(const PlanNetwork::Part &part);
  void addOutputs();
  std::string makeUnique(const std::string &name);
  Status placeInArena();

  const PlanNetwork &network;
  const Backend &backend; ///< the first part's, of which all must be
  Plan plan;
  PlanWriter writer;
  std::vector<uint32_t> tensorOf; ///< of each value
  /// The first output that is each value; null for none.
  std::vector<const PlanNetwork::Port *> fetchedAs;
  std::set<std::string> names;
  std::map<std::string, unsigned> counts;
};

/// An input that a part takes within limits is limited itself.
void narrowLimits(PlanTensor &input, const PlanTensor &port) {
  if (input.storage != Storage::Input || port.limits.empty())
    return;
  if (input.limits.empty()) {
    input.limits = port.limits;
    return;
  }
  for (size_t d = 0; d < input.type.shape.size(); ++d) {
    int64_t &least = input.limits[2 * d], &most = input.limits[2 * d + 1];
    least = std::max(least, port.limits[2 * d]);
    if (int64_t other = port.limits[2 * d + 1]; other >= 0)
      most = most < 0 ? other : std::min(most, other);
  }
}

/// Whether a tensor of type `given` may be one of type `wanted`.
bool fits(const PlanTensor &given, const PlanTensor &wanted) {
  const ops::Shape &have = given.type.shape, &want = wanted.type.shape;
  bool same =
      given.type.dtype == wanted.type.dtype && have.size() == want.size();
  auto limit = [](const PlanTensor &tensor, size_t i, int64_t without) {
    return tensor.limits.empty() || tensor.limits[i] < 0 ? without
                                                         : tensor.limits[i];
  };
  for (size_t d = 0; same && d < have.size(); ++d) {
    int64_t least = std::max(limit(given, 2 * d, 0), limit(wanted, 2 * d, 0));
    int64_t most = std::min(limit(given, 2 * d + 1, INT64_MAX),
                            limit(wanted, 2 * d + 1, INT64_MAX));
    int64_t size = have[d] == ops::kDynamic ? want[d] : have[d];
    same = (have[d] == want[d] || have[d] == ops::kDynamic ||
            want[d] == ops::kDynamic) &&
           least <= most &&
           (size == ops::kDynamic || (least <= size && size <= most));
  }
  return same;
}

} // namespace

uint32_t Linker::addTensor(PlanTensor tensor) {
  plan.tensors.push_back(std::move(tensor));
  return static_cast<uint32_t>(plan.tensors.size() - 1);
}

uint32_t Linker::addConstant(const PlanNetwork::Constant &constant) {
  PlanTensor tensor;
  tensor.type = constant.type;
  tensor.storage = Storage::Constant;
  tensor.bytes = constant.bytes.size();
  tensor.offset = writer.addWeight(constant.bytes);
  return addTensor(std::move(tensor));
}

/// The tensor of a value that a part computes: an output, if the user wants it.
uint32_t Linker::addResult(size_t value, ops::TensorType type) {
  PlanTensor tensor;
  tensor.type = std::move(type);
  if (const PlanNetwork::Port *port = fetchedAs[value]) {
    tensor.storage = Storage::Output;
    tensor.name = port->name;
  }
  return tensorOf[value] = addTensor(std::move(tensor));
}

std::optional<std::string>
Linker::findMisfit(const PlanNetwork::Part &part) const {
  const Plan &source = part.engine->plan();
  if (&part.engine->backend() != &backend)
    return "its plan must be for target '" + std::string(backend.target()) +
           "', got '" + source.target + "'";
  if (source.inputs.size() != part.inputs.size() ||
      source.outputs.size() != part.outputs.size())
    return "its plan must have " + std::to_string(part.inputs.size()) +
           " inputs and " + std::to_string(part.outputs.size()) +
           " outputs, got " + std::to_string(source.inputs.size()) + " and " +
           std::to_string(source.outputs.size());
  for (size_t i = 0; i < part.inputs.size(); ++i) {
    const PlanTensor &wanted = source.tensors[source.inputs[i]];
    const PlanTensor &given = plan.tensors[tensorOf[part.inputs[i]]];
    if (!fits(given, wanted))
      return "input " + std::to_string(i) + " of its plan must be " +
             wanted.describe() + ", got " + given.describe();
  }
  return std::nullopt;
}

std::string Linker::makeUnique(const std::string &name) {
  unsigned &count = counts[name];
  std::string candidate =
      ++count == 1 ? name : name + "#" + std::to_string(count);
  while (!names.insert(candidate).second)
    candidate = name + "#" + std::to_string(++count);
  return candidate;
}

void Linker::addPart(const PlanNetwork::Part &part) {
  const Plan &source = part.engine->plan();
  std::string_view weights = part.engine->weights();
  plan.producer = source.producer;
  // Parts for several architectures of a target are for what runs them all.
  if (plan.target.empty())
    plan.target = source.target;
  else if (plan.target != source.target)
    plan.target = backend.target();
  std::vector<uint32_t> numbers(source.tensors.size(), kNoTensor);
  for (size_t i = 0; i < part.inputs.size(); ++i) {
    uint32_t tensor = numbers[source.inputs[i]] = tensorOf[part.inputs[i]];
    // A size that one side knows holds for the other.
    ops::Shape &shape = plan.tensors[tensor].type.shape;
    const PlanTensor &port = source.tensors[source.inputs[i]];
    for (size_t d = 0; d < shape.size(); ++d)
      if (shape[d] == ops::kDynamic)
        shape[d] = port.type.shape[d];
    narrowLimits(plan.tensors[tensor], port);
  }
  for (size_t i = 0; i < part.outputs.size(); ++i)
    numbers[source.outputs[i]] =
        addResult(part.outputs[i], source.tensors[source.outputs[i]].type);
  std::map<std::pair<uint64_t, uint64_t>, uint64_t> offsets;
  for (size_t i = 0; i < source.tensors.size(); ++i) {
    if (numbers[i] != kNoTensor)
      continue;
    PlanTensor tensor = source.tensors[i];
    if (tensor.storage == Storage::View)
      tensor.parent =
          static_cast<int32_t>(numbers[static_cast<size_t>(tensor.parent)]);
    if (tensor.storage == Storage::Constant) {
      auto [at, isNew] = offsets.try_emplace({tensor.offset, tensor.bytes});
      if (isNew)
        at->second =
            writer.addWeight(weights.substr(tensor.offset, tensor.bytes));
      tensor.offset = at->second;
    }
    numbers[i] = addTensor(std::move(tensor));
  }
  for (PlanLaunch launch : source.launches) {
    for (std::vector<uint32_t> *list : {&launch.inputs, &launch.outputs})
      for (uint32_t &index : *list)
        index = numbers[index];
    // "a#2" is the second of a name in its own plan.
    launch.name =
        makeUnique(launch.nodes.empty() ? launch.op.kind : launch.nodes.back());
    plan.launches.push_back(std::move(launch));
  }
  for (const std::string &feature : source.features)
    if (std::find(plan.features.begin(), plan.features.end(), feature) ==
        plan.features.end())
      plan.features.push_back(feature);
  plan.precision = plan.precision.empty() || plan.precision == source.precision
                       ? source.precision
                       : "mixed";
}

/// Lists the outputs. One that is an input, a constant or another output as
/// well gets a copy.
void Linker::addOutputs() {
  for (const PlanNetwork::Port &port : network.outputs) {
    uint32_t source = tensorOf[port.value];
    bool isOwn = plan.tensors[source].storage == Storage::Output &&
                 fetchedAs[port.value] == &port;
    if (isOwn) {
      plan.outputs.push_back(source);
      continue;
    }
    PlanTensor tensor;
    tensor.type = plan.tensors[source].type;
    tensor.storage = Storage::Output;
    tensor.name = port.name;
    uint32_t target = addTensor(std::move(tensor));
    plan.outputs.push_back(target);
    PlanLaunch copy;
    copy.name = makeUnique(port.name);
    copy.op.kind = "identity";
    copy.provider = backend.lastResort().name();
    copy.precision =
        fromStoredPrecision(ops::name(plan.tensors[source].type.dtype));
    copy.inputs = {source};
    copy.outputs = {target};
    copy.nodes = {port.name};
    plan.launches.push_back(std::move(copy));
  }
}

/// Offsets for a plan of static shapes. Each part has been laid out alone.
Status Linker::placeInArena() {
  plan.arenaBytes = 0;
  if (!plan.isStatic())
    return Status();
  std::vector<uint32_t> roots(plan.tensors.size());
  for (uint32_t i = 0; i < plan.tensors.size(); ++i)
    roots[i] = plan.tensors[i].storage == Storage::View
                   ? roots[static_cast<size_t>(plan.tensors[i].parent)]
                   : i;
  std::vector<ArenaBlock> blocks;
  std::vector<uint32_t> owners;
  std::vector<size_t> blockOf(plan.tensors.size(), SIZE_MAX);
  for (uint32_t i = 0; i < plan.launches.size(); ++i)
    for (const std::vector<uint32_t> *list :
         {&plan.launches[i].inputs, &plan.launches[i].outputs})
      for (uint32_t index : *list) {
        uint32_t root = roots[index];
        if (plan.tensors[root].storage != Storage::Arena)
          continue;
        if (blockOf[root] == SIZE_MAX) {
          blockOf[root] = blocks.size();
          owners.push_back(root);
          ArenaBlock &block = blocks.emplace_back();
          block.first = i;
          if (!ops::countBytes(plan.tensors[root].type, block.bytes))
            return Status::exhausted("the arena must fit into memory");
        }
        blocks[blockOf[root]].last = i;
      }
  const uint64_t alignment = backend.alignment();
  if (!planArena(blocks, plan.arenaBytes, alignment))
    return Status::exhausted("the arena must fit into memory");
  for (PlanTensor &tensor : plan.tensors)
    if (tensor.storage == Storage::Arena)
      tensor.offset = 0;
  uint64_t largest = 0; // of tensors that no launch uses
  for (uint32_t i = 0; i < plan.tensors.size(); ++i)
    if (plan.tensors[i].storage == Storage::Arena && blockOf[i] == SIZE_MAX) {
      uint64_t bytes = 0;
      if (!ops::countBytes(plan.tensors[i].type, bytes))
        return Status::exhausted("the arena must fit into memory");
      largest = std::max(largest, bytes);
    }
  plan.arenaBytes = std::max(plan.arenaBytes,
                             (largest + alignment - 1) / alignment * alignment);
  for (size_t i = 0; i < blocks.size(); ++i)
    plan.tensors[owners[i]].offset = blocks[i].offset;
  return Status();
}

Expected<std::vector<LinkError>> Linker::run(ByteBuffer &output) {
  plan.name = "main";
  for (const PlanNetwork::Port &port : network.outputs)
    if (!fetchedAs[port.value])
      fetchedAs[port.value] = &port;
  for (const PlanNetwork::Port &port : network.inputs) {
    PlanTensor tensor;
    tensor.type = port.type;
    tensor.storage = Storage::Input;
    tensor.name = port.name;
    tensor.limits = port.limits;
    if (port.fallback)
      tensor.fallback = static_cast<int32_t>(addConstant(*port.fallback));
    tensorOf[port.value] = addTensor(std::move(tensor));
    plan.inputs.push_back(tensorOf[port.value]);
  }
  for (const PlanNetwork::Constant &constant : network.constants)
    tensorOf[constant.value] = addConstant(constant);
  std::vector<LinkError> misfits;
  for (size_t i = 0; i < network.parts.size(); ++i) {
    const PlanNetwork::Part &part = network.parts[i];
    bool isBehindMisfit =
        std::any_of(part.inputs.begin(), part.inputs.end(),
                    [&](size_t value) { return tensorOf[value] == kNoTensor; });
    if (isBehindMisfit)
      continue;
    if (std::optional<std::string> reason = findMisfit(part))
      misfits.push_back({i, *std::move(reason)});
    else
      addPart(part);
  }
  if (!misfits.empty())
    return misfits;
  addOutputs();
  for (uint32_t index : plan.inputs) {
    PlanTensor &input = plan.tensors[index];
    if (input.fallback >= 0 &&
        !input.takes(
            plan.tensors[static_cast<size_t>(input.fallback)].type.shape))
      input.fallback = -1; // a part takes other sizes
  }
  if (plan.precision.empty())
    plan.precision = getName(Precision::FP32);
  if (plan.target.empty())
    plan.target = backend.target();
  for (PlanTensor &tensor : plan.tensors)
    tensor.space = backend.device().space();
  GRAFT_RETURN_IF_ERROR(placeInArena());
  std::string metadata = encodePlan(plan);
  writer.setMetadata(metadata);
  GRAFT_RETURN_IF_ERROR(writer.write(
      [&](std::string_view piece) { return output.write(piece); }));
  return misfits;
}

Expected<std::vector<LinkError>> graft::linkPlans(const PlanNetwork &network,
                                                  ByteBuffer &output) {
  return Linker(network).run(output);
}
