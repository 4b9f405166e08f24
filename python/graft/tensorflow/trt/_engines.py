# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The plans inside of a converted graph."""

from __future__ import annotations

import os
import pathlib

from . import _functions
from ._tensorflow import GraphDef


def export_engines(graph_def: GraphDef, folder: str | os.PathLike[str]) -> list[pathlib.Path]:
    """Writes the plan of each engine to `folder` as <engine>.plan, for `graft inspect`,
    `graft bench` and every program that runs plans.

    Returns:
      The paths, in the order of the graph.
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for engine in _functions.engines(graph_def):
        if engine.attr["serialized_segment"].s:
            path = folder / f"{_functions.canonical_name(engine.name)}.plan"
            path.write_bytes(engine.attr["serialized_segment"].s)
            paths.append(path)
    return paths
