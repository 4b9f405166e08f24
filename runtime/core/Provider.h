//===- Provider.h - who runs a launch -------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A provider runs launches of some kinds; a target has one or more (Backend.h).
// Passes query it at build time for its tactics and for the form of their
// constants; the executor requests kernels of it.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_PROVIDER_H
#define GRAFT_RUNTIME_CORE_PROVIDER_H

#include "runtime/core/ExecutionContext.h"
#include "runtime/core/Launch.h"
#include "support/Status.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace graft::runtime {

/// One way in which a provider can run a launch.
struct Tactic {
  std::string name;
  double seconds = 0.0; ///< the cost model's estimate
  bool stridedInputs =
      false; ///< takes inputs that are slices of a larger tensor
  bool stridedOutputs =
      false; ///< writes outputs that are slices of a larger tensor
  /// Epilogue whose operand may share the output's memory, or -1.
  int inPlaceEpilogue = -1;

  /// Whether it takes the slices among the slots of `launch`.
  bool takesSlicesOf(const LaunchDesc &launch) const;
};

/// A constant in the layout that a tactic requires.
struct PackedConstant {
  std::string layout; ///< written to the plan and passed back in Slot::layout
  std::vector<std::byte> bytes;
};

/// A launch that is prepared for its shapes. enqueue() allocates nothing, and
/// one thread at a time may call it.
class Kernel {
public:
  virtual ~Kernel();
  /// Bytes of scratch memory that enqueue() needs.
  virtual uint64_t scratchBytes() const { return 0; }
  /// A hint before enqueue(): the launches after this one read `bytes` at
  /// `memory`, which this one may prefetch while it computes.
  virtual void expectNext(const void *memory, uint64_t bytes) {
    (void)memory;
    (void)bytes;
  }
  /// Runs the launch, or puts it into the context's queue: then the buffers
  /// stay until ExecutionContext::synchronize(). They are in the target's
  /// memory space.
  virtual Status enqueue(const void *const *inputs, void *const *outputs,
                         ExecutionContext &context) = 0;
};

class Provider {
public:
  virtual ~Provider();
  virtual std::string_view name() const = 0;

  /// The tactics for `launch`, cheapest first; empty if the provider does not
  /// take it. Dynamic dimensions have been replaced by representative sizes.
  virtual std::vector<Tactic> tactics(const LaunchDesc &launch,
                                      int threads) const = 0;

  /// The form of constant input `input`, whose dense row-major contents are
  /// `dense`. An empty layout means that the constant is used as it is. The
  /// form must not depend on dimensions that were dynamic, nor on the process;
  /// it may depend on `threads`, for which the plan is built.
  virtual Expected<PackedConstant> pack(const LaunchDesc &launch,
                                        unsigned input, const void *dense,
                                        int threads) const;

  /// Bytes of constant input `input` in the layout of its slot; 0 if pack() has
  /// no such layout for this launch.
  virtual uint64_t packedBytes(const LaunchDesc &launch, unsigned input) const;

  /// A kernel for `launch`. The file with packed constants is not trusted: each
  /// must have the size of a form for this launch, else BadInput.
  Expected<std::unique_ptr<Kernel>> create(const LaunchDesc &launch,
                                           int threads) const;

protected:
  /// Creates the kernel of a launch whose packed constants have been checked.
  virtual Expected<std::unique_ptr<Kernel>>
  createKernel(const LaunchDesc &launch, int threads) const = 0;
};

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_PROVIDER_H
