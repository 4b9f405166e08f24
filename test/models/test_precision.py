# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Narrow precisions on trained weights and real data: what is asked for is what runs, is
what every report says, and costs no accuracy. Nothing is narrow that was not asked for."""

import json
import os

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
import tools
import zoo
from tensorflow.core.framework import graph_pb2
from trained import sqnr

NARROW = {"bf16": "bf16", "fp16": "f16"}
NOTE = "fp16 is computed in fp32"


def build(model, folder, precision):
    plan = folder / f"{precision}.plan"
    arguments = [] if precision is None else ["--precision", precision]
    done = tools.tool("graft", "build", model, "-o", plan, *arguments)
    return plan, done


def inspect(plan):
    return json.loads(tools.tool("graft", "inspect", "--json", plan).out)


def run(model, inputs, folder, *arguments):
    np.savez(folder / "in.npz", **inputs)
    done = tools.tool(
        "graft", "run", model, "--inputs", folder / "in.npz", "--outputs", folder / "out.npz", *arguments
    )
    with np.load(folder / "out.npz") as file:
        return {name: file[name] for name in file.files}, done


def accuracy(digits, folder, *arguments):
    path, images, labels = digits
    outputs, _ = run(path, {"x": images}, folder, *arguments)
    (probabilities,) = outputs.values()
    assert probabilities.dtype == np.float32
    return np.mean(np.argmax(probabilities, axis=-1) == labels)


@pytest.mark.parametrize("precision", NARROW)
def test_digits_lose_nothing(digits, tmp_path, precision):
    wide = accuracy(digits, tmp_path)
    assert wide > 0.95, "the network must have learnt something"
    assert accuracy(digits, tmp_path, "--precision", precision) >= wide


def test_fp32_stays_fp32(digits, tmp_path):
    """Without a request there is no cast and no narrow type, and every word says fp32."""
    default, _ = build(digits[0], tmp_path, None)
    asked, _ = build(digits[0], tmp_path, "fp32")
    assert default.read_bytes() == asked.read_bytes()
    report = inspect(default)
    assert report["precision"] == "fp32"
    assert {layer["precision"] for layer in report["layers"]} == {"fp32"}
    assert "cast" not in {layer["kind"] for layer in report["layers"]}


@pytest.mark.parametrize("precision", NARROW)
def test_reports_name_the_precision(digits, tmp_path, precision):
    plan, done = build(digits[0], tmp_path, precision)
    assert f"({precision})" in done.err
    report = inspect(plan)
    assert report["precision"] == precision
    convolutions = [layer for layer in report["layers"] if layer["kind"] in ("conv2d", "matmul")]
    # The first one reads a single channel, where narrow products gain nothing.
    first = convolutions.pop(0)
    assert first["inputs"][0]["shape"][-1] == 1 and first["precision"] == "fp32"
    assert len(convolutions) >= 5
    assert {layer["precision"] for layer in convolutions} == {precision}
    # Its result is cast; the last product hands on its sums; all between is narrow.
    casts = [layer for layer in report["layers"] if layer["kind"] == "cast"]
    assert len(casts) == 1
    assert "reference" not in {layer["provider"] for layer in report["layers"]}
    assert {layer["inputs"][1]["dtype"] for layer in convolutions} == {NARROW[precision]}
    wide, _ = build(digits[0], tmp_path, "fp32")
    assert report["weight_bytes"] < inspect(wide)["weight_bytes"]
    bench = tools.tool("graft", "bench", plan, "--duration", "0.05", "--warmup", "0", "--json")
    assert json.loads(bench.out)["precision"] == precision


def test_fp16_says_how_it_is_computed(digits, tmp_path):
    """Once for each command, on stderr; bf16 has nothing to say."""
    path, images, _ = digits
    plan, built = build(path, tmp_path, "fp16")
    _, ran = run(plan, {"x": images}, tmp_path)
    converted = tools.tool("graft", "convert", path, "-o", tmp_path / "c.pb", "--precision", "fp16")
    for done in (built, ran, converted):
        assert done.err.count(NOTE) == 1, done.err
    _, quiet = build(path, tmp_path, "bf16")
    assert NOTE not in quiet.err


@pytest.mark.parametrize("precision", NARROW)
def test_converted_graph_names_the_precision(digits, tmp_path, precision):
    """bf16 takes TF-TRT's word of its width, in which the plan inside is exact."""
    done = tools.tool("graft", "convert", digits[0], "-o", tmp_path / "c.pb", "--precision", precision)
    assert f"precision {precision}" in done.out
    graph = graph_pb2.GraphDef()
    graph.ParseFromString((tmp_path / "c.pb").read_bytes())
    engines = [node for node in graph.node if node.op == "TRTEngineOp"]
    assert engines
    for node in engines:
        assert node.attr["precision_mode"].s == b"FP16"
        (tmp_path / "e.plan").write_bytes(node.attr["serialized_segment"].s)
        assert inspect(tmp_path / "e.plan")["precision"] == precision


def test_fp16_rounds_as_specified(tmp_path):
    """Products of f16, summed in f32, rounded once a layer: two layers against NumPy."""
    import tensorflow as tf

    random = np.random.default_rng(5)
    x = random.standard_normal((4, 32), np.float32)
    first, second = random.standard_normal((2, 32, 32), np.float32) * np.float32(0.2)
    with tf.Graph().as_default() as graph:
        entry = tf.compat.v1.placeholder(tf.float32, (4, 32), "x")
        hidden = tf.nn.relu(tf.matmul(entry, first))
        tf.identity(tf.matmul(hidden, second), "y")
    path = tmp_path / "m.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString())
    outputs, _ = run(path, {"x": x}, tmp_path, "--precision", "fp16")
    (found,) = outputs.values()

    def half(values):
        return np.float64(np.float16(values))

    exact = half(np.maximum(half(x) @ half(first), 0)) @ half(second)
    unrounded = np.maximum(np.float64(x) @ first, 0) @ second
    # A tie may fall either way where the sums are floats.
    assert np.abs(found - exact).max() < 2e-4
    assert np.abs(found - unrounded).max() > 4e-4, "something must have been rounded"


@pytest.mark.parametrize("precision", NARROW)
def test_means_cast_themselves(tmp_path, precision):
    """A mean between products reads the narrow map and rounds its own result: only the input is cast."""
    import tensorflow as tf

    random = np.random.default_rng(7)
    x = random.standard_normal((1, 9, 9, 16), np.float32)
    first, gate, last = random.standard_normal((3, 1, 1, 16, 16), np.float32) * np.float32(0.2)
    with tf.Graph().as_default() as graph:
        entry = tf.compat.v1.placeholder(tf.float32, x.shape, "x")
        image = tf.nn.relu(tf.nn.conv2d(entry, first, 1, "SAME"))
        mean = tf.reduce_mean(image, axis=(1, 2), keepdims=True)
        gated = image * tf.sigmoid(tf.nn.conv2d(mean, gate, 1, "SAME"))
        tf.identity(tf.nn.conv2d(gated, last, 1, "SAME"), "y")
    path = tmp_path / "m.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString())
    plan, _ = build(path, tmp_path, precision)
    layers = inspect(plan)["layers"]
    assert [layer["kind"] for layer in layers].count("cast") == 1
    (mean,) = (layer for layer in layers if layer["kind"] == "reduce")
    assert mean["tactic"] == "rows"
    assert [mean[side][0]["dtype"] for side in ("inputs", "outputs")] == [NARROW[precision]] * 2
    (wide,) = run(path, {"x": x}, tmp_path)[0].values()
    (narrow,) = run(plan, {"x": x}, tmp_path)[0].values()
    assert sqnr(wide, narrow) > 40


@pytest.mark.parametrize("name", ["basic_pitch", "hed"])
def test_trained_networks_stay_within_40_db(name, tmp_path):
    """Notes of synthetic chords and edges of photographs, by networks with trained weights."""
    path = zoo.graphdef(name, 1)
    inputs = zoo.inputs(name, 1, seed=3)
    wide, _ = run(path, inputs, tmp_path)
    narrow, _ = run(path, inputs, tmp_path, "--precision", "bf16")
    for output, exact in wide.items():
        assert sqnr(exact, narrow[output]) >= 40, output
