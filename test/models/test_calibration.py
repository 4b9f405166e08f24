# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calibration on real models: ranges are those of TensorFlow's own tensors, the same bytes come out however
the data is divided and whatever the number of threads, and a conversion carries its table."""

import json
import os
import re

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
import tools
import zoo

MODELS = {"digits": (8, 40), "mobilenet_v2": (1, 6)}  # batch, samples


def calibrate(model, data, table, *arguments, **further):
    tools.tool("graft", "calibrate", model, "--data", data, "-o", table, *arguments, **further)
    return json.loads(table.read_text())


@pytest.fixture(scope="module", params=MODELS)
def case(request, tmp_path_factory):
    """(path of a frozen model, its inputs, their .npz)."""
    batch, samples = MODELS[request.param]
    path = zoo.graphdef(request.param, batch=batch)
    inputs = zoo.inputs(request.param, samples, seed=0)
    data = tmp_path_factory.mktemp(request.param) / "data.npz"
    np.savez(data, **inputs)
    return path, inputs, data, batch


def tensorflows_tensors(path, inputs, names, batch):
    """{name: array of all batches} of tensors of the graph."""
    import tensorflow as tf

    graph_def = tf.compat.v1.GraphDef.FromString(path.read_bytes())
    names = [name for name in names if name in {node.name for node in graph_def.node}]
    count = len(next(iter(inputs.values())))
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.import_graph_def(graph_def, name="")
        runs = [
            session.run(
                [f"{name}:0" for name in names],
                {f"{key}:0": value[i : i + batch] for key, value in inputs.items()},
            )
            for i in range(0, count, batch)
        ]
    return {name: np.concatenate(parts) for name, parts in zip(names, zip(*runs))}


def test_ranges_are_tensorflows(case, tmp_path):
    path, inputs, data, batch = case
    table = calibrate(path, data, tmp_path / "t.json", "--calibration-percentile", "99.9")
    assert table["data"]["samples"] == len(next(iter(inputs.values())))
    tensors = table["tensors"]
    real = tensorflows_tensors(path, inputs, tensors, batch)
    assert len(real) >= 12 and len(real) >= 0.9 * len(tensors)
    with_means = 0
    for name, array in real.items():
        entry = tensors[name]
        # Both round differently; what is off is small beside the tensor.
        noise = 1e-4 * np.abs(array).max()
        np.testing.assert_allclose(entry["observed"], [array.min(), array.max()], atol=noise, err_msg=name)
        # The range is the percentile's, within one of the 4096 bins up to the next power of two.
        magnitude = np.sort(np.abs(array), axis=None)
        wanted = magnitude[int(np.ceil(0.999 * magnitude.size)) - 1]
        width = 2 ** np.ceil(np.log2(magnitude[-1])) / 4096
        threshold = max(-entry["min"], entry["max"])
        assert -noise <= threshold - wanted <= width + noise, name
        if "mean" in entry:
            with_means += 1
            means = array.reshape(-1, array.shape[-1]).mean(axis=0, dtype=np.float64)
            np.testing.assert_allclose(entry["mean"], means, atol=noise, err_msg=name)
    assert with_means >= 4


@pytest.mark.parametrize("algorithm", ["minmax", "moving-average", "percentile", "entropy", "mse"])
def test_divided_data_gives_the_same_bytes(case, tmp_path, algorithm):
    path, inputs, data, batch = case
    options = ("--calibration-algorithm", algorithm, "--histograms")
    calibrate(path, data, tmp_path / "whole.json", *options, "--threads", 1)
    whole = (tmp_path / "whole.json").read_bytes()
    calibrate(path, data, tmp_path / "threads.json", *options, "--threads", 4)
    assert (tmp_path / "threads.json").read_bytes() == whole
    (tmp_path / "parts").mkdir()
    tables = []
    first = 2 * batch
    for i, part in enumerate((slice(None, first), slice(first, None))):
        archive = tmp_path / "parts" / f"{i}.npz"
        np.savez(archive, **{name: array[part] for name, array in inputs.items()})
        tables.append(tmp_path / f"{i}.json")
        calibrate(path, archive, tables[-1], *options)
    tools.tool("graft", "calibrate", "--merge", *tables, "-o", tmp_path / "merged.json", "--histograms")
    assert (tmp_path / "merged.json").read_bytes() == whole
    calibrate(path, tmp_path / "parts", tmp_path / "directory.json", *options)
    assert (tmp_path / "directory.json").read_bytes() == whole


def in_numbers(name):
    """For sorting: relu_10 behind relu_9."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def test_any_batch_calibrates_as_a_fixed_one(tmp_path):
    """Shapes that only the run knows: what is observed agrees but for rounding."""
    inputs = zoo.inputs("digits", 19, seed=0)
    np.savez(tmp_path / "data.npz", **inputs)
    fixed = calibrate(zoo.graphdef("digits", batch=1), tmp_path / "data.npz", tmp_path / "fixed.json")
    free = calibrate(zoo.graphdef("digits", batch=None), tmp_path / "data.npz", tmp_path / "free.json")
    ranged = calibrate(
        zoo.graphdef("digits", batch=None), tmp_path / "data.npz", tmp_path / "ranged.json",
        "--shapes", "x=1..5x8x8x1",
    )  # fmt: skip
    for other in (free, ranged):
        assert other["data"] == fixed["data"] and fixed["data"]["samples"] == 19
        names = [sorted(table["tensors"], key=in_numbers) for table in (fixed, other)]
        assert len(names[0]) == len(names[1])
        for name, same in zip(*names, strict=True):
            # Keras numbers a model's layers on from those of models that were made before it.
            assert re.sub(r"_\d+", "", name) == re.sub(r"_\d+", "", same)
            observed = fixed["tensors"][name]["observed"]
            size = max(map(abs, observed))
            np.testing.assert_allclose(other["tensors"][same]["observed"], observed, atol=1e-5 * size)


def test_a_conversion_carries_its_table(tmp_path):
    from tensorflow.core.framework import graph_pb2

    path = zoo.graphdef("digits", batch=8)
    np.savez(tmp_path / "data.npz", **zoo.inputs("digits", 16, seed=0))
    table = calibrate(path, tmp_path / "data.npz", tmp_path / "t.json")
    for options in (("--calibration-data", tmp_path / "data.npz"), ("--calibration", tmp_path / "t.json")):
        done = tools.tool("graft", "convert", path, "-o", tmp_path / "c.pb", "--precision", "int8", *options)
        assert "precision int8" in done.out
        graph = graph_pb2.GraphDef.FromString((tmp_path / "c.pb").read_bytes())
        (engine,) = [node for node in graph.node if node.op == "TRTEngineOp"]
        assert engine.attr["precision_mode"].s == b"INT8"
        assert engine.attr["use_calibration"].b
        assert json.loads(engine.attr["calibration_data"].s) == table


def test_equalized_channels_share_a_scale(tmp_path):
    """One channel a hundred times as large as the others leaves them few quantized values, unless it is equalized."""
    import tensorflow as tf

    rng = np.random.default_rng(6)
    first, second = (rng.normal(0, 0.3, (3, 3, 4, 4)).astype("f4") for _ in range(2))
    first[..., 0] *= 100
    second[:, :, 0] /= 100
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, (8, 8, 8, 4), "x")
        y = tf.nn.relu(tf.nn.conv2d(x, first, 1, "SAME"), name="uneven")
        tf.identity(tf.nn.conv2d(y, second, 1, "SAME"), name="y")
    path, data, one = tmp_path / "m.pb", tmp_path / "data.npz", tmp_path / "one.npz"
    path.write_bytes(graph.as_graph_def().SerializeToString(deterministic=True))
    np.savez(data, x=rng.uniform(-1, 1, (32, 8, 8, 4)).astype("f4"))
    np.savez(one, x=rng.uniform(-1, 1, (8, 8, 8, 4)).astype("f4"))
    table = calibrate(path, data, tmp_path / "t.json", "--equalize", "--histograms")
    plain = calibrate(path, data, tmp_path / "p.json", "--histograms")
    assert table["equalized"] is True and "equalized" not in plain
    assert table["tensors"]["uneven"]["max"] < plain["tensors"]["uneven"]["max"] / 4

    def noise(name, *options):
        tools.tool("graft", "build", path, "-o", tmp_path / name, "--precision", "int8", *options)
        said = tools.tool("graft", "compare", path, tmp_path / name, "--inputs", one, "--json", check=False).out
        return json.loads(said)["outputs"][0]["sqnr_db"]

    wide = noise("table", "--calibration", tmp_path / "t.json")
    assert wide > noise("plain", "--calibration", tmp_path / "p.json") + 6
    # With the table and at once: the same plan.
    assert wide == noise("data", "--calibration-data", data, "--equalize")
    assert (tmp_path / "table").read_bytes() == (tmp_path / "data").read_bytes()
    done = tools.tool(
        "graft", "calibrate", "--merge", tmp_path / "t.json", tmp_path / "p.json", "-o", tmp_path / "m.json", check=False
    )
    assert done.code == 4 and "p.json: must be equalized" in done.err


def test_a_part_of_a_model_calibrates(tmp_path):
    """Behind a node that stays native nothing is known: it stays wide, and it is said."""
    import tensorflow as tf

    rng = np.random.default_rng(2)
    weights = [rng.normal(0, 0.3, (3, 3, 4, 4)).astype("f4") for _ in range(4)]
    with tf.Graph().as_default() as graph:
        x = y = tf.compat.v1.placeholder(tf.float32, (None, 8, 8, 4), "x")
        for i in range(4):
            y = tf.nn.relu(tf.nn.conv2d(y, weights[i], 1, "SAME"), name=f"relu_{i}")
            if i == 1:
                y = tf.ensure_shape(tf.math.digamma(y + 1.0, name="native"), (None, 8, 8, 4))
        tf.reduce_mean(y, [1, 2], name="y")
    path = tmp_path / "m.pb"
    # With shapes, as a user's freezing leaves them: what is behind the native node has some.
    path.write_bytes(graph.as_graph_def(add_shapes=True).SerializeToString(deterministic=True))
    data = {"x": rng.uniform(0, 1, (16, 8, 8, 4)).astype("f4")}
    np.savez(tmp_path / "data.npz", **data)
    tensors = calibrate(path, tmp_path / "data.npz", tmp_path / "t.json")["tensors"]
    assert {"x", "relu_0", "add"} <= tensors.keys() and not {"relu_2", "relu_3", "y"} & tensors.keys()
    real = tensorflows_tensors(path, data, ["relu_0", "add"], 16)
    for name, array in real.items():
        np.testing.assert_allclose(tensors[name]["observed"], [array.min(), array.max()], rtol=1e-5, atol=1e-6)

    report = tmp_path / "report.json"
    for options in (("--calibration-data", tmp_path / "data.npz"), ("--calibration", tmp_path / "t.json")):
        done = tools.tool(
            "graft", "convert", path, "-o", tmp_path / "c.pb", "--precision", "int8", "--report", report, *options
        )
        first, second = json.loads(report.read_text())["engines"]
        assert first["precisions"]["int8"] >= 2 and set(second["precisions"]) == {"fp32"}
        assert f"fp32: {second['name']}: none of its" in done.out and "ranges of its tensors are not known" in done.out
    # There is nothing in front of it.
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, (1, 8, 8, 4), "x")
        tf.nn.conv2d(tf.ensure_shape(tf.math.digamma(x), (1, 8, 8, 4)), weights[0], 1, "SAME", name="y")
    path.write_bytes(graph.as_graph_def().SerializeToString(deterministic=True))
    done = tools.tool("graft", "calibrate", path, "--data", tmp_path / "data.npz", "-o", tmp_path / "u.json", check=False)
    assert done.code == 1 and "computed from the inputs alone" in done.err and done.err.count("\n") == 1, done.err
    assert not (tmp_path / "u.json").exists()


def test_what_cannot_be_calibrated_stays_f32(tmp_path):
    """Everything lies behind a node that only TensorFlow computes: int8 and best convert, as fp32 does."""
    import tensorflow as tf

    weights = np.random.default_rng(3).normal(size=(3, 3, 4, 4)).astype("f4")
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, (1, 8, 8, 4), "x")
        y = tf.ensure_shape(tf.math.digamma(x), (1, 8, 8, 4))
        for _ in range(3):
            y = tf.nn.relu(tf.nn.conv2d(y, weights, 1, "SAME"))
        tf.identity(y, "y")
    path, data, out = tmp_path / "m.pb", tmp_path / "data.npz", tmp_path / "c.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString(deterministic=True))
    np.savez(data, x=np.random.default_rng(4).uniform(0.5, 2, (16, 8, 8, 4)).astype("f4"))
    report = tmp_path / "report.json"
    for options in (
        ("int8", "--calibration-data", data),
        ("best", "--calibration-data", data),
        ("best", "--calibration-data", data, "--accuracy-budget", "noise_db<=-30"),
        ("best",),
    ):
        done = tools.tool("graft", "convert", path, "-o", out, "--report", report, "--precision", *options)
        (engine,) = json.loads(report.read_text())["engines"]
        assert set(engine["precisions"]) == {"fp32"}
        assert ("ranges of its tensors are not known" in done.out) == (options[0] == "int8")
    # A build has no engine for that node, in any precision.
    said = {
        tools.tool("graft", "build", path, "-o", tmp_path / "p", *options, check=False).err
        for options in ((), ("--precision", "int8", "--calibration-data", data))
    }
    assert len(said) == 1 and "Digamma" in said.pop() and not (tmp_path / "p").exists()
    done = tools.tool(
        "graft", "convert", path, "-o", out, "--precision", "int8", "--calibration-data", tmp_path / "none", check=False
    )
    assert done.code == 4, done.err


def test_a_quantized_graph_needs_no_table(tmp_path):
    import tensorflow as tf

    def save(name, rounded):
        with tf.Graph().as_default() as graph:
            x = tf.compat.v1.placeholder(tf.float32, (1, 4, 4, 2), "x")
            if rounded:
                x = tf.quantization.fake_quant_with_min_max_args(x, -1, 1)
            tf.identity(tf.nn.relu(tf.nn.conv2d(x, np.ones((1, 1, 2, 3), "f4"), 1, "VALID")), "y")
        path = tmp_path / name
        path.write_bytes(graph.as_graph_def().SerializeToString(deterministic=True))
        return path

    out = tmp_path / "out.plan"
    tools.tool("graft", "build", save("rounded.pb", True), "-o", out, "--precision", "int8")
    assert out.exists()
    out.unlink()
    done = tools.tool("graft", "build", save("plain.pb", False), "-o", out, "--precision", "int8", check=False)
    assert done.code == 2 and "int8 needs the ranges" in done.err and done.err.count("\n") == 1
    assert not out.exists()


def test_bad_data_is_one_line(tmp_path):
    path = zoo.graphdef("digits", batch=8)
    good = tmp_path / "good.npz"
    np.savez(good, **zoo.inputs("digits", 8, seed=0))
    cases = {
        "cut.npz": (good.read_bytes()[:200], 4),
        "empty.npz": (b"", 4),
        "name.npz": ({"z": np.zeros((8, 8, 8, 1), "f4")}, 2),
        "type.npz": ({"x": np.zeros((8, 8, 8, 1), "f8")}, 2),
        "shape.npz": ({"x": np.zeros((8, 7, 8, 1), "f4")}, 2),
        "few.npz": ({"x": np.zeros((7, 8, 8, 1), "f4")}, 4),
    }
    for name, (content, code) in cases.items():
        data = tmp_path / name
        if isinstance(content, bytes):
            data.write_bytes(content)
        else:
            np.savez(data, **content)
        done = tools.tool("graft", "calibrate", path, "--data", data, "-o", tmp_path / "t.json", check=False)
        assert done.code == code, (name, done.err)
        assert done.err.startswith("graft: error: ") and done.err.count("\n") == 1 and name in done.err, done.err
        assert not (tmp_path / "t.json").exists()
    # What is not finite is no number of the range.
    x = zoo.inputs("digits", 8, seed=0)["x"]
    x[0, 0, 0, 0], x[1, 0, 0, 0] = np.nan, np.inf
    np.savez(tmp_path / "nan.npz", x=x)
    table = calibrate(path, tmp_path / "nan.npz", tmp_path / "t.json", "--calibration-algorithm", "minmax")
    assert table["tensors"]["x"]["observed"] == [0, 1]
