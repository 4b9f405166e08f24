//===- DataTypes.cpp - TensorFlow's type numbers as MLIR types ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "dialects/graph/DataTypes.h"

#include "dialects/graph/Graph.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace graft;
using namespace graft::graph;

Type graph::typeFromNumber(int32_t number, MLIRContext *context) {
  Builder b(context);
  switch (number) {
  case 1:
    return b.getF32Type();
  case 2:
    return b.getF64Type();
  case 3:
    return b.getI32Type();
  case 4:
    return b.getIntegerType(8, /*isSigned=*/false);
  case 5:
    return b.getI16Type();
  case 6:
    return b.getI8Type();
  case 7:
    return StringType::get(context);
  case 8:
    return ComplexType::get(b.getF32Type());
  case 9:
    return b.getI64Type();
  case 10:
    return b.getI1Type();
  case 14:
    return b.getBF16Type();
  case 17:
    return b.getIntegerType(16, /*isSigned=*/false);
  case 18:
    return ComplexType::get(b.getF64Type());
  case 19:
    return b.getF16Type();
  case 20:
    return ResourceType::get(context);
  case 21:
    return VariantType::get(context);
  case 22:
    return b.getIntegerType(32, /*isSigned=*/false);
  case 23:
    return b.getIntegerType(64, /*isSigned=*/false);
  case 24:
    return Float8E5M2Type::get(context);
  case 25:
    return Float8E4M3FNType::get(context);
  case 26:
    return Float8E4M3FNUZType::get(context);
  case 27:
    return Float8E4M3B11FNUZType::get(context);
  case 28:
    return Float8E5M2FNUZType::get(context);
  case 29:
    return b.getIntegerType(4);
  case 30:
    return b.getIntegerType(4, /*isSigned=*/false);
  case 31:
    return b.getIntegerType(2);
  case 32:
    return b.getIntegerType(2, /*isSigned=*/false);
  case 33:
    return Float4E2M1FNType::get(context);
  default:
    return OpaqueType::get(context, number);
  }
}

static std::optional<int32_t> numberFromInteger(IntegerType type) {
  bool isUnsigned = type.isUnsigned();
  if (type.isSigned())
    return std::nullopt;
  switch (type.getWidth()) {
  case 1:
    return isUnsigned ? std::nullopt : std::optional<int32_t>(10);
  case 2:
    return isUnsigned ? 32 : 31;
  case 4:
    return isUnsigned ? 30 : 29;
  case 8:
    return isUnsigned ? 4 : 6;
  case 16:
    return isUnsigned ? 17 : 5;
  case 32:
    return isUnsigned ? 22 : 3;
  case 64:
    return isUnsigned ? 23 : 9;
  default:
    return std::nullopt;
  }
}

std::optional<int32_t> graph::numberFromType(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return numberFromInteger(integer);
  if (auto complex = dyn_cast<ComplexType>(type)) {
    if (complex.getElementType().isF32())
      return 8;
    if (complex.getElementType().isF64())
      return 18;
    return std::nullopt;
  }
  if (auto opaque = dyn_cast<graph::OpaqueType>(type))
    return opaque.getNumber();
  if (type.isF32())
    return 1;
  if (type.isF64())
    return 2;
  if (isa<StringType>(type))
    return 7;
  if (type.isBF16())
    return 14;
  if (type.isF16())
    return 19;
  if (isa<ResourceType>(type))
    return 20;
  if (isa<VariantType>(type))
    return 21;
  if (isa<Float8E5M2Type>(type))
    return 24;
  if (isa<Float8E4M3FNType>(type))
    return 25;
  if (isa<Float8E4M3FNUZType>(type))
    return 26;
  if (isa<Float8E4M3B11FNUZType>(type))
    return 27;
  if (isa<Float8E5M2FNUZType>(type))
    return 28;
  if (isa<Float4E2M1FNType>(type))
    return 33;
  return std::nullopt;
}

unsigned graph::contentElementSize(int32_t number) {
  switch (number) {
  case 4:  // uint8
  case 6:  // int8
  case 10: // bool
  case 11: // qint8
  case 12: // quint8
    return 1;
  case 5:  // int16
  case 14: // bfloat16
  case 15: // qint16
  case 16: // quint16
  case 17: // uint16
  case 19: // half
    return 2;
  case 1:  // float
  case 3:  // int32
  case 13: // qint32
  case 22: // uint32
    return 4;
  case 2:  // double
  case 8:  // complex64
  case 9:  // int64
  case 23: // uint64
    return 8;
  case 18: // complex128
    return 16;
  default:
    // Types of 8 bits and less.
    return number >= 24 && number <= 33 ? 1 : 0;
  }
}
