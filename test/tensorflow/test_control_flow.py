# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow 1's loops and conditionals, Enter, Merge, Switch and NextIteration in one graph: through each
graph pass and through the conversion, with the nodes of the file in several orders."""

import contextlib
import random
import re

import models
import numpy as np
import pytest
import tensorflow as tf
import tools

v1 = tf.compat.v1
ORDERS = [None, 1, 2]  # that of TensorFlow, and seeds of others
PASSES = sorted(set(re.findall(r"^\s+--(graph-[a-z-]+)\s", tools.tool("graft-opt", "--help").out, re.MULTILINE)))


@contextlib.contextmanager
def switches():
    """A graph in which loops and conditionals are made of TensorFlow 1's operators."""
    v1.disable_control_flow_v2()
    try:
        with tf.Graph().as_default() as graph:
            yield graph
    finally:
        v1.enable_control_flow_v2()


def weights(*shape, seed=0):
    return np.random.default_rng(seed).normal(scale=0.4, size=shape).astype(np.float32)


def nested_loops(x):
    """Loops in a loop, with conditionals, assertions and constants in their bodies."""

    def inner(j, b):
        with tf.control_dependencies([v1.Assert(j < 10, [j]), v1.assert_less(j, 10)]):
            scaled = tf.cond(
                tf.reduce_sum(b) > 1.0,
                lambda: tf.reshape(b[:, 1:], [-1]) * 0.5,
                lambda: tf.reshape(tf.identity(b)[:, :3] + tf.constant(1.0), [-1]),
            )
        return j + 1, tf.matmul(tf.reshape(scaled, [3, 3]), tf.constant(weights(3, 4)))

    def outer(i, a):
        _, b = tf.while_loop(lambda j, b: j < 3, inner, (0, a))
        return i + 1, a * 0.5 + tf.tanh(b)

    _, y = tf.while_loop(lambda i, a: i < 2, outer, (0, x))
    y = tf.ensure_shape(y, (3, 4))
    return tf.nn.softmax(tf.nn.relu(tf.matmul(y, weights(4, 5, seed=1)) + 0.1))


def mapped(x):
    """A loop over rows, which collects in a TensorArray."""
    rows = tf.map_fn(lambda row: tf.nn.relu(tf.tensordot(row, weights(4, 4), 1) + tf.range(4.0)), x)
    return tf.reduce_mean(tf.nn.elu(rows @ weights(4, 6, seed=2)) * 2.0, 0)


def conditional(x):
    """Branches of work, whose constants wait for their branch; one condition is a constant."""
    positive = tf.reduce_sum(x) > 0.0

    def long():
        left = tf.nn.relu(x[:, 1:3] @ weights(2, 4) + 0.5)
        return tf.transpose(tf.reshape(left, [2, -1]) * 2.0)

    def short():
        return tf.transpose(tf.pad(tf.tanh(x[:2, :3] @ weights(3, 4) - 0.5), [[0, 0], [1, 1]]))

    y = tf.cond(positive, long, short)
    training = tf.constant(False)
    return tf.cond(training, lambda: tf.nn.dropout(y, 0.5), lambda: tf.nn.relu(y @ weights(2, 4, seed=3)) - 0.25)


def lstm():
    """A Keras LSTM, frozen as TensorFlow 2 does it."""
    import tf_keras
    from tensorflow.python.framework import convert_to_constants

    tf_keras.utils.set_random_seed(36)
    layers = [tf_keras.layers.LSTM(6), tf_keras.layers.Dense(8, "relu"), tf_keras.layers.Dense(4)]
    model = tf_keras.Sequential([tf_keras.Input([9, 5]), *layers])
    function = tf.function(model).get_concrete_function(tf.TensorSpec([None, 9, 5], tf.float32, "x"))
    frozen = convert_to_constants.convert_variables_to_constants_v2(function)
    return frozen.graph.as_graph_def(), frozen.outputs[0].op.name, [np.ones([2, 9, 5], np.float32), weights(3, 9, 5)]


def of(build):
    with switches() as graph:
        build_x = v1.placeholder(tf.float32, (3, 4), "x")
        tf.identity(build(build_x), "y")
    return graph.as_graph_def(), "y", [weights(3, 4, seed=8) + 0.3, weights(3, 4, seed=9) - 0.3]


def answer(graph, output, value):
    """What TensorFlow computes; its own optimizer stays out of it."""
    config = v1.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    with tf.Graph().as_default() as holder:
        tf.import_graph_def(graph, name="")
    with v1.Session(graph=holder, config=config) as session:
        return session.run(f"{output}:0", {"x:0": value})


MODELS = {
    "conditional": lambda: of(conditional),
    "lstm": lstm,
    "mapped": lambda: of(mapped),
    "nested_loops": lambda: of(nested_loops),
}


@pytest.fixture(scope="module", params=sorted(MODELS))
def model(request):
    """(name of the model, graph, output, values of the input, TensorFlow's answers)."""
    graph, output, values = MODELS[request.param]()
    ops = {node.op for node in graph.node}
    assert {"Switch", "Merge"} <= ops
    return request.param, graph, output, values, [answer(graph, output, value) for value in values]


def shuffled(graph, seed, path):
    """The graph in a file, its nodes in another order."""
    result = v1.GraphDef()
    result.CopyFrom(graph)
    if seed is not None:
        nodes = list(graph.node)
        random.Random(seed).shuffle(nodes)
        del result.node[:]
        result.node.extend(nodes)
    path.write_bytes(result.SerializeToString())
    return path


def check(path, output, values, answers):
    graph = v1.GraphDef.FromString(path.read_bytes())
    for value, want in zip(values, answers):
        np.testing.assert_allclose(answer(graph, output, value), want, rtol=1e-5, atol=1e-5)
    return graph


@pytest.mark.parametrize("order", ORDERS[1:])
@pytest.mark.parametrize("graph_pass", PASSES)
def test_pass_alone(model, graph_pass, order, tmp_path):
    _, graph, output, values, answers = model
    module = tmp_path / "in.mlirbc"
    source = shuffled(graph, order, tmp_path / "in.pb")
    tools.tool("graft-translate", "--graphdef-to-mlir", source, "-o", module)
    tools.tool("graft-opt", module, f"--{graph_pass}", "--emit-bytecode", "-o", tmp_path / "out.mlirbc")
    check(tools.export_graph(tmp_path / "out.mlirbc", tmp_path / "out.pb"), output, values, answers)


@pytest.mark.parametrize("order", ORDERS)
def test_conversion(model, order, ops, native_allowed, tmp_path):
    name, graph, output, values, answers = model
    source = shuffled(graph, order, tmp_path / "in.pb")
    path = models.convert(source, tmp_path / "out.pb", "--outputs", output)
    converted = check(path, output, values, answers)
    assert models.engines_of(converted)
    if name == "conditional":  # no trace is left of the constant condition
        count = sum(node.op == "Merge" for node in graph.node)
        assert sum(node.op == "Merge" for node in converted.node) == count - 1


def test_condition_on_a_shape(tmp_path):
    """A condition that is constant for the shapes that the user gives: the branch becomes part of the plan,
    and so does one in it."""
    with tf.Graph().as_default() as graph:
        x = v1.placeholder(tf.float32, (None, None), "x")

        def wide():
            y = tf.concat([x, x * 2.0], 1)
            return tf.cond(tf.shape(y)[1] > 6, lambda: tf.nn.relu(y) @ weights(8, 3), lambda: y[:, :3])

        tf.identity(tf.cond(tf.shape(x)[1] > 1, wide, lambda: tf.tile(x, [1, 3])), "y")
    ops = {node.op for node in graph.as_graph_def().node}
    assert "StatelessIf" in ops and "Switch" not in ops
    path = shuffled(graph.as_graph_def(), 1, tmp_path / "in.pb")
    for sizes in ((2, 4), (3, 1), (2, 2)):
        value = weights(*sizes, seed=4)
        plan = tmp_path / f"{sizes}.plan"
        shape = "x={}x{}".format(*sizes)
        tools.tool("graft", "build", path, "-o", plan, "--outputs", "y", "--shapes", shape)
        got = tools.run_plan(plan, {"x": value}, tmp_path)["y"]
        np.testing.assert_allclose(got, answer(graph.as_graph_def(), "y", value), rtol=1e-5, atol=1e-6)
