//===- NativeShapes.cpp - shapes of what stays native ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/graph/NativeShapes.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace graft::graph {

/// Every result has the shape of the first input.
static bool keepsShape(StringRef op) {
  // clang-format off
  static const llvm::StringSet<> known = {
      "AdjustContrastv2", "AdjustHue", "AdjustSaturation", "Angle",
      "AsString", "BesselI0", "BesselI0e", "BesselI1", "BesselI1e",
      "BesselJ0", "BesselJ1", "BesselK0", "BesselK0e", "BesselK1",
      "BesselK1e", "BesselY0", "BesselY1", "Bucketize", "Cast", "CheckNumericsV2",
      "Cholesky", "ComplexAbs", "Conj", "CumulativeLogsumexp",
      "DataFormatDimMap", "Dawsn", "DebugIdentity", "DebugIdentityV2",
      "DecodeBase64", "Dequantize", "Digamma", "DrawBoundingBoxes",
      "DrawBoundingBoxesV2", "EncodeBase64", "Erfinv", "Expint", "FFT",
      "FFT2D", "FFT3D", "FresnelCos", "FresnelSin", "IFFT", "IFFT2D",
      "IFFT3D", "Imag", "Invert", "Lgamma", "MatrixBandPart", "MatrixInverse",
      "MatrixSetDiag", "MatrixSetDiagV2", "MatrixSetDiagV3",
      "MatrixSquareRoot", "Ndtri", "PopulationCount", "Print",
      "RandomShuffle", "Real", "RegexFullMatch", "RegexReplace",
      "ReverseSequence", "Roll", "ScatterNdNonAliasingAdd", "Spence",
      "StaticRegexFullMatch", "StaticRegexReplace", "StringLength",
      "StringLower", "StringStrip", "StringToHashBucket",
      "StringToHashBucketFast", "StringToHashBucketStrong", "StringToNumber",
      "StringUpper", "TensorScatterAdd", "TensorScatterMax",
      "TensorScatterMin", "TensorScatterSub", "TensorScatterUpdate"};
  // clang-format on
  return known.contains(op);
}

void inferNativeTypes(NodeOp node, SmallVectorImpl<Type> &types) {
  constexpr int64_t any = ShapedType::kDynamic;
  OperandRange inputs = node.getInputs();
  auto add = [&](ArrayRef<int64_t> shape) {
    Type old = node.getOutputs()[types.size()].getType();
    types.push_back(RankedTensorType::get(shape, getElementTypeOrSelf(old)));
  };
  auto shapeOf = [&](size_t input) -> std::optional<ArrayRef<int64_t>> {
    auto type = input < inputs.size()
                    ? dyn_cast<RankedTensorType>(inputs[input].getType())
                    : RankedTensorType();
    return type ? std::make_optional(type.getShape()) : std::nullopt;
  };
  StringRef op = node.getOp();
  size_t results = node.getOutputs().size();
  if (keepsShape(op)) {
    if (auto shape = shapeOf(0))
      while (types.size() < results)
        add(*shape);
  } else if (op == "LookupTableFindV2" && results == 1) {
    // A value for each key; the default is one.
    auto keys = shapeOf(1), value = shapeOf(2);
    if (keys && value) {
      SmallVector<int64_t> shape(*keys);
      llvm::append_range(shape, *value);
      add(shape);
    }
  } else if (op == "Where" && results == 1) {
    if (auto shape = shapeOf(0))
      add({any, int64_t(shape->size())});
  } else if (op.starts_with("NonMaxSuppression")) {
    // Indices; their scores in V5; how many count in V4 and V5.
    size_t lists = op.ends_with("V5") ? 2 : 1;
    while (types.size() < results)
      types.size() < lists ? add({any}) : add({});
  } else if (op == "Unique" && results == 2) {
    if (auto shape = shapeOf(0)) {
      add({any});
      add(*shape);
    }
  } else if (op == "DecodeJpeg" || op == "DecodePng" || op == "DecodeBmp") {
    auto channels = node.getNodeAttr<IntegerAttr>("channels");
    bool isKnown = channels && channels.getInt() > 0;
    add({any, any, isKnown ? channels.getInt() : any});
  }
}

int getShapeOperand(NodeOp node) {
  StringRef op = node.getOp();
  if (op == "Reshape" || op == "BroadcastTo")
    return 1;
  bool isRandom = op == "RandomUniform" || op == "RandomUniformInt" ||
                  op == "RandomStandardNormal" || op == "TruncatedNormal" ||
                  op.starts_with("StatelessRandomNormal") ||
                  op.starts_with("StatelessRandomUniform") ||
                  op.starts_with("StatelessTruncatedNormal");
  return op == "Fill" || isRandom ? 0 : -1;
}

} // namespace graft::graph
