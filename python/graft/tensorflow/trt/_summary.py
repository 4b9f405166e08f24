# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The table that TrtGraphConverterV2.summary() prints."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Callable, Sequence

from ._tensorflow import GraphDef, NodeDef, tf

# Name, and share of the line.
_COLUMNS = [
    ("TRTEngineOP Name", 0.20),
    ("Device", 0.09),
    ("# Nodes", 0.05),
    ("# Inputs", 0.09),
    ("# Outputs", 0.09),
    ("Input DTypes", 0.12),
    ("Output Dtypes", 0.12),
    ("Input Shapes", 0.12),
    ("Output Shapes", 0.12),
]


def _row(fields: Sequence[object], ends: Sequence[int], print_fn: Callable[[str], object]) -> None:
    """Prints the fields; what does not fit before the end of its column is cut."""
    line = ""
    for number, (field, end) in enumerate(zip(fields, ends)):
        line += (" " if number else "") + str(field)
        line = line.ljust(end)
        if len(line) > end:
            line = line[: end - 4] + " ..."
    print_fn(line)


def _shapes(node: NodeDef, attribute: str) -> list[list[int]]:
    return [[dim.size for dim in shape.dim] for shape in node.attr[attribute].list.shape]


def _types(node: NodeDef, attribute: str) -> list[str]:
    return [tf.dtypes.as_dtype(number).name for number in node.attr[attribute].list.type]


def segment_operators(graph_def: GraphDef, engine: str) -> collections.Counter[str]:
    """How often each operator is in the native segment of the engine."""
    name = f"{engine}_native_segment"
    for function in graph_def.library.function:
        if function.signature.name == name:
            return collections.Counter(node.op for node in function.node_def)
    return collections.Counter()


def print_summary(
    graph_def: GraphDef, line_length: int, detailed: bool, print_fn: Callable[[str], object]
) -> None:
    """Prints a row for each engine, and how much of the graph they are.

    Args:
      graph_def: converted, with the attribute _output_shapes.
      line_length: of the widest row, in characters.
      detailed: whether each row is followed by the operators of the engine.
      print_fn: called for each line.
    """
    ends = list(itertools.accumulate(int(line_length * share) for _, share in _COLUMNS))
    _row([name for name, _ in _COLUMNS], ends, print_fn)
    print_fn("=" * line_length)
    engines = sorted(
        (node for node in graph_def.node if node.op == "TRTEngineOp"), key=lambda node: node.name
    )
    converted = 0
    for node in engines:
        operators = segment_operators(graph_def, node.name)
        converted += operators.total()
        # TF-TRT sets the rows apart once there is more than one engine, the first as well.
        if len(engines) != 1:
            print_fn(f"\n{'-' * 40}\n")
        inputs, outputs = _types(node, "InT"), _types(node, "OutT")
        _row(
            [
                node.name,
                node.device.split("/")[-1],
                operators.total(),
                len(inputs),
                len(outputs),
                inputs,
                outputs,
                _shapes(node, "input_shapes"),
                _shapes(node, "_output_shapes"),
            ],
            ends,
            print_fn,
        )
        if detailed:
            print_fn("")
            for op, count in sorted(operators.items()):
                print_fn(f"\t- {op}: {count}x")
    native = len(graph_def.node) - len(engines)
    total = native + converted
    share = 100 * converted / total if total else 0.0
    print_fn(f"\n{'=' * line_length}")
    print_fn(f"[*] Total number of TensorRT engines: {len(engines)}")
    print_fn(f"[*] % of OPs Converted: {share:.2f}% [{converted}/{total}]\n")
