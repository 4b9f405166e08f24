//===- NNDialect.cpp - registration of the `nn` dialect -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registers operations and attributes, prints and parses epilogues, and checks
// the attributes that the dialect hangs on functions.
//===----------------------------------------------------------------------===//
#include "dialects/nn/NN.h"
#include "dialects/nn/PortAttributes.h"
#include "dialects/nn/reference/Folding.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace graft::nn;

#include "dialects/nn/NNDialect.cpp.inc"
#include "dialects/nn/NNInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/nn/NNAttrs.cpp.inc"

void NNDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/nn/NNAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/nn/NNOps.cpp.inc"
      >();
  addInterface(createConstantFolder(this));
}

Operation *NNDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                          Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return nullptr;
  return ConstantOp::create(builder, loc, elements);
}

//===----------------------------------------------------------------------===//
// Attributes of functions
//===----------------------------------------------------------------------===//

static LogicalResult verifyPortName(Operation *op, NamedAttribute attribute) {
  if (attribute.getName() != kPortNameAttr)
    return op->emitOpError()
           << "attribute of the nn dialect on a port must be '" << kPortNameAttr
           << "', got '" << attribute.getName().getValue() << "'";
  if (!isa<StringAttr>(attribute.getValue()))
    return op->emitOpError()
           << "'" << kPortNameAttr << "' must be a string, got "
           << attribute.getValue();
  return success();
}

LogicalResult NNDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                  unsigned,
                                                  NamedAttribute attribute) {
  if (attribute.getName() == kPortDefaultAttr) {
    if (isa<ElementsAttr>(attribute.getValue()))
      return success();
    return op->emitOpError()
           << "'" << kPortDefaultAttr << "' must be elements, got "
           << attribute.getValue();
  }
  if (attribute.getName() != kPortSizesAttr)
    return verifyPortName(op, attribute);
  if (isa<DenseI64ArrayAttr>(attribute.getValue()))
    return success();
  return op->emitOpError() << "'" << kPortSizesAttr
                           << "' must be an array of i64, got "
                           << attribute.getValue();
}

LogicalResult NNDialect::verifyRegionResultAttribute(Operation *op, unsigned,
                                                     unsigned,
                                                     NamedAttribute attribute) {
  return verifyPortName(op, attribute);
}

//===----------------------------------------------------------------------===//
// Epilogues
//===----------------------------------------------------------------------===//

EpilogueAttr EpilogueAttr::get(MLIRContext *context, StringRef kind,
                               int32_t operand, double alpha, double beta) {
  Builder builder(context);
  return get(context, builder.getStringAttr(kind), operand,
             builder.getF64FloatAttr(alpha), builder.getF64FloatAttr(beta));
}

Attribute EpilogueAttr::parse(AsmParser &parser, Type) {
  std::string kind;
  int32_t operand = -1;
  double alpha = 0.0;
  double beta = 0.0;
  if (parser.parseLess() || parser.parseString(&kind))
    return {};
  while (succeeded(parser.parseOptionalComma())) {
    SMLoc at = parser.getCurrentLocation();
    StringRef key;
    if (parser.parseKeyword(&key) || parser.parseEqual())
      return {};
    ParseResult value = success();
    if (key == "operand")
      value = parser.parseInteger(operand);
    else if (key == "alpha")
      value = parser.parseFloat(alpha);
    else if (key == "beta")
      value = parser.parseFloat(beta);
    else
      value = parser.emitError(
          at, "expected 'operand', 'alpha' or 'beta', got '" + key + "'");
    if (failed(value))
      return {};
  }
  if (parser.parseGreater())
    return {};
  return get(parser.getContext(), kind, operand, alpha, beta);
}

void EpilogueAttr::print(AsmPrinter &printer) const {
  printer << "<\"";
  llvm::printEscapedString(getKind(), printer.getStream());
  printer << '"';
  if (hasOperand())
    printer << ", operand = " << getOperand();
  // Zeros are the default; the sign of a zero is kept.
  auto print = [&](StringRef key, FloatAttr value) {
    if (value.getValue().isPosZero())
      return;
    printer << ", " << key << " = ";
    printer.printFloat(value.getValue());
  };
  print("alpha", getAlphaAttr());
  print("beta", getBetaAttr());
  printer << '>';
}
