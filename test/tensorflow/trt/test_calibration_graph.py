# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""INT8 as the walkthrough of TF-TRT in TensorFlow 1 has it: a calibration graph comes back, sessions feed
it, and calib_graph_to_infer_graph() makes the inference graph."""

import contextlib
import json

import graft
import numpy as np
import pytest
import small_models
import tensorflow as tf

from graft.tensorflow import trt

v1 = tf.compat.v1


@pytest.fixture(params=["graph", "eager"])
def mode(request):
    """As after tf.compat.v1.disable_eager_execution(), and as TensorFlow 2 is."""
    with tf.Graph().as_default() if request.param == "graph" else contextlib.nullcontext():
        yield request.param


def feed(graph, pictures, runs, fetch="softmax_tensor"):
    """The walkthrough's session, to the letter."""
    g = tf.Graph()
    with g.as_default():
        inp, out = tf.import_graph_def(graph_def=graph, return_elements=["input", fetch])
        inp = inp.outputs[0]
        out = out.outputs[0]
    config = v1.ConfigProto(
        gpu_options=v1.GPUOptions(per_process_gpu_memory_fraction=0.5, allow_growth=True)
    )
    with v1.Session(graph=g, config=config) as sess:
        return [sess.run(out, {inp: pictures[i::runs]}) for i in range(runs)]


def table_of(engine):
    return json.loads(engine.attr["calibration_data"].s)


def test_the_walkthrough(mode):
    batch_size, pictures = 4, small_models.pictures(8)
    int8_calib_gdef = trt.create_inference_graph(
        small_models.graph_def(), ["softmax_tensor"], batch_size, precision_mode="INT8"
    )
    (waiting,) = small_models.engines(int8_calib_gdef)
    assert waiting.attr["precision_mode"].s == b"INT8" and waiting.attr["use_calibration"].b
    assert not waiting.attr["calibration_data"].s and not waiting.attr["serialized_segment"].s
    native = feed(small_models.graph_def(), pictures, 2)
    for got, want in zip(feed(int8_calib_gdef, pictures, 2), native):
        np.testing.assert_array_equal(got, want)  # a calibration graph runs TensorFlow's nodes

    int8_graph = trt.calib_graph_to_infer_graph(int8_calib_gdef)
    (engine,) = small_models.engines(int8_graph)
    assert engine.attr["precision_mode"].s == b"INT8" and engine.attr["serialized_segment"].s
    assert engine.attr["max_batch_size"].i == batch_size
    table = table_of(engine)
    assert table["data"]["samples"] == 8
    assert table["tensors"]["input"]["observed"] == pytest.approx([pictures.min(), pictures.max()])
    for got, want in zip(feed(int8_graph, pictures, 2), native):
        assert 0 < np.abs(got - want).max() < 0.02  # in 8 bits, and close


def test_the_same_ranges_as_the_converter():
    """The calibration graph measures what TrtGraphConverter.calibrate() measures."""
    pictures = small_models.pictures(4)
    with tf.Graph().as_default():
        converter = trt.TrtGraphConverter(
            input_graph_def=small_models.graph_def(), nodes_denylist=["softmax_tensor"],
            precision_mode="INT8", is_dynamic_op=True, max_batch_size=None,
        )  # fmt: skip
        converter._denies = False
        converter.convert()
        (whole,) = small_models.engines(
            converter.calibrate(["softmax_tensor"], 1, feed_dict_fn=lambda: {"input": pictures})
        )
    graph = trt.create_inference_graph(small_models.graph_def(), ["softmax_tensor"], precision_mode="int8")
    feed(graph, pictures, 1)
    (engine,) = small_models.engines(trt.calib_graph_to_infer_graph(graph))
    assert table_of(engine)["tensors"] == table_of(whole)["tensors"]


def two_engines():
    """A graph that TensorFlow computes a part of, between two engines; one result is in the middle."""
    with tf.Graph().as_default() as graph:
        x = v1.placeholder(tf.float32, [None, 8, 8, 3], name="input")
        x = tf.nn.relu(tf.nn.conv2d(x, small_models.weights(3, 3, 3, 8), 1, "SAME"), name="middle")
        x = tf.debugging.check_numerics(tf.py_function(lambda v: v * 2, [x], tf.float32), "")
        x = tf.ensure_shape(x, [None, 8, 8, 8])
        x = tf.nn.relu(tf.nn.conv2d(x, small_models.weights(3, 3, 8, 4, seed=1), 2, "SAME"))
        tf.nn.softmax(tf.reduce_mean(x, [1, 2]), name="softmax_tensor")
    return graph


def test_engines_behind_native_nodes():
    """Each engine is calibrated on what enters it, wherever that comes from."""
    graph_of_functions = two_engines()  # it alone keeps the function of py_function
    model, pictures = graph_of_functions.as_graph_def(), small_models.pictures(8)
    graph = trt.create_inference_graph(model, ["middle", "softmax_tensor"], precision_mode="INT8", minimum_segment_size=2)
    assert len(small_models.engines(graph)) == 2
    for fetch in ("middle", "softmax_tensor"):
        feed(graph, pictures, 2, fetch)
    converted = trt.calib_graph_to_infer_graph(graph)
    engines = small_models.engines(converted)
    assert len(engines) == 2 and all(engine.attr["serialized_segment"].s for engine in engines)
    for fetch in ("middle", "softmax_tensor"):
        (want,), (got,) = feed(model, pictures, 1, fetch), feed(converted, pictures, 1, fetch)
        assert np.abs(got - want).max() < 0.03 * np.abs(want).max()


def test_more_data_later():
    pictures = small_models.pictures(8)
    graph = trt.create_inference_graph(small_models.graph_def(), "softmax_tensor", precision_mode="INT8")
    with pytest.raises(ValueError, match="'TRTEngineOp_000_000' has no calibration data: run the calibration graph"):
        trt.calib_graph_to_infer_graph(graph)
    feed(graph, pictures[:4], 1)
    first = trt.calib_graph_to_infer_graph(graph)
    assert trt.calib_graph_to_infer_graph(graph) == first  # what was measured stays
    feed(graph, pictures[4:], 1)
    (engine,) = small_models.engines(trt.calib_graph_to_infer_graph(graph))
    assert table_of(engine)["data"]["samples"] == 8
    assert table_of(engine)["tensors"]["input"]["observed"] == pytest.approx([pictures.min(), pictures.max()])


@pytest.mark.parametrize("options", [b"", b"{", b"[]", b"\xff"])
def test_a_damaged_graph_says_so(options):
    graph = trt.create_inference_graph(small_models.graph_def(), ["softmax_tensor"], 4, precision_mode="INT8")
    feed(graph, small_models.pictures(4), 1)
    (engine,) = small_models.engines(graph)
    engine.attr["_graft_conversion"].s = options
    with pytest.raises(graft.ModelError, match="node 'TRTEngineOp_000_000': attribute '_graft_conversion' must hold"):
        trt.calib_graph_to_infer_graph(graph)


def test_a_feed_may_be_reused():
    """A caller fills one array again and again; what was seen stays as it was."""
    graph = trt.create_inference_graph(small_models.graph_def(), ["softmax_tensor"], precision_mode="INT8")
    pictures = small_models.pictures(4)
    buffer = pictures.copy()
    g = tf.Graph()
    with g.as_default():
        inp, out = tf.import_graph_def(graph, return_elements=["input:0", "softmax_tensor:0"])
    with v1.Session(graph=g) as session:
        session.run(out, {inp: buffer})
        buffer[:] = 1e6
    (engine,) = small_models.engines(trt.calib_graph_to_infer_graph(graph))
    assert table_of(engine)["tensors"]["input"]["observed"] == pytest.approx([pictures.min(), pictures.max()])


def test_a_model_that_states_its_ranges():
    """Quantization-aware training leaves nothing to measure: the graph is for inference at once."""
    with tf.Graph().as_default() as graph:
        x = v1.placeholder(tf.float32, [None, 8, 8, 3], name="input")
        x = tf.quantization.fake_quant_with_min_max_args(x, -4, 4)
        kernel = tf.quantization.fake_quant_with_min_max_args(small_models.weights(3, 3, 3, 8), -1, 1)
        x = tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME"))
        tf.quantization.fake_quant_with_min_max_args(x, 0, 6, name="softmax_tensor")
    converted = trt.create_inference_graph(graph.as_graph_def(), ["softmax_tensor"], precision_mode="INT8")
    assert small_models.engines(converted)[0].attr["serialized_segment"].s
    assert trt.calib_graph_to_infer_graph(converted) is converted


@pytest.mark.parametrize("outputs", ["softmax_tensor", b"softmax_tensor", ("softmax_tensor",), {"softmax_tensor": 1}])
def test_one_output_is_one_name(outputs):
    graph = trt.create_inference_graph(small_models.graph_def(), outputs)
    assert small_models.engines(graph)
    assert "softmax_tensor" in {node.name for node in graph.node}


def test_a_saved_model_in_eager_mode(tmp_path):
    with tf.Graph().as_default():
        model = small_models.save_v1(tmp_path / "native")
    graph = trt.create_inference_graph(
        None, None, input_saved_model_dir=model, input_saved_model_tags="serve", precision_mode="INT8"
    )
    pictures = small_models.pictures(4)
    feed(graph, pictures, 1, "output")
    converted = trt.calib_graph_to_infer_graph(graph)
    (got,) = feed(converted, pictures, 1, "output")
    want = small_models.run(small_models.graph_def(), "softmax_tensor:0", {"input:0": pictures * np.float32(1.5)})
    assert np.abs(got - want).max() < 0.03
