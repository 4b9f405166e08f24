# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models with variables in functions, loops and branches, and variables that change: converted by
the command and by TrtGraphConverterV2, then loaded in a fresh process, where the answers to a
sequence of calls are those of the model as it was."""

import json
import os
import pathlib
import subprocess
import sys

import function_models
import models
import numpy as np
import pytest

SCRIPT = pathlib.Path(function_models.__file__)


def run(*arguments):
    """In a process of its own, where an engine that cannot run falls back on its native segment."""
    environment = dict(os.environ, GRAFT_OPS=str(models.LIBRARY))
    environment["TF_TRT_ALLOW_ENGINE_NATIVE_SEGMENT_EXECUTION"] = "False"
    done = subprocess.run(
        [sys.executable, SCRIPT, *arguments], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("models")
    run("save", path)
    return path


@pytest.fixture(scope="module")
def by_command(folder):
    (folder / "command").mkdir()
    for name in function_models.MODELS:
        models.convert(folder / name, folder / "command" / name, "--report", folder / f"{name}.json")
    run("ask", folder, "command")
    return folder


@pytest.fixture(scope="module")
def by_trt(folder):
    run("trt", folder, "trt")
    run("ask", folder, "trt")
    return folder


def check(folder, name, converted, count=None):
    """Compares the answers to the first `count` calls."""
    with np.load(folder / f"{name}.want.npz") as want, np.load(folder / f"{name}.{converted}.npz") as got:
        wanted = [key for key in want.files if count is None or int(key.split("/")[0]) < count]
        assert set(wanted) <= set(got.files) <= set(want.files)
        for key in wanted:
            assert got[key].dtype == want[key].dtype and got[key].shape == want[key].shape, key
            if want[key].dtype.kind == "f":
                np.testing.assert_allclose(got[key], want[key], rtol=1e-5, atol=1e-5, err_msg=key)
            else:
                np.testing.assert_array_equal(got[key], want[key], key)


@pytest.mark.parametrize("name", function_models.MODELS)
def test_converted(by_command, name):
    check(by_command, name, "command")


@pytest.mark.parametrize("name", function_models.BY_TRT)
def test_converted_by_trt(by_trt, name):
    """The converter takes one signature: calls up to the first of another one are the same."""
    signatures = [signature for signature, _ in function_models.load_calls(by_trt, name)] + [None]
    count = next(i for i, signature in enumerate(signatures) if signature != function_models.SERVE)
    check(by_trt, name, "trt", count)


@pytest.mark.parametrize("name", ["training", "counter", "batch_norm", "map"])
def test_what_stays_does_not_cost_the_rest(by_command, name):
    report = json.loads((by_command / f"{name}.json").read_text())
    assert report["engines"], report["native"]


def graph_def(path):
    from tensorflow.core.protobuf import saved_model_pb2

    model = saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes())
    return model.meta_graphs[0].graph_def


def nodes(path):
    return graph_def(path).node


def stored(path):
    import tensorflow as tf

    return dict(tf.train.list_variables(str(path / "variables" / "variables")))


@pytest.mark.parametrize(
    "name, variables",
    [("lstm", 0), ("map", 0), ("shared", 0), ("training", 2), ("words", 1), ("looped_counter", 1), ("session", 2)],
)
def test_only_what_changes_stays_a_variable(by_command, name, variables):
    path = by_command / "command" / name
    kept = [n for n in nodes(path) if n.op in ("VarHandleOp", "VariableV2") and not n.name.startswith("graft/")]
    assert len(kept) == variables
    if variables:
        assert sorted(stored(path)) == sorted(n.name for n in kept)
    else:
        assert not (path / "variables").exists()


@pytest.mark.parametrize("name", ["lstm", "map", "branches", "shared"])
def test_functions_speak_of_values(by_command, name):
    """Nothing that describes a handle is left where a function takes the value."""
    functions = graph_def(by_command / "command" / name).library.function
    bodies = [f for f in functions if not f.signature.name.endswith("_native_segment")]
    assert bodies
    for function in bodies:
        for argument in function.signature.input_arg:
            assert argument.type != 20 and not argument.handle_data, argument
        for node in function.node_def:
            assert not node.attr["_read_only_resource_inputs"].list.i


def test_twin_signatures_share_their_engines(by_command):
    """Keras 3 writes every model as "serve" and as "serving_default"."""
    path = by_command / "command" / "lstm"
    assert len([n for n in nodes(path) if n.op == "While"]) == 2  # the two layers
    plans = list((path / "assets").glob("trt-serialized-engine.*"))
    assert len(plans) == len([n for n in nodes(path) if n.op == "TRTEngineOp"])


def test_converted_again(by_command, tmp_path):
    """A converted model with a checkpoint of its own is a model as any other."""
    again = models.convert(by_command / "command" / "training", tmp_path / "again")
    assert stored(again) == stored(by_command / "command" / "training")
