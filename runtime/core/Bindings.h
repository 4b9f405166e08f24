//===- Bindings.h - the addresses that launches read and write ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A table of pointers, contiguous for each launch. Most never change; each run
// sets those into the caller's buffers. If the target has its own memory, the
// ports have staging buffers there, and a run copies inputs at its start and
// outputs at its end: then no pointer ever changes.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_BINDINGS_H
#define GRAFT_RUNTIME_CORE_BINDINGS_H

#include "runtime/core/ExecutionContext.h"
#include "runtime/core/Memory.h"

#include <vector>

namespace graft::runtime {

/// An input or an output of the engine.
struct PortIndex {
  bool isOutput = false;
  uint32_t index = 0;
};

class Bindings {
public:
  /// `device` must outlive the object.
  explicit Bindings(const Device &device) : device(&device) {}

  /// Whether ports have staging buffers, which stage() makes.
  bool isStaged() const { return device->space() != MemorySpace::Host; }

  /// Forgets pointers and staging buffers.
  void clear();
  /// If isStaged(): makes buffers for ports of these sizes in bytes, before
  /// pointers to them are added. Errors: Exhausted.
  Status stage(const std::vector<uint64_t> &inputBytes,
               const std::vector<uint64_t> &outputBytes);

  /// Appends a pointer, and returns its place in the table.
  size_t add(void *address);
  size_t add(PortIndex port, uint64_t byteOffset);

  /// Before the launches of a run: sets the pointers into the caller's buffers,
  /// or enqueues copies of its inputs. Errors (Usage): no buffer.
  Status bind(const void *const *inputs, void *const *outputs,
              ExecutionContext &context);
  /// After them: enqueues copies to the caller's outputs, if there are any.
  Status collect(void *const *outputs, ExecutionContext &context) const;

  /// The pointers from that place on.
  void *const *at(size_t place) const { return pointers.data() + place; }
  /// Memory that this holds, in bytes.
  uint64_t bytes() const;

private:
  /// A pointer that each run sets.
  struct Patch {
    size_t place = 0;
    PortIndex port;
    uint64_t byteOffset = 0;
  };
  /// A port in the target's memory.
  struct Staged {
    Memory memory;
    bool isUsed = false; ///< by a pointer
  };

  const Device *device;
  std::vector<void *> pointers;
  std::vector<Patch> patches;
  std::vector<Staged> staged[2]; ///< of inputs, of outputs
};

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_BINDINGS_H
