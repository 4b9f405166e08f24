//===- Registry.cpp - the table of converters -----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Puts the families' rows into one sorted table.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"

using namespace graft;

static llvm::SmallVector<ConverterRow, 0> makeTable() {
  llvm::SmallVector<ConverterRow, 0> rows;
  addActivationConverters(rows);
  addAssemblyConverters(rows);
  addBatchSpaceConverters(rows);
  addConvolutionConverters(rows);
  addDetectionConverters(rows);
  addEinsumConverters(rows);
  addElementwiseConverters(rows);
  addFusedConverters(rows);
  addGatherConverters(rows);
  addMatMulConverters(rows);
  addNormalizationConverters(rows);
  addPoolingConverters(rows);
  addQuantizationConverters(rows);
  addReductionConverters(rows);
  addResizeConverters(rows);
  addShapeConverters(rows);
  addSliceConverters(rows);
  addSourceConverters(rows);
  addVolumeConverters(rows);
  llvm::sort(rows, [](const ConverterRow &a, const ConverterRow &b) {
    return a.op < b.op;
  });
  return rows;
}

llvm::ArrayRef<ConverterRow> graft::allConverters() {
  static const llvm::SmallVector<ConverterRow, 0> table = makeTable();
  return table;
}

Converter graft::lookupConverter(llvm::StringRef op) {
  llvm::ArrayRef<ConverterRow> table = allConverters();
  const ConverterRow *row = llvm::lower_bound(
      table, op,
      [](const ConverterRow &a, llvm::StringRef key) { return a.op < key; });
  return row != table.end() && row->op == op ? row->converter : nullptr;
}
