# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow functions as GraphDefs and back."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from . import _variables
from ._tensorflow import ConcreteFunction, GraphDef, NodeDef, Tensor, tf, v1

ENGINE_OP = "TRTEngineOp"

_ENGINE_NAME = re.compile(r"TRTEngineOp_(\d{3,})_(\d{3,})$")
_sequence = itertools.count()
_sequence_lock = threading.Lock()


def freeze(function: ConcreteFunction) -> tuple[GraphDef, dict[str, Tensor]]:
    """A copy of the ConcreteFunction whose variables are constants.

    Returns:
      The GraphDef, free of devices, and {placeholder: tensor} of what the function captures and
      no constant can replace, such as tables and variables that the function changes.
    """
    from tensorflow.python.framework import convert_to_constants  # type: ignore[import-untyped,import-not-found,unused-ignore]

    # If and While stay whole: an engine may run them, and none runs Switch and Merge.
    kept = _variables.that_stay(function)
    if kept:
        # What convert_variables_to_constants_v2 does, with a choice that it does not offer.
        data = convert_to_constants._FunctionConverterDataInEager(
            func=function,
            lower_control_flow=False,
            aggressive_inlining=False,
            variable_names_denylist=kept,
        )
        frozen = convert_to_constants._construct_concrete_function(
            function, *convert_to_constants._replace_variables_by_constants(data)
        )
    else:
        frozen = convert_to_constants.convert_variables_to_constants_v2(
            function, lower_control_flow=False
        )
    # The shapes are for the compiler, which does not know every operator.
    graph_def = frozen.graph.as_graph_def(add_shapes=True)
    for node in all_nodes(graph_def):
        node.device = ""
    # A variable's placeholder is a constant by now.
    names = {node.name for node in graph_def.node if node.op == "Placeholder"}
    captures = {
        inner.op.name: outer
        for outer, inner in function.graph.captures
        if inner.op.name in names
    }
    return graph_def, captures


def argument_names(function: ConcreteFunction) -> list[str]:
    """The placeholders of a ConcreteFunction's arguments, captures left out."""
    captured = {id(inner) for _, inner in function.graph.captures}
    return [tensor.op.name for tensor in function.inputs if id(tensor) not in captured]


def load(graph_def: GraphDef, captures: dict[str, Tensor]) -> Any:
    """The whole graph as a wrapped function, to be pruned.

    Args:
      graph_def: the graph.
      captures: {placeholder: tensor}, as freeze() gives it.
    """

    def fill() -> None:
        tf.graph_util.import_graph_def(graph_def, name="")
        graph = v1.get_default_graph()
        for name, tensor in captures.items():
            graph.add_capture(tensor, graph.get_tensor_by_name(name + ":0"))

    return v1.wrap_function(fill, [])


def rebuild(
    graph_def: GraphDef, like: ConcreteFunction, captures: dict[str, Tensor]
) -> ConcreteFunction:
    """A ConcreteFunction that computes `graph_def` and is called as `like` is.

    Args:
      graph_def: has the placeholders of the arguments of `like` and its results by name.
      like: the ConcreteFunction that it stands for.
      captures: {placeholder: tensor}, as freeze() gives it.
    """
    whole = load(graph_def, captures)
    results = [tensor.name for tensor in like.outputs]
    function = whole.prune(
        [name + ":0" for name in argument_names(like)],
        tf.nest.pack_sequence_as(like.structured_outputs, results),
        input_signature=like.structured_input_signature,
    )
    captured = {id(inner) for _, inner in function.graph.captures}
    arguments = [tensor for tensor in function.inputs if id(tensor) not in captured]
    wanted = {tensor.op.name: tensor.shape for tensor in like.inputs}
    for tensor in arguments:
        # A scalar's shape is lost on the way.
        tensor.set_shape(wanted[tensor.op.name])
    # Saved signatures are called by the names of their arguments.
    function._arg_keywords = getattr(like, "_arg_keywords", None)
    function._num_positional_args = getattr(like, "_num_positional_args", 0)
    return function


def all_nodes(graph_def: GraphDef) -> Iterator[NodeDef]:
    """Every node of the graph and of its functions."""
    yield from graph_def.node
    for function in graph_def.library.function:
        yield from function.node_def


def engines(graph_def: GraphDef) -> Iterator[NodeDef]:
    """Every engine node of the graph and of its functions."""
    return (node for node in all_nodes(graph_def) if node.op == ENGINE_OP)


def canonical_name(engine: str) -> str:
    """The engine's name without the scopes in front of it: that of its resources and assets."""
    return engine.split("/")[-1]


def renumber(graph_def: GraphDef) -> None:
    """Gives the engines and functions of each conversion of this process a number, in place.

    TensorFlow knows one function of a name in a process, and has those of the graph before its
    conversion, which changed their bodies. The engines of the first conversion have 000, as the
    compiler writes it.
    """
    with _sequence_lock:
        number = next(_sequence)
    renamed = {}
    for node in engines(graph_def):
        match = _ENGINE_NAME.search(node.name)
        if match:
            prefix = node.name[: match.start()]
            renamed[node.name] = f"{prefix}TRTEngineOp_{number:03d}_{match.group(2)}"
    functions = {
        function.signature.name: f"{function.signature.name}_graft_{number:03d}"
        for function in graph_def.library.function
    }
    for node in engines(graph_def):
        native = node.attr["segment_func"].func.name
        if native in functions and node.name in renamed:
            functions[native] = f"{renamed[node.name]}_native_segment"
    for function in graph_def.library.function:
        for result, edge in list(function.ret.items()):
            function.ret[result] = _rename_edge(edge, renamed)
        for result, node_name in list(function.control_ret.items()):
            function.control_ret[result] = renamed.get(node_name, node_name)
    for node in all_nodes(graph_def):
        node.name = renamed.get(node.name, node.name)
        for i, edge in enumerate(node.input):
            node.input[i] = _rename_edge(edge, renamed)
    _rename_functions(graph_def, functions)


def _rename_functions(graph_def: GraphDef, names: dict[str, str]) -> None:
    """Renames functions and whatever refers to them: operators, attributes and gradients."""

    def rename(functions: Iterable[Any]) -> None:
        for function in functions:
            function.name = names.get(function.name, function.name)
            attributes(function.attr)

    def attributes(attrs: Any) -> None:
        for value in attrs.values():
            if value.HasField("func"):
                rename([value.func])
            elif value.HasField("list"):
                rename(value.list.func)

    for node in all_nodes(graph_def):
        node.op = names.get(node.op, node.op)
        attributes(node.attr)
    for function in graph_def.library.function:
        function.signature.name = names[function.signature.name]
        attributes(function.attr)
    for gradient in graph_def.library.gradient:
        gradient.function_name = names.get(gradient.function_name, gradient.function_name)
        gradient.gradient_func = names.get(gradient.gradient_func, gradient.gradient_func)


def _rename_edge(edge: str, renamed: dict[str, str]) -> str:
    """"^a", "a", "a:0" or "a:out:0" with the name of its node replaced."""
    mark = "^" if edge.startswith("^") else ""
    name, colon, port = edge[len(mark) :].partition(":")
    return mark + renamed.get(name, name) + colon + port


def remove_native_segments(graph_def: GraphDef) -> int:
    """Drops what the engines fall back on, in place; returns how many segments there were."""
    names = {
        node.attr["segment_func"].func.name for node in engines(graph_def) if "segment_func" in node.attr
    }
    for node in engines(graph_def):
        node.attr.pop("segment_func", None)
    kept = [f for f in graph_def.library.function if f.signature.name not in names]
    removed = len(graph_def.library.function) - len(kept)
    del graph_def.library.function[:]
    graph_def.library.function.extend(kept)
    return removed
