# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models: convert, build, freeze, summarize."""

from __future__ import annotations

import dataclasses
import json
import os
import warnings
from collections.abc import Iterable
from typing import Any, TypedDict, cast

from graft._arguments import Model, Progress, Shapes, option_texts, output_path, path_name, shape_texts, source
from graft._calibration import Calibration, Samples, calibrated
from graft._engine import Plan
from graft._native import compiler
from graft._result import Result


class EngineReport(TypedDict):
    """An engine of a converted model."""

    name: str
    nodes: int
    launches: int
    precisions: dict[str, int]
    """Launches by the precision of their arithmetic, as of `Layer.precision`."""


class NativeNode(TypedDict):
    """A node that stays TensorFlow's, and why."""

    node: str
    op: str
    code: str
    reason: str


class Report(TypedDict):
    """What became of a model's nodes."""

    schema_version: int
    precision: str
    nodes: int
    converted: int
    engines: list[EngineReport]
    native: list[NativeNode]


class RestoredEngine(TypedDict):
    """An engine of TF-TRT that is nodes again. `function` is where it was, "" for the main graph."""

    name: str
    function: str
    nodes: int


class RescueReport(TypedDict):
    """What became of TF-TRT's engines."""

    schema_version: int
    restored: list[RestoredEngine]
    conversion: Report | None


class Summary(TypedDict):
    """What a model is made of."""

    schema_version: int
    kind: str
    nodes: int
    functions: int
    inputs: list[str]
    outputs: list[str]
    ops: dict[str, int]


@dataclasses.dataclass(frozen=True)
class Conversion(Result):
    """A converted model: `data` is a GraphDef, `path` a GraphDef or SavedModel."""

    report: Report
    """What became of the nodes."""
    summary: str
    """The report for a reader: a line of totals, then one for each operator that stays native."""

    def graph_def(self) -> Any:
        """The converted GraphDef as TensorFlow's message. Needs TensorFlow, and a GraphDef."""
        from tensorflow.core.framework import graph_pb2  # type: ignore[import-untyped,import-not-found,unused-ignore]

        return graph_pb2.GraphDef.FromString(bytes(self))

    def __str__(self) -> str:
        return self.summary


@dataclasses.dataclass(frozen=True)
class Rescue(Result):
    """A model without TF-TRT's engines: `data` is a GraphDef, `path` a GraphDef or SavedModel."""

    report: RescueReport
    """Which engines are nodes again, and what a conversion made of these."""
    summary: str
    """The report for a reader: how many engines, then a line for each."""

    def __str__(self) -> str:
        return self.summary


def convert(
    model: Model,
    output: str | os.PathLike[str] | None = None,
    *,
    precision: str = "fp32",
    target: str = "cpu",
    minimum_segment_size: int = 3,
    deny: Iterable[str] = (),
    shapes: Shapes | None = None,
    calibration: Calibration | str | os.PathLike[str] | None = None,
    calibration_data: Samples | None = None,
    signature: str | None = None,
    inputs: Iterable[str] | None = None,
    outputs: Iterable[str] | None = None,
    progress: Progress | None = None,
    **options: object,
) -> Conversion:
    """Replaces the segments of a model that an engine runs better by engines, compiled and embedded.

    The result runs in TensorFlow after `graft.tensorflow.load()`.

    Args:
      model: a path of a GraphDef (.pb, .pbtxt) or SavedModel, the bytes of a GraphDef, or a GraphDef.
      output: where to write the result. A GraphDef gives a GraphDef. A SavedModel gives a SavedModel
        directory with all its signatures, or a frozen GraphDef where `output` ends in .pb or .pbtxt. With
        None the result is a (frozen) GraphDef in memory.
      precision: of the engines' arithmetic: "fp32", "bf16", "fp16", "int8"; or "best", the fastest for each
        layer, which is measured here unless the table of calibration has it. A warning says that fp16 is
        slower than fp32 on CPUs.
      target: what the engines run on: "cpu", the processor of this machine; or an architecture,
        "cpu:x86-64-v3" or "cpu:x86-64-v4", for which every machine builds the same engines.
      minimum_segment_size: the fewest nodes that become an engine.
      deny: operators that stay native.
      shapes: of inputs, as of `build`. A size that is fixed so is part of the converted model. Outside of a
        range, the engines that the input enters leave the work to TensorFlow's nodes.
      calibration: for int8 and best, a table of `graft.calibrate`, or its path.
      calibration_data: for these without a table, the samples to calibrate with, as of `graft.calibrate`.
      signature: of a SavedModel; None for "serving_default" or the only one.
      inputs: tensors that are fed; None for the model's own.
      outputs: tensors that are fetched; None for the model's own.
      progress: called when a step begins.
      options: any further option of `graft.options()`.

    Raises:
      FileNotFoundError: there is no such model (as `MissingError`).
      ModelError: the model is damaged.
      UsageError: an option, signature or tensor that there is not.
      Error: the conversion failed.
    """
    texts = option_texts(
        options,
        precision=precision,
        target=target,
        minimum_segment_size=minimum_segment_size,
        deny=deny,
        shapes=shape_texts(shapes),
        signature=signature,
        inputs=inputs,
        outputs=outputs,
    )
    path = output_path(output)
    _note(precision)
    texts, items = calibrated(texts, calibration, calibration_data)
    data, report, text = compiler().convert(*source(model), path, texts, progress, items)
    return Conversion(data, path_name(path), cast("Report", json.loads(report)), text)


def build(
    model: Model,
    output: str | os.PathLike[str] | None = None,
    shapes: Shapes | None = None,
    *,
    precision: str = "fp32",
    target: str = "cpu",
    calibration: Calibration | str | os.PathLike[str] | None = None,
    calibration_data: Samples | None = None,
    signature: str | None = None,
    inputs: Iterable[str] | None = None,
    outputs: Iterable[str] | None = None,
    tune: bool = False,
    timing_cache: str | os.PathLike[str] | None = None,
    threads: int = 0,
    progress: Progress | None = None,
    **options: object,
) -> Plan:
    """Compiles a whole model to an engine plan, which runs without TensorFlow.

    Args:
      model: as of `convert`.
      output: where to write the plan; None for a plan in memory.
      shapes: of inputs, by name; a size is a number, (smallest, largest), or None for what the model says.
        The plan takes no other sizes. Inputs that are not named keep the model's shape.
      precision: of the arithmetic, as of `convert`.
      target: what the plan runs on, as of `convert`.
      calibration, calibration_data: as of `convert`.
      signature, inputs, outputs: as of `convert`.
      tune: time the candidate kernels instead of estimating them.
      timing_cache: a file that keeps the times of `tune`.
      threads: to choose kernels for; 0 for the processor's.
      progress: called when a step begins.
      options: any further option of `graft.options()`.

    Raises:
      As `convert`; `Error` also names the node that cannot be compiled.
    """
    texts = option_texts(
        options,
        shapes=shape_texts(shapes),
        precision=precision,
        target=target,
        signature=signature,
        inputs=inputs,
        outputs=outputs,
        tune=tune,
        timing_cache=timing_cache,
        threads=threads,
    )
    path = output_path(output)
    _note(precision)
    texts, items = calibrated(texts, calibration, calibration_data)
    return Plan(compiler().build(*source(model), path, texts, progress, items), path_name(path))


def freeze(
    model: Model,
    output: str | os.PathLike[str] | None = None,
    *,
    signature: str | None = None,
    inputs: Iterable[str] | None = None,
    outputs: Iterable[str] | None = None,
    progress: Progress | None = None,
    **options: object,
) -> Result:
    """Makes constants of a model's variables: a GraphDef. Arguments and errors as of `convert`."""
    texts = option_texts(options, signature=signature, inputs=inputs, outputs=outputs)
    path = output_path(output)
    return Result(compiler().freeze(*source(model), path, texts, progress), path_name(path))


def rescue(
    old: Model,
    new: str | os.PathLike[str] | None = None,
    *,
    convert: bool = False,
    keep_devices: bool = False,
    progress: Progress | None = None,
    **options: object,
) -> Rescue:
    """Turns a model that TF-TRT of TensorFlow 1.7 to 2.17 wrote into one that any TensorFlow loads.

    Each engine becomes the nodes again that it replaced, under their names; its bytes are never read.

    Args:
      old: as `model` of `graft.convert`.
      new: where to write the result, as `output` of `graft.convert`; None for a GraphDef in memory.
      convert: convert the native model with Graft at once.
      keep_devices: leave nodes on the GPU that the model names.
      progress: called when a step begins.
      options: with `convert`, those of `graft.convert`: `minimum_segment_size`, `deny`, ...

    Raises:
      ModelError: the model is damaged, has no engine of TF-TRT's, or lacks the nodes of one.
      UsageError: an option that there is not, or one of the conversion without `convert`.
      As `graft.convert` otherwise.
    """
    path = output_path(new)
    texts = option_texts(options, convert=convert, keep_devices=keep_devices)
    _note(options.get("precision"))
    data, report, text = compiler().rescue(*source(old), path, texts, progress)
    return Rescue(data, path_name(path), cast("RescueReport", json.loads(report)), text)


def summarize(model: Model, *, progress: Progress | None = None) -> Summary:
    """Counts what a model is made of. Nothing is run or changed. Errors as of `convert`."""
    return cast("Summary", json.loads(compiler().summarize(*source(model), [], progress)))


def options() -> dict[str, str]:
    """Every option of `convert`, `build`, `calibrate`, `freeze` and `rescue`, with its meaning and default."""
    return {
        name: f"{doc} (default: {default})" if default else doc
        for name, default, doc in compiler().options()
    }


def _note(precision: object) -> None:
    """Says what a user of that precision ought to know, as the program does."""
    if precision == "fp16":
        warnings.warn(
            "on this CPU fp16 is computed in fp32, and each layer's result is rounded to fp16: it is slower than "
            "fp32; bf16 is the 16-bit precision that is faster",
            stacklevel=3,
        )
