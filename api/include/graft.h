/*===- graft.h - convert and compile TensorFlow models ---------------------===*
 *
 * Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The compiler as C functions; graft_runtime.h, which this header brings along,
 * runs the results. The command line, Python and C++ use them, so the same
 * model and options produce the same bytes everywhere. Ownership: pass the
 * result of a function to the matching *_destroy or *_free; text that an
 * accessor returns belongs to its object and is valid as long as it exists.
 * Threads: every function may be called by several threads at once. An options
 * object may be read by several and changed by one.
 * Errors: as in graft_runtime.h. A function that fails hands out nothing and
 * leaves no file behind. The text is one line that names the file and, where
 * there is one, the node.
 *===------------------------------------------------------------------------===*/
#ifndef GRAFT_H
#define GRAFT_H

#include "graft_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/*===- Models and results -----------------------------------------------===*/

/* A model to read: a path, or a serialized GraphDef in memory, which is neither
 * copied nor changed and must outlive the call. */
typedef struct {
  /* GraphDef (.pb; .pbtxt for text) or SavedModel directory. With `data`, what
   * messages call the model; may be null then. */
  const char *path;
  const void *data; /* null: read `path` */
  size_t size;
} graft_model;

/* Bytes that a function hands out. Set it to {0} before; a call that fails
 * leaves it so. */
typedef struct {
  const void *data; /* aligned to 64 bytes; a zero byte follows the last */
  size_t size;
  size_t reserved; /* graft_bytes_free's own */
} graft_bytes;

/* Frees the bytes and clears the struct. Does nothing to a cleared one. */
GRAFT_API void graft_bytes_free(graft_bytes *bytes);

/*===- Options ----------------------------------------------------------===*/

typedef struct graft_options graft_options;

/* The type of an option's value, which is always passed as text. */
typedef enum {
  GRAFT_OPTION_TEXT = 0,
  GRAFT_OPTION_FLAG = 1,    /* "true" or "false" */
  GRAFT_OPTION_INTEGER = 2, /* decimal */
  GRAFT_OPTION_LIST = 3,    /* separated by commas */
  GRAFT_OPTION_FILE = 4     /* a path */
} graft_option_kind;

/* The functions that an option is for; a sum. */
enum {
  GRAFT_FOR_CONVERT = 1,
  GRAFT_FOR_BUILD = 2,
  GRAFT_FOR_FREEZE = 4,
  GRAFT_FOR_SUMMARY = 8,
  GRAFT_FOR_RESCUE = 16,
  GRAFT_FOR_CALIBRATE = 32 /* graft_merge_calibrations, too */
};

/* One row of the table of options. Everything is valid until the process ends.
 */
typedef struct {
  const char *name; /* as in "minimum_segment_size" */
  graft_option_kind kind;
  const char *default_value; /* as text */
  const char *choices;       /* separated by commas; "" where any value goes */
  const char *doc;           /* one line */
  unsigned functions;        /* sum of GRAFT_FOR_* */
} graft_option_info;

GRAFT_API size_t graft_num_options(void);
/* Row `i`; its name is null where there is no such row. */
GRAFT_API graft_option_info graft_option(size_t i);

/* Options with their defaults. */
GRAFT_API graft_code graft_options_create(graft_options **options);
GRAFT_API void graft_options_destroy(graft_options *options);
/* Sets option `name`. GRAFT_USAGE for an unknown name or value; the text
 * lists the valid ones. Setting again replaces the value. */
GRAFT_API graft_code graft_options_set(graft_options *options, const char *name,
                                       const char *value);
/* The value that was set, or the default; null for a name that is none. */
GRAFT_API const char *graft_options_get(const graft_options *options,
                                        const char *name);

/* An array of numbers, dense and row-major. */
typedef struct {
  const char *name;
  graft_dtype dtype;
  int32_t rank;
  const int64_t *dims;
  const void *data; /* may be null for an array without elements */
} graft_array;

/* Adds samples to measure ranges on, in place of option "calibration_data": an
 * array for each input of the model, by its name, as one .npz archive has them.
 * The arrays are copied; data larger than memory are better left in files. Each
 * call adds an item, which errors call "item 0 of the calibration data" and so
 * on. Samples are for the functions that the option is for, and for
 * graft_calibrate. */
GRAFT_API graft_code graft_options_add_samples(graft_options *options,
                                               const graft_array *arrays,
                                               size_t count);

/* Called by the thread that called the function, when step `step` of `of`
 * begins, and within a step with a finer `name`. Anything but 0 stops the work:
 * the function then fails with GRAFT_FAILED and "cancelled". */
typedef int (*graft_progress)(void *user, int step, int of, const char *name);
/* `progress` may be null: none. */
GRAFT_API graft_code graft_options_set_progress(graft_options *options,
                                                graft_progress progress,
                                                void *user);

/* Called by the thread that called the function, when its work is done, with
 * each warning: one line, and each cause once, with the first node. */
typedef void (*graft_warning)(void *user, const char *text);
/* `warning` may be null: none. For graft_build, graft_build_with_engines and
 * graft_calibrate; the reports of graft_convert and graft_rescue have warnings
 * in them. */
GRAFT_API graft_code graft_options_set_warning(graft_options *options,
                                               graft_warning warning,
                                               void *user);

/*===- The work ---------------------------------------------------------===*/

/* Each function takes `options`, null for all defaults; an option that was set
 * though it is for other functions is GRAFT_USAGE. The result goes to the path
 * `output`, whole or not at all, or with a null `output` into the bytes. */

/* The result for each of a model's nodes, as JSON and as text. */
typedef struct graft_report graft_report;

/* Replaces the segments of the model that an engine runs better by engines,
 * which are compiled now and embedded. A GraphDef becomes a GraphDef. A
 * SavedModel becomes a SavedModel directory, or a frozen GraphDef if `output`
 * ends in .pb or .pbtxt or the result goes into `graph`. `report` may be null.
 */
GRAFT_API graft_code graft_convert(const graft_model *model,
                                   const graft_options *options,
                                   const char *output, graft_bytes *graph,
                                   graft_report **report);

/* Turns a GraphDef or SavedModel that TF-TRT of TensorFlow 1.7 to 2.17 wrote
 * into one of the same kind that any TensorFlow loads: each engine becomes the
 * nodes again that it replaced. With option "convert" it gets engines of
 * Graft's at once. `output` and `graph` as of graft_convert. GRAFT_BAD_INPUT
 * where there is no such engine, or where the model lacks an engine's nodes.
 * `report` may be null. */
GRAFT_API graft_code graft_rescue(const graft_model *model,
                                  const graft_options *options,
                                  const char *output, graft_bytes *graph,
                                  graft_report **report);

/* Compiles the whole model to an engine plan: for a file, or in memory as
 * graft_engine_load_memory takes it. */
GRAFT_API graft_code graft_build(const graft_model *model,
                                 const graft_options *options,
                                 const char *output, graft_bytes *plan);

/* The same, but the engines that a converted model has run as they are, in
 * their own precision and by their own kernels; `options` are for what is
 * between them. Another precision than fp32 compiles all anew. An engine that
 * cannot be a part of the plan is replaced by its nodes. The report says which
 * engines run, and why others do not; it may be null. */
GRAFT_API graft_code graft_build_with_engines(const graft_model *model,
                                              const graft_options *options,
                                              const char *output,
                                              graft_bytes *plan,
                                              graft_report **report);

/* Runs the whole model on samples, and writes a table of the ranges of its
 * tensors, which a conversion or a build for int8 takes as option
 * "calibration". With "precision" best, the table also has the fastest
 * precision of each layer, measured on this machine. `data` is the path of an
 * .npz archive of inputs, or of a directory of such; null for the samples that
 * were added to the options. A table with option "histograms" can be merged. */
GRAFT_API graft_code graft_calibrate(const graft_model *model, const char *data,
                                     const graft_options *options,
                                     const char *output, graft_bytes *table);

/* One table for those in the files `paths`, which have histograms: the same as
 * graft_calibrate writes for all of their data. Ranges are chosen as in the
 * first one, unless "calibration_algorithm" or "calibration_percentile" is set.
 */
GRAFT_API graft_code graft_merge_calibrations(const char *const *paths,
                                              size_t count,
                                              const graft_options *options,
                                              const char *output,
                                              graft_bytes *table);

/* Makes constants of the model's variables: a GraphDef. */
GRAFT_API graft_code graft_freeze(const graft_model *model,
                                  const graft_options *options,
                                  const char *output, graft_bytes *graph);

/* What the model is made of, as JSON: {"schema_version": 1, "kind": "model",
 * "nodes", "functions", "inputs": ["name: type"], "outputs": [...],
 * "ops": {"operator": nodes}}. Nothing is run or changed. */
GRAFT_API graft_code graft_model_summary(const graft_model *model,
                                         const graft_options *options,
                                         graft_bytes *json);

/* Where two models differ, node by node, or two plans (files, not bytes), layer
 * by layer. That they differ is no error. At most `limit` differences are
 * listed, all are counted. Either result may be null: `json` is
 * {"schema_version": 1, "subject", "equal", "identical", "difference_count",
 * "differences": [{"kind", "where", "what", "left", "right"}]}, `text` is for a
 * reader. */
GRAFT_API graft_code graft_compare(const graft_model *left,
                                   const graft_model *right, int64_t limit,
                                   graft_bytes *json, graft_bytes *text);

/* The report as JSON: {"schema_version": 1, "precision", "nodes", "converted",
 * "engines": [{"name", "nodes", "launches", "precisions": {name: launches}}],
 * "native": [{"node", "op", "code", "reason"}]}; of a rescue
 * {"schema_version": 1, "restored": [{"name", "function", "nodes"}],
 * "conversion": as above, or null}; of a build with engines
 * {"schema_version": 1, "engines": [{"name", "precision", "unused"}]}, where
 * "unused" is empty for an engine that runs. */
GRAFT_API graft_code graft_report_json(const graft_report *report,
                                       graft_bytes *json);
/* The report for a reader: a line of totals, then a line for each operator and
 * reason that nodes stay native for, the most frequent first, or for each
 * engine that is nodes again. */
GRAFT_API graft_code graft_report_text(const graft_report *report,
                                       graft_bytes *text);
GRAFT_API void graft_report_destroy(graft_report *report);

#ifdef __cplusplus
}
#endif
#endif /* GRAFT_H */
