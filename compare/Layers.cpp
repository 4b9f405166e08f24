//===- Layers.cpp - the measured loss of each layer of a lowered plan -----===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A launch is called like the last TensorFlow node that it computes, so
// launches of one name hold one tensor of the model, whatever was fused into
// them and whatever type it has there.
//===----------------------------------------------------------------------===//
#include "compare/Compare.h"

#include "engine/Engine.h"

#include <map>

using namespace graft;

static std::vector<float> readTensor(const graft_tensor &tensor) {
  size_t count = 1;
  for (int32_t d = 0; d < tensor.rank; ++d)
    count *= static_cast<size_t>(tensor.dims[d]);
  std::vector<float> numbers(count);
  graft_tensor_read(&tensor, numbers.data());
  return numbers;
}

Expected<ComparisonReport>
graft::compareLayers(const graft_engine *left, const graft_engine *right,
                     const NpzArrays &inputs, int threads,
                     const OutputTolerance &tolerance) {
  // Of the left side only what will be compared is kept.
  std::map<std::string, std::vector<std::vector<float>>> exact;
  for (size_t i = 0; i < graft_engine_num_launches(right); ++i)
    exact[graft_engine_launch_name(right, i)];
  Expected<NpzArrays> leftOutputs =
      runOnce(left, inputs, threads,
              [&](size_t launch, const graft_tensor *wrote, size_t count) {
                auto found = exact.find(graft_engine_launch_name(left, launch));
                for (size_t i = 0; found != exact.end() && i < count; ++i)
                  found->second.push_back(readTensor(wrote[i]));
              });
  if (!leftOutputs)
    return leftOutputs.status();

  std::vector<LayerDifference> layers;
  Expected<NpzArrays> rightOutputs =
      runOnce(right, inputs, threads,
              [&](size_t launch, const graft_tensor *wrote, size_t count) {
                LayerDifference &layer = layers.emplace_back();
                layer.name = graft_engine_launch_name(right, launch);
                layer.kind = graft_engine_launch_kind(right, launch);
                layer.precision = graft_engine_launch_precision(right, launch);
                const auto &wanted = exact[layer.name];
                for (size_t i = 0; i < std::min(count, wanted.size()); ++i) {
                  std::vector<float> numbers = readTensor(wrote[i]);
                  if (numbers.size() != wanted[i].size())
                    continue;
                  layer.comparable = true;
                  for (size_t k = 0; k < numbers.size(); ++k)
                    layer.deviation.add(wanted[i][k], numbers[k]);
                }
              });
  if (!rightOutputs)
    return rightOutputs.status();
  ComparisonReport report =
      compareOutputs(*leftOutputs, *rightOutputs, tolerance);
  report.layers = std::move(layers);
  return report;
}
