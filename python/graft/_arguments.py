# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What callers give, as the C API takes it: models, shapes, options."""

from __future__ import annotations

import contextlib
import operator
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, SupportsIndex, Union

from graft._errors import UsageError, missing
from graft._native import compiler


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


def source(model: Model) -> tuple[bytes, Any]:
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
    # Equal graphs have the same bytes, in whatever order their maps were filled.
    return b"GraphDef", serialize(deterministic=True)


def output_path(output: str | os.PathLike[str] | None) -> bytes | None:
    return None if output is None else os.fsencode(output)


def path_name(path: bytes | None) -> str | None:
    return None if path is None else os.fsdecode(path)


def shape_texts(shapes: Shapes | None) -> list[str] | None:
    """As `--shapes` takes them."""
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


def option_texts(further: Mapping[str, object], **named: object) -> list[tuple[str, str]]:
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
