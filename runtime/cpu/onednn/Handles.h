//===- Handles.h - oneDNN's objects, owned --------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Graft is built without exceptions, so it uses oneDNN's C interface; these
// wrappers free what that interface creates.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CPU_ONEDNN_HANDLES_H
#define GRAFT_RUNTIME_CPU_ONEDNN_HANDLES_H

#include "support/Status.h"

#include <oneapi/dnnl/dnnl.h>

#include <memory>
#include <type_traits>

namespace graft::runtime::onednn {

template <typename Handle, dnnl_status_t (*Destroy)(Handle)>
struct Deleter {
  void operator()(Handle handle) const { (void)Destroy(handle); }
};
template <typename Handle, dnnl_status_t (*Destroy)(Handle)>
using Owned =
    std::unique_ptr<std::remove_pointer_t<Handle>, Deleter<Handle, Destroy>>;

using MemoryDesc = Owned<dnnl_memory_desc_t, dnnl_memory_desc_destroy>;
using MemoryObject = Owned<dnnl_memory_t, dnnl_memory_destroy>;
using PrimitiveDesc = Owned<dnnl_primitive_desc_t, dnnl_primitive_desc_destroy>;
using Primitive = Owned<dnnl_primitive_t, dnnl_primitive_destroy>;
using PrimitiveAttr = Owned<dnnl_primitive_attr_t, dnnl_primitive_attr_destroy>;
using PostOps = Owned<dnnl_post_ops_t, dnnl_post_ops_destroy>;
using Stream = Owned<dnnl_stream_t, dnnl_stream_destroy>;

/// The process's CPU engine, or null if oneDNN has none.
dnnl_engine_t engine();

/// A failure of oneDNN as a Status; `what` names the call.
Status toStatus(dnnl_status_t status, const char *what);

} // namespace graft::runtime::onednn

#define GRAFT_RETURN_IF_DNNL_ERROR(expression, what)                           \
  do {                                                                         \
    if (dnnl_status_t dnnlStatus = (expression); dnnlStatus != dnnl_success)   \
      return ::graft::runtime::onednn::toStatus(dnnlStatus, what);             \
  } while (false)

#endif // GRAFT_RUNTIME_CPU_ONEDNN_HANDLES_H
