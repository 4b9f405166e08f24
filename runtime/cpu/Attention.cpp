//===- Attention.cpp - scores, softmax and values in one pass -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scores of a tile of queries stay in the first-level cache, and memory
// never holds them. For each head, the kernel packs keys and values once and
// then takes one tile of queries at a time through both products. It uses the
// tiles of the convolutions: a row of queries is a pixel. All arithmetic is in
// f32; bf16 and f16 operands are converted when they are packed.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Families.h"
#include "runtime/cpu/FloatRows.h"
#include "runtime/cpu/Functions.h"
#include "runtime/cpu/Loops.h"
#include "runtime/cpu/Threads.h"
#include "runtime/cpu/convolution/Convolution.h"

#include <algorithm>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

/// Vectors of a packed block: a tile then has about as many rows as lanes.
constexpr int64_t kBlockVectors = 2;
constexpr int64_t kBlockLanes = kBlockVectors * kLanes;

int64_t padded(int64_t count) {
  return (count + kBlockLanes - 1) / kBlockLanes * kBlockLanes;
}

/// Queries, keys, values or the result: [batch, position, head, feature].
struct Heads {
  int64_t batch = 0, position = 0, head = 0; ///< strides in elements
  FloatRows rows;

  bool read(const Slot &slot) {
    std::vector<int64_t> strides = stridesOf(slot);
    if (strides.size() != 4 || !FloatRows::holds(slot.type.dtype) ||
        (strides[3] != 1 && slot.type.shape[3] != 1))
      return false;
    batch = strides[0];
    position = strides[1];
    head = strides[2];
    rows = FloatRows(slot.type.dtype);
    return true;
  }
};

class AttentionKernel : public Kernel {
public:
  bool init(const LaunchDesc &launch, int threadCount);
  uint64_t scratchBytes() const override {
    return uint64_t(threads) * uint64_t(floatsPerThread()) * sizeof(float);
  }
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) override;
  double flops() const {
    return 2.0 * double(batches * heads) * double(queries * keys) *
           double(features + width);
  }

private:
  /// What one thread works with.
  struct Workspace {
    float *keys;   ///< blocks of keys: [block][feature][lane]
    float *values; ///< blocks of features: [block][key][lane]
    float *rows;   ///< queries of a tile, if they are converted to f32
    float *scores; ///< of a tile
    float *out;    ///< of a tile
    float *row;    ///< one key or value
    float *masks;  ///< of one query
  };
  int64_t floatsPerThread() const {
    return features * padded(keys) + keys * padded(width) +
           kMaxTilePixels * (padded(features) + padded(keys) + padded(width)) +
           padded(std::max(features, width)) + padded(keys);
  }
  Workspace carve(float *memory) const;
  void pack(const void *const *inputs, int64_t batch, int64_t head,
            const Workspace &space) const;
  void multiply(const float *const *rows, int64_t count, int64_t depth,
                const float *weights, int64_t columns, float *out,
                int64_t outStep) const;
  void runTile(const void *const *inputs, void *output, int64_t batch,
               int64_t head, int64_t first, int64_t count,
               const Workspace &space) const;

  const RowTable *table = nullptr;
  const TileTable *tiles = nullptr;
  BinaryRowFn add = nullptr;
  Heads query, key, value, result;
  FloatRows mask;
  bool isMasked = false;
  std::array<int64_t, 4> maskStrides{};
  float scale = 1.0f;
  int64_t batches = 0, heads = 0, queries = 0, keys = 0;
  int64_t features = 0, width = 0; ///< of keys and of values
  /// Parts of a head's queries, so that every thread gets some.
  int64_t parts = 1;
  int threads = 1;
};

bool AttentionKernel::init(const LaunchDesc &launch, int threadCount) {
  if (launch.op.kind != "attention" || !launch.op.epilogues.empty() ||
      launch.inputs.size() < 3 || launch.inputs.size() > 4 ||
      launch.outputs.size() != 1)
    return false;
  for (const std::vector<Slot> *slots : {&launch.inputs, &launch.outputs})
    for (const Slot &slot : *slots) {
      int64_t count = 0;
      if (!slot.type.isStatic() ||
          !ops::countElements(slot.type.shape, count) || count <= 0 ||
          count > (int64_t(1) << 32))
        return false;
    }
  if (!query.read(launch.inputs[0]) || !key.read(launch.inputs[1]) ||
      !value.read(launch.inputs[2]) || !result.read(launch.outputs[0]))
    return false;
  const ops::Shape &q = launch.inputs[0].type.shape;
  const ops::Shape &v = launch.inputs[2].type.shape;
  batches = q[0];
  queries = q[1];
  heads = q[2];
  features = q[3];
  keys = v[1];
  width = v[3];
  isMasked = launch.inputs.size() == 4;
  if (isMasked) {
    std::vector<int64_t> strides;
    const Slot &slot = launch.inputs[3];
    if (!FloatRows::holds(slot.type.dtype) ||
        !broadcastStrides(slot, {batches, heads, queries, keys}, strides) ||
        (strides[3] != 1 && keys != 1 && strides[3] != 0))
      return false;
    std::copy(strides.begin(), strides.end(), maskStrides.begin());
    mask = FloatRows(slot.type.dtype);
  }
  scale = float(launch.op.attributes.getFloat("scale", 1.0));
  table = &rows();
  tiles = &tileTable();
  add = findBinary("add");
  threads = threadsFor(int64_t(std::min(flops(), 1e12) / 16), threadCount);
  int64_t tile = tiles->maxPixels[kBlockVectors - 1];
  while (parts * batches * heads < 4 * threads && queries / (2 * parts) >= tile)
    parts *= 2;
  return true;
}

AttentionKernel::Workspace AttentionKernel::carve(float *memory) const {
  Workspace space;
  auto take = [&](int64_t count) {
    float *at = memory;
    memory += count;
    return at;
  };
  space.keys = take(features * padded(keys));
  space.values = take(keys * padded(width));
  space.rows = take(kMaxTilePixels * padded(features));
  space.scores = take(kMaxTilePixels * padded(keys));
  space.out = take(kMaxTilePixels * padded(width));
  space.row = take(padded(std::max(features, width)));
  space.masks = take(padded(keys));
  return space;
}

void AttentionKernel::pack(const void *const *inputs, int64_t batch,
                           int64_t head, const Workspace &space) const {
  for (int64_t k = 0; k < padded(keys); ++k) {
    float *to =
        space.keys + k / kBlockLanes * features * kBlockLanes + k % kBlockLanes;
    if (k >= keys) {
      for (int64_t f = 0; f < features; ++f)
        to[f * kBlockLanes] = 0.0f;
      continue;
    }
    const float *from = key.rows.read(
        inputs[1], batch * key.batch + k * key.position + head * key.head,
        features, space.row);
    for (int64_t f = 0; f < features; ++f)
      to[f * kBlockLanes] = from[f] * scale;
  }
  for (int64_t k = 0; k < keys; ++k) {
    const float *from = value.rows.read(
        inputs[2], batch * value.batch + k * value.position + head * value.head,
        width, space.row);
    for (int64_t f = 0; f < width; f += kBlockLanes) {
      float *to = space.values + f * keys + k * kBlockLanes;
      int64_t lanes = std::min(kBlockLanes, width - f);
      std::copy(from + f, from + f + lanes, to);
      std::fill(to + lanes, to + kBlockLanes, 0.0f);
    }
  }
}

/// Multiplies `count` rows with the packed matrix of `depth` rows and `columns`
/// columns.
void AttentionKernel::multiply(const float *const *rows, int64_t count,
                               int64_t depth, const float *weights,
                               int64_t columns, float *out,
                               int64_t outStep) const {
  Segment segment;
  segment.length = depth;
  TileArgs args;
  args.anyRow = args.anyColumn = 1;
  args.mixed = args.clamp = args.hasResidual = false;
  args.numSegments = 1;
  args.segments = &segment;
  args.zeros = nullptr;
  args.bias = nullptr;
  // The block is zero-padded behind the last column, and the output has room.
  args.step = args.lanes = kBlockLanes;
  args.low = args.high = 0.0f;
  for (int64_t r = 0; r < count; ++r) {
    args.base[r] = rows[r];
    args.out[r] = out + r * outStep;
  }
  TileTable::Fn fn = tiles->tiles[kBlockVectors - 1][count - 1];
  for (int64_t column = 0; column < columns; column += kBlockLanes) {
    args.channel = column;
    args.weights = weights + column * depth;
    args.nextWeights = reinterpret_cast<const char *>(
        column + kBlockLanes < columns ? args.weights + kBlockLanes * depth
                                       : weights);
    args.nextInput = args.nextLaunch = args.nextWeights;
    fn(args);
  }
}

void AttentionKernel::runTile(const void *const *inputs, void *output,
                              int64_t batch, int64_t head, int64_t first,
                              int64_t count, const Workspace &space) const {
  const float *rows[kMaxTilePixels];
  for (int64_t r = 0; r < count; ++r)
    rows[r] = query.rows.read(
        inputs[0],
        batch * query.batch + (first + r) * query.position + head * query.head,
        features, space.rows + r * padded(features));
  const int64_t step = padded(keys);
  multiply(rows, count, features, space.keys, keys, space.scores, step);
  float sums[kMaxTilePixels];
  for (int64_t r = 0; r < count; ++r) {
    float *scores = space.scores + r * step;
    if (isMasked) {
      int64_t at = batch * maskStrides[0] + head * maskStrides[1] +
                   (first + r) * maskStrides[2];
      bool repeats = maskStrides[3] == 0;
      const float *masks =
          mask.read(inputs[3], at, repeats ? 1 : keys, space.masks);
      add(scores, scores, masks, keys, false, repeats);
    }
    sums[r] =
        table->exponentials(scores, scores, keys, table->largest(scores, keys));
    rows[r] = scores;
  }
  multiply(rows, count, keys, space.values, width, space.out, padded(width));
  for (int64_t r = 0; r < count; ++r) {
    float *out = space.out + r * padded(width);
    table->scale(out, width, 1.0f / sums[r]);
    int64_t at = batch * result.batch + (first + r) * result.position +
                 head * result.head;
    float *to = result.rows.place(output, at, out);
    if (to != out)
      std::copy(out, out + width, to);
    result.rows.write(output, at, width, out);
  }
}

Status AttentionKernel::enqueue(const void *const *inputs, void *const *outputs,
                                ExecutionContext &context) {
  const int64_t units = batches * heads * parts;
  const int64_t tile = tiles->maxPixels[kBlockVectors - 1];
  parallel(threads, units, [&](PartTaker &taker) {
    Workspace space = carve(static_cast<float *>(context.scratch()) +
                            int64_t(taker.thread()) * floatsPerThread());
    int64_t packed = -1;
    for (int64_t unit; taker.take(unit);) {
      int64_t head = unit / parts, part = unit % parts;
      if (packed != head)
        pack(inputs, head / heads, head % heads, space);
      packed = head;
      int64_t end = queries * (part + 1) / parts;
      int64_t first = queries * part / parts;
      // Splits evenly: 64 rows are 4 times 13 and once 12, not 4 times 14 and
      // once 8.
      for (int64_t left = (end - first + tile - 1) / tile; left > 0; --left) {
        int64_t rows = (end - first + left - 1) / left;
        runTile(inputs, outputs[0], head / heads, head % heads, first, rows,
                space);
        first += rows;
      }
    }
  });
  return Status();
}

} // namespace

Tactics cpu::attentionTactics(const LaunchDesc &launch, int threads) {
  constexpr double kRate = 200e9; // of floats, per thread, on AVX-512
  AttentionKernel kernel;
  if (!kernel.init(launch, threads))
    return {};
  Tactic tactic;
  tactic.name = "tiles";
  tactic.stridedInputs = tactic.stridedOutputs = true;
  tactic.seconds = 4e-6 + kernel.flops() / kRate / std::max(threads, 1);
  return {tactic};
}

KernelOr cpu::createAttention(const LaunchDesc &launch, int threads) {
  return makeKernel<AttentionKernel>(launch, threads, "attention");
}
