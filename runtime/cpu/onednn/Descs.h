//===- Descs.h - oneDNN's memory descriptors ------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to this folder. Each function returns null where oneDNN refuses.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_ONEDNN_DESCS_H
#define GRAFT_RUNTIME_CPU_ONEDNN_DESCS_H

#include "runtime/cpu/onednn/Handles.h"
#include "runtime/ops/Tensor.h"

#include <string>
#include <vector>

namespace graft::runtime::onednn {

using Dims = std::vector<dnnl_dim_t>;

/// False for types that this provider does not compute with.
bool toDataType(ops::DType type, dnnl_data_type_t &result);

MemoryDesc withTag(const Dims &dims, dnnl_data_type_t type,
                   dnnl_format_tag_t tag);
MemoryDesc withStrides(const Dims &dims, dnnl_data_type_t type,
                       const Dims &strides);
/// Dense, the last dimension innermost.
MemoryDesc rowMajor(const Dims &dims, dnnl_data_type_t type);
/// With the format tag of this name.
MemoryDesc withTagName(const Dims &dims, dnnl_data_type_t type,
                       const std::string &name);
MemoryDesc copyOf(const_dnnl_memory_desc_t desc);

/// The name of the format tag of `desc`, or "" if it has none.
std::string tagOf(const_dnnl_memory_desc_t desc);

} // namespace graft::runtime::onednn

#endif // GRAFT_RUNTIME_CPU_ONEDNN_DESCS_H
