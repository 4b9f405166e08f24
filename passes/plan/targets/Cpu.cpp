//===- Cpu.cpp - processors as targets ------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `cpu` is the processor of this machine. A named architecture must not depend
// on this machine: its providers choose for the architecture alone.
//===----------------------------------------------------------------------===//
#include "passes/plan/targets/Targets.h"
#include "runtime/cpu/CpuBackend.h"
#include "runtime/cpu/CpuFeatures.h"
#include "runtime/cpu/Isa.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/TargetParser/Host.h"

using namespace graft;
using namespace graft::plan;
using runtime::cpu::Architecture;
using runtime::cpu::ArchitectureScope;
using runtime::cpu::Isa;

static constexpr llvm::StringLiteral kName = "cpu";

//===----------------------------------------------------------------------===//
// Shared by all processors
//===----------------------------------------------------------------------===//

static MachineModel getMachineModel() {
  MachineModel machine;
  machine.copyBandwidth = 8e9;
  // Half the bytes after which the sets of a first-level cache repeat: a stride
  // of two pixels, which reductions of the image use, doubles the distance.
  machine.cacheConflictBytes = 2048;
  machine.cacheLineBytes = 64;
  return machine;
}

/// Kernels multiply u8 with i8, and zero points cost nothing.
static nn::QuantizationScheme getQuantizationScheme() {
  nn::QuantizationScheme scheme;
  scheme.operations = {"conv2d", "matmul"};
  return scheme;
}

/// The features that this machine lacks.
static std::vector<std::string>
findMissing(llvm::ArrayRef<std::string> features) {
  std::vector<std::string> missing;
  for (const std::string &feature : features)
    if (!llvm::is_contained(runtime::hostFeatures(), feature))
      missing.push_back(feature);
  return missing;
}

namespace {

class CpuTarget : public Target {
public:
  using Target::Target;

  /// Kernels reach the peak of the arithmetic units on plain NHWC, and plain
  /// buffers can be joined and sliced without copies: no buffer is ever
  /// reordered.
  llvm::StringRef chooseLayout(BufferType) const override {
    return BufferType::kRowMajor;
  }

  Status canMeasure() const override {
    const std::vector<std::string> missing = findMissing(getFeatures());
    return missing.empty()
               ? Status()
               : Status::usage("kernels for target '" + getName().str() +
                               "' must be timed on a CPU with " +
                               llvm::join(missing, " ") +
                               ", got one without: build the plan there, or "
                               "without measurements");
  }

  std::string describeMachine() const override {
    std::string machine = llvm::sys::getHostCPUName().str();
    if (!getArchitecture().empty())
      machine += " as " + getArchitecture().str();
    return machine;
  }
};

//===----------------------------------------------------------------------===//
// Named architectures
//===----------------------------------------------------------------------===//

/// A provider that chooses for an architecture instead of this machine. Its
/// kernels are this machine's.
class ArchitectureProvider : public runtime::Provider {
public:
  ArchitectureProvider(const Provider &inner, const Architecture &architecture)
      : inner(inner), architecture(architecture) {}

  std::string_view name() const override { return inner.name(); }

  std::vector<runtime::Tactic> tactics(const runtime::LaunchDesc &launch,
                                       int threads) const override {
    ArchitectureScope scope(architecture);
    return inner.tactics(launch, threads);
  }

  Expected<runtime::PackedConstant> pack(const runtime::LaunchDesc &launch,
                                         unsigned input, const void *dense,
                                         int threads) const override {
    ArchitectureScope scope(architecture);
    return inner.pack(launch, input, dense, threads);
  }

  uint64_t packedBytes(const runtime::LaunchDesc &launch,
                       unsigned input) const override {
    ArchitectureScope scope(architecture);
    return inner.packedBytes(launch, input);
  }

protected:
  Expected<std::unique_ptr<runtime::Kernel>>
  createKernel(const runtime::LaunchDesc &launch, int threads) const override {
    return inner.create(launch, threads);
  }

private:
  const Provider &inner;
  Architecture architecture;
};

class NamedCpuTarget : public CpuTarget {
public:
  using Providers = std::vector<std::unique_ptr<ArchitectureProvider>>;
  NamedCpuTarget(TargetInfo info, Providers providers)
      : CpuTarget(std::move(info)), providers(std::move(providers)) {}

private:
  Providers providers; ///< to which the info points
};

/// A level of the x86-64 psABI, by the features that runtimes look for.
struct Level {
  llvm::StringLiteral name;
  Isa isa;
  std::vector<std::string> features;
};

/// A feature that an architecture may have beside its level's.
struct Extra {
  llvm::StringLiteral name;
  bool Architecture::*member;
};

} // namespace

/// The default number of threads that a named architecture's tactics are chosen
/// for: it must not depend on the cores of this machine.
static constexpr int kNamedThreads = 4;

static llvm::ArrayRef<Level> getLevels() {
  static const Level levels[] = {
      {"x86-64-v3", Isa::Avx2, {"sse4.2", "avx", "avx2", "fma"}},
      {"x86-64-v4",
       Isa::Avx512,
       {"sse4.2", "avx", "avx2", "fma", "avx512f", "avx512bw", "avx512dq",
        "avx512vl"}},
  };
  return levels;
}

/// In the order of the runtime's features.
static constexpr Extra kExtras[] = {
    {"avx512vnni", &Architecture::byteProducts},
    {"avx512bf16", &Architecture::bf16Products},
};

/// Adds the extra features, each once; false if one does not exist.
static bool addExtras(llvm::ArrayRef<llvm::StringRef> names,
                      Architecture &architecture, TargetInfo &info) {
  for (llvm::StringRef name : names)
    if (llvm::count(names, name) != 1 ||
        llvm::none_of(kExtras, [&](auto &extra) { return extra.name == name; }))
      return false;
  for (const Extra &extra : kExtras)
    if (llvm::is_contained(names, extra.name)) {
      architecture.*extra.member = true;
      info.features.push_back(extra.name.str());
      info.architecture += "+" + extra.name.str();
    }
  return true;
}

static std::unique_ptr<const Target> makeNamed(TargetInfo info,
                                               llvm::StringRef text) {
  llvm::SmallVector<llvm::StringRef> parts;
  text.split(parts, '+');
  const auto *level = llvm::find_if(getLevels(), [&](const Level &candidate) {
    return candidate.name == parts.front();
  });
  if (level == getLevels().end())
    return nullptr;
  Architecture architecture;
  architecture.isa = level->isa;
  info.architecture = level->name.str();
  info.features = level->features;
  llvm::ArrayRef<llvm::StringRef> extras = llvm::ArrayRef(parts).drop_front();
  if ((!extras.empty() && level->isa != Isa::Avx512) ||
      !addExtras(extras, architecture, info))
    return nullptr;
  info.name += ":" + info.architecture;
  info.threads = kNamedThreads;
  NamedCpuTarget::Providers providers;
  for (const runtime::Provider *&provider : info.providers)
    provider = providers
                   .emplace_back(std::make_unique<ArchitectureProvider>(
                       *provider, architecture))
                   .get();
  return std::make_unique<NamedCpuTarget>(std::move(info),
                                          std::move(providers));
}

static std::unique_ptr<const Target> makeTarget(llvm::StringRef architecture) {
  TargetInfo info;
  info.name = kName.str();
  info.backend = &runtime::cpuBackend();
  info.providers = info.backend->providers();
  info.machine = getMachineModel();
  info.quantization = getQuantizationScheme();
  if (!architecture.empty())
    return makeNamed(std::move(info), architecture);
  info.features = runtime::hostFeatures();
  return std::make_unique<CpuTarget>(std::move(info));
}

TargetFamily graft::plan::makeCpuTargets() {
  std::string extras;
  for (const Extra &extra : kExtras)
    extras += "[+" + extra.name.str() + "]";
  TargetFamily family;
  family.name = kName.str();
  for (const Level &level : getLevels())
    family.architectures.push_back(level.name.str() +
                                   (level.isa == Isa::Avx512 ? extras : ""));
  family.make = makeTarget;
  return family;
}
