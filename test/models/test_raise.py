"""Functions that TensorFlow, Keras and transformers write as primitives become one launch, and compute
what TensorFlow computes."""

import collections
import json
import os

import numpy as np
import oracle
import pytest
import tools

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_USE_LEGACY_KERAS"] = "1"
import keras as keras3  # noqa: E402
import tensorflow as tf  # noqa: E402
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2  # noqa: E402

ROWS = (2, 16, 24)


def weights(*shape, seed=0, mean=0.0):
    return np.random.default_rng(seed).normal(mean, 0.5, shape).astype(np.float32)


def randomised(layer, *shapes):
    """The layer, built, with weights that a mistake would show."""
    layer.build(*shapes)
    layer.set_weights([weights(*w.shape, seed=i) for i, w in enumerate(layer.get_weights())])
    return layer


def norm_by_moments(x):
    mean, variance = tf.nn.moments(x, [-1], keepdims=True)
    return tf.nn.batch_normalization(x, mean, variance, weights(24, seed=1), weights(24, seed=2, mean=1.0), 1e-6)


def norm_by_hand(x):
    centred = x - tf.reduce_mean(x, [1, 2], keepdims=True)
    deviation = tf.sqrt(tf.reduce_mean(tf.square(centred), [1, 2], keepdims=True) + 1e-5)
    return weights(16, 24) * (centred / deviation) + 0.25


def attention_by_hand(x):
    def heads(seed):
        return tf.transpose(tf.reshape(x @ weights(24, 24, seed=seed) + weights(24, seed=seed), (2, 16, 3, 8)), (0, 2, 1, 3))

    mask = (1.0 - tf.cast(x[:, None, None, :, 0] > -1, tf.float32)) * -10000.0
    scores = tf.matmul(heads(1), heads(2), transpose_b=True) / tf.sqrt(8.0) + mask
    return tf.reshape(tf.transpose(tf.nn.softmax(scores) @ heads(3), (0, 2, 1, 3)), (2, 16, 24))


def keras_attention(package):
    layer = package.layers.MultiHeadAttention(3, 8)
    x = np.zeros(ROWS, np.float32)
    layer(x, x)
    layer.set_weights([weights(*w.shape, seed=i) for i, w in enumerate(layer.get_weights())])
    return lambda x: layer(x, x)


#: What is written, and the kind of the launch that it becomes.
FORMS = {
    "gelu": (lambda x: tf.nn.gelu(x), "gelu"),
    "gelu_tanh": (lambda x: tf.nn.gelu(x, approximate=True), "gelu_tanh"),
    "swish": (lambda x: tf.nn.silu(x), "swish"),
    "hard_swish": (lambda x: x * tf.nn.relu6(x + 3) / 6, "hard_swish"),
    "hard_swish_keras": (keras3.activations.hard_silu, "hard_swish"),
    "softmax": (lambda x: tf.exp(x) / tf.reduce_sum(tf.exp(x), -1, keepdims=True), "softmax"),
    "layer_norm_keras3": (randomised(keras3.layers.LayerNormalization(), ROWS), "layer_norm"),
    "layer_norm_moments": (norm_by_moments, "layer_norm"),
    "layer_norm_by_hand": (norm_by_hand, "layer_norm"),
    "attention_by_hand": (attention_by_hand, "attention"),
    "attention_keras2": (keras_attention(tf.keras), "attention"),
    "attention_keras3": (keras_attention(keras3), "attention"),
}


#: What may be beside it.
ALLOWED = {"attention": {"matmul", "slice", "strided_slice", "cast", "sub", "mul", "greater", "reshape"}}


@pytest.fixture(scope="module", params=[2, None], ids=["static", "dynamic"])
def built(request, tmp_path_factory):
    """All forms as one graph: its layers, TensorFlow's answer and the plan's results."""
    folder = tmp_path_factory.mktemp("raise")
    forms = {name: form for name, (form, _) in FORMS.items() if request.param or name != "attention_by_hand"}

    # Inputs of their own: equal formulas of one input would become one launch.
    def everything(**inputs):
        results = {}
        for name, form in forms.items():
            with tf.name_scope(name):
                results[name] = tf.identity(form(inputs[f"x_{name}"]), "result")
        return results

    specs = {f"x_{name}": tf.TensorSpec((request.param, *ROWS[1:]), name=f"x_{name}") for name in forms}
    function = tf.function(everything).get_concrete_function(**specs)
    frozen = convert_variables_to_constants_v2(function)
    (folder / "graph.pb").write_bytes(frozen.graph.as_graph_def().SerializeToString())
    outputs = [f"{name}/result" for name in forms]
    shapes = [] if request.param else [f"--shapes={name}=1..4x16x24" for name in specs]
    tools.tool("graft", "build", folder / "graph.pb", "-o", folder / "plan", "--outputs", ",".join(outputs), *shapes)
    layers = json.loads(tools.tool("graft", "inspect", "--json", folder / "plan").out)["layers"]
    inputs = {name: weights(*ROWS, seed=9 + i) * 3 for i, name in enumerate(specs)}
    np.savez(folder / "in.npz", **inputs)
    tools.tool("graft", "run", folder / "plan", "--inputs", folder / "in.npz", "--outputs", folder / "out.npz")
    with np.load(folder / "out.npz") as archive:
        got = {key: archive[key] for key in archive.files}
    return layers, oracle.ask(folder / "graph.pb", inputs, outputs=outputs, exact=True), got


@pytest.mark.parametrize("name", FORMS)
def test_becomes_one_launch(name, built):
    layers, want, got = built
    output = f"{name}/result"
    if output not in got:
        pytest.skip("its shapes are of one batch")
    mine = [layer for layer in layers if any(node.startswith(f"{name}/") for node in layer["nodes"])]
    found = collections.Counter(layer["kind"] for layer in mine)
    kind = FORMS[name][1]
    assert found.pop(kind, 0) == 1, found
    # An attention has projections in front of it and behind it.
    assert set(found) <= ALLOWED.get(kind, set()), found
    assert any(len(layer["nodes"]) > 1 for layer in mine if layer["kind"] == kind)
    assert oracle.distance({name: got[output]}, {name: want.outputs[output]}) <= want.tolerance
