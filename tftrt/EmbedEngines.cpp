//===- EmbedEngines.cpp - segments become engine nodes --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The names are TF-TRT's to the letter: its users' scripts look for them, and
// TensorFlow 2.17 still validates them.
//===----------------------------------------------------------------------===//
#include "tftrt/EmbedEngines.h"

#include "dialects/graph/TensorData.h"
#include "passes/graph/GraphUtils.h"
#include "passes/graph/SegmentBuilder.h"
#include "passes/nn/LayerPrecisions.h"
#include "tftrt/EngineNodes.h"
#include "tftrt/Names.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace graft;
using namespace graft::graph;

/// The shapes of the values as a list attribute.
static ListAttr shapesOf(MLIRContext *context, ValueRange values) {
  SmallVector<Attribute> shapes;
  for (Type type : values.getTypes()) {
    auto ranked = dyn_cast<RankedTensorType>(type);
    SmallVector<int64_t> dims;
    if (ranked)
      for (int64_t dim : ranked.getShape())
        dims.push_back(ShapedType::isDynamic(dim) ? -1 : dim);
    shapes.push_back(ShapeAttr::get(context, dims, ranked != nullptr));
  }
  return ListAttr::get(
      context, shapes.empty() ? ListKind::None : ListKind::Shape, shapes);
}

static ListAttr typesOf(MLIRContext *context, ValueRange values) {
  SmallVector<Attribute> types;
  for (Type type : values.getTypes())
    types.push_back(TypeAttr::get(cast<TensorType>(type).getElementType()));
  return ListAttr::get(context, types.empty() ? ListKind::None : ListKind::Type,
                       types);
}

//===----------------------------------------------------------------------===//
// Engines
//===----------------------------------------------------------------------===//

/// A name that no symbol of the module has.
static std::string uniqueSymbol(const SymbolTable &symbols,
                                const std::string &wanted) {
  std::string name = wanted;
  for (unsigned suffix = 1; symbols.lookup(name); ++suffix)
    name = wanted + "_" + std::to_string(suffix);
  return name;
}

/// The segment's body as a function of the library, at the end of the module.
static FuncOp outlineNative(OpBuilder &builder, SegmentOp segment,
                            StringRef name) {
  // TensorFlow optimises a function so marked when it is called, which this one
  // hardly ever is, and not whenever the graph around it is loaded. So engines
  // can be built from it at run time, too: from nodes that are not yet merged.
  NamedAttribute optimizedOnCall =
      builder.getNamedAttr("_tf_data_function", builder.getBoolAttr(true));
  auto function = FuncOp::create(
      builder, segment.getLoc(), builder.getStringAttr(name),
      /*sym_visibility=*/StringAttr(),
      tftrt::numberedNames(builder, tftrt::kArgumentPrefix,
                           segment.getInputs().size()),
      tftrt::numberedNames(builder, tftrt::kResultPrefix,
                           segment.getOutputs().size()),
      /*control_result_names=*/ArrayAttr(),
      builder.getDictionaryAttr(optimizedOnCall), /*gradient=*/StringAttr(),
      /*residue=*/RawAttr());
  function.getBody().takeBody(segment.getBody());
  // TensorFlow instantiates the function alone: it knows no node outside.
  dropStaleColocations(*function.getBlock());
  return function;
}

/// TF-TRT has three words. An engine that computes in bfloat16 says the one of
/// its width; one of several precisions the narrowest, as its table has the
/// others. What is built from such a node at run time goes by
/// `_graft_precision`.
static StringRef precisionMode(Precision precision) {
  switch (precision) {
  case Precision::BF16:
  case Precision::FP16:
    return "FP16";
  case Precision::Int8:
  case Precision::Best:
    return "INT8";
  case Precision::FP32:
    break;
  }
  return "FP32";
}

/// What TF-TRT's ConvertGraph writes on an engine node.
static DictionaryAttr engineAttributes(ModuleOp module, SegmentOp segment,
                                       Precision precision, StringRef target,
                                       StringRef native,
                                       const SharedPieces &plan) {
  MLIRContext *context = segment.getContext();
  Builder b(context);
  NamedAttrList attrs;
  attrs.set("InT", typesOf(context, segment.getInputs()));
  attrs.set("OutT", typesOf(context, segment.getOutputs()));
  attrs.set("input_shapes", shapesOf(context, segment.getInputs()));
  attrs.set("output_shapes", shapesOf(context, segment.getOutputs()));
  attrs.set(
      tftrt::kSegmentFunction,
      FuncAttr::get(context, b.getStringAttr(native), b.getDictionaryAttr({})));
  attrs.set(tftrt::kSerializedSegment,
            makeString(context, plan.pieces, plan.owner, segment.getName()));
  attrs.set(tftrt::kStaticEngine, b.getBoolAttr(true));
  auto ranges = module->getAttrOfType<StringAttr>(nn::kRangesAttr);
  attrs.set("calibration_data", ranges ? ranges : b.getStringAttr(""));
  attrs.set("max_cached_engines_count", b.getI64IntegerAttr(1));
  attrs.set("workspace_size_bytes", b.getI64IntegerAttr(1 << 30));
  attrs.set("max_batch_size", b.getI64IntegerAttr(1));
  attrs.set("precision_mode", b.getStringAttr(precisionMode(precision)));
  if (precision == Precision::BF16 || precision == Precision::Best)
    attrs.set("_graft_precision", b.getStringAttr(getName(precision)));
  if (!target.empty())
    attrs.set("_graft_target", b.getStringAttr(target));
  // The ranges are measured. TF-TRT would wait for them if they were not there.
  attrs.set("use_calibration", b.getBoolAttr(ranges != nullptr));
  attrs.set("use_explicit_precision", b.getBoolAttr(false));
  attrs.set("profile_strategy", b.getStringAttr("Range"));
  attrs.set("_use_implicit_batch", b.getBoolAttr(false));
  attrs.set("_allow_build_at_runtime", b.getBoolAttr(true));
  return attrs.getDictionary(context);
}

/// Why the segment's border does not fit the operator; empty if it does.
static std::string findMisfit(SegmentOp segment) {
  SmallVector<Value> border(segment.getInputs());
  llvm::append_range(border, segment.getOutputs());
  for (Value value : border)
    if (std::string misfit = tftrt::findForeignType(value.getType());
        !misfit.empty())
      return misfit;
  return "";
}

void graft::dissolveMisfits(ModuleOp module) {
  SmallVector<SegmentOp> segments;
  module.walk([&](SegmentOp segment) { segments.push_back(segment); });
  for (SegmentOp segment : segments)
    if (std::string misfit = findMisfit(segment); !misfit.empty())
      dissolveSegment(segment, NativeReason::UnsupportedType, misfit);
}

LogicalResult graft::embedEngines(
    ModuleOp module, Precision precision, StringRef target,
    llvm::function_ref<FailureOr<SharedPieces>(SegmentOp)> getPlan) {
  SmallVector<SegmentOp> segments;
  module.walk([&](SegmentOp segment) { segments.push_back(segment); });
  SymbolTable symbols(module);
  OpBuilder builder(module.getContext());
  for (SegmentOp segment : segments) {
    FailureOr<SharedPieces> plan = getPlan(segment);
    if (failed(plan))
      return failure();
    std::string native = uniqueSymbol(
        symbols, (segment.getName() + tftrt::kNativeSegmentSuffix).str());
    DictionaryAttr attrs =
        engineAttributes(module, segment, precision, target, native, *plan);
    builder.setInsertionPoint(segment);
    auto node = NodeOp::create(builder, segment.getLoc(),
                               segment.getOutputs().getTypes(),
                               tftrt::kEngineOp, segment.getInputs(),
                               segment.getControls(), segment.getName(), attrs);
    segment.replaceAllUsesWith(node);
    builder.setInsertionPointToEnd(module.getBody());
    symbols.insert(outlineNative(builder, segment, native));
    segment.erase();
  }
  return success();
}
