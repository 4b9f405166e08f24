# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is said once in a process: parameters of TF-TRT that mean nothing here."""

from __future__ import annotations

import logging

logger = logging.getLogger("graft.tensorflow.trt")

_said: set[str] = set()


def say_once(message: str) -> None:
    """Logs `message` as a warning, the first time only."""
    if message not in _said:
        _said.add(message)
        logger.warning(message)


def has_no_meaning(parameter: str, instead: str) -> None:
    """Says that `parameter` is accepted and ignored, and what is done instead."""
    say_once(f"{parameter} has no meaning in Graft: {instead}")
