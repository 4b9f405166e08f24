# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""calibrate: the ranges of a model's tensors, for int8."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypedDict, Union

import numpy as np

from graft._arguments import Model, Progress, Shapes, option_texts, output_path, path_name, shape_texts, source
from graft._errors import ModelError, called, missing
from graft._native import compiler
from graft._result import Result

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Samples = Union[
    str, "os.PathLike[str]", Mapping[str, "ArrayLike"], Iterable[Mapping[str, "ArrayLike"]]
]
"""Inputs of a model to calibrate with: the path of an .npz archive or of a directory of them, arrays by
the name of the input, or several of such. Where the arrays are longer in their first dimension than the
model's inputs, they are cut into as many batches."""


class Range(TypedDict, total=False):
    """The range of a tensor."""

    min: float
    max: float
    observed: tuple[float, float]
    mean: list[float]


@dataclasses.dataclass(frozen=True)
class Calibration(Result):
    """A table of the ranges of a model's tensors."""

    def read(self) -> dict[str, Any]:
        """The table: `algorithm`, `data`, `tensors`."""
        table: dict[str, Any] = json.loads(bytes(self))
        return table

    @property
    def ranges(self) -> dict[str, Range]:
        """The ranges, by the name of the tensor: the node whose value it is."""
        tensors: dict[str, Range] = self.read()["tensors"]
        return tensors


def calibrate(
    model: Model,
    data: Samples,
    output: str | os.PathLike[str] | None = None,
    shapes: Shapes | None = None,
    *,
    precision: str = "int8",
    algorithm: str = "percentile",
    histograms: bool = False,
    signature: str | None = None,
    inputs: Iterable[str] | None = None,
    outputs: Iterable[str] | None = None,
    threads: int = 0,
    progress: Progress | None = None,
    **options: object,
) -> Calibration:
    """Runs a whole model on samples and notes the range of each tensor.

    Args:
      model: as of `graft.convert`.
      data: inputs, like those that the model will get; a hundred or so.
      output: where to write the table; None for a table in memory.
      shapes: as of `graft.build`.
      precision: what the table is for. "best": it also has the fastest precision of each layer, measured here.
      algorithm: how a range is chosen: "minmax", "moving-average", "percentile", "entropy" or "mse".
      histograms: keep in the table what was measured, for `graft.merge_calibrations`.
      signature, inputs, outputs: as of `graft.convert`.
      threads: to run with; 0 for the processor's.
      progress: called when a step begins, and with each batch.
      options: any further option of `graft.options()`.

    Raises:
      As `graft.convert`; `Error` also names the node that cannot be compiled.
    """
    texts = option_texts(
        options,
        shapes=shape_texts(shapes),
        precision=precision,
        calibration_algorithm=algorithm,
        histograms=histograms,
        signature=signature,
        inputs=inputs,
        outputs=outputs,
        threads=threads,
    )
    path = output_path(output)
    folder, items = samples(data)
    table = compiler().calibrate(
        *source(model), None if folder is None else os.fsencode(folder), path, texts, progress, items
    )
    return Calibration(table, path_name(path))


def merge_calibrations(
    tables: Iterable[Calibration | str | os.PathLike[str]],
    output: str | os.PathLike[str] | None = None,
    *,
    algorithm: str | None = None,
    histograms: bool = False,
    **options: object,
) -> Calibration:
    """One table for several that have histograms: that of all of their data, in their order.

    Args:
      tables: of one model; results of `graft.calibrate`, or paths.
      output: where to write the table; None for a table in memory.
      algorithm: as of `graft.calibrate`; None for that of the tables.
      histograms: as of `graft.calibrate`.
    """
    texts = option_texts(options, histograms=histograms)
    if algorithm is not None:  # even the default one, for it may not be that of the tables
        texts.append(("calibration_algorithm", algorithm))
    path = output_path(output)
    with _folder() as folder:
        paths, names = [], {}
        for i, table in enumerate(tables):
            if isinstance(table, Calibration):
                file = table.path
                if file is None:
                    file = table.save(os.path.join(folder, f"{i}.json"))
                    names[file] = f"table {i}"
                table = file
            paths.append(os.fsencode(table))
        with called(names):
            return Calibration(compiler().merge_calibrations(paths, path, texts), path_name(path))


def _folder() -> contextlib.AbstractContextManager[str]:
    """A folder for as long as it is needed."""
    import tempfile  # brings compression libraries that nothing else here needs

    return tempfile.TemporaryDirectory(prefix="graft-")


Item = list[tuple[str, int, tuple[int, ...], "NDArray[np.uint8]"]]
"""Arrays as the compiler takes them: name, graft_dtype, shape and bytes."""

# The numbers of graft_dtype.
_DTYPES = {
    name: number
    for number, name in enumerate(
        ("float32", "float64", "float16", "bfloat16", "int8", "int16", "int32", "int64")
        + ("uint8", "uint16", "uint32", "uint64", "bool")
    )
}


def _items(data: Mapping[str, ArrayLike] | Iterable[Mapping[str, ArrayLike]]) -> Iterator[Item]:
    """The samples, one item after the other."""
    count = 0
    for arrays in [data] if isinstance(data, Mapping) else data:
        item: Item = []
        for name, given in arrays.items():
            array = np.asarray(given)
            # NumPy calls bfloat16, of which it knows the size alone, void16.
            number = 3 if array.dtype.str[1:] == "V2" else _DTYPES.get(array.dtype.name)
            if number is None:
                raise ModelError(
                    f"item {count} of the calibration data: array '{name}' must hold numbers that "
                    f"an engine takes, got {array.dtype}"
                )
            shape = array.shape
            if not array.dtype.isnative:
                array = array.astype(array.dtype.newbyteorder("="))
            item.append((str(name), number, shape, np.ascontiguousarray(array).reshape(-1).view(np.uint8)))
        yield item
        count += 1
    if count == 0:
        raise ModelError("the calibration data must have one item or more, got none")


def samples(data: Samples | None) -> tuple[str | None, Iterator[Item] | None]:
    """The path of the samples, or the samples."""
    if data is None or not isinstance(data, (str, os.PathLike)):
        return None, None if data is None else _items(data)
    path = os.fspath(data)
    if not os.path.exists(path):
        raise missing(path)
    return path, None


def calibrated(
    texts: list[tuple[str, str]],
    calibration: Calibration | str | os.PathLike[str] | None,
    calibration_data: Samples | None,
) -> tuple[list[tuple[str, str]], Iterator[Item] | None]:
    """The options with those that say where the ranges are, and samples in memory."""
    if isinstance(calibration, Calibration):
        calibration = calibration.path or bytes(calibration).decode()
    if calibration is not None:
        texts = [*texts, ("calibration", os.fspath(calibration))]
    path, items = samples(calibration_data)
    return texts if path is None else [*texts, ("calibration_data", path)], items
