//===- PlanTypes.cpp - types and attributes of the `plan` dialect ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "dialects/plan/Plan.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace graft::plan;

#define GET_TYPEDEF_CLASSES
#include "dialects/plan/PlanTypes.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/plan/PlanAttrs.cpp.inc"

void PlanDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/plan/PlanTypes.cpp.inc"
      >();
}

void PlanDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/plan/PlanAttrs.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// BufferType
//===----------------------------------------------------------------------===//

Type BufferType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  Type elementType;
  std::string layout;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseDimensionList(shape) ||
      parser.parseType(elementType))
    return {};
  if (succeeded(parser.parseOptionalComma()) &&
      parser.parseKeywordOrString(&layout))
    return {};
  if (parser.parseGreater())
    return {};
  return BufferType::getChecked([&] { return parser.emitError(loc); },
                                parser.getContext(), shape, elementType,
                                layout);
}

void BufferType::print(AsmPrinter &printer) const {
  printer << '<';
  printer.printDimensionList(getShape());
  if (!getShape().empty())
    printer << 'x';
  printer << getElementType();
  if (!getLayout().empty()) {
    printer << ", ";
    printer.printKeywordOrString(getLayout());
  }
  printer << '>';
}

LogicalResult BufferType::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> shape, Type elementType,
                                 StringRef layout) {
  if (!elementType.isIntOrFloat())
    return emitError() << "a buffer holds integers or floats, got "
                       << elementType;
  for (int64_t size : shape)
    if (size < 0 && !ShapedType::isDynamic(size))
      return emitError() << "a dimension is at least 0, got " << size;
  return success();
}

bool BufferType::isStatic() const {
  return llvm::none_of(getShape(), ShapedType::isDynamic);
}

BufferType BufferType::withLayout(StringRef layout) const {
  return get(getShape(), getElementType(), layout);
}

BufferType BufferType::withShape(ArrayRef<int64_t> shape) const {
  return get(shape, getElementType(), getLayout());
}

int64_t BufferType::getElementBytes() const {
  return llvm::divideCeil(getElementType().getIntOrFloatBitWidth(), 8);
}

std::optional<int64_t> BufferType::getBytes() const {
  int64_t bytes = getElementBytes();
  for (int64_t size : getShape())
    if (ShapedType::isDynamic(size) ||
        __builtin_mul_overflow(bytes, size, &bytes))
      return std::nullopt;
  return bytes;
}

//===----------------------------------------------------------------------===//
// EpilogueAttr
//===----------------------------------------------------------------------===//

Attribute EpilogueAttr::parse(AsmParser &parser, Type) {
  std::string kind;
  int64_t operand = -1;
  double alpha = 0.0, beta = 0.0;
  if (parser.parseLess() || parser.parseKeywordOrString(&kind))
    return {};
  while (succeeded(parser.parseOptionalComma())) {
    StringRef name;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&name) || parser.parseEqual())
      return {};
    ParseResult result = failure();
    if (name == "operand")
      result = parser.parseInteger(operand);
    else if (name == "alpha")
      result = parser.parseFloat(alpha);
    else if (name == "beta")
      result = parser.parseFloat(beta);
    else
      parser.emitError(loc, "expected operand, alpha or beta, got ") << name;
    if (result)
      return {};
  }
  if (parser.parseGreater())
    return {};
  return EpilogueAttr::get(parser.getContext(), kind, operand, alpha, beta);
}

void EpilogueAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printer.printKeywordOrString(getKind());
  if (getOperand() >= 0)
    printer << ", operand = " << getOperand();
  auto printParameter = [&](StringRef name, const APFloat &value) {
    if (value.isPosZero())
      return;
    printer << ", " << name << " = ";
    printer.printFloat(value);
  };
  printParameter("alpha", getAlpha());
  printParameter("beta", getBeta());
  printer << '>';
}
