//===- Families.h - the rows of the table of operations -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to this folder: each family of operations adds its rows.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_OPS_FAMILIES_H
#define GRAFT_RUNTIME_OPS_FAMILIES_H

#include "runtime/ops/Semantics.h"

namespace graft::ops {

using Rows = std::vector<OpSemantics>;

void addAttentionRows(Rows &rows);
void addBatchSpaceRows(Rows &rows);
void addConvolutionRows(Rows &rows);
void addDataMovementRows(Rows &rows);
void addElementwiseRows(Rows &rows);
void addGatheringRows(Rows &rows);
void addMatMulRows(Rows &rows);
void addNormalizationRows(Rows &rows);
void addObservationRows(Rows &rows);
void addPoolingRows(Rows &rows);
void addQuantizationRows(Rows &rows);
void addReductionRows(Rows &rows);
void addResizingRows(Rows &rows);
void addShapeRows(Rows &rows);
void addSlicingRows(Rows &rows);
void addSourceRows(Rows &rows);
void addSuppressionRows(Rows &rows);

} // namespace graft::ops

#endif // GRAFT_RUNTIME_OPS_FAMILIES_H
