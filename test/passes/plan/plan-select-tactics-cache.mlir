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
// RUN: echo 'no json' > %t.bad
// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-select-tactics{tune=true timing-cache=%t.bad}))' 2>&1 | FileCheck %s --check-prefixes=NOJSON,CHECK
// RUN: echo '{"schema_version": 2}' > %t.bad
// RUN: graft-opt %s --pass-pipeline='builtin.module(plan.engine(plan-select-tactics{tune=true timing-cache=%t.bad}))' 2>&1 | FileCheck %s --check-prefixes=VERSION,CHECK

// WARN: warning: timing cache '{{.*}}.bad': a time must be a positive number of seconds; measuring afresh
// NOJSON: warning: timing cache '{{.*}}.bad': must be a JSON object; measuring afresh
// VERSION: warning: timing cache '{{.*}}.bad': schema_version must be 1; measuring afresh

// CACHE: "kernels": {
// CACHE-NEXT: "{{.*}} max_pool2d{
// CACHE: "schema_version": 1

// CHECK: plan.launch "max_pool2d" by "{{.+}}" tactic "{{.+}}"
plan.engine @pool target "cpu" precision "f32" {
  %x = plan.input "x" : !plan.buffer<1x8x8x16xf32, row_major>
  %y = plan.output "y" : !plan.buffer<1x4x4x16xf32, row_major>
  plan.launch "max_pool2d" ins(%x) outs(%y) attributes {dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>, window = array<i64: 2, 2>} : (!plan.buffer<1x8x8x16xf32, row_major>) -> !plan.buffer<1x4x4x16xf32, row_major>
}
