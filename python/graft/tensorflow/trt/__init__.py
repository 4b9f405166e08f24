# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TF-TRT's Python interface, with Graft's engines.

A program that uses TF-TRT changes its import:

    from graft.tensorflow import trt    # was: from tensorflow.python.compiler.tensorrt
                                        #      import trt_convert as trt

Importing it makes TensorFlow know the operators of converted graphs, as graft.tensorflow.load()
does.
"""

from graft.tensorflow import load as _load

from ._engines import export_engines
from ._params import (
    DEFAULT_TRT_CONVERSION_PARAMS,
    DEFAULT_TRT_MAX_WORKSPACE_SIZE_BYTES,
    PROFILE_STRATEGY_IMPLICIT_BATCH_MODE_COMPATIBLE,
    PROFILE_STRATEGY_OPTIMAL,
    PROFILE_STRATEGY_RANGE,
    PROFILE_STRATEGY_RANGE_OPTIMAL,
    TrtConversionParams,
    TrtPrecisionMode,
    get_tensorrt_rewriter_config,
    supported_profile_strategies,
)
from ._v1 import TrtGraphConverter, calib_graph_to_infer_graph, create_inference_graph
from ._v2 import TrtGraphConverterV2

__all__ = [
    "DEFAULT_TRT_CONVERSION_PARAMS",
    "DEFAULT_TRT_MAX_WORKSPACE_SIZE_BYTES",
    "PROFILE_STRATEGY_IMPLICIT_BATCH_MODE_COMPATIBLE",
    "PROFILE_STRATEGY_OPTIMAL",
    "PROFILE_STRATEGY_RANGE",
    "PROFILE_STRATEGY_RANGE_OPTIMAL",
    "ConversionParams",
    "Converter",
    "TrtConversionParams",
    "TrtGraphConverter",
    "TrtGraphConverterV2",
    "TrtPrecisionMode",
    "calib_graph_to_infer_graph",
    "create_inference_graph",
    "export_engines",
    "get_tensorrt_rewriter_config",
    "supported_profile_strategies",
]

# Their names in tf.experimental.tensorrt.
Converter = TrtGraphConverterV2
ConversionParams = TrtConversionParams

_load()
