//===- Isa.h - the vector unit of this machine ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels are created for this machine. Tactics and packed constants may be
// chosen for another machine: the builder of such a plan opens an
// ArchitectureScope.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_ISA_H
#define GRAFT_RUNTIME_CPU_ISA_H

namespace graft::runtime::cpu {

/// The instruction sets for which kernels exist, in ascending order.
enum class Isa { Portable, Avx2, Avx512 };

/// The best one that this machine and its operating system have.
Isa machineIsa();

/// The processor properties that tactics depend on.
struct Architecture {
  Isa isa = Isa::Portable;
  bool byteProducts = false; ///< AVX-512 VNNI
  bool bf16Products = false; ///< AVX-512 BF16
};

/// While the object exists, this thread chooses tactics for `architecture`
/// instead of this machine. No kernel may be created or run meanwhile.
class ArchitectureScope {
public:
  explicit ArchitectureScope(const Architecture &architecture);
  ~ArchitectureScope();
  ArchitectureScope(const ArchitectureScope &) = delete;
  ArchitectureScope &operator=(const ArchitectureScope &) = delete;

private:
  const Architecture *outer;
};

/// The architecture that this thread chooses tactics for, or null for this
/// machine.
const Architecture *chosenArchitecture();

/// The instruction set that kernels are chosen for: that of
/// chosenArchitecture(), else machineIsa(), unless limited.
Isa currentIsa();

/// Limits kernels that are created from now on to `isa`. For tests.
void limitIsa(Isa isa);

/// Whether one instruction multiplies bf16 and accumulates in f32.
bool hasBf16Products();

/// Whether the machine has matrix units for bf16 (AMX), which oneDNN uses.
bool hasBf16Matrices();

/// Whether kernels may use the instruction that multiplies four unsigned with
/// four signed bytes and accumulates. False if kernels are limited to less than
/// AVX-512.
bool hasByteProducts();

/// The kernels of a family that is compiled once for each instruction set. The
/// tables are constants, because code that chooses tactics for another machine
/// reads them but must not run that machine's instructions.
template <typename Table>
const Table &kernelsFor(Isa isa, const Table &(&portable)(),
                        const Table &(&avx2)(), const Table &(&avx512)()) {
  return isa == Isa::Avx512 ? avx512() : isa == Isa::Avx2 ? avx2() : portable();
}

/// currentIsa() for kernels that require hasByteProducts() on AVX-512.
inline Isa quantizedIsa() {
  return currentIsa() == Isa::Avx512 && !hasByteProducts() ? Isa::Avx2
                                                           : currentIsa();
}

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_ISA_H
