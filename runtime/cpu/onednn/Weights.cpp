//===- Weights.cpp - the weights of a launch as oneDNN sees them ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH
// LLVM-exception//===----------------------------------------------------------------------===//
#include "runtime/cpu/onednn/Weights.h"

#include "runtime/cpu/Problem.h"
#include "runtime/ops/Indexing.h"

#include <algorithm>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::onednn;

/// HWIO, where each group has output channels of its own.
static Weights ofConvolution(const cpu::Conv2D &conv) {
  const int64_t kh = conv.window.size[0], kw = conv.window.size[1];
  const int64_t in = conv.channels / conv.groups;
  const int64_t out = conv.outChannels / conv.groups;
  Weights weights = {{conv.groups, out, in, kh, kw},
                     {out, 1, conv.outChannels, kw * in * conv.outChannels,
                      in * conv.outChannels}};
  if (conv.groups == 1) {
    weights.dims.erase(weights.dims.begin());
    weights.strides.erase(weights.strides.begin());
  }
  return weights;
}

/// HWOI.
static Weights ofTransposedConvolution(const ops::Shape &filter) {
  const int64_t out = filter[2], in = filter[3];
  return {{out, in, filter[0], filter[1]},
          {in, 1, filter[1] * out * in, out * in}};
}

bool onednn::sharesMatrix(const LaunchDesc &launch) {
  return launch.inputs[1].type.shape.size() == 2 &&
         launch.op.attributes.getInt("transpose_a") == 0;
}

Weights onednn::ofMatrices(const ops::Shape &shape, size_t rank,
                           bool transposed) {
  Weights matrices;
  Dims &dims = matrices.dims, &strides = matrices.strides;
  dims = shape;
  dims.insert(dims.begin(), rank - std::min(rank, dims.size()), 1);
  strides = ops::denseStrides(dims);
  if (transposed) {
    std::swap(dims[rank - 1], dims[rank - 2]);
    std::swap(strides[rank - 1], strides[rank - 2]);
  }
  return matrices;
}

bool onednn::readWeights(const LaunchDesc &launch, Weights &weights) {
  if (launch.inputs.size() < 2 || launch.outputs.size() != 1)
    return false;
  const std::string &kind = launch.op.kind;
  const ops::Shape &shape = launch.inputs[1].type.shape;
  cpu::Conv2D conv;
  if (cpu::readConv2D(launch, conv)) {
    weights = ofConvolution(conv);
  } else if (kind == "conv2d_transpose" && shape.size() == 4) {
    weights = ofTransposedConvolution(shape);
  } else if (kind == "matmul" && shape.size() >= 2) {
    const size_t rank =
        sharesMatrix(launch) ? 2 : launch.outputs[0].type.shape.size();
    if (rank < shape.size() || rank > kMaxMatrixRank)
      return false;
    weights = ofMatrices(shape, rank,
                         launch.op.attributes.getInt("transpose_b") != 0);
  } else {
    return false;
  }
  return true;
}

uint64_t onednn::packedWeightBytes(const LaunchDesc &launch) {
  Weights weights;
  dnnl_data_type_t type;
  if (!readWeights(launch, weights) ||
      !toDataType(launch.inputs[1].type.dtype, type))
    return 0;
  MemoryDesc desc = withTagName(weights.dims, type, launch.inputs[1].layout);
  return desc ? dnnl_memory_desc_get_size(desc.get()) : 0;
}
