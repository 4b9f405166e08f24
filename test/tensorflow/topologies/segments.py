# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Topologies about where engines begin and end."""

import tensorflow as tf
from topology import positive, topology, unconvertible, weights


@topology((100, 24, 24, 2), inside=["Conv2D", "BiasAdd", "Relu", "MaxPool", "Squeeze"])
def simple_single_engine(x):
    """A convolution with all that follows it, down to the squeezed result."""
    x = tf.nn.bias_add(tf.nn.conv2d(x, weights(1, 1, 2, 6), [1, 2, 2, 1], "SAME"), weights(6))
    x = tf.identity(tf.nn.relu(x))
    x = tf.nn.max_pool2d(x, 2, 2, "VALID")
    return tf.squeeze(x[:, :1, :1, :], [1, 2])


@topology((100, 24, 24, 2), engines=2, inside=["Conv2D", "Relu"], native=["BesselI0e"])
def simple_multi_engines(x):
    """What no engine takes in the middle: one engine before it and one behind."""
    first = tf.nn.relu(tf.nn.conv2d(x, weights(1, 1, 2, 6), [1, 2, 2, 1], "SAME"))
    middle = unconvertible(first * 0.5 + 1.0)
    return tf.nn.relu(tf.nn.conv2d(middle, weights(3, 3, 6, 4, seed=1), 1, "SAME") - 0.25)


@topology((4, 10, 10, 2), (4, 10, 10, 2), engines=3, native=["BesselI0e"])
def engines_that_meet(x, y):
    """Two inputs, each with an engine of its own, which a third brings together."""
    left = unconvertible(tf.tanh(x * 2.0 + 1.0))
    right = unconvertible(tf.exp(-tf.square(y) + 0.5))
    return tf.nn.relu(left + right * 0.5 - 0.25)


@topology((12, 5), engines=2, native=["BesselI0e"])
def constant_input(x):
    """A constant that engines on both sides of a native node read."""
    shared = weights(12, 5)
    first = (x + shared) * shared + 0.5
    return tf.tanh(unconvertible(first) * shared + shared)


@topology((12, 5), engines=1)
def constant_result(x):
    """A result that is known before the graph runs, beside one that is not."""
    return (x * 2.0 + 1.0) / 3.0, weights(3, 4) * 2.0


@topology((12, 5), engines=2, native=["BesselI0e"])
def control_dependencies(x):
    """Edges without data do not split engines, and are kept in order."""
    first = (x + 1.0) * 2.0
    with tf.control_dependencies([first]):
        second = tf.sqrt(tf.abs(first - 3.0))
    middle = unconvertible(second)
    with tf.control_dependencies([middle, first]):
        return tf.tanh((middle + 0.5) * 1.5)


@topology((2, 8, 8, 3), engines=2, native=["BesselI0e"])
def neighboring_engine(x):
    """Engines that only a native node lies between."""
    first = tf.nn.bias_add(tf.nn.conv2d(x, weights(3, 3, 3, 4), 1, "VALID"), weights(4))
    native = unconvertible(first)
    return tf.nn.relu(first + native * 2.0 - tf.abs(native))


@topology((2, 8, 8, 3), engines=2, native=["BesselI0e"])
def multi_connection_neighbor_engine(x):
    """Two engines with several tensors between them, some through native nodes."""
    stem = tf.nn.conv2d(x, weights(3, 3, 3, 5), 1, "VALID") + weights(5)
    a, b = stem * 0.5, tf.tanh(stem - 1.0)
    c = unconvertible(stem)
    d = unconvertible(c)
    return tf.nn.relu(a * c + b - d) * (a + d)


@topology((32, 10), inside=["Mul", "AddV2"], engines=1)
def identity_output(x):
    """Every result goes out through identities, one of them several times."""
    doubled = x * 2.0 + 1.0
    squared = doubled * doubled - x
    return tf.identity(doubled), tf.identity(tf.identity(squared)), tf.identity(squared)


@topology((3, 5), engines=2, native=["Unique", "BesselI0e"], values=positive)
def data_dependent_shape(x):
    """Sizes that only values tell, between engines that sizes must not surprise."""
    before = tf.sqrt(x + 1.0) * 0.5
    unique = tf.unique(tf.reshape(tf.round(before * 8.0), [-1])).y
    return tf.reduce_sum(tf.tanh(unconvertible(unique) * 0.5 + 1.0) * 3.0)


@topology((2, 15, 15, 3), inside=["Conv2D", "BiasAdd", "Relu"])
def memory_alignment(x):
    """Sizes that are no multiple of anything."""
    x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, weights(3, 3, 3, 7), 2, "SAME"), weights(7)))
    return tf.nn.conv2d(x, weights(3, 3, 7, 5, seed=1), 1, "VALID") + 0.5


@topology((8, 20), (8, 20), engines=2, native=["BesselI0e"])
def annotated_max_batch_sizes(x, y):
    """Segments that TF-TRT keeps apart, because it plans for a batch size, are one here."""
    first = tf.tanh(x * 0.5 + 1.0) * y
    second = unconvertible(first)
    return tf.nn.relu(second + x - 0.5) * y


@topology((2, 6, 6, 3), inside=["Conv2D", "Relu"])
def tf_function(x):
    """A function that is called twice, and one inside of it."""

    @tf.function
    def inner(value):
        return tf.nn.relu(value - 0.1)

    @tf.function
    def block(value):
        return inner(tf.nn.conv2d(value, weights(3, 3, 3, 3), 1, "SAME") + 0.25)

    return block(block(x)) * 2.0


class _Variables(tf.Module):
    def __init__(self):
        self.kernel = tf.Variable(weights(3, 3, 3, 4), name="kernel")
        self.bias = tf.Variable(weights(4, seed=1), name="bias")

    def __call__(self, x):
        return tf.nn.relu(tf.nn.conv2d(x, self.kernel, 1, "SAME") + self.bias)


_variables = _Variables()


@topology((2, 6, 6, 3), inside=["Conv2D", "Relu"])
def variables(x):
    """Weights that are variables of the SavedModel."""
    return _variables(x) * 0.5


@topology((2, 32, 32, 3), more=[[(4, 32, 32, 3)], [(1, 32, 32, 3)], [(2, 32, 32, 3)]],
          inside=["Conv2D"])  # fmt: skip
def lru_cache(x):
    """More shapes than an engine is kept prepared for, and the first one again."""
    return tf.nn.relu(tf.nn.conv2d(x, weights(3, 3, 3, 2), 1, "SAME") + weights(2)) * 2.0


@topology((1, 5, 5, 1), more=[[(3, 9, 7, 1)], [(2, 3, 4, 1)], [(1, 5, 5, 1)]],
          known=((False, False, False, True),), inside=["Conv2D"])  # fmt: skip
def dynamic_input_shapes(x):
    """Only the channels are known."""
    x = tf.nn.conv2d(x, weights(2, 2, 1, 4), 1, "SAME") * 0.5
    return tf.tanh(tf.reduce_mean(x + 1.0, [1, 2]))


@topology((1, 12, 5), more=[[(2, 12, 5)]], inside=["Relu"])
def trt_mode_any_batch(x):
    """A batch size that is not known."""
    return tf.nn.relu(tf.squeeze(tf.expand_dims(x, 1), 1) * 1.5 - 0.5)


@topology((1, 12, 5), known=((True, True, True),), inside=["Relu"])
def trt_mode_fixed_batch(x):
    """A batch of one that may be squeezed away, which TF-TRT refuses without explicit batches."""
    return tf.nn.relu(tf.squeeze(x, 0) * 1.5 - 0.5)


@topology((2, 6, 6, 3), engines=2, native=["BesselI0e"])
def trt_engine_op_shape(x):
    """TensorFlow knows the shapes of what comes out of an engine."""
    pooled = tf.nn.max_pool2d(tf.nn.relu(x - 0.5), 2, 2, "VALID") * 2.0
    return tf.reshape(tf.tanh(unconvertible(pooled) - 1.0) * 0.5, [-1, 27])
