/*===- run_plan.c - what a plan takes and gives ----------------------------===*
 * Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * usage: run_plan PLAN
 *
 * Loads a plan with the runtime alone, prints its inputs and outputs, and runs
 * it once on zeros.
 *===------------------------------------------------------------------------===*/
#include "graft_runtime.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(const char *what) {
  fprintf(stderr, "run_plan: %s: %s\n", what, graft_last_error());
  return 1;
}

/* Zeros for the port; prints it. */
static void *make_buffer(const char *role, graft_port port) {
  static const size_t sizes[] = {4, 8, 2, 2, 1, 2, 4, 8, 1, 2, 4, 8, 1};
  size_t bytes = sizes[port.dtype];
  printf("%s %s:", role, port.name);
  for (int32_t d = 0; d < port.rank; ++d) {
    printf(" %" PRId64, port.dims[d]);
    bytes *= (size_t)port.dims[d];
  }
  printf("\n");
  return calloc(bytes ? bytes : 1, 1);
}

int main(int argc, char **argv) {
  graft_engine *engine = NULL;
  graft_context *context = NULL;
  if (argc != 2) {
    fprintf(stderr, "usage: run_plan PLAN\n");
    return 2;
  }
  if (graft_engine_load(argv[1], &engine) != GRAFT_OK)
    return fail(argv[1]);
  if (graft_context_create(engine, 0, &context) != GRAFT_OK ||
      graft_context_prepare(context) != GRAFT_OK)
    return fail("the kernels cannot be made");

  size_t num_inputs = graft_engine_num_inputs(engine);
  size_t num_outputs = graft_engine_num_outputs(engine);
  const void **inputs = calloc(num_inputs + 1, sizeof(void *));
  void **outputs = calloc(num_outputs + 1, sizeof(void *));
  for (size_t i = 0; i < num_inputs; ++i)
    inputs[i] = make_buffer("input ", graft_engine_input(engine, i));
  for (size_t i = 0; i < num_outputs; ++i)
    outputs[i] = make_buffer("output", graft_context_output(context, i));
  if (graft_context_run(context, inputs, outputs) != GRAFT_OK)
    return fail("the run");
  printf("ran %zu launches\n", graft_engine_num_launches(engine));

  for (size_t i = 0; i < num_inputs; ++i)
    free((void *)inputs[i]);
  for (size_t i = 0; i < num_outputs; ++i)
    free(outputs[i]);
  free(inputs);
  free(outputs);
  graft_context_destroy(context);
  graft_engine_destroy(engine);
  return 0;
}
