# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The parameters of a conversion, as TF-TRT has them."""

from __future__ import annotations

from typing import Any, NamedTuple

from ._notices import has_no_meaning, say_once

DEFAULT_TRT_MAX_WORKSPACE_SIZE_BYTES = 1 << 30

PROFILE_STRATEGY_RANGE = "Range"
PROFILE_STRATEGY_OPTIMAL = "Optimal"
PROFILE_STRATEGY_RANGE_OPTIMAL = "Range+Optimal"
PROFILE_STRATEGY_IMPLICIT_BATCH_MODE_COMPATIBLE = "ImplicitBatchModeCompatible"


class TrtPrecisionMode:
    """The arithmetic of an engine."""

    FP32 = "FP32"
    FP16 = "FP16"
    BF16 = "BF16"
    """Graft's own: the 16-bit type that CPUs compute in. Its engines say FP16 in `precision_mode`, which has no
    word for it."""
    INT8 = "INT8"

    @staticmethod
    def supported_precision_modes() -> list[str]:
        """The modes in capitals, then in small letters."""
        modes = [
            TrtPrecisionMode.FP32,
            TrtPrecisionMode.FP16,
            TrtPrecisionMode.BF16,
            TrtPrecisionMode.INT8,
        ]
        return modes + [mode.lower() for mode in modes]


def supported_profile_strategies() -> list[str]:
    """The strategies for engines of several shapes."""
    return [
        PROFILE_STRATEGY_RANGE,
        PROFILE_STRATEGY_OPTIMAL,
        PROFILE_STRATEGY_RANGE_OPTIMAL,
        PROFILE_STRATEGY_IMPLICIT_BATCH_MODE_COMPATIBLE,
    ]


# Parameters that TF-TRT had up to TensorFlow 2.3, which tutorials still use.
_RETIRED = {
    "is_dynamic_op": "an engine takes every shape that its graph allows",
    "max_batch_size": "an engine takes every batch size that its graph allows",
    "rewriter_config_template": "a conversion runs no Grappler optimizers",
}


class _Params(NamedTuple):
    max_workspace_size_bytes: int
    precision_mode: str
    minimum_segment_size: int
    maximum_cached_engines: int
    use_calibration: bool
    allow_build_at_runtime: bool


class TrtConversionParams(_Params):
    """Parameters of a conversion.

    Fields:
      max_workspace_size_bytes: written on each engine. An engine's scratch memory is known
        when it is built, and does not depend on this.
      precision_mode: one of TrtPrecisionMode.supported_precision_modes().
      minimum_segment_size: the fewest nodes of a subgraph that becomes an engine, or -1 for
        none in the main graph.
      maximum_cached_engines: how many shapes an engine is kept prepared for.
      use_calibration: with INT8, whether ranges are measured on calibration data. Without, the
        graph must have them in quantization nodes.
      allow_build_at_runtime: whether an engine may be prepared for a shape when it is first
        seen. Otherwise such a shape runs natively.

    Graft's own, by name only and an attribute, here and in _replace():
      target: what engines run on, as of graft.convert().

    is_dynamic_op, max_batch_size and rewriter_config_template of older versions are taken by
    name, here and by _replace(), kept as attributes, and have no effect.
    """

    target: str

    def __new__(
        cls,
        max_workspace_size_bytes: int = DEFAULT_TRT_MAX_WORKSPACE_SIZE_BYTES,
        precision_mode: str = TrtPrecisionMode.FP32,
        minimum_segment_size: int = 3,
        maximum_cached_engines: int = 1,
        use_calibration: bool = True,
        allow_build_at_runtime: bool = True,
        *,
        target: str = "cpu",
        is_dynamic_op: bool | None = None,
        max_batch_size: int | None = None,
        rewriter_config_template: Any = None,
    ) -> TrtConversionParams:
        params = super().__new__(
            cls,
            max_workspace_size_bytes,
            precision_mode,
            minimum_segment_size,
            maximum_cached_engines,
            use_calibration,
            allow_build_at_runtime,
        )
        params.target = target
        params._retire(
            is_dynamic_op=is_dynamic_op,
            max_batch_size=max_batch_size,
            rewriter_config_template=rewriter_config_template,
        )
        return params

    def _retire(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)
            if value is not None:
                has_no_meaning(name, _RETIRED[name])

    def _replace(self, **changes: Any) -> TrtConversionParams:
        """A copy with other values; retired parameters are taken as well."""
        retired = {name: changes.pop(name, getattr(self, name)) for name in _RETIRED}
        target = changes.pop("target", self.target)
        copy = super()._replace(**changes)
        copy.target = target
        copy._retire(**retired)
        return copy


DEFAULT_TRT_CONVERSION_PARAMS = TrtConversionParams()


def target_of(conversion_params: Any) -> str:
    """The target of parameters; those of TensorFlow's own class have none."""
    return getattr(conversion_params, "target", "cpu")


# What disable_non_trt_optimizers turns off.
_OPTIMIZERS = (
    "arithmetic_optimization", "auto_mixed_precision", "constant_folding", "debug_stripper",
    "dependency_optimization", "function_optimization", "implementation_selector",
    "layout_optimizer", "loop_optimization", "pin_to_host_optimization", "remapping",
    "scoped_allocator_optimization", "shape_optimization",
)  # fmt: skip


def check_conversion_params(conversion_params: TrtConversionParams) -> None:
    """Refuses what no conversion takes.

    Raises:
      ValueError: if a parameter has an unexpected value.
    """
    supported = TrtPrecisionMode.supported_precision_modes()
    if conversion_params.precision_mode not in supported:
        raise ValueError(
            f"precision mode '{conversion_params.precision_mode}' is not supported."
            f"It should be one of {supported}"
        )
    if conversion_params.minimum_segment_size <= 0 and conversion_params.minimum_segment_size != -1:
        raise ValueError(
            "minimum segment size should be positive or -1 (to disable main graph conversion)."
        )


def check_profile_strategy(strategy: str) -> None:
    """Refuses an unknown strategy.

    Raises:
      ValueError: if the strategy is none of supported_profile_strategies(), in any case.
    """
    supported = supported_profile_strategies()
    if strategy.lower() not in [name.lower() for name in supported]:
        raise ValueError(
            f"profile_strategy '{strategy}' is not supported. It should be one of {supported}"
        )
    if strategy.lower() == PROFILE_STRATEGY_IMPLICIT_BATCH_MODE_COMPATIBLE.lower():
        say_once(
            "ImplicitBatchModeCompatible strategy is deprecated, and using it may result in errors "
            "during engine building. Please consider using a different profile strategy."
        )


def is_int8(precision_mode: str) -> bool:
    return precision_mode.upper() == TrtPrecisionMode.INT8


def get_tensorrt_rewriter_config(
    conversion_params: TrtConversionParams,
    is_dynamic_op: bool | None = None,
    max_batch_size: int | None = None,
    is_v2: bool = False,
    disable_non_trt_optimizers: bool = False,
) -> Any:
    """A RewriterConfig that asks a session for the optimizer of TF-TRT.

    The optimizer is TensorFlow's own, up to 2.17 with a GPU. Graft converts before a session
    starts: see create_inference_graph().

    Raises:
      ValueError: if a parameter has an unexpected value, or the combination is invalid.
    """
    from tensorflow.core.protobuf import rewriter_config_pb2  # type: ignore[import-untyped,import-not-found,unused-ignore]

    check_conversion_params(conversion_params)
    if is_v2 and is_dynamic_op is not None and not is_dynamic_op:
        raise ValueError("is_dynamic_op is either None or True for TF2")
    if not is_v2 and is_dynamic_op is None:
        raise ValueError("is_dynamic_op can't be None for TF1")
    if (is_dynamic_op is None or is_dynamic_op) and max_batch_size is not None:
        raise ValueError(
            "max_batch_size has to be None for TF2 or when is_dynamic_op == True in TF1"
        )
    if is_dynamic_op is not None and not is_dynamic_op and not isinstance(max_batch_size, int):
        raise ValueError(
            "max_batch_size has to be an integer for is_dynamic_op==False in TF1"
        )
    has_no_meaning(
        "get_tensorrt_rewriter_config()",
        "a graph is converted before the session starts, with create_inference_graph()",
    )
    config = rewriter_config_pb2.RewriterConfig()
    config.remapping = rewriter_config_pb2.RewriterConfig.DEFAULT
    config.experimental_disable_folding_quantization_emulation = True
    config.meta_optimizer_iterations = rewriter_config_pb2.RewriterConfig.ONE
    optimizer = config.custom_optimizers.add(name="TensorRTOptimizer")
    if not disable_non_trt_optimizers:
        config.optimizers.extend(
            ["pruning", "debug_stripper", "layout", "dependency", "constfold",
             "common_subgraph_elimination"]
        )  # fmt: skip
        config.custom_optimizers.add(name="constfold")
    else:
        for name in _OPTIMIZERS:
            setattr(config, name, rewriter_config_pb2.RewriterConfig.OFF)
        config.memory_optimization = rewriter_config_pb2.RewriterConfig.NO_MEM_OPT
        config.disable_model_pruning = True
        config.min_graph_nodes = -1
    numbers = {
        "minimum_segment_size": conversion_params.minimum_segment_size,
        "max_workspace_size_bytes": conversion_params.max_workspace_size_bytes,
        "maximum_cached_engines": conversion_params.maximum_cached_engines,
    }
    if max_batch_size is not None:
        numbers["max_batch_size"] = max_batch_size
    for name, value in numbers.items():
        optimizer.parameter_map[name].i = value
    flags = {
        "use_calibration": conversion_params.use_calibration,
        "is_dynamic_op": bool(is_dynamic_op) or is_v2,
        "allow_build_at_runtime": conversion_params.allow_build_at_runtime,
        "use_implicit_batch": True,
    }
    for name, value in flags.items():
        optimizer.parameter_map[name].b = value
    optimizer.parameter_map["precision_mode"].s = conversion_params.precision_mode.encode()
    return config
