/*===- HeaderTest.c - the headers are C ------------------------------------===*
 * Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Compiled as strict C99. What the tests call from here is C's view of it.
 *===------------------------------------------------------------------------===*/
#include "graft.h"

size_t c_size_of_bytes(void);
size_t c_size_of_bytes(void) { return sizeof(graft_bytes); }

graft_code c_freeze(const char *path, graft_bytes *graph);
graft_code c_freeze(const char *path, graft_bytes *graph) {
  graft_model model = {0};
  model.path = path;
  return graft_freeze(&model, NULL, NULL, graph);
}
