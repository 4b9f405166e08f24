//===- Registration.cpp - everything that a tool may want to know about ---===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/Registration.h"

#include "dialects/graph/Graph.h"
#include "dialects/nn/NN.h"
#include "dialects/nn/reference/Passes.h"
#include "dialects/plan/Plan.h"
#include "passes/Pipelines.h"
#include "passes/graph/Passes.h"
#include "passes/graph_to_nn/Passes.h"
#include "passes/nn/Passes.h"
#include "passes/nn_to_plan/Passes.h"
#include "passes/plan/Passes.h"
#include "tftrt/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Transforms/Passes.h"

void graft::registerDialects(mlir::DialectRegistry &registry) {
  registry.insert<graph::GraphDialect, nn::NNDialect, plan::PlanDialect,
                  mlir::func::FuncDialect>();
  registerNodeSemantics(registry);
}

void graft::registerPasses() {
  mlir::registerTransformsPasses();
  graph::registerGraphPasses();
  tftrt::registerTfTrtPasses();
  registerGraphToNNPasses();
  nn::registerNNPasses();
  plan::registerNNToPlanPasses();
  plan::registerPlanPasses();
  registerPipelines();
  nn::registerNNReferencePasses();
}
