# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""INT8 on trained weights and real data: what it costs, that networks which say themselves
where they round are taken at their word, and that nothing is converted to and fro inside."""

import json
import os

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
import tools
import trained
import zoo
from tensorflow.core.framework import graph_pb2


def inspect(plan):
    return json.loads(tools.tool("graft", "inspect", "--json", plan).out)


def run(model, inputs, folder):
    np.savez(folder / "in.npz", **inputs)
    tools.tool("graft", "run", model, "--inputs", folder / "in.npz", "--outputs", folder / "out.npz")
    with np.load(folder / "out.npz") as file:
        return {name: file[name] for name in file.files}


def build(model, folder, *arguments, name="int8"):
    plan = folder / f"{name}.plan"
    tools.tool("graft", "build", model, "-o", plan, *arguments)
    return plan


def quantize(model, folder, data, *arguments):
    """A plan in INT8 that was calibrated on arrays by input name."""
    np.savez(folder / "data.npz", **data)
    return build(
        model, folder, "--precision", "int8", "--calibration-data", folder / "data.npz", *arguments
    )


def products(report):
    return [layer for layer in report["layers"] if layer["kind"] in ("conv2d", "matmul")]


@pytest.fixture(scope="module")
def calibration():
    """Digits that the networks were trained on, as many as the held-out ones."""
    (images, _), (held, _) = trained.split()
    return {"x": images[: len(held)]}


def accuracy(plan, digits, folder):
    _, images, labels = digits
    (probabilities,) = run(plan, {"x": images}, folder).values()
    return np.mean(np.argmax(probabilities, axis=-1) == labels)


def test_digits_lose_at_most_0_3_points(digits, calibration, tmp_path):
    wide = accuracy(build(digits[0], tmp_path, name="fp32"), digits, tmp_path)
    plan = quantize(digits[0], tmp_path, calibration)
    assert wide > 0.95, "the network must have learnt something"
    assert accuracy(plan, digits, tmp_path) >= wide - 0.003
    report = inspect(plan)
    assert report["precision"] == "int8"
    # All but the first, which reads a single channel.
    assert [layer["precision"] for layer in products(report)].count("fp32") == 1
    assert len(products(report)) >= 6
    assert "reference" not in {layer["provider"] for layer in report["layers"]}


@pytest.mark.parametrize("name", ["basic_pitch", "hed"])
def test_trained_networks_stay_within_25_db(name, tmp_path):
    """Notes of synthetic chords and edges of photographs, calibrated on others than measured."""
    path = zoo.graphdef(name, 1)
    samples = [zoo.inputs(name, 1, seed=seed) for seed in range(10, 18)]
    data = {key: np.concatenate([sample[key] for sample in samples]) for key in samples[0]}
    inputs = zoo.inputs(name, 1, seed=3)
    exact = run(build(path, tmp_path, name="fp32"), inputs, tmp_path)
    rounded = run(quantize(path, tmp_path, data), inputs, tmp_path)
    for output, wanted in exact.items():
        assert trained.sqnr(wanted, rounded[output]) >= 25, output


@pytest.mark.parametrize("shape", [(66400, 2), (9, 9, 1000, 2)], ids=["matmul", "conv2d"])
def test_sums_that_32_bits_cannot_hold_stay_wide(shape, tmp_path):
    import tensorflow as tf

    image = [1, *shape[:-1]]
    weights = np.full(shape, 1 / np.prod(shape[:-1]), np.float32)  # a mean, as a product
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, image, name="x")
        y = tf.matmul(x, weights) if len(shape) == 2 else tf.nn.conv2d(x, weights, 1, "VALID")
        tf.identity(y, name="y")
    (tmp_path / "m.pb").write_bytes(graph.as_graph_def().SerializeToString())
    ones = np.ones(image, np.float32)
    plan = quantize(tmp_path / "m.pb", tmp_path, {"x": ones})
    np.testing.assert_allclose(run(plan, {"x": ones}, tmp_path)["y"].ravel(), 1.0, rtol=1e-3)


def test_padding_does_not_count_as_the_mean(tmp_path):
    """A 7x7 window on one pixel: 48 of 49 weights meet zeros, which no bias need make up for."""
    import tensorflow as tf

    random = np.random.default_rng(0)
    x = random.uniform(0, 1, (8, 1, 1, 32)).astype(np.float32)
    weights = random.normal(size=(7, 7, 32, 16)).astype(np.float32)
    with tf.Graph().as_default() as graph:
        feed = tf.compat.v1.placeholder(tf.float32, x.shape, name="x")
        tf.identity(tf.nn.conv2d(feed, weights, 1, "SAME"), name="y")
    with tf.compat.v1.Session(graph=graph) as session:
        expected = session.run("y:0", {"x:0": x})
    (tmp_path / "m.pb").write_bytes(graph.as_graph_def().SerializeToString())
    plan = quantize(tmp_path / "m.pb", tmp_path, {"x": x})
    error = run(plan, {"x": x}, tmp_path)["y"] - expected
    assert 10 * np.log10(np.sum(expected**2) / np.sum(error**2)) > 35


@pytest.fixture(scope="module")
def aware(tmp_path_factory):
    return trained.quantization_aware_network(tmp_path_factory.mktemp("aware"))


def test_quantization_aware_network_is_taken_at_its_word(aware, tmp_path):
    """Without a table, and within one step of what TensorFlow simulates."""
    path, keras, images, _ = aware
    plan = build(path, tmp_path, "--precision", "int8")
    report = inspect(plan)
    assert {layer["precision"] for layer in products(report)} == {"int8"}
    # There is nothing to choose, so best is the same.
    best = inspect(build(path, tmp_path, "--precision", "best", name="best"))
    assert best["layers"] == report["layers"]
    graph = graph_pb2.GraphDef()
    graph.ParseFromString(path.read_bytes())
    constants = {n.name: n.attr["value"].tensor for n in graph.node if n.op == "Const"}

    def constant(name):
        node = next(n for n in graph.node if n.name == name)
        while node.op == "Identity":
            node = next(n for n in graph.node if n.name == node.input[0])
        return constants[node.name].float_val[0]

    # The output's own rounding is the last one in the graph.
    last = [n for n in graph.node if n.op == "FakeQuantWithMinMaxVars"][-1]
    step = (constant(last.input[2]) - constant(last.input[1])) / 255
    steps = []
    for image in images[:40]:
        (found,) = run(plan, {"x": image[None]}, tmp_path).values()
        simulated = keras(image[None], training=False).numpy()
        steps.append(np.abs(found - simulated).max() / step)
    assert max(steps) <= 1.01
    assert np.mean(steps) < 0.5, "most outputs must be equal"


def test_simulated_quantization_stays_f32_unless_asked(aware, tmp_path):
    path, keras, images, _ = aware
    plan = build(path, tmp_path, name="fp32")
    assert {layer["precision"] for layer in products(inspect(plan))} == {"fp32"}
    (found,) = run(plan, {"x": images[:1]}, tmp_path).values()
    simulated = keras(images[:1], training=False).numpy()
    assert np.abs(found - simulated).max() <= 0.05 * np.abs(simulated).max()


def test_resnet50_is_codes_from_end_to_end(tmp_path):
    """One rounding at the input; no numbers between it and the mean."""
    path = zoo.graphdef("resnet50", 1)
    data = zoo.inputs("resnet50", 4, seed=1)
    report = inspect(quantize(path, tmp_path, data))
    kinds = [layer["kind"] for layer in report["layers"]]
    assert kinds.count("quantize") == 1 and kinds[0] == "quantize"
    assert kinds.count("dequantize") <= 1
    assert {layer["precision"] for layer in products(report)} == {"int8"}
    residuals = [layer for layer in products(report) if layer["epilogues"].count("add") == 2]
    assert len(residuals) == 16
    for layer in residuals:
        assert {"u8"} == {layer["inputs"][0]["dtype"], layer["inputs"][-1]["dtype"]}
    assert "reference" not in {layer["provider"] for layer in report["layers"]}


def test_budget_keeps_layers_wide(digits, calibration, tmp_path):
    """A tight budget is met by naming layers, a loose one needs none."""
    path, images, _ = digits
    np.savez(tmp_path / "data.npz", **calibration)

    def calibrate(budget):
        table = tmp_path / "table.json"
        tools.tool(
            "graft", "calibrate", path, "--data", tmp_path / "data.npz", "-o", table,
            "--accuracy-budget", budget,
        )  # fmt: skip
        return table, json.loads(table.read_text())

    _, loose = calibrate("top1<=0.5")
    assert loose["wide"] == [] and loose["budget"]["reached"] <= 0.5
    everything = build(path, tmp_path, "--precision", "int8", "--calibration-data", tmp_path / "data.npz")
    exact = run(build(path, tmp_path, name="fp32"), calibration, tmp_path)
    (output,) = exact
    limit = -trained.sqnr(exact[output], run(everything, calibration, tmp_path)[output]) - 3
    table, tight = calibrate(f"noise_db<={limit:.2f}")
    assert tight["wide"] and tight["budget"]["reached"] <= limit
    plan = build(path, tmp_path, "--precision", "int8", "--calibration", table)
    kept = {layer["node"] for layer in tight["wide"]}
    for layer in products(inspect(plan)):
        assert layer["precision"] == "fp32" or not kept & set(layer["nodes"])
    assert trained.sqnr(exact[output], run(plan, calibration, tmp_path)[output]) >= -limit - 0.1


@pytest.mark.parametrize("budget", ["top1", "top1<=x", "accuracy<=0.1"])
def test_budgets_are_checked(digits, budget, tmp_path):
    done = tools.tool(
        "graft", "build", digits[0], "-o", tmp_path / "x.plan", "--precision", "int8",
        "--accuracy-budget", budget, check=False,
    )  # fmt: skip
    assert done.code == 2
    assert "an accuracy budget must be" in done.err and not (tmp_path / "x.plan").exists()
