# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Converted models inside TensorFlow: `graft.tensorflow.load()` before they are loaded."""

from __future__ import annotations

import pathlib
import threading
from typing import Any

from graft._errors import Error

__all__ = ["load"]

_LIBRARY = pathlib.Path(__file__).parent.parent / "lib" / "libgraft_tensorflow.so"
_lock = threading.Lock()
_loaded: Any = None


def load() -> None:
    """Registers the operators of converted models in this process's TensorFlow.

    Call it once, before a converted model is loaded; further calls do nothing.

    Raises:
      ImportError: TensorFlow is not installed.
      graft.Error: this TensorFlow is another one than the operators were built for, or they cannot be
        registered in it.
    """
    global _loaded
    with _lock:
        if _loaded is not None:
            return
        try:
            import tensorflow as tf  # type: ignore[import-untyped,import-not-found,unused-ignore]
        except ImportError as error:
            raise ImportError(
                "graft.tensorflow needs TensorFlow; install tensorflow-cpu, or run plans with graft.load"
            ) from error
        if not _LIBRARY.exists():
            raise Error(
                f"{_LIBRARY}: this build of Graft must have been made beside TensorFlow, got one without "
                "its operators; use the wheel, or pip install . -C cmake.define.GRAFT_PYTHON=PYTHON, "
                "where PYTHON has TensorFlow"
            )
        built_for = _LIBRARY.with_suffix(".version").read_text().strip()
        if _series(tf.__version__) != _series(built_for):
            raise Error(
                f"Graft's operators were built for TensorFlow {built_for}, "
                f"got TensorFlow {tf.__version__}; install tensorflow-cpu=={built_for}"
            )
        try:
            _loaded = tf.load_op_library(str(_LIBRARY))
        except (tf.errors.OpError, OSError, RuntimeError) as error:
            line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise Error(f"TensorFlow cannot register Graft's operators: {line}") from error


def _series(version: str) -> list[str]:
    """TensorFlow's C++ interface changes from one minor version to the next."""
    return version.split(".")[:2]
