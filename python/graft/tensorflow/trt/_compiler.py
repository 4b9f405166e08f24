# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The one place that calls Graft's compiler: bytes of a GraphDef in, bytes out."""

from __future__ import annotations

from typing import Any

import numpy as np

import graft

from . import _calibrate
from ._tensorflow import GraphDef, Tensor


def convert_graph_def(
    graph_def: GraphDef,
    precision: str,
    calibration_data: dict[str, np.ndarray[Any, Any]] | None = None,
    captures: dict[str, Tensor] | None = None,
    calibration: str | None = None,
    **options: Any,
) -> tuple[GraphDef, graft.Report]:
    """Puts engines into a frozen graph.

    Args:
      graph_def: the graph.
      precision: in small letters.
      calibration_data: {tensor name: array of all calibration inputs, one after the other}.
      captures: as _functions.freeze() gives it.
      calibration: a table of ranges, instead of data.
      options: further ones of graft.convert(); None and an empty list mean the default.

    Returns:
      The converted GraphDef, and the report of the conversion.

    Raises:
      graft.Error: with the compiler's message.
    """
    options = {name: value for name, value in options.items() if value not in (None, [])}
    ranges: graft.Calibration | str | None = calibration
    if calibration_data:
        ranges = _calibrate.behind_native_nodes(
            graph_def, calibration_data, captures or {}, options
        )
    result = graft.convert(
        graph_def.SerializeToString(deterministic=True),
        precision=precision,
        calibration=ranges,
        calibration_data=None if ranges else calibration_data or None,
        **options,
    )
    return type(graph_def).FromString(bytes(result)), result.report
