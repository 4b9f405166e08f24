//===- TiledConvolution.cpp - convolutions made of tiles ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/cpu/convolution/TiledConvolution.h"

#include "runtime/cpu/Threads.h"

#include <cstring>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

Tactic cpu::tiledTactic(const char *name, const LaunchDesc &launch,
                        const ConvWords &conv, double seconds) {
  Tactic tactic;
  tactic.name = name;
  tactic.seconds = seconds;
  tactic.stridedInputs =
      !conv.isMatMul() || hasOneRowDimension(launch.inputs[0]);
  tactic.stridedOutputs =
      !conv.isMatMul() || hasOneRowDimension(launch.outputs[0]);
  return tactic;
}

uint64_t cpu::tiledBytes(const ConvWords &conv, int64_t headRows) {
  Tiling tiling;
  makeBlocks(conv.outPerGroup(), headRows + conv.weightRows(), tiling);
  return uint64_t(tiling.weightFloats * conv.given.groups *
                  ConvWords::kWordBytes);
}

bool TiledConvolution::setUp(const LaunchDesc &launch, const ConvWords &words,
                             const Epilogues &given, const Form &form,
                             int threadCount) {
  conv = words;
  epilogues = given;
  threads = threadCount;
  outBytes = int64_t(ops::sizeOf(launch.outputs[0].type.dtype));
  if (epilogues.residual >= 0)
    residualBytes = int64_t(
        ops::sizeOf(launch.inputs[size_t(epilogues.residual)].type.dtype));
  ConvWork::Options options;
  options.maxPixels = form.maxPixels;
  options.mayBeLinear = areEven(epilogues, conv.given);
  options.headRows = form.headRows;
  options.everyTap = form.padding != 0;
  work.init(conv.words, options, threads);
  padding.resize(size_t(work.depth()));
  std::memset(padding.data(), form.padding,
              padding.size() * ConvWords::kWordBytes);
  const Slot &filter = launch.inputs[1];
  const uint64_t bytes = uint64_t(work.weightWords() * ConvWords::kWordBytes);
  if (filter.layout.empty())
    packBytes = bytes;
  return filter.layout.empty() ||
         (filter.layout == form.layout && filter.bytes == bytes);
}

Status TiledConvolution::enqueue(const void *const *inputs,
                                 void *const *outputs,
                                 ExecutionContext &context) {
  beginRun(inputs);
  char *free = static_cast<char *>(context.scratch());
  const void *weights = inputs[1];
  const void *in = conv.takeInput(inputs[0], free, threads);
  free += conv.copyBytes();
  if (packBytes) {
    packWeights(work.tiles(), weights, free);
    weights = free;
  }
  parallel(work.threads(), work.parts(), [&](PartTaker &taker) {
    for (int64_t part; taker.take(part);)
      runPart({inputs, static_cast<char *>(outputs[0]),
               static_cast<const float *>(in),
               static_cast<const float *>(weights), size_t(part)});
  });
  return Status();
}
