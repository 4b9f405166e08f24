# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The one place that calls Graft's compiler: bytes of a GraphDef in, bytes out."""

from __future__ import annotations

import os
import tempfile
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
      ValueError: this Graft does not compile for that precision.
      graft.Error: with the compiler's message.
    """
    options = {name: value for name, value in options.items() if value not in (None, [])}
    with tempfile.TemporaryDirectory(prefix="graft-") as folder:
        if calibration_data:
            path = os.path.join(folder, "calibration.npz")
            arrays: dict[str, Any] = dict(calibration_data)
            np.savez(path, **arrays)
            options["calibration_data"] = path
        try:
            result = graft.convert(graph_def, precision=precision, **options)
        except graft.UsageError as error:
            if "'precision'" not in str(error) and "'calibration_data'" not in str(error):
                raise
            raise ValueError(
                f"precision_mode '{precision.upper()}' is not one that this Graft compiles for: "
                f"{error}; use FP32"
            ) from error
    return bytes(result), result.report
