# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The converter of TensorFlow 1 graphs and SavedModels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from . import _calibration_graph, _compiler, _environment, _functions, _params, _report
from ._engines import export_engines
from ._notices import has_no_meaning, logger
from ._tensorflow import GraphDef, tf, v1


def _node_name(tensor_or_name: Any) -> str:
    """"node" of a tensor, an operation, "node", "node:0" or "^node"."""
    name = getattr(tensor_or_name, "name", tensor_or_name)
    if isinstance(name, bytes):
        name = name.decode()
    return str(name).lstrip("^").split(":")[0]


def _list(names: Any) -> list[Any]:
    """A list of names, tensors or operations; one alone is a list of one."""
    if names is None:
        return []
    if isinstance(names, (str, bytes)) or hasattr(names, "name"):
        return [names]
    return list(names)


def _states_ranges(graph_def: GraphDef) -> bool:
    """Whether the graph rounds its tensors itself, as quantization-aware training leaves it."""
    return any(
        node.op.startswith(("FakeQuantWithMinMax", "QuantizeAndDequantize"))
        for node in _functions.all_nodes(graph_def)
    )


class TrtGraphConverter:
    """Puts engines into a TensorFlow 1 GraphDef or SavedModel. In graph mode only."""

    def __init__(
        self,
        input_saved_model_dir: str | None = None,
        input_saved_model_tags: list[str] | None = None,
        input_saved_model_signature_key: str | None = None,
        input_graph_def: GraphDef = None,
        nodes_denylist: Iterable[Any] | None = None,
        max_batch_size: int | None = 1,
        max_workspace_size_bytes: int = _params.DEFAULT_TRT_MAX_WORKSPACE_SIZE_BYTES,
        precision_mode: str = _params.TrtPrecisionMode.FP32,
        minimum_segment_size: int = 3,
        is_dynamic_op: bool = False,
        maximum_cached_engines: int = 1,
        use_calibration: bool = True,
    ) -> None:
        """Takes the parameters of a conversion; nothing is read yet.

        Args:
          input_saved_model_dir: the SavedModel, if there is no `input_graph_def`.
          input_saved_model_tags: tags of the graph in it; ["serve"] by default.
          input_saved_model_signature_key: its signature; "serving_default" by default.
          input_graph_def: a frozen GraphDef.
          nodes_denylist: names, tensors or operations of nodes that no engine may take.
          max_batch_size, is_dynamic_op: have no meaning, because an engine takes every shape
            that its graph allows.
          The others are those of TrtConversionParams.

        Raises:
          ValueError: if a parameter has an unexpected value.
          RuntimeError: when executing eagerly.
        """
        self._check_mode()
        if input_graph_def and input_saved_model_dir:
            raise ValueError("Can only specify one of input_graph_def and input_saved_model_dir")
        if not input_graph_def and not input_saved_model_dir:
            raise ValueError("Must specify one of input_graph_def and input_saved_model_dir")
        _environment.check()
        self._input_graph_def = input_graph_def
        self._nodes_denylist = [_node_name(node) for node in _list(nodes_denylist)]
        self._input_saved_model_dir = input_saved_model_dir
        self._input_saved_model_tags = _list(input_saved_model_tags) or [tf.saved_model.SERVING]
        self._input_saved_model_signature_key = (
            input_saved_model_signature_key or tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
        )
        self._denies = True
        self._collects = False
        self._converted = False
        self._calibrated = False
        self._need_calibration = (
            precision_mode.upper() == _params.TrtPrecisionMode.INT8 and use_calibration
        )
        if self._need_calibration and not is_dynamic_op:
            logger.warning(
                "INT8 precision mode with calibration is supported with dynamic TRT ops only. "
                "Disregarding is_dynamic_op parameter."
            )
            is_dynamic_op = True
        if is_dynamic_op:
            if max_batch_size is not None:
                logger.warning("When is_dynamic_op==True max_batch_size should be None")
        elif not isinstance(max_batch_size, int):
            raise ValueError("When is_dynamic_op==False max_batch_size should be an integer")
        elif max_batch_size != 1:
            has_no_meaning("max_batch_size", "an engine takes every batch size of its graph")
        self._max_batch_size = max_batch_size
        self._conversion_params = _params.TrtConversionParams(
            max_workspace_size_bytes=max_workspace_size_bytes,
            precision_mode=precision_mode,
            minimum_segment_size=minimum_segment_size,
            maximum_cached_engines=maximum_cached_engines,
            use_calibration=use_calibration,
            allow_build_at_runtime=True,
        )
        _params.check_conversion_params(self._conversion_params)

    def _check_mode(self) -> None:
        if tf.executing_eagerly():
            raise RuntimeError("Please use tf.experimental.tensorrt.Converter in TF 2.0.")

    def convert(self) -> GraphDef:
        """Converts the graph.

        Returns:
          The converted GraphDef. With INT8 and calibration it has no engines yet: calibrate()
          puts them in.

        Raises:
          ValueError: with the compiler's message.
        """
        assert not self._converted
        if self._input_graph_def:
            self._graph_def, self._keep = self._input_graph_def, self._nodes_denylist
        else:
            self._graph_def, self._keep = self._freeze_saved_model()
        if self._need_calibration:
            self._converted_graph_def = self._graph_def
        else:
            self._converted_graph_def = self._put_engines(None)
        self._converted = True
        return self._converted_graph_def

    def calibrate(
        self,
        fetch_names: Iterable[str],
        num_runs: int,
        feed_dict_fn: Callable[[], dict[str, Any]] | None = None,
        input_map_fn: Callable[[], dict[str, Any]] | None = None,
    ) -> GraphDef:
        """Measures ranges on inputs, and puts the engines into the graph.

        Args:
          fetch_names: names of the results that the inputs are for.
          num_runs: how many inputs to take.
          feed_dict_fn: gives {name of an input: value} at each call.
          input_map_fn: gives {name of an input: tensor}, each evaluated `num_runs` times. One
            of both.

        Returns:
          The converted GraphDef.

        Raises:
          ValueError: if the combination is invalid, or with the compiler's message.
        """
        assert self._converted
        assert self._need_calibration
        assert not self._calibrated
        if bool(feed_dict_fn) == bool(input_map_fn):
            raise ValueError("Should specify one and only one of feed_dict_fn and input_map_fn.")
        if feed_dict_fn:
            batches = [feed_dict_fn() for _ in range(num_runs)]
        else:
            assert input_map_fn
            with tf.Graph().as_default(), v1.Session() as session:
                tensors = input_map_fn()
                for name, tensor in tensors.items():
                    if not isinstance(name, str):
                        raise ValueError("Keys of input_map_fn must be of type str")
                    if not isinstance(tensor, tf.Tensor):
                        raise ValueError("Values of input_map_fn must be of type tf.Tensor")
                batches = [session.run(tensors) for _ in range(num_runs)]
        data: dict[str, list[np.ndarray[Any, Any]]] = {}
        for batch in batches:
            for tensor, value in batch.items():
                data.setdefault(_node_name(tensor), []).append(np.asarray(value))
        self._keep = list(dict.fromkeys(self._keep + [_node_name(name) for name in _list(fetch_names)]))
        self._converted_graph_def = self._put_engines(
            {name: np.concatenate(values) for name, values in data.items()}
        )
        self._calibrated = True
        return self._converted_graph_def

    def save(self, output_saved_model_dir: str) -> None:
        """Writes the converted graph as a SavedModel, with the signature that was converted.

        Raises:
          ValueError: if a GraphDef was converted.
        """
        assert self._converted
        if self._need_calibration:
            assert self._calibrated
        if self._input_graph_def:
            raise ValueError("Not able to save to a SavedModel since input is a GraphDef")
        builder = v1.saved_model.Builder(output_saved_model_dir)
        with tf.Graph().as_default(), v1.Session() as session:
            tf.import_graph_def(self._converted_graph_def, name="")
            builder.add_meta_graph_and_variables(
                session,
                self._input_saved_model_tags,
                signature_def_map={self._input_saved_model_signature_key: self._signature},
            )
        builder.save()

    def _freeze_saved_model(self) -> tuple[GraphDef, list[str]]:
        """The frozen graph, and the nodes of the signature."""
        with tf.Graph().as_default(), v1.Session() as session:
            meta_graph = v1.saved_model.load(
                session, self._input_saved_model_tags, self._input_saved_model_dir
            )
            self._signature = meta_graph.signature_def[self._input_saved_model_signature_key]
            infos = [*self._signature.inputs.values(), *self._signature.outputs.values()]
            kept = list(dict.fromkeys(_node_name(info) for info in infos))
            frozen = v1.graph_util.convert_variables_to_constants(
                session, session.graph.as_graph_def(add_shapes=True), kept
            )
        return frozen, list(dict.fromkeys(kept + self._nodes_denylist))

    def _put_engines(self, calibration_data: dict[str, np.ndarray[Any, Any]] | None) -> GraphDef:
        params = self._conversion_params
        if params.minimum_segment_size == -1:
            return self._graph_def
        placeholders = [
            node.name
            for node in self._graph_def.node
            if node.op in ("Placeholder", "PlaceholderWithDefault", "PlaceholderV2")
        ]
        conversion: dict[str, Any] = {
            "inputs": placeholders,
            "outputs": [name for name in self._keep if name not in placeholders],
            "minimum_segment_size": params.minimum_segment_size,
            "target": _params.target_of(params),
            "deny": _environment.denied_operators(),
            "deny_nodes": self._nodes_denylist if self._denies else None,
            "maximum_engines": _environment.maximum_engines() or None,
        }
        collects = self._collects and not _states_ranges(self._graph_def)
        graph_def, report = _compiler.convert_graph_def(
            self._graph_def,
            calibration_data=calibration_data,
            precision="fp32" if collects else params.precision_mode.lower(),
            **conversion,
        )
        _report.show(report)
        for engine in _functions.engines(graph_def):
            engine.attr["max_cached_engines_count"].i = params.maximum_cached_engines
            engine.attr["workspace_size_bytes"].i = params.max_workspace_size_bytes
            engine.attr["use_calibration"].b = self._need_calibration
            engine.attr["max_batch_size"].i = self._max_batch_size or 1
        if collects:
            _calibration_graph.prepare(graph_def, conversion)
        else:
            _export_engines(graph_def)
        return graph_def


class _InferenceGraphConverter(TrtGraphConverter):
    """What create_inference_graph() does: `nodes_denylist` has its results, which engines may compute,
    INT8 gives a calibration graph, and eager mode is as good as graph mode."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(use_calibration=False, **arguments)
        self._denies = False
        self._collects = _params.is_int8(self._conversion_params.precision_mode)

    def _check_mode(self) -> None:
        pass


def _export_engines(graph_def: GraphDef) -> None:
    folder = _environment.engines_folder()
    if folder is not None:
        export_engines(graph_def, folder)


def create_inference_graph(
    input_graph_def: GraphDef,
    outputs: Iterable[Any] | None,
    max_batch_size: int | None = 1,
    max_workspace_size_bytes: int = _params.DEFAULT_TRT_MAX_WORKSPACE_SIZE_BYTES,
    precision_mode: str = _params.TrtPrecisionMode.FP32,
    minimum_segment_size: int = 3,
    is_dynamic_op: bool = False,
    maximum_cached_engines: int = 1,
    input_saved_model_dir: str | None = None,
    input_saved_model_tags: list[str] | None = None,
    input_saved_model_signature_key: str | None = None,
    output_saved_model_dir: str | None = None,
    cached_engine_batches: Any = None,
) -> GraphDef:
    """Puts engines into a frozen graph or a TensorFlow 1 SavedModel.

    Args:
      input_graph_def: a frozen GraphDef, or None to read the SavedModel.
      outputs: names or tensors of the results that are wanted of a GraphDef; one alone, too.
      precision_mode: of the engines. With INT8 it is a calibration graph that comes back, unless the graph
        states its ranges: run it on samples, in sessions of this process or eagerly, and give it to
        calib_graph_to_infer_graph().
      output_saved_model_dir: where to write the converted SavedModel; only if one was read.
      cached_engine_batches: has no meaning; older versions had it.
      The others are those of TrtGraphConverter.

    Returns:
      The converted GraphDef.

    Raises:
      ValueError: if a parameter has an unexpected value, or with the compiler's message.
    """
    if cached_engine_batches is not None:
        has_no_meaning("cached_engine_batches", "an engine takes every batch size of its graph")
    converter = _InferenceGraphConverter(
        input_saved_model_dir=input_saved_model_dir,
        input_saved_model_tags=input_saved_model_tags,
        input_saved_model_signature_key=input_saved_model_signature_key,
        input_graph_def=input_graph_def,
        nodes_denylist=outputs,
        max_batch_size=max_batch_size,
        max_workspace_size_bytes=max_workspace_size_bytes,
        precision_mode=precision_mode,
        minimum_segment_size=minimum_segment_size,
        is_dynamic_op=is_dynamic_op,
        maximum_cached_engines=maximum_cached_engines,
    )
    converted = converter.convert()
    if output_saved_model_dir:
        converter.save(output_saved_model_dir)
    return converted


def calib_graph_to_infer_graph(calibration_graph_def: GraphDef, is_dynamic_op: bool = False) -> GraphDef:
    """The graph for inference of a calibration graph that has seen its data.

    Args:
      calibration_graph_def: what create_inference_graph() gave for INT8, and sessions of this process or
        tf.function have run. It does not change, and may see more data afterwards.
      is_dynamic_op: has no meaning, because an engine takes every shape that its graph allows.

    Returns:
      The GraphDef, with INT8 engines. The graph itself if its INT8 engines need no calibration. None if
      it has none.

    Raises:
      ValueError: an engine has seen no data, or with the compiler's message.
    """
    del is_dynamic_op
    waiting = _calibration_graph.waiting(calibration_graph_def)
    if not waiting:
        engines = list(_functions.engines(calibration_graph_def))
        if any(engine.attr["precision_mode"].s == b"INT8" for engine in engines):
            return calibration_graph_def
        logger.error("Not a calib graph. Doesn't seem to contain any calibration nodes.")
        return None
    for engine in waiting:
        if not _calibration_graph.collects(engine):
            raise ValueError(
                f"engine '{engine.name}' has no calibration data, and keeps none: make the calibration graph "
                "with create_inference_graph(precision_mode='INT8')"
            )
    conversion = _calibration_graph.conversion_of(calibration_graph_def)
    graph_def, report = _compiler.convert_graph_def(
        _calibration_graph.native(calibration_graph_def),
        precision="int8",
        calibration=_calibration_graph.measure(calibration_graph_def),
        **conversion,
    )
    _report.show(report)
    for engine in _functions.engines(graph_def):
        for name in ("max_cached_engines_count", "workspace_size_bytes", "max_batch_size"):
            engine.attr[name].CopyFrom(waiting[0].attr[name])
    _export_engines(graph_def)
    return graph_def
