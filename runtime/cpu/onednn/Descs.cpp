//===- Descs.cpp - oneDNN's memory descriptors ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH
// LLVM-exception//===----------------------------------------------------------------------===//
#include "runtime/cpu/onednn/Descs.h"

#include "runtime/ops/Indexing.h"

#include <oneapi/dnnl/dnnl_debug.h>

#include <unordered_map>

using namespace graft;
using namespace graft::runtime;
using namespace graft::runtime::onednn;

bool onednn::toDataType(ops::DType type, dnnl_data_type_t &result) {
  switch (type) {
  case ops::DType::F32:
    result = dnnl_f32;
    return true;
  case ops::DType::BF16:
    result = dnnl_bf16;
    return true;
  default:
    return false;
  }
}

MemoryDesc onednn::withTag(const Dims &dims, dnnl_data_type_t type,
                           dnnl_format_tag_t tag) {
  dnnl_memory_desc_t desc = nullptr;
  if (dnnl_memory_desc_create_with_tag(&desc, int(dims.size()), dims.data(),
                                       type, tag) != dnnl_success)
    return nullptr;
  return MemoryDesc(desc);
}

MemoryDesc onednn::withStrides(const Dims &dims, dnnl_data_type_t type,
                               const Dims &strides) {
  dnnl_memory_desc_t desc = nullptr;
  if (dnnl_memory_desc_create_with_strides(&desc, int(dims.size()), dims.data(),
                                           type,
                                           strides.data()) != dnnl_success)
    return nullptr;
  return MemoryDesc(desc);
}

MemoryDesc onednn::rowMajor(const Dims &dims, dnnl_data_type_t type) {
  return withStrides(dims, type, ops::denseStrides(dims));
}

MemoryDesc onednn::withTagName(const Dims &dims, dnnl_data_type_t type,
                               const std::string &name) {
  using Tags = std::unordered_map<std::string, dnnl_format_tag_t>;
  // There are hundreds, and each packed constant names one.
  static const Tags tags = [] {
    Tags made;
    for (int i = dnnl_a; i < dnnl_format_tag_last; ++i) {
      auto tag = static_cast<dnnl_format_tag_t>(i);
      made.emplace(dnnl_fmt_tag2str(tag), tag);
    }
    return made;
  }();
  auto it = tags.find(name);
  return it == tags.end() ? nullptr : withTag(dims, type, it->second);
}

MemoryDesc onednn::copyOf(const_dnnl_memory_desc_t desc) {
  dnnl_memory_desc_t copy = nullptr;
  if (!desc || dnnl_memory_desc_clone(&copy, desc) != dnnl_success)
    return nullptr;
  return MemoryDesc(copy);
}

std::string onednn::tagOf(const_dnnl_memory_desc_t desc) {
  int rank = 0;
  const dnnl_dims_t *dims = nullptr;
  dnnl_data_type_t type = dnnl_data_type_undef;
  if (dnnl_memory_desc_query(desc, dnnl_query_ndims_s32, &rank) !=
          dnnl_success ||
      dnnl_memory_desc_query(desc, dnnl_query_dims, &dims) != dnnl_success ||
      dnnl_memory_desc_query(desc, dnnl_query_data_type, &type) != dnnl_success)
    return "";
  Dims sizes(*dims, *dims + rank);
  for (int tag = dnnl_a; tag < dnnl_format_tag_last; ++tag) {
    MemoryDesc other =
        withTag(sizes, type, static_cast<dnnl_format_tag_t>(tag));
    if (other && dnnl_memory_desc_equal(desc, other.get()))
      return dnnl_fmt_tag2str(static_cast<dnnl_format_tag_t>(tag));
  }
  return "";
}
