/*===- graft_runtime.h - load and run engine plans -------------------------===*
 *
 * Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Ownership: pass the result of a *_create or *_load function to the
 * matching *_destroy; strings and shapes that an accessor returns belong to the
 * object and are valid as long as it exists.
 * Threads: an engine is immutable and may be shared. A context belongs to one
 * thread at a time; any number of contexts may run on one engine at once.
 * Errors: every function that can fail returns a code; graft_last_error() has
 * one line of text for the calling thread. Nothing throws, aborts or exits.
 *===------------------------------------------------------------------------===*/
#ifndef GRAFT_RUNTIME_H
#define GRAFT_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GRAFT_API __attribute__((visibility("default")))

typedef enum {
  GRAFT_OK = 0,
  GRAFT_FAILED = 1,
  GRAFT_USAGE = 2,     /* a shape, type or name that the engine does not have */
  GRAFT_BAD_INPUT = 4, /* the plan is missing or damaged */
  GRAFT_EXHAUSTED = 5, /* out of memory or threads */
  GRAFT_CANCELLED = 6, /* graft_run_options.cancelled said so */
  GRAFT_INTERNAL = 70  /* a bug in Graft */
} graft_code;

/* The values of graft::ops::DType. */
typedef enum {
  GRAFT_F32 = 0,
  GRAFT_F64 = 1,
  GRAFT_F16 = 2,
  GRAFT_BF16 = 3,
  GRAFT_I8 = 4,
  GRAFT_I16 = 5,
  GRAFT_I32 = 6,
  GRAFT_I64 = 7,
  GRAFT_U8 = 8,
  GRAFT_U16 = 9,
  GRAFT_U32 = 10,
  GRAFT_U64 = 11,
  GRAFT_BOOL = 12
} graft_dtype;

typedef struct graft_engine graft_engine;
typedef struct graft_context graft_context;

/* One input or output. A dimension of -1 is known only at run time. */
typedef struct {
  const char *name;
  graft_dtype dtype;
  int32_t rank;
  const int64_t *dims;
} graft_port;

GRAFT_API const char *graft_version(void);
/* Text of the calling thread's last failure; never null. */
GRAFT_API const char *graft_last_error(void);

/* Maps the plan in `path`. Every byte is checked before it is used. */
GRAFT_API graft_code graft_engine_load(const char *path, graft_engine **engine);
/* As above, from memory that must outlive the engine and be aligned to 64 bytes
 * (other alignments are copied). */
GRAFT_API graft_code graft_engine_load_memory(const void *data, size_t size,
                                              graft_engine **engine);
/* As above, from memory of any alignment that is free again when the function
 * returns: the engine keeps one copy of the plan, with its weights in place. */
GRAFT_API graft_code graft_engine_load_copy(const void *data, size_t size,
                                            graft_engine **engine);
GRAFT_API void graft_engine_destroy(graft_engine *engine);
/* The plan of an engine that graft_engine_load_copy made, which owns the bytes;
 * null for other engines. */
GRAFT_API const void *graft_engine_plan(const graft_engine *engine,
                                        size_t *size);
/* Precision of the engine's arithmetic: "fp32", "bf16", "fp16", "int8", "best",
 * or "mixed" where the engines of a model are joined. */
GRAFT_API const char *graft_engine_precision(const graft_engine *engine);
GRAFT_API size_t graft_engine_num_inputs(const graft_engine *engine);
GRAFT_API size_t graft_engine_num_outputs(const graft_engine *engine);
GRAFT_API graft_port graft_engine_input(const graft_engine *engine, size_t i);
GRAFT_API graft_port graft_engine_output(const graft_engine *engine, size_t i);
/* 1 if input `i` is optional: it has a default, or nothing reads it. Then
 * `port` gets the shape to set for it, and `data` its elements, which live as
 * long as the engine; null for an input that nothing reads, whose buffer may be
 * null, too. 0 if it is required. */
GRAFT_API int graft_engine_input_default(const graft_engine *engine, size_t i,
                                         graft_port *port, const void **data);

/* `threads` <= 0: as many as this process may use by its affinity and by the
 * CPU quota of its control groups. More than 256 count as 256. */
GRAFT_API graft_code graft_context_create(const graft_engine *engine,
                                          int threads, graft_context **context);
GRAFT_API void graft_context_destroy(graft_context *context);

/* Sets the shape of input `i`; needed only for inputs with a dimension of -1.
 * Kernels are made at the next graft_context_prepare or graft_context_run. */
GRAFT_API graft_code graft_context_set_shape(graft_context *context, size_t i,
                                             const int64_t *dims, int32_t rank);
GRAFT_API graft_code graft_context_prepare(graft_context *context);
/* Shape of output `i`, after graft_context_prepare. */
GRAFT_API graft_port graft_context_output(const graft_context *context,
                                          size_t i);
/* Memory that the context holds, in bytes: arena, scratch and staging. */
GRAFT_API size_t graft_context_bytes(const graft_context *context);

/* Runs once. `inputs[i]` and `outputs[i]` are dense row-major buffers of the
 * ports' sizes, which must not overlap. After graft_context_prepare neither the
 * executor nor Graft's own kernels allocate; oneDNN's and the reference kernels
 * take a little memory for the time of a call. */
GRAFT_API graft_code graft_context_run(graft_context *context,
                                       const void *const *inputs,
                                       void *const *outputs);

/* Threads that a run borrows instead of opening its own. */
typedef struct {
  void *user;
  /* Calls task(context, index, count) once for each index of [0, count), with
   * 1 <= count <= wanted, and returns when all calls have: index 0 on the
   * calling thread, the others at the same time on others. */
  void (*run)(void *user, int wanted,
              void (*task)(void *context, int index, int count), void *context);
} graft_threads;

/* A tensor in memory during a run. Strides are in elements. A quantized value
 * means (value - zero_point) * scale; a scale of 0 means that the tensor is not
 * quantized. */
typedef struct {
  graft_dtype dtype;
  int32_t rank;
  const int64_t *dims;
  const int64_t *strides;
  const void *data;
  double scale;
  double zero_point;
} graft_tensor;

/* Writes the real values of a tensor's elements as floats, row-major: as
 * many as the product of its dims. */
GRAFT_API void graft_tensor_read(const graft_tensor *tensor, float *values);

/* `size` is sizeof(graft_run_options) of the caller's header; what is beyond it
 * counts as null. */
typedef struct {
  size_t size;
  const graft_threads *threads; /* null: the runtime's own */
  /* Called between launches; not 0 ends the run with GRAFT_CANCELLED. */
  int (*cancelled)(void *user);
  void *cancelled_user;
  /* Called after each launch with what it wrote, for as long as the call lasts.
   * Launches whose results are known before the run are left out. */
  void (*launched)(void *user, size_t launch, const graft_tensor *outputs,
                   size_t num_outputs);
  void *launched_user;
} graft_run_options;

/* graft_context_run with options; null for none. */
GRAFT_API graft_code graft_context_run_with(graft_context *context,
                                            const void *const *inputs,
                                            void *const *outputs,
                                            const graft_run_options *options);

/* Nanoseconds of launch `i` in the last run; 0 unless profiling is on. */
GRAFT_API void graft_context_set_profiling(graft_context *context, int on);
GRAFT_API size_t graft_engine_num_launches(const graft_engine *engine);
GRAFT_API const char *graft_engine_launch_name(const graft_engine *engine,
                                               size_t i);
/* The kind of operation ("conv2d"), and its precision, as above, or "i64". */
GRAFT_API const char *graft_engine_launch_kind(const graft_engine *engine,
                                               size_t i);
GRAFT_API const char *graft_engine_launch_precision(const graft_engine *engine,
                                                    size_t i);
GRAFT_API uint64_t graft_context_launch_ns(const graft_context *context,
                                           size_t i);

#ifdef __cplusplus
}
#endif
#endif /* GRAFT_RUNTIME_H */
