# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The command `graft` of an environment: the program that lies in the package."""

from __future__ import annotations

import os
import pathlib
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Becomes the program; exit codes and signals are the program's own."""
    program = pathlib.Path(__file__).parent / "bin" / "graft"
    os.execv(program, ["graft", *sys.argv[1:]])
