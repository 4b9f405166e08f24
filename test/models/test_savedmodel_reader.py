# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The value that Graft reads for each variable of a SavedModel is the value that
TensorFlow restores, bit for bit."""

import importlib.util
import os
import pathlib
import subprocess
import sys

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from tensorflow.python.ops import gen_resource_variable_ops

v1 = tf.compat.v1
DUMP = pathlib.Path(os.environ["GRAFT_BIN"]) / "savedmodel-dump"


def graft_values(directory, out):
    result = subprocess.run([DUMP, directory, out], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    content = out.read_bytes()
    values, offset = {}, 0
    for line in result.stdout.splitlines():
        node, dtype, shape, size = line.split("\t")
        shape = tuple(int(d) for d in shape.split(",") if d)
        values[node] = (int(dtype), shape, content[offset : offset + int(size)])
        offset += int(size)
    assert offset == len(content)
    return values


def tensorflow_values(directory):
    """Restores the model with TensorFlow, and reads every variable of its graph."""
    values = {}
    with v1.Graph().as_default() as graph, v1.Session() as session:
        v1.saved_model.load(session, ["serve"], str(directory))
        reads = {}
        for op in graph.get_operations():
            if op.type == "VarHandleOp":
                dtype = op.get_attr("dtype")
                reads[op.name] = gen_resource_variable_ops.read_variable_op(op.outputs[0], dtype)
            elif op.type in ("VariableV2", "Variable"):
                reads[op.name] = op.outputs[0]
        for name, tensor in reads.items():
            dtype = tensor.dtype.base_dtype
            array = session.run(tensor)
            data = b"".join(array.flat) if dtype == tf.string else array.tobytes()
            values[name] = (dtype.as_datatype_enum, array.shape, data)
    return values


def save_module(path):
    """Every kind of variable, two of one name, and names that say nothing."""

    class Model(tf.Module):
        def __init__(self):
            self.weight = tf.Variable(np.arange(12, dtype=np.float32).reshape(3, 4), name="w")
            self.scale = tf.Variable(np.float32(2.5), name="w")
            self.bias = tf.Variable(tf.range(4, dtype=tf.float32) / 3)
            self.bias16 = tf.Variable(tf.cast(self.bias, tf.bfloat16))
            self.listed = [tf.Variable(3), tf.Variable(True), tf.Variable(tf.cast(1, tf.int64))]
            self.words = tf.Variable(["ab", "", "c" * 300])
            self.empty = tf.Variable(np.zeros((0, 5), np.float32))

        @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32)])
        def __call__(self, x):
            y = x @ self.weight * self.scale + self.bias + tf.cast(self.bias16, tf.float32)
            return {"y": y, "words": tf.size(self.words), "empty": tf.shape(self.empty)}

    model = Model()
    tf.saved_model.save(model, str(path), signatures=model.__call__)


def save_keras(path):
    """With the slots of an optimizer."""
    model = tf_keras.Sequential(
        [
            tf_keras.layers.Conv2D(4, 3, input_shape=(8, 8, 3)),
            tf_keras.layers.BatchNormalization(),
            tf_keras.layers.Flatten(),
            tf_keras.layers.Dense(5),
        ]
    )
    model.compile("adam", "mse")
    model.fit(np.random.rand(4, 8, 8, 3), np.random.rand(4, 5), verbose=0)
    model.save(path, save_format="tf")


def save_session(path):
    """TF1: variables by reference and by resource, and one in three parts."""
    with v1.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 3], name="x")
        normal = v1.random_normal_initializer(seed=1)
        w = v1.get_variable("w", (3, 2), initializer=normal, use_resource=False)
        r = v1.get_variable("scope/r", (2,), initializer=normal, use_resource=True)
        parts = v1.get_variable(
            "parts",
            (200, 3),
            initializer=normal,
            partitioner=v1.fixed_size_partitioner(3),
            use_resource=False,
        )
        y = tf.identity(x @ w + r + tf.reduce_sum(tf.convert_to_tensor(parts)), name="y")
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, str(path), {"x": x}, {"y": y})


def save_bert(path):
    from transformers import BertConfig, TFBertModel

    model = TFBertModel(
        BertConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
    )
    model(tf.zeros([1, 8], tf.int32))
    model.save_pretrained(path.parent / "bert", saved_model=True)
    (path.parent / "bert/saved_model/1").rename(path)


@pytest.mark.parametrize("save", [save_module, save_keras, save_session, save_bert])
def test_saved(save, tmp_path):
    save(tmp_path / "model")
    check(tmp_path / "model", tmp_path)


def test_trained_model_of_a_wheel(tmp_path):
    spec = importlib.util.find_spec("basic_pitch")
    if spec is None:
        pytest.skip("basic-pitch is not installed")
    check(pathlib.Path(spec.origin).parent / "saved_models/icassp_2022/nmp", tmp_path)


KERAS_3 = """
import sys, keras, numpy as np, tensorflow as tf

class Model(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = keras.layers.Dense(4, bias_initializer="normal")
        self.second = keras.layers.Dense(4, bias_initializer="normal")

    def call(self, x):
        return self.second(keras.ops.relu(self.first(x)))

x = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
model = Model()
y = model(x)
module = tf.Module()
module.model = model
signature = tf.function(model.call).get_concrete_function(tf.TensorSpec((3, 4), name="x"))
tf.saved_model.save(module, sys.argv[1], signatures=signature)
np.savez(sys.argv[2], x=x, y=y)
"""


def test_variables_of_one_name(tmp_path):
    """Keras 3 gives them names that repeat, and restores other handles than the
    signature reads: only what the call captures says which is which."""
    directory, answers = tmp_path / "model", tmp_path / "answers.npz"
    environment = dict(os.environ, TF_USE_LEGACY_KERAS="0", KERAS_BACKEND="tensorflow")
    subprocess.run([sys.executable, "-c", KERAS_3, directory, answers], env=environment, check=True)
    expected = np.load(answers)
    inputs, outputs = tmp_path / "inputs.npz", tmp_path / "outputs.npz"
    np.savez(inputs, x=expected["x"])
    graft = pathlib.Path(os.environ["GRAFT_BIN"]) / "graft"
    subprocess.run([graft, "run", directory, "--inputs", inputs, "--outputs", outputs], check=True)
    (got,) = np.load(outputs).values()
    np.testing.assert_allclose(got, expected["y"], rtol=1e-5, atol=1e-6)


def check(directory, tmp_path):
    got = graft_values(directory, tmp_path / "values")
    want = tensorflow_values(directory)
    assert want, "a model without variables proves nothing"
    assert got.keys() == want.keys()
    for name, value in want.items():
        assert got[name] == value, name
