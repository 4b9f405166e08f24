//===- PartialValues.cpp - what is known of small integer tensors ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/graph/PartialValues.h"

#include "passes/graph/GraphUtils.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace graft::graph {
namespace {

/// Longer vectors are no shapes.
constexpr int64_t maxElements = 64;

using Element = std::optional<int64_t>;
using Maybe = std::optional<PartialValue>;

bool isShapeInteger(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isSignlessInteger(32) || element.isSignlessInteger(64);
}

Maybe fromConstant(ElementsAttr constant) {
  auto dense = dyn_cast_or_null<DenseIntElementsAttr>(constant);
  if (!dense || !isShapeInteger(dense.getType()) ||
      dense.getType().getRank() > 1 || dense.getNumElements() > maxElements)
    return std::nullopt;
  PartialValue value;
  value.isScalar = dense.getType().getRank() == 0;
  for (const APInt &element : dense.getValues<APInt>())
    value.elements.push_back(element.getSExtValue());
  return value;
}

Maybe shapeOf(Value input) {
  auto type = dyn_cast<RankedTensorType>(input.getType());
  if (!type || type.getRank() > maxElements)
    return std::nullopt;
  PartialValue value;
  for (int64_t size : type.getShape())
    value.elements.push_back(ShapedType::isDynamic(size) ? Element() : size);
  return value;
}

PartialValue scalar(Element element) {
  PartialValue value;
  value.isScalar = true;
  value.elements.push_back(element);
  return value;
}

/// The number of elements, if every size is known and the product fits.
Element product(ArrayRef<Element> sizes) {
  int64_t result = 1;
  for (Element size : sizes)
    if (!size || __builtin_mul_overflow(result, *size, &result))
      return std::nullopt;
  return result;
}

Element apply(StringRef op, Element a, Element b) {
  if (op == "Mul" && (a == 0 || b == 0))
    return 0;
  if (!a || !b)
    return std::nullopt;
  int64_t result;
  if (op == "Mul")
    return __builtin_mul_overflow(*a, *b, &result) ? Element() : result;
  if (op == "Add" || op == "AddV2")
    return __builtin_add_overflow(*a, *b, &result) ? Element() : result;
  if (op == "Sub")
    return __builtin_sub_overflow(*a, *b, &result) ? Element() : result;
  if (op == "Maximum")
    return std::max(*a, *b);
  if (op == "Minimum")
    return std::min(*a, *b);
  // Sizes are not negative, and that is where all divisions agree.
  if ((op == "FloorDiv" || op == "Div") && *a >= 0 && *b > 0)
    return *a / *b;
  return std::nullopt;
}

/// Element by element, a scalar or a single element with all.
Maybe combine(StringRef op, const PartialValue &a, const PartialValue &b) {
  size_t size = std::max(a.elements.size(), b.elements.size());
  if ((a.elements.size() != size && a.elements.size() != 1) ||
      (b.elements.size() != size && b.elements.size() != 1))
    return std::nullopt;
  PartialValue value;
  value.isScalar = a.isScalar && b.isScalar;
  for (size_t i = 0; i < size; ++i)
    value.elements.push_back(apply(op,
                                   a.elements[a.elements.size() == 1 ? 0 : i],
                                   b.elements[b.elements.size() == 1 ? 0 : i]));
  return value;
}

/// One element or a range of a vector.
Maybe stridedSlice(NodeOp node, const PartialValue &input, Element begin,
                   Element end, Element stride) {
  int64_t size = input.elements.size();
  if (input.isScalar || node.getIntAttr("ellipsis_mask", 0) != 0 ||
      node.getIntAttr("new_axis_mask", 0) != 0 || !stride || *stride == 0)
    return std::nullopt;
  auto wrap = [&](int64_t index) { return index < 0 ? index + size : index; };
  if (node.getIntAttr("shrink_axis_mask", 0) & 1) {
    if (!begin || wrap(*begin) < 0 || wrap(*begin) >= size)
      return std::nullopt;
    return scalar(input.elements[wrap(*begin)]);
  }
  bool forward = *stride > 0;
  int64_t lowest = forward ? 0 : -1, highest = forward ? size : size - 1;
  auto clamp = [&](int64_t index) {
    return std::clamp(wrap(index), lowest, highest);
  };
  bool fromStart = node.getIntAttr("begin_mask", 0) & 1;
  bool toEnd = node.getIntAttr("end_mask", 0) & 1;
  if ((!fromStart && !begin) || (!toEnd && !end))
    return std::nullopt;
  int64_t from = fromStart ? (forward ? lowest : highest) : clamp(*begin);
  int64_t to = toEnd ? (forward ? highest : lowest) : clamp(*end);
  PartialValue value;
  // The step cannot overflow: indices are small, and a large step ends the
  // loop.
  int64_t step =
      std::clamp<int64_t>(*stride, -maxElements - 1, maxElements + 1);
  for (int64_t i = from; forward ? i < to : i > to; i += step)
    value.elements.push_back(input.elements[i]);
  return value;
}

} // namespace

std::optional<PartialValue> PartialValues::compute(NodeOp node) const {
  auto known = [&](unsigned index) -> const PartialValue * {
    return index < node.getInputs().size() ? lookup(node.getInputs()[index])
                                           : nullptr;
  };
  auto element = [&](unsigned index) -> Element {
    const PartialValue *value = known(index);
    return value && value->elements.size() == 1 ? value->elements[0]
                                                : Element();
  };
  if (node.is("Const"))
    return fromConstant(node.getConstantValue());
  if (node.getInputs().empty())
    return std::nullopt;
  if (node.is("Shape"))
    return shapeOf(node.getInputs()[0]);
  if (node.is("Rank")) {
    auto type = dyn_cast<RankedTensorType>(node.getInputs()[0].getType());
    return type ? Maybe(scalar(type.getRank())) : std::nullopt;
  }
  if (node.is("Size")) {
    Maybe shape = shapeOf(node.getInputs()[0]);
    return shape ? Maybe(scalar(product(shape->elements))) : std::nullopt;
  }
  if (node.is("Pack") && node.getIntAttr("axis", 0) == 0) {
    PartialValue value;
    if (node.getInputs().size() > static_cast<size_t>(maxElements))
      return std::nullopt;
    for (auto [index, input] : llvm::enumerate(node.getInputs())) {
      auto type = dyn_cast<RankedTensorType>(input.getType());
      const PartialValue *part = known(index);
      if ((!part || !part->isScalar) && (!type || type.getRank() != 0))
        return std::nullopt;
      value.elements.push_back(element(index));
    }
    return value;
  }
  if (node.is("ConcatV2")) {
    PartialValue value;
    for (unsigned i = 0; i + 1 < node.getInputs().size(); ++i) {
      const PartialValue *part = known(i);
      if (!part || part->isScalar ||
          value.elements.size() + part->elements.size() > maxElements)
        return std::nullopt;
      llvm::append_range(value.elements, part->elements);
    }
    return value;
  }
  const PartialValue *input = known(0);
  if (!input)
    return std::nullopt;
  if (node.is("StridedSlice"))
    return stridedSlice(node, *input, element(1), element(2), element(3));
  if (node.is("GatherV2") && known(1) &&
      node.getIntAttr("batch_dims", 0) == 0 && !input->isScalar) {
    PartialValue value;
    value.isScalar = known(1)->isScalar;
    for (Element index : known(1)->elements) {
      bool inBounds = index && *index >= 0 &&
                      *index < static_cast<int64_t>(input->elements.size());
      value.elements.push_back(inBounds ? input->elements[*index] : Element());
    }
    return value;
  }
  if (node.is("Prod") && !input->isScalar &&
      !node.getBoolAttr("keep_dims", false))
    return scalar(product(input->elements));
  if (node.is("Cast") || node.is("Snapshot") || node.is("Identity") ||
      node.is("StopGradient"))
    return *input;
  if (node.is("ExpandDims") && input->isScalar) {
    PartialValue value = *input;
    value.isScalar = false;
    return value;
  }
  if (node.is("Squeeze") && input->elements.size() == 1)
    return scalar(input->elements[0]);
  if (node.is("Reshape") && known(1) && !known(1)->isScalar) {
    // To a scalar, or to the vector of the same elements.
    if (known(1)->elements.empty() && input->elements.size() == 1)
      return scalar(input->elements[0]);
    if (known(1)->elements.size() != 1)
      return std::nullopt;
    PartialValue value = *input;
    value.isScalar = false;
    return value;
  }
  if (known(1) && node.getInputs().size() == 2)
    return combine(node.getOp(), *input, *known(1));
  return std::nullopt;
}

void PartialValues::learn(NodeOp node) {
  if (node.getOutputs().size() != 1)
    return;
  Value output = node.getOutputs()[0];
  if (!isShapeInteger(output.getType()))
    return;
  std::optional<PartialValue> value = compute(node);
  if (!value)
    return;
  // What does not fit in 32 bits wraps around in TensorFlow; nobody means that.
  if (getElementTypeOrSelf(output.getType()).isInteger(32))
    for (std::optional<int64_t> &element : value->elements)
      if (element && !llvm::isInt<32>(*element))
        element.reset();
  values[output] = std::move(*value);
}

DenseElementsAttr toConstant(const PartialValue &value, Type element) {
  SmallVector<int64_t> shape;
  if (!value.isScalar)
    shape.push_back(value.elements.size());
  unsigned width = element.getIntOrFloatBitWidth();
  SmallVector<APInt> elements;
  for (std::optional<int64_t> each : value.elements) {
    if (!each || !llvm::isIntN(width, *each))
      return {};
    elements.emplace_back(width, *each, /*isSigned=*/true);
  }
  return DenseElementsAttr::get(RankedTensorType::get(shape, element),
                                elements);
}

} // namespace graft::graph
