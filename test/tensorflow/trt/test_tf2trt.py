# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TF2TRT's calls, and TensorRT's lite engine."""

import numpy as np
import pytest
import small_models
import tensorflow as tf

import graft
from graft import lite, tf2trt


@pytest.fixture(scope="module")
def network():
    return tf2trt.from_tensorflow_graph_def(
        small_models.graph_def(), ["input"], [[2, 8, 8, 3]], ["softmax_tensor"]
    )


def want(pictures):
    return small_models.run(small_models.graph_def(), "softmax_tensor:0", {"input:0": pictures})


def test_the_five_calls(network, tmp_path):
    engine = tf2trt.optimize_network(network, max_workspace_size=4 * (1 << 30), fast_pass=True)
    assert tf2trt.store_engine(engine, tmp_path / "model.plan")
    assert tf2trt.load_engine(tmp_path / "model.plan") == engine
    with tf2trt.inference_engine(engine) as inference:
        assert list(inference.get_input_bindings()) == ["input"]
        assert [port.name for port in inference.get_output_bindings()] == ["softmax_tensor"]
        got = inference.run({"input:0": small_models.pictures()}, batch_size=1)
    np.testing.assert_allclose(got["softmax_tensor"], want(small_models.pictures()), rtol=1e-5, atol=1e-6)


def test_the_calls_as_methods(tmp_path):
    (tmp_path / "model.pb").write_bytes(small_models.graph_def().SerializeToString())
    importer = tf2trt.TRTImporter("verbose")
    network = importer.from_tensorflow_pb_file(
        tmp_path / "model.pb", ["input:0"], [[(1, 4), 8, 8, 3]], ["softmax_tensor:0"]
    )
    engine = importer.optimize_network(network, tune=True)
    importer.store_engine(engine, tmp_path / "model.plan")
    inference = importer.inference_engine(importer.load_engine(tmp_path / "model.plan"))
    for batch in (1, 3):
        pictures = small_models.pictures(batch)
        got = inference.run({"input": pictures})["softmax_tensor"]
        np.testing.assert_allclose(got, want(pictures), rtol=1e-5, atol=1e-6)


def test_unknown_operators_are_all_reported():
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, [4], name="x")
        y = tf.raw_ops.BesselI0e(x=x, name="bessel")
        tf.identity(tf.math.igamma(tf.abs(x) + 1, y, name="gamma"), name="y")
    graph_def = graph.as_graph_def(add_shapes=True)
    with pytest.raises(tf2trt.UnsupportedError) as caught:
        tf2trt.from_tensorflow_graph_def(graph_def, ["x"], [[4]], ["y"])
    assert {node["node"]: node["op"] for node in caught.value.nodes} == {
        "bessel": "BesselI0e", "gamma": "Igamma",
    }  # fmt: skip
    assert "gamma (Igamma): operator Igamma has no conversion" in str(caught.value)


def test_wrong_names_and_shapes():
    graph = small_models.graph_def()
    with pytest.raises(graft.UsageError, match="expected a shape for each of 1 inputs, got 0"):
        tf2trt.from_tensorflow_graph_def(graph, ["input"], [], ["softmax_tensor"])
    with pytest.raises(graft.Error, match="nothing"):
        tf2trt.from_tensorflow_graph_def(graph, ["input"], [[1, 8, 8, 3]], ["nothing"])


def test_check(network):
    """The comparison passes, and notices another engine."""
    engine = tf2trt.optimize_network(network)
    feeds = {"input": small_models.pictures()}
    (difference,) = tf2trt.check(engine, small_models.graph_def(), feeds)
    assert difference.output == "softmax_tensor" and difference.relative < 1e-5
    changed = small_models.graph_def()
    (bias,) = [n for n in changed.node if n.op == "BiasAdd"]
    (weights,) = [n for n in changed.node if n.name == bias.input[1]]
    tensor = weights.attr["value"].tensor
    tensor.tensor_content = (np.frombuffer(tensor.tensor_content, np.float32) + 1).tobytes()
    with pytest.raises(ValueError, match="output 'softmax_tensor' differs from TensorFlow's by"):
        tf2trt.check(engine, changed, feeds)


def test_lite_engine(tmp_path):
    graph = small_models.graph_def().SerializeToString()
    path = tmp_path / "model.plan"
    graft.build(graph, path, shapes={"input": (1, 8, 8, 3)}, outputs=["softmax_tensor"])
    engine = lite.Engine(PLAN=path)
    pictures = small_models.pictures(1)
    for given in (pictures, pictures[0]):
        np.testing.assert_allclose(engine.infer(given)[0], want(pictures), rtol=1e-5, atol=1e-6)
    with pytest.raises(graft.UsageError, match="expected 1 inputs"):
        engine.infer()
