//===- Isa.h - the vector unit of this machine ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels are made for this machine. Tactics and packed constants may be chosen
// for another one: those who build a plan for it open an ArchitectureScope.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_ISA_H
#define GRAFT_RUNTIME_CPU_ISA_H

namespace graft::runtime::cpu {

/// The instruction sets for which kernels exist, from the least.
enum class Isa { Portable, Avx2, Avx512 };

/// The best one that this machine and its operating system have.
Isa machineIsa();

/// A processor by what tactics depend on.
struct Architecture {
  Isa isa = Isa::Portable;
  bool byteProducts = false; ///< AVX-512 VNNI
  bool bf16Products = false; ///< AVX-512 BF16
};

/// While it lives, this thread chooses tactics for `architecture`, whatever
/// this machine is. No kernel may be made or run meanwhile.
class ArchitectureScope {
public:
  explicit ArchitectureScope(const Architecture &architecture);
  ~ArchitectureScope();
  ArchitectureScope(const ArchitectureScope &) = delete;
  ArchitectureScope &operator=(const ArchitectureScope &) = delete;

private:
  const Architecture *outer;
};

/// What this thread chooses tactics for, or null for this machine.
const Architecture *chosenArchitecture();

/// The one that kernels are chosen for: that of chosenArchitecture(), else
/// machineIsa(), unless limited.
Isa currentIsa();

/// Makes kernels that are created from now on use at most `isa`. For tests.
void limitIsa(Isa isa);

/// Whether products of bf16 that are summed in f32 are one instruction.
bool hasBf16Products();

/// Whether the machine multiplies whole matrices of bf16 (AMX), as oneDNN does
/// there.
bool hasBf16Matrices();

/// Whether kernels may sum products of four unsigned with four signed bytes in
/// one instruction. False where kernels are limited to less than AVX-512.
bool hasByteProducts();

/// The kernels of a family that is compiled once for each instruction set. The
/// tables are constants: who chooses for another machine reads them, too, and
/// must not run code of that machine.
template <typename Table>
const Table &kernelsFor(Isa isa, const Table &(&portable)(),
                        const Table &(&avx2)(), const Table &(&avx512)()) {
  return isa == Isa::Avx512 ? avx512() : isa == Isa::Avx2 ? avx2() : portable();
}

/// currentIsa() to kernels that want hasByteProducts() of AVX-512.
inline Isa quantizedIsa() {
  return currentIsa() == Isa::Avx512 && !hasByteProducts() ? Isa::Avx2
                                                           : currentIsa();
}

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_ISA_H
