# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The models of reports.py as plans, and converted inside of TensorFlow: names, shapes, types and values."""

import os
import threading

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
# An engine that cannot run is an error here, not a native segment.
os.environ["TF_TRT_ALLOW_ENGINE_NATIVE_SEGMENT_EXECUTION"] = "False"

import numpy as np
import pytest
import tensorflow as tf

import graft
import graft.tensorflow
import oracle
import reports

v1 = tf.compat.v1
DEFAULT = "serving_default"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """What makes each model, once: built(make) -> reports.Model."""
    graft.tensorflow.load()
    models = {}

    def build(make):
        if make not in models:
            models[make] = make(tmp_path_factory.mktemp(make.__name__))
        return models[make]

    return build


def named(names=reports.MODELS):
    return pytest.mark.parametrize("make", names, ids=lambda make: make.__name__)


def outputs_of(model):
    """A GraphDef's results are what the model says; a SavedModel has signatures."""
    return {} if model.path.is_dir() else {"outputs": list(model.calls[0].outputs)}


def load(path, model):
    """A function (signature, inputs) -> outputs of a converted model, in this process's TensorFlow."""
    if path.is_dir():
        signatures = tf.saved_model.load(path).signatures
        load.kept = signatures

        def run(signature, inputs):
            tensors = {name: tf.constant(value) for name, value in inputs.items()}
            return {name: value.numpy() for name, value in signatures[signature](**tensors).items()}

        return run
    definition = v1.GraphDef.FromString(path.read_bytes())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(definition, name="")
    session = v1.Session(graph=graph)

    def run(signature, inputs):
        names = list(model.calls[0].outputs)
        fed = {name + ":0": value for name, value in inputs.items()}
        return dict(zip(names, session.run([name + ":0" for name in names], fed)))

    return run


def check(got, want, tolerance):
    assert oracle.distance(got, want) <= tolerance


@named()
def test_plan(make, built, tmp_path):
    """The whole model as a plan; or the one line that names a node which none can have."""
    model = built(make)
    outputs = outputs_of(model)
    if model.planned:
        outputs["outputs"] = list(model.planned)
    if model.refused:
        with pytest.raises(graft.Error, match=r"node '[^']*' \(\w+\) cannot be (part of a plan|converted)") as error:
            graft.build(model.path, **outputs)
        assert model.refused in str(error.value)
        if not model.shapes:
            return
    plan = graft.build(model.path, tmp_path / "plan", shapes=model.shapes, **outputs)
    assert (tmp_path / "plan").stat().st_size < model.plan_mb * 1e6
    engine = plan.load()
    for call in model.calls:
        if call.signature == DEFAULT and call.planned:
            want = {name: call.outputs[name] for name in model.planned or call.outputs}
            check(engine.run(call.inputs), want, model.tolerance)


@named()
def test_inside_tensorflow(make, built, tmp_path):
    """The converted model, with engines in it, called by each of its signatures."""
    model = built(make)
    to = tmp_path / ("converted" if model.path.is_dir() else "converted.pb")
    result = graft.convert(model.path, to, minimum_segment_size=1, **outputs_of(model))
    assert result.report["engines"]
    written = (to / "saved_model.pb" if to.is_dir() else to).read_bytes()
    assert b"TRTEngineOp" in written  # the report says what is there
    run = load(to, model)
    for call in model.calls:
        check(run(call.signature, call.inputs), call.outputs, model.tolerance)


def test_int8_of_ids(built):
    model = built(reports.calibrated_ids)
    (call,) = model.calls
    engine = graft.build(model.path, precision="int8", calibration_data=model.calibration).load()
    assert engine.precision == "int8"
    got = engine.run(call.inputs)
    for name, want in call.outputs.items():
        noise = np.sum((got[name].astype("f8") - want) ** 2)
        assert noise > 0  # rounded it was
        assert 10 * np.log10(np.sum(want.astype("f8") ** 2) / noise) > 20


def test_sixteen_threads(built, tmp_path):
    model = built(reports.many_clients)
    (call,) = model.calls
    engine = graft.build(model.path).load()
    graft.convert(model.path, tmp_path / "converted", minimum_segment_size=1)
    served = load(tmp_path / "converted", model)
    wrong = []

    def client(number):
        for turn in range(12):
            rows = 1 + (number + turn) % 7
            inputs = {"x": call.inputs["x"][:rows]}
            want = {"classes": call.outputs["classes"][:rows]}
            for run in (engine.run, lambda inputs: served(DEFAULT, inputs)):
                try:
                    check(run(inputs), want, model.tolerance)
                except Exception as error:
                    wrong.append(f"client {number}, turn {turn}: {error}")

    threads = [threading.Thread(target=client, args=[number]) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
