# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Engine plans: load, look at, run."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from graft import _runtime
from graft._errors import missing
from graft._result import Result

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclasses.dataclass(frozen=True)
class Port:
    """An input or output of an engine."""

    name: str
    """TensorFlow's name of the tensor, without ":0"."""
    dtype: np.dtype[Any]
    """Its elements. bfloat16 is `ml_dtypes.bfloat16`, or uint16 where ml_dtypes is not installed."""
    shape: tuple[int | None, ...]
    """Its sizes; None where a size is known only at run time."""

    def __str__(self) -> str:
        sizes = ",".join("?" if size is None else str(size) for size in self.shape)
        return f"{self.name}: {self.dtype}[{sizes}]"


@dataclasses.dataclass(frozen=True)
class Layer:
    """A launch of a run, and what it gave."""

    name: str
    """The last TensorFlow node that it computes; unique in the plan."""
    kind: str
    """The operation: "conv2d"."""
    precision: str
    """Of its arithmetic, as of `Engine.precision`; of what computes with integers their element type, such as "i64"."""
    values: tuple[NDArray[np.float32], ...]
    """The values of each result, for any type; int8 and uint8 results are dequantized."""


@dataclasses.dataclass(frozen=True)
class Trace:
    """What a run gave, inside as well."""

    outputs: dict[str, NDArray[Any]]
    """As `Engine.run` returns them."""
    layers: tuple[Layer, ...]
    """In the order in which they ran. What is known before a run, such as sizes, has none."""


class Engine:
    """A loaded plan, which runs when it is called; `graft.load` makes it.

    An engine is immutable. Any number of threads may call one at the same time: each call has
    a context (memory and prepared kernels) of its own, from a pool. Python's lock is free
    while an engine runs.
    """

    __slots__ = ("_bfloat16", "_engine", "_inputs", "_outputs", "_source", "_threads")

    def __init__(self, engine: _runtime.Engine, threads: int, source: str) -> None:
        self._engine = engine
        self._threads = threads
        self._source = source
        self._inputs = tuple(_port(*port) for port in engine.inputs)
        self._outputs = tuple(_port(*port) for port in engine.outputs)
        self._bfloat16 = tuple(name for name, element, _ in engine.outputs if element == "bfloat16")

    @property
    def inputs(self) -> tuple[Port, ...]:
        """The inputs, in the plan's order."""
        return self._inputs

    @property
    def outputs(self) -> tuple[Port, ...]:
        """The outputs, in the plan's order."""
        return self._outputs

    @property
    def precision(self) -> str:
        """Precision of the arithmetic: "fp32", "bf16", "fp16", "int8", "best", or "mixed" where engines are joined."""
        return self._engine.precision

    @property
    def threads(self) -> int:
        """Threads that each run uses; 0: as many as the process may use."""
        return self._threads

    @property
    def context_bytes(self) -> int:
        """Memory that the pool's idle contexts hold, in bytes."""
        return self._engine.context_bytes

    def __call__(self, /, **inputs: Any) -> dict[str, NDArray[Any]]:
        """Runs once: `engine(x=array)`. For names that are no Python names, see `run`."""
        return self.run(inputs)

    def run(self, inputs: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Runs once.

        Args:
          inputs: an array for each input, by its name: numpy arrays, anything with `__dlpack__`
            or a buffer (on the CPU), or numbers and lists. The elements must be the port's;
            only numbers and lists are converted. Dense arrays (row-major, aligned to their
            elements) are read where they are, others are copied first. They must not change
            during the call.

        Returns:
          An array for each output, by its name. Each owns its memory, aligned to 64 bytes.

        Raises:
          UsageError: an input is missing, unknown, or has another shape or type than its port.
          ResourceError: there is not enough memory for these shapes.
        """
        if type(inputs) is not dict:
            inputs = dict(inputs)
        outputs = self._engine.run(inputs, _coerce)
        for name in self._bfloat16:
            outputs[name] = outputs[name].view(_dtype("bfloat16"))
        return outputs

    def trace(self, inputs: Mapping[str, Any]) -> Trace:
        """Runs once and keeps what every layer gives.

        Args:
          inputs: as of `run`.

        Raises:
          As `run`. There must be memory for all that the layers give, as float32.
        """
        outputs, layers = self._engine.trace(dict(inputs), _coerce)
        for name in self._bfloat16:
            outputs[name] = outputs[name].view(_dtype("bfloat16"))
        return Trace(outputs, tuple(Layer(*layer) for layer in layers))

    def __repr__(self) -> str:
        inputs = ", ".join(map(str, self._inputs))
        outputs = ", ".join(map(str, self._outputs))
        return f"<graft.Engine of {self._source}: {inputs} -> {outputs}>"


def load(plan: str | os.PathLike[str] | bytes | bytearray | memoryview | Plan, *, threads: int = 0) -> Engine:
    """Loads an engine plan.

    Args:
      plan: its path, its bytes, or what `graft.build` returned. A file is mapped, not read; bytes
        are used where they are if they are aligned to 64 bytes, as `graft.build`'s are.
      threads: that each run uses; 0 for as many as the process may use.

    Raises:
      FileNotFoundError: there is no such file (as `MissingError`).
      ModelError: it is no plan, is damaged, or was made for a processor with other features.
    """
    if isinstance(plan, (bytes, bytearray, memoryview)):
        return Engine(_runtime.Engine.from_memory(plan, threads), threads, "memory")
    if not isinstance(plan, (str, os.PathLike)):
        if plan.data is not None:
            return Engine(_runtime.Engine.from_memory(plan.data, threads), threads, "memory")
        assert plan.path is not None
        plan = plan.path
    path = os.fspath(plan)
    if not os.path.exists(path):
        raise missing(path)
    return Engine(_runtime.Engine.load(os.fsencode(path), threads), threads, path)


def _dtype(element: str) -> np.dtype[Any]:
    if element != "bfloat16":
        return np.dtype(element)
    try:
        import ml_dtypes
    except ImportError:
        return np.dtype(np.uint16)
    dtype: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
    return dtype


def _port(name: str, element: str, shape: tuple[int, ...]) -> Port:
    return Port(name, _dtype(element), tuple(None if size < 0 else size for size in shape))


def _coerce(value: Any, element: str) -> NDArray[Any] | str:
    """A dense, aligned array of what the fast path did not take; as text what it is, if it does not fit."""
    dtype = _dtype(element)
    try:
        if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
            array = np.from_dlpack(value)
        else:
            array = np.asarray(value)
    except (BufferError, RuntimeError, TypeError, ValueError):  # on another device; lists of several lengths
        return type(value).__name__
    if array.dtype == dtype or array.dtype.newbyteorder("=") == dtype:
        array = array.astype(dtype, copy=False)
    elif isinstance(value, (bool, int, float, list, tuple)) and np.can_cast(array.dtype, dtype, "same_kind"):
        array = array.astype(dtype)
    else:
        return f"{array.dtype}[{','.join(map(str, array.shape))}]"
    array = np.require(array, requirements=["C", "A"]).reshape(array.shape)
    return array.view(np.uint16) if element == "bfloat16" else array


@dataclasses.dataclass(frozen=True)
class Plan(Result):
    """An engine plan."""

    def load(self, *, threads: int = 0) -> Engine:
        """As `graft.load(plan)`."""
        return load(self, threads=threads)
