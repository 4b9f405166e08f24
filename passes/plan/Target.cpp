//===- Target.cpp - what an engine is built for ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/plan/Target.h"

#include "passes/plan/Tuner.h"
#include "passes/plan/targets/Targets.h"
#include "support/Processors.h"

#include "llvm/ADT/STLExtras.h"

#include <map>
#include <mutex>

using namespace graft;
using namespace graft::plan;

Target::Target(TargetInfo given) : info(std::move(given)) {
  if (info.providers.empty())
    info.providers = info.backend->providers();
}

Target::~Target() = default;

const runtime::Provider *Target::findProvider(llvm::StringRef name) const {
  const auto found =
      llvm::find_if(info.providers, [&](const runtime::Provider *provider) {
        return llvm::StringRef(provider->name()) == name;
      });
  return found == info.providers.end() ? nullptr : *found;
}

int Target::resolveThreads(int requested) const {
  return graft::resolveThreads(requested > 0 ? requested : info.threads);
}

void Target::addPasses(mlir::OpPassManager &) const {}

Status Target::canMeasure() const { return Status(); }

Expected<double> Target::measure(const runtime::Provider &provider,
                                 runtime::LaunchDesc launch,
                                 llvm::ArrayRef<const void *> constants,
                                 int threads) const {
  return plan::measure(provider, std::move(launch), constants, threads);
}

namespace {

/// The families, and the targets that have been requested.
class Registry {
public:
  static Registry &get() {
    static Registry registry;
    return registry;
  }

  void add(TargetFamily family) {
    std::lock_guard<std::mutex> lock(mutex);
    const auto known = findFamily(family.name);
    if (known == families.end())
      families.push_back(std::move(family));
    else
      *known = std::move(family);
  }

  Expected<const Target *> find(llvm::StringRef name) {
    std::lock_guard<std::mutex> lock(mutex);
    if (auto known = targets.find(name.str()); known != targets.end())
      return known->second.get();
    auto [familyName, architecture] = name.split(':');
    const bool isCut = name.ends_with(":");
    const auto family = findFamily(familyName);
    std::unique_ptr<const Target> target;
    if (family != families.end() && !isCut)
      target = family->make(architecture);
    if (!target)
      return Status::usage("target must be one of " + list() + ", got '" +
                           name.str() + "'");
    return targets.emplace(name.str(), std::move(target)).first->second.get();
  }

  llvm::StringRef getDefault() const { return defaultName; }

private:
  Registry() : families(makeTargets()), defaultName(families.front().name) {}

  std::vector<TargetFamily>::iterator findFamily(llvm::StringRef name) {
    return llvm::find_if(families, [&](const TargetFamily &family) {
      return family.name == name;
    });
  }

  std::string list() const {
    std::string names;
    for (const TargetFamily &family : families) {
      names += (names.empty() ? "" : ", ") + family.name;
      for (const std::string &architecture : family.architectures)
        names += ", " + family.name + ":" + architecture;
    }
    return names;
  }

  std::mutex mutex;
  std::vector<TargetFamily> families;
  std::string defaultName;
  std::map<std::string, std::unique_ptr<const Target>> targets;
};

} // namespace

void graft::plan::registerTarget(TargetFamily family) {
  Registry::get().add(std::move(family));
}

Expected<const Target *> graft::plan::findTarget(llvm::StringRef name) {
  return Registry::get().find(name);
}

const Target *graft::plan::getTarget(EngineOp engine) {
  Expected<const Target *> target = findTarget(engine.getTarget());
  if (target)
    return *target;
  engine.emitOpError() << llvm::StringRef(target.status().message());
  return nullptr;
}

llvm::StringRef graft::plan::getDefaultTarget() {
  return Registry::get().getDefault();
}
