# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The plans inside of a converted graph, and those for single shapes beside it."""

from __future__ import annotations

import hashlib
import os
import pathlib
from typing import Any

import graft.tensorflow

from . import _functions
from ._tensorflow import GraphDef, NodeDef, tf, v1


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


def name_resources(graph_def: GraphDef) -> None:
    """Gives each engine a resource of its own, in place: of the engines of one name that a
    process loads, each has its shapes' plans."""
    for engine in _functions.engines(graph_def):
        digest = hashlib.sha256(engine.attr["serialized_segment"].s).hexdigest()[:32]
        name = f"{_functions.canonical_name(engine.name)}-{digest}"
        engine.attr["_graft_resource"].s = name.encode()


def save_resources(graph_def: GraphDef, folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Writes the plans that the engines' resources hold to `folder`.

    Returns:
      {engine: a trackable object that brings its plans back}, for an attribute of what is saved.
    """
    resources = {}
    for engine in _functions.engines(graph_def):
        name = _functions.canonical_name(engine.name)
        path = str(pathlib.Path(folder) / f"trt-serialized-engine.{name}")
        resource = engine.attr["_graft_resource"].s.decode()
        try:
            _ops().serialize_trt_resource(resource, path)
        except tf.errors.NotFoundError:
            continue  # No input has reached the engine.
        resources[name] = _resource_class()(resource, path, _count(path, engine))
    return resources


def take_plans(graph_def: GraphDef, folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Moves the plan of each engine node to a file in `folder`, as `graft convert` does: TensorFlow
    copies a graph many times while it loads it, and a file is mapped.

    Returns:
      As `save_resources`.
    """
    name_resources(graph_def)
    resources = {}
    for engine in _functions.engines(graph_def):
        plan = engine.attr["serialized_segment"].s
        if not plan:
            engine.attr.pop("_graft_resource")
            continue
        name = _functions.canonical_name(engine.name)
        path = str(pathlib.Path(folder) / f"trt-serialized-engine.{name}")
        with tf.io.TFRecordWriter(path) as writer:
            writer.write(_engine_instance(plan))
        resource = engine.attr["_graft_resource"].s.decode()
        resources[name] = _resource_class()(resource, path, 1, keeps_file=True)
        engine.attr["serialized_segment"].s = b""
    return resources


def _engine_instance(plan: bytes) -> bytes:
    """A TRTEngineInstance message of TF-TRT's that has a plan, field 2, for any shapes."""
    length, size = len(plan), bytearray()
    while length >= 0x80:
        size.append(length & 0x7F | 0x80)
        length >>= 7
    size.append(length)
    return b"\x12" + bytes(size) + plan


def _count(path: str, engine: NodeDef) -> int:
    """As many engines as may be held: those in the file, at least."""
    plans = sum(1 for _ in tf.data.TFRecordDataset(path))
    return max(plans, int(engine.attr["max_cached_engines_count"].i))


def _ops() -> Any:
    graft.tensorflow.load()
    return graft.tensorflow._loaded


def _resource_class() -> Any:
    """The class, which derives from one of TensorFlow's."""
    from tensorflow.python.trackable import asset, resource  # type: ignore[import-untyped,import-not-found,unused-ignore]

    class EngineResource(resource.TrackableResource):  # type: ignore[misc]
        """Tracks a file of plans, so that it becomes an asset of a SavedModel."""

        def __init__(self, name: str, path: str, count: int, keeps_file: bool = False) -> None:
            """`keeps_file`: the file has one plan, which is read when an engine runs first."""
            super().__init__(device="CPU")
            self._resource_name = name
            self._count = count
            # What the op library looks for on the node that gives the resource its file.
            self._attrs = {"_graft_resource": v1.AttrValue(s=name.encode())} if keeps_file else {}
            self._path = self._track_trackable(asset.Asset(path), "_serialized_trt_resource_filename")

        def _create_resource(self) -> Any:
            with tf.device(self._resource_device):
                return _ops().create_trt_resource_handle(resource_name=self._resource_name)

        def _initialize(self) -> None:
            with v1.get_default_graph()._attr_scope(self._attrs):
                _ops().initialize_trt_resource(
                    self.resource_handle, self._path, max_cached_engines_count=self._count
                )

        def _destroy_resource(self) -> None:
            # A signature may outlive the object that it was loaded with, and needs its plan.
            if not self._attrs:
                handle = self._create_resource()
                tf.raw_ops.DestroyResourceOp(resource=handle, ignore_lookup_error=True)

    return EngineResource
