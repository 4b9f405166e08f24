# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models: convert, build, freeze, summarize."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import operator
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, SupportsIndex, TypedDict, Union, cast

from graft._engine import Engine, load
from graft._errors import UsageError, missing
from graft._native import compiler

if TYPE_CHECKING:
    from graft._calibration import Calibration, Samples


class SerializesToString(Protocol):
    """A protobuf message, such as TensorFlow's GraphDef."""

    def SerializeToString(self, *, deterministic: bool = ...) -> bytes: ...


Model = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, SerializesToString]
"""A path of a GraphDef (.pb, .pbtxt) or SavedModel directory, the bytes of a GraphDef, or a GraphDef."""

Size = Union[int, tuple[int, Union[int, None]], None]
"""A size of a dimension: one number; the smallest and largest that it may take, with None for no largest;
None or -1 for what the model says."""

Shapes = Mapping[str, Union[Sequence[Size], str]]
"""Shapes by the name of the input: `{"x": (1, 224, 224, 3)}`, `{"x": ((1, 32), None, None, 3)}`. A text is
what `--shapes` takes: `{"x": "1..32x?x?x3"}`."""

Progress = Callable[[int, int, str], object]
"""Called as `progress(step, of, name)` when a step begins. What it raises ends the work."""


class EngineReport(TypedDict):
    """An engine of a converted model."""

    name: str
    nodes: int
    launches: int
    precisions: dict[str, int]
    """Launches by the precision of their arithmetic: "f32", "bf16", "f16", "int8"."""


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
class Result:
    """A result of the compiler: bytes in memory, or a path."""

    data: memoryview | None
    """The bytes, where no output was named."""
    path: str | None
    """Where the result was written, where an output was named."""

    def __bytes__(self) -> bytes:
        """A copy of the bytes; those of the file, where the result was written to one."""
        if self.data is not None:
            return self.data.tobytes()
        assert self.path is not None
        with open(self.path, "rb") as file:
            return file.read()

    def save(self, path: str | os.PathLike[str]) -> str:
        """Writes the bytes to a file, which appears whole or not at all. Returns the path."""
        path = os.fspath(path)
        partial = f"{path}.{os.getpid()}.partial"
        try:
            with open(partial, "wb") as file:
                file.write(bytes(self) if self.data is None else self.data)
            os.replace(partial, path)
        except BaseException:
            if os.path.exists(partial):
                os.unlink(partial)
            raise
        return path


@dataclasses.dataclass(frozen=True)
class Plan(Result):
    """An engine plan."""

    def load(self, *, threads: int = 0) -> Engine:
        """As `graft.load(plan)`."""
        return load(self, threads=threads)


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
    texts = _texts(
        options,
        precision=precision,
        minimum_segment_size=minimum_segment_size,
        deny=deny,
        shapes=_shapes(shapes),
        signature=signature,
        inputs=inputs,
        outputs=outputs,
    )
    path = _output(output)
    _note(precision)
    with _calibrated(texts, calibration, calibration_data) as texts:
        data, report, text = compiler().convert(*_source(model), path, texts, progress)
    return Conversion(data, _named(path), cast("Report", json.loads(report)), text)


def build(
    model: Model,
    output: str | os.PathLike[str] | None = None,
    shapes: Shapes | None = None,
    *,
    precision: str = "fp32",
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
    texts = _texts(
        options,
        shapes=_shapes(shapes),
        precision=precision,
        signature=signature,
        inputs=inputs,
        outputs=outputs,
        tune=tune,
        timing_cache=timing_cache,
        threads=threads,
    )
    path = _output(output)
    _note(precision)
    with _calibrated(texts, calibration, calibration_data) as texts:
        return Plan(compiler().build(*_source(model), path, texts, progress), _named(path))


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
    texts = _texts(options, signature=signature, inputs=inputs, outputs=outputs)
    path = _output(output)
    return Result(compiler().freeze(*_source(model), path, texts, progress), _named(path))


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
    path = _output(new)
    texts = _texts(options, convert=convert, keep_devices=keep_devices)
    _note(options.get("precision"))
    data, report, text = compiler().rescue(*_source(old), path, texts, progress)
    return Rescue(data, _named(path), cast("RescueReport", json.loads(report)), text)


def summarize(model: Model, *, progress: Progress | None = None) -> Summary:
    """Counts what a model is made of. Nothing is run or changed. Errors as of `convert`."""
    return cast("Summary", json.loads(compiler().summarize(*_source(model), [], progress)))


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
            "on this CPU fp16 is computed in f32, and each layer's result is rounded to f16: it is slower than "
            "fp32; bf16 is the 16-bit precision that is faster",
            stacklevel=3,
        )


def _source(model: Model) -> tuple[bytes, Any]:
    """The path, and the bytes if the model is in memory."""
    if isinstance(model, (bytes, bytearray, memoryview)):
        return b"GraphDef", model
    if isinstance(model, (str, os.PathLike)):
        path = os.fspath(model)
        if not os.path.exists(path):
            raise missing(path)
        return os.fsencode(path), None
    serialize = getattr(model, "SerializeToString", None)
    if serialize is None:
        raise TypeError(f"the model must be a path, bytes or a GraphDef, got {type(model).__name__}")
    # Equal graphs give the same bytes, in whatever order their maps were filled.
    return b"GraphDef", serialize(deterministic=True)


def _output(output: str | os.PathLike[str] | None) -> bytes | None:
    return None if output is None else os.fsencode(output)


def _named(path: bytes | None) -> str | None:
    return None if path is None else os.fsdecode(path)


def _shapes(shapes: Shapes | None) -> list[str] | None:
    if shapes is None:
        return None
    if not isinstance(shapes, Mapping):
        raise UsageError(f"shapes must be a dictionary of shapes by the inputs' names, got {shapes!r}")
    return [f"{name}={_shape(name, sizes)}" for name, sizes in shapes.items()]


def _shape(name: str, sizes: Sequence[Size] | str) -> str:
    """As `--shapes` takes it."""
    if isinstance(sizes, str):
        return sizes
    # tf.TensorShape has its sizes as `dims`: None where not even their number is known.
    sizes = getattr(sizes, "dims", sizes)
    if not isinstance(sizes, Iterable):
        raise UsageError(f"the shape of input '{name}' must be a sequence of sizes, got {sizes!r}")
    return "x".join(_size(name, size) for size in sizes)


def _size(name: str, size: Any) -> str:
    if isinstance(size, (tuple, list)):
        if len(size) != 2 or size[0] is None:
            raise UsageError(f"a range of input '{name}' must be (smallest, largest), got {size!r}")
        least, most = size
        return f"{_number(name, least)}.." + ("" if most in (None, -1) else _number(name, most))
    # tf.compat.v1.Dimension has its number as `value`.
    size = getattr(size, "value", size)
    return "?" if size is None or size == -1 else _number(name, size)


def _number(name: str, size: Any) -> str:
    # True is a number to Python, and a mistake here.
    if isinstance(size, SupportsIndex) and not isinstance(size, bool):
        with contextlib.suppress(TypeError):  # an array has the method, too
            return str(operator.index(size))
    raise UsageError(f"a size of input '{name}' must be a number, (smallest, largest) or None, got {size!r}")


@contextlib.contextmanager
def _calibrated(
    texts: list[tuple[str, str]],
    calibration: Calibration | str | os.PathLike[str] | None,
    calibration_data: Samples | None,
) -> Iterator[list[tuple[str, str]]]:
    """The options with those that say where the ranges are."""
    from graft import _calibration

    if isinstance(calibration, _calibration.Calibration):
        calibration = calibration.path or bytes(calibration).decode()
    if calibration is not None:
        texts = [*texts, ("calibration", os.fspath(calibration))]
    if calibration_data is None:
        yield texts
        return
    with _calibration.samples(calibration_data) as path:
        yield [*texts, ("calibration_data", path)]


def _texts(further: Mapping[str, object], **named: object) -> list[tuple[str, str]]:
    """Options as the C API takes them. What has its default is left out."""
    defaults = {name: default for name, default, _ in compiler().options()}
    texts = []
    for name, value in {**named, **further}.items():
        if value is None:
            continue
        text = _text(value)
        if text != defaults.get(name):
            texts.append((name, text))
    return texts


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        return ",".join(map(str, value))
    return str(value)
