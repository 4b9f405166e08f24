//===- Isa.h - the vector unit of this machine ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GRAFT_RUNTIME_CPU_ISA_H
#define GRAFT_RUNTIME_CPU_ISA_H

namespace graft::runtime::cpu {

/// The instruction sets for which kernels exist, from the least.
enum class Isa { Portable, Avx2, Avx512 };

/// The best one that this machine and its operating system have.
Isa machineIsa();

/// The one that kernels are chosen for: machineIsa(), unless limited.
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

/// The kernels of a family that is compiled once for each instruction set.
template <typename Table>
const Table &kernelsFor(Isa isa, const Table &(&portable)(),
                        const Table &(&avx2)(), const Table &(&avx512)()) {
  return isa == Isa::Avx512 ? avx512() : isa == Isa::Avx2 ? avx2() : portable();
}

/// currentIsa() to kernels that want hasByteProducts() of AVX-512.
inline Isa codeIsa() {
  return currentIsa() == Isa::Avx512 && !hasByteProducts() ? Isa::Avx2
                                                           : currentIsa();
}

} // namespace graft::runtime::cpu

#endif // GRAFT_RUNTIME_CPU_ISA_H
