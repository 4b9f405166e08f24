//===- Plan.cpp - a launch as a oneDNN primitive --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Images are NHWC for oneDNN too; only weights have a format of its choice.
//===----------------------------------------------------------------------===//
#include "runtime/cpu/onednn/Plan.h"

#include "runtime/cpu/Problem.h"
#include "runtime/cpu/onednn/Weights.h"

#include <cstring>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::onednn;
using cpu::Conv2D;
using cpu::Pool2D;
using cpu::Spread;

namespace {

Status notTaken(const char *why) {
  return Status(StatusCode::Failed, std::string("onednn: ") + why);
}

/// An epilogue in oneDNN's terms.
struct PostOp {
  enum Reads { Nothing, Alpha, AlphaAndBeta, Operand };

  const char *kind;
  dnnl_alg_kind_t algorithm;
  Reads reads = Nothing;     ///< what the epilogue says beside its kind
  float alpha = 0, beta = 0; ///< where it does not say them
};

const PostOp postOpTable[] = {
    {"add", dnnl_binary_add, PostOp::Operand},
    {"sub", dnnl_binary_sub, PostOp::Operand},
    {"mul", dnnl_binary_mul, PostOp::Operand},
    {"div", dnnl_binary_div, PostOp::Operand},
    {"maximum", dnnl_binary_max, PostOp::Operand},
    {"minimum", dnnl_binary_min, PostOp::Operand},
    {"relu", dnnl_eltwise_relu},
    {"clip", dnnl_eltwise_clip, PostOp::AlphaAndBeta},
    {"leaky_relu", dnnl_eltwise_relu, PostOp::Alpha},
    {"elu", dnnl_eltwise_elu, PostOp::Alpha},
    {"sigmoid", dnnl_eltwise_logistic},
    {"tanh", dnnl_eltwise_tanh},
    {"swish", dnnl_eltwise_swish, PostOp::Nothing, 1},
    {"hard_swish", dnnl_eltwise_hardswish, PostOp::Nothing, 1.0f / 6, 0.5f},
    {"hard_sigmoid", dnnl_eltwise_hardsigmoid, PostOp::AlphaAndBeta},
    {"gelu", dnnl_eltwise_gelu_erf},
    {"gelu_tanh", dnnl_eltwise_gelu_tanh},
    {"abs", dnnl_eltwise_abs},
    {"square", dnnl_eltwise_square},
    {"sqrt", dnnl_eltwise_sqrt},
    {"exp", dnnl_eltwise_exp},
    {"neg", dnnl_eltwise_linear, PostOp::Nothing, -1},
};

/// The row of an epilogue, or null.
const PostOp *findPostOp(const ops::Epilogue &epilogue) {
  for (const PostOp &row : postOpTable)
    if (epilogue.kind == row.kind &&
        (epilogue.operand >= 0) == (row.reads == PostOp::Operand))
      return &row;
  return nullptr;
}

/// Makes the attributes: scratchpad from the caller, epilogues as post-ops.
/// `outDims` are the output's in oneDNN's order, `channelDim` is the one that
/// epilogues per channel lie along, and `image` says that the memory is NHWC.
Status makeAttributes(const LaunchDesc &launch, const Dims &outDims,
                      size_t channelDim, bool image, PrimitivePlan &plan,
                      PrimitiveAttr &attributes) {
  dnnl_primitive_attr_t attr = nullptr;
  GRAFT_RETURN_IF_DNNL_ERROR(dnnl_primitive_attr_create(&attr), "attributes");
  attributes.reset(attr);
  GRAFT_RETURN_IF_DNNL_ERROR(
      dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user),
      "scratchpad mode");
  if (launch.op.epilogues.empty())
    return Status();
  dnnl_post_ops_t created = nullptr;
  GRAFT_RETURN_IF_DNNL_ERROR(dnnl_post_ops_create(&created), "post-ops");
  PostOps postOps(created);
  int position = 0;
  for (const ops::Epilogue &epilogue : launch.op.epilogues) {
    const PostOp *row = findPostOp(epilogue);
    if (!row)
      return notTaken("an epilogue has no post-op");
    if (row->reads != PostOp::Operand) {
      bool hasBeta = row->reads == PostOp::AlphaAndBeta;
      bool hasAlpha = hasBeta || row->reads == PostOp::Alpha;
      GRAFT_RETURN_IF_DNNL_ERROR(
          dnnl_post_ops_append_eltwise(
              created, row->algorithm,
              hasAlpha ? float(epilogue.alpha) : row->alpha,
              hasBeta ? float(epilogue.beta) : row->beta),
          "post-op");
    } else {
      Spread spread;
      size_t index = size_t(epilogue.operand);
      dnnl_data_type_t type;
      if (index >= launch.inputs.size() ||
          !toDataType(launch.inputs[index].type.dtype, type) ||
          !cpu::readSpread(launch.inputs[index].type.shape,
                           launch.outputs[0].type.shape, spread))
        return notTaken("an epilogue has no post-op");
      Dims dims(outDims.size(), 1);
      if (spread == Spread::Channel)
        dims[channelDim] = outDims[channelDim];
      else if (spread == Spread::Full)
        dims = outDims;
      MemoryDesc desc =
          image ? withTag(dims, type, dnnl_nhwc) : rowMajor(dims, type);
      if (!desc)
        return notTaken("an epilogue's operand cannot be described");
      GRAFT_RETURN_IF_DNNL_ERROR(
          dnnl_post_ops_append_binary(created, row->algorithm, desc.get()),
          "post-op");
      plan.bindings.push_back(
          {DNNL_ARG_ATTR_MULTIPLE_POST_OP(position) | DNNL_ARG_SRC_1, false,
           unsigned(index), std::move(desc)});
    }
    ++position;
  }
  GRAFT_RETURN_IF_DNNL_ERROR(
      dnnl_primitive_attr_set_post_ops(attributes.get(), created), "post-ops");
  return Status();
}

/// Tries `create(weights)` with the format of the plan file and, if oneDNN has
/// no fast implementation for it, with a format of oneDNN's choice.
template <typename Create>
Status chooseWeights(const LaunchDesc &launch, dnnl_data_type_t type,
                     PrimitivePlan &plan, Create &&create) {
  Weights weights;
  if (!readWeights(launch, weights))
    return notTaken("weights");
  plan.weights = 1;
  plan.dense = withStrides(weights.dims, type, weights.strides);
  const std::string &layout = launch.inputs[1].layout;
  plan.given = layout.empty() ? copyOf(plan.dense.get())
                              : withTagName(weights.dims, type, layout);
  if (!plan.dense || !plan.given)
    return notTaken("the weights' layout is unknown");
  auto attempt = [&](const_dnnl_memory_desc_t form) -> Status {
    dnnl_primitive_desc_t desc = nullptr;
    GRAFT_RETURN_IF_DNNL_ERROR(create(&desc, form), "primitive");
    plan.desc.reset(desc);
    const char *name = "";
    (void)dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &name);
    plan.implementation = name;
    return Status();
  };
  bool done = !layout.empty() && attempt(plan.given.get()).ok() &&
              plan.implementation.rfind("ref", 0) != 0;
  if (!done) {
    MemoryDesc any = withTag(weights.dims, type, dnnl_format_tag_any);
    if (Status s = attempt(any.get()); !s)
      return s;
  }
  plan.wanted = copyOf(
      dnnl_primitive_desc_query_md(plan.desc.get(), dnnl_query_weights_md, 0));
  return plan.wanted ? Status() : notTaken("out of memory");
}

Status bindSlot(PrimitivePlan &plan, int argument, bool isOutput,
                unsigned index, MemoryDesc desc) {
  if (!desc)
    return notTaken("a tensor cannot be described");
  plan.bindings.push_back({argument, isOutput, index, std::move(desc)});
  return Status();
}

/// The arguments of a heavy operation besides weights: input, result and, if
/// there is one, the bias.
Status bindHeavy(PrimitivePlan &plan, MemoryDesc x, MemoryDesc y, bool hasBias,
                 MemoryDesc bias) {
  if (Status s = bindSlot(plan, DNNL_ARG_SRC, false, 0, std::move(x)); !s)
    return s;
  if (Status s = bindSlot(plan, DNNL_ARG_DST, true, 0, std::move(y)); !s)
    return s;
  return hasBias ? bindSlot(plan, DNNL_ARG_BIAS, false, 2, std::move(bias))
                 : Status();
}

struct Types {
  dnnl_data_type_t x, w, y, bias = dnnl_f32;
};
bool readTypes(const LaunchDesc &launch, bool hasBias, Types &types) {
  return toDataType(launch.inputs[0].type.dtype, types.x) &&
         toDataType(launch.inputs[1].type.dtype, types.w) &&
         toDataType(launch.outputs[0].type.dtype, types.y) &&
         (!hasBias || toDataType(launch.inputs[2].type.dtype, types.bias));
}

Status planConv2D(const LaunchDesc &launch, const Conv2D &conv,
                  PrimitivePlan &plan) {
  Types types;
  if (!readTypes(launch, conv.hasBias, types))
    return notTaken("element type");
  Dims x = {conv.images, conv.channels, conv.height, conv.width};
  Dims y = {conv.images, conv.outChannels, conv.outHeight, conv.outWidth};
  const cpu::Window &window = conv.window;
  PrimitiveAttr attributes;
  if (Status s = makeAttributes(launch, y, 1, /*image=*/true, plan, attributes);
      !s)
    return s;
  MemoryDesc xDesc = withTag(x, types.x, dnnl_nhwc);
  MemoryDesc yDesc = withTag(y, types.y, dnnl_nhwc);
  MemoryDesc bias =
      conv.hasBias ? withTag({conv.outChannels}, types.bias, dnnl_a) : nullptr;
  dnnl_dims_t strides = {window.strides[0], window.strides[1]};
  dnnl_dims_t dilations = {window.dilations[0] - 1, window.dilations[1] - 1};
  dnnl_dims_t before = {window.pads[0], window.pads[2]};
  dnnl_dims_t after = {window.pads[1], window.pads[3]};
  if (Status s = chooseWeights(
          launch, types.w, plan,
          [&](dnnl_primitive_desc_t *desc, const_dnnl_memory_desc_t weights) {
            return dnnl_convolution_forward_primitive_desc_create(
                desc, engine(), dnnl_forward_inference, dnnl_convolution_direct,
                xDesc.get(), weights, bias.get(), yDesc.get(), strides,
                dilations, before, after, attributes.get());
          });
      !s)
    return s;
  return bindHeavy(plan, std::move(xDesc), std::move(yDesc), conv.hasBias,
                   std::move(bias));
}

Status planTransposedConv2D(const LaunchDesc &launch, PrimitivePlan &plan) {
  const ops::Shape &x = launch.inputs[0].type.shape;
  const ops::Shape &filter = launch.inputs[1].type.shape;
  const ops::Shape &y = launch.outputs[0].type.shape;
  const ops::Attributes &attrs = launch.op.attributes;
  bool hasBias = attrs.getInt("has_bias") != 0;
  Types types;
  if (x.size() != 4 || filter.size() != 4 || y.size() != 4 ||
      !readTypes(launch, hasBias, types))
    return notTaken("element type");
  auto get = [&](const char *name, size_t i, int64_t fallback) {
    const std::vector<int64_t> &values = attrs.getInts(name);
    return i < values.size() ? values[i] : fallback;
  };
  int64_t out = filter[2], in = filter[3];
  dnnl_dims_t strides, dilations, before, after;
  for (size_t i = 0; i < 2; ++i) {
    strides[i] = get("strides", i, 1);
    dilations[i] = get("dilations", i, 1) - 1;
    before[i] = get("pads", 2 * i, 0);
    after[i] = (x[1 + i] - 1) * strides[i] +
               (filter[i] - 1) * (dilations[i] + 1) + 1 - before[i] - y[1 + i];
  }
  Dims xDims = {x[0], in, x[1], x[2]}, yDims = {y[0], out, y[1], y[2]};
  PrimitiveAttr attributes;
  if (Status s =
          makeAttributes(launch, yDims, 1, /*image=*/true, plan, attributes);
      !s)
    return s;
  MemoryDesc xDesc = withTag(xDims, types.x, dnnl_nhwc);
  MemoryDesc yDesc = withTag(yDims, types.y, dnnl_nhwc);
  MemoryDesc bias = hasBias ? withTag({out}, types.bias, dnnl_a) : nullptr;
  if (Status s = chooseWeights(
          launch, types.w, plan,
          [&](dnnl_primitive_desc_t *desc, const_dnnl_memory_desc_t weights) {
            return dnnl_deconvolution_forward_primitive_desc_create(
                desc, engine(), dnnl_forward_inference,
                dnnl_deconvolution_direct, xDesc.get(), weights, bias.get(),
                yDesc.get(), strides, dilations, before, after,
                attributes.get());
          });
      !s)
    return s;
  return bindHeavy(plan, std::move(xDesc), std::move(yDesc), hasBias,
                   std::move(bias));
}

/// Matrix products. A two-dimensional `b` is applied to all rows of `a` at
/// once.
Status planMatMul(const LaunchDesc &launch, PrimitivePlan &plan) {
  const ops::Attributes &attrs = launch.op.attributes;
  bool hasBias = attrs.getInt("has_bias") != 0;
  bool transposeA = attrs.getInt("transpose_a") != 0;
  Dims a = launch.inputs[0].type.shape, y = launch.outputs[0].type.shape;
  Types types;
  if (a.size() < 2 || launch.inputs[1].type.shape.size() < 2 || y.size() < 2 ||
      !readTypes(launch, hasBias, types))
    return notTaken("element type");
  if (sharesMatrix(launch)) {
    int64_t rows = 1;
    for (size_t i = 0; i + 1 < y.size(); ++i)
      rows *= y[i];
    a = {rows, a.back()};
    y = {rows, y.back()};
  }
  size_t rank = y.size();
  if (rank > kMaxMatrixRank || rank < a.size())
    return notTaken("rank");
  Weights left = ofMatrices(a, rank, transposeA);
  Dims biasDims(rank, 1);
  biasDims.back() = y.back();
  // Collapsed, an operand of the output's full shape is one of all rows too.
  PrimitiveAttr attributes;
  if (Status s = makeAttributes(launch, y, rank - 1, /*image=*/false, plan,
                                attributes);
      !s)
    return s;
  MemoryDesc aDesc = withStrides(left.dims, types.x, left.strides);
  MemoryDesc yDesc = rowMajor(y, types.y);
  MemoryDesc bias = hasBias ? rowMajor(biasDims, types.bias) : nullptr;
  if (Status s = chooseWeights(
          launch, types.w, plan,
          [&](dnnl_primitive_desc_t *desc, const_dnnl_memory_desc_t weights) {
            // Only constants can be packed ahead of time.
            const_dnnl_memory_desc_t used =
                launch.inputs[1].constant ? weights : plan.dense.get();
            return dnnl_matmul_primitive_desc_create(
                desc, engine(), aDesc.get(), used, bias.get(), yDesc.get(),
                attributes.get());
          });
      !s)
    return s;
  return bindHeavy(plan, std::move(aDesc), std::move(yDesc), hasBias,
                   std::move(bias));
}

Status finish(PrimitivePlan &plan, dnnl_primitive_desc_t desc) {
  plan.desc.reset(desc);
  const char *name = "";
  (void)dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &name);
  plan.implementation = name;
  return Status();
}

Status planPool2D(const LaunchDesc &launch, const Pool2D &pool,
                  PrimitivePlan &plan) {
  dnnl_data_type_t type, outType;
  if (!toDataType(launch.inputs[0].type.dtype, type) ||
      !toDataType(launch.outputs[0].type.dtype, outType) || type != outType)
    return notTaken("element type");
  Dims x = {pool.images, pool.channels, pool.height, pool.width};
  Dims y = {pool.images, pool.channels, pool.outHeight, pool.outWidth};
  PrimitiveAttr attributes;
  if (Status s = makeAttributes(launch, y, 1, /*image=*/true, plan, attributes);
      !s)
    return s;
  MemoryDesc xDesc = withTag(x, type, dnnl_nhwc);
  MemoryDesc yDesc = withTag(y, type, dnnl_nhwc);
  const cpu::Window &window = pool.window;
  dnnl_dims_t strides = {window.strides[0], window.strides[1]};
  dnnl_dims_t size = {window.size[0], window.size[1]};
  dnnl_dims_t dilations = {0, 0};
  dnnl_dims_t before = {window.pads[0], window.pads[2]};
  dnnl_dims_t after = {window.pads[1], window.pads[3]};
  dnnl_alg_kind_t kind = pool.maximum      ? dnnl_pooling_max
                         : pool.includePad ? dnnl_pooling_avg_include_padding
                                           : dnnl_pooling_avg_exclude_padding;
  dnnl_primitive_desc_t desc = nullptr;
  GRAFT_RETURN_IF_DNNL_ERROR(dnnl_pooling_forward_primitive_desc_create(
                                 &desc, engine(), dnnl_forward_inference, kind,
                                 xDesc.get(), yDesc.get(), strides, size,
                                 dilations, before, after, attributes.get()),
                             "pooling");
  if (Status s = finish(plan, desc); !s)
    return s;
  if (Status s = bindSlot(plan, DNNL_ARG_SRC, false, 0, std::move(xDesc)); !s)
    return s;
  return bindSlot(plan, DNNL_ARG_DST, true, 0, std::move(yDesc));
}

Status planSoftmax(const LaunchDesc &launch, PrimitivePlan &plan) {
  const ops::TensorType &x = launch.inputs[0].type;
  dnnl_data_type_t type;
  int64_t rank = int64_t(x.shape.size());
  int64_t axis = launch.op.attributes.getInt("axis", -1);
  axis += axis < 0 ? rank : 0;
  if (!toDataType(x.dtype, type) || !(x == launch.outputs[0].type) ||
      rank < 1 || rank > 6 || axis < 0 || axis >= rank)
    return notTaken("type");
  PrimitiveAttr attributes;
  if (Status s = makeAttributes(launch, x.shape, size_t(rank - 1),
                                /*image=*/false, plan, attributes);
      !s)
    return s;
  MemoryDesc in = rowMajor(x.shape, type), out = rowMajor(x.shape, type);
  dnnl_primitive_desc_t desc = nullptr;
  GRAFT_RETURN_IF_DNNL_ERROR(dnnl_softmax_forward_primitive_desc_create(
                                 &desc, engine(), dnnl_forward_inference,
                                 dnnl_softmax_accurate, in.get(), out.get(),
                                 int(axis), attributes.get()),
                             "softmax");
  if (Status s = finish(plan, desc); !s)
    return s;
  if (Status s = bindSlot(plan, DNNL_ARG_SRC, false, 0, std::move(in)); !s)
    return s;
  return bindSlot(plan, DNNL_ARG_DST, true, 0, std::move(out));
}

} // namespace

Expected<PrimitivePlan> onednn::planPrimitive(const LaunchDesc &launch) {
  PrimitivePlan plan;
  Conv2D conv;
  Pool2D pool;
  int64_t count = 0;
  for (const Slot &slot : launch.inputs)
    if (!slot.type.isStatic() || !ops::countElements(slot.type.shape, count) ||
        count == 0)
      return notTaken("empty or dynamic tensor");
  if (!engine() || launch.outputs.size() != 1 || launch.inputs.empty() ||
      !isDense(launch))
    return notTaken("not a dense launch");
  const std::string &kind = launch.op.kind;
  Status status = notTaken("not an operation of this provider");
  if (cpu::readConv2D(launch, conv))
    status = planConv2D(launch, conv, plan);
  else if (kind == "conv2d_transpose" && launch.inputs.size() >= 2)
    status = planTransposedConv2D(launch, plan);
  else if (kind == "matmul" && launch.inputs.size() >= 2)
    status = planMatMul(launch, plan);
  else if (cpu::readPool2D(launch, pool))
    status = planPool2D(launch, pool, plan);
  else if (kind == "softmax")
    status = planSoftmax(launch, plan);
  if (!status.ok())
    return status;
  return plan;
}
