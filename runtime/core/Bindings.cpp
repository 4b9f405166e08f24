//===- Bindings.cpp - the addresses that launches read and write ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/core/Bindings.h"

using namespace graft;
using namespace graft::runtime;

void Bindings::clear() {
  pointers.clear();
  patches.clear();
  for (std::vector<Staged> &buffers : staged)
    buffers.clear();
}

Status Bindings::stage(const std::vector<uint64_t> &inputBytes,
                       const std::vector<uint64_t> &outputBytes) {
  for (bool isOutput : {false, true})
    for (uint64_t bytes : isOutput ? outputBytes : inputBytes)
      if (!staged[isOutput]
               .emplace_back(Staged{Memory(*device)})
               .memory.reset(bytes))
        return Status::exhausted("a buffer of an input or output needs " +
                                 std::to_string(bytes) +
                                 " bytes of the device");
  return Status();
}

size_t Bindings::add(void *address) {
  pointers.push_back(address);
  return pointers.size() - 1;
}

size_t Bindings::add(PortIndex port, uint64_t byteOffset) {
  if (isStaged()) {
    Staged &buffer = staged[port.isOutput][port.index];
    buffer.isUsed = true;
    return add(buffer.memory.data() + byteOffset);
  }
  patches.push_back({pointers.size(), port, byteOffset});
  return add(nullptr);
}

static Status missingBuffer(PortIndex port) {
  return Status::usage(std::string(port.isOutput ? "output " : "input ") +
                       std::to_string(port.index) +
                       " must have a buffer, got none");
}

Status Bindings::bind(const void *const *inputs, void *const *outputs,
                      ExecutionContext &context) {
  for (const Patch &patch : patches) {
    // Kernels get inputs as pointers to const.
    void *buffer = patch.port.isOutput
                       ? outputs[patch.port.index]
                       : const_cast<void *>(inputs[patch.port.index]);
    if (!buffer)
      return missingBuffer(patch.port);
    pointers[patch.place] = static_cast<std::byte *>(buffer) + patch.byteOffset;
  }
  for (uint32_t i = 0; i < staged[0].size(); ++i) {
    const auto &[memory, isUsed] = staged[0][i];
    if (!isUsed)
      continue;
    if (!inputs[i])
      return missingBuffer({false, i});
    GRAFT_RETURN_IF_ERROR(
        context.copyIn(memory.data(), inputs[i], memory.size()));
  }
  return Status();
}

Status Bindings::collect(void *const *outputs,
                         ExecutionContext &context) const {
  for (uint32_t i = 0; i < staged[1].size(); ++i) {
    const auto &[memory, isUsed] = staged[1][i];
    if (!isUsed)
      continue;
    if (!outputs[i])
      return missingBuffer({true, i});
    GRAFT_RETURN_IF_ERROR(
        context.copyOut(outputs[i], memory.data(), memory.size()));
  }
  return Status();
}

uint64_t Bindings::bytes() const {
  uint64_t sum = 0;
  for (const std::vector<Staged> &buffers : staged)
    for (const Staged &buffer : buffers)
      sum += buffer.memory.size();
  return sum;
}
