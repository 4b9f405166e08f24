//===- Converters.h - the families of converters --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each family adds its operators to the table.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_TO_NN_CONVERTERS_H
#define GRAFT_PASSES_GRAPH_TO_NN_CONVERTERS_H

#include "passes/graph_to_nn/NodeConversion.h"

namespace graft {

void addActivationConverters(ConverterRows &rows);
void addAssemblyConverters(ConverterRows &rows);
void addBatchSpaceConverters(ConverterRows &rows);
void addConvolutionConverters(ConverterRows &rows);
void addDetectionConverters(ConverterRows &rows);
void addEinsumConverters(ConverterRows &rows);
void addElementwiseConverters(ConverterRows &rows);
void addFusedConverters(ConverterRows &rows);
void addGatherConverters(ConverterRows &rows);
void addMatMulConverters(ConverterRows &rows);
void addNormalizationConverters(ConverterRows &rows);
void addPoolingConverters(ConverterRows &rows);
void addQuantizationConverters(ConverterRows &rows);
void addReductionConverters(ConverterRows &rows);
void addResizeConverters(ConverterRows &rows);
void addShapeConverters(ConverterRows &rows);
void addSliceConverters(ConverterRows &rows);
void addSourceConverters(ConverterRows &rows);
void addVolumeConverters(ConverterRows &rows);

} // namespace graft

#endif // GRAFT_PASSES_GRAPH_TO_NN_CONVERTERS_H
