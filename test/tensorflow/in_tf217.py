# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs in TensorFlow 2.17, for test_tf217.py.

    in_tf217.py import GRAPH...    a line of JSON for each GraphDef: what was seen, or the error
    in_tf217.py library PATH       load_op_library's error
    in_tf217.py load               graft.tensorflow.load()'s error
"""

import json
import pathlib
import sys

import tensorflow as tf
from tensorflow.python.framework import function_def_to_graph, op_def_registry


def check_names(nodes):
    """The import drops what it does not know. TensorFlow's own attributes begin with "_"."""
    for node in nodes:
        known = {attribute.name for attribute in op_def_registry.get(node.op).attr}
        if strange := sorted(name for name in node.attr if name not in known and name[0] != "_"):
            raise ValueError(f"node '{node.name}': {node.op} has no attribute '{strange[0]}'")


def imported(path):
    definition = tf.compat.v1.GraphDef.FromString(pathlib.Path(path).read_bytes())
    check_names(definition.node)
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(definition, name="")
        engines = [op for op in graph.get_operations() if op.type == "TRTEngineOp"]
        found = {
            "nodes": len(graph.get_operations()),
            "engines": {op.name: sorted(name for name in op.node_def.attr) for op in engines},
            "shapes": {op.name: [list(tensor.shape) for tensor in op.outputs] for op in engines},
            "functions": {},
        }
        # A function's nodes are not looked at before it is a graph.
        for function in definition.library.function:
            check_names(function.node_def)
            body, _ = function_def_to_graph.function_def_to_graph_def(function)
            with tf.Graph().as_default() as inner:
                tf.graph_util.import_graph_def(body, name="")
                found["functions"][function.signature.name] = len(inner.get_operations())
    return found


def say(work):
    try:
        result = work()
    except Exception as error:
        result = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(result), flush=True)


what, *paths = sys.argv[1:]
if what == "import":
    print(json.dumps(tf.__version__))
    for path in paths:
        say(lambda path=path: imported(path))
elif what == "library":
    say(lambda: bool(tf.load_op_library(paths[0])))
else:
    import graft.tensorflow

    say(graft.tensorflow.load)
