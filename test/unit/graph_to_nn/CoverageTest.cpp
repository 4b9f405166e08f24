//===- CoverageTest.cpp - the operators that TF-TRT converts --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/NodeConversion.h"

#include <gtest/gtest.h>

#include <iterator>
#include <set>
#include <sstream>

using namespace graft;

namespace {

/// Registered in TensorFlow 2.17's convert_nodes.cc and ops/*.cc.
constexpr char kTfTrt[] =
    "Abs Acos Acosh Add AddN AddV2 ArgMax ArgMin Asin Asinh Atan Atanh AvgPool "
    "AvgPool3D BatchMatMul BatchMatMulV2 BiasAdd Cast Ceil ClipByValue "
    "CombinedNonMaxSuppression ConcatV2 Const Conv2D Conv2DBackpropInput "
    "Conv3D Conv3DBackpropInputV2 Cos Cosh DataFormatVecPermute DepthToSpace "
    "DepthwiseConv2dNative Div Einsum Elu Equal Erf Exp ExpandDims "
    "FakeQuantWithMinMaxArgs FakeQuantWithMinMaxVars Fill Floor FloorDiv "
    "FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 "
    "FusedConv2DBiasActivation GatherV2 Greater GreaterEqual Identity "
    "IdentityN LeakyRelu Less LessEqual Log LogSoftmax LogicalAnd LogicalNot "
    "LogicalOr MatMul Max MaxPool MaxPool3D Maximum Mean Min Minimum Mul Neg "
    "OnesLike Pack Pad Pow Prod QuantizeAndDequantizeV2 "
    "QuantizeAndDequantizeV3 Range ReadVariableOp RealDiv Reciprocal Relu "
    "Relu6 Reshape ResizeBilinear ResizeNearestNeighbor Round Rsqrt Select "
    "SelectV2 Selu Shape Sigmoid Sign Sin Sinh Slice Snapshot Softmax "
    "Softplus Softsign SpaceToDepth Split Sqrt Square SquaredDifference "
    "Squeeze StopGradient StridedSlice Sub Sum Tan Tanh Tile TopKV2 Transpose "
    "Unpack VariableV2 ZerosLike _CopyFromHostToGpu";

/// Those that no engine sees: constants and what becomes one; and those that
/// TensorFlow has for GPUs only.
constexpr char kElsewhere[] =
    "Const FusedConv2DBiasActivation ReadVariableOp VariableV2 "
    "_CopyFromHostToGpu";

/// Left to TensorFlow.
constexpr char kMissing[] = "";

std::set<std::string> words(const char *text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

TEST(Coverage, TfTrt) {
  std::set<std::string> wanted = words(kTfTrt);
  ASSERT_EQ(wanted.size(), 121u);
  for (const char *list : {kElsewhere, kMissing})
    for (const std::string &op : words(list))
      EXPECT_EQ(wanted.erase(op), 1u) << op;
  for (const std::string &op : wanted)
    EXPECT_NE(lookupConverter(op), nullptr) << op;
  for (const std::string &op : words(kMissing))
    EXPECT_EQ(lookupConverter(op), nullptr) << op << " is there: say so above";
}

} // namespace
