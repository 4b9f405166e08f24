# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calibration graphs, of create_inference_graph() with INT8.

Their engines have no plans: they run their native segments and keep what goes in, whichever session
runs them. calib_graph_to_infer_graph() takes that, measures the ranges of each segment's tensors on
it, puts the nodes back in the place of the engines, and converts them with the ranges.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from typing import Any

import numpy as np

import graft
import graft.tensorflow

from . import _functions
from ._tensorflow import GraphDef, NodeDef, tf, v1

_RESOURCE = "_graft_calibration"
_CONVERSION = "_graft_conversion"

_sequence = itertools.count()
#: Ranges with their histograms, by the name of the resource: a graph may see more data later.
_measured: dict[str, graft.Calibration] = {}


def prepare(graph_def: GraphDef, conversion: dict[str, Any]) -> None:
    """Makes a calibration graph of a converted graph, in place.

    Args:
      graph_def: the graph, with engines in FP32.
      conversion: options of graft.convert() that the inference graph is to be made with, as JSON has
        them.
    """
    digest = hashlib.sha256(graph_def.SerializeToString(deterministic=True)).hexdigest()[:16]
    number = next(_sequence)
    for engine in _functions.engines(graph_def):
        name = f"{_functions.canonical_name(engine.name)}-{digest}-{number}"
        engine.attr[_RESOURCE].s = name.encode()
        engine.attr[_CONVERSION].s = json.dumps(conversion, sort_keys=True).encode()
        engine.attr["serialized_segment"].s = b""
        engine.attr["precision_mode"].s = b"INT8"
        engine.attr["use_calibration"].b = True
        engine.attr["calibration_data"].s = b""
        engine.attr["_allow_build_at_runtime"].b = False


def waiting(graph_def: GraphDef) -> list[NodeDef]:
    """The INT8 engines that wait for calibration."""
    return [
        engine
        for engine in _functions.engines(graph_def)
        if engine.attr["precision_mode"].s == b"INT8"
        and engine.attr["use_calibration"].b
        and not engine.attr["calibration_data"].s
    ]


def collects(engine: NodeDef) -> bool:
    """Whether the engine keeps what goes in."""
    return _RESOURCE in engine.attr


def conversion_of(graph_def: GraphDef) -> dict[str, Any]:
    """What prepare() was given. Error: graft.ModelError, where the graph no longer says it."""
    engine = waiting(graph_def)[0]
    try:
        options = json.loads(engine.attr[_CONVERSION].s)
    except ValueError:
        options = None
    if not isinstance(options, dict):
        raise graft.ModelError(
            f"node '{engine.name}': attribute '{_CONVERSION}' must hold the conversion's options as JSON; "
            "make the calibration graph anew"
        )
    return options


def native(graph_def: GraphDef) -> GraphDef:
    """The graph with nodes in the place of its engines."""
    restored = graft.rescue(graph_def.SerializeToString(deterministic=True))
    return type(graph_def).FromString(bytes(restored))


def measure(graph_def: GraphDef) -> str:
    """The table of the ranges of all tensors in engines, from what the engines were given.

    Raises:
      ValueError: an engine has been given nothing.
      graft.Error: with the compiler's message.
    """
    functions = {function.signature.name: function for function in graph_def.library.function}
    segments = {engine.name: functions[engine.attr["segment_func"].func.name] for engine in waiting(graph_def)}
    tables = [
        _measure_engine(engine, segments).read()
        for engine in waiting(graph_def)
    ]  # fmt: skip
    tensors: dict[str, Any] = {}
    for table in tables:
        tensors.update(table["tensors"])
    data = {
        "hash": f"{sum(int(table['data']['hash'], 16) for table in tables) % 2**64:016x}",
        "samples": max(table["data"]["samples"] for table in tables),
    }
    return json.dumps({**tables[0], "data": data, "tensors": dict(sorted(tensors.items()))})


def _measure_engine(engine: NodeDef, segments: dict[str, Any]) -> graft.Calibration:
    resource = engine.attr[_RESOURCE].s.decode()
    runs = _runs(resource)
    first = next(runs, None)
    known = _measured.get(resource)
    if first is None and known is None:
        raise ValueError(
            f"engine '{engine.name}' has no calibration data: run the calibration graph on samples that "
            "reach it, in this process, before calib_graph_to_infer_graph()"
        )
    if first is not None:
        borders = [_native_name(edge, segments) for edge in engine.input if not edge.startswith("^")]
        graph, outputs = _graph_of(segments[engine.name], engine, borders)
        table = graft.calibrate(
            graph.SerializeToString(deterministic=True),
            (dict(zip(borders, run)) for run in itertools.chain([first], runs)),
            inputs=borders,
            outputs=outputs,
            histograms=True,
        )
        _measured[resource] = graft.merge_calibrations([known, table], histograms=True) if known else table
    return _measured[resource]


def _runs(resource: str) -> Iterator[list[np.ndarray[Any, Any]]]:
    """What the engine was given, run by run. What was handed out is forgotten."""
    graft.tensorflow.load()
    with tf.Graph().as_default(), v1.Session() as session:
        fetch = graft.tensorflow._loaded.get_calibration_data_op(resource)
        while True:
            try:
                taken = session.run(fetch)
            except (tf.errors.NotFoundError, tf.errors.FailedPreconditionError):
                return  # No session of this process has run the graph.
            if not taken:
                return
            tensors = v1.AttrValue.FromString(taken).list.tensor
            yield [tf.make_ndarray(tensor) for tensor in tensors]


def _native_name(edge: str, segments: dict[str, Any]) -> str:
    """The name of a tensor before an engine computed it: that of its node, which ranges go by."""
    name, _, port = edge.partition(":")
    function = segments.get(name)
    if function is None:
        return name
    argument = function.signature.output_arg[int(port or 0)]
    return str(function.ret[argument.name].split(":")[0])


def _graph_of(function: Any, engine: NodeDef, borders: list[str]) -> tuple[GraphDef, list[str]]:
    """The native segment as a graph whose placeholders are called like what enters the engine, and its
    results."""
    from tensorflow.python.framework import function_def_to_graph  # type: ignore[import-untyped,import-not-found,unused-ignore]

    shapes = list(engine.attr["input_shapes"].list.shape)
    graph_def, tensors = function_def_to_graph.function_def_to_graph_def(function, shapes or None)
    names = dict(zip((argument.name for argument in function.signature.input_arg), borders))
    for node in graph_def.node:
        node.name = names.get(node.name, node.name)
        for i, edge in enumerate(node.input):
            node.input[i] = _functions._rename_edge(edge, names)
    results = [tensors[function.ret[argument.name]] for argument in function.signature.output_arg]
    return graph_def, list(dict.fromkeys(result.removesuffix(":0") for result in results))
