# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The converter of TensorFlow 2 SavedModels."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from . import _compiler, _environment, _functions, _graphviz, _params, _report, _summary
from ._engines import export_engines, name_resources, save_resources, take_plans
from ._notices import has_no_meaning, logger
from ._tensorflow import ConcreteFunction, GraphDef, Tensor, tf

InputFunction = Callable[[], Iterable[Any]]
"""A generator function of inputs: each an array, or a list, a tuple or a dict of arrays."""


def _call_arguments(inputs: Any) -> tuple[list[Tensor], dict[str, Tensor]]:
    """What an input function yields, an array, a list or a dict, as (args, kwargs) of tensors.

    Raises:
      RuntimeError: if TensorFlow takes no tensor of it.
    """
    try:
        if isinstance(inputs, dict):
            return [], {name: tf.convert_to_tensor(value) for name, value in inputs.items()}
        if isinstance(inputs, (list, tuple)):
            return [tf.convert_to_tensor(value) for value in inputs], {}
        return [tf.convert_to_tensor(inputs)], {}
    except Exception as error:
        logger.error("Failed to convert input to tensor.\ninp = `%r`", inputs)
        raise RuntimeError("Failed to convert input to tensor.") from error


class TrtGraphConverterV2:
    """Puts engines into a TensorFlow 2 SavedModel.

        converter = trt.Converter(input_saved_model_dir="model")
        converter.convert()
        converter.save("converted")

    Engines are compiled by convert(), for every shape that the signature allows. build() runs
    them on inputs of the user's, which makes sure that they take those shapes; with the profile
    strategies Optimal and Range+Optimal it compiles an engine for each of these shapes as well,
    which the saved model has and prefers.

    What needs a converted model loads the op library first: graft.tensorflow.load().
    """

    def __init__(
        self,
        input_saved_model_dir: str | None = None,
        input_saved_model_tags: list[str] | None = None,
        input_saved_model_signature_key: str | None = None,
        use_dynamic_shape: bool | None = None,
        dynamic_shape_profile_strategy: str | None = None,
        max_workspace_size_bytes: int = _params.DEFAULT_TRT_MAX_WORKSPACE_SIZE_BYTES,
        precision_mode: str = _params.TrtPrecisionMode.FP32,
        minimum_segment_size: int = 3,
        maximum_cached_engines: int = 1,
        use_calibration: bool = True,
        allow_build_at_runtime: bool = True,
        conversion_params: _params.TrtConversionParams | None = None,
    ) -> None:
        """Takes the parameters of a conversion; nothing is read yet.

        Args:
          input_saved_model_dir: the SavedModel.
          input_saved_model_tags: tags of the graph in it; ["serve"] by default.
          input_saved_model_signature_key: the signature to convert; "serving_default" by default.
          use_dynamic_shape: an engine always takes the shapes that the graph allows; this says
            that `dynamic_shape_profile_strategy` counts.
          dynamic_shape_profile_strategy: one of supported_profile_strategies(); None is Range.
            With Optimal and Range+Optimal build() adds an engine for each shape.
          conversion_params: a TrtConversionParams in the place of the other parameters, which
            TrtConversionParams explains.

        Raises:
          ValueError: if a parameter has an unexpected value.
        """
        assert tf.executing_eagerly()
        if conversion_params is None:
            conversion_params = _params.TrtConversionParams(
                max_workspace_size_bytes=max_workspace_size_bytes,
                precision_mode=precision_mode,
                minimum_segment_size=minimum_segment_size,
                maximum_cached_engines=maximum_cached_engines,
                use_calibration=use_calibration,
                allow_build_at_runtime=allow_build_at_runtime,
            )
        _params.check_conversion_params(conversion_params)
        _environment.check()
        self._conversion_params = conversion_params
        self._input_saved_model_dir = input_saved_model_dir
        self._input_saved_model_tags = input_saved_model_tags or [tf.saved_model.SERVING]
        self._input_saved_model_signature_key = (
            input_saved_model_signature_key or tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
        )
        self._use_dynamic_shape = bool(use_dynamic_shape)
        self._profile_strategy = _params.PROFILE_STRATEGY_RANGE
        if self._use_dynamic_shape and dynamic_shape_profile_strategy is not None:
            _params.check_profile_strategy(dynamic_shape_profile_strategy)
            self._profile_strategy = dynamic_shape_profile_strategy
        if _environment.is_active("disable_graph_freezing"):
            has_no_meaning("disable_graph_freezing", "an engine holds its weights")
        self._need_calibration = (
            _params.is_int8(conversion_params.precision_mode) and conversion_params.use_calibration
        )
        self._per_shape = "optimal" in self._profile_strategy.lower()
        self._converted = False
        self._built = False

    def convert(self, calibration_input_fn: InputFunction | None = None) -> ConcreteFunction:
        """Converts the signature.

        Args:
          calibration_input_fn: INT8 with calibration: a generator function that yields inputs
            of the signature, each a list, tuple or dict. Any number of them, of any shapes that
            the signature takes.

        Returns:
          The converted ConcreteFunction, which is called as the signature is.

        Raises:
          ValueError: if `calibration_input_fn` is missing or not wanted, or with the
            compiler's message.
        """
        assert not self._converted
        if self._need_calibration and not calibration_input_fn:
            raise ValueError(
                "Should specify calibration_input_fn because INT8 calibration is needed"
            )
        if not self._need_calibration and calibration_input_fn:
            raise ValueError(
                "Should not specify calibration_input_fn because INT8 calibration is not needed"
            )
        self._saved_model = tf.saved_model.load(
            self._input_saved_model_dir, tags=self._input_saved_model_tags
        )
        self._signature = self._saved_model.signatures[self._input_saved_model_signature_key]
        frozen, self._captures = _functions.freeze(self._signature)
        data = None
        if self._need_calibration:
            assert calibration_input_fn
            data = self._collect(calibration_input_fn)
        self._converted_graph_def = self._put_engines(frozen, data)
        _functions.renumber(self._converted_graph_def)
        self._annotate(self._converted_graph_def)
        if self._per_shape:
            name_resources(self._converted_graph_def)
        self._converted_func = self._rebuild()
        self._converted = True
        self._export()
        return self._converted_func

    def build(self, input_fn: InputFunction | None) -> None:
        """Runs the converted function, so that every engine is prepared for these shapes.

        Args:
          input_fn: a generator function that yields inputs: an array, or a list, a tuple or a
            dict of arrays.

        Raises:
          NotImplementedError: if build() was called before.
          RuntimeError: without `input_fn`, before convert(), or if an input is no tensor.
        """
        if self._built:
            raise NotImplementedError(
                "build() is already called. It is not supported to call build() more than once."
            )
        if not input_fn:
            raise RuntimeError(
                "input_fn is None. Method build() needs input_fn to be specified in order to "
                "build TensorRT engines"
            )
        if not self._converted:
            raise RuntimeError("Need to call convert() before build()")
        function = self._rebuild(preparing=True) if self._per_shape else self._converted_func
        for inputs in input_fn():
            args, kwargs = _call_arguments(inputs)
            self._call(function, args, kwargs)
        self._built = True

    def save(
        self,
        output_saved_model_dir: str,
        save_gpu_specific_engines: bool = True,
        options: Any = None,
    ) -> None:
        """Writes the converted signature as a SavedModel.

        Args:
          output_saved_model_dir: the folder to write.
          save_gpu_specific_engines: whether the engines are written. Otherwise their native
            segments are, and the model runs without engines wherever it is loaded.
          options: a tf.saved_model.SaveOptions.
        """
        assert self._converted
        graph_def = self._converted_graph_def
        if _environment.is_active("remove_native_segments"):
            removed = _functions.remove_native_segments(graph_def)
            logger.info(
                "Found and deleted native segments from %d TRTEngineOp nodes.", removed
            )
        if not self._conversion_params.allow_build_at_runtime:
            for engine in _functions.engines(graph_def):
                engine.attr["_allow_build_at_runtime"].b = False
        if not save_gpu_specific_engines:
            for engine in _functions.engines(graph_def):
                engine.attr["serialized_segment"].s = b""
                engine.attr["static_engine"].b = False
        self._converted_func = self._rebuild()
        # Constants have taken the place of variables. What was captured all the same, such as
        # tables, is saved with the model that owns it.
        trackable = self._saved_model if self._captures else tf.Module()
        with tempfile.TemporaryDirectory(prefix="graft-") as folder:
            function = self._converted_func
            if self._built and self._per_shape:
                if save_gpu_specific_engines:
                    trackable.trt_engine_resources = save_resources(graph_def, folder)
            elif save_gpu_specific_engines:
                light = type(graph_def)()
                light.CopyFrom(graph_def)
                trackable.trt_engine_resources = take_plans(light, folder)
                function = _functions.rebuild(light, self._signature, self._captures)
            tf.saved_model.save(
                trackable,
                output_saved_model_dir,
                signatures={self._input_saved_model_signature_key: function},
                options=options,
            )

    def summary(
        self,
        line_length: int = 160,
        detailed: bool = True,
        print_fn: Callable[[str], object] | None = None,
    ) -> None:
        """Prints the engines, what is in them, and how much of the graph that is.

        Args:
          line_length: length of the lines in characters, at least 160.
          detailed: whether to print the operators of each engine.
          print_fn: called with each line; print by default.

        Raises:
          RuntimeError: before convert().
          ValueError: if `line_length` is less than 160.
        """
        if not self._converted:
            name = type(self).__name__
            raise RuntimeError(
                f"Impossible to call `{name}.summary()` before calling {name}.convert()`."
            )
        if line_length < 160:
            raise ValueError(
                f"Invalid `line_length` value has been received: {line_length}. Minimum: 160."
            )
        graph_def = self._converted_func.graph.as_graph_def(add_shapes=True)
        _summary.print_summary(graph_def, line_length, detailed, print_fn or print)

    def _rebuild(self, preparing: bool = False) -> ConcreteFunction:
        """The converted function, or one whose engines are compiled for each shape that they see."""
        graph_def = self._converted_graph_def
        if preparing:
            graph_def = type(graph_def)()
            graph_def.CopyFrom(self._converted_graph_def)
            for engine in _functions.engines(graph_def):
                engine.attr["_profile_generation_mode"].b = True
        return _functions.rebuild(graph_def, self._signature, self._captures)

    def _call(
        self, function: ConcreteFunction, args: list[Tensor], kwargs: dict[str, Tensor]
    ) -> Any:
        """Calls the function; inputs without names are in the order of the signature."""
        if args:
            names = list(self._signature.structured_input_signature[1])
            kwargs = dict(zip(names, args, strict=True))
        return function(**kwargs)

    def _collect(self, input_fn: InputFunction) -> dict[str, np.ndarray[Any, Any]]:
        """{input of the graph: array of all inputs that the function yields}."""
        arrays: dict[str, list[np.ndarray[Any, Any]]] = {}
        names = list(self._signature.structured_input_signature[1])
        nodes = dict(zip(names, _functions.argument_names(self._signature)))
        for inputs in input_fn():
            args, kwargs = _call_arguments(inputs)
            for name, value in (zip(names, args, strict=True) if args else kwargs.items()):
                arrays.setdefault(nodes[name], []).append(value.numpy())
        return {node: np.concatenate(values) for node, values in arrays.items()}

    def _put_engines(
        self, frozen: GraphDef, calibration_data: dict[str, np.ndarray[Any, Any]] | None
    ) -> GraphDef:
        """The converted GraphDef of a frozen one."""
        params = self._conversion_params
        if params.minimum_segment_size == -1:
            return frozen
        converted, report = _compiler.convert_graph_def(
            frozen,
            calibration_data=calibration_data,
            captures=self._captures,
            inputs=_functions.argument_names(self._signature) + list(self._captures),
            outputs=[_without_port(tensor.name) for tensor in self._signature.outputs],
            precision=params.precision_mode.lower(),
            target=_params.target_of(params),
            minimum_segment_size=params.minimum_segment_size,
            deny=_environment.denied_operators(),
            maximum_engines=_environment.maximum_engines() or None,
        )
        _report.show(report)
        return converted

    def _annotate(self, graph_def: GraphDef) -> None:
        """Writes the parameters on the engines."""
        params = self._conversion_params
        for engine in _functions.engines(graph_def):
            engine.attr["max_cached_engines_count"].i = params.maximum_cached_engines
            engine.attr["workspace_size_bytes"].i = params.max_workspace_size_bytes
            engine.attr["use_calibration"].b = self._need_calibration
            engine.attr["profile_strategy"].s = self._profile_strategy.lower().encode()

    def _export(self) -> None:
        """Writes what the environment asks for beside the model."""
        path = _environment.graphviz_path()
        if path is not None:
            graph_def = self._converted_func.graph.as_graph_def(add_shapes=True)
            _graphviz.write(graph_def, path)
        folder = _environment.engines_folder()
        if folder is not None:
            export_engines(self._converted_graph_def, folder)


def _without_port(name: str) -> str:
    """"node" for "node:0"; other ports stay."""
    return name[:-2] if name.endswith(":0") else name
