"""A converted model outside of TensorFlow: run, bench and compare execute the engines that it has."""

import json

import graft
import numpy as np
import pytest
import tensorflow as tf
import tools
from graphs import graph

RANDOM = np.random.default_rng(7)
KERNEL = RANDOM.normal(0, 0.4, (3, 3, 3, 8)).astype("f4")
OTHER = RANDOM.normal(0, 0.4, (3, 3, 8, 4)).astype("f4")
X = RANDOM.normal(size=(2, 8, 8, 3)).astype("f4")


def network(x):
    x = tf.nn.relu(tf.nn.conv2d(x, KERNEL, 1, "SAME"))
    return {"y": tf.reduce_mean(tf.nn.relu(tf.nn.conv2d(x, OTHER, 2, "SAME")), [1, 2])}


def model(make=network, batch=None):
    return graph(make, x=(tf.float32, [batch, 8, 8, 3]))


def converted(source, **options):
    """The converted GraphDef and its engine nodes."""
    result = graft.convert(source, **options).graph_def()
    return result, [node for node in result.node if node.op == "TRTEngineOp"]


def run(folder, source, *options, **inputs):
    """The program's answer, and what it says."""
    (folder / "model.pb").write_bytes(source if isinstance(source, bytes) else source.SerializeToString())
    np.savez(folder / "in.npz", **inputs)
    done = tools.tool(
        "graft", "run", folder / "model.pb", "--inputs", folder / "in.npz", "--outputs", folder / "out.npz", *options
    )
    with np.load(folder / "out.npz") as file:
        return {name: file[name] for name in file.files}, done.err


def test_what_is_embedded_is_what_runs(tmp_path):
    """The plan of another model in the place of the engine's gives that model's answers."""
    result, (engine,) = converted(model())
    other = lambda x: {name: y * 3 for name, y in network(x).items()}  # noqa: E731
    _, (foreign,) = converted(model(other))
    engine.attr["serialized_segment"].s = foreign.attr["serialized_segment"].s
    want = graft.build(model()).load()(x=X)["y"]
    got, said = run(tmp_path, result, x=X)
    np.testing.assert_allclose(got["y"], 3 * want, rtol=1e-5)
    assert "the model's engines run as they are: 1 in fp32" in said
    compared = graft.compare(model(), result, {"x": X})
    assert not compared and compared.notes == ("the model's engines run as they are: 1 in fp32",)
    np.testing.assert_allclose(compared.outputs[0]["max_relative"], 2 / 3, rtol=1e-3)


def test_an_int8_model_is_not_its_original(tmp_path):
    result, (engine,) = converted(model(), precision="int8", calibration_data={"x": X})
    (tmp_path / "original.pb").write_bytes(model())
    got, said = run(tmp_path, result, x=X)
    assert "1 in int8" in said
    plan = graft.load(engine.attr["serialized_segment"].s)
    (alone,) = plan.run({port.name: X for port in plan.inputs}).values()
    np.testing.assert_array_equal(got["y"], alone)
    # The program compares and measures the same.
    found = tools.tool(
        "graft", "compare", tmp_path / "original.pb", tmp_path / "model.pb", "--inputs", tmp_path / "in.npz", "--json",
        check=False,
    )  # fmt: skip
    assert found.code == 3 and "1 in int8" in found.err
    (output,) = json.loads(found.out)["outputs"]
    assert output["max_absolute"] > 0 and output["sqnr_db"] > 20
    timed = tools.tool("graft", "bench", tmp_path / "model.pb", "--duration", "0", "--profile", "--json")
    report = json.loads(timed.out)
    assert report["precision"] == "int8" and any(
        output.startswith(("i1[", "u1[")) for layer in report["layers"] for output in layer["outputs"]
    )
    # Layers are beside those of the model in fp32.
    layers = graft.compare(result, result, {"x": X}, layers=True)
    assert {layer["precision"] for layer in layers.layers} >= {"int8"}
    assert all(layer["sqnr_db"] is None or layer["sqnr_db"] > 15 for layer in layers.layers)
    assert any(layer["sqnr_db"] for layer in layers.layers)


def test_another_precision_compiles_anew(tmp_path):
    result, _ = converted(model())
    got, said = run(tmp_path, result, "--precision", "bf16", x=X)
    assert "does not run, the nodes are compiled instead: --precision bf16 compiles their nodes anew" in said
    want = graft.build(model(), shapes={"x": (None, 8, 8, 3)}, precision="bf16").load()(x=X)["y"]
    np.testing.assert_array_equal(got["y"], want)


def between(x):
    """Nodes before, between and behind two engines, values that both take, and a result in the middle."""
    sums = tf.nn.relu(tf.nn.conv2d(x + 1.0, KERNEL, 1, "SAME"), name="sums")
    scaled = tf.tanh(sums, name="stays")
    y = tf.nn.relu(tf.nn.conv2d(scaled, OTHER, 1, "SAME") + tf.reduce_mean(sums, -1, keepdims=True))
    return {"y": y, "again": y, "middle": scaled, "x_again": x, "pi": tf.constant([3.14], tf.float32)}


@pytest.mark.parametrize("batch", [2, None])
def test_nodes_between_engines(tmp_path, batch):
    result, engines = converted(model(between, batch), deny=["Tanh"], minimum_segment_size=2)
    assert len(engines) == 2
    got, said = run(tmp_path, result, x=X)
    assert "run as they are: 2 in fp32" in said
    want = graft.build(model(between, batch)).load()(x=X)
    assert got.keys() == want.keys() == {"y", "again", "middle", "x_again", "pi"}
    for name, value in want.items():
        np.testing.assert_allclose(got[name], value, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("plan, why", [
    (b"", "it has no plan"),
    (b"ftrt bytes of TensorRT's", "what it has serialized is no plan of Graft's"),
    (b"\x89GFT\r\n\x1a\n" + bytes(100), "the plan's"),
])  # fmt: skip
def test_an_engine_without_a_plan_says_so(tmp_path, plan, why):
    result, engines = converted(model(between), deny=["Tanh"], minimum_segment_size=2)
    engines[0].attr["serialized_segment"].s = plan
    got, said = run(tmp_path, result, x=X)
    assert f"engine '{engines[0].name}' does not run, the nodes are compiled instead: " in said and why in said
    assert "run as they are: 1 in fp32" in said
    np.testing.assert_allclose(got["y"], graft.build(model(between)).load()(x=X)["y"], rtol=1e-5, atol=1e-6)


def test_an_engine_for_other_shapes_says_so(tmp_path):
    result, (engine,) = converted(model())
    _, (fixed,) = converted(model(batch=5))
    engine.attr["serialized_segment"].s = fixed.attr["serialized_segment"].s
    got, said = run(tmp_path, result, "--shapes", "x=2x8x8x3", x=X)
    assert "input 0 of its plan must be 5x8x8x3xf32, got 2x8x8x3xf32" in said
    np.testing.assert_allclose(got["y"], graft.build(model()).load()(x=X)["y"], rtol=1e-5)


def test_a_plan_of_other_elements_says_so(tmp_path):
    result, (engine,) = converted(model())
    _, (foreign,) = converted(model(lambda x: {"y": tf.cast(network(x)["y"] * 100, tf.int32)}))
    engine.attr["serialized_segment"].s = foreign.attr["serialized_segment"].s
    got, said = run(tmp_path, result, x=X)
    assert "output 0 of its plan must be f32, got i32" in said
    np.testing.assert_allclose(got["y"], graft.build(model()).load()(x=X)["y"], rtol=1e-5)


def test_nodes_of_constants_between_engines(tmp_path):
    """What TensorFlow would fold is compiled like anything else between the engines."""

    def position(x):
        y = tf.nn.relu(tf.nn.conv2d(x, KERNEL, 1, "SAME"))
        constant = tf.nn.softplus(tf.constant(KERNEL[0, 0, :1]) @ tf.ones([8, 8]), name="stays")
        return {"y": tf.nn.relu(tf.nn.conv2d(tf.nn.softplus(y) + constant, OTHER, 1, "SAME"))}

    result, engines = converted(model(position), deny=["Softplus"], minimum_segment_size=1)
    got, said = run(tmp_path, result, x=X)
    assert f"run as they are: {len(engines)} in fp32" in said and "does not run" not in said
    np.testing.assert_allclose(got["y"], graft.build(model(position)).load()(x=X)["y"], rtol=1e-5, atol=1e-6)


def test_many_engines_for_other_shapes(tmp_path):
    """However many are given up, one that fits still runs."""
    names = [f"x{i}" for i in range(10)]

    def wide(**inputs):
        parts = [tf.tanh(tf.nn.relu(x @ KERNEL[0, 0]) + 1.0) for x in inputs.values()]
        return {"y": tf.nn.relu(tf.tanh(tf.add_n(parts)) @ tf.ones([8, 4]) + 2.0)}

    source = graph(wide, **{name: (tf.float32, [None, 3]) for name in names})
    result, engines = converted(
        source, deny=["Tanh", "AddN"], minimum_segment_size=2, shapes={name: [(1, 2), 3] for name in names}
    )
    assert len(engines) == 11
    inputs = {name: RANDOM.normal(size=(3, 3)).astype("f4") for name in names}
    got, said = run(tmp_path, result, "--shapes", ",".join(f"{name}=3x3" for name in names), **inputs)
    assert "run as they are: 1 in fp32" in said and "and 9 more do not run" in said
    np.testing.assert_allclose(got["y"], graft.build(source).load().run(inputs)["y"], rtol=1e-5, atol=1e-6)


def test_a_saved_model_keeps_its_engines(tmp_path):
    """The plan is an asset there, and the engine in a function's place."""

    class Module(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 3], name="x")])
        def serve(self, x):
            return network(x)

    module = Module()
    tf.saved_model.save(module, str(tmp_path / "saved"), signatures={"serving_default": module.serve})
    graft.convert(tmp_path / "saved", tmp_path / "converted", precision="bf16")
    found = graft.compare(tmp_path / "saved", tmp_path / "converted", {"x": X}, min_sqnr=30)
    assert found and found.notes == ("the model's engines run as they are: 1 in bf16",)
    assert found.outputs[0]["max_absolute"] > 0
