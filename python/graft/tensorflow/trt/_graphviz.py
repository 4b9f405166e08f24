# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The converted graph as a drawing for Graphviz (TF_TRT_EXPORT_GRAPH_VIZ_PATH)."""

from __future__ import annotations

import os

from ._summary import segment_operators
from ._tensorflow import GraphDef, NodeDef, tf

_PRECISION = {b"FP32": "float32", b"FP16": "float16", b"INT8": "int8"}


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _compute_type(node: NodeDef) -> str:
    """The element type that a node computes in."""
    mode = node.attr["precision_mode"].s if "precision_mode" in node.attr else b""
    if mode in _PRECISION:
        return _PRECISION[mode]
    for key in ("DstT", "dtype", "T"):
        if key in node.attr and node.attr[key].type:
            return str(tf.dtypes.as_dtype(node.attr[key].type).name)
    return "unknown"


def write(graph_def: GraphDef, path: str | os.PathLike[str]) -> None:
    """Writes `graph_def` to the .dot file `path`: a box for each node, a colour for each type."""
    colours: dict[str, int] = {}
    lines = [
        "digraph converted {",
        '  graph [fontname="sans-serif"];',
        "  node [shape=box style=filled colorscheme=set312];",
    ]
    for node in graph_def.node:
        colour = colours.setdefault(_compute_type(node), len(colours) + 1)
        title = node.op
        if node.op == "TRTEngineOp":
            title = f"{node.name} [{segment_operators(graph_def, node.name).total()}]"
        device = node.device.split("/")[-1] or "device:Unspecified"
        lines.append(
            f"  {_quote(node.name)} [label=<<b>{title}</b><br/><i>{device}</i>> fillcolor={colour}];"
        )
        for edge in node.input:
            source = edge.lstrip("^").split(":")[0]
            style = " [style=dashed]" if edge.startswith("^") else ""
            lines.append(f"  {_quote(source)} -> {_quote(node.name)}{style};")
    lines.append('  subgraph cluster_legend {\n    label="compute type";')
    for name, colour in colours.items():
        lines.append(f"    {_quote('type ' + name)} [label={_quote(name)} fillcolor={colour}];")
    lines.append("  }\n}")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
