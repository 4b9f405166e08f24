# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A plan in two calls, as TensorRT's `lite` had it.

    from graft import lite

    engine = lite.Engine(PLAN="model.plan")
    probabilities = engine.infer(picture)[0]
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

import graft


class Engine:
    """A loaded plan."""

    def __init__(self, PLAN: str | os.PathLike[str] | bytes, *, threads: int = 0) -> None:  # noqa: N803
        """Loads the plan: its path, or its bytes. `threads` as of graft.load."""
        self._engine = graft.load(PLAN, threads=threads)

    def infer(self, *inputs: Any) -> list[np.ndarray[Any, Any]]:
        """The outputs, in the plan's order.

        Args:
          inputs: an array for each input, in the plan's order. A missing batch of one is added.

        Raises:
          graft.UsageError: the number, shapes or types are not those of the plan.
        """
        ports = self._engine.inputs
        if len(inputs) != len(ports):
            names = ", ".join(str(port) for port in ports)
            raise graft.UsageError(f"expected {len(ports)} inputs ({names}), got {len(inputs)}")
        feeds = {}
        for port, value in zip(ports, inputs):
            array = np.asarray(value)
            if array.ndim == len(port.shape) - 1 and port.shape[0] in (None, 1):
                array = array[None]
            feeds[port.name] = array
        outputs = self._engine.run(feeds)
        return [outputs[port.name] for port in self._engine.outputs]
