//===- Describe.cpp - from `nn` operations to runtime descriptions --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Translates types and attributes. Two things differ between the sides: an
// optional bias is an attribute there, and epilogues count all inputs there but
// only the epilogues' operands here.
//===----------------------------------------------------------------------===//
#include "dialects/nn/Describe.h"

#include "dialects/nn/NN.h"

using namespace mlir;
using namespace graft;
using namespace graft::nn;

std::optional<ops::DType> nn::toDType(Type type) {
  if (type.isF32())
    return ops::DType::F32;
  if (type.isF64())
    return ops::DType::F64;
  if (type.isF16())
    return ops::DType::F16;
  if (type.isBF16())
    return ops::DType::BF16;
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer)
    return std::nullopt;
  bool isUnsigned = integer.isUnsigned();
  switch (integer.getWidth()) {
  case 1:
    return ops::DType::Bool;
  case 8:
    return isUnsigned ? ops::DType::U8 : ops::DType::I8;
  case 16:
    return isUnsigned ? ops::DType::U16 : ops::DType::I16;
  case 32:
    return isUnsigned ? ops::DType::U32 : ops::DType::I32;
  case 64:
    return isUnsigned ? ops::DType::U64 : ops::DType::I64;
  default:
    return std::nullopt;
  }
}

Type nn::toElementType(MLIRContext *context, ops::DType dtype) {
  Builder builder(context);
  switch (dtype) {
  case ops::DType::F32:
    return builder.getF32Type();
  case ops::DType::F64:
    return builder.getF64Type();
  case ops::DType::F16:
    return builder.getF16Type();
  case ops::DType::BF16:
    return builder.getBF16Type();
  case ops::DType::I8:
  case ops::DType::I16:
  case ops::DType::I32:
  case ops::DType::I64:
    return builder.getIntegerType(8 * ops::sizeOf(dtype));
  case ops::DType::U8:
  case ops::DType::U16:
  case ops::DType::U32:
  case ops::DType::U64:
    return builder.getIntegerType(8 * ops::sizeOf(dtype), /*isSigned=*/false);
  case ops::DType::Bool:
    break;
  }
  return builder.getI1Type();
}

std::optional<ops::TensorType> nn::toTensorType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return std::nullopt;
  std::optional<ops::DType> dtype = toDType(tensor.getElementType());
  if (!dtype)
    return std::nullopt;
  ops::TensorType result{*dtype, {}};
  for (int64_t size : tensor.getShape())
    result.shape.push_back(ShapedType::isDynamic(size) ? ops::kDynamic : size);
  return result;
}

RankedTensorType nn::toMlirType(MLIRContext *context,
                                const ops::TensorType &type) {
  SmallVector<int64_t> shape;
  for (int64_t size : type.shape)
    shape.push_back(size == ops::kDynamic ? ShapedType::kDynamic : size);
  return RankedTensorType::get(shape, toElementType(context, type.dtype));
}

static std::optional<ops::AttributeValue> toAttributeValue(Attribute value) {
  if (auto boolean = dyn_cast<BoolAttr>(value))
    return int64_t(boolean.getValue());
  if (auto integer = dyn_cast<IntegerAttr>(value))
    return integer.getValue().getSExtValue();
  if (auto number = dyn_cast<FloatAttr>(value))
    return number.getValueAsDouble();
  if (auto text = dyn_cast<StringAttr>(value))
    return text.getValue().str();
  if (auto integers = dyn_cast<DenseI64ArrayAttr>(value))
    return std::vector<int64_t>(integers.asArrayRef());
  if (auto numbers = dyn_cast<DenseF64ArrayAttr>(value))
    return std::vector<double>(numbers.asArrayRef());
  return std::nullopt;
}

ops::OpDesc nn::describe(StringRef name, DictionaryAttr attributes,
                         size_t numOperands) {
  ops::OpDesc desc;
  desc.kind = name.split('.').second.str();
  for (NamedAttribute attribute : attributes) {
    StringRef key = attribute.getName().strref();
    if (key == "operandSegmentSizes") {
      // Only heavy operations have segments: two operands, bias, epilogues.
      auto sizes = dyn_cast<DenseI32ArrayAttr>(attribute.getValue());
      if (sizes && sizes.size() == 4)
        desc.attributes.set("has_bias", int64_t(sizes[2]));
      continue;
    }
    // What other dialects hang on an operation does not change its meaning.
    if (key.contains('.'))
      continue;
    if (auto value = toAttributeValue(attribute.getValue()))
      desc.attributes.set(key.str(), std::move(*value));
  }
  auto epilogues = attributes.getAs<ArrayAttr>("epilogues");
  if (!epilogues)
    return desc;
  // Operands of epilogues come last, and each is read by one.
  int32_t last = -1;
  for (auto epilogue : epilogues.getAsRange<EpilogueAttr>())
    last = std::max(last, epilogue.getOperand());
  size_t first = numOperands - std::min(numOperands, size_t(int64_t(last) + 1));
  for (auto epilogue : epilogues.getAsRange<EpilogueAttr>()) {
    int32_t operand = epilogue.getOperand();
    desc.epilogues.push_back(
        {epilogue.getKind().str(),
         operand < 0 ? -1 : static_cast<int32_t>(first) + operand,
         epilogue.getAlpha(), epilogue.getBeta()});
  }
  return desc;
}

ops::OpDesc nn::describe(Operation *op) {
  return describe(op->getName().getStringRef(), op->getAttrDictionary(),
                  op->getNumOperands());
}
