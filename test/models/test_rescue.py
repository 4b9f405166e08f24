# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models that TF-TRT wrote, in each era's format: `graft rescue` makes native models of them
that this TensorFlow loads, and that compute what the original computed, bit for bit."""

import functools
import os
import pathlib
import subprocess
import sys

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Without merging of nodes a node is a kernel, and equal graphs return equal bits.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import pytest
import tensorflow as tf

import oracle
import tftrt
import zoo

v1 = tf.compat.v1
GRAFT = pathlib.Path(os.environ["GRAFT_BIN"]) / "graft"
GRAPHDEFS = [name for name, era in tftrt.ERAS.items() if not era.cache]
SAVED_MODELS = [name for name, era in tftrt.ERAS.items() if era.cache]


def graft(*arguments, code=0):
    done = subprocess.run([GRAFT, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def as_it_stands():
    config = v1.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    return config


def compute(graph, feeds, fetches):
    """TensorFlow's answer, each node computed as it stands, and where it stands: a node on a
    GPU that is not there would be an error."""
    with v1.Graph().as_default(), v1.Session(config=as_it_stands()) as session:
        tf.import_graph_def(graph, name="")
        return session.run(fetches, feeds)


def load_saved(path):
    from tensorflow.core.protobuf import saved_model_pb2

    return saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes()).meta_graphs[0]


def operators(graph):
    nodes = [*graph.node, *(n for f in graph.library.function for n in f.node_def)]
    return {node.op for node in nodes}


@functools.lru_cache(1)
def load_model(name):
    """(frozen graph, names of its outputs, feeds)"""
    path = zoo.graphdef(name, None)
    names = zoo.describe(path)
    inputs = zoo.inputs(name, 2, seed=7)
    feeds = {f"{key}:0": value for key, value in zip(names["inputs"], inputs.values())}
    return oracle.load_graph(path), names["outputs"], feeds


@pytest.mark.parametrize(
    "model, era", [("digits", era) for era in GRAPHDEFS] + [("resnet50", "1.15")]
)
def test_graphdef(model, era, tmp_path):
    graph, outputs, feeds = load_model(model)
    parts = tftrt.cut(graph, outputs)
    assert all(len(segment.nodes) > 5 for segment in parts.segments)
    converted = tftrt.graphdef(parts, tftrt.ERAS[era])
    with pytest.raises(Exception):
        compute(converted, feeds, [f"{key}:0" for key in outputs])
    (tmp_path / "old.pb").write_bytes(converted.SerializeToString())
    said = graft("rescue", tmp_path / "old.pb", tmp_path / "new.pb")
    assert "2 engine(s) of TF-TRT put back" in said

    native = oracle.load_graph(tmp_path / "new.pb")
    assert not [op for op in operators(native) if "TRT" in op]
    assert not native.library.function
    # Every node has its name again; only a constant that both segments read has another, too.
    names = {node.name: node.op for node in native.node}
    original = {node.name: node.op for node in graph.node}
    assert {n: names.get(n) for n in original} == original
    assert {names[n] for n in names if n not in original} <= {"Const"}
    want, got = (compute(g, feeds, [f"{key}:0" for key in outputs]) for g in (graph, native))
    for a, b in zip(want, got):
        np.testing.assert_array_equal(a, b)


def test_text(tmp_path):
    """A .pbtxt is read and written as well, and gives the same graph."""
    from google.protobuf import text_format

    path = zoo.graphdef("digits", None)
    converted = tftrt.graphdef(
        tftrt.cut(oracle.load_graph(path), zoo.describe(path)["outputs"]), tftrt.ERAS["1.13"]
    )
    (tmp_path / "old.pb").write_bytes(converted.SerializeToString())
    (tmp_path / "old.pbtxt").write_text(text_format.MessageToString(converted))
    graft("rescue", tmp_path / "old.pb", tmp_path / "new.pb")
    graft("rescue", tmp_path / "old.pbtxt", tmp_path / "new.pbtxt")
    text = text_format.Parse((tmp_path / "new.pbtxt").read_text(), type(converted)())
    assert text == oracle.load_graph(tmp_path / "new.pb")


def make_module(function):
    """Two signatures: the graph itself, and a function that calls one that calls it."""
    module = tf.Module()
    module.f = function
    (spec,) = function.inputs

    @tf.function
    def inner(x):
        return function(x)

    @tf.function(input_signature=[tf.TensorSpec(spec.shape, spec.dtype, name="picture")])
    def doubled(picture):
        # The branch is a function, and so is what it calls.
        (y,) = tf.cond(
            tf.reduce_sum(picture) > -1e30, lambda: inner(picture), lambda: inner(picture * 2.0)
        )
        return {"twice": y + y}

    @tf.function(input_signature=[tf.TensorSpec(spec.shape, spec.dtype, name="x")])
    def serve(x):
        (y,) = function(x)
        return {"y": y}

    module.doubled = doubled
    return module, {"serving_default": serve, "doubled": doubled}


@pytest.fixture(scope="module", params=SAVED_MODELS)
def saved(request, tmp_path_factory):
    """(the SavedModel, the same with calls for engines, a batch)"""
    folder = tmp_path_factory.mktemp("saved")
    path = zoo.graphdef("digits", None)
    tftrt.save(
        folder / "old", make_module, oracle.load_graph(path), zoo.describe(path)["outputs"],
        tftrt.ERAS[request.param], before=folder / "before",
    )  # fmt: skip
    return folder / "old", folder / "before", zoo.inputs("digits", 3, seed=7)["x"]


def signature_of(function):
    """Names, types and shapes of what a signature takes and gives."""
    (_, arguments) = function.structured_input_signature
    return [
        {key: (tensor.dtype, tensor.shape.as_list()) for key, tensor in tensors.items()}
        for tensors in (arguments, function.structured_outputs)
    ]


def assert_same_signatures(old, new, batch):
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    assert set(new.signatures) == set(old.signatures) == {"serving_default", "doubled"}
    for name, argument in (("serving_default", "x"), ("doubled", "picture")):
        before, after = old.signatures[name], new.signatures[name]
        assert signature_of(after) == signature_of(before)
        feed = {argument: tf.constant(batch)}
        for key, want in before(**feed).items():
            np.testing.assert_array_equal(after(**feed)[key].numpy(), want.numpy())


def test_saved_model(saved, tmp_path):
    old, before, batch = saved
    assert sorted((old / "assets").iterdir()), "engines must be there to go"
    with pytest.raises(Exception, match="not registered|unknown op"):
        tf.saved_model.load(str(old))
    said = graft("rescue", old, tmp_path / "new")
    assert said.count("restored: TRTEngineOp") >= 2 and " in " in said

    meta = load_saved(tmp_path / "new")
    assert not [op for op in operators(meta.graph_def) if "TRT" in op]
    assert not [op for op in meta.meta_info_def.stripped_op_list.op if "TRT" in op.name]
    assert not meta.asset_file_def
    assert not list((tmp_path / "new").rglob("trt-serialized-engine*"))
    assert_same_signatures(tf.saved_model.load(str(before)), tf.saved_model.load(str(tmp_path / "new")), batch)


def test_convert(saved, tmp_path):
    """With --convert: engines of Graft's, of the whole model."""
    old, before, batch = saved
    said = graft("rescue", old, tmp_path / "new", "--convert", "--minimum-segment-size", 4)
    assert "of Graft" in said
    graph = load_saved(tmp_path / "new").graph_def
    engines = [node for node in graph.node if node.op == "TRTEngineOp"]
    assert engines
    for node in engines:
        assert (tmp_path / "new/assets" / f"trt-serialized-engine.{node.name}").stat().st_size > 100
    # TF-TRT's cache is gone; what there is belongs to the new engines.
    cache = [node.name for node in graph.node if "TRT" in node.op and node.op != "TRTEngineOp"]
    assert all(name.startswith("graft/") for name in cache)
    np.savez(tmp_path / "in.npz", x=batch)
    graft("run", tmp_path / "new", "--inputs", tmp_path / "in.npz", "--outputs", tmp_path / "out.npz")
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    want = tf.saved_model.load(str(before)).signatures["serving_default"](x=tf.constant(batch))["y"].numpy()
    with np.load(tmp_path / "out.npz") as got:
        np.testing.assert_allclose(got["y"], want, atol=1e-5)


def test_damaged_engine_is_never_read(tmp_path):
    """Any bytes will do, and other bytes give the same file."""
    path = zoo.graphdef("digits", None)
    parts = tftrt.cut(oracle.load_graph(path), zoo.describe(path)["outputs"])
    converted = tftrt.graphdef(parts, tftrt.ERAS["1.13"])
    files = []
    for i, plan in enumerate((b"", b"\xff" * 100, tftrt.random_plan(99, 1 << 20))):
        for node in converted.node:
            if node.op == "TRTEngineOp":
                node.attr["serialized_segment"].s = plan
        (tmp_path / f"old{i}.pb").write_bytes(converted.SerializeToString())
        graft("rescue", tmp_path / f"old{i}.pb", tmp_path / f"new{i}.pb")
        files.append((tmp_path / f"new{i}.pb").read_bytes())
    assert files[0] == files[1] == files[2]


def refusal(graph, tmp_path):
    (tmp_path / "old.pb").write_bytes(graph.SerializeToString())
    said = graft("rescue", tmp_path / "old.pb", tmp_path / "new.pb", code=4)
    assert not (tmp_path / "new.pb").exists()
    assert said.count("\n") == 1
    return said


def test_what_is_missing_is_said(tmp_path):
    path = zoo.graphdef("digits", None)
    parts = tftrt.cut(oracle.load_graph(path), zoo.describe(path)["outputs"])
    whole = tftrt.graphdef(parts, tftrt.ERAS["1.13"])

    # Saved with TF_TRT_EXPERIMENTAL_FEATURES=remove_native_segments.
    graph = type(whole).FromString(whole.SerializeToString())
    graph.library.Clear()
    said = refusal(graph, tmp_path)
    assert "node 'TRTEngineOp_0'" in said and "'TRTEngineOp_0_native_segment'" in said
    assert "1 more" in said and "convert the original model again" in said

    # TensorFlow 1.7 kept no segments.
    for node in graph.node:
        if node.op == "TRTEngineOp":
            for key in [k for k in node.attr if k not in ("InT", "OutT")]:
                del node.attr[key]
            node.attr["serialized_engine"].s = b"plan"
            node.attr["input_nodes"].list.s.append(b"a")
            node.attr["output_nodes"].list.s.append(b"b")
    assert "must name its native segment" in refusal(graph, tmp_path)

    # A function of other arguments is not the segment.
    graph = type(whole).FromString(whole.SerializeToString())
    for function in graph.library.function:
        function.signature.input_arg.add(name="more", type=1)
    assert "must take and give what the engine does" in refusal(graph, tmp_path)

    # The graph of a dynamic engine is damaged, or another one.
    for bytes_, message in ((b"\x0a\xff\xff", "serialized_segment"), (b"", "no function")):
        graph = tftrt.graphdef(parts, tftrt.ERAS["1.13 dynamic"])
        for node in graph.node:
            if node.op == "TRTEngineOp":
                node.attr["serialized_segment"].s = bytes_
        said = refusal(graph, tmp_path)
        assert "TRTEngineOp_0" in said

    # Nothing to do.
    assert "got none" in refusal(oracle.load_graph(path), tmp_path)


if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))
