//===- PartialValues.cpp - what is known of small integer tensors ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/graph/PartialValues.h"

#include "passes/graph/GraphUtils.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringMap.h"

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

//===----------------------------------------------------------------------===//
// One rule for each operator
//===----------------------------------------------------------------------===//

/// A node and what is known of its operands.
struct Operands {
  NodeOp node;
  const PartialValues &values;

  size_t size() const { return NodeOp(node).getInputs().size(); }
  const PartialValue *known(size_t index) const {
    return index < size() ? values.lookup(NodeOp(node).getInputs()[index])
                          : nullptr;
  }
  /// The only element of an operand.
  Element element(size_t index) const {
    const PartialValue *value = known(index);
    return value && value->elements.size() == 1 ? value->elements[0]
                                                : Element();
  }
  Type type(size_t index) const {
    return index < size() ? NodeOp(node).getInputs()[index].getType() : Type();
  }
};

/// Null where nothing is known, not even the size.
using Rule = Maybe (*)(Operands);

Element multiply(Element a, Element b) {
  int64_t result;
  if (a == 0 || b == 0)
    return 0;
  return a && b && !__builtin_mul_overflow(*a, *b, &result) ? Element(result)
                                                            : Element();
}
Element add(Element a, Element b) {
  int64_t result;
  return a && b && !__builtin_add_overflow(*a, *b, &result) ? Element(result)
                                                            : Element();
}
Element subtract(Element a, Element b) {
  int64_t result;
  return a && b && !__builtin_sub_overflow(*a, *b, &result) ? Element(result)
                                                            : Element();
}
Element maximum(Element a, Element b) {
  return a && b ? Element(std::max(*a, *b)) : Element();
}
Element minimum(Element a, Element b) {
  return a && b ? Element(std::min(*a, *b)) : Element();
}
/// Sizes are not negative, and that is where all divisions agree.
Element divide(Element a, Element b) {
  return a && b && *a >= 0 && *b > 0 ? Element(*a / *b) : Element();
}
Element remainder(Element a, Element b) {
  return a && b && *a >= 0 && *b > 0 ? Element(*a % *b) : Element();
}

/// Element by element, a scalar or a single element with all.
template <Element (*compute)(Element, Element)>
Maybe combine(Operands operands) {
  const PartialValue *a = operands.known(0), *b = operands.known(1);
  if (!a || !b || operands.size() != 2)
    return std::nullopt;
  size_t left = a->elements.size(), right = b->elements.size();
  size_t size = left == 1 ? right : left;
  if (right != size && right != 1)
    return std::nullopt;
  PartialValue value;
  value.isScalar = a->isScalar && b->isScalar;
  for (size_t i = 0; i < size; ++i)
    value.elements.push_back(compute(a->elements[left == 1 ? 0 : i],
                                     b->elements[right == 1 ? 0 : i]));
  return value;
}

Maybe negate(Operands operands) {
  const PartialValue *input = operands.known(0);
  if (!input)
    return std::nullopt;
  PartialValue value = *input;
  for (Element &element : value.elements)
    element = subtract(0, element);
  return value;
}

Maybe constant(Operands operands) {
  return fromConstant(operands.node.getConstantValue());
}

Maybe shape(Operands operands) {
  auto type = dyn_cast_or_null<RankedTensorType>(operands.type(0));
  if (!type || type.getRank() > maxElements)
    return std::nullopt;
  PartialValue value;
  for (int64_t size : type.getShape())
    value.elements.push_back(ShapedType::isDynamic(size) ? Element() : size);
  return value;
}

Maybe rank(Operands operands) {
  auto type = dyn_cast_or_null<RankedTensorType>(operands.type(0));
  return type ? Maybe(scalar(type.getRank())) : std::nullopt;
}

Maybe size(Operands operands) {
  Maybe sizes = shape(operands);
  return sizes ? Maybe(scalar(product(sizes->elements))) : std::nullopt;
}

Maybe pack(Operands operands) {
  PartialValue value;
  if (operands.size() > static_cast<size_t>(maxElements) ||
      operands.node.getIntAttr("axis", 0) != 0)
    return std::nullopt;
  for (size_t i = 0; i < operands.size(); ++i) {
    auto type = dyn_cast<RankedTensorType>(operands.type(i));
    const PartialValue *part = operands.known(i);
    if (part ? !part->isScalar : !type || type.getRank() != 0)
      return std::nullopt;
    value.elements.push_back(operands.element(i));
  }
  return value;
}

/// Of vectors; a vector of which only the size is known has unknown elements.
Maybe concat(Operands operands) {
  PartialValue value;
  for (size_t i = 0; i + 1 < operands.size(); ++i) {
    const PartialValue *part = operands.known(i);
    auto type = dyn_cast<RankedTensorType>(operands.type(i));
    bool isVector = part ? !part->isScalar
                         : type && type.getRank() == 1 && !type.isDynamicDim(0);
    if (!isVector)
      return std::nullopt;
    int64_t size = part ? int64_t(part->elements.size()) : type.getDimSize(0);
    if (size > maxElements - int64_t(value.elements.size()))
      return std::nullopt;
    if (part)
      llvm::append_range(value.elements, part->elements);
    else
      value.elements.append(size, Element());
  }
  return value;
}

/// One element or a range of a vector.
Maybe stridedSlice(Operands operands) {
  NodeOp node = operands.node;
  const PartialValue *input = operands.known(0);
  Element begin = operands.element(1), end = operands.element(2),
          stride = operands.element(3);
  if (!input || input->isScalar || node.getIntAttr("ellipsis_mask", 0) != 0 ||
      node.getIntAttr("new_axis_mask", 0) != 0 || !stride || *stride == 0)
    return std::nullopt;
  int64_t size = input->elements.size();
  auto wrap = [&](int64_t index) { return index < 0 ? index + size : index; };
  if (node.getIntAttr("shrink_axis_mask", 0) & 1) {
    if (!begin || wrap(*begin) < 0 || wrap(*begin) >= size)
      return std::nullopt;
    return scalar(input->elements[wrap(*begin)]);
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
    value.elements.push_back(input->elements[i]);
  return value;
}

/// Elements of a vector; one out of bounds is unknown, the graph fails there.
Maybe gather(Operands operands) {
  const PartialValue *input = operands.known(0), *indices = operands.known(1);
  if (!input || input->isScalar || !indices ||
      operands.node.getIntAttr("batch_dims", 0) != 0)
    return std::nullopt;
  PartialValue value;
  value.isScalar = indices->isScalar;
  for (Element index : indices->elements) {
    bool inBounds = index && *index >= 0 &&
                    *index < static_cast<int64_t>(input->elements.size());
    value.elements.push_back(inBounds ? input->elements[*index] : Element());
  }
  return value;
}

/// Of a vector over its only dimension; over none it stays what it is.
Maybe reduceProduct(Operands operands) {
  const PartialValue *input = operands.known(0), *axes = operands.known(1);
  if (!input || !axes || (!axes->elements.empty() && input->isScalar))
    return std::nullopt;
  if (axes->elements.empty())
    return *input;
  if (axes->elements.size() != 1 ||
      (axes->elements[0] != 0 && axes->elements[0] != -1))
    return std::nullopt;
  PartialValue value = scalar(product(input->elements));
  value.isScalar = !operands.node.getBoolAttr("keep_dims", false);
  return value;
}

Maybe passOn(Operands operands) {
  const PartialValue *input = operands.known(0);
  return input ? Maybe(*input) : std::nullopt;
}

Maybe expandDims(Operands operands) {
  const PartialValue *input = operands.known(0);
  if (!input || !input->isScalar)
    return std::nullopt;
  PartialValue value = *input;
  value.isScalar = false;
  return value;
}

Maybe squeeze(Operands operands) {
  const PartialValue *input = operands.known(0);
  if (!input || input->elements.size() != 1)
    return std::nullopt;
  return scalar(input->elements[0]);
}

/// To a scalar, or to the vector of the same elements.
Maybe reshape(Operands operands) {
  const PartialValue *input = operands.known(0), *sizes = operands.known(1);
  if (!input || !sizes || sizes->isScalar || sizes->elements.size() > 1)
    return std::nullopt;
  if (sizes->elements.empty())
    return squeeze(operands);
  Element size = sizes->elements[0];
  if (size && *size != -1 &&
      *size != static_cast<int64_t>(input->elements.size()))
    return std::nullopt;
  PartialValue value = *input;
  value.isScalar = false;
  return value;
}

/// Every operator of which something is known. The arithmetic of an operator
/// that is missing here is unknown, and so is the size of its result.
const llvm::StringMap<Rule> &rules() {
  static const llvm::StringMap<Rule> table = {
      {"Add", combine<add>},
      {"AddV2", combine<add>},
      {"Cast", passOn},
      {"ConcatV2", concat},
      {"Const", constant},
      {"Div", combine<divide>},
      {"ExpandDims", expandDims},
      {"FloorDiv", combine<divide>},
      {"FloorMod", combine<remainder>},
      {"GatherV2", gather},
      {"Identity", passOn},
      {"Maximum", combine<maximum>},
      {"Minimum", combine<minimum>},
      {"Mod", combine<remainder>},
      {"Mul", combine<multiply>},
      {"Neg", negate},
      {"Pack", pack},
      {"PreventGradient", passOn},
      {"Prod", reduceProduct},
      {"Rank", rank},
      {"Reshape", reshape},
      {"Shape", shape},
      {"Size", size},
      {"Snapshot", passOn},
      {"Squeeze", squeeze},
      {"StopGradient", passOn},
      {"StridedSlice", stridedSlice},
      {"Sub", combine<subtract>},
      {"TruncateDiv", combine<divide>},
      {"TruncateMod", combine<remainder>},
  };
  return table;
}

} // namespace

//===----------------------------------------------------------------------===//
// Learning
//===----------------------------------------------------------------------===//

bool PartialValues::set(Value value, PartialValue known) {
  // What does not fit in 32 bits wraps around in TensorFlow; nobody means that.
  if (getElementTypeOrSelf(value.getType()).isInteger(32))
    for (Element &element : known.elements)
      if (element && !llvm::isInt<32>(*element))
        element.reset();
  auto [entry, isNew] = values.try_emplace(value, known);
  if (!isNew && entry->second == known)
    return false;
  entry->second = std::move(known);
  return true;
}

bool PartialValues::learn(NodeOp node) {
  if (node.getOutputs().size() != 1)
    return false;
  auto rule = rules().find(node.getOp());
  Value output = node.getOutputs()[0];
  if (rule == rules().end() || !isShapeInteger(output.getType()))
    return false;
  Maybe known = rule->second({node, *this});
  return known && set(output, std::move(*known));
}

bool PartialValues::learn(Value value, ElementsAttr constant) {
  Maybe known = fromConstant(constant);
  return known && isShapeInteger(value.getType()) &&
         set(value, std::move(*known));
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
