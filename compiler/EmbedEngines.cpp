//===- EmbedEngines.cpp - segments become engine nodes
//----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The names are TF-TRT's to the letter: its users' scripts look for them, and
// TensorFlow 2.17 still validates them.
//===----------------------------------------------------------------------===//
#include "compiler/EmbedEngines.h"

#include "mlir/IR/Builders.h"

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

/// The segment's body as a function of the library, at the end of the module.
static void outlineNative(OpBuilder &builder, SegmentOp segment,
                          StringRef name) {
  SmallVector<std::string> inputs, outputs;
  for (size_t i = 0; i < segment.getInputs().size(); ++i)
    inputs.push_back("tensorrtinputph_" + std::to_string(i));
  for (size_t i = 0; i < segment.getOutputs().size(); ++i)
    outputs.push_back("tensorrtoutputph_" + std::to_string(i));
  SmallVector<StringRef> inputNames(inputs.begin(), inputs.end());
  SmallVector<StringRef> outputNames(outputs.begin(), outputs.end());
  auto function = FuncOp::create(
      builder, segment.getLoc(), builder.getStringAttr(name),
      /*sym_visibility=*/StringAttr(), builder.getStrArrayAttr(inputNames),
      builder.getStrArrayAttr(outputNames),
      /*control_result_names=*/ArrayAttr(), builder.getDictionaryAttr({}),
      /*gradient=*/StringAttr(),
      /*residue=*/RawAttr());
  function.getBody().takeBody(segment.getBody());
}

/// What TF-TRT's ConvertGraph writes on an engine node, but for the plan.
static void addEngineAttributes(NamedAttrList &attrs, SegmentOp segment,
                                StringRef precision, StringRef native) {
  MLIRContext *context = segment.getContext();
  Builder b(context);
  attrs.set("InT", typesOf(context, segment.getInputs()));
  attrs.set("OutT", typesOf(context, segment.getOutputs()));
  attrs.set("input_shapes", shapesOf(context, segment.getInputs()));
  attrs.set("output_shapes", shapesOf(context, segment.getOutputs()));
  attrs.set("segment_func", FuncAttr::get(context, b.getStringAttr(native),
                                          b.getDictionaryAttr({})));
  attrs.set("static_engine", b.getBoolAttr(true));
  attrs.set("calibration_data", b.getStringAttr(""));
  attrs.set("max_cached_engines_count", b.getI64IntegerAttr(1));
  attrs.set("workspace_size_bytes", b.getI64IntegerAttr(1 << 30));
  attrs.set("max_batch_size", b.getI64IntegerAttr(1));
  attrs.set("precision_mode", b.getStringAttr(precision));
  attrs.set("use_calibration", b.getBoolAttr(false));
  attrs.set("use_explicit_precision", b.getBoolAttr(false));
  attrs.set("profile_strategy", b.getStringAttr("Range"));
  attrs.set("_use_implicit_batch", b.getBoolAttr(false));
  attrs.set("_allow_build_at_runtime", b.getBoolAttr(true));
}

LogicalResult graft::embedEngines(
    ModuleOp module, StringRef precision,
    llvm::function_ref<FailureOr<std::string>(SegmentOp)> getPlan) {
  SmallVector<SegmentOp> segments;
  module.walk([&](SegmentOp segment) { segments.push_back(segment); });
  OpBuilder builder(module.getContext());
  for (SegmentOp segment : segments) {
    FailureOr<std::string> plan = getPlan(segment);
    if (failed(plan))
      return failure();
    std::string native = (segment.getName() + "_native_segment").str();
    NamedAttrList attrs;
    addEngineAttributes(attrs, segment, precision, native);
    attrs.set("serialized_segment", builder.getStringAttr(*plan));

    builder.setInsertionPoint(segment);
    auto node = NodeOp::create(
        builder, segment.getLoc(), segment.getOutputs().getTypes(),
        ControlType::get(builder.getContext()),
        builder.getStringAttr("TRTEngineOp"), segment.getInputs(),
        segment.getControls(), segment.getNameAttr(),
        /*device=*/StringAttr(), attrs.getDictionary(builder.getContext()),
        /*input_spelling=*/ArrayAttr(), /*residue=*/RawAttr());
    segment.replaceAllUsesWith(node);
    builder.setInsertionPointToEnd(module.getBody());
    outlineNative(builder, segment, native);
    segment.erase();
  }
  return success();
}
