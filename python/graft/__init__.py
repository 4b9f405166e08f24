# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Graft, a graph compiler for TensorFlow inference.

    import graft

    result = graft.convert("model/", "converted/")     # engines where they are better
    print(result.report["converted"], "of", result.report["nodes"])

    plan = graft.build("model/", shapes={"x": (1, 224, 224, 3)})   # or the whole graph as one plan
    outputs = graft.load(plan)(x=image)                # numpy in, numpy out; no TensorFlow

Names of tensors are TensorFlow's, without ":0". Every failure is a `graft.Error` of one line.
"""

from graft._calibration import Calibration, Range, Samples, calibrate, merge_calibrations
from graft._compare import Comparison, Difference, LayerDifference, OutputDifference, compare
from graft._engine import Engine, Layer, Plan, Port, Trace, load
from graft._errors import (
    Error,
    InternalError,
    MissingError,
    ModelError,
    ResourceError,
    UsageError,
)
from graft._model import (
    Conversion,
    EngineReport,
    NativeNode,
    Report,
    Rescue,
    RescueReport,
    RestoredEngine,
    Summary,
    build,
    convert,
    freeze,
    options,
    rescue,
    summarize,
)
from graft._result import Result
from graft._runtime import version as _version

__version__: str = _version()

# What a traceback calls them.
for _error in (Error, InternalError, MissingError, ModelError, ResourceError, UsageError):
    _error.__module__ = __name__
del _error

__all__ = [
    "Calibration",
    "Comparison",
    "Conversion",
    "Difference",
    "Engine",
    "EngineReport",
    "Error",
    "InternalError",
    "Layer",
    "LayerDifference",
    "MissingError",
    "ModelError",
    "NativeNode",
    "OutputDifference",
    "Plan",
    "Port",
    "Range",
    "Report",
    "Rescue",
    "RescueReport",
    "ResourceError",
    "RestoredEngine",
    "Result",
    "Samples",
    "Summary",
    "Trace",
    "UsageError",
    "build",
    "calibrate",
    "compare",
    "convert",
    "freeze",
    "load",
    "merge_calibrations",
    "options",
    "rescue",
    "summarize",
]
