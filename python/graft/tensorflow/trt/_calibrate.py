# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calibration of models of which TensorFlow runs a part: it computes what enters the engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import graft

from . import _functions
from ._tensorflow import GraphDef, Tensor, tf

Arrays = dict[str, np.ndarray[Any, Any]]

#: Samples that run at once where the model takes any number of them.
_BATCH = 8


def behind_native_nodes(
    graph_def: GraphDef, data: Arrays, captures: dict[str, Tensor], segmentation: dict[str, Any]
) -> graft.Calibration | None:
    """The ranges of all tensors in engines, if some of them depend on nodes that stay native.

    Args:
      graph_def: a frozen graph.
      data: {placeholder: array of all samples, one after the other}.
      captures: as _functions.freeze() gives it.
      segmentation: options of graft.convert() that say what becomes an engine, `inputs` and
        `outputs` among them.

    Returns:
      The table, or None where the compiler can run on `data` whatever becomes an engine.

    Raises:
      graft.Error: with the compiler's message.
    """
    wide = graft.convert(graph_def.SerializeToString(deterministic=True), **segmentation)
    converted = type(graph_def).FromString(bytes(wide))
    engines = list(_functions.engines(converted))
    names = {engine.name for engine in engines}
    borders = sorted(
        {
            edge.removesuffix(":0")
            for engine in engines
            for edge in engine.input
            if not edge.startswith("^") and edge.split(":")[0] not in names
        }
    )
    if set(borders) <= set(data):
        return None
    return graft.calibrate(
        graph_def.SerializeToString(deterministic=True),
        _values(graph_def, data, captures, borders),
        inputs=borders,
        outputs=_outputs(converted, engines),
    )


def _values(
    graph_def: GraphDef, data: Arrays, captures: dict[str, Tensor], borders: list[str]
) -> Iterator[Arrays]:
    """What TensorFlow computes for each batch of samples."""
    feeds = list(data)
    function = _functions.load(graph_def, captures).prune(
        [name + ":0" for name in feeds],
        [name if ":" in name else name + ":0" for name in borders],
    )
    batches = [tensor.shape[0] for tensor in function.inputs[: len(feeds)]]
    batch = next((size for size in batches if size is not None), _BATCH)
    samples = min(len(array) for array in data.values())
    for start in range(0, samples, batch):
        given = [tf.constant(data[name][start : start + batch]) for name in feeds]
        yield {name: value.numpy() for name, value in zip(borders, function(*given))}


def _outputs(converted: GraphDef, engines: list[Any]) -> list[str]:
    """The tensors that engines give, under the names that they had before."""
    from tensorflow.python.framework import function_def_to_graph  # type: ignore[import-untyped,import-not-found,unused-ignore]

    functions = {function.signature.name: function for function in converted.library.function}
    segments = [functions[engine.attr["segment_func"].func.name] for engine in engines]
    return [
        tensor.name.removesuffix(":0")
        for segment in segments
        for tensor in function_def_to_graph.function_def_to_graph(segment).outputs
    ]
