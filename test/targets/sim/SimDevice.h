//===- SimDevice.h - memory that the host must not touch ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The memory of the target `sim`, a device that exists in tests only. Its
// addresses are mapped without any access, so that a host that reads or writes
// them dies; the device itself sees the same memory at other addresses.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TEST_TARGETS_SIM_SIMDEVICE_H
#define GRAFT_TEST_TARGETS_SIM_SIMDEVICE_H

#include "runtime/core/Device.h"

#include <map>
#include <mutex>

namespace graft::sim {

class SimDevice final : public runtime::Device {
public:
  SimDevice();
  runtime::MemorySpace space() const override {
    return runtime::MemorySpace::Device;
  }
  std::byte *allocate(uint64_t bytes) const override;
  void release(std::byte *memory, uint64_t bytes) const override;
  Status copyIn(void *to, const void *from, uint64_t bytes) const override;

  /// Where the device itself sees an address of its own.
  void *inside(const void *address) const;
  /// Bytes that are taken now.
  uint64_t bytesInUse() const;

private:
  std::byte *poisoned = nullptr;
  std::byte *visible = nullptr;
  mutable std::mutex mutex;
  mutable std::map<uint64_t, uint64_t> blocks; ///< offset to size
};

SimDevice &simDevice();

} // namespace graft::sim

#endif // GRAFT_TEST_TARGETS_SIM_SIMDEVICE_H
