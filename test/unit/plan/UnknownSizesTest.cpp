//===- UnknownSizesTest.cpp - plans for sizes that nobody knows -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decisions are taken for sizes that stand for others: what is decided must
// hold for every size that the plan takes, or be decided again at run time.
//===----------------------------------------------------------------------===//
#include "EndToEnd.h"

using namespace mlir;
using namespace graft;

namespace {

using Shapes = std::vector<ops::Shape>;

class UnknownSizes : public EndToEnd {
protected:
  void checkAll(StringRef text, std::vector<Shapes> all) {
    for (Shapes &shapes : all)
      check(text, std::move(shapes));
  }
};

//===----------------------------------------------------------------------===//
// Launches that do not take a size of 1
//===----------------------------------------------------------------------===//

TEST_F(UnknownSizes, WindowsLargerThanAPixel) {
  checkAll(
      R"mlir(
func.func @f(%x: tensor<?x?x?x3xf32>) -> tensor<?x?x?x4xf32> {
  %w = nn.constant dense<0.125> : tensor<3x3x3x8xf32>
  %v = nn.constant dense<0.0625> : tensor<5x5x8x4xf32>
  %0 = nn.conv2d %x, %w {epilogues = [#nn.epilogue<"relu">]}
    : (tensor<?x?x?x3xf32>, tensor<3x3x3x8xf32>) -> tensor<?x?x?x8xf32>
  %1 = nn.max_pool2d %0 {window = array<i64: 2, 2>, strides = array<i64: 2, 2>}
    : (tensor<?x?x?x8xf32>) -> tensor<?x?x?x8xf32>
  %2 = nn.conv2d %1, %v : (tensor<?x?x?x8xf32>, tensor<5x5x8x4xf32>) -> tensor<?x?x?x4xf32>
  return %2 : tensor<?x?x?x4xf32>
}
)mlir",
      {{{1, 12, 12, 3}}, {{2, 13, 27, 3}}, {{7, 33, 12, 3}}, {{0, 16, 16, 3}}});
}

TEST_F(UnknownSizes, PositionsBehindTheFirst) {
  checkAll(R"mlir(
func.func @f(%x: tensor<?x?xf32>) -> tensor<?xf32> {
  %0 = nn.strided_slice %x {begin = array<i64: 0, 3>, end = array<i64: 0, 4>, strides = array<i64: 1, 1>,
    begin_mask = 1 : i64, end_mask = 1 : i64, shrink_axis_mask = 2 : i64} : (tensor<?x?xf32>) -> tensor<?xf32>
  %1 = nn.exp %0 : (tensor<?xf32>) -> tensor<?xf32>
  return %1 : tensor<?xf32>
}
)mlir",
           {{{1, 4}}, {{7, 9}}, {{0, 5}}});
}

TEST_F(UnknownSizes, EvenNumbers) {
  checkAll(R"mlir(
func.func @f(%x: tensor<?x8xf32>) -> tensor<?x2x8xf32> {
  %0 = nn.reshape %x {shape = array<i64: -1, 2, 8>} : (tensor<?x8xf32>) -> tensor<?x2x8xf32>
  %1 = nn.softmax %0 {axis = 2} : (tensor<?x2x8xf32>) -> tensor<?x2x8xf32>
  return %1 : tensor<?x2x8xf32>
}
)mlir",
           {{{2, 8}}, {{14, 8}}, {{0, 8}}});
}

TEST_F(UnknownSizes, BlocksAndMirrors) {
  checkAll(R"mlir(
func.func @f(%x: tensor<?x?x?x4xf32>) -> tensor<?x?x?x16xf32> {
  %0 = nn.pad %x {low = array<i64: 0, 2, 2, 0>, high = array<i64: 0, 2, 2, 0>, mode = "reflect"}
    : (tensor<?x?x?x4xf32>) -> tensor<?x?x?x4xf32>
  %1 = nn.space_to_depth %0 {block_size = 2} : (tensor<?x?x?x4xf32>) -> tensor<?x?x?x16xf32>
  return %1 : tensor<?x?x?x16xf32>
}
)mlir",
           {{{1, 4, 4, 4}}, {{2, 6, 10, 4}}});
}

/// Exact sizes of several inputs, and a window for one of them.
TEST_F(UnknownSizes, TheVeryDepthOfWeights) {
  checkAll(R"mlir(
func.func @f(%x: tensor<?x?xf32>, %y: tensor<?x?xf32>, %z: tensor<?x?x?x2xf32>)
    -> (tensor<?x4xf32>, tensor<?x?x?x3xf32>) {
  %w = nn.constant dense<0.125> : tensor<16x4xf32>
  %v = nn.constant dense<0.25> : tensor<24x4xf32>
  %k = nn.constant dense<0.5> : tensor<3x3x2x3xf32>
  %0 = nn.matmul %x, %w : (tensor<?x?xf32>, tensor<16x4xf32>) -> tensor<?x4xf32>
  %1 = nn.matmul %y, %v : (tensor<?x?xf32>, tensor<24x4xf32>) -> tensor<?x4xf32>
  %2 = nn.add %0, %1 : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %3 = nn.conv2d %z, %k : (tensor<?x?x?x2xf32>, tensor<3x3x2x3xf32>) -> tensor<?x?x?x3xf32>
  return %2, %3 : tensor<?x4xf32>, tensor<?x?x?x3xf32>
}
)mlir",
           {{{1, 16}, {1, 24}, {1, 3, 3, 2}},
            {{7, 16}, {7, 24}, {2, 5, 9, 2}},
            {{7, 16}, {1, 24}, {0, 5, 9, 2}}});
}

/// Shapes that are computed from shapes.
TEST_F(UnknownSizes, ShapeArithmetic) {
  checkAll(R"mlir(
func.func @f(%x: tensor<?x?x?x2xf32>) -> tensor<?x6xf32> {
  %rest = nn.constant dense<-1> : tensor<i32>
  %0 = nn.shape_of %x {to = "i32"} : (tensor<?x?x?x2xf32>) -> tensor<4xi32>
  %1 = nn.strided_slice %0 {begin = array<i64: 0>, end = array<i64: 1>, strides = array<i64: 1>,
    shrink_axis_mask = 1 : i64} : (tensor<4xi32>) -> tensor<i32>
  %2 = nn.pack %1, %rest {axis = 0} : (tensor<i32>, tensor<i32>) -> tensor<2xi32>
  %3 = nn.reshape %x, %2 : (tensor<?x?x?x2xf32>, tensor<2xi32>) -> tensor<?x?xf32>
  %4 = nn.slice %3 {begin = array<i64: 0, 2>, size = array<i64: -1, 6>}
    : (tensor<?x?xf32>) -> tensor<?x6xf32>
  %5 = nn.relu %4 : (tensor<?x6xf32>) -> tensor<?x6xf32>
  return %5 : tensor<?x6xf32>
}
)mlir",
           {{{1, 2, 2, 2}}, {{7, 3, 5, 2}}});
}

//===----------------------------------------------------------------------===//
// What holds for one row only
//===----------------------------------------------------------------------===//

/// A column of one row is dense, whatever it lies in.
TEST_F(UnknownSizes, ColumnsOfAConcat) {
  checkAll(R"mlir(
func.func @f(%x: tensor<?x1xf32>) -> tensor<?x2xf32> {
  %0 = nn.sigmoid %x : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %1 = nn.concat %x, %0 {axis = 1} : (tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}
)mlir",
           {{{1, 1}}, {{2, 1}}, {{7, 1}}, {{0, 1}}});
}

/// Rows of a product lie evenly where only one dimension has several.
TEST_F(UnknownSizes, ProductsInAConcat) {
  checkAll(R"mlir(
func.func @f(%x: tensor<?x?x8xf32>) -> tensor<?x?x20xf32> {
  %w = nn.constant dense<0.125> : tensor<8x16xf32>
  %0 = nn.matmul %x, %w : (tensor<?x?x8xf32>, tensor<8x16xf32>) -> tensor<?x?x16xf32>
  %1 = nn.slice %x {begin = array<i64: 0, 0, 4>, size = array<i64: -1, -1, 4>}
    : (tensor<?x?x8xf32>) -> tensor<?x?x4xf32>
  %2 = nn.tanh %1 : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %3 = nn.concat %0, %2 {axis = 2} : (tensor<?x?x16xf32>, tensor<?x?x4xf32>) -> tensor<?x?x20xf32>
  return %3 : tensor<?x?x20xf32>
}
)mlir",
           {{{1, 1, 8}}, {{2, 7, 8}}, {{7, 1, 8}}, {{0, 3, 8}}});
}

/// What is cut from a dimension of unknown size leaves one of unknown size.
TEST_F(UnknownSizes, SlicesOfUnknownDimensions) {
  checkAll(R"mlir(
func.func @f(%x: tensor<?x8xf32>) -> tensor<?x4xf32> {
  %0 = nn.exp %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = nn.slice %0 {begin = array<i64: 1, 4>, size = array<i64: -1, 4>} : (tensor<?x8xf32>) -> tensor<?x4xf32>
  %2 = nn.relu %1 : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %2 : tensor<?x4xf32>
}
)mlir",
           {{{1, 8}}, {{2, 8}}, {{7, 8}}});
}

//===----------------------------------------------------------------------===//
// Kernels that do not take every size
//===----------------------------------------------------------------------===//

/// Several dimensions of unknown size, of which the operand repeats some.
TEST_F(UnknownSizes, OperandsThatRepeat) {
  checkAll(R"mlir(
func.func @f(%x: tensor<?x8x8x3xf32>, %z: tensor<?x?x?x4xf32>) -> tensor<?x8x8x4xf32> {
  %w = nn.constant dense<0.125> : tensor<3x3x3x4xf32>
  %0 = nn.conv2d %x, %w epilogue(%z) {pads = array<i64: 1, 1, 1, 1>,
    epilogues = [#nn.epilogue<"add", operand = 0>, #nn.epilogue<"relu">]}
    : (tensor<?x8x8x3xf32>, tensor<3x3x3x4xf32>, tensor<?x?x?x4xf32>) -> tensor<?x8x8x4xf32>
  return %0 : tensor<?x8x8x4xf32>
}
)mlir",
           {{{1, 8, 8, 3}, {1, 8, 8, 4}},
            {{7, 8, 8, 3}, {1, 8, 8, 4}},
            {{7, 8, 8, 3}, {7, 1, 1, 4}},
            {{2, 8, 8, 3}, {2, 8, 1, 4}},
            {{2, 8, 8, 3}, {1, 1, 1, 4}}});
  checkAll(R"mlir(
func.func @f(%x: tensor<?x7x32xf32>, %z: tensor<?x?x32xf32>) -> tensor<?x7x32xf32> {
  %w = nn.constant dense<0.125> : tensor<32x32xf32>
  %0 = nn.matmul %x, %w epilogue(%z) {epilogues = [#nn.epilogue<"add", operand = 0>]}
    : (tensor<?x7x32xf32>, tensor<32x32xf32>, tensor<?x?x32xf32>) -> tensor<?x7x32xf32>
  return %0 : tensor<?x7x32xf32>
}
)mlir",
           {{{3, 7, 32}, {3, 7, 32}},
            {{3, 7, 32}, {3, 1, 32}},
            {{3, 7, 32}, {1, 7, 32}},
            {{1, 7, 32}, {1, 1, 32}}});
}

/// The addend is the larger one: what it is fused into repeats.
TEST_F(UnknownSizes, OperandsLargerThanWhatTheyAreFusedInto) {
  constexpr StringLiteral product = R"mlir(
func.func @f(%x: tensor<?x7x32xf32>, %z: tensor<?x?x32xf32>) -> tensor<?x7x32xf32> {
  %w = nn.constant dense<0.125> : tensor<32x32xf32>
  %0 = nn.matmul %x, %w epilogue(%z) {epilogues = [#nn.epilogue<"leaky_relu", alpha = 0.25>,
    #nn.epilogue<"sub", operand = 0>, #nn.epilogue<"relu">]}
    : (tensor<?x7x32xf32>, tensor<32x32xf32>, tensor<?x?x32xf32>) -> tensor<?x7x32xf32>
  return %0 : tensor<?x7x32xf32>
}
)mlir";
  constexpr StringLiteral productAlone = R"mlir(
func.func @f(%x: tensor<?x7x32xf32>, %z: tensor<?x?x32xf32>) -> tensor<?x7x32xf32> {
  %w = nn.constant dense<0.125> : tensor<32x32xf32>
  %0 = nn.matmul %x, %w : (tensor<?x7x32xf32>, tensor<32x32xf32>) -> tensor<?x7x32xf32>
  %1 = nn.leaky_relu %0 {alpha = 0.25 : f64} : (tensor<?x7x32xf32>) -> tensor<?x7x32xf32>
  %2 = nn.sub %1, %z : (tensor<?x7x32xf32>, tensor<?x?x32xf32>) -> tensor<?x7x32xf32>
  %3 = nn.relu %2 : (tensor<?x7x32xf32>) -> tensor<?x7x32xf32>
  return %3 : tensor<?x7x32xf32>
}
)mlir";
  for (const Shapes &shapes :
       {Shapes{{1, 7, 32}, {3, 1, 32}}, Shapes{{1, 7, 32}, {3, 7, 32}},
        Shapes{{3, 7, 32}, {3, 1, 32}}})
    check(product, shapes, /*tune=*/false, productAlone);
  // In a slice of a larger tensor, behind packed weights.
  constexpr StringLiteral image = R"mlir(
func.func @f(%x: tensor<?x8x8x3xf32>, %z: tensor<?x8x8x4xf32>) -> tensor<?x8x8x8xf32> {
  %w = nn.constant dense<0.125> : tensor<3x3x3x4xf32>
  %0 = nn.conv2d %x, %w epilogue(%z) {pads = array<i64: 1, 1, 1, 1>, epilogues = [#nn.epilogue<"add", operand = 0>]}
    : (tensor<?x8x8x3xf32>, tensor<3x3x3x4xf32>, tensor<?x8x8x4xf32>) -> tensor<?x8x8x4xf32>
  %1 = nn.concat %0, %z {axis = 3} : (tensor<?x8x8x4xf32>, tensor<?x8x8x4xf32>) -> tensor<?x8x8x8xf32>
  return %1 : tensor<?x8x8x8xf32>
}
)mlir";
  constexpr StringLiteral imageAlone = R"mlir(
func.func @f(%x: tensor<?x8x8x3xf32>, %z: tensor<?x8x8x4xf32>) -> tensor<?x8x8x8xf32> {
  %w = nn.constant dense<0.125> : tensor<3x3x3x4xf32>
  %0 = nn.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>}
    : (tensor<?x8x8x3xf32>, tensor<3x3x3x4xf32>) -> tensor<?x8x8x4xf32>
  %1 = nn.add %0, %z : (tensor<?x8x8x4xf32>, tensor<?x8x8x4xf32>) -> tensor<?x8x8x4xf32>
  %2 = nn.concat %1, %z {axis = 3} : (tensor<?x8x8x4xf32>, tensor<?x8x8x4xf32>) -> tensor<?x8x8x8xf32>
  return %2 : tensor<?x8x8x8xf32>
}
)mlir";
  for (const Shapes &shapes :
       {Shapes{{1, 8, 8, 3}, {7, 8, 8, 4}}, Shapes{{2, 8, 8, 3}, {2, 8, 8, 4}}})
    check(image, shapes, /*tune=*/false, imageAlone);
}

/// The sum of nothing, the maximum of nothing, and rows of no columns.
TEST_F(UnknownSizes, EmptyInputs) {
  constexpr StringLiteral text = R"mlir(
func.func @f(%x: tensor<?x?xf32>) -> (tensor<?xf32>, tensor<?x?xf32>, tensor<3xf32>) {
  %c = nn.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %0 = nn.reduce %x {axes = array<i64: 1>, kind = "sum"} : (tensor<?x?xf32>) -> tensor<?xf32>
  %1 = nn.exp %x : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %2 = nn.reduce %1 {axes = array<i64: 0, 1>, kind = "sum"} : (tensor<?x?xf32>) -> tensor<f32>
  %3 = nn.add %c, %2 : (tensor<3xf32>, tensor<f32>) -> tensor<3xf32>
  return %0, %1, %3 : tensor<?xf32>, tensor<?x?xf32>, tensor<3xf32>
}
)mlir";
  checkAll(text, {{{0, 5}}, {{5, 0}}, {{0, 0}}, {{2, 3}}});
}

/// An image of which only the padding is there: packed weights are not read.
TEST_F(UnknownSizes, NothingButPadding) {
  checkAll(R"mlir(
func.func @f(%x: tensor<?x?x4x3xf32>) -> tensor<?x?x4x8xf32> {
  %w = nn.constant dense<0.125> : tensor<1x1x3x8xf32>
  %b = nn.constant dense<0.5> : tensor<8xf32>
  %0 = nn.conv2d %x, %w bias %b {pads = array<i64: 1, 1, 0, 0>}
    : (tensor<?x?x4x3xf32>, tensor<1x1x3x8xf32>, tensor<8xf32>) -> tensor<?x?x4x8xf32>
  return %0 : tensor<?x?x4x8xf32>
}
)mlir",
           {{{1, 4, 4, 3}}, {{2, 0, 4, 3}}});
}

} // namespace
