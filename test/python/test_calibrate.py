"""calibrate and merge_calibrations: the program's bytes, every kind of data, and tables where int8 takes them."""

import json

import graft
import numpy as np
import pytest
import tools
import zoo


@pytest.fixture(scope="module")
def model():
    return zoo.graphdef("digits", batch=8)


@pytest.fixture(scope="module")
def images():
    return zoo.inputs("digits", 24, seed=0)["x"]


def test_the_programs_bytes(model, images, tmp_path):
    np.savez(tmp_path / "data.npz", x=images)
    tools.tool("graft", "calibrate", model, "--data", tmp_path / "data.npz", "-o", tmp_path / "program.json")
    want = (tmp_path / "program.json").read_bytes()
    # A path, arrays, and several of them.
    assert bytes(graft.calibrate(model, tmp_path / "data.npz")) == want
    assert bytes(graft.calibrate(model, {"x": images})) == want
    assert bytes(graft.calibrate(model, ({"x": images[i : i + 8]} for i in (0, 8, 16)), threads=1)) == want
    table = graft.calibrate(model.read_bytes(), {"x": images}, tmp_path / "package.json")
    assert table.data is None and (tmp_path / "package.json").read_bytes() == want == bytes(table)
    assert table.read()["data"]["samples"] == 24
    assert table.ranges["x"]["observed"] == [0, 1]
    assert len(table.ranges["model/max_pooling2d/MaxPool"]["mean"]) == 16


def test_tables_merge(model, images, tmp_path):
    options = {"algorithm": "entropy", "histograms": True}
    want = graft.calibrate(model, {"x": images}, **options)
    first = graft.calibrate(model, {"x": images[:8]}, **options)
    second = graft.calibrate(model, {"x": images[8:]}, tmp_path / "second.json", **options)
    for part in (second, tmp_path / "second.json"):
        assert bytes(graft.merge_calibrations([first, part], histograms=True)) == bytes(want)
    # The default, said aloud, is not that of the tables.
    chosen = graft.merge_calibrations([first, second], algorithm="percentile")
    assert bytes(chosen) == bytes(graft.calibrate(model, {"x": images}))
    with pytest.raises(graft.ModelError, match="must have kept its histograms"):
        graft.merge_calibrations([first, chosen], algorithm="mse")
    with pytest.raises(graft.UsageError):
        graft.merge_calibrations([])


def test_int8_takes_a_table_or_data(model, images, tmp_path):
    table = graft.calibrate(model, {"x": images})
    table.save(tmp_path / "t.json")
    want = bytes(graft.build(model, precision="int8", calibration_data={"x": images}))
    assert bytes(graft.build(model, precision="int8", calibration=table)) == want
    assert bytes(graft.build(model, precision="int8", calibration=tmp_path / "t.json")) == want
    assert graft.load(want).precision == "int8"
    converted = graft.convert(model, precision="int8", calibration=table)
    assert converted.report["precision"] == "int8"
    (engine,) = [node for node in converted.graph_def().node if node.op == "TRTEngineOp"]
    assert json.loads(engine.attr["calibration_data"].s) == table.read()
    assert bytes(graft.convert(model, precision="int8", calibration_data={"x": images})) == bytes(converted)


def test_best_takes_a_table_with_choices(model, images):
    table = graft.calibrate(model, {"x": images}, precision="best")
    choices = table.read()
    assert {"best", "fp32", "int8"} <= choices["speed"]["microseconds"].keys()
    assert {layer["precision"] for layer in choices["wide"]} <= {"fp32", "bf16"}
    plan = graft.build(model, precision="best", calibration=table)
    assert bytes(graft.build(model, precision="best", calibration=table)) == bytes(plan)
    assert graft.load(bytes(plan)).precision == "best"
    converted = graft.convert(model, precision="best", calibration=table)
    (engine,) = converted.report["engines"]
    assert sum(engine["precisions"].values()) == engine["launches"]


def test_what_is_wrong_is_one_line(model, images, tmp_path):
    with pytest.raises(graft.UsageError, match="int8 needs the ranges"):
        graft.build(model, precision="int8")
    with pytest.raises(graft.UsageError, match="for precision int8 and best, got fp32"):
        graft.build(model, calibration_data={"x": images})
    with pytest.raises(graft.UsageError, match="algorithm"):
        graft.calibrate(model, {"x": images}, algorithm="median")
    with pytest.raises(graft.UsageError, match="'x' must be f4"):
        graft.calibrate(model, {"x": images.astype("f8")})
    with pytest.raises(FileNotFoundError):
        graft.calibrate(model, tmp_path / "none.npz")
    (tmp_path / "cut.json").write_bytes(bytes(graft.calibrate(model, {"x": images}))[:100])
    with pytest.raises(graft.ModelError, match="cut.json: a calibration table needs"):
        graft.convert(model, precision="int8", calibration=tmp_path / "cut.json")


def test_progress_ends_the_work(model, images):
    class Enough(Exception):
        pass

    seen = []

    def progress(step, of, name):
        seen.append((step, of, name))
        if name == "run: 8 samples are done":
            raise Enough

    with pytest.raises(Enough):
        graft.calibrate(model, {"x": images}, progress=progress)
    assert seen[0] == (1, 4, "import") and seen[-1][:2] == (4, 4)
    assert not any("16" in name for _, _, name in seen)


@pytest.mark.parametrize("product", ["conv", "matmul"])
def test_layers_that_share_weights(product):
    """One layer's input has negative values and the other's has none: what is packed for one zero point is not for
    the other."""
    import tensorflow as tf
    from graphs import graph

    random = np.random.default_rng(0)
    kernel = random.normal(0, 0.3, (3, 3, 3, 4) if product == "conv" else (192, 16)).astype("f4")

    def layer(x):
        if product == "conv":
            return tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME") + 0.1)
        return tf.nn.relu(tf.reshape(x, [-1, 192]) @ kernel + 0.1)

    shape = (tf.float32, [None, 8, 8, 3])
    model = graph(lambda left, right: {"a": layer(left), "b": layer(right)}, left=shape, right=shape)
    x = random.normal(size=(4, 8, 8, 3)).astype("f4")
    inputs = {"left": x, "right": np.abs(x)}
    want = graft.build(model).load().run(inputs)
    table = graft.calibrate(model, inputs)
    got = graft.build(model, precision="int8", calibration=table).load().run(inputs)
    for name, value in want.items():
        assert np.abs(got[name] - value).max() < 0.05 * np.abs(value).max(), name
