//===- Volume.cpp - convolution and pooling in three dimensions -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Separates the depth, so that the kernels for images do the work. A maximum or
// a mean over a box is one over its sides, then one over its depth. A
// convolution is the sum, over the filter's depth, of convolutions of images:
// those of a slice of the volume, with a slice of the filter.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"
#include "passes/graph_to_nn/DataFormat.h"

using namespace mlir;
using namespace graft;
using graph::NativeReason;

namespace {

/// Depth, height and width; pads are before and after each.
struct VolumeWindow {
  SmallVector<int64_t> size, strides, dilations = {1, 1, 1};
  SmallVector<int64_t> pads = {0, 0, 0, 0, 0, 0};

  ArrayRef<int64_t> sides(ArrayRef<int64_t> all) const {
    return all.take_back(all.size() / 3 * 2);
  }
};

/// A tensor in NDHWC whose sizes but the batch are known.
struct Volume {
  Value value;
  SmallVector<int64_t> shape;

  int64_t depth() const { return shape[1]; }
  int64_t height() const { return shape[2]; }
  int64_t width() const { return shape[3]; }
  int64_t channels() const { return shape[4]; }
};

} // namespace

static bool hasChannelsFirst(NodeConversion &c) {
  return c.getNode().getStringAttr("data_format") == "NCDHW";
}

static std::optional<Volume> readVolume(NodeConversion &c, size_t index) {
  StringRef format = c.getNode().getStringAttr("data_format");
  if (!format.empty() && format != "NDHWC" && format != "NCDHW") {
    c.refuse(NativeReason::UnsupportedAttribute,
             "attribute data_format must be NDHWC or NCDHW, got " + format);
    return std::nullopt;
  }
  Value value = c.input(index);
  if (!value)
    return std::nullopt;
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  if (rank != 5) {
    c.refuse(NativeReason::InvalidNode,
             "operator " + c.getNode().getOp() +
                 " must get tensors of rank 5, got rank " + Twine(rank));
    return std::nullopt;
  }
  if (hasChannelsFirst(c))
    value = c.transpose(value, {0, 2, 3, 4, 1});
  if (!value)
    return std::nullopt;
  auto shape = cast<RankedTensorType>(value.getType()).getShape();
  if (ShapedType::isDynamicShape(shape.drop_front())) {
    c.refuse(NativeReason::UnsupportedShape,
             "depth, height, width and channels must be known");
    return std::nullopt;
  }
  return Volume{value, SmallVector<int64_t>(shape)};
}

static void giveVolume(NodeConversion &c, Value value) {
  c.result(hasChannelsFirst(c) ? c.transpose(value, {0, 4, 1, 2, 3}) : value);
}

/// The entries of a list for depth, height and width; refuses where those for
/// batch and channels are not 1.
static bool takeVolume(NodeConversion &c, StringRef name,
                       SmallVector<int64_t> &spatial) {
  SmallVector<int64_t> list = c.getNode().getIntListAttr(name);
  if (list.empty() && name == "dilations")
    list.assign(5, 1);
  bool first = hasChannelsFirst(c);
  if (list.size() != 5 || list[0] != 1 || list[first ? 1 : 4] != 1) {
    c.refuse(NativeReason::UnsupportedAttribute,
             "attribute " + name +
                 " must have 5 entries, 1 for batch and channels");
    return false;
  }
  auto begin = list.begin() + (first ? 2 : 1);
  spatial.assign(begin, begin + 3);
  return true;
}

static bool readVolumePads(NodeConversion &c, ArrayRef<int64_t> sizes,
                           VolumeWindow &window) {
  StringRef padding = c.getNode().getStringAttr("padding");
  if (padding == "VALID")
    return true;
  if (padding != "SAME") {
    c.refuse(NativeReason::UnsupportedAttribute,
             "padding must be SAME or VALID, got " + padding);
    return false;
  }
  for (size_t i = 0; i < 3; ++i)
    if (!padSame(c, sizes[i], window.size[i], window.strides[i],
                 window.dilations[i], window.pads[2 * i],
                 window.pads[2 * i + 1]))
      return false;
  return true;
}

/// The images of a volume, one after the other.
static Value toImages(NodeConversion &c, const Volume &x, Value value) {
  return c.reshape(value, {-1, x.height(), x.width(), x.channels()});
}

/// Images as volumes of that depth.
static Value toVolumes(NodeConversion &c, Value images, int64_t depth) {
  if (!images)
    return {};
  auto shape = cast<RankedTensorType>(images.getType()).getShape();
  return c.reshape(images, {-1, depth, shape[1], shape[2], shape[3]});
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

template <typename OpT>
static void pool3D(NodeConversion &c) {
  std::optional<Volume> x = readVolume(c, 0);
  VolumeWindow window;
  if (!x || !takeVolume(c, "ksize", window.size) ||
      !takeVolume(c, "strides", window.strides) ||
      !readVolumePads(c, {x->depth(), x->height(), x->width()}, window))
    return;
  Value images = c.create<OpT>(toImages(c, *x, x->value),
                               {{"window", window.sides(window.size)},
                                {"strides", window.sides(window.strides)},
                                {"pads", window.sides(window.pads)}});
  if (!images)
    return;
  auto sides = cast<RankedTensorType>(images.getType()).getShape();
  Value columns = c.create<OpT>(
      c.reshape(images, {-1, x->depth(), sides[1] * sides[2], x->channels()}),
      {{"window", {window.size[0], 1}},
       {"strides", {window.strides[0], 1}},
       {"pads", {window.pads[0], window.pads[1], 0, 0}}});
  if (!columns)
    return;
  int64_t depth = cast<RankedTensorType>(columns.getType()).getDimSize(1);
  giveVolume(
      c, c.reshape(columns, {-1, depth, sides[1], sides[2], x->channels()}));
}

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

/// The filter, whose sizes are all known.
static std::optional<SmallVector<int64_t>> readFilter(NodeConversion &c,
                                                      VolumeWindow &window) {
  Value filter = c.input(1);
  if (!filter)
    return std::nullopt;
  auto shape = cast<RankedTensorType>(filter.getType()).getShape();
  if (shape.size() != 5 || ShapedType::isDynamicShape(shape) ||
      llvm::is_contained(shape, 0)) {
    c.refuse(NativeReason::UnsupportedShape,
             "the filter must be of rank 5 and its sizes known");
    return std::nullopt;
  }
  window.size.assign(shape.begin(), shape.begin() + 3);
  if (!takeVolume(c, "strides", window.strides) ||
      !takeVolume(c, "dilations", window.dilations))
    return std::nullopt;
  return SmallVector<int64_t>(shape);
}

/// Depth `k` of the filter, as a filter of images.
static Value sliceFilter(NodeConversion &c, ArrayRef<int64_t> shape,
                         int64_t k) {
  SmallVector<int64_t> begin = {k, 0, 0, 0, 0}, size(shape);
  size[0] = 1;
  return c.reshape(
      c.create<nn::SliceOp>(c.input(1), {{"begin", begin}, {"size", size}}),
      shape.drop_front());
}

static Value addTo(NodeConversion &c, Value sum, Value term) {
  return sum ? c.create<nn::AddOp>({sum, term}) : term;
}

/// `x` with zeros before and behind in dimension `dim`.
static Value pad(NodeConversion &c, Value x, size_t dim, int64_t before,
                 int64_t behind) {
  if (!x || (before == 0 && behind == 0))
    return x;
  size_t rank = cast<RankedTensorType>(x.getType()).getRank();
  SmallVector<int64_t> low(rank, 0), high(rank, 0);
  low[dim] = before;
  high[dim] = behind;
  return c.create<nn::PadOp>(x, {{"low", low}, {"high", high}});
}

/// Every `stride`-th image of `x` from `begin`, `count` of them.
static Value sliceDepth(NodeConversion &c, Value x, int64_t begin,
                        int64_t count, int64_t stride) {
  constexpr int64_t allButDepth = 0b11101;
  int64_t end = begin + (count - 1) * stride + 1;
  return c.create<nn::StridedSliceOp>(x, {{"begin", {0, begin, 0, 0, 0}},
                                          {"end", {0, end, 0, 0, 0}},
                                          {"strides", {1, stride, 1, 1, 1}},
                                          {"begin_mask", allButDepth},
                                          {"end_mask", allButDepth}});
}

static void conv3D(NodeConversion &c) {
  std::optional<Volume> x = readVolume(c, 0);
  VolumeWindow window;
  auto filter = x ? readFilter(c, window) : std::nullopt;
  if (!filter ||
      !readVolumePads(c, {x->depth(), x->height(), x->width()}, window))
    return;
  int64_t perGroup = (*filter)[3];
  if (x->channels() % perGroup != 0)
    return c.refuse(
        NativeReason::InvalidNode,
        "the volume's channels must be a multiple of the filter's, got " +
            Twine(x->channels()) + " and " + Twine(perGroup));
  int64_t stride = window.strides[0], dilation = window.dilations[0];
  int64_t room = x->depth() + window.pads[0] + window.pads[1] -
                 (window.size[0] - 1) * dilation;
  if (room < 1)
    return c.refuse(NativeReason::UnsupportedShape,
                    "the volume must be as deep as the filter");
  int64_t depth = (room - 1) / stride + 1;
  Value padded = pad(c, x->value, 1, window.pads[0], window.pads[1]);
  Value sum;
  for (int64_t k = 0; k < window.size[0] && !c.refused(); ++k) {
    Value slice = sliceDepth(c, padded, k * dilation, depth, stride);
    Value term = c.createHeavy<nn::Conv2DOp>(
        toImages(c, *x, slice), sliceFilter(c, *filter, k), {},
        {{"strides", window.sides(window.strides)},
         {"dilations", window.sides(window.dilations)},
         {"pads", window.sides(window.pads)},
         {"groups", x->channels() / perGroup}});
    sum = addTo(c, sum, term);
  }
  if (!c.refused())
    giveVolume(c, toVolumes(c, sum, depth));
}

/// An image at depth d contributes to depth d * stride + `shift`: spreads the
/// images so, in a volume of that depth.
static Value spreadDepth(NodeConversion &c, Value x, int64_t stride,
                         int64_t shift, int64_t depth) {
  auto shape = cast<RankedTensorType>(x.getType()).getShape();
  int64_t length = shape[1] * stride;
  int64_t image = shape[2] * shape[3] * shape[4];
  Value spread =
      pad(c, c.reshape(x, {-1, shape[1], 1, image}), 2, 0, stride - 1);
  spread = c.reshape(spread, {-1, length, shape[2], shape[3], shape[4]});
  spread = pad(c, spread, 1, std::max<int64_t>(shift, 0),
               std::max<int64_t>(depth - shift - length, 0));
  return sliceDepth(c, spread, std::max<int64_t>(-shift, 0), depth, 1);
}

/// Inputs: the sizes of the result, the filter, and what is spread.
static void conv3DBackpropInput(NodeConversion &c) {
  std::optional<Volume> x = readVolume(c, 2);
  VolumeWindow window;
  auto filter = x ? readFilter(c, window) : std::nullopt;
  if (!filter)
    return;
  // The sizes, or what the graph knows about the result where they depend on
  // the batch.
  SmallVector<int64_t> sizes;
  auto known =
      dyn_cast<RankedTensorType>(c.getNode().getOutputs()[0].getType());
  if (!c.constant(0) && known && known.getRank() == 5)
    sizes.assign(known.getShape().begin(), known.getShape().end());
  else if (!c.constantInts(0, "the sizes of the result", sizes))
    return;
  if (sizes.size() == 5) {
    auto begin = sizes.begin() + (hasChannelsFirst(c) ? 2 : 1);
    sizes = SmallVector<int64_t>(begin, begin + 3);
  }
  if (sizes.size() != 3 || llvm::any_of(sizes, [](int64_t s) { return s < 1; }))
    return c.refuse(NativeReason::OperandNotConstant,
                    "the sizes of the result (input 0) must be known");
  if (!readVolumePads(c, sizes, window))
    return;
  Value images = toImages(c, *x, x->value);
  Value sum;
  for (int64_t k = 0; k < window.size[0] && !c.refused(); ++k) {
    Value term = c.createHeavy<nn::Conv2DTransposeOp>(
        images, sliceFilter(c, *filter, k), {},
        {{"strides", window.sides(window.strides)},
         {"dilations", window.sides(window.dilations)},
         {"pads", window.sides(window.pads)},
         {"output_size", {sizes[1], sizes[2]}}});
    Value volume = toVolumes(c, term, x->depth());
    if (!volume)
      return;
    sum =
        addTo(c, sum,
              spreadDepth(c, volume, window.strides[0],
                          k * window.dilations[0] - window.pads[0], sizes[0]));
  }
  if (!c.refused())
    giveVolume(c, sum);
}

void graft::addVolumeConverters(ConverterRows &rows) {
  rows.append({
      {"AvgPool3D", pool3D<nn::AvgPool2DOp>},
      {"Conv3D", conv3D},
      {"Conv3DBackpropInputV2", conv3DBackpropInput},
      {"MaxPool3D", pool3D<nn::MaxPool2DOp>},
  });
}
