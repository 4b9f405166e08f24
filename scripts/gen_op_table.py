#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes dialects/graph/OpTable.txt from the op registry of the installed TensorFlow.

One line an op, sorted by name:

    Conv2D(input: T, filter: T) -> (output: T) {T: type in [half, float], strides: list(int)}
    ConcatV2(values: N * T, axis: Tidx) -> (output: T) {N: int >= 2, T: type, Tidx: type = int32}
    Assign(ref: ref T, value: T) -> (output_ref: ref T) {...} uninitialized

An argument is "name: [ref] [NUMBER *] TYPE"; TYPE is an attribute of kind type
or list(type), else the name of a DataType. An attribute is "name: kind" with a
minimum, its allowed values and its default. "?" is a shape of unknown rank.
The flags at the end are OpDef's.

Usage: gen_op_table.py [--check]      --check compares instead of writing
"""

import argparse
import difflib
import pathlib
import sys

import numpy as np
from tensorflow.core.framework import op_def_pb2, types_pb2
from tensorflow.python.client import pywrap_tf_session

TABLE = pathlib.Path(__file__).resolve().parent.parent / "dialects/graph/OpTable.txt"
FLAGS = [
    ("is_aggregate", "aggregate"),
    ("is_commutative", "commutative"),
    ("is_distributed_communication", "distributed"),
    ("is_stateful", "stateful"),
    ("allows_uninitialized_input", "uninitialized"),
]

# Registered by TensorFlow's wheel with GPU support alone, for its own use.
GPU_ONLY = {"_CopyFromGpuToHost", "_CopyFromHostToGpu"}

# TF-TRT's, as TensorFlow 2.17 had them; 2.18 dropped them.
TF_TRT = """\
CreateTRTResourceHandle() -> (resource_handle: resource) {resource_name: string} stateful
GetCalibrationDataOp(resource_name: string) -> (serialized_resource: string) stateful
InitializeTRTResource(resource_handle: resource, filename: string) -> () \
{max_cached_engines_count: int = 1} stateful
SerializeTRTResource(resource_name: string, filename: string) -> () \
{delete_resource: bool = false, save_gpu_specific_engines: bool = true} stateful
TRTEngineOp(in_tensor: InT) -> (out_tensor: OutT) {serialized_segment: string, \
segment_func: func = "", InT: list(type) in [bool, int8, half, float, int32, resource], \
OutT: list(type) in [bool, int8, half, float, int32], input_shapes: list(shape) = [], \
output_shapes: list(shape) = [], max_cached_engines_count: int = 1, max_batch_size: int = 1, \
workspace_size_bytes: int, precision_mode: string in ["FP32", "FP16", "INT8"], \
calibration_data: string = "", use_calibration: bool = true, segment_funcdef_name: string = "", \
cached_engine_batches: list(int) >= 0 = [], fixed_input_size: bool = true, \
static_engine: bool = true, profile_strategy: string = "", use_explicit_precision: bool = false}
"""


def type_name(value):
    return types_pb2.DataType.Name(value)[len("DT_") :].lower()


TYPE_NAMES = {type_name(value) for value in types_pb2.DataType.values()}


def text_string(value):
    out = ""
    for byte in value:
        plain = 0x20 <= byte < 0x7F and byte not in b'"\\'
        out += chr(byte) if plain else f"\\x{byte:02x}"
    return f'"{out}"'


def text_shape(shape):
    if shape.unknown_rank:
        return "?"
    return "[" + ", ".join(str(d.size) for d in shape.dim) + "]"


def text_float(value):
    # The shortest decimal that reads back as the same float.
    return str(np.float32(value))


def text_tensor(tensor):
    values = list(tensor.int_val)
    if tensor.ListFields()[-1][0].name not in ("int_val", "tensor_shape", "dtype"):
        raise ValueError(f"a default of this type needs an extension of the format: {tensor}")
    shape = text_shape(tensor.tensor_shape)
    return f"tensor {type_name(tensor.dtype)} {shape} [{', '.join(map(str, values))}]"


def text_bool(value):
    return "true" if value else "false"


SCALARS = {
    "string": ("s", text_string),
    "int": ("i", str),
    "float": ("f", text_float),
    "bool": ("b", text_bool),
    "type": ("type", type_name),
    "shape": ("shape", text_shape),
    "tensor": ("tensor", text_tensor),
    "func": ("func", lambda f: text_string(f.name.encode())),
}


def text_list(kind, values):
    field, show = SCALARS[kind]
    return "[" + ", ".join(show(v) for v in getattr(values, field)) + "]"


def text_value(kind, value):
    if kind.startswith("list("):
        return text_list(kind[len("list(") : -1], value.list)
    field, show = SCALARS[kind]
    return show(getattr(value, field))


def text_attr(attr):
    text = f"{attr.name}: {attr.type}"
    if attr.has_minimum:
        text += f" >= {attr.minimum}"
    if attr.HasField("allowed_values"):
        # The values allowed in a list are given as a list of its elements' kind.
        kind = attr.type.removeprefix("list(").removesuffix(")")
        text += f" in {text_list(kind, attr.allowed_values.list)}"
    if attr.HasField("default_value"):
        text += f" = {text_value(attr.type, attr.default_value)}"
    return text


def text_arg(arg, attrs):
    if set(attrs) & TYPE_NAMES:
        raise ValueError(f"an attribute has the name of a type: {sorted(attrs)}")
    text = f"{arg.name}: "
    if arg.is_ref:
        text += "ref "
    if arg.number_attr:
        text += f"{arg.number_attr} * "
    if arg.type_list_attr:
        assert attrs[arg.type_list_attr] == "list(type)"
        return text + arg.type_list_attr
    if arg.type_attr:
        assert attrs[arg.type_attr] == "type"
        return text + arg.type_attr
    return text + type_name(arg.type)


def text_op(op):
    attrs = {attr.name: attr.type for attr in op.attr}
    inputs = ", ".join(text_arg(arg, attrs) for arg in op.input_arg)
    outputs = ", ".join(text_arg(arg, attrs) for arg in op.output_arg)
    words = [f"{op.name}({inputs}) -> ({outputs})"]
    if op.attr:
        words.append("{" + ", ".join(map(text_attr, op.attr)) + "}")
    words.extend(flag for field, flag in FLAGS if getattr(op, field))
    return " ".join(words) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    options = parser.parse_args()
    ops = op_def_pb2.OpList.FromString(
        pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList())
    ).op
    ops = [op for op in ops if op.name not in GPU_ONLY]
    lines = [text_op(op) for op in ops] + TF_TRT.splitlines(keepends=True)
    lines.sort(key=lambda line: line.split("(")[0].encode())
    if not options.check:
        TABLE.write_text("".join(lines))
        print(f"{len(lines)} ops")
        return 0
    checked_in = TABLE.read_text().splitlines(keepends=True)
    difference = list(difflib.unified_diff(checked_in, lines, str(TABLE.name), "TensorFlow", n=0))
    sys.stdout.writelines(difference)
    print(f"{len(lines)} ops compared, {'they differ' if difference else 'no difference'}")
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
