//===- ModelInputs.cpp - what is stated of a model's inputs ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/ModelInputs.h"

#include "compiler/Compilation.h"
#include "dialects/graph/GraphAttributes.h"
#include "passes/graph/GraphUtils.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace graft;
using namespace graft::graph;

static bool isLimited(const DimRange &dim) { return dim.max != kUnlimited; }

static std::string describe(ArrayRef<DimRange> dims) {
  std::string text = "[";
  for (auto [i, dim] : llvm::enumerate(dims)) {
    text += i ? ", " : "";
    if (!isLimited(dim) && dim.min == 0)
      text += "?";
    else
      text += std::to_string(dim.min);
    if (!dim.isFixed() && isLimited(dim))
      text += ".." + std::to_string(dim.max);
    else if (!isLimited(dim) && dim.min > 0)
      text += "..";
  }
  return text + "]";
}

/// Whether TensorFlow has such shapes: up to 254 dimensions, and less than 2^63
/// elements where the sizes are known.
static bool isPossible(ArrayRef<int64_t> shape) {
  int64_t elements = 1;
  for (int64_t size : shape)
    if (!ShapedType::isDynamic(size) && size != 0 &&
        llvm::MulOverflow(elements, size, elements))
      return false;
  return shape.size() <= 254;
}

/// Narrows the type of the fed tensor by `dims`.
static Status applyShape(Value tensor, StringRef name,
                         ArrayRef<DimRange> dims) {
  auto known = dyn_cast<RankedTensorType>(tensor.getType());
  SmallVector<int64_t> shape;
  bool fits = !known || known.getRank() == static_cast<int64_t>(dims.size());
  for (size_t d = 0; fits && d < dims.size(); ++d) {
    bool settled = known && !known.isDynamicDim(d);
    // "Any size" states nothing: the model's shape stays.
    bool isAny = !isLimited(dims[d]) && dims[d].min == 0;
    fits = !settled || isAny ||
           (dims[d].isFixed() && dims[d].min == known.getDimSize(d));
    shape.push_back(settled             ? known.getDimSize(d)
                    : dims[d].isFixed() ? dims[d].min
                                        : ShapedType::kDynamic);
  }
  if (!fits) {
    std::string type;
    llvm::raw_string_ostream(type) << known;
    return Status::usage("option 'shapes': input '" + name.str() + "' is " +
                         type + ", got " + describe(dims));
  }
  if (!isPossible(shape))
    return Status::usage("option 'shapes': input '" + name.str() +
                         "' must have up to 254 dimensions and less than 2^63 "
                         "elements, got " +
                         describe(dims));
  Type element = cast<TensorType>(tensor.getType()).getElementType();
  tensor.setType(RankedTensorType::get(shape, element));
  auto node = tensor.getDefiningOp<NodeOp>();
  if (node.is("Placeholder")) {
    for (int64_t &dim : shape)
      dim = ShapedType::isDynamic(dim) ? -1 : dim;
    NamedAttrList attrs(node.getAttrs());
    attrs.set("shape", ShapeAttr::get(node.getContext(), shape, true));
    attrs.erase("_output_shapes");
    node.setAttrsAttr(attrs.getDictionary(node.getContext()));
  }
  return Status();
}

namespace {
/// The names by which a user may mean a feed, the most particular first:
/// "SIGNATURE/INPUT", the feed's own, and INPUT, which every signature may
/// have.
class FeedNames {
public:
  explicit FeedNames(GraphOp graph) {
    for (auto feed : graph.getFeeds().getAsRange<PortAttr>())
      namesOf[feed.getName()] = {};
    qualified = graph->getAttrOfType<DictionaryAttr>(kSignatureInputsAttr);
    auto meanings =
        qualified ? qualified.getValue() : ArrayRef<NamedAttribute>();
    auto textOf = [](NamedAttribute entry, unsigned i) {
      return cast<StringAttr>(cast<ArrayAttr>(entry.getValue())[i]).getValue();
    };
    for (NamedAttribute entry : meanings)
      namesOf[textOf(entry, 0)].push_back(entry.getName().getValue());
    for (auto feed : graph.getFeeds().getAsRange<PortAttr>())
      namesOf[feed.getName()].push_back(feed.getName());
    for (NamedAttribute entry : meanings)
      namesOf[textOf(entry, 0)].push_back(textOf(entry, 1));
  }

  /// Each name once, feeds first.
  std::vector<std::string> list() const {
    llvm::SetVector<StringRef> names;
    for (const auto &[feed, all] : namesOf)
      names.insert(feed);
    for (const auto &[feed, all] : namesOf)
      names.insert(all.begin(), all.end());
    return {names.begin(), names.end()};
  }

  /// The dimensions that are stated for a feed, or null. Error: Usage, if two
  /// signatures share it, but the statements differ.
  Expected<const std::vector<DimRange> *> find(const ShapeMap &shapes,
                                               StringRef feed) const {
    const ShapeMap::value_type *chosen = nullptr;
    for (StringRef name : namesOf.lookup(feed)) {
      auto found = shapes.find(name.str());
      if (found == shapes.end() || (chosen && !isQualified(name)))
        continue;
      if (chosen && chosen->second != found->second)
        return Status::usage(
            "option 'shapes': '" + chosen->first + "' and '" + found->first +
            "' are one tensor and must have one shape, got " +
            describe(chosen->second) + " and " + describe(found->second));
      chosen = &*found;
    }
    return chosen ? &chosen->second : nullptr;
  }

private:
  bool isQualified(StringRef name) const {
    return qualified && qualified.contains(name);
  }

  DictionaryAttr qualified;
  llvm::MapVector<StringRef, SmallVector<StringRef>> namesOf;
};
} // namespace

std::set<std::string> graft::findSeparated(const SavedModel &model,
                                           const ShapeMap &shapes) {
  std::set<std::string> separated;
  if (shapes.empty())
    return separated;
  for (const Signature &signature : model.signatures()) {
    auto twin = model.twins().find(signature.name);
    if (twin == model.twins().end())
      continue;
    for (const SignatureTensor &input : signature.inputs) {
      auto find = [&](const std::string &owner) {
        auto stated = shapes.find(owner + "/" + input.name);
        return stated == shapes.end() ? shapes.find(input.name) : stated;
      };
      auto own = find(twin->first), other = find(twin->second);
      if ((own == shapes.end()) != (other == shapes.end()) ||
          (own != shapes.end() && own->second != other->second))
        separated.insert(twin->first);
    }
  }
  return separated;
}

Status graft::applyShapes(GraphOp graph, const ShapeMap &shapes) {
  if (shapes.empty())
    return Status();
  FeedNames known(graph);
  GRAFT_RETURN_IF_ERROR(checkInputNames(shapes, known.list(), "model"));
  NodeIndex nodes(*graph.getBlock());
  Builder builder(graph.getContext());
  NamedAttrList ranges;
  for (auto feed : graph.getFeeds().getAsRange<PortAttr>()) {
    StringRef name = feed.getName().getValue();
    Expected<const std::vector<DimRange> *> found = known.find(shapes, name);
    GRAFT_RETURN_IF_ERROR(found.status());
    const std::vector<DimRange> *wanted = *found;
    if (!wanted)
      continue;
    Value tensor = findTensor(nodes, feed);
    if (!tensor)
      return Status::failed("input '" + name.str() +
                            "' must be a tensor of the graph");
    GRAFT_RETURN_IF_ERROR(applyShape(tensor, name, *wanted));
    SmallVector<int64_t> limits;
    bool isStated = false; // beyond what the type says
    for (const DimRange &dim : *wanted) {
      limits.append({dim.min, isLimited(dim) ? dim.max : -1});
      isStated |= !dim.isFixed() && (dim.min > 0 || isLimited(dim));
    }
    if (isStated)
      ranges.set(name, builder.getDenseI64ArrayAttr(limits));
  }
  graph->setDiscardableAttr(kSizeRangesAttr,
                            ranges.getDictionary(graph.getContext()));
  return Status();
}

Status graft::settleSizes(GraphOp graph, const ModelSource &model) {
  // Before the work: what the arrays leave unknown may be all that fails then.
  for (const auto &[name, shape] : model.arrays)
    if (llvm::none_of(graph.getFeeds().getAsRange<PortAttr>(),
                      [&, &name = name](PortAttr feed) {
                        return feed.getName().getValue() == name;
                      }))
      return Status::usage("the engine has no input '" + name + "'");
  NodeIndex nodes(*graph.getBlock());
  auto stated = graph->getAttrOfType<DictionaryAttr>(kSizeRangesAttr);
  for (auto feed : graph.getFeeds().getAsRange<PortAttr>()) {
    auto array = model.arrays.find(feed.getName().str());
    Value tensor = findTensor(nodes, feed);
    if (array == model.arrays.end() || !tensor ||
        (stated && stated.contains(feed.getName().getValue())))
      continue;
    std::vector<DimRange> dims;
    for (int64_t size : array->second)
      dims.push_back({size, size});
    (void)applyShape(tensor, feed.getName(), dims);
  }
  return Status();
}

/// Makes TensorFlow refuse shapes that the user excluded: many SavedModels take
/// any sizes for their inputs, despite the types. `before`: the types of the
/// fed tensors without the user's shapes.
static void enforceShapes(GraphOp graph, NodeIndex &nodes,
                          const llvm::MapVector<Value, Type> &before) {
  OpBuilder builder(graph.getContext());
  for (auto [tensor, type] : before) {
    if (tensor.getType() == type || tensor.use_empty())
      continue;
    auto node = tensor.getDefiningOp<NodeOp>();
    auto known = cast<RankedTensorType>(tensor.getType());
    SmallVector<int64_t> dims(known.getShape());
    llvm::replace(dims, ShapedType::kDynamic, int64_t(-1));
    builder.setInsertionPointAfter(node);
    NamedAttrList attrs;
    attrs.set("T", TypeAttr::get(known.getElementType()));
    attrs.set("shape", ShapeAttr::get(graph.getContext(), dims, true));
    auto check = NodeOp::create(
        builder, node.getLoc(), TypeRange(known), "EnsureShape",
        ValueRange(tensor), ValueRange(),
        nodes.claim(node.getName() + "/ensure_shape", graph.getContext()),
        attrs.getDictionary(graph.getContext()), node.getDeviceAttr());
    tensor.replaceAllUsesExcept(check.getOutputs()[0], check);
  }
}

std::function<Status(Compilation &)> graft::stateShapes(ShapeMap shapes) {
  if (shapes.empty())
    return {};
  return [shapes = std::move(shapes)](Compilation &work) {
    GRAFT_RETURN_IF_ERROR(work.beginStep("shapes"));
    GraphOp graph = getMainGraph(work.getModule());
    NodeIndex nodes(*graph.getBlock());
    llvm::MapVector<Value, Type> before;
    for (auto feed : graph.getFeeds().getAsRange<PortAttr>())
      if (Value tensor = findTensor(nodes, feed))
        before[tensor] = tensor.getType();
    GRAFT_RETURN_IF_ERROR(applyShapes(graph, shapes));
    enforceShapes(graph, nodes, before);
    return Status();
  };
}

void graft::settleSwitches(Compilation &work, const ModelSource &model) {
  GraphOp graph = getMainGraph(work.getModule());
  if (!graph || !model.inputs.empty() || work.getFrontEnd().statesInputs)
    return;
  SmallVector<NodeOp> switches;
  for (NodeOp node : graph.getOps<NodeOp>())
    if (node.is("PlaceholderWithDefault") && node.getInputs().size() == 1 &&
        getElementTypeOrSelf(node.getOutputs()[0].getType()).isInteger(1))
      switches.push_back(node);
  if (switches.empty())
    return;
  DenseSet<StringAttr> names;
  for (NodeOp node : switches) {
    names.insert(node.getNameAttr());
    node.getOutputs()[0].replaceAllUsesWith(node.getInputs()[0]);
  }
  SmallVector<Attribute> feeds;
  for (auto feed : graph.getFeeds().getAsRange<PortAttr>())
    if (!names.contains(feed.getNode()))
      feeds.push_back(feed);
  graph.setFeedsAttr(ArrayAttr::get(graph.getContext(), feeds));
}
