# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small models that the tests of TF-TRT's interface convert."""

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


def weights(*shape, seed=0):
    return np.random.default_rng(seed).normal(0, 0.3, shape).astype(np.float32)


class TwoSignatures(tf.Module):
    """Results in a dictionary, arguments whose order is not that of the alphabet, variables, and
    in the other signature a table that no constant can replace."""

    def __init__(self):
        self.first = tf.Variable(weights(3, 3, 3, 8))
        self.second = tf.Variable(weights(3, 3, 3, 8, seed=1))
        table = tf.lookup.KeyValueTensorInitializer(["half", "double"], [0.5, 2.0])
        self.table = tf.lookup.StaticHashTable(table, -1.0)

    @tf.function(input_signature=[
        tf.TensorSpec([None, 8, 8, 3], name="right"), tf.TensorSpec([None, 8, 8, 3], name="left"),
    ])  # fmt: skip
    def serve(self, right, left):
        x = tf.nn.relu(tf.nn.conv2d(right, self.first, 1, "SAME"))
        x += tf.tanh(tf.nn.conv2d(left, self.second, 1, "SAME"))
        return {"picture": x, "mean": tf.reduce_mean(x, [1, 2])}

    @tf.function(input_signature=[
        tf.TensorSpec([None, 8, 8, 3], name="x"), tf.TensorSpec([None], tf.string, name="word"),
    ])  # fmt: skip
    def look_up(self, x, word):
        x = tf.reduce_mean(tf.nn.relu(tf.nn.conv2d(x, self.first, 1, "SAME")), [1, 2])
        return x * self.table.lookup(word)[:, None]


def save_two_signatures(path):
    module = TwoSignatures()
    signatures = {"serving_default": module.serve, "look_up": module.look_up}
    tf.saved_model.save(module, str(path), signatures=signatures)
    return str(path)


def pictures(batch=2, seed=3):
    return np.random.default_rng(seed).normal(size=(batch, 8, 8, 3)).astype(np.float32)


def network(x):
    """A small classifier: a tensor of pictures in, probabilities out, called "softmax_tensor"."""
    x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, weights(3, 3, 3, 8), 2, "SAME"), weights(8)))
    x = tf.nn.max_pool2d(x, 2, 2, "SAME")
    x = tf.matmul(tf.reduce_mean(x, [1, 2], name="pooled"), weights(8, 4, seed=1), name="logits")
    return tf.nn.softmax(x, name="softmax_tensor")


def graph_def():
    """The frozen graph of the network, with the input "input"."""
    with tf.Graph().as_default() as graph:
        network(v1.placeholder(tf.float32, [None, 8, 8, 3], name="input"))
    return graph.as_graph_def()


def run(graph, fetch, feeds):
    """A session's answer."""
    with tf.Graph().as_default(), v1.Session() as session:
        tf.import_graph_def(graph, name="")
        return session.run(fetch, feeds)


def save_v1(path):
    """A TensorFlow 1 SavedModel with a variable."""
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 8, 8, 3], name="input")
        scale = v1.get_variable("scale", initializer=np.float32(1.5), use_resource=False)
        y = tf.identity(network(x * scale), name="output")
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, str(path), {"pictures": x}, {"classes": y})
    return str(path)


def engines(graph):
    return [node for node in graph.node if node.op == "TRTEngineOp"]
