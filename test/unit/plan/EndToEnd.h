//===- EndToEnd.h - functions of nn as plans, for tests -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions of nn go through every plan pass and the exporter, are run by the
// executor and must give what the interpreter gives.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TEST_UNIT_PLAN_ENDTOEND_H
#define GRAFT_TEST_UNIT_PLAN_ENDTOEND_H

#include "dialects/nn/NN.h"
#include "dialects/nn/reference/Evaluator.h"
#include "exporters/plan/PlanExporter.h"
#include "passes/nn_to_plan/Passes.h"
#include "passes/plan/Passes.h"
#include "runtime/core/Context.h"
#include "runtime/core/Engine.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <cmath>
#include <gtest/gtest.h>

namespace graft {

using namespace mlir;

class EndToEnd : public ::testing::Test {
protected:
  EndToEnd() {
    DialectRegistry registry;
    registry.insert<nn::NNDialect, plan::PlanDialect, func::FuncDialect>();
    context.appendDialectRegistry(registry);
  }

  OwningOpRef<ModuleOp> parse(StringRef text) {
    auto module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    return module;
  }

  /// Runs the passes of the plan dialect; false after a diagnostic.
  bool lower(ModuleOp module, bool tune = false, StringRef target = "cpu") {
    PassManager manager(&context);
    plan::ConvertNNToPlanOptions conversion;
    conversion.target = target.str();
    manager.addPass(plan::createConvertNNToPlan(conversion));
    OpPassManager &engine = manager.nest<plan::EngineOp>();
    engine.addPass(plan::createAssignLayouts());
    plan::SelectTacticsOptions options;
    options.tune = tune;
    options.threads = 2;
    options.releaseConstants = true;
    engine.addPass(plan::createSelectTactics(options));
    plan::AssignBuffersOptions buffers;
    buffers.threads = 2;
    engine.addPass(plan::createAssignBuffers(buffers));
    return succeeded(manager.run(module));
  }

  std::string build(StringRef text, bool tune = false,
                    StringRef target = "cpu") {
    OwningOpRef<ModuleOp> module = parse(text);
    if (!module || !lower(*module, tune, target))
      return "";
    Expected<plan::EngineOp> engine = plan::findEngine(*module);
    EXPECT_TRUE(engine.ok());
    Expected<std::string> bytes = plan::exportPlanBytes(*engine);
    EXPECT_TRUE(bytes.ok()) << bytes.status().message();
    Expected<plan::PlanPieces> file = plan::exportPlanPieces(*engine);
    EXPECT_TRUE(file.ok()) << file.status().message();
    std::string joined;
    if (file)
      for (std::string_view piece : file->pieces)
        joined += piece;
    EXPECT_TRUE(bytes && joined == *bytes) << "the pieces are another plan";
    return joined;
  }

  /// Runs `text` both ways on inputs of `shapes` and compares. The interpreter
  /// takes `oracle` instead where that is given.
  void check(StringRef text, std::vector<ops::Shape> shapes, bool tune = false,
             StringRef oracle = "", StringRef target = "cpu");

  MLIRContext context;
};

/// Numbers between -1 and 1 without a pattern, the same every time.
inline void fill(const ops::TensorView &view, uint32_t seed) {
  int64_t count = 0;
  ASSERT_TRUE(ops::countElements(view.type.shape, count));
  uint32_t state = seed * 2654435761u + 1;
  for (int64_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    view.as<float>()[i] =
        static_cast<float>(static_cast<int32_t>(state) / 2147483648.0);
  }
}

inline void EndToEnd::check(StringRef text, std::vector<ops::Shape> shapes,
                            bool tune, StringRef oracle, StringRef target) {
  OwningOpRef<ModuleOp> module = parse(oracle.empty() ? text : oracle);
  ASSERT_TRUE(module);
  auto function = *module->getOps<func::FuncOp>().begin();
  SmallVector<nn::TensorBuffer> inputs, wanted;
  for (auto [i, shape] : llvm::enumerate(shapes)) {
    ASSERT_TRUE(
        succeeded(inputs.emplace_back().allocate({ops::DType::F32, shape})));
    fill(inputs.back().view(), static_cast<uint32_t>(i));
  }
  Status status = nn::interpret(function, inputs, wanted);
  ASSERT_TRUE(status.ok()) << status.message();

  std::string bytes = build(text, tune, target);
  ASSERT_FALSE(bytes.empty());
  auto engine = runtime::Engine::fromMemory(bytes);
  ASSERT_TRUE(engine.ok()) << engine.status().message();
  runtime::Context run(*engine, /*threads=*/2);
  for (auto [i, shape] : llvm::enumerate(shapes)) {
    status = run.setShape(i, shape);
    ASSERT_TRUE(status.ok()) << status.message();
  }
  status = run.prepare();
  ASSERT_TRUE(status.ok()) << status.message();

  std::vector<const void *> sources;
  for (const nn::TensorBuffer &input : inputs)
    sources.push_back(input.view().data);
  SmallVector<nn::TensorBuffer> got(wanted.size());
  std::vector<void *> targets;
  for (auto [result, expected] : llvm::zip_equal(got, wanted)) {
    ASSERT_TRUE(succeeded(result.allocate(expected.view().type)));
    targets.push_back(result.view().data);
  }
  // Twice: what the first run leaves in the arena must not show.
  for (int i = 0; i < 2; ++i) {
    status = run.run(sources.data(), targets.data());
    ASSERT_TRUE(status.ok()) << status.message();
    for (auto [result, expected] : llvm::zip_equal(got, wanted)) {
      int64_t count = 0;
      ASSERT_TRUE(ops::countElements(expected.view().type.shape, count));
      for (int64_t e = 0; e < count; ++e)
        ASSERT_NEAR(result.view().as<float>()[e],
                    expected.view().as<float>()[e], 1e-4)
            << "element " << e;
    }
  }
}

} // namespace graft

#endif // GRAFT_TEST_UNIT_PLAN_ENDTOEND_H
