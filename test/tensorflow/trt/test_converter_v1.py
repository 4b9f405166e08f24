# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TrtGraphConverter, create_inference_graph and calib_graph_to_infer_graph, in graph mode."""

import json

import numpy as np
import pytest
import small_models
import tensorflow as tf

from graft.tensorflow import trt

v1 = tf.compat.v1


@pytest.fixture(autouse=True)
def graph_mode():
    """As under tf.compat.v1.disable_eager_execution()."""
    with tf.Graph().as_default():
        yield


def check(graph, output="softmax_tensor:0", source="input:0", scale=1.0):
    """The converted graph gives TensorFlow's answers in its engines."""
    assert small_models.engines(graph)
    for batch in (1, 4):
        pictures = small_models.pictures(batch)
        want = small_models.run(
            small_models.graph_def(), "softmax_tensor:0", {"input:0": pictures * np.float32(scale)}
        )
        got = small_models.run(graph, output, {source: pictures})
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)


def test_create_inference_graph():
    """The call of the contrib tutorial."""
    graph = trt.create_inference_graph(
        input_graph_def=small_models.graph_def(), outputs=["softmax_tensor"], max_batch_size=4,
        max_workspace_size_bytes=1 << 25, precision_mode="FP32", minimum_segment_size=2,
    )  # fmt: skip
    check(graph)
    (engine,) = small_models.engines(graph)
    assert engine.attr["max_batch_size"].i == 4
    assert engine.attr["workspace_size_bytes"].i == 1 << 25
    assert not engine.attr["use_calibration"].b


def test_positions_and_tensors():
    """Outputs as tensors, and arguments by position."""
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(small_models.graph_def(), name="")
        output = graph.get_tensor_by_name("softmax_tensor:0")
    check(trt.create_inference_graph(small_models.graph_def(), [output], 2, 1 << 25, "fp32", 3))


def test_import_and_run_with_a_session_config():
    """The walkthrough's session: memory options, return elements."""
    graph = trt.create_inference_graph(small_models.graph_def(), ["softmax_tensor"])
    options = v1.GPUOptions(per_process_gpu_memory_fraction=0.5, allow_growth=True)
    with tf.Graph().as_default() as g:
        source, output = tf.import_graph_def(graph, return_elements=["input", "softmax_tensor"])
    with v1.Session(graph=g, config=v1.ConfigProto(gpu_options=options)) as session:
        value = session.run(output.outputs[0], {source.outputs[0]: small_models.pictures(3)})
    np.testing.assert_allclose(value.sum(1), 1, rtol=1e-5)


def test_saved_model(tmp_path):
    model = small_models.save_v1(tmp_path / "native")
    out = str(tmp_path / "converted")
    graph = trt.create_inference_graph(
        None, None, input_saved_model_dir=model, output_saved_model_dir=out
    )
    check(graph, "output:0", scale=1.5)
    with tf.Graph().as_default(), v1.Session() as session:
        meta = v1.saved_model.load(session, ["serve"], out)
        signature = meta.signature_def["serving_default"]
        assert small_models.engines(meta.graph_def)
        got = session.run(
            signature.outputs["classes"].name,
            {signature.inputs["pictures"].name: small_models.pictures()},
        )
    want = small_models.run(
        small_models.graph_def(), "softmax_tensor:0", {"input:0": small_models.pictures() * np.float32(1.5)}
    )
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)


def test_converter_with_deny_list():
    converter = trt.TrtGraphConverter(
        input_graph_def=small_models.graph_def(), nodes_denylist=["logits", "softmax_tensor:0"],
        is_dynamic_op=True, max_batch_size=None,
    )  # fmt: skip
    graph = converter.convert()
    assert {"logits": "MatMul", "softmax_tensor": "Softmax"}.items() <= {
        node.name: node.op for node in graph.node
    }.items()
    check(graph)
    with pytest.raises(ValueError, match="Not able to save to a SavedModel since input is a GraphDef"):
        converter.save("unused")


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(), "Must specify one of input_graph_def and input_saved_model_dir"),
        (dict(input_graph_def=1, input_saved_model_dir="a"), "Can only specify one of"),
        (dict(input_saved_model_dir="a", max_batch_size="1"), "max_batch_size should be an integer"),
        (dict(input_saved_model_dir="a", precision_mode="FP8"), "precision mode 'FP8'"),
    ],
)
def test_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        trt.TrtGraphConverter(**arguments)


def test_int8_wants_a_dynamic_op(caplog):
    trt.TrtGraphConverter(input_graph_def=small_models.graph_def(), precision_mode="INT8")
    assert "Disregarding is_dynamic_op parameter" in caplog.text


def test_calibrate_checks_its_inputs():
    converter = trt.TrtGraphConverter(
        input_graph_def=small_models.graph_def(), precision_mode="INT8", is_dynamic_op=True,
        max_batch_size=None,
    )  # fmt: skip
    assert not small_models.engines(converter.convert())
    with pytest.raises(ValueError, match="Should specify one and only one of"):
        converter.calibrate(["softmax_tensor:0"], 2)
    with pytest.raises(ValueError, match="Values of input_map_fn must be of type tf.Tensor"):
        converter.calibrate(["softmax_tensor:0"], 1, input_map_fn=lambda: {"input:0": 1.0})


def test_calibrate_measures_what_it_is_given():
    """Either way of giving the same inputs ends in the same graph, with a table in its engine."""
    pictures = small_models.pictures(4)
    graphs = []
    for way in (
        {"feed_dict_fn": lambda: {"input:0": pictures}},
        {"input_map_fn": lambda: {"input:0": tf.constant(pictures)}},
    ):
        converter = trt.TrtGraphConverter(
            input_graph_def=small_models.graph_def(), precision_mode="INT8", is_dynamic_op=True,
            max_batch_size=None,
        )  # fmt: skip
        converter.convert()
        graphs.append(converter.calibrate(["softmax_tensor:0"], 2, **way))
    assert graphs[0] == graphs[1]
    (engine,) = small_models.engines(graphs[0])
    assert engine.attr["precision_mode"].s == b"INT8" and engine.attr["use_calibration"].b
    table = json.loads(engine.attr["calibration_data"].s)
    assert table["data"]["samples"] == 8
    assert table["tensors"]["input"]["observed"] == pytest.approx([pictures.min(), pictures.max()])
    answers = small_models.run(graphs[0], "softmax_tensor:0", {"input:0": pictures})
    np.testing.assert_allclose(answers.sum(axis=-1), 1, atol=1e-5)


def test_calib_graph_to_infer_graph(caplog):
    """Of a graph that waits for nothing there is nothing to make."""
    graph = trt.create_inference_graph(small_models.graph_def(), ["softmax_tensor"])
    assert trt.calib_graph_to_infer_graph(graph) is None
    assert "Not a calib graph" in caplog.text
    (engine,) = small_models.engines(graph)
    engine.attr["precision_mode"].s = b"INT8"
    assert trt.calib_graph_to_infer_graph(graph) is graph
    engine.attr["use_calibration"].b = True
    with pytest.raises(ValueError, match="'TRTEngineOp_000_000' has no calibration data, and keeps none"):
        trt.calib_graph_to_infer_graph(graph)
