//===- NNOps.td - all operations of the `nn` dialect -------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_NNOPS_TD
#define GRAFT_DIALECTS_NN_NNOPS_TD

include "dialects/nn/NNOpsDataMovement.td"
include "dialects/nn/NNOpsDetection.td"
include "dialects/nn/NNOpsElementwise.td"
include "dialects/nn/NNOpsHeavy.td"
include "dialects/nn/NNOpsNetwork.td"
include "dialects/nn/NNOpsQuantization.td"
include "dialects/nn/NNOpsReduction.td"
include "dialects/nn/NNOpsSources.td"

#endif // GRAFT_DIALECTS_NN_NNOPS_TD
