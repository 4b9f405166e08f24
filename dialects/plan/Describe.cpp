//===- Describe.cpp - between launches and runtime descriptions -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "dialects/plan/Describe.h"

#include "dialects/nn/Describe.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace graft;
using namespace graft::plan;

std::optional<ops::TensorType> graft::plan::toTensorType(BufferType type) {
  std::optional<ops::DType> dtype = nn::toDType(type.getElementType());
  if (!dtype)
    return std::nullopt;
  ops::TensorType result{*dtype, {}};
  for (int64_t size : type.getShape())
    result.shape.push_back(ShapedType::isDynamic(size) ? ops::kDynamic : size);
  return result;
}

static ops::AttributeValue toValue(Attribute value) {
  if (auto integer = dyn_cast<IntegerAttr>(value))
    return integer.getValue().getSExtValue();
  if (auto number = dyn_cast<FloatAttr>(value))
    return number.getValueAsDouble();
  if (auto text = dyn_cast<StringAttr>(value))
    return text.getValue().str();
  if (auto integers = dyn_cast<DenseI64ArrayAttr>(value))
    return std::vector<int64_t>(integers.asArrayRef());
  return std::vector<double>(cast<DenseF64ArrayAttr>(value).asArrayRef());
}

ops::OpDesc graft::plan::describe(LaunchOp launch) {
  ops::OpDesc desc;
  desc.kind = launch.getKind().str();
  for (NamedAttribute setting : launch.getSettings())
    desc.attributes.set(setting.getName().str(), toValue(setting.getValue()));
  for (auto step : launch.getEpilogues().getAsRange<EpilogueAttr>())
    desc.epilogues.push_back(
        {step.getKind().str(), static_cast<int32_t>(step.getOperand()),
         step.getAlpha().convertToDouble(), step.getBeta().convertToDouble()});
  return desc;
}

namespace {
struct ToAttribute {
  Builder &builder;
  Attribute operator()(int64_t value) {
    return builder.getI64IntegerAttr(value);
  }
  Attribute operator()(double value) { return builder.getF64FloatAttr(value); }
  Attribute operator()(const std::string &value) {
    return builder.getStringAttr(value);
  }
  Attribute operator()(const std::vector<int64_t> &value) {
    return builder.getDenseI64ArrayAttr(value);
  }
  Attribute operator()(const std::vector<double> &value) {
    return builder.getDenseF64ArrayAttr(value);
  }
};
} // namespace

DictionaryAttr graft::plan::toSettings(MLIRContext *context,
                                       const ops::OpDesc &desc) {
  Builder builder(context);
  SmallVector<NamedAttribute> settings;
  for (const auto &[name, value] : desc.attributes)
    settings.push_back(
        builder.getNamedAttr(name, std::visit(ToAttribute{builder}, value)));
  return builder.getDictionaryAttr(settings);
}

ArrayAttr graft::plan::toEpilogues(MLIRContext *context,
                                   const ops::OpDesc &desc) {
  SmallVector<Attribute> steps;
  for (const ops::Epilogue &step : desc.epilogues)
    steps.push_back(EpilogueAttr::get(context, step.kind, step.operand,
                                      step.alpha, step.beta));
  return ArrayAttr::get(context, steps);
}

SmallVector<std::string> graft::plan::collectNodes(Location location) {
  // A worklist from the back keeps the order of fused locations.
  llvm::SmallSetVector<StringRef, 4> names;
  SmallVector<LocationAttr> worklist{location};
  while (!worklist.empty()) {
    LocationAttr next = worklist.pop_back_val();
    if (auto name = dyn_cast<NameLoc>(next))
      names.insert(name.getName().getValue());
    else if (auto fused = dyn_cast<FusedLoc>(next))
      for (Location part : llvm::reverse(fused.getLocations()))
        worklist.push_back(part);
    else if (auto call = dyn_cast<CallSiteLoc>(next)) {
      worklist.push_back(call.getCaller());
      worklist.push_back(call.getCallee());
    }
  }
  SmallVector<std::string> nodes;
  for (StringRef name : names)
    nodes.push_back(name.str());
  return nodes;
}
