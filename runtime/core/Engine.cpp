//===- Engine.cpp - a checked plan, ready to be run -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loading checks the container, the metadata and its meaning, and then whether
// this machine has the features that the plan requires.
//===----------------------------------------------------------------------===//
#include "runtime/core/Engine.h"
#include "runtime/core/Placement.h"

#include <algorithm>
#include <cstring>

using namespace graft;
using namespace graft::runtime;

static std::string join(const std::vector<std::string> &words) {
  std::string text;
  for (const std::string &word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

Status PlanFile::read(std::string_view bytes) {
  Expected<PlanSections> found = readPlanContainer(bytes);
  GRAFT_RETURN_IF_ERROR(found.status());
  sections = *found;
  Expected<Plan> plan = decodePlan(sections.metadata);
  GRAFT_RETURN_IF_ERROR(plan.status());
  contents = *std::move(plan);
  return checkPlan(contents, sections.weights, derived);
}

Expected<PlanFile> PlanFile::open(const std::string &path) {
  Expected<MappedFile> mapped = MappedFile::open(path);
  GRAFT_RETURN_IF_ERROR(mapped.status());
  PlanFile result;
  result.file = *std::move(mapped);
  if (Status status = result.read(result.file->bytes()); !status.ok())
    return Status(status.code(), path + ": " + status.message());
  return result;
}

Expected<PlanFile> PlanFile::fromMemory(std::string_view bytes) {
  if (reinterpret_cast<uintptr_t>(bytes.data()) % kWeightAlignment != 0)
    return fromCopy(bytes);
  PlanFile result;
  GRAFT_RETURN_IF_ERROR(result.read(bytes));
  return result;
}

Expected<PlanFile> PlanFile::fromCopy(std::string_view bytes) {
  PlanFile result;
  if (!result.copy.reset(bytes.size()))
    return Status::exhausted("a copy of the plan needs " +
                             std::to_string(bytes.size()) + " bytes");
  if (!bytes.empty())
    std::memcpy(result.copy.data(), bytes.data(), bytes.size());
  GRAFT_RETURN_IF_ERROR(result.read(result.copied()));
  return result;
}

Expected<std::shared_ptr<const Engine>> Engine::make(PlanFile file) {
  std::shared_ptr<Engine> engine(new Engine(std::move(file)));
  GRAFT_RETURN_IF_ERROR(engine->findOwners());
  GRAFT_RETURN_IF_ERROR(engine->placeWeights());
  engine->findSubstitutes();
  return std::shared_ptr<const Engine>(std::move(engine));
}

/// Finds the backend of the plan and the provider of each launch. The file is
/// not trusted: a plan for another memory space or a smaller alignment than its
/// target's would make kernels access invalid memory.
Status Engine::findOwners() {
  if (plan().target.empty())
    return Status::badInput("the plan must name its target, got none: it is of "
                            "an older version of graft; build it again");
  runsOn = findBackend(plan().target);
  if (!runsOn)
    return Status::badInput("the plan's target must be one of " +
                            listBackends() + ", got '" + plan().target + "'");
  const std::vector<std::string> &host = runsOn->features();
  for (const std::string &feature : plan().features)
    if (std::find(host.begin(), host.end(), feature) == host.end())
      return Status::badInput("the plan needs " +
                              std::string(runsOn->hardware()) + " with " +
                              join(plan().features) +
                              ": build it again on this machine, got one "
                              "with " +
                              join(host));
  for (uint32_t i = 0; i < plan().tensors.size(); ++i) {
    const PlanTensor &tensor = plan().tensors[i];
    if (tensor.space != runsOn->device().space())
      return Status::badInput(describeTensor(plan(), i) +
                              " must live in the memory of target '" +
                              plan().target + "', got another");
    bool hasOffset = tensor.storage == Storage::Constant ||
                     (tensor.storage == Storage::Arena && facts().isStatic);
    if (hasOffset && tensor.offset % runsOn->alignment() != 0)
      return Status::badInput(describeTensor(plan(), i) +
                              " must lie at a multiple of " +
                              std::to_string(runsOn->alignment()) +
                              " bytes, got " + std::to_string(tensor.offset));
  }
  for (const PlanLaunch &launch : plan().launches) {
    const Provider *provider = runsOn->findProvider(launch.provider);
    if (!provider)
      return Status::badInput("launch '" + launch.name +
                              "' must have a provider of this build, got '" +
                              launch.provider + "'");
    owners.push_back(provider);
  }
  return Status();
}

Status Engine::placeWeights() {
  hostWeights = file.weights();
  const Device &device = runsOn->device();
  if (device.space() == MemorySpace::Host) {
    moveWeightsToHugePages();
    resident = reinterpret_cast<const std::byte *>(hostWeights.data());
    return Status();
  }
  deviceWeights = Memory(device);
  if (!deviceWeights.reset(hostWeights.size()))
    return Status::exhausted("the weights need " +
                             std::to_string(hostWeights.size()) +
                             " bytes of the device");
  resident = deviceWeights.data();
  return hostWeights.empty()
             ? Status()
             : device.copyIn(deviceWeights.data(), hostWeights.data(),
                             hostWeights.size());
}

/// The defaults, and an arbitrary array for an input that no launch reads.
void Engine::findSubstitutes() {
  for (uint32_t index : plan().inputs) {
    const PlanTensor &tensor = plan().tensors[index];
    std::optional<Substitute> &substitute = substitutes.emplace_back();
    if (tensor.fallback >= 0) {
      const PlanTensor &value =
          plan().tensors[static_cast<size_t>(tensor.fallback)];
      substitute = {value.type.shape, weights().data() + value.offset};
    } else if (facts().firstUse[index] == kNever) {
      substitute = {tensor.type.shape, nullptr};
      for (size_t d = 0; d < tensor.type.shape.size(); ++d)
        if (tensor.type.shape[d] == ops::kDynamic)
          substitute->shape[d] =
              tensor.limits.empty() ? 1 : tensor.limits[2 * d];
    }
  }
}

/// A run reads all weights once, from memory: with OS pages of 4 KB, address
/// translation alone costs several percent. If memory is short or there are no
/// huge pages, the file's own pages are used.
void Engine::moveWeightsToHugePages() {
  // There is already a copy of the whole plan.
  if (!file.copied().empty() || hostWeights.size() < kHugePageBytes ||
      !hugePages.reset(hostWeights.size()))
    return;
  std::memcpy(hugePages.data(), hostWeights.data(), hostWeights.size());
  hostWeights = {reinterpret_cast<const char *>(hugePages.data()),
                 hostWeights.size()};
}

Expected<std::shared_ptr<const Engine>> Engine::load(const std::string &path) {
  Expected<PlanFile> file = PlanFile::open(path);
  GRAFT_RETURN_IF_ERROR(file.status());
  Expected<std::shared_ptr<const Engine>> engine = make(*std::move(file));
  if (!engine)
    return Status(engine.status().code(),
                  path + ": " + engine.status().message());
  return engine;
}

Expected<std::shared_ptr<const Engine>>
Engine::fromMemory(std::string_view bytes) {
  Expected<PlanFile> file = PlanFile::fromMemory(bytes);
  GRAFT_RETURN_IF_ERROR(file.status());
  return make(*std::move(file));
}

Expected<std::shared_ptr<const Engine>>
Engine::fromCopy(std::string_view bytes) {
  Expected<PlanFile> file = PlanFile::fromCopy(bytes);
  GRAFT_RETURN_IF_ERROR(file.status());
  return make(*std::move(file));
}
