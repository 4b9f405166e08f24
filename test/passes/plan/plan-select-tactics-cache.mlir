// The first run measures and writes, the second finds everything there: equal
// bytes, though every measurement differs.
// RUN: rm -f %t.json
// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-select-tactics{tune=true timing-cache=%t.json}))' | FileCheck %s
// RUN: FileCheck %s --check-prefix=CACHE < %t.json
// RUN: cp %t.json %t.first
// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-select-tactics{tune=true timing-cache=%t.json}))' | FileCheck %s
// RUN: cmp %t.json %t.first

// A damaged cache counts as empty, with a warning, and is replaced.
// RUN: echo '{"schema_version": 1, "kernels": {"a": {"b": -1}}}' > %t.bad
// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-select-tactics{tune=true timing-cache=%t.bad}))' 2>&1 | FileCheck %s --check-prefixes=WARN,CHECK
// RUN: FileCheck %s --check-prefix=CACHE < %t.bad
// RUN: : > %t.empty
// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-select-tactics{tune=true timing-cache=%t.empty}))' | FileCheck %s
// RUN: FileCheck %s --check-prefix=CACHE < %t.empty
// RUN: echo '{"schema_version": 2}' > %t.bad
// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-select-tactics{tune=true timing-cache=%t.bad}))' 2>&1 | FileCheck %s --check-prefixes=VERSION,CHECK

// What is no cache stays: a text, another table.
// RUN: echo 'no json' > %t.text
// RUN: cp %t.text %t.before
// RUN: not graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-select-tactics{tune=true timing-cache=%t.text}))' 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: cmp %t.text %t.before
// RUN: echo '{"schema_version": 1, "tensors": {}}' > %t.table
// RUN: cp %t.table %t.before
// RUN: not graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-select-tactics{tune=true timing-cache=%t.table}))' 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: cmp %t.table %t.before

// WARN: warning: timing cache '{{.*}}.bad': a time must be a positive number of seconds; measuring afresh
// OTHER: error: '{{.*}}' exists and is not a timing cache; name another file or remove it first
// VERSION: warning: timing cache '{{.*}}.bad': schema_version must be 1; measuring afresh

// CACHE: "kernels": {
// CACHE-NEXT: "{{.*}} conv2d{
// CACHE: "schema_version": 1

// CHECK: plan.launch "conv2d" by "{{.+}}" tactic "{{.+}}"
plan.engine @conv target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<1x8x8x16xf32, row_major>
  %y = plan.output "y" : !plan.buffer<1x8x8x16xf32, row_major>
  %w = plan.constant dense<0.5> : tensor<1x1x16x16xf32> -> !plan.buffer<1x1x16x16xf32, row_major>
  plan.launch "conv2d" ins(%x, %w) outs(%y) attributes {dilations = array<i64: 1, 1>, groups = 1 : i64, has_bias = 0 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (!plan.buffer<1x8x8x16xf32, row_major>, !plan.buffer<1x1x16x16xf32, row_major>) -> !plan.buffer<1x8x8x16xf32, row_major>
}
