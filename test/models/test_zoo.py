"""The comparison itself is tested: the zoo's answers depend on the input and on every layer.

A comparison with a model that ignores its input, or a layer of it, proves nothing. Here two
pictures must give clearly different answers, and a layer whose weights are off by 10 % must
move the answer by far more than the tolerance that a comparison allows.
"""

import os

import numpy as np
import oracle
import pytest
import zoo

CNNS = ["digits", "inception_v3", "resnet50"]


@pytest.mark.parametrize("name", CNNS)
def test_outputs_depend_on_the_input(name):
    answer = oracle.ask(zoo.graphdef(name), zoo.inputs(name, 6, seed=3), batch=1)
    (output,) = answer.outputs.values()
    for i in range(len(output)):
        for j in range(i):
            largest = np.max(np.abs(output[[i, j]]))
            if np.argmax(output[i]) != np.argmax(output[j]) or name != "digits":
                assert np.max(np.abs(output[i] - output[j])) > 0.3 * largest, (i, j)
    assert answer.noise < 5e-4


@pytest.mark.parametrize("name", ["inception_v3", "resnet50"])
def test_saved_model_and_graphdef_say_the_same(name):
    inputs = zoo.inputs(name, 2, seed=4)
    frozen = oracle.ask(zoo.graphdef(name), inputs, batch=1)
    saved = oracle.run(zoo.saved_model(name), inputs, batch=1, onednn=False)
    (want,), (got,) = frozen.outputs.values(), saved.values()
    assert oracle.distance({"y": got}, {"y": want}) <= frozen.tolerance


@pytest.mark.parametrize("name, count", [("digits", 7), ("inception_v3", 95), ("resnet50", 54)])
def test_outputs_depend_on_every_layer(name, count):
    """A layer with noise of 10 % of its weights' size moves the output by more than ten
    times the tolerance."""
    inputs = zoo.inputs(name, 6 if name == "digits" else 1, seed=5)
    tolerance = oracle.ask(zoo.graphdef(name), inputs).tolerance
    every = 1 if name == "digits" or os.environ.get("GRAFT_ZOO") == "all" else 6
    moved = oracle.perturb(zoo.graphdef(name), inputs, every)
    assert len(moved) == -(-count // every)
    quiet = {layer: distance for layer, distance in moved.items() if distance <= 10 * tolerance}
    assert not quiet, f"tolerance {tolerance:.1e}"
