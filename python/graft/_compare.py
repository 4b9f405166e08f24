# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""compare: where two models, two plans, or their answers differ."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from graft._arguments import Model, option_texts, shape_texts, source
from graft._engine import Engine, Plan, Trace, load
from graft._errors import UsageError, called
from graft._model import build
from graft._native import compiler

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PLAN = b"\x89GFT"  # how a plan begins


class Difference(TypedDict):
    """One place in which two models or plans differ."""

    kind: str
    where: str
    what: str
    left: str
    right: str


class OutputDifference(TypedDict):
    """An output of two models, element by element; `right` is what `rtol` is relative to."""

    name: str
    left: str
    right: str
    elements: int
    beyond: int
    max_absolute: float | None
    max_relative: float | None
    worst_element: int
    sqnr_db: float | None
    """Ratio of the left one's signal to what differs; None where nothing does."""
    cosine: float


class LayerDifference(TypedDict):
    """What a layer gives on the right, beside the layer of that name on the left, if there is one."""

    name: str
    kind: str
    precision: str
    elements: int
    sqnr_db: float | None
    cosine: float | None
    max_error: float | None
    max: float | None
    """The largest magnitude on the left."""


@dataclasses.dataclass(frozen=True)
class Comparison:
    """What `graft.compare` found. True where the two are equal."""

    subject: str
    """"models", "plans" or "outputs"."""
    equal: bool
    """The files say the same, maybe in other bytes; or the outputs agree."""
    identical: bool
    """Byte for byte."""
    difference_count: int
    differences: list[Difference]
    """The first of them, of files."""
    outputs: list[OutputDifference]
    """Each output, of answers."""
    text: str
    """The same for a reader."""
    layers: list[LayerDifference] = dataclasses.field(default_factory=list)
    """Each layer of the right side, if they were compared."""
    notes: tuple[str, ...] = ()
    """Of converted models whose answers were compared: which of their engines ran, and why others did not."""

    def __bool__(self) -> bool:
        return self.equal

    def __str__(self) -> str:
        return self.text


def compare(
    left: Model | Plan,
    right: Model | Plan,
    inputs: Mapping[str, Any] | None = None,
    *,
    rtol: float = 1e-4,
    atol: float = 1e-5,
    min_sqnr: float | None = None,
    layers: bool = False,
    limit: int = 100,
) -> Comparison:
    """Shows where two models differ, node by node, or two plans, layer by layer; with `inputs`, where their answers do.

    Args:
      left, right: models as of `graft.convert`, or plans.
      inputs: arrays by name. Both are run on them, models after they were built in memory for these shapes.
        The engines of a converted model run as they are; `notes` of the result says so.
      rtol, atol: answers agree where |left - right| <= atol + rtol * |right|; equal infinities and NaNs agree.
      min_sqnr: in dB: answers agree where the ratio of signal (of the left one) to noise is at least that,
        whatever `rtol` and `atol` say.
      layers: compare what each layer gives as well; needs `inputs`. A model on the left is then compiled in
        fp32, whatever engines it has.
      limit: differences to list at most; all are counted.

    Raises:
      UsageError: a plan and a model without `inputs`, or `layers` without.
      As `graft.convert`, and with `inputs` as `graft.Engine.run`.
    """
    if inputs is not None:
        first, its_notes = _engine(left, inputs, anew=layers)
        second, notes = _engine(right, inputs)
        notes = tuple(dict.fromkeys((*its_notes, *notes)))
        if not layers:
            answers = _answers(first.run(inputs), second.run(inputs), rtol, atol, min_sqnr)
            return dataclasses.replace(answers, notes=notes)
        exact, lowered = first.trace(inputs), second.trace(inputs)
        answers = _answers(exact.outputs, lowered.outputs, rtol, atol, min_sqnr)
        return dataclasses.replace(answers, layers=_layers(exact, lowered), notes=notes)
    if layers:
        raise UsageError("layers are compared by what they give: there must be inputs")
    with contextlib.ExitStack() as files:
        sources = [files.enter_context(_file(model)) for model in (left, right)]
        report, text = compiler().compare(*sources[0], *sources[1], limit)
    found = json.loads(report)
    return Comparison(
        found["subject"], found["equal"], found["identical"], found["difference_count"],
        found["differences"], [], text,
    )  # fmt: skip


@contextlib.contextmanager
def _file(model: Model | Plan) -> Iterator[tuple[bytes, Any]]:
    """As `_source`. A plan in memory is written to a file while it is compared."""
    if not isinstance(model, Plan):
        yield source(model)
    elif model.path is not None:
        yield source(model.path)
    else:
        import tempfile  # brings compression libraries that nothing else here needs

        with tempfile.TemporaryDirectory(prefix="graft-") as folder:
            path = model.save(os.path.join(folder, "plan"))
            with called({path: "the plan"}):
                yield os.fsencode(path), None


def _engine(
    model: Model | Plan, inputs: Mapping[str, Any], anew: bool = False
) -> tuple[Engine, tuple[str, ...]]:
    """A plan, or a model that is built, with notes; `anew`: without the engines that it has."""
    if isinstance(model, Plan):
        return load(model), ()
    if isinstance(model, (str, os.PathLike)) and os.path.isfile(model):
        with open(model, "rb") as file:
            if file.read(len(_PLAN)) == _PLAN:
                return load(model), ()
    shapes = {name: np.shape(value) for name, value in inputs.items()}
    if anew:
        return load(build(model, shapes=shapes)), ()
    texts = option_texts({}, shapes=shape_texts(shapes))
    plan, _, text = compiler().build_with_engines(*source(model), None, texts, None)
    return load(Plan(plan, None)), tuple(text.splitlines())


def _answers(
    left: dict[str, NDArray[Any]],
    right: dict[str, NDArray[Any]],
    rtol: float,
    atol: float,
    min_sqnr: float | None = None,
) -> Comparison:
    if len(left) == len(right) == 1:  # whatever their names
        right = dict(zip(left, right.values()))
    outputs = [_output(name, left.get(name), right.get(name), rtol, atol) for name in sorted({*left, *right})]
    wrong = sum(not _agrees(output, min_sqnr) for output in outputs)
    lines = ["the outputs differ" if wrong else "the outputs agree", *map(_line, outputs)]
    return Comparison("outputs", not wrong, False, wrong, [], outputs, "\n".join(lines))


def _agrees(output: OutputDifference, min_sqnr: float | None) -> bool:
    if output["left"] != output["right"] or min_sqnr is None:
        return output["left"] == output["right"] and output["beyond"] == 0
    return output["sqnr_db"] is None or output["sqnr_db"] >= min_sqnr


def _layers(left: Trace, right: Trace) -> list[LayerDifference]:
    exact = {layer.name: layer.values for layer in left.layers}
    found = []
    for layer in right.layers:
        pairs = [(a, b) for a, b in zip(exact.get(layer.name, ()), layer.values) if a.size == b.size]
        a, b = (np.concatenate([np.ravel(pair[side]) for pair in pairs] or [np.empty(0, "f4")]) for side in (0, 1))
        sqnr, cosine = _deviation(a, b)
        finite = np.isfinite(a) & np.isfinite(b)
        found.append(LayerDifference(
            name=layer.name, kind=layer.kind, precision=layer.precision, elements=a.size,
            sqnr_db=sqnr if pairs else None, cosine=cosine if pairs else None,
            max_error=float(_distance(a, b).max(initial=0.0)) if pairs else None,
            max=float(np.abs(a[finite]).max(initial=0.0)) if pairs else None,
        ))  # fmt: skip
    return found


def _distance(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """|a - b|: 0 between equal infinities and NaNs, infinite where only one is one."""
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):
        distance = np.where(same, 0.0, np.abs(a - b))
    distance[np.isnan(distance)] = np.inf
    return distance


def _deviation(a: NDArray[Any], b: NDArray[Any]) -> tuple[float | None, float]:
    """Ratio of signal to noise in dB, None without noise; and the cosine of the angle between the two."""
    a, b = a.astype("f8"), b.astype("f8")
    noise = float(np.square(_distance(a, b)).sum())
    if noise == 0:
        return None, 1.0
    finite = np.isfinite(a) & np.isfinite(b)
    a, b = a[finite], b[finite]
    signal, other = float(a @ a), float(b @ b)
    with np.errstate(divide="ignore"):
        sqnr = float(10 * (np.log10(signal) - np.log10(noise)))
    known = np.isfinite(noise) and signal > 0 and other > 0
    return sqnr, float(a @ b / (np.sqrt(signal) * np.sqrt(other))) if known else 0.0


def _output(
    name: str, left: NDArray[Any] | None, right: NDArray[Any] | None, rtol: float, atol: float
) -> OutputDifference:
    found = OutputDifference(
        name=name, left=_type(left), right=_type(right), elements=0, beyond=0,
        max_absolute=None, max_relative=None, worst_element=0, sqnr_db=None, cosine=1.0,
    )  # fmt: skip
    if left is None or right is None or found["left"] != found["right"]:
        return found
    found["elements"] = left.size
    if left.size:
        # numpy's long double holds every integer of 64 bits, and every element's value.
        a, b = left.astype(np.longdouble).ravel(), right.astype(np.longdouble).ravel()
        distance = _distance(a, b)
        with np.errstate(invalid="ignore", divide="ignore"):
            # An infinite b allows for no distance.
            allowed = np.where(np.isfinite(b), atol + rtol * np.abs(b), 0.0)
            relative = np.where(np.isinf(distance), np.inf, distance / np.abs(b))
        found["beyond"] = int(np.count_nonzero(distance > allowed))
        found["worst_element"] = int(distance.argmax())
        found["max_absolute"], found["max_relative"] = float(distance.max()), float(relative[(b != 0) | np.isinf(distance)].max(initial=0.0))
        found["sqnr_db"], found["cosine"] = _deviation(a, b)
    return found


def _type(array: NDArray[Any] | None) -> str:
    return "" if array is None else f"{array.dtype}[{','.join(map(str, array.shape))}]"


def _line(output: OutputDifference) -> str:
    if output["left"] != output["right"]:
        return f"  {output['name']}: {output['left'] or 'nothing'}, got {output['right'] or 'nothing'}"
    return (
        f"  {output['name']} {output['left']}: largest difference {output['max_absolute'] or 0:.3g} absolute, "
        f"{output['max_relative'] or 0:.3g} relative, {output['beyond']} of {output['elements']} elements "
        "beyond the tolerance"
    )
