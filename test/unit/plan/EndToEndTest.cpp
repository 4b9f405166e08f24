//===- EndToEndTest.cpp - what a plan computes is what nn says ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Engines with static shapes and of any batch; UnknownSizesTest has the others.
//===----------------------------------------------------------------------===//
#include "EndToEnd.h"

using namespace mlir;
using namespace graft;

namespace {

/// A block with branches, a residual sum, nested concats, a slice and reshapes.
constexpr StringLiteral kBlock = R"mlir(
func.func @block(%x: tensor<1x8x8x16xf32>) -> (tensor<1x512xf32> {nn.name = "y"}) {
  %w = nn.constant dense<0.03125> : tensor<1x1x16x16xf32>
  %v = nn.constant dense<0.0625> : tensor<3x3x16x8xf32>
  %b = nn.constant dense<[0.5, 0.25, -0.5, 0.125, 1.0, 0.75, -1.0, 0.0]> : tensor<8xf32>
  %0 = nn.relu %x : (tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32>
  %1 = nn.conv2d %0, %w epilogue(%x) {epilogues = [#nn.epilogue<"add", operand = 0>, #nn.epilogue<"relu">]}
    : (tensor<1x8x8x16xf32>, tensor<1x1x16x16xf32>, tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32>
  %2 = nn.conv2d %1, %v bias %b {pads = array<i64: 1, 1, 1, 1>}
    : (tensor<1x8x8x16xf32>, tensor<3x3x16x8xf32>, tensor<8xf32>) -> tensor<1x8x8x8xf32>
  %3 = nn.conv2d %0, %v bias %b epilogue(%2) {pads = array<i64: 1, 1, 1, 1>, epilogues = [#nn.epilogue<"add", operand = 0>]}
    : (tensor<1x8x8x16xf32>, tensor<3x3x16x8xf32>, tensor<8xf32>, tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32>
  %4 = nn.concat %3, %2 {axis = 3} : (tensor<1x8x8x8xf32>, tensor<1x8x8x8xf32>) -> tensor<1x8x8x16xf32>
  %5 = nn.concat %1, %4, %1, %x {axis = 3}
    : (tensor<1x8x8x16xf32>, tensor<1x8x8x16xf32>, tensor<1x8x8x16xf32>, tensor<1x8x8x16xf32>) -> tensor<1x8x8x64xf32>
  %6 = nn.slice %5 {begin = array<i64: 0, 0, 0, 12>, size = array<i64: 1, 8, 8, 8>}
    : (tensor<1x8x8x64xf32>) -> tensor<1x8x8x8xf32>
  %7 = nn.slice %5 {begin = array<i64: 0, 0, 0, 30>, size = array<i64: 1, 8, 8, 8>}
    : (tensor<1x8x8x64xf32>) -> tensor<1x8x8x8xf32>
  %8 = nn.sub %6, %7 : (tensor<1x8x8x8xf32>, tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32>
  %9 = nn.tanh %8 : (tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32>
  %10 = nn.reshape %9 {shape = array<i64: 1, 512>} : (tensor<1x8x8x8xf32>) -> tensor<1x512xf32>
  return %10 : tensor<1x512xf32>
}
)mlir";

TEST_F(EndToEnd, Block) { check(kBlock, {{1, 8, 8, 16}}); }

TEST_F(EndToEnd, TunedBlock) { check(kBlock, {{1, 8, 8, 16}}, /*tune=*/true); }

TEST_F(EndToEnd, SameBytesEveryTime) {
  std::string first = build(kBlock);
  ASSERT_FALSE(first.empty());
  EXPECT_EQ(first, build(kBlock));
}

TEST_F(EndToEnd, OutputsThatAreCopies) {
  check(R"mlir(
func.func @copies(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<f32>, tensor<6xf32>) {
  %c = nn.constant dense<1.5> : tensor<f32>
  %0 = nn.exp %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = nn.reshape %x {shape = array<i64: 6>} : (tensor<2x3xf32>) -> tensor<6xf32>
  return %0, %0, %c, %1 : tensor<2x3xf32>, tensor<2x3xf32>, tensor<f32>, tensor<6xf32>
}
)mlir",
        {{2, 3}});
}

TEST_F(EndToEnd, DynamicBatch) {
  constexpr StringLiteral text = R"mlir(
func.func @dynamic(%x: tensor<?x4x4x8xf32>) -> tensor<?x320xf32> {
  %w = nn.constant dense<0.0625> : tensor<3x3x8x12xf32>
  %0 = nn.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>, epilogues = [#nn.epilogue<"relu">]}
    : (tensor<?x4x4x8xf32>, tensor<3x3x8x12xf32>) -> tensor<?x4x4x12xf32>
  %1 = nn.exp %x : (tensor<?x4x4x8xf32>) -> tensor<?x4x4x8xf32>
  %2 = nn.concat %0, %1 {axis = 3} : (tensor<?x4x4x12xf32>, tensor<?x4x4x8xf32>) -> tensor<?x4x4x20xf32>
  %3 = nn.sigmoid %2 : (tensor<?x4x4x20xf32>) -> tensor<?x4x4x20xf32>
  %4 = nn.reshape %3 {shape = array<i64: -1, 320>} : (tensor<?x4x4x20xf32>) -> tensor<?x320xf32>
  return %4 : tensor<?x320xf32>
}
)mlir";
  check(text, {{1, 4, 4, 8}});
  check(text, {{3, 4, 4, 8}});
}

/// Layers that each read all before them: every feature lies in one buffer.
TEST_F(EndToEnd, DenseBlock) {
  std::string text = R"mlir(
func.func @dense(%x: tensor<1x6x6x16xf32>) -> tensor<1x6x6x64xf32> {
  %0 = nn.relu %x : (tensor<1x6x6x16xf32>) -> tensor<1x6x6x16xf32>
)mlir";
  for (int layer = 0; layer < 3; ++layer) {
    std::string in = std::to_string(16 + 16 * layer),
                out = std::to_string(32 + 16 * layer),
                i = std::to_string(layer), next = std::to_string(layer + 1);
    std::string from = "tensor<1x6x6x" + in + "xf32>";
    text += "%w" + i + " = nn.constant dense<0.01> : tensor<3x3x" + in +
            "x16xf32>\n%c" + i + " = nn.conv2d %" + i + ", %w" + i +
            " {pads = array<i64: 1, 1, 1, 1>} : (" + from + ", tensor<3x3x" +
            in + "x16xf32>) -> tensor<1x6x6x16xf32>\n%" + next +
            " = nn.concat %" + i + ", %c" + i + " {axis = 3} : (" + from +
            ", tensor<1x6x6x16xf32>) -> tensor<1x6x6x" + out + "xf32>\n";
  }
  text += "return %3 : tensor<1x6x6x64xf32>\n}\n";
  check(text, {{1, 6, 6, 16}});
}

TEST_F(EndToEnd, EqualWeightsAreStoredOnce) {
  constexpr StringLiteral text = R"mlir(
func.func @twice(%x: tensor<1024xf32>) -> tensor<1024xf32> {
  %a = nn.constant dense<0.5> : tensor<1024xf32>
  %b = nn.constant dense<0.5> : tensor<1x1024xf32>
  %0 = nn.add %x, %a : (tensor<1024xf32>, tensor<1024xf32>) -> tensor<1024xf32>
  %1 = nn.mul %0, %b : (tensor<1024xf32>, tensor<1x1024xf32>) -> tensor<1x1024xf32>
  %2 = nn.reshape %1 {shape = array<i64: 1024>} : (tensor<1x1024xf32>) -> tensor<1024xf32>
  return %2 : tensor<1024xf32>
}
)mlir";
  check(text, {{1024}});
  std::string bytes = build(text);
  auto file = runtime::PlanFile::fromMemory(bytes);
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ(file->weights().size(), 4096u);
}

/// A build holds weights once: packed. The attribute it read is left empty.
TEST_F(EndToEnd, PackedResourcesAreReleased) {
  OwningOpRef<ModuleOp> module = parse(R"mlir(
func.func @conv(%x: tensor<1x4x4x16xf32>) -> tensor<1x4x4x16xf32> {
  %w = nn.constant dense<0.5> : tensor<1x1x16x16xf32>
  %0 = nn.conv2d %x, %w : (tensor<1x4x4x16xf32>, tensor<1x1x16x16xf32>) -> tensor<1x4x4x16xf32>
  return %0 : tensor<1x4x4x16xf32>
}
)mlir");
  ASSERT_TRUE(module);
  std::vector<float> weights(256, 0.5f);
  nn::ConstantOp constant;
  module->walk([&](nn::ConstantOp op) { constant = op; });
  auto resource = DenseResourceElementsAttr::get(
      cast<ShapedType>(constant.getType()), "weights",
      HeapAsmResourceBlob::allocateAndCopyInferAlign<float>(weights));
  constant.setValueAttr(resource);
  ASSERT_EQ(resource.getRawHandle().getBlob()->getData().size(), 1024u);
  ASSERT_TRUE(lower(*module));
  EXPECT_TRUE(resource.getRawHandle().getBlob()->getData().empty());
}

TEST_F(EndToEnd, UnfinishedEngineIsRefused) {
  OwningOpRef<ModuleOp> module =
      parse("plan.engine @e target \"cpu\" precision \"f32\" {\n"
            "  plan.input \"x\" : !plan.buffer<4xf32>\n}\n");
  ASSERT_TRUE(module);
  Expected<plan::EngineOp> engine = plan::findEngine(*module);
  ASSERT_TRUE(engine.ok());
  Expected<std::string> bytes = plan::exportPlanBytes(*engine);
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.status().message(),
            "'plan.input' needs a layout from plan-assign-layouts");
}

} // namespace
