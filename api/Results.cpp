//===- Results.cpp - bytes and reports ------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "api/Objects.h"

#include "runtime/core/CApiGuard.h"

using namespace graft;

void graft::handOut(ByteBuffer buffer, graft_bytes *bytes) {
  ByteBuffer::Memory memory = buffer.release();
  *bytes = {memory.data, memory.size, memory.capacity};
}

Status graft::handOut(std::string_view text, graft_bytes *bytes) {
  ByteBuffer buffer;
  GRAFT_RETURN_IF_ERROR(buffer.write(text));
  handOut(std::move(buffer), bytes);
  return Status();
}

extern "C" {

void graft_bytes_free(graft_bytes *bytes) {
  if (!bytes)
    return;
  ByteBuffer::unmap(
      {const_cast<void *>(bytes->data), bytes->size, bytes->reserved});
  *bytes = {nullptr, 0, 0};
}

graft_code graft_report_json(const graft_report *report, graft_bytes *json) {
  return guard([&]() -> Status {
    if (!report || !json)
      return missingArgument("report and json");
    *json = {nullptr, 0, 0};
    return handOut(report->json, json);
  });
}

graft_code graft_report_text(const graft_report *report, graft_bytes *text) {
  return guard([&]() -> Status {
    if (!report || !text)
      return missingArgument("report and text");
    *text = {nullptr, 0, 0};
    return handOut(report->text, text);
  });
}

void graft_report_destroy(graft_report *report) { delete report; }

} // extern "C"
