//===- Problem.cpp - launches as plain numbers ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The operations' shape functions have checked the shapes. The checks here are
// for further requirements of the kernels.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/Problem.h"

#include <algorithm>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::cpu;

namespace {

/// Limits offsets and loop counts to far below the maximum of int64_t, so that
/// kernels can add and scale them without overflow.
constexpr int64_t kMaxElements = int64_t(1) << 40;

bool isSane(const Slot &slot) {
  int64_t count = 0;
  if (!slot.type.isStatic() || !ops::countElements(slot.type.shape, count) ||
      count <= 0 || count > kMaxElements)
    return false;
  if (slot.strides.empty())
    return true;
  if (slot.strides.size() != slot.type.shape.size())
    return false;
  for (size_t i = 0; i < slot.strides.size(); ++i) {
    int64_t span = 0;
    if (slot.strides[i] < 0 ||
        __builtin_mul_overflow(slot.strides[i], slot.type.shape[i], &span) ||
        span > kMaxElements)
      return false;
  }
  return true;
}

bool areSane(const LaunchDesc &launch, size_t minInputs) {
  if (launch.inputs.size() < minInputs || launch.outputs.size() != 1)
    return false;
  for (const Slot &slot : launch.inputs)
    if (!isSane(slot))
      return false;
  return isSane(launch.outputs[0]);
}

bool readImage(const Slot &slot, ImageStrides &strides) {
  std::vector<int64_t> all = stridesOf(slot);
  if (all.size() != 4 || (all[3] != 1 && slot.type.shape[3] != 1))
    return false;
  strides = {all[0], all[1], all[2]};
  return true;
}

template <size_t N>
bool readInts(const ops::OpDesc &op, std::string_view name, int64_t fallback,
              int64_t least, std::array<int64_t, N> &values) {
  const std::vector<int64_t> &given = op.attributes.getInts(name);
  if (given.empty()) {
    values.fill(fallback);
    return true;
  }
  if (given.size() != N)
    return false;
  for (size_t i = 0; i < N; ++i) {
    if (given[i] < least || given[i] > (int64_t(1) << 20))
      return false;
    values[i] = given[i];
  }
  return true;
}

bool readWindow(const ops::OpDesc &op, Window &window) {
  return readInts(op, "strides", 1, 1, window.strides) &&
         readInts(op, "dilations", 1, 1, window.dilations) &&
         readInts(op, "pads", 0, 0, window.pads);
}

} // namespace

bool cpu::collapseRows(const Slot &slot, int64_t &rows, int64_t &columns,
                       int64_t &rowStride) {
  const ops::Shape &shape = slot.type.shape;
  if (shape.empty() || !isSane(slot))
    return false;
  std::vector<int64_t> strides = stridesOf(slot);
  columns = shape.back();
  if (strides.back() != 1 && columns != 1)
    return false;
  rows = 1;
  rowStride = columns;
  for (size_t i = shape.size() - 1; i-- > 0;) {
    if (shape[i] == 1)
      continue;
    if (rows == 1)
      rowStride = strides[i];
    else if (strides[i] != rowStride * rows)
      return false;
    rows *= shape[i];
  }
  return true;
}

bool cpu::hasOneRowDimension(const Slot &slot) {
  const ops::Shape &shape = slot.type.shape;
  return std::count_if(shape.begin(), shape.end() - 1,
                       [](int64_t size) { return size != 1; }) <= 1;
}

bool cpu::allOf(const LaunchDesc &launch, ops::DType type) {
  for (const Slot &slot : launch.inputs)
    if (slot.type.dtype != type)
      return false;
  for (const Slot &slot : launch.outputs)
    if (slot.type.dtype != type)
      return false;
  return true;
}

bool cpu::readConv2D(const LaunchDesc &launch, Conv2D &conv) {
  const ops::OpDesc &op = launch.op;
  conv.hasBias = op.attributes.getInt("has_bias") != 0;
  if (op.kind != "conv2d" || !areSane(launch, conv.hasBias ? 3 : 2) ||
      !readWindow(op, conv.window))
    return false;
  const ops::Shape &x = launch.inputs[0].type.shape;
  const ops::Shape &filter = launch.inputs[1].type.shape;
  const ops::Shape &y = launch.outputs[0].type.shape;
  conv.groups = op.attributes.getInt("groups", 1);
  if (x.size() != 4 || filter.size() != 4 || y.size() != 4 || conv.groups < 1 ||
      filter[2] != x[3] / conv.groups || x[3] % conv.groups != 0 ||
      filter[3] % conv.groups != 0 || y[3] != filter[3] || y[0] != x[0] ||
      !readImage(launch.inputs[0], conv.in) ||
      !readImage(launch.outputs[0], conv.out))
    return false;
  conv.images = x[0];
  conv.height = x[1];
  conv.width = x[2];
  conv.channels = x[3];
  conv.outHeight = y[1];
  conv.outWidth = y[2];
  conv.outChannels = y[3];
  conv.window.size = {filter[0], filter[1]};
  for (size_t i = 0; i < 2; ++i) {
    int64_t reach = (filter[i] - 1) * conv.window.dilations[i] + 1;
    int64_t room = x[1 + i] + conv.window.pads[2 * i] +
                   conv.window.pads[2 * i + 1] - reach;
    if (room < 0 || room / conv.window.strides[i] + 1 != y[1 + i])
      return false;
  }
  return !conv.hasBias ||
         launch.inputs[2].type.shape == ops::Shape{conv.outChannels};
}

bool cpu::readMatMulAsConv(const LaunchDesc &launch, Conv2D &conv) {
  const ops::OpDesc &op = launch.op;
  conv.hasBias = op.attributes.getInt("has_bias") != 0;
  if (op.kind != "matmul" || !areSane(launch, conv.hasBias ? 3 : 2) ||
      op.attributes.getInt("transpose_a") != 0 ||
      launch.inputs[1].type.shape.size() != 2)
    return false;
  bool transposed = op.attributes.getInt("transpose_b") != 0;
  const ops::Shape &b = launch.inputs[1].type.shape;
  int64_t rows = 0, depth = 0, outRows = 0, columns = 0;
  if (!collapseRows(launch.inputs[0], rows, depth, conv.in.pixel) ||
      !collapseRows(launch.outputs[0], outRows, columns, conv.out.pixel) ||
      outRows != rows || b[transposed] != depth || b[!transposed] != columns)
    return false;
  conv.width = conv.outWidth = rows;
  conv.channels = depth;
  conv.outChannels = columns;
  conv.in.row = conv.in.image = conv.in.pixel * rows;
  conv.out.row = conv.out.image = conv.out.pixel * rows;
  return !conv.hasBias ||
         launch.inputs[2].type.shape == ops::Shape{conv.outChannels};
}

bool cpu::readPool2D(const LaunchDesc &launch, Pool2D &pool) {
  const ops::OpDesc &op = launch.op;
  pool.maximum = op.kind == "max_pool2d";
  pool.includePad = op.attributes.getInt("include_pad") != 0;
  if ((!pool.maximum && op.kind != "avg_pool2d") || !areSane(launch, 1) ||
      !readWindow(op, pool.window) ||
      !readInts(op, "window", 1, 1, pool.window.size))
    return false;
  const ops::Shape &x = launch.inputs[0].type.shape;
  const ops::Shape &y = launch.outputs[0].type.shape;
  if (x.size() != 4 || y.size() != 4 || x[0] != y[0] || x[3] != y[3] ||
      !readImage(launch.inputs[0], pool.in) ||
      !readImage(launch.outputs[0], pool.out))
    return false;
  pool.images = x[0];
  pool.height = x[1];
  pool.width = x[2];
  pool.channels = x[3];
  pool.outHeight = y[1];
  pool.outWidth = y[2];
  for (size_t i = 0; i < 2; ++i) {
    // A window that covers only padding has no maximum.
    if (pool.window.pads[2 * i] >= pool.window.size[i] ||
        pool.window.pads[2 * i + 1] >= pool.window.size[i])
      return false;
    int64_t room = x[1 + i] + pool.window.pads[2 * i] +
                   pool.window.pads[2 * i + 1] - pool.window.size[i];
    if (room < 0 || room / pool.window.strides[i] + 1 != y[1 + i])
      return false;
  }
  return true;
}

bool cpu::isEven(const Conv2D &conv, const ImageStrides &strides) {
  return (conv.outHeight == 1 ||
          strides.row == strides.pixel * conv.outWidth) &&
         (conv.images == 1 ||
          strides.image == strides.pixel * conv.outWidth * conv.outHeight);
}

bool cpu::readSpread(const ops::Shape &shape, const ops::Shape &out,
                     Spread &spread) {
  int64_t count = 0, outCount = 0;
  if (!ops::countElements(shape, count) || !ops::countElements(out, outCount) ||
      shape.size() > out.size() || out.empty())
    return false;
  if (count == 1) {
    spread = Spread::Scalar;
    return true;
  }
  // Shapes that broadcast and have equal element counts are equal, except for
  // leading ones.
  for (size_t i = 0; i < shape.size(); ++i) {
    int64_t size = shape[shape.size() - 1 - i];
    if (size != 1 && size != out[out.size() - 1 - i])
      return false;
  }
  if (count == outCount)
    spread = Spread::Full;
  else if (count == out.back() && shape.back() == out.back())
    spread = Spread::Channel;
  else
    return false;
  return true;
}
