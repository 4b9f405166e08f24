"""Shapes that the user states: sizes, ranges and whatever the model says; inputs that nobody has to give."""

import json
import os
import pathlib
import subprocess
import sys

import graft
import numpy as np
import pytest
import tensorflow as tf
import tools
from graphs import graph
from tensorflow.core.protobuf import saved_model_pb2

v1 = tf.compat.v1
WEIGHTS = np.random.default_rng(5).normal(size=(3, 5)).astype("f4")
OPERATORS = pathlib.Path(os.environ["GRAFT_BIN"]).parent / "lib" / "libgraft_tensorflow.so"


def model(batch=None):
    return graph(
        lambda x: {"y": tf.nn.softmax(tf.nn.relu(tf.matmul(x, WEIGHTS)) + 1.0)}, x=(tf.float32, [batch, 3])
    )


def arrays(batch):
    return {"x": np.random.default_rng(batch).normal(size=(batch, 3)).astype("f4")}


@pytest.mark.parametrize("shapes", [
    {"x": (None, 3)}, {"x": (-1, 3)}, {"x": (None, None)}, {"x": [-1, -1]}, {"x": "?x3"}, {"x": "Nonex-1"},
    {"x": ((0, None), 3)}, {"x": tf.TensorShape([None, 3])}, {"x": (np.int64(-1), np.int32(3))}, {},
])  # fmt: skip
def test_any_size_leaves_what_the_model_says(shapes):
    plan = graft.build(model(), shapes=shapes)
    assert bytes(plan) == bytes(graft.build(model()))
    assert bytes(graft.convert(model(), shapes=shapes)) == bytes(graft.convert(model()))
    assert plan.load().inputs[0].shape == (None, 3)


@pytest.mark.parametrize("size, good, bad, text", [
    ((2, 4), (2, 3, 4), (1, 5), "2..4x3xf32"),
    ([2, 4], (2, 4), (1, 5), "2..4x3xf32"),
    ((2, None), (2, 100), (1,), "2..x3xf32"),
    ((0, 4), (1, 4), (5,), "0..4x3xf32"),
    (4, (4,), (3, 5), None),
])  # fmt: skip
def test_a_plan_takes_what_was_stated(size, good, bad, text):
    engine = graft.build(model(), shapes={"x": (size, 3)}).load()
    whole = graft.build(model()).load()
    for batch in good:
        np.testing.assert_allclose(engine.run(arrays(batch))["y"], whole.run(arrays(batch))["y"], rtol=1e-6)
    for batch in bad:
        with pytest.raises(graft.UsageError) as refused:
            engine.run(arrays(batch))
        if text:
            assert str(refused.value) == f"input 'x' must be {text}, got [{batch}, 3]"


def test_the_program_enforces_and_shows_it(tmp_path):
    (tmp_path / "model.pb").write_bytes(model())
    plan = tmp_path / "model.plan"
    tools.tool("graft", "build", tmp_path / "model.pb", "-o", plan, "--shapes", "x=2..4x?")
    assert "input    x  2..4x3xf32" in tools.tool("graft", "inspect", plan).out
    (port,) = json.loads(tools.tool("graft", "inspect", plan, "--json").out)["inputs"]
    assert port == {"name": "x", "dtype": "f32", "shape": [-1, 3], "limits": [2, 4, 0, -1]}
    for batch, code in ((2, 0), (4, 0), (5, 2)):
        np.savez(tmp_path / "in.npz", **arrays(batch))
        done = tools.tool(
            "graft", "run", plan, "--inputs", tmp_path / "in.npz", "--outputs", tmp_path / "out.npz", check=False
        )
        assert done.code == code, done.err
    assert "input 'x' must be 2..4x3xf32, got [5, 3]" in done.err
    tools.tool("graft", "bench", tmp_path / "model.pb", "--shapes", "x=2..x3", "--duration", "0")
    other = tmp_path / "other.plan"
    tools.tool("graft", "build", tmp_path / "model.pb", "-o", other, "--shapes", "x=2..5x3")
    differ = tools.tool("graft", "compare", plan, other, check=False)
    assert differ.code == 3 and "2..4x3xf32" in differ.out and "2..5x3xf32" in differ.out


@pytest.mark.parametrize("shapes, said", [
    ({"x": (4, 7)}, "option 'shapes': input 'x' is tensor<?x3xf32>, got [4, 7]"),
    ({"x": (4, (1, 3))}, "option 'shapes': input 'x' is tensor<?x3xf32>, got [4, 1..3]"),
    ({"x": (4,)}, "option 'shapes': input 'x' is tensor<?x3xf32>, got [4]"),
    ({"x": (2**62, 3)}, "input 'x' must have up to 254 dimensions and less than 2^63 elements, got [4611686018427387904, 3]"),
    ({"z": (4, 3)}, "option 'shapes' must name inputs of the model, which has 'x'; got 'z'"),
    ({"x": ((4, 2), 3)}, "option 'shapes' must be name=1x224x224x3"),
    ({"x": "4x"}, "option 'shapes' must be name=1x224x224x3"),
    ({"x": "x3"}, "option 'shapes' must be name=1x224x224x3"),
    ({"x": (-2, 3)}, "option 'shapes' must be name=1x224x224x3"),
    ({"x": ("four", 3)}, "a size of input 'x' must be a number, (smallest, largest) or None, got 'four'"),
    ({"x": ((1, 2, 3), 3)}, "a range of input 'x' must be (smallest, largest), got (1, 2, 3)"),
    ({"x": (1.5, 3)}, "a size of input 'x' must be a number, (smallest, largest) or None, got 1.5"),
    ({"x": (True, 3)}, "a size of input 'x' must be a number, (smallest, largest) or None, got True"),
    ({"x": ((1, 2.5), 3)}, "a size of input 'x' must be a number, (smallest, largest) or None, got 2.5"),
    ({"x": 4}, "the shape of input 'x' must be a sequence of sizes, got 4"),
    ({"x": None}, "the shape of input 'x' must be a sequence of sizes, got None"),
    ("x=4x3", "shapes must be a dictionary of shapes by the inputs' names, got 'x=4x3'"),
    ([(4, 3)], "shapes must be a dictionary of shapes by the inputs' names, got [(4, 3)]"),
])  # fmt: skip
def test_what_is_no_shape(shapes, said):
    for work in (graft.build, graft.convert):
        with pytest.raises(graft.UsageError) as refused:
            work(model(), shapes=shapes)
        assert said in str(refused.value)


def test_arrays_say_what_to_build_for(tmp_path):
    """Of images of any size the program builds a plan for those that it is given: a stride with SAME padding
    pads by the size."""
    images = np.random.default_rng(6).normal(size=(2, 9, 8, 3)).astype("f4")
    kernel = np.random.default_rng(7).normal(size=(3, 3, 3, 4)).astype("f4")
    path, given, answers = (tmp_path / name for name in ("model.pb", "in.npz", "out.npz"))
    path.write_bytes(
        graph(lambda x: {"y": tf.nn.conv2d(x, kernel, 2, "SAME")}, x=(tf.float32, [None, None, None, 3]))
    )
    np.savez(given, x=images)
    tools.tool("graft", "run", path, "--inputs", given, "--outputs", answers)
    want = tf.nn.conv2d(images, kernel, 2, "SAME").numpy()
    np.testing.assert_allclose(np.load(answers)["y"], want, rtol=1e-4, atol=1e-5)
    tools.tool("graft", "bench", path, "--inputs", given, "--duration", "0")
    for bad, said in ((images[0], "got rank 3"), (images[..., :2], "got [2, 9, 8, 2]")):
        np.savez(given, x=bad)
        for command in (["run", path, "--outputs", answers], ["bench", path], ["compare", path, path]):
            done = tools.tool("graft", *command, "--inputs", given, check=False)
            assert done.code != 0 and "option 'shapes'" not in done.err, done.err


def test_a_plan_has_inputs_of_these_names(tmp_path):
    graft.build(model(), str(tmp_path / "model.plan"))
    done = tools.tool("graft", "bench", tmp_path / "model.plan", "--shapes", "z=4x3", check=False)
    assert done.code == 2
    assert "option 'shapes' must name inputs of the plan, which has 'x'; got 'z'" in done.err


def test_convert_states_it_in_the_graph(tmp_path):
    (tmp_path / "model.pb").write_bytes(model())
    tools.tool("graft", "convert", tmp_path / "model.pb", "-o", tmp_path / "c.pb", "--shapes", "x=4x3")
    result = graft.convert(model(), shapes={"x": (4, 3)})
    assert bytes(result) == (tmp_path / "c.pb").read_bytes()
    nodes = {node.name: node for node in result.graph_def().node}
    assert [dim.size for dim in nodes["x"].attr["shape"].shape.dim] == [4, 3]
    (engine,) = (node for node in nodes.values() if node.op == "TRTEngineOp")
    assert graft.load(engine.attr["serialized_segment"].s).inputs[0].shape == (4, 3)
    (ranged,) = (
        node for node in graft.convert(model(), shapes={"x": ((2, 4), 3)}).graph_def().node if node.op == "TRTEngineOp"
    )
    plan = graft.load(ranged.attr["serialized_segment"].s)
    with pytest.raises(graft.UsageError, match=r"must be 2\.\.4x3xf32, got \[5, 3\]"):
        plan.run({plan.inputs[0].name: arrays(5)["x"]})


class TwoSignatures(tf.Module):
    """Both have an argument of that name."""

    @tf.function(input_signature=[tf.TensorSpec([None, 3], name="x")])
    def serve(self, x):
        size = tf.cast(tf.shape(x)[0], tf.float32)
        return {"y": tf.nn.relu(tf.matmul(x, WEIGHTS)) * size}

    @tf.function(input_signature=[tf.TensorSpec([None, 3], name="x"), tf.TensorSpec([None], name="unread")])
    def other(self, x, unread):
        return {"z": tf.nn.relu(tf.matmul(x, WEIGHTS)) - 1.0}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("saved") / "model")
    module = TwoSignatures()
    tf.saved_model.save(module, path, signatures={"serving_default": module.serve, "other": module.other})
    return path


@pytest.mark.skipif(not OPERATORS.exists(), reason="this build has no operators for TensorFlow")
def test_signatures_of_a_saved_model(saved, tmp_path):
    """A name stands for the argument in each signature. TensorFlow refuses what was excluded, and an engine
    leaves sizes outside of its range to TensorFlow."""
    fixed, ranged = str(tmp_path / "fixed"), str(tmp_path / "ranged")
    graft.convert(saved, fixed, shapes={"x": (4, 3)})
    graft.convert(saved, ranged, shapes={"x": ((2, 4), 3)})
    program = """
import sys, graft.tensorflow, numpy as np, tensorflow as tf
graft.tensorflow.load()
native, fixed, ranged = map(tf.saved_model.load, sys.argv[1:])
def call(model, signature, batch):
    x = tf.constant(np.random.default_rng(1).normal(size=(batch, 3)).astype("f4"))
    more = {"unread": tf.zeros([7])} if signature == "other" else {}
    return next(iter(model.signatures[signature](x=x, **more).values())).numpy()
for signature in ("serving_default", "other"):
    for model, batches in ((fixed, [4]), (ranged, [1, 3, 9])):
        assert model.signatures[signature].structured_input_signature[1]["x"].shape[0] == (4 if model is fixed else None)
        for batch in batches:
            np.testing.assert_allclose(call(model, signature, batch), call(native, signature, batch), rtol=1e-5)
    try:
        call(fixed, signature, 5)
    except Exception as error:
        print("refused", type(error).__name__)
"""
    done = subprocess.run([sys.executable, "-c", program, saved, fixed, ranged], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("refused") == 2, done.stdout


@pytest.mark.parametrize("shapes, sizes", [
    ({"serving_default/x": (4, 3)}, {"serving_default": 4, "other": None}),
    ({"other/x": (5, 3)}, {"serving_default": None, "other": 5}),
    ({"x": (4, 3), "other/x": (5, 3)}, {"serving_default": 4, "other": 5}),
    ({"other/unread": (7,)}, {"serving_default": None, "other": None}),
])  # fmt: skip
def test_one_of_the_signatures(saved, tmp_path, shapes, sizes):
    graft.convert(saved, str(tmp_path / "made"), shapes=shapes)
    made = saved_model_pb2.SavedModel.FromString((tmp_path / "made" / "saved_model.pb").read_bytes())
    signatures = made.meta_graphs[0].signature_def
    for name, size in sizes.items():
        assert signatures[name].inputs["x"].tensor_shape.dim[0].size == (size or -1)
    with pytest.raises(graft.UsageError, match="which has 'x', .*'serving_default/x'.*; got 'serve/x'"):
        graft.convert(saved, str(tmp_path / "other"), shapes={"serve/x": (4, 3)})


def signatures_of(folder):
    made = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    return made.meta_graphs[0].signature_def


def test_one_signature_takes_its_qualified_names(saved, tmp_path):
    plan = graft.build(saved, shapes={"x": ((2, 4), 3)})
    assert bytes(graft.build(saved, shapes={"serving_default/x": ((2, 4), 3)})) == bytes(plan)
    tools.tool("graft", "bench", saved, "--shapes", "serving_default/x=2..4x3", "--duration", "0", "--warmup", "0")
    graft.build(saved, signature="other", shapes={"other/x": (4, 3)})
    with pytest.raises(graft.UsageError, match="which has 'x', 'serving_default/x'; got 'other/x'"):
        graft.build(saved, shapes={"other/x": (4, 3)})


def test_an_array_of_another_name_is_the_first_thing_to_say(tmp_path):
    """Of a model of unknown rank, nothing can be built without the shape of its input."""
    (tmp_path / "model.pb").write_bytes(graph(lambda x: {"y": tf.nn.sigmoid(x)}, x=(tf.float32, None)))
    np.savez(tmp_path / "in.npz", z=np.ones((2, 3), "f4"))
    for more in (["run", "--outputs", tmp_path / "out.npz"], ["bench"]):
        done = tools.tool("graft", *more, tmp_path / "model.pb", "--inputs", tmp_path / "in.npz", check=False)
        assert done.code == 2 and "has no input 'z'" in done.err, done.err


@pytest.mark.parametrize("shapes, sizes", [
    ({"serving_default/x": (4, 3)}, (4, None)),
    ({"batch/x": (4, 3)}, (None, 4)),
    ({"serving_default/x": (4, 3), "batch/x": (2, 3)}, (4, 2)),
    ({"serving_default/x": (4, 3), "x": (2, 3)}, (4, 2)),
    ({"serving_default/x": (4, 3), "batch/x": (4, 3)}, (4, 4)),
    ({"x": (4, 3)}, (4, 4)),
    ({"x": (4, 3), "batch/x": (4, 3)}, (4, 4)),
])  # fmt: skip
def test_signatures_that_compute_the_same(tmp_path, shapes, sizes):
    """One function under two names is converted once, unless the shapes that are stated of it differ."""
    module = TwoSignatures()
    tf.saved_model.save(
        module, str(tmp_path / "model"), signatures={"serving_default": module.serve, "batch": module.serve}
    )
    graft.convert(str(tmp_path / "model"), str(tmp_path / "made"), shapes=shapes)
    signatures = signatures_of(tmp_path / "made")
    for name, size in zip(("serving_default", "batch"), sizes):
        assert signatures[name].inputs["x"].tensor_shape.dim[0].size == (size or -1)
    one = signatures["serving_default"].inputs["x"].name == signatures["batch"].inputs["x"].name
    assert one == (sizes[0] == sizes[1])


def test_signatures_that_share_an_input(tmp_path):
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 3], "x")
        info = v1.saved_model.build_tensor_info
        signatures = {
            name: v1.saved_model.build_signature_def({"x": info(x)}, {"y": info(y)})
            for name, y in (("serving_default", tf.nn.relu(x) + 1.0), ("other", tf.nn.relu(x) * 2.0))
        }
        builder = v1.saved_model.Builder(str(tmp_path / "model"))
        builder.add_meta_graph_and_variables(session, ["serve"], signatures)
        builder.save()
    model, made = str(tmp_path / "model"), str(tmp_path / "made")
    with pytest.raises(graft.UsageError) as refused:
        graft.convert(model, made, shapes={"serving_default/x": (4, 3), "other/x": (2, 3)})
    said = "'other/x' and 'serving_default/x' are one tensor and must have one shape, got [2, 3] and [4, 3]"
    assert str(refused.value) == "option 'shapes': " + said
    graft.convert(model, made, shapes={"serving_default/x": (4, 3), "other/x": (4, 3)})


@pytest.mark.parametrize("shapes, meet", [
    ({"x": (4, 3), "z": (5, 3)}, False),
    ({"x": (4, 3), "z": (4, 3)}, True),
    ({"x": (4, 3), "z": (1, 3)}, True),
])  # fmt: skip
def test_shapes_that_cannot_meet(tmp_path, shapes, meet):
    """TensorFlow would not even load what states them."""
    module = tf.Module()
    module.add = tf.function(
        lambda x, z: {"y": tf.nn.relu(x) * 2.0 + tf.nn.sigmoid(z)},
        input_signature=[tf.TensorSpec([None, 3], name="x"), tf.TensorSpec([None, 3], name="z")],
    )
    tf.saved_model.save(module, str(tmp_path / "model"), signatures={"serving_default": module.add})
    for work, made in ((graft.build, "m.plan"), (graft.convert, "m"), (graft.convert, "m.pb")):
        if meet:
            work(str(tmp_path / "model"), str(tmp_path / made), shapes=shapes)
            continue
        with pytest.raises(graft.Error, match=r"cannot be converted, add: shapes must broadcast, got \[4, 3\] and"):
            work(str(tmp_path / "model"), str(tmp_path / made), shapes=shapes)
        assert not (tmp_path / made).exists()


def test_a_signature_with_a_slash_in_its_name(tmp_path):
    module, path = TwoSignatures(), str(tmp_path / "model")
    tf.saved_model.save(module, path, signatures={"serving_default": module.serve, "b/c": module.other})
    graft.convert(path, str(tmp_path / "made"), shapes={"b/c/x": (4, 3)})
    with pytest.raises(graft.UsageError, match="got 'c/x'"):
        graft.convert(path, str(tmp_path / "other"), shapes={"c/x": (4, 3)})


def optional():
    """An input that nothing reads, and three that have defaults; one of these steers."""
    with tf.Graph().as_default() as made:
        x = v1.placeholder(tf.float32, [None, 3], name="x")
        v1.placeholder(tf.float32, [None, 7], name="labels")
        v1.placeholder(tf.string, [None], name="words")
        scale = v1.placeholder_with_default(tf.constant(2.0), [], name="scale")
        offset = v1.placeholder_with_default(tf.constant([[1.0, 2.0, 3.0]]), [None, 3], name="offset")
        training = v1.placeholder_with_default(False, [], name="training")
        y = tf.nn.relu(x * scale + offset)
        y = v1.cond(training, lambda: y * 100.0, lambda: y + 1.0)
        tf.tanh(y, name="y")
    return made.as_graph_def().SerializeToString(deterministic=True)


def test_inputs_that_need_not_be_given(tmp_path):
    (tmp_path / "model.pb").write_bytes(optional())
    x = arrays(2)["x"]
    engine = graft.build(optional()).load()
    assert {port.name for port in engine.inputs} == {"x", "labels", "scale", "offset"}
    given = {"scale": np.float32(5), "offset": np.full((2, 3), -1, "f4"), "labels": np.ones((2, 7), "f4")}
    for names in ([], ["scale"], ["offset"], ["labels"], list(given)):
        feeds = {"x": x, **{name: given[name] for name in names}}
        scale, offset = feeds.get("scale", 2), feeds.get("offset", np.float32([[1, 2, 3]]))
        want = np.tanh(np.maximum(x * scale + offset, 0) + 1)
        np.testing.assert_allclose(engine.run(feeds)["y"], want, rtol=1e-5)
        np.savez(tmp_path / "in.npz", **feeds)
        tools.tool(
            "graft", "run", tmp_path / "model.pb", "--inputs", tmp_path / "in.npz", "--outputs", tmp_path / "out.npz"
        )
        np.testing.assert_allclose(np.load(tmp_path / "out.npz")["y"], want, rtol=1e-5)
    with pytest.raises(graft.UsageError, match="input 'x' must be given"):
        engine.run({"scale": np.float32(1)})
    tools.tool("graft", "bench", tmp_path / "model.pb", "--duration", "0")


def test_a_converted_graph_keeps_them(tmp_path):
    """In TensorFlow each may be fed, the one that nothing reads as well."""
    converted = graft.convert(optional(), outputs=["y"]).graph_def()
    assert {"x", "labels", "words", "scale", "offset", "training"} <= {node.name for node in converted.node}
    # The program runs its engines with the defaults, too.
    (tmp_path / "model.pb").write_bytes(converted.SerializeToString())
    np.savez(tmp_path / "in.npz", labels=np.ones((2, 7), "f4"), **arrays(2))
    tools.tool("graft", "run", tmp_path / "model.pb", "--inputs", tmp_path / "in.npz", "--outputs", tmp_path / "out.npz")
    want = np.tanh(np.maximum(arrays(2)["x"] * 2 + np.float32([[1, 2, 3]]), 0) + 1)
    np.testing.assert_allclose(np.load(tmp_path / "out.npz")["y"], want, rtol=1e-5)


def test_calibration_needs_no_defaults():
    table = graft.calibrate(optional(), {"x": np.concatenate([arrays(8)["x"]] * 2)})
    assert table.ranges
    int8 = graft.build(optional(), precision="int8", calibration=table).load()
    whole = graft.build(optional()).load()
    np.testing.assert_allclose(int8.run(arrays(4))["y"], whole.run(arrays(4))["y"], atol=0.05)
