//===- Movement.cpp - copies of tensors and parts of them -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each operation here is a list of strided copies, over a fill value if there
// is padding.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Families.h"
#include "runtime/cpu/Loops.h"
#include "runtime/cpu/QuantizedRows.h"
#include "runtime/cpu/Threads.h"
#include "runtime/ops/Slicing.h"

#include <cmath>
#include <cstring>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

/// Copies part of input `input` to a part of the output; offsets in elements.
struct Copy {
  size_t input = 0;
  int64_t from = 0;
  int64_t to = 0;
  StridedLoop loop; ///< output, input
};

template <typename T>
void copyRun(char *to, const char *from, int64_t count, int64_t toStride,
             int64_t fromStride) {
  T *out = reinterpret_cast<T *>(to);
  const T *in = reinterpret_cast<const T *>(from);
  for (int64_t i = 0; i < count; ++i)
    out[i * toStride] = in[i * fromStride];
}

class MovementKernel : public Kernel {
public:
  bool init(const LaunchDesc &launch, int threadCount);
  Status enqueue(const void *const *inputs, void *const *outputs,
                 ExecutionContext &context) override;

private:
  bool addCopy(size_t input, const ops::Shape &shape,
               const std::vector<int64_t> &to, int64_t toOffset,
               const std::vector<int64_t> &from, int64_t fromOffset);
  bool joins(const LaunchDesc &launch);
  bool pads(const LaunchDesc &launch);
  bool slices(const LaunchDesc &launch);
  bool permutes(const LaunchDesc &launch);

  std::vector<Copy> copies;
  bool fillFirst = false;
  int backgroundByte = 0;
  StridedLoop background; ///< output
  int64_t elementBytes = 4;
  int threads = 1;
};

bool MovementKernel::addCopy(size_t input, const ops::Shape &shape,
                             const std::vector<int64_t> &to, int64_t toOffset,
                             const std::vector<int64_t> &from,
                             int64_t fromOffset) {
  Copy copy;
  copy.input = input;
  copy.from = fromOffset;
  copy.to = toOffset;
  copy.loop = StridedLoop(shape, {to, from});
  copies.push_back(std::move(copy));
  return true;
}

/// concat and pack, which joins along a new dimension.
bool MovementKernel::joins(const LaunchDesc &launch) {
  const ops::Shape &out = launch.outputs[0].type.shape;
  int64_t rank = int64_t(out.size());
  int64_t axis = launch.op.attributes.getInt("axis", 0);
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis >= rank)
    return false;
  std::vector<int64_t> to = stridesOf(launch.outputs[0]);
  int64_t start = 0;
  for (size_t i = 0; i < launch.inputs.size(); ++i) {
    ops::Shape shape = launch.inputs[i].type.shape;
    std::vector<int64_t> from = stridesOf(launch.inputs[i]);
    if (launch.op.kind == "pack") {
      shape.insert(shape.begin() + axis, 1);
      from.insert(from.begin() + axis, 0);
    }
    if (int64_t(shape.size()) != rank)
      return false;
    addCopy(i, shape, to, start * to[size_t(axis)], from, 0);
    start += shape[size_t(axis)];
  }
  return start == out[size_t(axis)];
}

bool MovementKernel::pads(const LaunchDesc &launch) {
  const ops::Attributes &attrs = launch.op.attributes;
  std::string_view mode = attrs.getString("mode");
  const ops::Shape &in = launch.inputs[0].type.shape;
  const ops::Shape &out = launch.outputs[0].type.shape;
  std::vector<int64_t> low = attrs.getInts("low");
  low.resize(in.size(), 0);
  const double value = attrs.getFloat("value", double(attrs.getInt("value")));
  // Only int8 and uint8 tensors have a fill value other than zero: the zero
  // point.
  const double least =
      launch.outputs[0].type.dtype == ops::DType::I8 ? -128 : 0;
  const bool isByte = isQuantized(launch.outputs[0].type.dtype) &&
                      value >= least && value <= least + 255 &&
                      value == std::trunc(value);
  if ((!mode.empty() && mode != "constant") || (value != 0.0 && !isByte) ||
      in.size() != out.size())
    return false;
  backgroundByte = int(value);
  std::vector<int64_t> to = stridesOf(launch.outputs[0]);
  int64_t offset = 0;
  for (size_t d = 0; d < in.size(); ++d) {
    if (low[d] < 0 || low[d] + in[d] > out[d])
      return false;
    offset += low[d] * to[d];
  }
  fillFirst = true;
  background = StridedLoop(out, {to});
  if (background.inner() > 1 && background.innerStride(0) != 1)
    return false;
  return addCopy(0, in, to, offset, stridesOf(launch.inputs[0]), 0);
}

/// slice and strided_slice.
bool MovementKernel::slices(const LaunchDesc &launch) {
  std::vector<ops::Range> ranges;
  if (!ops::slicedRanges(launch.op, launch.inputs[0].type.shape, ranges).ok())
    return false;
  const ops::Shape &out = launch.outputs[0].type.shape;
  std::vector<int64_t> whole = stridesOf(launch.inputs[0]), from;
  int64_t offset = 0;
  for (size_t d = 0; d < ranges.size(); ++d) {
    offset += ranges[d].start * whole[d];
    if (ranges[d].dropped)
      continue;
    if (from.size() >= out.size() || ranges[d].count != out[from.size()])
      return false;
    from.push_back(ranges[d].step * whole[d]);
  }
  return from.size() == out.size() &&
         addCopy(0, out, stridesOf(launch.outputs[0]), 0, from, offset);
}

bool MovementKernel::permutes(const LaunchDesc &launch) {
  const std::vector<int64_t> &perm = launch.op.attributes.getInts("perm");
  const ops::Shape &in = launch.inputs[0].type.shape;
  const ops::Shape &out = launch.outputs[0].type.shape;
  std::vector<int64_t> own = stridesOf(launch.inputs[0]), from;
  if (perm.size() != in.size() || out.size() != in.size())
    return false;
  for (size_t d = 0; d < perm.size(); ++d) {
    if (perm[d] < 0 || perm[d] >= int64_t(in.size()) ||
        in[size_t(perm[d])] != out[d])
      return false;
    from.push_back(own[size_t(perm[d])]);
  }
  return addCopy(0, out, stridesOf(launch.outputs[0]), 0, from, 0);
}

bool MovementKernel::init(const LaunchDesc &launch, int threadCount) {
  if (launch.outputs.size() != 1 || launch.inputs.empty() ||
      !launch.op.epilogues.empty())
    return false;
  const Slot &out = launch.outputs[0];
  int64_t total = 0, count = 0;
  if (!out.type.isStatic() || !ops::countElements(out.type.shape, total) ||
      total <= 0)
    return false;
  elementBytes = int64_t(ops::sizeOf(out.type.dtype));
  for (const Slot &slot : launch.inputs)
    if (!slot.type.isStatic() || !ops::countElements(slot.type.shape, count) ||
        count <= 0)
      return false;
  threads = threadsFor(total, threadCount);
  const std::string &kind = launch.op.kind;
  // The other inputs of these operations are not tensors to copy.
  if (launch.inputs[0].type.dtype != out.type.dtype)
    return false;
  if (kind == "concat" || kind == "pack")
    return joins(launch);
  if (kind == "pad")
    return launch.inputs.size() == 1 && pads(launch);
  if (kind == "slice" || kind == "strided_slice")
    return launch.inputs.size() == 1 && slices(launch);
  if (kind == "transpose")
    return permutes(launch);
  if (kind == "broadcast_to") {
    std::vector<int64_t> from;
    return broadcastStrides(launch.inputs[0], out.type.shape, from) &&
           addCopy(0, out.type.shape, stridesOf(out), 0, from, 0);
  }
  if (kind == "identity" && launch.inputs[0].type.shape == out.type.shape)
    return addCopy(0, out.type.shape, stridesOf(out), 0,
                   stridesOf(launch.inputs[0]), 0);
  if (kind == "identity" || kind == "reshape" || kind == "expand_dims" ||
      kind == "squeeze") {
    (void)ops::countElements(launch.inputs[0].type.shape, count);
    return count == total && isDense(launch.inputs[0]) && isDense(out) &&
           addCopy(0, {total}, {1}, 0, {1}, 0);
  }
  return false;
}

Status MovementKernel::enqueue(const void *const *inputs, void *const *outputs,
                               ExecutionContext &) {
  char *out = static_cast<char *>(outputs[0]);
  if (fillFirst)
    background.forRuns(0, background.total(),
                       [&](const int64_t *at, int64_t count) {
                         std::memset(out + at[0] * elementBytes, backgroundByte,
                                     size_t(count * elementBytes));
                       });
  for (const Copy &copy : copies) {
    const char *in = static_cast<const char *>(inputs[copy.input]) +
                     copy.from * elementBytes;
    char *base = out + copy.to * elementBytes;
    int64_t toStride = copy.loop.innerStride(0);
    int64_t fromStride = copy.loop.innerStride(1);
    parallelFor(
        threadsFor(copy.loop.total(), threads), copy.loop.total(), 64,
        [&](int64_t begin, int64_t end) {
          copy.loop.forRuns(begin, end, [&](const int64_t *at, int64_t count) {
            char *to = base + at[0] * elementBytes;
            const char *from = in + at[1] * elementBytes;
            if (count == 1 || (toStride == 1 && fromStride == 1))
              std::memcpy(to, from, size_t(count * elementBytes));
            else if (elementBytes == 4)
              copyRun<uint32_t>(to, from, count, toStride, fromStride);
            else if (elementBytes == 2)
              copyRun<uint16_t>(to, from, count, toStride, fromStride);
            else if (elementBytes == 1)
              copyRun<uint8_t>(to, from, count, toStride, fromStride);
            else
              copyRun<uint64_t>(to, from, count, toStride, fromStride);
          });
        });
  }
  return Status();
}

} // namespace

Tactics cpu::movementTactics(const LaunchDesc &launch, int threads) {
  MovementKernel kernel;
  if (!kernel.init(launch, threads))
    return {};
  const std::string &kind = launch.op.kind;
  const Slot &out = launch.outputs[0];
  Tactic tactic = memoryTactic(
      "copy", out, 2.0 * double(ops::sizeOf(out.type.dtype)), threads);
  // Plain copies read memory in its order; the other operations take any
  // strides.
  tactic.stridedInputs = tactic.stridedOutputs =
      kind == "identity" || kind == "concat" || kind == "pack" ||
      kind == "slice" || kind == "strided_slice" || kind == "transpose" ||
      kind == "broadcast_to" || kind == "pad";
  return {tactic};
}

KernelOr cpu::createMovement(const LaunchDesc &launch, int threads) {
  return makeKernel<MovementKernel>(launch, threads, "copy");
}
