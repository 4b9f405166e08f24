//===- NativeShapes.cpp - shapes of what stays native ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lists of operators whose results have the shape of an input, and a rule for
// each of the others. TensorFlow's own shape functions are the measure: a rule
// may say less, never more.
//===----------------------------------------------------------------------===//
#include "passes/graph/NativeShapes.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace graft::graph {
namespace {

constexpr int64_t any = ShapedType::kDynamic;

using Shape = SmallVector<int64_t>;

//===----------------------------------------------------------------------===//
// Results like an input
//===----------------------------------------------------------------------===//

/// Every result has the shape of the first input.
bool keepsShape(StringRef op) {
  // clang-format off
  static const llvm::StringSet<> known = {
      "AdjustContrastv2", "AdjustHue", "AdjustSaturation", "Angle",
      "ApproximateEqual", "AsString", "BesselI0", "BesselI0e", "BesselI1",
      "BesselI1e", "BesselJ0", "BesselJ1", "BesselK0", "BesselK0e", "BesselK1",
      "BesselK1e", "BesselY0", "BesselY1", "BiasAdd", "Bucketize", "Cast",
      "CheckNumericsV2", "Cholesky", "CholeskyGrad",
      "ComplexAbs", "Conj", "Copy", "CopyHost", "Cross", "Cumprod", "Cumsum",
      "CumulativeLogsumexp", "DataFormatDimMap", "Dawsn",
      "DebugGradientIdentity", "DebugIdentity", "DebugIdentityV2",
      "DecodeBase64", "DecodeCompressed", "DecodeJSONExample", "Dequantize",
      "Digamma", "DrawBoundingBoxes", "DrawBoundingBoxesV2", "EluGrad",
      "EncodeBase64", "Erfinv", "Expint", "FFT", "FFT2D", "FFT3D",
      "FakeQuantWithMinMaxArgs", "FakeQuantWithMinMaxArgsGradient",
      "FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel",
      "FresnelCos", "FresnelSin", "HSVToRGB", "IFFT", "IFFT2D", "IFFT3D",
      "Imag", "InplaceAdd", "InplaceSub", "InplaceUpdate", "InvGrad",
      "Invert", "InvertPermutation", "IsotonicRegression", "LRN", "LRNGrad",
      "LeakyRelu", "LeakyReluGrad", "Lgamma", "LogSoftmax", "MatrixBandPart",
      "MatrixInverse", "MatrixLogarithm", "MatrixSetDiag", "MatrixSetDiagV2",
      "MatrixSetDiagV3", "MatrixSquareRoot", "Ndtri", "PopulationCount",
      "Print", "QuantizeAndDequantize", "QuantizeAndDequantizeV2",
      "QuantizeAndDequantizeV3", "QuantizeAndDequantizeV4", "RGBToHSV",
      "RandomShuffle", "Real", "ReciprocalGrad", "RegexFullMatch",
      "RegexReplace", "Relu6Grad", "ReluGrad", "Reverse", "ReverseSequence",
      "ReverseV2", "Roll", "RsqrtGrad", "ScatterNdNonAliasingAdd",
      "SeluGrad", "SigmoidGrad", "Softmax", "SoftplusGrad", "SoftsignGrad",
      "Spence", "SqrtGrad", "StatelessShuffle", "StaticRegexFullMatch",
      "StaticRegexReplace", "StringLength", "StringLower", "StringStrip",
      "StringToHashBucket", "StringToHashBucketFast",
      "StringToHashBucketStrong", "StringToNumber", "StringUpper", "TanhGrad",
      "TensorScatterAdd", "TensorScatterMax", "TensorScatterMin",
      "TensorScatterSub", "TensorScatterUpdate", "TensorStridedSliceUpdate",
      "UnicodeScript", "UnicodeTranscode"};
  // clang-format on
  return known.contains(op);
}

/// The inputs broadcast to the shape of the result.
bool broadcasts(StringRef op) {
  // clang-format off
  static const llvm::StringSet<> known = {
      "Add", "AddV2", "Atan2", "Betainc", "BitwiseAnd", "BitwiseOr",
      "BitwiseXor", "Complex", "Div", "DivNoNan", "Equal", "FloorDiv",
      "FloorMod", "Greater", "GreaterEqual", "Igamma", "IgammaGradA",
      "Igammac", "LeftShift", "Less", "LessEqual", "LogicalAnd", "LogicalOr",
      "Maximum", "Minimum", "Mod", "Mul", "MulNoNan", "NextAfter", "NotEqual",
      "Polygamma", "Pow", "RandomGammaGrad", "RealDiv", "RightShift",
      "SelectV2", "SquaredDifference", "Sub", "TruncateDiv", "TruncateMod",
      "Xdivy", "Xlog1py", "Xlogy", "Zeta"};
  // clang-format on
  return known.contains(op);
}

/// Every result is a scalar.
bool isScalar(StringRef op) {
  static const llvm::StringSet<> known = {
      "AudioSummaryV2",     "EncodeJpeg",        "EncodeJpegVariableQuality",
      "HistogramSummary",   "ImageSummary",      "L2Loss",
      "LookupTableSizeV2",  "MergeSummary",      "ScalarSummary",
      "SerializeTensor",    "TensorArraySizeV3", "TensorListLength",
      "TensorSummary",      "TensorSummaryV2",   "ToBool",
      "VarIsInitializedOp",
  };
  return known.contains(op);
}

/// The shape that two shapes broadcast to; false where they do not fit.
bool broadcast(Shape &shape, ArrayRef<int64_t> other) {
  if (shape.size() < other.size())
    shape.insert(shape.begin(), other.size() - shape.size(), 1);
  for (auto [mine, size] :
       llvm::zip(llvm::drop_begin(shape, shape.size() - other.size()), other)) {
    // One of unknown size may be 1, so another size decides if it is not 1.
    if (mine == 1 || (mine == any && size > 1))
      mine = size;
    else if (mine != size && size != 1 && size != any)
      return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// One rule for each other operator
//===----------------------------------------------------------------------===//

/// A node, what is known of its inputs, and the shapes that a rule finds.
class Results {
public:
  Results(NodeOp node, KnownOperand known, SmallVectorImpl<Type> &types)
      : node(node), known(known), types(types) {}

  std::optional<ArrayRef<int64_t>> shapeOf(size_t input) {
    auto type =
        input < node.getInputs().size()
            ? dyn_cast<RankedTensorType>(node.getInputs()[input].getType())
            : RankedTensorType();
    return type ? std::make_optional(type.getShape()) : std::nullopt;
  }
  /// The shape of an input of at least `rank` dimensions, else nothing.
  std::optional<Shape> shapeOf(size_t input, size_t rank) {
    auto shape = shapeOf(input);
    return shape && shape->size() >= rank ? std::make_optional(Shape(*shape))
                                          : std::nullopt;
  }
  /// Element `index` of a vector of sizes, or that it is not known.
  int64_t sizeOf(size_t input, size_t index) {
    const PartialValue *value = known(input);
    return value && !value->isScalar && index < value->elements.size()
               ? value->elements[index].value_or(any)
               : any;
  }
  void add(ArrayRef<int64_t> shape) {
    if (types.size() == node.getOutputs().size())
      return;
    Type old = node.getOutputs()[types.size()].getType();
    Shape sizes = llvm::map_to_vector(
        shape, [](int64_t size) { return size < 0 ? any : size; });
    types.push_back(RankedTensorType::get(sizes, getElementTypeOrSelf(old)));
  }

  NodeOp node;
  KnownOperand known;

private:
  SmallVectorImpl<Type> &types;
};

using Rule = void (*)(Results &);

/// `count` results of the sizes `shape`, whatever the inputs are.
template <unsigned count, int64_t... shape>
void fixed(Results &results) {
  for (unsigned i = 0; i < count; ++i)
    results.add(Shape{shape...});
}

/// As many dimensions as the first input has, of unknown sizes.
void keepRank(Results &results) {
  if (auto shape = results.shapeOf(0))
    results.add(Shape(shape->size(), any));
}

/// The first input without its last `drop` dimensions, with `more` of unknown
/// sizes instead, `count` times.
template <unsigned drop, unsigned more, unsigned count = 1>
void replaceLast(Results &results) {
  if (auto shape = results.shapeOf(0, drop)) {
    shape->resize(shape->size() - drop);
    shape->append(more, any);
    for (unsigned i = 0; i < count; ++i)
      results.add(*shape);
  }
}

/// Rows of the first input, as many as there are segments.
void segmentRows(Results &results) {
  if (auto shape = results.shapeOf(0, 1)) {
    shape->front() = any;
    results.add(*shape);
  }
}

void unsortedSegments(Results &results) {
  auto data = results.shapeOf(0), ids = results.shapeOf(1);
  if (!data || !ids || data->size() < ids->size())
    return;
  Shape shape = {any};
  llvm::append_range(shape, data->drop_front(ids->size()));
  results.add(shape);
}

/// Images [n, h, w, c] of other heights and widths, those of input `sizes`.
template <unsigned sizes>
void resizeImages(Results &results) {
  if (auto shape = results.shapeOf(0, 4))
    results.add({(*shape)[0], results.sizeOf(sizes, 0),
                 results.sizeOf(sizes, 1), (*shape)[3]});
}

void cropImages(Results &results) {
  auto images = results.shapeOf(0, 4), boxes = results.shapeOf(1, 1);
  if (images)
    results.add({boxes ? boxes->front() : any, results.sizeOf(3, 0),
                 results.sizeOf(3, 1), images->back()});
}

/// The images that a file holds: [h, w, c].
void decodeImage(Results &results) {
  auto channels = results.node.getNodeAttr<IntegerAttr>("channels");
  bool isKnown = channels && channels.getInt() > 0;
  results.add({any, any, isKnown ? channels.getInt() : any});
}

/// A value for each key; the default is one.
void findInTable(Results &results) {
  auto keys = results.shapeOf(1), value = results.shapeOf(2);
  if (!keys || !value)
    return;
  Shape shape(*keys);
  llvm::append_range(shape, *value);
  results.add(shape);
}

void where(Results &results) {
  if (auto shape = results.shapeOf(0))
    results.add({any, int64_t(shape->size())});
}

void unique(Results &results) {
  if (auto shape = results.shapeOf(0)) {
    results.add({any});
    results.add(*shape);
    results.add({any}); // how often, if there is a third result
  }
}

/// Indices; their scores in V5; how many count in V4 and V5.
template <unsigned lists>
void suppress(Results &results) {
  for (unsigned i = 0; i < results.node.getOutputs().size(); ++i)
    i < lists ? results.add({any}) : results.add({});
}

void combinedSuppress(Results &results) {
  auto boxes = results.shapeOf(0, 1);
  int64_t batch = boxes ? boxes->front() : any;
  results.add({batch, any, 4});
  results.add({batch, any});
  results.add({batch, any});
  results.add({batch});
}

void quantize(Results &results) {
  auto shape = results.shapeOf(0);
  if (!shape)
    return;
  results.add(*shape);
  bool isScalar = results.node.getIntAttr("axis", -1) == -1;
  for (int i = 0; i < 2; ++i)
    results.add(isScalar ? Shape() : Shape{any});
}

void solve(Results &results) {
  if (auto shape = results.shapeOf(1, 2)) {
    auto matrix = results.shapeOf(0, 2);
    if (matrix && matrix->size() == shape->size())
      results.add(*shape);
  }
}

void search(Results &results) {
  if (auto shape = results.shapeOf(1))
    results.add(*shape);
}

void matrixDiagonal(Results &results) {
  if (auto shape = results.shapeOf(0, 1)) {
    shape->push_back(shape->back());
    results.add(*shape);
  }
}

/// One diagonal, which input 1 says, to or from the last dimensions.
template <unsigned drop, unsigned more>
void oneDiagonal(Results &results) {
  auto diagonal = results.shapeOf(1);
  if (diagonal && diagonal->empty())
    replaceLast<drop, more>(results);
}

void eigen(Results &results) {
  if (auto shape = results.shapeOf(0, 2)) {
    results.add(ArrayRef(*shape).drop_back());
    if (results.node.getBoolAttr("compute_v", true))
      results.add(*shape);
  }
}

void lu(Results &results) {
  if (auto shape = results.shapeOf(0, 2)) {
    results.add(*shape);
    results.add(ArrayRef(*shape).drop_back());
  }
}

/// The elements of a list one above the other; input 1 is the shape of one.
void stackList(Results &results) {
  const PartialValue *element = results.known(1);
  if (!element || element->isScalar)
    return;
  Shape shape = {results.node.getIntAttr("num_elements", -1)};
  for (size_t i = 0; i < element->elements.size(); ++i)
    shape.push_back(results.sizeOf(1, i));
  results.add(shape);
}

void gatherArray(Results &results) {
  auto element = results.node.getNodeAttr<ShapeAttr>("element_shape");
  auto indices = results.shapeOf(1, 1);
  if (!element || !element.getHasRank())
    return;
  Shape shape = {indices ? indices->front() : any};
  llvm::append_range(shape, element.getDims());
  results.add(shape);
}

const llvm::StringMap<Rule> &rules() {
  static const llvm::StringMap<Rule> table = {
      {"AvgPool", fixed<1, any, any, any, any>},
      {"BatchToSpaceND", keepRank},
      {"BroadcastGradientArgs", fixed<2, any>},
      {"CombinedNonMaxSuppression", combinedSuppress},
      {"Conv2D", fixed<1, any, any, any, any>},
      {"Conv2DBackpropInput", fixed<1, any, any, any, any>},
      {"Conv3D", fixed<1, any, any, any, any, any>},
      {"Conv3DBackpropInputV2", fixed<1, any, any, any, any, any>},
      {"ConjugateTranspose", keepRank},
      {"CropAndResize", cropImages},
      {"DecodeBmp", decodeImage},
      {"DecodeJpeg", decodeImage},
      {"DecodePng", decodeImage},
      {"DecodeRaw", replaceLast<0, 1>},
      {"DepthwiseConv2dNative", fixed<1, any, any, any, any>},
      {"ExtractImagePatches", fixed<1, any, any, any, any>},
      {"ImageProjectiveTransformV2", resizeImages<2>},
      {"ImageProjectiveTransformV3", resizeImages<2>},
      {"LinSpace", fixed<1, any>},
      {"ListDiff", fixed<2, any>},
      {"LookupTableFindV2", findInTable},
      {"LowerBound", search},
      {"Lu", lu},
      {"MatrixDeterminant", replaceLast<2, 0>},
      {"MatrixDiag", matrixDiagonal},
      {"MatrixDiagPart", replaceLast<2, 1>},
      {"MatrixDiagPartV2", oneDiagonal<2, 1>},
      {"MatrixDiagPartV3", oneDiagonal<2, 1>},
      {"MatrixDiagV2", oneDiagonal<1, 2>},
      {"MatrixDiagV3", oneDiagonal<1, 2>},
      {"MatrixSolve", solve},
      {"MaxPool", fixed<1, any, any, any, any>},
      {"MaxPoolV2", fixed<1, any, any, any, any>},
      {"MirrorPad", keepRank},
      {"NonMaxSuppression", suppress<1>},
      {"NonMaxSuppressionV2", suppress<1>},
      {"NonMaxSuppressionV3", suppress<1>},
      {"NonMaxSuppressionV4", suppress<1>},
      {"NonMaxSuppressionV5", suppress<2>},
      {"NonMaxSuppressionWithOverlaps", suppress<1>},
      {"NthElement", replaceLast<1, 0>},
      {"Pad", keepRank},
      {"PadV2", keepRank},
      {"Qr", replaceLast<2, 2, 2>},
      {"QuantizeV2", quantize},
      {"IRFFT", replaceLast<1, 1>},
      {"IRFFT2D", replaceLast<2, 2>},
      {"IRFFT3D", replaceLast<3, 3>},
      {"RFFT", replaceLast<1, 1>},
      {"RFFT2D", replaceLast<2, 2>},
      {"RFFT3D", replaceLast<3, 3>},
      {"Range", fixed<1, any>},
      {"ResizeArea", resizeImages<1>},
      {"ResizeBicubic", resizeImages<1>},
      {"ResizeBilinear", resizeImages<1>},
      {"ResizeNearestNeighbor", resizeImages<1>},
      {"ScaleAndTranslate", resizeImages<1>},
      {"SegmentMax", segmentRows},
      {"SegmentMean", segmentRows},
      {"SegmentMin", segmentRows},
      {"SegmentProd", segmentRows},
      {"SegmentSum", segmentRows},
      {"SelfAdjointEigV2", eigen},
      {"Slice", keepRank},
      {"SpaceToBatchND", keepRank},
      {"SparseSegmentMean", segmentRows},
      {"SparseSegmentSqrtN", segmentRows},
      {"SparseSegmentSum", segmentRows},
      {"TensorArrayGatherV3", gatherArray},
      {"TensorListStack", stackList},
      {"Tile", keepRank},
      {"TopKV2", replaceLast<1, 1, 2>},
      {"Transpose", keepRank},
      {"Unique", unique},
      {"UniqueWithCounts", unique},
      {"UnsortedSegmentMax", unsortedSegments},
      {"UnsortedSegmentMin", unsortedSegments},
      {"UnsortedSegmentProd", unsortedSegments},
      {"UnsortedSegmentSum", unsortedSegments},
      {"UpperBound", search},
      {"Where", where},
  };
  return table;
}

} // namespace

void inferNativeTypes(NodeOp node, KnownOperand known,
                      SmallVectorImpl<Type> &types) {
  Results results(node, known, types);
  StringRef op = node.getOp();
  if (keepsShape(op)) {
    if (auto shape = results.shapeOf(0))
      for (size_t i = 0; i < node.getOutputs().size(); ++i)
        results.add(*shape);
  } else if (broadcasts(op)) {
    Shape shape;
    for (size_t i = 0; i < node.getInputs().size(); ++i) {
      auto other = results.shapeOf(i);
      if (!other || !broadcast(shape, *other))
        return;
    }
    results.add(shape);
  } else if (isScalar(op)) {
    for (size_t i = 0; i < node.getOutputs().size(); ++i)
      results.add({});
  } else if (auto rule = rules().find(op); rule != rules().end()) {
    rule->second(results);
  }
  // All results or none.
  if (types.size() != node.getOutputs().size())
    types.clear();
}

int getShapeOperand(NodeOp node) {
  StringRef op = node.getOp();
  if (op == "Reshape" || op == "BroadcastTo" || op == "SparseToDense")
    return 1;
  if (op == "ScatterNd" || op == "TensorListGetItem")
    return 2;
  bool isRandom = op == "RandomUniform" || op == "RandomUniformInt" ||
                  op == "RandomStandardNormal" || op == "TruncatedNormal" ||
                  op.starts_with("StatelessRandomNormal") ||
                  op.starts_with("StatelessRandomUniform") ||
                  op.starts_with("StatelessTruncatedNormal");
  return op == "Fill" || op == "Empty" || isRandom ? 0 : -1;
}

} // namespace graft::graph
