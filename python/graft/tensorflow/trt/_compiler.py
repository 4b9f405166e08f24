# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The one place that calls Graft's compiler: bytes of a GraphDef in, bytes out."""

from __future__ import annotations

from typing import Any

import numpy as np

import graft


def convert_graph_def(
    graph_def: bytes,
    precision: str,
    calibration_data: dict[str, np.ndarray[Any, Any]] | None = None,
    **options: Any,
) -> tuple[bytes, graft.Report]:
    """Puts engines into a frozen graph.

    Args:
      graph_def: bytes of a GraphDef.
      precision: in small letters.
      calibration_data: {tensor name: array of all calibration inputs, one after the other}.
      options: further ones of graft.convert(); None and an empty list mean the default.

    Returns:
      The bytes of the converted GraphDef, and the report of the conversion.

    Raises:
      graft.Error: with the compiler's message.
    """
    options = {name: value for name, value in options.items() if value not in (None, [])}
    result = graft.convert(
        graph_def, precision=precision, calibration_data=calibration_data or None, **options
    )
    return bytes(result), result.report
