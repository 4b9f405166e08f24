# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which variables of a function no constant can replace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ._tensorflow import ConcreteFunction, NodeDef, tf

_READS = {
    "ReadVariableOp",
    "ResourceGather",
    "ResourceGatherNd",
    "VarIsInitializedOp",
    "VariableShape",
}
_PASSES = {"Identity", "Enter", "Exit", "Merge", "NextIteration", "Switch"}
#: {node or argument: the nodes that read it, and by which inputs}
_Users = dict[str, list[tuple[NodeDef, int]]]
#: Those of the graph, and of each function by its name.
_Bodies = dict[str | None, _Users]


def that_stay(function: ConcreteFunction) -> set[str]:
    """The placeholders of captured variables that the function changes, or gives to an operator
    that may, and of those that hold strings; and such variables of TensorFlow 1."""
    captures = {inner.op.name: outer for outer, inner in function.graph.captures}
    graph_def = function.graph.as_graph_def()
    bodies: _Bodies = {None: _users(graph_def.node)}
    arguments: dict[str, list[str]] = {}
    for body in graph_def.library.function:
        name = body.signature.name
        bodies[name] = _users(body.node_def)
        arguments[name] = [argument.name for argument in body.signature.input_arg]
    strings = {id(v.handle) for v in function.graph.variables if v.dtype == tf.string}
    stay = set()
    for name, outer in captures.items():
        if outer.dtype != tf.resource:
            continue
        if id(outer) in strings or not _is_only_read(name, bodies, arguments):
            stay.add(name)
    for operation in function.graph.get_operations():
        if operation.type == "VariableV2" and any(
            argument.is_ref
            for user in operation.outputs[0].consumers()
            for argument in user.op_def.input_arg
        ):
            stay.add(operation.name)
    return stay


def _users(nodes: Iterable[NodeDef]) -> _Users:
    """{node or argument: the nodes that read it, and by which inputs}."""
    users: _Users = defaultdict(list)
    for node in nodes:
        for index, edge in enumerate(node.input):
            if not edge.startswith("^"):
                users[edge.split(":")[0]].append((node, index))
    return users


def _is_only_read(
    placeholder: str, bodies: _Bodies, arguments: dict[str, list[str]]
) -> bool:
    """Follows a handle through the nodes and functions that pass it on."""
    seen: set[tuple[str | None, str]] = set()
    pending: list[tuple[str | None, str]] = [(None, placeholder)]
    while pending:
        place = pending.pop()
        if place in seen:
            continue
        seen.add(place)
        body, name = place
        for node, index in bodies[body].get(name, []):
            if node.op in _READS and index == 0:
                continue
            callees = _functions_of(node)
            if node.op in _PASSES or node.op in ("While", "StatelessWhile"):
                pending.append((body, node.name))
            elif not callees:
                return False
            # A branch's predicate is no argument.
            first = 1 if node.op.endswith(("If", "Case")) else 0
            for callee in callees:
                if callee not in arguments or not 0 <= index - first < len(arguments[callee]):
                    return False
                pending.append((callee, arguments[callee][index - first]))
    return True


def _functions_of(node: NodeDef) -> list[str]:
    names = []
    for value in node.attr.values():
        if value.HasField("func"):
            names.append(value.func.name)
        elif value.HasField("list"):
            names += [function.name for function in value.list.func]
    return names
