# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TF2TRT's way through Graft: a frozen graph becomes a network, an engine, answers.

    from graft import tf2trt

    network = tf2trt.from_tensorflow_graph_def(graph_def, ["input"], [[1, 224, 224, 3]], ["softmax"])
    engine = tf2trt.optimize_network(network)
    tf2trt.store_engine(engine, "model.plan")

    inference = tf2trt.inference_engine(tf2trt.load_engine("model.plan"))
    answers = inference.run({"input": pictures})
    tf2trt.check(engine, graph_def, {"input": pictures})       # against TensorFlow

The same calls are methods of `TRTImporter`, as TF2TRT has them. An engine is the bytes of a plan,
and runs without TensorFlow.
"""

from __future__ import annotations

import dataclasses
import importlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import graft
from graft._arguments import Model, Size

__all__ = [
    "Difference",
    "Inference",
    "Network",
    "TRTImporter",
    "TRTInference",
    "UnsupportedError",
    "check",
    "from_tensorflow_graph_def",
    "from_tensorflow_pb_file",
    "inference_engine",
    "load_engine",
    "optimize_network",
    "store_engine",
]


class UnsupportedError(graft.Error):
    """Nodes of the graph that no engine runs. `nodes` has all of them."""

    def __init__(self, nodes: list[graft.NativeNode]) -> None:
        self.nodes = nodes
        """Each with "node", "op", "code" and "reason"."""
        lines = [f"  {node['node']} ({node['op']}): {node['reason']}" for node in nodes]
        super().__init__(f"{len(nodes)} nodes cannot be part of a plan:\n" + "\n".join(lines))


@dataclasses.dataclass(frozen=True)
class Network:
    """A graph that can be an engine."""

    model: Any
    inputs: list[str]
    shapes: dict[str, tuple[Size, ...]]
    outputs: list[str]
    plan: graft.Plan
    """The engine in single precision, which the check of the graph has made."""


@dataclasses.dataclass(frozen=True)
class Difference:
    """How far an engine is from TensorFlow in one output."""

    output: str
    largest: float
    """The largest difference of two elements."""
    relative: float
    """That, relative to TensorFlow's largest element."""


def from_tensorflow_graph_def(
    frozen_graph_def: Model,
    input_node_names: Sequence[str],
    input_node_shapes: Sequence[Sequence[Size]],
    output_node_names: Sequence[str],
) -> Network:
    """Makes sure that the graph between inputs and outputs can be an engine.

    Args:
      frozen_graph_def: a GraphDef, its bytes, or a path. Its variables are constants.
      input_node_names: the inputs.
      input_node_shapes: a shape for each; a size is a number, (smallest, largest), or None for any.
      output_node_names: the outputs.

    Raises:
      UnsupportedError: with every node that no engine runs.
      graft.Error: the graph is damaged, or has no such input or output.
    """
    inputs = [_node(name) for name in _several(input_node_names)]
    outputs = [_node(name) for name in _several(output_node_names)]
    if len(inputs) != len(input_node_shapes):
        raise graft.UsageError(
            f"expected a shape for each of {len(inputs)} inputs, got {len(input_node_shapes)}"
        )
    shapes = {name: tuple(shape) for name, shape in zip(inputs, input_node_shapes)}
    try:
        plan = graft.build(frozen_graph_def, shapes=shapes, inputs=inputs, outputs=outputs)
    except (graft.UsageError, graft.ModelError):
        raise
    except graft.Error as error:
        nodes = _unsupported(frozen_graph_def, inputs, outputs)
        if nodes:
            raise UnsupportedError(nodes) from error
        raise
    return Network(frozen_graph_def, inputs, shapes, outputs, plan)


def from_tensorflow_pb_file(
    pb_file: str | os.PathLike[str],
    input_node_names: Sequence[str],
    input_node_shapes: Sequence[Sequence[Size]],
    output_node_names: Sequence[str],
) -> Network:
    """As `from_tensorflow_graph_def`, of a file."""
    return from_tensorflow_graph_def(
        pb_file, input_node_names, input_node_shapes, output_node_names
    )


def optimize_network(
    network: Network,
    max_batch_size: int = 1,
    fp16_mode: bool = False,
    max_workspace_size: int = 1 << 32,
    fast_pass: bool = False,
    **options: Any,
) -> bytes:
    """The engine of a network.

    Args:
      network: of `from_tensorflow_graph_def`.
      max_batch_size, max_workspace_size, fast_pass: have no effect. The shapes of the network say
        which batches the engine takes, its scratch memory is known when it is built, and
        kernels are chosen without timing them.
      fp16_mode: half precision.
      options: further ones of graft.build, such as tune=True to time the kernels.

    Raises:
      graft.Error: with the compiler's message.
    """
    del max_batch_size, max_workspace_size, fast_pass
    if fp16_mode:
        options["precision"] = "fp16"
    if not options:
        return bytes(network.plan)
    return bytes(
        graft.build(
            network.model,
            shapes=network.shapes,
            inputs=network.inputs,
            outputs=network.outputs,
            **options,
        )
    )


def store_engine(engine: bytes, engine_file: str | os.PathLike[str]) -> bool:
    """Writes an engine to a file, whole or not at all. True once it is there."""
    graft.Plan(memoryview(engine), None).save(engine_file)
    return True


def load_engine(engine_file: str | os.PathLike[str]) -> bytes:
    """Reads an engine from a file."""
    with open(engine_file, "rb") as file:
        return file.read()


class Inference:
    """A loaded engine. May be used in a `with` statement."""

    def __init__(self, engine: bytes | str | os.PathLike[str], threads: int = 0) -> None:
        self._engine = graft.load(engine, threads=threads)

    def __enter__(self) -> Inference:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def get_input_bindings(self) -> dict[str, graft.Port]:
        """The inputs by name."""
        return {port.name: port for port in self._engine.inputs}

    def get_output_bindings(self) -> list[graft.Port]:
        """The outputs, in the engine's order."""
        return list(self._engine.outputs)

    def run(self, feed_dict: Mapping[str, Any], batch_size: int | None = None) -> dict[str, np.ndarray[Any, Any]]:
        """The outputs for an array for each input, by name.

        Args:
          feed_dict: an array of the input's shape for each input.
          batch_size: has no effect: the arrays have one.
        """
        del batch_size
        return self._engine.run({_node(name): value for name, value in feed_dict.items()})


def inference_engine(engine: bytes | str | os.PathLike[str]) -> Inference:
    """Loads an engine, to run it."""
    return Inference(engine)


def check(
    engine: bytes,
    frozen_graph_def: Model,
    feed_dict: Mapping[str, Any],
    rtol: float = 1e-4,
) -> list[Difference]:
    """Runs an engine and TensorFlow on the same inputs.

    Args:
      engine: of `optimize_network`.
      frozen_graph_def: the graph that it was made of.
      feed_dict: an array for each input.
      rtol: how large a difference may be, relative to the largest element of the output.

    Returns:
      The difference in each output.

    Raises:
      ValueError: an output differs by more than `rtol`; the text says which, and by how much.
    """
    got = Inference(engine).run(feed_dict)
    want = _tensorflow(frozen_graph_def, feed_dict, list(got))
    differences = []
    for name, value in want.items():
        distance = np.abs(got[name].astype(np.float64) - value)
        largest = float(distance.max(initial=0.0))
        scale = float(np.abs(value).max(initial=0.0)) or 1.0
        differences.append(Difference(name, largest, largest / scale))
    wrong = [d for d in differences if not d.relative <= rtol]
    if wrong:
        worst = max(wrong, key=lambda d: (np.isnan(d.relative), d.relative))
        raise ValueError(
            f"output '{worst.output}' differs from TensorFlow's by {worst.relative:.2e} of its largest "
            f"element, allowed are {rtol:.0e}"
        )
    return differences


class TRTImporter:
    """The calls as methods. The severity of the log, which TF2TRT takes, has no effect."""

    def __init__(self, trt_logger_severity: object = None) -> None:
        del trt_logger_severity

    from_tensorflow_graph_def = staticmethod(from_tensorflow_graph_def)
    from_tensorflow_pb_file = staticmethod(from_tensorflow_pb_file)
    optimize_network = staticmethod(optimize_network)
    store_engine = staticmethod(store_engine)
    load_engine = staticmethod(load_engine)
    inference_engine = staticmethod(inference_engine)


TRTInference = Inference


def _node(name: str) -> str:
    """"node" for "node:0"; other ports stay."""
    return name[:-2] if name.endswith(":0") else name


def _several(names: Sequence[str]) -> Sequence[str]:
    """A name alone is a list of one."""
    return [names] if isinstance(names, str) else names


def _unsupported(model: Model, inputs: list[str], outputs: list[str]) -> list[graft.NativeNode]:
    """The nodes that a conversion leaves to TensorFlow although nobody asked for it."""
    report = graft.convert(model, inputs=inputs, outputs=outputs, minimum_segment_size=1).report
    harmless = ("fed", "native_constant", "segment_without_inputs", "segment_too_small")
    nodes = [node for node in report["native"] if node["code"] not in harmless]
    # An operator that is not known comes first: what follows it may be refused because of it.
    return sorted(nodes, key=lambda node: node["code"] != "unknown_operator")


def _tensorflow(model: Model, feeds: Mapping[str, Any], outputs: list[str]) -> dict[str, np.ndarray[Any, Any]]:
    tf: Any = importlib.import_module("tensorflow")

    if not hasattr(model, "SerializeToString"):
        # A path or bytes; freezing what is frozen parses it.
        model = tf.compat.v1.GraphDef.FromString(bytes(graft.freeze(model, outputs=outputs)))
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.graph_util.import_graph_def(model, name="")
        fetches = {name: name if ":" in name else name + ":0" for name in outputs}
        return dict(session.run(fetches, {_node(name) + ":0": value for name, value in feeds.items()}))
