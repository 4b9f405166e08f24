"""compare: models, plans and answers."""

import json

import graft
import numpy as np
import pytest
import tensorflow as tf
import tools
import zoo
from graphs import graph

from graft import _compare


def scaled(factor):
    return graph(lambda x: {"y": x * factor}, x=(tf.float32, [None, 3]))


WEIGHTS = np.random.default_rng(3).normal(size=(3, 5)).astype("f4")
X = np.arange(1, 7, dtype="f4").reshape(2, 3)


def test_models(tmp_path):
    same = graft.compare(scaled(2.0), scaled(2.0))
    assert same and same.identical and same.subject == "models" and same.differences == []
    found = graft.compare(scaled(2.0), scaled(3.0))
    assert not found and found.difference_count == 1
    (difference,) = found.differences
    assert difference["kind"] == "attribute" and "value" in difference["what"]
    assert difference["where"] in str(found)
    assert graft.compare(scaled(2.0), scaled(3.0), limit=0).difference_count == 1


def test_the_programs_words(tmp_path):
    left, right = zoo.graphdef("digits", batch=1), zoo.graphdef("digits", batch=8)
    said = tools.tool("graft", "compare", left, right, "--json", check=False)
    found = graft.compare(left, right)
    assert json.loads(said.out)["differences"] == found.differences != []
    assert str(found) == tools.tool("graft", "compare", left, right, check=False).out


def test_plans_wherever_they_are(tmp_path):
    memory, other = graft.build(scaled(2.0)), graft.build(scaled(3.0))
    file = graft.build(scaled(2.0), tmp_path / "a.plan")
    assert graft.compare(memory, file).identical
    assert graft.compare(file.path, memory).subject == "plans"
    assert not graft.compare(file, other)
    with pytest.raises(graft.UsageError, match="both"):
        graft.compare(scaled(2.0), memory)


def test_answers(tmp_path):
    plan = graft.build(scaled(2.0), tmp_path / "a.plan")
    for right in (plan, plan.path, scaled(2.0)):
        found = graft.compare(scaled(2.0), right, {"x": X})
        assert found and found.subject == "outputs" and found.outputs[0]["max_absolute"] == 0
    far = graft.compare(scaled(2.0), scaled(2.002), {"x": X})
    assert not far and far.difference_count == 1
    (output,) = far.outputs
    assert output["beyond"] == output["elements"] == 6 and output["worst_element"] == 5
    assert output["max_relative"] == pytest.approx(1e-3, rel=0.01)
    assert graft.compare(scaled(2.0), scaled(2.002), {"x": X}, rtol=2e-3)


@pytest.mark.parametrize("left, right, equal", [
    ([1, np.inf, -np.inf, np.nan], [1, np.inf, -np.inf, np.nan], True),
    ([1.0], [np.inf], False),
    ([np.inf], [1.0], False),
    ([np.inf], [-np.inf], False),
    ([np.nan], [0.0], False),
    ([0.0], [np.nan], False),
    ([1e-6], [0.0], True),
    ([1e-4], [0.0], False),
    ([], [], True),
    ([1.0, 2.0], [1.0], False),
])  # fmt: skip
def test_what_counts_as_equal(left, right, equal, tmp_path):
    """As the program counts, whose numbers are not numpy's."""
    a, b = ({"y": np.array(values, "f4")} for values in (left, right))
    found = _compare._answers(a, b, 1e-4, 1e-5)
    assert found.equal == equal
    assert found.outputs[0]["left"] == f"float32[{len(left)}]"


def test_a_single_output_may_have_any_name():
    assert _compare._answers({"a": X}, {"b": X}, 0, 0)
    assert not _compare._answers({"a": X, "c": X}, {"b": X, "c": X}, 0, 0)


def test_large_integers_are_not_rounded():
    a, b = ({"y": np.array([2**62 + i], "i8")} for i in (0, 1))
    assert _compare._answers(a, a, 0, 0)
    assert not _compare._answers(a, b, 0, 0)


def test_layers():
    model = graph(lambda x: {"y": tf.nn.softmax(tf.matmul(tf.nn.relu(x), WEIGHTS))}, x=(tf.float32, [None, 3]))
    found = graft.compare(model, graft.build(model, shapes={"x": X.shape}, precision="bf16"), {"x": X}, layers=True, min_sqnr=30)
    assert found and [layer["kind"] for layer in found.layers][-1] == "softmax"
    product = next(layer for layer in found.layers if layer["kind"] == "matmul")
    assert product["elements"] == 10 and 30 < product["sqnr_db"] < 80 and product["cosine"] > 0.999
    assert found.outputs[0]["sqnr_db"] > 30
    assert not graft.compare(model, graft.build(model, shapes={"x": X.shape}, precision="bf16"), {"x": X}, min_sqnr=200)
    with pytest.raises(graft.UsageError, match="inputs"):
        graft.compare(model, model, layers=True)


def test_layers_as_the_program_says(tmp_path):
    """The same figures, of a network in 8 bits whose layers are pooled, added and concatenated as quantized values."""
    model = zoo.graphdef("digits", batch=8)
    inputs = zoo.inputs("digits", 8, seed=0)
    np.savez(tmp_path / "in.npz", **inputs)
    plan = graft.build(model, tmp_path / "a.plan", precision="int8", calibration_data=inputs)
    said = json.loads(tools.tool("graft", "compare", model, plan.path, "--layers", "--inputs", tmp_path / "in.npz", "--json").out)
    found = graft.compare(model, plan, inputs, layers=True)
    assert [layer["name"] for layer in found.layers] == [layer["name"] for layer in said["layers"]]
    for one, other in zip(found.layers, said["layers"]):
        assert one == {
            key: pytest.approx(value, rel=1e-6) if isinstance(value, float) else value for key, value in other.items()
        }
    narrow = [layer for layer in found.layers if layer["precision"] == "int8"]
    assert narrow and all(layer["sqnr_db"] > 25 for layer in narrow)
