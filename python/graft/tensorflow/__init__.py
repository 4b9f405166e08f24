# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Converted models inside TensorFlow.

Where Graft was installed from a wheel, importing TensorFlow is enough to run them: the wheel has a plug-in
that TensorFlow loads. `load()` does the same for any other installation, and says what is wrong.
"""

from __future__ import annotations

import pathlib
import threading
import types
from typing import Any

from graft._errors import Error

__all__ = ["load"]

_LIBRARY = pathlib.Path(__file__).parent.parent / "lib" / "libgraft_tensorflow.so"
_OPERATORS = (
    "CreateTRTResourceHandle", "GetCalibrationDataOp", "InitializeTRTResource", "SerializeTRTResource",
    "TRTEngineOp",
)  # fmt: skip
_lock = threading.Lock()
_loaded: Any = None


def load() -> None:
    """Registers the operators of converted models in this process's TensorFlow.

    Call it once, before a converted model is loaded; further calls do nothing, and neither does it where the
    plug-in of a wheel has been loaded with TensorFlow.

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
        library = _find_library(tf.__version__)
        if not _is_registered():
            try:
                tf.load_op_library(str(library))
            except (tf.errors.OpError, OSError, RuntimeError) as error:
                line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
                raise Error(f"TensorFlow cannot register Graft's operators: {line}") from error
        _loaded = _wrappers()


def _find_library(version: str) -> pathlib.Path:
    """The op library for that TensorFlow. A wheel has one for each of several, a build has one."""
    series = ".".join(version.split(".")[:2])
    library = _LIBRARY.with_name(f"{_LIBRARY.stem}-{series}.so")
    if library.exists():
        return library
    others = sorted(
        (path.stem.rpartition("-")[2] for path in _LIBRARY.parent.glob(f"{_LIBRARY.stem}-*.so")),
        key=lambda series: [int(number) for number in series.split(".")],
    )
    if not _LIBRARY.exists() and not others:
        raise Error(
            f"{_LIBRARY}: this build of Graft must have been made beside TensorFlow, got one without "
            "its operators; use the wheel, or pip install . -C cmake.define.GRAFT_PYTHON=PYTHON, "
            "where PYTHON has TensorFlow"
        )
    if _LIBRARY.exists():
        built_for = _LIBRARY.with_suffix(".version").read_text().strip()
        # TensorFlow's C++ interface changes from one minor version to the next.
        if built_for.split(".")[:2] == version.split(".")[:2]:
            return _LIBRARY
        others, newest = [built_for], built_for
    else:
        newest = f"{others[-1]}.*"
    raise Error(
        f"Graft's operators were built for TensorFlow {', '.join(others)}, got TensorFlow {version}; "
        f"install tensorflow-cpu=={newest}"
    )


def _is_registered() -> bool:
    """Whether engines have a kernel for the CPU: the plug-in's, or one that somebody else has loaded."""
    from tensorflow.python.framework import kernels  # type: ignore[import-untyped,import-not-found,unused-ignore]

    return any(
        kernel.device_type == "CPU" for kernel in kernels.get_registered_kernels_for_op("TRTEngineOp").kernel
    )


def _wrappers() -> types.ModuleType:
    """The operators as Python functions, whoever has loaded them."""
    from tensorflow.core.framework import op_def_pb2  # type: ignore[import-untyped,import-not-found,unused-ignore]
    from tensorflow.python.framework import (  # type: ignore[import-untyped,import-not-found,unused-ignore]
        _pywrap_python_op_gen,
        op_def_registry,
    )

    operators = op_def_pb2.OpList(op=[op_def_registry.get(name) for name in _OPERATORS])
    module = types.ModuleType("graft.tensorflow._operators")
    exec(_pywrap_python_op_gen.GetPythonWrappers(operators.SerializeToString()), module.__dict__)
    return module
