# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TrtGraphConverterV2: convert, build, save, summary; and the environment variables."""

import json
import os
import re
import shutil
import subprocess
import sys

import graft
import numpy as np
import pytest
import small_models
import tensorflow as tf

from graft.tensorflow import trt
from graft.tensorflow.trt import _summary


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return small_models.save_two_signatures(tmp_path_factory.mktemp("model") / "native")


@pytest.fixture
def feeds():
    return {"left": small_models.pictures(), "right": small_models.pictures(seed=4)}


def call(function, feeds):
    return {k: v.numpy() for k, v in function(**{k: tf.constant(v) for k, v in feeds.items()}).items()}


def serve(path, feeds, signature="serving_default"):
    loaded = tf.saved_model.load(str(path))
    return call(loaded.signatures[signature], feeds)


def assert_same(got, want):
    assert sorted(got) == sorted(want)
    for name in want:
        np.testing.assert_allclose(got[name], want[name], rtol=1e-5, atol=1e-5)


def test_convert_and_save(model, feeds, tmp_path):
    """The two calls of every tutorial; the function and the saved model are called as the
    signature is."""
    converter = trt.TrtGraphConverterV2(input_saved_model_dir=model)
    function = converter.convert()
    assert small_models.engines(function.graph.as_graph_def())
    want = serve(model, feeds)
    assert_same(call(function, feeds), want)
    converter.save(output_saved_model_dir=str(tmp_path / "out"))
    assert_same(serve(tmp_path / "out", feeds), want)
    # Another batch.
    more = {name: np.repeat(value, 3, 0) for name, value in feeds.items()}
    assert_same(serve(tmp_path / "out", more), serve(model, more))
    served = tf.saved_model.load(str(tmp_path / "out")).signatures["serving_default"]
    native = tf.saved_model.load(model).signatures["serving_default"]
    assert served.structured_input_signature == native.structured_input_signature
    assert {k: (v.dtype, v.shape.as_list()) for k, v in served.structured_outputs.items()} == {
        k: (v.dtype, v.shape.as_list()) for k, v in native.structured_outputs.items()
    }


def test_another_process_serves(model, feeds, tmp_path):
    """What is saved needs TensorFlow and the op library, and nothing of the converter."""
    converter = trt.Converter(model)
    converter.convert()
    converter.save(str(tmp_path / "out"))
    np.savez(tmp_path / "in.npz", **feeds)
    program = """if True:
        import sys, numpy, tensorflow as tf, graft.tensorflow
        graft.tensorflow.load()
        folder = sys.argv[1]
        served = tf.saved_model.load(folder + "/out").signatures["serving_default"]
        feeds = {k: tf.constant(v) for k, v in numpy.load(folder + "/in.npz").items()}
        numpy.savez(folder + "/out.npz", **{k: v.numpy() for k, v in served(**feeds).items()})
        assert "graft.tensorflow.trt" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)
    with np.load(tmp_path / "out.npz") as got:
        assert_same(dict(got), serve(model, feeds))


def test_tables_stay_with_tensorflow(model, tmp_path):
    feeds = {"x": small_models.pictures(), "word": np.array(["double", "none"])}
    converter = trt.Converter(model, input_saved_model_signature_key="look_up")
    function = converter.convert()
    want = serve(model, feeds, "look_up")
    assert_same(call(function, feeds), want)
    converter.save(str(tmp_path / "out"))
    assert_same(serve(tmp_path / "out", feeds, "look_up"), want)


def test_build(model, feeds, tmp_path):
    """Arrays, lists and dictionaries, of several shapes."""
    converter = trt.Converter(model, maximum_cached_engines=4)
    with pytest.raises(RuntimeError, match="Need to call convert\\(\\) before build"):
        converter.build(lambda: iter([]))
    converter.convert()
    with pytest.raises(RuntimeError, match="input_fn is None"):
        converter.build(None)
    with pytest.raises(RuntimeError, match="Failed to convert input to tensor"):
        converter.build(lambda: iter([{"left": object()}]))

    def inputs():
        yield feeds
        yield [feeds["left"][:1], feeds["right"][:1]]
        yield feeds["left"], feeds["right"]

    converter.build(input_fn=inputs)
    with pytest.raises(NotImplementedError, match="build\\(\\) is already called"):
        converter.build(inputs)
    converter.save(str(tmp_path / "out"))
    assert_same(serve(tmp_path / "out", feeds), serve(model, feeds))


#: Serves a saved model, each of whose answers are looked at, and prints the engines in memory.
def test_saved_plans_are_beside_the_graph(model, feeds, tmp_path, monkeypatch):
    """As `graft convert` keeps them, and what Graft's commands make of the model."""
    monkeypatch.setenv("TF_TRT_ALLOW_ENGINE_NATIVE_SEGMENT_EXECUTION", "False")
    converter = trt.Converter(model)
    function = converter.convert()
    (engine,) = small_models.engines(function.graph.as_graph_def())
    plan = engine.attr["serialized_segment"].s
    converter.save(str(tmp_path / "out"))
    (asset,) = (tmp_path / "out" / "assets").iterdir()
    assert asset.name == f"trt-serialized-engine.{engine.name}"
    (record,) = tf.data.TFRecordDataset(str(asset))
    assert record.numpy().endswith(plan)
    assert plan not in (tmp_path / "out" / "saved_model.pb").read_bytes()
    # Moved, and loaded in a process of its own, too.
    moved = (tmp_path / "out").rename(tmp_path / "moved")
    want = serve(model, feeds)
    assert_same(serve(moved, feeds), want)
    # The function that was saved runs on.
    assert_same(call(converter._converted_func, feeds), want)
    graft = os.path.join(os.environ["GRAFT_BIN"], "graft")
    for command in (["rescue"], ["convert"]):
        made = tmp_path / command[0]
        target = [made] if command == ["rescue"] else ["-o", made]
        done = subprocess.run([graft, *command, moved, *target], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert_same(serve(made, feeds), want)
    assert not list((tmp_path / "rescue").rglob("trt-serialized-engine*"))
    assert list((tmp_path / "convert").rglob("trt-serialized-engine*"))


SERVE = """
import ctypes, gc, sys
import numpy as np, tensorflow as tf, graft.tensorflow
graft.tensorflow.load()
engines = ctypes.CDLL(str(graft.tensorflow._LIBRARY)).graft_tensorflow_live_engines
folder = sys.argv[1]
loaded = tf.saved_model.load(folder + "/out")
served = loaded.signatures["serving_default"]
counts = [engines()]
for name in ("some", "one", "many"):
    with np.load(f"{folder}/{name}.npz") as file:
        values = {key: tf.constant(value) for key, value in file.items()}
    np.savez(f"{folder}/{name}-out.npz", **{key: value.numpy() for key, value in served(**values).items()})
    counts.append(engines())
del loaded, served
gc.collect()
print(counts, engines())
"""


@pytest.mark.parametrize("strategy, plans", [("Range", 0), ("Optimal", 2), ("Range+Optimal", 2)])
def test_an_engine_for_each_shape(model, feeds, tmp_path, strategy, plans):
    """build() compiles one for each shape that it sees; the saved model holds and prefers them."""
    shapes = {
        "some": feeds,
        "one": {name: value[:1] for name, value in feeds.items()},
        "many": {name: np.concatenate([value, value]) for name, value in feeds.items()},
    }
    converter = trt.Converter(model, use_dynamic_shape=True, dynamic_shape_profile_strategy=strategy)
    converter.convert()
    converter.build(lambda: iter([shapes["some"], shapes["one"], shapes["some"]]))
    converter.save(str(tmp_path / "out"))
    assets = list((tmp_path / "out" / "assets").glob("trt-serialized-engine.*"))
    # Without engines for single shapes, the plan for all of them.
    (asset,) = assets
    assert sum(1 for _ in tf.data.TFRecordDataset(str(asset))) == (plans or 1)
    for name, values in shapes.items():
        np.savez(tmp_path / f"{name}.npz", **values)
    done = subprocess.run(
        [sys.executable, "-c", SERVE, str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for name, values in shapes.items():
        with np.load(tmp_path / f"{name}-out.npz") as got:
            assert_same(dict(got), serve(model, values))
    # Loading brings those of single shapes; the one for all comes with the first shape that they
    # do not take. They go with the model; the other is the function's, which TensorFlow keeps.
    first = plans or 1
    assert done.stdout == f"{[plans, first, first, plans + 1]} 1\n"


def test_parameters_are_written(model):
    converter = trt.Converter(
        model, maximum_cached_engines=7, max_workspace_size_bytes=1 << 25, use_dynamic_shape=True,
        dynamic_shape_profile_strategy="Optimal",
    )  # fmt: skip
    (engine,) = small_models.engines(converter.convert().graph.as_graph_def())
    assert engine.attr["max_cached_engines_count"].i == 7
    assert engine.attr["workspace_size_bytes"].i == 1 << 25
    assert engine.attr["profile_strategy"].s == b"optimal"
    assert engine.attr["precision_mode"].s == b"FP32"
    assert engine.attr["_allow_build_at_runtime"].b


def test_target_is_written(model):
    params = trt.TrtConversionParams(target="cpu:x86-64-v3")
    converter = trt.Converter(model, conversion_params=params)
    (engine,) = small_models.engines(converter.convert().graph.as_graph_def())
    assert engine.attr["_graft_target"].s == b"cpu:x86-64-v3"
    with pytest.raises(ValueError, match="target must be one of cpu, cpu:x86-64-v3, .*, got 'gpu'"):
        trt.Converter(model, conversion_params=params._replace(target="gpu")).convert()


def test_minimum_segment_size(model):
    def count(size):
        function = trt.Converter(model, minimum_segment_size=size).convert()
        return len(small_models.engines(function.graph.as_graph_def()))

    assert count(3) == 1
    assert count(100) == 0
    assert count(-1) == 0


def test_save_variants(model, feeds, tmp_path, monkeypatch):
    def saved(**arguments):
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        converter = trt.Converter(model, allow_build_at_runtime=False)
        converter.convert()
        converter.save(str(tmp_path / "out"), **arguments)
        graph = tf.saved_model.load(str(tmp_path / "out")).signatures["serving_default"].graph
        nodes = [n for f in graph.as_graph_def().library.function for n in f.node_def]
        (engine,) = [n for n in nodes if n.op == "TRTEngineOp"]
        functions = [f.signature.name for f in graph.as_graph_def().library.function]
        assert not engine.attr["serialized_segment"].s
        plans = list((tmp_path / "out" / "assets").glob("trt-serialized-engine.*"))
        return engine, plans, [name for name in functions if "native_segment" in name]

    engine, plans, native = saved(options=tf.saved_model.SaveOptions())
    assert not engine.attr["_allow_build_at_runtime"].b
    assert plans and native
    engine, plans, native = saved(save_gpu_specific_engines=False)
    assert not plans and native
    monkeypatch.setenv("TF_TRT_EXPERIMENTAL_FEATURES", "remove_native_segments")
    engine, plans, native = saved()
    assert plans and not native
    assert_same(serve(tmp_path / "out", feeds), serve(model, feeds))


def test_precisions_that_need_data(model):
    """INT8 asks for inputs to measure, other precisions refuse them, as in TF-TRT."""
    with pytest.raises(ValueError, match="Should specify calibration_input_fn"):
        trt.Converter(model, precision_mode="INT8").convert()
    with pytest.raises(ValueError, match="Should not specify calibration_input_fn"):
        trt.Converter(model).convert(calibration_input_fn=lambda: iter([]))


def test_int8_measures_what_it_is_given(model, feeds):
    def inputs():
        yield feeds
        yield [feeds["left"][:1], feeds["right"][:1]]

    function = trt.Converter(model, precision_mode="INT8").convert(calibration_input_fn=inputs)
    (engine,) = small_models.engines(function.graph.as_graph_def())
    assert engine.attr["precision_mode"].s == b"INT8" and engine.attr["use_calibration"].b
    table = json.loads(engine.attr["calibration_data"].s)
    assert table["data"]["samples"] == len(feeds["left"]) + 1
    assert [feeds["left"].min(), feeds["left"].max()] in [
        entry["observed"] for entry in table["tensors"].values()
    ]
    for name, value in function(**{name: tf.constant(feed) for name, feed in feeds.items()}).items():
        assert np.isfinite(value).all(), name


def test_int8_behind_nodes_that_stay_native(tmp_path):
    """What enters an engine may come from a node that only TensorFlow runs: it does, on the samples."""
    conv = lambda seed: tf.keras.layers.Conv2D(  # noqa: E731
        8, 3, padding="same", activation="relu", kernel_initializer=tf.keras.initializers.GlorotUniform(seed)
    )
    first, second = tf.keras.Sequential([conv(1), conv(2)]), tf.keras.Sequential([conv(3), conv(4)])
    first.build((None, 8, 8, 3))
    second.build((None, 8, 8, 8))

    class Split(tf.Module):
        def __init__(self):
            self.parts = first, second

        @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 3], tf.float32, name="x")])
        def __call__(self, x):
            return {"y": tf.reduce_mean(second(tf.math.digamma(first(x) + 1.0)), [1, 2])}

    module = Split()
    tf.saved_model.save(module, str(tmp_path / "split"), signatures=module.__call__)
    x = np.random.default_rng(5).uniform(-1, 1, (19, 8, 8, 3)).astype("f4")
    converter = trt.Converter(str(tmp_path / "split"), precision_mode="INT8", minimum_segment_size=2)
    function = converter.convert(calibration_input_fn=lambda: ([x[i : i + 1]] for i in range(len(x))))
    found = small_models.engines(function.graph.as_graph_def())
    assert len(found) == 2
    for engine in found:
        plan = graft.load(engine.attr["serialized_segment"].s)
        assert "int8" in {layer.precision for layer in plan.trace(_zeros(plan)).layers if layer.kind == "conv2d"}
    table = json.loads(found[1].attr["calibration_data"].s)
    assert table["data"]["samples"] == len(x)
    # Through the native node's own values, which are negative near 1.
    (entry,) = [entry for name, entry in table["tensors"].items() if "Digamma" in name]
    wide = first(x).numpy()
    np.testing.assert_allclose(entry["observed"][0], tf.math.digamma(wide + 1.0).numpy().min(), rtol=1e-4)
    want = module(x)["y"].numpy()
    got = function(x=tf.constant(x))["y"].numpy()
    assert 10 * np.log10(np.square(want).sum() / np.square(got - want).sum()) > 25


def _zeros(plan):
    return {port.name: np.zeros([size or 1 for size in port.shape], port.dtype) for port in plan.inputs}


def test_summary(model):
    converter = trt.Converter(model)
    with pytest.raises(RuntimeError, match="Impossible to call"):
        converter.summary()
    converter.convert()
    with pytest.raises(ValueError, match="Invalid `line_length` value has been received: 80"):
        converter.summary(line_length=80)
    lines = []
    converter.summary(print_fn=lines.append)
    assert lines[0].split("  ")[0] == "TRTEngineOP Name"
    for title in ("Device", "# Nodes", "# Inputs", "# Outputs", "Input DTypes", "Output Dtypes"):
        assert title in lines[0]
    assert lines[0].index("Device") == 33
    assert lines[1] == "=" * 160
    assert re.match(r"TRTEngineOp_\d{3}_000 +11 +2 +2 +\['float32'", lines[2])
    assert "\t- Conv2D: 2x" in lines
    assert "[*] Total number of TensorRT engines: 1" in lines
    assert re.fullmatch(r"\[\*\] % of OPs Converted: 73.33% \[11/15\]\n", lines[-1])
    brief = []
    converter.summary(line_length=200, detailed=False, print_fn=brief.append)
    assert not [line for line in brief if line.startswith("\t")]
    assert brief[1] == "=" * 200


def test_summary_of_two_engines():
    """Rows are set apart when there are several."""
    graph = tf.compat.v1.GraphDef()
    for name in ("TRTEngineOp_000_001", "TRTEngineOp_000_000"):
        graph.node.add(name=name, op="TRTEngineOp")
        function = graph.library.function.add()
        function.signature.name = f"{name}_native_segment"
        function.node_def.add(name="a", op="Relu")
    graph.node.add(name="x", op="Placeholder")
    lines = []
    _summary.print_summary(graph, 160, True, lines.append)
    assert lines.count("\n" + "-" * 40 + "\n") == 2
    assert [line.split()[0] for line in lines if line.startswith("TRTEngineOp_")] == [
        "TRTEngineOp_000_000",
        "TRTEngineOp_000_001",
    ]
    assert lines[-1] == "[*] % of OPs Converted: 66.67% [2/3]\n"


def test_deny_list_and_report(model, feeds, monkeypatch, caplog, tmp_path):
    """TF_TRT_OP_DENYLIST, and both forms of TF_TRT_SHOW_DETAILED_REPORT."""
    monkeypatch.setenv("TF_TRT_OP_DENYLIST", "Tanh,Mean")
    monkeypatch.setenv("TF_TRT_SHOW_DETAILED_REPORT", "1")
    function = trt.Converter(model).convert()
    native = [node.op for node in function.graph.as_graph_def().node]
    assert "Tanh" in native and "Mean" in native
    assert_same(call(function, feeds), serve(model, feeds))
    assert "TensorRT unsupported/non-converted OP Report:" in caplog.text
    assert "\t- Tanh -> 1x" in caplog.text
    assert "\t\t- [Count: 1x] Tanh is denied" in caplog.text
    assert re.search(r"- Total nonconverted OPs: \d+\n\t- Total nonconverted OP Types: \d+", caplog.text)
    monkeypatch.setenv("TF_TRT_SHOW_DETAILED_REPORT", str(tmp_path / "report.csv"))
    trt.Converter(model).convert()
    table = (tmp_path / "report.csv").read_text().splitlines()
    assert table[0] == "OP Name|Reason|Count"
    assert "Tanh|Tanh is denied|1" in table


def test_maximum_engines(model, feeds, monkeypatch):
    monkeypatch.setenv("TF_TRT_OP_DENYLIST", "AddV2")
    function = trt.Converter(model, minimum_segment_size=2).convert()
    several = len(small_models.engines(function.graph.as_graph_def()))
    assert several > 1
    monkeypatch.setenv("TF_TRT_MAX_ALLOWED_ENGINES", "1")
    function = trt.Converter(model, minimum_segment_size=2).convert()
    assert len(small_models.engines(function.graph.as_graph_def())) == 1
    assert_same(call(function, feeds), serve(model, feeds))


def test_exports(model, monkeypatch, tmp_path):
    """The graph as a drawing, and each engine as a plan that runs alone."""
    import graft

    monkeypatch.setenv("TF_TRT_EXPORT_GRAPH_VIZ_PATH", str(tmp_path / "graph.dot"))
    monkeypatch.setenv("TF_TRT_EXPORT_TRT_ENGINES_PATH", str(tmp_path / "engines"))
    trt.Converter(model).convert()
    drawing = (tmp_path / "graph.dot").read_text()
    assert drawing.startswith("digraph") and drawing.count("{") == drawing.count("}")
    assert re.search(r"<b>TRTEngineOp_\d{3}_000 \[11\]</b>", drawing)
    assert re.search(r'"left" -> "TRTEngineOp_\d{3}_000"', drawing)
    (plan,) = (tmp_path / "engines").iterdir()
    assert len(graft.load(plan).inputs) == 2


def test_several_models_in_one_process(model, feeds):
    """Each conversion has a number, and the functions of one do not touch the other's."""
    first, second = trt.Converter(model), trt.Converter(model, minimum_segment_size=2)
    functions = [first.convert(), second.convert()]
    names = [small_models.engines(f.graph.as_graph_def())[0].name for f in functions]
    assert names[0] != names[1]
    for function in functions:
        assert_same(call(function, feeds), serve(model, feeds))
