# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models whose variables are read in functions, loops and branches, or are changed.

    function_models.py save FOLDER            each model, in FOLDER/NAME
    function_models.py ask FOLDER CONVERTED   calls what is in CONVERTED/NAME as FOLDER/NAME.npz
                                              says, and writes FOLDER/NAME.CONVERTED.npz
    function_models.py trt FOLDER CONVERTED   converts by TrtGraphConverterV2

Each is run in a process of its own."""

import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import numpy as np  # noqa: E402

SERVE = "serving_default"


def values(*shape, seed=0):
    return np.random.default_rng(seed).normal(0, 0.5, shape).astype(np.float32)


def save_recurrent(path, layer):
    import keras

    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.layers.Input([7, 5]),
            getattr(keras.layers, layer)(8, return_sequences=True),
            getattr(keras.layers, layer)(6),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )
    model.export(str(path), verbose=False)
    name = model.inputs[0].name
    # The second signature is a twin of the first.
    return [(signature, {name: values(3, 7, 5)}) for signature in (SERVE, "serve")]


def save_lstm(path):
    return save_recurrent(path, "LSTM")


def save_gru(path):
    return save_recurrent(path, "GRU")


def save_module(path, signatures, *variables):
    """`signatures` are functions of one [None, 6] input and of the variables."""
    import tensorflow as tf

    module = tf.Module()
    module.variables_ = [tf.Variable(variable) for variable in variables]
    spec = tf.TensorSpec([None, 6], tf.float32, name="x")

    def bind(function):
        return tf.function(lambda x: function(x, *module.variables_), input_signature=[spec])

    module.functions = {name: bind(function) for name, function in signatures.items()}
    tf.saved_model.save(module, str(path), signatures=dict(module.functions))
    return [(SERVE, {"x": values(3, 6, seed=9)})]


def save_map(path):
    import tensorflow as tf

    def serve(x, v):
        return {"y": tf.map_fn(lambda row: tf.linalg.matvec(v, row, transpose_a=True), tf.nn.relu(x) + 0.5)}

    return save_module(path, {SERVE: serve}, values(6, 4))


def save_range_loop(path):
    import tensorflow as tf

    def serve(x, w, b):
        h = tf.nn.relu(x) + 0.5
        for i in tf.range(tf.shape(x)[0]):
            h = tf.sigmoid(h @ w + b) * tf.cast(i + 1, tf.float32)
        return {"y": tf.nn.softmax(tf.nn.relu(h @ w) + 0.1)}

    return save_module(path, {SERVE: serve}, values(6, 6), values(6))


def save_branches(path):
    import tensorflow as tf

    def serve(x, w, v):
        h = tf.nn.relu(x) + 0.5
        # One variable read in one branch only, and a handle that nothing reads.
        h = tf.cond(tf.reduce_sum(x) > 0, lambda: tf.tanh(h @ w), lambda: h - 1.0)
        chosen = tf.switch_case(
            tf.shape(x)[0] % 3, [lambda: h @ v, lambda: tf.gather(v, [0, 1, 2]) + 1.0, lambda: h @ (v + 1.0)]
        )
        return {"y": tf.nn.softmax(tf.nn.relu(chosen) + 0.1)}

    save_module(path, {SERVE: serve}, values(6, 6), values(6, 4))
    return [(SERVE, {"x": sign * values(rows, 6, seed=9)}) for rows in (1, 2, 3) for sign in (1, -1)]


def save_shared(path):
    """One traced function that gets two variables in turn, with a loop in it; and two signatures
    that share it."""
    import tensorflow as tf

    @tf.function(autograph=False)
    def block(x, w):
        return tf.while_loop(
            lambda i, h: i < tf.shape(x)[1], lambda i, h: (i + 3, tf.tanh(h @ w)), [0, x]
        )[1]

    def serve(x, w, v):
        return {"y": tf.nn.relu(block(block(x, w), v)) + 0.1}

    def other(x, w, v):
        return {"z": tf.nn.relu(block(block(x, v), w)) - 0.1}

    save_module(path, {SERVE: serve, "other": other}, values(6, 6), values(6, 6, seed=1))
    return [(name, {"x": values(3, 6, seed=9)}) for name in (SERVE, "other")]


def save_training(path):
    """One signature changes a variable that another only reads, and counts."""
    import tensorflow as tf

    def infer(x, w, v, seen):
        return {"y": tf.nn.softmax(tf.nn.relu(tf.nn.relu(x @ v) @ w) + 0.5)}

    def train(x, w, v, seen):
        w.assign_sub(0.1 * tf.ones_like(w) * x[0, 0])
        return {"seen": seen.assign_add(tf.shape(x)[0])}

    save_module(path, {SERVE: infer, "train": train}, values(6, 4), values(6, 6), 0)
    feeds = {"x": values(3, 6, seed=9)}
    return [(SERVE, feeds), ("train", feeds), (SERVE, feeds), ("train", feeds), (SERVE, feeds)]


def save_counter(path):
    """The only signature counts its calls."""
    import tensorflow as tf

    def serve(x, w, calls):
        return {"y": tf.nn.relu(tf.nn.relu(x @ w) + 0.5), "calls": calls.assign_add(1)}

    return save_module(path, {SERVE: serve}, values(6, 6), 0) * 3


def save_looped_counter(path):
    """A loop writes to one variable and reads another."""
    import tensorflow as tf

    def serve(x, w, calls):
        h = x
        for _ in tf.range(3):
            calls.assign_add(1)
            h = tf.tanh(h @ w)
        return {"y": tf.nn.relu(tf.nn.relu(h) + 0.5), "calls": calls.read_value()}

    return save_module(path, {SERVE: serve}, values(6, 6), 0) * 2


def save_words(path):
    """Strings in a variable that is read, and in one that is written."""
    import tensorflow as tf

    def serve(x, names, last):
        found = tf.gather(names, tf.argmax(tf.nn.relu(tf.nn.relu(x) + 0.5), 1))
        before = tf.identity(last.read_value())
        with tf.control_dependencies([before]):
            last.assign(found[0])
        return {"found": found, "before": before}

    words = ["ant", "", "bee" * 100, "cat", "dog", "eel"]
    return save_module(path, {SERVE: serve}, words, "none") * 2


def save_batch_norm(path):
    """Statistics that every call changes."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(1)
    layer = keras.layers.BatchNormalization(momentum=0.5)
    dense = keras.layers.Dense(6)
    layer(dense(values(1, 6)))
    module = tf.Module()
    module.kept = [v.value for v in layer.variables + dense.variables]
    module.serve = tf.function(
        lambda x: {"y": tf.nn.relu(layer(dense(x), training=True)) + 0.1, "mean": layer.moving_mean.value},
        input_signature=[tf.TensorSpec([None, 6], tf.float32, name="x")],
    )
    tf.saved_model.save(module, str(path), signatures=module.serve)
    return [(SERVE, {"x": values(4, 6, seed=seed)}) for seed in (1, 2, 3)]


def save_session(path):
    """TensorFlow 1: a branch and a loop of Switch, Merge, Enter and Exit that read variables by
    their handles, and a variable by reference that is written."""
    import tensorflow as tf

    v1 = tf.compat.v1
    v1.disable_control_flow_v2()
    with v1.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 6], name="x")
        w = v1.get_variable("w", initializer=values(6, 6), use_resource=True)
        v = v1.get_variable("v", initializer=values(6, 6, seed=1), use_resource=True)
        calls = v1.get_variable("calls", initializer=0.0, use_resource=False)
        total = v1.get_variable("total", initializer=0.0, use_resource=True)
        h = v1.cond(tf.reduce_sum(x) > 0, lambda: tf.tanh(x @ w), lambda: x @ (v + 1.0))
        rows = v1.cond(tf.reduce_sum(x) > 0, lambda: tf.shape(w)[0], lambda: tf.shape(x)[0])
        _, h = v1.while_loop(
            lambda i, h: i < 3,
            lambda i, h: (i + 1, tf.tanh(h @ v) + tf.gather(w, [0])),
            [0, h],
        )
        y = tf.nn.relu(tf.nn.relu(h @ w) + 0.5)
        with v1.control_dependencies([y]):
            counted = v1.assign_add(calls, 1.0)
            summed = v1.assign_add(total, tf.reduce_sum(x))
        outputs = {
            "y": tf.identity(y),
            "rows": rows,
            "calls": tf.identity(counted),
            "total": tf.identity(summed),
        }
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, str(path), {"x": x}, outputs)
    v1.enable_control_flow_v2()
    return [(SERVE, {"x": sign * values(3, 6, seed=9)}) for sign in (1, -1, 1)]


def save_signatures(path):
    """Two signatures of other names: one takes what the other gives."""
    import tensorflow as tf

    def encode(x, w, v):
        code = tf.nn.tanh(x @ w)
        return {"z_code": code, "a_norm": tf.sqrt(tf.reduce_sum(code * code, 1)), "output_0": tf.nn.relu(code)}

    def decode(x, w, v):
        return {"x": tf.sigmoid(tf.nn.relu(x) @ v)}

    save_module(path, {SERVE: encode, "decode": decode}, values(6, 6), values(6, 6, seed=1))
    return [(name, {"x": values(3, 6, seed=9)}) for name in (SERVE, "decode")]


def save_table(path):
    """TensorFlow 1: a table that the main op fills, a variable by reference, and one by handle."""
    import tensorflow as tf

    v1 = tf.compat.v1
    with v1.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 6], name="x")
        w = v1.get_variable("w", initializer=values(6, 4), use_resource=False)
        b = v1.get_variable("b", initializer=values(4), use_resource=True)
        p = tf.nn.softmax(tf.matmul(tf.nn.relu(tf.matmul(x, w) + b), values(4, 3)))
        words = tf.lookup.KeyValueTensorInitializer(tf.range(3, dtype=tf.int64), tf.constant(["ant", "bee", "cat"]))
        name = tf.lookup.StaticHashTable(words, "none").lookup(tf.argmax(p, 1))
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        v1.saved_model.simple_save(
            session, str(path), {"x": x}, {"p": p, "name": name}, legacy_init_op=v1.tables_initializer()
        )
    return [(SERVE, {"x": values(5, 6, seed=9)})]


MODELS = {
    name.removeprefix("save_"): function
    for name, function in list(globals().items())
    if name.startswith("save_") and name not in ("save_recurrent", "save_module")
}
#: TensorFlow itself cannot freeze a function of TensorFlow 1 with a table, or a gather in a loop.
BY_TRT = [name for name in MODELS if name not in ("session", "table")]


def ask(model, calls):
    """The answers to the calls, one after the other, as {"NUMBER/NAME": array}."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(model))
    answers = {}
    for i, (signature, feeds) in enumerate(calls):
        if signature not in loaded.signatures:
            continue
        got = loaded.signatures[signature](**{k: tf.constant(v) for k, v in feeds.items()})
        for name, value in got.items():
            value = np.asarray(value.numpy())
            answers[f"{i}/{name}"] = value.astype("S") if value.dtype == object else value
    return answers


def load_calls(folder, name):
    with np.load(folder / f"{name}.npz") as file:
        calls = {}
        for key in file.files:
            number, signature, tensor = key.split("/", 2)
            calls.setdefault(int(number), (signature, {}))[1][tensor] = file[key]
    return [calls[number] for number in sorted(calls)]


def save(folder):
    for name, function in MODELS.items():
        calls = function(folder / name)
        np.savez(
            folder / f"{name}.npz",
            **{f"{i}/{s}/{k}": v for i, (s, feeds) in enumerate(calls) for k, v in feeds.items()},
        )
        np.savez(folder / f"{name}.want.npz", **ask(folder / name, calls))


def ask_all(folder, converted):
    import tensorflow as tf

    tf.load_op_library(os.environ["GRAFT_OPS"])
    for name in MODELS:
        if (folder / converted / name).exists():
            answers = ask(folder / converted / name, load_calls(folder, name))
            np.savez(folder / f"{name}.{converted}.npz", **answers)


def convert_by_trt(folder, converted):
    from graft.tensorflow import trt

    for name in BY_TRT:
        converter = trt.TrtGraphConverterV2(input_saved_model_dir=str(folder / name))
        converter.convert()
        converter.save(str(folder / converted / name))


if __name__ == "__main__":
    command, folder, *rest = sys.argv[1:]
    {"save": save, "ask": ask_all, "trt": convert_by_trt}[command](pathlib.Path(folder), *rest)
