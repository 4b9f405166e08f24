//===- SampleModels.h - SavedModels in text form --------------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A model as each of the two ways of saving writes it, cut to what matters.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_TEST_UNIT_SAVEDMODEL_SAMPLEMODELS_H
#define GRAFT_TEST_UNIT_SAVEDMODEL_SAMPLEMODELS_H

namespace graft::test {

/// A graph as TF2 saves it: a function assigns what RestoreV2 reads, through a
/// call in a call, to variables whose names say nothing.
inline constexpr const char *functionModel = R"pb(
saved_model_schema_version: 1
meta_graphs {
  meta_info_def { tags: "serve" }
  graph_def {
    node { name: "prefix" op: "Placeholder" }
    node { name: "v0" op: "VarHandleOp"
           attr { key: "dtype" value { type: DT_FLOAT } }
           attr { key: "shape" value { shape { dim { size: 2 } } } } }
    node { name: "v1" op: "VarHandleOp"
           attr { key: "dtype" value { type: DT_FLOAT } }
           attr { key: "shape" value { shape { dim { size: -1 } } } } }
    node { name: "other" op: "VarHandleOp"
           attr { key: "dtype" value { type: DT_FLOAT } } }
    node { name: "restore" op: "StatefulPartitionedCall"
           input: "prefix" input: "v1" input: "v0"
           attr { key: "f" value { func { name: "outer" } } } }
    library {
      function {
        signature { name: "outer"
          input_arg { name: "p" type: DT_STRING }
          input_arg { name: "a" type: DT_RESOURCE }
          input_arg { name: "b" type: DT_RESOURCE } }
        node_def { name: "again" op: "Identity" input: "a" }
        node_def { name: "call" op: "inner"
                   input: "p" input: "again:output:0" input: "b" }
      }
      function {
        signature { name: "inner"
          input_arg { name: "p" type: DT_STRING }
          input_arg { name: "a" type: DT_RESOURCE }
          input_arg { name: "b" type: DT_RESOURCE } }
        node_def { name: "keys" op: "Const"
          attr { key: "value" value { tensor { dtype: DT_STRING
            tensor_shape { dim { size: 2 } }
            string_val: "first" string_val: "second" } } } }
        node_def { name: "slices" op: "Const"
          attr { key: "value" value { tensor { dtype: DT_STRING
            tensor_shape { dim { size: 2 } } string_val: "" } } } }
        node_def { name: "R" op: "RestoreV2"
                   input: "p" input: "keys:output:0" input: "slices:output:0" }
        node_def { name: "i" op: "Identity" input: "R:tensors:1" }
        node_def { name: "s0" op: "AssignVariableOp"
                   input: "a" input: "R:tensors:0" }
        node_def { name: "s1" op: "AssignVariableOp"
                   input: "b" input: "i:output:0" }
      }
    }
  }
  saver_def { restore_op_name: "restore" version: V2 }
  signature_def { key: "serving_default" value {
    inputs { key: "x" value { name: "in:0" dtype: DT_FLOAT
      tensor_shape { dim { size: -1 } dim { size: 3 } } } }
    inputs { key: "a" value { name: "in:1" dtype: DT_INT32
      tensor_shape { unknown_rank: true } } }
    outputs { key: "y" value { name: "out:0" dtype: DT_FLOAT } }
    method_name: "predict" } }
  signature_def { key: "__saved_model_init_op" value {} }
}
)pb";

/// The same by TF1's hand: control edges, references, and parts.
inline constexpr const char *sessionModel = R"pb(
meta_graphs {
  meta_info_def { tags: "serve" }
  graph_def {
    node { name: "w/part_1" op: "VariableV2"
           attr { key: "dtype" value { type: DT_FLOAT } }
           attr { key: "shape" value { shape { dim { size: 1 } dim { size: 2 } } } } }
    node { name: "keys" op: "Const" attr { key: "value" value { tensor {
      dtype: DT_STRING tensor_shape { dim { size: 1 } } string_val: "w" } } } }
    node { name: "slices" op: "Const" attr { key: "value" value { tensor {
      dtype: DT_STRING tensor_shape { dim { size: 1 } }
      string_val: "2 2 1,1:-" } } } }
    node { name: "R" op: "RestoreV2"
           input: "prefix" input: "keys" input: "slices" }
    node { name: "assign" op: "Assign" input: "w/part_1" input: "R" }
    node { name: "shard" op: "NoOp" input: "^assign" }
    node { name: "all" op: "NoOp" input: "^shard" }
    node { name: "prefix" op: "Const" }
  }
  saver_def { restore_op_name: "all" }
}
)pb";

} // namespace graft::test

#endif // GRAFT_TEST_UNIT_SAVEDMODEL_SAMPLEMODELS_H
