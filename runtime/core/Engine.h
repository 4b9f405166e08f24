//===- Engine.h - a checked plan, ready to be run -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Immutable: contexts of several threads share one.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_ENGINE_H
#define GRAFT_RUNTIME_CORE_ENGINE_H

#include "runtime/core/Backend.h"
#include "runtime/core/Memory.h"
#include "runtime/core/PlanCheck.h"
#include "runtime/core/PlanContainer.h"
#include "runtime/core/Provider.h"
#include "support/MappedFile.h"

#include <memory>
#include <optional>

namespace graft::runtime {

/// A plan file, mapped and checked, for `graft inspect`. This machine need not
/// be able to run it.
class PlanFile {
public:
  /// Errors (BadInput) name the file.
  static Expected<PlanFile> open(const std::string &path);
  /// `bytes` must outlive the object. They are copied unless they are aligned
  /// to 64 bytes.
  static Expected<PlanFile> fromMemory(std::string_view bytes);
  /// `bytes` need not outlive the call.
  static Expected<PlanFile> fromCopy(std::string_view bytes);
  /// The copy, if there is one.
  std::string_view copied() const {
    return {reinterpret_cast<const char *>(copy.data()), copy.size()};
  }

  const Plan &plan() const { return contents; }
  const PlanFacts &facts() const { return derived; }
  std::string_view weights() const { return sections.weights; }

private:
  PlanFile() = default;
  Status read(std::string_view bytes);

  std::optional<MappedFile> file;
  Memory copy;
  PlanSections sections;
  Plan contents;
  PlanFacts derived;
};

/// The default of an input.
struct Substitute {
  ops::Shape shape;
  const void *data = nullptr; ///< null: nothing reads the input
};

class Engine {
public:
  /// Errors: BadInput for a plan that is damaged or not for this machine.
  static Expected<std::shared_ptr<const Engine>> load(const std::string &path);
  static Expected<std::shared_ptr<const Engine>>
  fromMemory(std::string_view bytes);
  static Expected<std::shared_ptr<const Engine>>
  fromCopy(std::string_view bytes);

  const Plan &plan() const { return file.plan(); }
  const PlanFacts &facts() const { return file.facts(); }
  /// The backend that runs the plan.
  const Backend &backend() const { return *runsOn; }
  /// The section of weights, in the host's memory ...
  std::string_view weights() const { return hostWeights; }
  /// ... and where launches read it, in the backend's memory space.
  const std::byte *residentWeights() const { return resident; }
  /// The plan's bytes, if the engine has a copy of its own.
  std::string_view copy() const { return file.copied(); }
  /// The default of input `i` of the engine; null if the caller must provide
  /// it.
  const Substitute *substitute(size_t i) const {
    return substitutes[i] ? &*substitutes[i] : nullptr;
  }
  /// The provider that runs launch `index`.
  const Provider &provider(size_t index) const { return *owners[index]; }

private:
  explicit Engine(PlanFile file) : file(std::move(file)) {}
  static Expected<std::shared_ptr<const Engine>> make(PlanFile file);
  Status findOwners();
  Status placeWeights();
  void moveWeightsToHugePages();
  void findSubstitutes();

  PlanFile file;
  const Backend *runsOn = nullptr;
  Memory hugePages;                     ///< the weights, or nothing
  Memory deviceWeights;                 ///< the same on a device, or nothing
  std::string_view hostWeights;         ///< in `hugePages` or in the file
  const std::byte *resident = nullptr;  ///< in `deviceWeights`, or as above
  std::vector<const Provider *> owners; ///< of each launch
  std::vector<std::optional<Substitute>> substitutes; ///< of each input
};

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_ENGINE_H
