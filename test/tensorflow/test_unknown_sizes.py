# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sizes that are not known when a plan is built, alone and inside TensorFlow; and borders.

No native segment may run in an engine's place: an engine must take every size that its
model takes.
"""

import pathlib
import subprocess

import models
import numpy as np
import pytest

RNG = np.random.default_rng(5)
KERNEL = RNG.normal(size=[3, 3, 3, 4]).astype("f4")
WIDE = RNG.normal(size=[16, 6]).astype("f4")
SQUARE = RNG.normal(size=[32, 32]).astype("f4")
POINTWISE = RNG.normal(size=[1, 1, 4, 4]).astype("f4")


def valid(tf, x):
    h = tf.nn.relu(tf.nn.conv2d(x, KERNEL, 1, "VALID") + 0.1)
    return tf.nn.sigmoid(tf.nn.conv2d(h, POINTWISE, 1, "VALID"))


def best_places(tf, x):
    flat = tf.reshape(valid(tf, x), [tf.shape(x)[0], -1])
    return tf.math.top_k(flat, 10).values


def pooled(tf, x):
    h = tf.nn.max_pool2d(tf.nn.conv2d(x, KERNEL, 1, "SAME"), 3, 2, "VALID")
    return tf.nn.avg_pool2d(tf.nn.relu(h), 2, 1, "VALID")


def residual(tf, x, z):
    return tf.nn.relu(tf.nn.conv2d(x, KERNEL, 1, "SAME") + z)


def rows(tf, x, z):
    return tf.tanh(tf.reshape(tf.reshape(x, [-1, 32]) @ SQUARE, [-1, 7, 32]) + z)


def crop(tf, x):
    return tf.nn.relu(tf.slice(tf.exp(x), [1, 4], [-1, 4]) * 2.0)


def table(tf, x):
    sums = tf.concat([tf.reduce_sum(x, 1, keepdims=True), tf.reduce_max(x, 1, keepdims=True)], 1)
    return sums * 2.0 + 1.0


def branches(tf, x):
    h = tf.nn.relu(x)
    return tf.concat([h, tf.sigmoid(h) * 2.0, tf.tanh(h)], -1) + 1.0


IMAGE = [None, None, None, 3]
#: The model, the shapes of its inputs, and shapes that are fed.
FAMILIES = {
    "valid": (valid, [IMAGE], [[(1, 3, 3, 3)], [(2, 9, 11, 3)], [(7, 31, 17, 3)], [(0, 5, 5, 3)]]),
    "best_places": (best_places, [IMAGE], [[(1, 7, 5, 3)], [(2, 9, 11, 3)], [(7, 13, 7, 3)]]),
    "pooled": (pooled, [IMAGE], [[(1, 11, 11, 3)], [(2, 31, 17, 3)], [(0, 13, 15, 3)]]),
    "position": (lambda tf, x: tf.exp(x[:, 3]) + 1.0, [[None, None]], [[(1, 4)], [(7, 9)], [(0, 4)]]),
    "pairs": (
        lambda tf, x: tf.nn.softmax(tf.reshape(x, [-1, 2, 8])) * 2.0,
        [[None, 8]],
        [[(2, 8)], [(14, 8)], [(0, 8)]],
    ),
    "blocks": (
        lambda tf, x: tf.nn.relu(tf.nn.space_to_depth(x, 2)) + 1.0,
        [IMAGE],
        [[(1, 2, 2, 3)], [(7, 4, 6, 3)], [(0, 2, 2, 3)]],
    ),
    "mirror": (
        lambda tf, x: tf.nn.relu(tf.pad(x, [[0, 0], [2, 2], [3, 1], [0, 0]], "REFLECT")) * 2.0,
        [IMAGE],
        [[(1, 4, 4, 3)], [(7, 5, 9, 3)]],
    ),
    "depth": (lambda tf, x: tf.nn.relu(x @ WIDE) + 1.0, [[None, None]], [[(1, 16)], [(7, 16)], [(0, 16)]]),
    "column": (
        lambda tf, x: tf.concat([x, tf.sigmoid(x)], 1) * 2.0,
        [[None, 1]],
        [[(1, 1)], [(2, 1)], [(7, 1)], [(0, 1)]],
    ),
    "branches": (branches, [[None, None, 4]], [[(1, 1, 4)], [(2, 7, 4)], [(7, 1, 4)], [(0, 3, 4)]]),
    "crop": (crop, [[None, 8]], [[(1, 8)], [(2, 8)], [(7, 8)]]),
    "residual": (
        residual,
        [[None, 8, 8, 3], [None, None, None, 4]],
        [
            [(1, 8, 8, 3), (1, 8, 8, 4)],
            [(7, 8, 8, 3), (1, 8, 8, 4)],
            [(2, 8, 8, 3), (2, 1, 1, 4)],
            [(1, 8, 8, 3), (7, 8, 8, 4)],
            [(0, 8, 8, 3), (1, 8, 8, 4)],
        ],
    ),
    "rows": (
        rows,
        [[None, 7, 32], [None, None, 32]],
        [
            [(3, 7, 32), (3, 7, 32)],
            [(3, 7, 32), (3, 1, 32)],
            [(3, 7, 32), (1, 7, 32)],
            [(1, 7, 32), (3, 1, 32)],
        ],
    ),
    "table": (table, [[None, None]], [[(1, 5)], [(7, 3)], [(0, 5)], [(3, 0)]]),
}


@pytest.fixture(scope="module", params=FAMILIES)
def family(request, tmp_path_factory):
    """(path of a GraphDef, [(inputs, TensorFlow's answer)])."""
    import tensorflow as tf

    model, shapes, fed = FAMILIES[request.param]
    graph = tf.Graph()
    with graph.as_default():
        inputs = [tf.compat.v1.placeholder(tf.float32, s, name=f"x{i}") for i, s in enumerate(shapes)]
        tf.identity(model(tf, *inputs), name="y")
    path = tmp_path_factory.mktemp(request.param) / "model.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString())
    rng = np.random.default_rng(11)
    cases = []
    with tf.compat.v1.Session(graph=graph) as session:
        for sizes in fed:
            values = {f"x{i}": rng.normal(size=s).astype("f4") for i, s in enumerate(sizes)}
            feed = {f"{name}:0": value for name, value in values.items()}
            cases.append((values, session.run("y:0", feed)))
    return path, cases


def close(got, want):
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)


def test_in_a_plan(family, tmp_path):
    path, cases = family
    plan = tmp_path / "model.plan"

    def graft(*command):
        done = subprocess.run([models.GRAFT, *command], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    graft("build", path, "-o", plan, "--outputs", "y")
    for values, want in cases:
        np.savez(tmp_path / "in.npz", **values)
        graft("run", plan, "--inputs", tmp_path / "in.npz", "--outputs", tmp_path / "out.npz")
        with np.load(tmp_path / "out.npz") as outputs:
            close(outputs["y"], want)


def test_inside_tensorflow(ops, family, tmp_path):
    from tensorflow.core.framework import graph_pb2

    path, cases = family
    converted = models.convert(
        path, tmp_path / "converted.pb", "--outputs", "y", "--minimum-segment-size", "1"
    )
    graph = graph_pb2.GraphDef.FromString(converted.read_bytes())
    assert models.engines_of(graph)
    for engine in models.engines_of(graph):
        models.forbid_building(engine)
    with models.session(graph) as session:
        for values, want in cases:
            feed = {f"{name}:0": value for name, value in values.items()}
            close(session.run("y:0", feed), want)


@pytest.mark.parametrize("operator", ["resize", "reshape", "range"])
def test_sizes_from_outside_stay_outside(ops, operator, tmp_path):
    """A node whose shape is data for its engine would keep the engine from running."""
    import tensorflow as tf
    from tensorflow.core.framework import graph_pb2

    graph = tf.Graph()
    with graph.as_default():
        x = tf.compat.v1.placeholder(tf.float32, [None, None, None, 3], name="x0")
        n = tf.compat.v1.placeholder(tf.int32, [], name="x1")
        h = tf.nn.relu(tf.exp(x) + 1.0)
        if operator == "resize":
            h = tf.compat.v1.image.resize_bilinear(h, tf.stack([n, n * 2]), half_pixel_centers=True)
        elif operator == "reshape":
            h = tf.reshape(h, tf.stack([n, -1]))
        else:
            h = h[0, 0, 0, 0] + tf.cast(tf.range(n), tf.float32)
        tf.identity(tf.tanh(h) * 2.0 + 1.0, name="y")
    path = tmp_path / "model.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString())
    feed = {"x0:0": RNG.normal(size=[2, 5, 7, 3]).astype("f4"), "x1:0": 6}
    with tf.compat.v1.Session(graph=graph) as session:
        want = session.run("y:0", feed)

    done = subprocess.run(
        [models.GRAFT, "build", path, "-o", tmp_path / "model.plan", "--outputs", "y"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "must not depend on the contents of an input" in done.stderr
    assert not (tmp_path / "model.plan").exists()

    converted = models.convert(
        path, tmp_path / "converted.pb", "--outputs", "y", "--minimum-segment-size", "1"
    )
    converted = graph_pb2.GraphDef.FromString(pathlib.Path(converted).read_bytes())
    assert models.engines_of(converted)
    with models.session(converted) as session:
        close(session.run("y:0", feed), want)


def test_types_that_engines_lack_stay_outside(ops, tmp_path):
    """Pictures of bytes come in and a class of 64 bits goes out; what is between is an engine."""
    import tensorflow as tf
    from tensorflow.core.framework import graph_pb2

    graph = tf.Graph()
    with graph.as_default():
        x = tf.compat.v1.placeholder(tf.uint8, IMAGE, name="x0")
        h = tf.cast(tf.reverse(x, [3]), tf.float32) / 255.0
        h = tf.reduce_mean(tf.nn.relu(tf.nn.conv2d(h, KERNEL, 1, "VALID")), [1, 2])
        p = tf.nn.softmax(h @ WIDE[:4], name="p")
        tf.argmax(p, -1, name="y")
    path = tmp_path / "model.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString())
    converted = models.convert(path, tmp_path / "converted.pb", "--outputs", "p,y")
    converted = graph_pb2.GraphDef.FromString(converted.read_bytes())
    assert len(models.engines_of(converted)) == 1
    native = {node.op for node in converted.node}
    assert {"Cast", "ArgMax"} <= native
    assert not {"Conv2D", "Relu", "Mean", "MatMul", "Softmax"} & native
    for shape in ((1, 3, 3, 3), (2, 9, 11, 3), (7, 31, 17, 3)):
        feed = {"x0:0": RNG.integers(0, 256, shape).astype("u1")}
        with tf.compat.v1.Session(graph=graph) as session:
            want = session.run(["p:0", "y:0"], feed)
        with models.session(converted) as session:
            got = session.run(["p:0", "y:0"], feed)
        close(got[0], want[0])
        np.testing.assert_array_equal(got[1], want[1])
