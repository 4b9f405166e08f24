# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models after public bug reports on converters and runtimes, each small, with inputs and TensorFlow's answers.

A function of MODELS writes a model into a folder and returns a Model. Expected values come from the function
itself, run eagerly, or from a session that optimises nothing.
"""

import dataclasses
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
f4 = np.float32


@dataclasses.dataclass
class Call:
    """One use of a model."""

    inputs: dict
    outputs: dict
    signature: str = "serving_default"
    planned: bool = True  # a plan answers so, too: other signatures' calls before it do not matter


@dataclasses.dataclass
class Model:
    path: pathlib.Path
    calls: list  # of Call, made in turn
    tolerance: float = 1e-5  # of the largest finite value; integers and special values are exact
    refused: str = ""  # what the message says where a node cannot be part of a plan
    shapes: dict = dataclasses.field(default_factory=dict)  # with which it can; then the message is the one without
    planned: tuple = ()  # outputs of the plan, where it has not all
    calibration: dict = dataclasses.field(default_factory=dict)  # inputs; the model is also tried in int8
    plan_mb: float = 4.0  # the largest plan


def random(seed):
    return np.random.default_rng(seed)


def normal(seed, *shape, scale=1.0):
    return (random(seed).normal(size=shape) * scale).astype(f4)


def numpy(outputs):
    return {name: np.asarray(value) for name, value in outputs.items()}


def spec(*shape, dtype=tf.float32, name):
    return tf.TensorSpec(shape, dtype, name=name)


def saved(folder, function, *specs, inputs, **options):
    """A SavedModel of one function, which takes the specs and gives a dict."""
    module = tf.Module()
    module.serve = tf.function(function, input_signature=specs, autograph=False)
    tf.saved_model.save(module, folder / "model", signatures={"serving_default": module.serve})
    want = function(*(tf.constant(inputs[each.name]) for each in specs))
    return Model(folder / "model", [Call(inputs, numpy(want))], **options)


def frozen(folder, build, inputs, shapes=None, **options):
    """A GraphDef of what `build` makes of placeholders: {name: tensor}."""
    with tf.Graph().as_default() as graph:
        feeds = {
            name: v1.placeholder(value.dtype, (shapes or {}).get(name, value.shape), name=name)
            for name, value in inputs.items()
        }
        outputs = {name: tf.identity(value, name=name) for name, value in build(**feeds).items()}
    (folder / "graph.pb").write_bytes(graph.as_graph_def().SerializeToString())
    config = v1.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    with v1.Session(graph=graph, config=config) as session:
        want = session.run(outputs, {feeds[name]: value for name, value in inputs.items()})
    return Model(folder / "graph.pb", [Call(inputs, numpy(want))], **options)


# Layouts and shapes.


def transposed_and_scaled(folder):
    """A transposition is followed by a constant that has more dimensions than the tensor
    (onnx/tensorflow-onnx 588, 1387)."""

    def build(rows, image):
        planes = tf.transpose(image, [0, 3, 1, 2])
        return {
            "scaled": tf.transpose(rows) * tf.constant([[[-1.5]]]),
            "moved": planes - tf.constant(np.full([1] * 5, 0.75, f4)),
            "gated": tf.nn.relu(planes * tf.constant(normal(2, 6, 1, 1))),
        }

    return frozen(folder, build, {"rows": normal(0, 4, 7), "image": normal(1, 2, 5, 3, 6)})


def new_dimensions(folder):
    """New dimensions around an ellipsis, negative strides, positions that go (onnx/tensorflow-onnx 1849, 1319, 400)."""
    new = tf.newaxis

    def function(x):
        return {
            "behind": -x[..., new, new],
            "both": -x[new, ..., new, -1],
            "mixed": -x[:, new, ::-1, ..., 1, new],
            "inner": -x[..., new, :, new, 2:],
            "last": -x[-1, ..., new, ::-2],
            "back": -x[1, new, ..., 3:0:-2, new],
            "tail": -x[:, -2:, new, ..., new, -4:-1],
            "none": -x[..., 4:1],
            "nothing": -x[2:2, ..., new],
            "dropped": -x[:, 0, new, 1, new],
        }

    return saved(folder, function, spec(None, 3, 4, 5, name="x"), inputs={"x": normal(3, 3, 3, 4, 5)}, tolerance=0)


def padding_and_pooling(folder):
    """Zeros around negative images, borders wider than the window, strides beyond it (onnx/optimizer 318,
    tensorflow/tensorflow 14601)."""
    kernel, point = normal(4, 3, 3, 3, 5), normal(5, 1, 1, 3, 4)

    def pad(x, rows, columns, **options):
        return tf.pad(x, [[0, 0], rows, columns, [0, 0]], **options)

    def function(x):
        ring, wide = pad(x, [1, 1], [1, 1]), pad(tf.nn.relu(-x), [4, 6], [5, 3])
        return {
            "zeros_win": tf.nn.max_pool2d(ring, 3, 2, "VALID"),
            "relu": tf.nn.max_pool2d(pad(tf.nn.relu(x), [1, 1], [1, 1]), 3, 2, "VALID"),
            "convolved": tf.nn.conv2d(ring, kernel, 2, "VALID"),
            "wide": tf.nn.conv2d(wide, kernel, 2, "VALID"),
            "wide_same": tf.nn.conv2d(wide, kernel, 3, "SAME"),
            "pooled_wide": tf.nn.max_pool2d(wide, 3, 3, "VALID"),
            "mean": tf.nn.avg_pool2d(ring, 3, 2, "SAME"),
            "mean_far": tf.nn.avg_pool2d(x, 4, 3, "SAME"),
            "skips": tf.nn.conv2d(x, point, 3, "SAME"),
            "skips_more": tf.nn.conv2d(x, kernel, 5, "SAME"),
            "pooled_far": tf.nn.max_pool2d(x, 2, 5, "SAME"),
            "channels": -tf.pad(x, [[0, 0], [0, 0], [0, 0], [2, 1]]),
            "low": tf.nn.max_pool2d(pad(x, [1, 1], [1, 1], constant_values=-1e30), 3, 2, "VALID"),
        }

    image = -0.5 - random(6).random([2, 10, 9, 3], f4)
    return saved(folder, function, spec(None, 10, 9, 3, name="x"), inputs={"x": image})


def any_size(folder):
    """VALID convolutions and the best places of pictures of any size (onnx/tensorflow-onnx 312,
    tensorflow/tensorflow 24032, 55669)."""
    kernel, head = normal(7, 3, 3, 3, 6, scale=0.3), normal(8, 1, 1, 6, 1)

    def function(image):
        features = tf.nn.relu(tf.nn.conv2d(image, kernel, 1, "VALID") - 0.05)
        heat = tf.sigmoid(tf.nn.conv2d(features, head, 1, "VALID"))
        best = tf.math.top_k(tf.reshape(heat, [tf.shape(heat)[0], -1]), 7)
        return {"scores": best.values, "places": best.indices, "heat": heat}

    model = saved(
        folder, function, spec(None, None, None, 3, name="image"), inputs={"image": normal(9, 2, 8, 10, 3)}
    )
    other = normal(10, 1, 13, 6, 3)
    model.calls.append(Call({"image": other}, numpy(function(tf.constant(other)))))
    return model


def volumes(folder):
    """A network that enlarges volumes of unknown depth (onnx/tensorflow-onnx 2286)."""
    import tf_keras as keras

    keras.utils.set_random_seed(11)
    x = keras.Input([None, 5, 6, 2], name="x")
    h = keras.layers.Conv3D(4, (1, 3, 3), padding="same", activation="relu")(x)
    y = keras.layers.Conv3DTranspose(3, (1, 4, 4), strides=(1, 2, 2), padding="same", name="y")(h)
    network = keras.Model(x, y)
    tf.saved_model.save(network, folder / "model")
    value = normal(12, 1, 4, 5, 6, 2)
    return Model(
        folder / "model", [Call({"x": value}, {"y": network(value).numpy()})], tolerance=2e-5,
        refused="must be known", shapes={"x": value.shape},
    )  # fmt: skip


# Values.


def special_values(folder):
    """NaN, infinities and large numbers through activations, pooling and casts (tensorflow/tensorflow 119628,
    126212, 119428)."""
    kernel, matrix = normal(13, 1, 1, 3, 6), normal(14, 6, 6)
    x = normal(15, 2, 4, 4, 3)
    x[0, 0, 1, 0], x[0, 2, 3, 1], x[1, 0, 2, 2] = np.nan, np.inf, -np.inf
    x[1, 3, 0], x[1, 2, 2] = 2e38, -2e38
    activations = {
        "relu": tf.nn.relu, "relu6": tf.nn.relu6, "leaky": tf.nn.leaky_relu, "elu": tf.nn.elu, "selu": tf.nn.selu,
        "sigmoid": tf.sigmoid, "tanh": tf.tanh, "softplus": tf.nn.softplus, "gelu": tf.nn.gelu,
        "erf_gelu": lambda t: tf.nn.gelu(t, approximate=False), "swish": lambda t: t * tf.sigmoid(t),
        "hard": lambda t: tf.nn.relu6(t + 3) / 6 * t, "clip": lambda t: tf.clip_by_value(t, -2.0, 2.0),
        "above": lambda t: tf.maximum(t, 0.25), "below": lambda t: tf.minimum(t, 0.25),
    }  # fmt: skip

    def function(x):
        image = tf.nn.conv2d(x, kernel, 1, "SAME")
        rows = tf.reshape(image, [-1, 6]) @ matrix
        results = {f"image_{name}": activation(image) for name, activation in activations.items()}
        results |= {f"rows_{name}": activation(rows) for name, activation in activations.items()}
        return results | {
            "integers": tf.cast(tf.clip_by_value(x * 1e10, -3e9, 3e9), tf.int32),
            # Beyond the type's numbers TensorFlow's answer depends on the position: 32 at once saturate, the rest wraps.
            "bytes": tf.cast(tf.clip_by_value(tf.where(x == x, tf.abs(x), 1.0) * 90, 0.0, 255.0), tf.uint8),
            "broken": tf.math.is_nan(x * 0.0),
            "pooled": tf.nn.max_pool2d(tf.nn.relu(image), 2, 2, "SAME"),
            "mean": tf.reduce_mean(image, [1, 2]),
            "largest": tf.reduce_max(image, [1, 2]),
        }

    return saved(folder, function, spec(None, 4, 4, 3, name="x"), inputs={"x": x})


def wrapping_integers(folder):
    """Integers that overflow and then decide, divisions of negative ones (tensorflow/tensorflow 118178, 117142)."""

    def function(small, large):
        square = small * small
        return {
            "square": square,
            "chosen": tf.where(square < 0, -square, square),
            "sum": tf.reduce_sum(tf.cast(small, tf.int32)),
            "negative": -small,
            "magnitude": tf.abs(small),
            "quotient": large // tf.constant(-5),
            "rest": large % tf.constant(-5),
            "ratio": tf.math.truediv(large, 9),
            "large_square": large * large,
            "low_byte": tf.cast(large, tf.uint8),
            "byte_sum": tf.cast(tf.cast(large, tf.uint8) + tf.constant(180, tf.uint8), tf.int32),
            "mean": tf.reduce_mean(large),
            "running": tf.cumsum(small),
            "largest": tf.reduce_max(small),
        }

    inputs = {
        "small": np.array([13, 6, 25, 16, 10, -128, 127, -1, 0, 90], np.int8),
        "large": np.array([-9, 9, 60000, -(2**31), 2**31 - 1, 4], np.int32),
    }
    specs = spec(None, dtype=tf.int8, name="small"), spec(None, dtype=tf.int32, name="large")
    # TensorFlow's own optimiser multiplies by a ninth.
    return saved(folder, function, *specs, inputs=inputs, tolerance=1e-15)


def large_constants(folder):
    """Small operands that would make large constants: masks, tiles and positions (onnx/tensorflow-onnx 1201,
    tensorflow/tensorflow 24478)."""
    row = normal(16, 1, 20)

    def function(x):
        rank = tf.range(2000)
        mask = tf.cast(rank[:, None] >= rank[None], tf.float32)
        tiles = tf.tile(tf.constant(row), [2000, 100])
        grid = tf.stack(tf.meshgrid(tf.range(1200), tf.range(1200)), -1)
        weight = tf.reduce_sum(tf.ones([2000, 2000]) * mask * tiles, 1)
        return {"y": tf.nn.relu(x * weight[:12]) + tf.cast(tf.reduce_max(grid), tf.float32)}

    inputs = {"x": normal(17, 3, 12)}
    return saved(folder, function, spec(None, 12, name="x"), inputs=inputs, tolerance=1e-4)


def resized_pictures(folder):
    """Bytes are resized by cubic interpolation with antialiasing in front of the network
    (openvinotoolkit/openvino 35893, onnx/tensorflow-onnx 294, 2241, tensorflow/tensorflow 33691)."""
    kernel, head = normal(18, 3, 3, 3, 6, scale=0.1), normal(19, 6, 3)

    def function(picture):
        smooth = tf.image.resize(picture, [10, 12], "bicubic", antialias=True) / 255.0
        plain = tf.image.resize(picture, [10, 12], "bilinear") / 255.0
        near = tf.image.resize(picture, [10, 12], "nearest")
        features = tf.nn.conv2d(smooth - plain + tf.cast(near, tf.float32) / 255.0, kernel, 2, "SAME")
        return {
            "classes": tf.nn.softmax(tf.reduce_mean(tf.nn.relu(features), [1, 2]) @ head),
            "near": near,
            "plain": plain,
        }

    inputs = {"picture": random(20).integers(0, 256, [2, 23, 29, 3]).astype(np.uint8)}
    specs = spec(None, None, None, 3, dtype=tf.uint8, name="picture")
    return saved(folder, function, specs, inputs=inputs, tolerance=2e-5, refused="ScaleAndTranslate")


# Quantization.


def quantized_without_range(folder):
    """Simulated quantization that takes its range from the tensor, and one of weights by channel
    (onnx/tensorflow-onnx 1438, 1442, 1081)."""
    kernel = normal(21, 3, 3, 3, 6)
    low, high = np.full(6, -2.25, f4), np.linspace(1.5, 3, 6).astype(f4)

    def build(x):
        own = tf.quantization.quantize_and_dequantize_v2(x, -50.0, 50.0, range_given=False)
        narrow = tf.quantization.quantize_and_dequantize_v2(kernel, -2.25, 3.0, range_given=True, narrow_range=True)
        weights = tf.quantization.fake_quant_with_min_max_vars_per_channel(narrow, low, high)
        return {"own": own, "y": tf.nn.relu(tf.nn.conv2d(own, weights, 1, "SAME"))}

    return frozen(folder, build, {"x": normal(22, 2, 7, 9, 3, scale=2.5)})


def calibrated_ids(folder):
    """int8 for a network whose inputs are numbers of words (tensorflow/tensorflow 30871)."""
    table, first, last = normal(23, 40, 12), normal(24, 12, 24, scale=0.3), normal(25, 24, 4, scale=0.3)

    def function(ids):
        words = tf.reduce_mean(tf.gather(table, ids), 1)
        return {"classes": tf.nn.softmax(tf.nn.relu(words @ first) @ last)}

    return saved(
        folder, function, spec(None, 6, dtype=tf.int64, name="ids"),
        inputs={"ids": random(26).integers(0, 40, [5, 6])},
        calibration={"ids": random(27).integers(0, 40, [64, 6])},
    )  # fmt: skip


# Keras.


def layer_normalization(folder):
    """Keras 2 normalizes layers by a batch norm in training mode (openvinotoolkit/openvino 8617,
    onnx/tensorflow-onnx 1175)."""
    import tf_keras as keras

    keras.utils.set_random_seed(28)
    layers = keras.layers
    x = y = keras.Input([10, 12], name="x")
    for _ in range(2):
        y = y + layers.Dense(12)(layers.Dense(24, activation="gelu")(layers.LayerNormalization()(y)))
    network = keras.Model(x, layers.Dense(3, name="y")(layers.LayerNormalization()(y)))
    for i, weight in enumerate(network.weights):
        weight.assign(weight + normal(100 + i, *weight.shape, scale=0.1))
    tf.saved_model.save(network, folder / "model")
    value = normal(29, 4, 10, 12)
    calls = [Call({"x": value}, {"y": network(value).numpy()})]
    return Model(folder / "model", calls, tolerance=2e-5, refused="is_training")


def keras_3_export(folder):
    """model.export of Keras 3: two signatures, names of variables that repeat, a dropout with a seed
    (openvinotoolkit/openvino 25346)."""
    import keras

    keras.utils.set_random_seed(30)
    body = keras.Sequential(
        [
            keras.layers.Input([14, 14]), keras.layers.Flatten(), keras.layers.Dense(24, activation="relu"),
            keras.layers.Dropout(0.3), keras.layers.Dense(5),
        ]
    )  # fmt: skip
    network = keras.Sequential([body, keras.layers.Softmax()])
    value = random(31).random([3, 14, 14], f4)
    want = np.asarray(network(value))
    return exported(network, folder, value, want)


def exported(network, folder, value, want, **options):
    """What Keras 3 writes, called by both of its signatures."""
    network.export(folder / "model", verbose=False)
    signatures = tf.saved_model.load(folder / "model").signatures
    calls = []
    for name in ("serving_default", "serve"):
        (given,) = signatures[name].structured_input_signature[1]
        (result,) = signatures[name].structured_outputs
        calls.append(Call({given: value}, {result: want}, name))
    return Model(folder / "model", calls, **options)


def causal_attention(folder):
    """The triangle of a decoder's mask is cut out of a constant of ones."""
    import keras

    keras.utils.set_random_seed(32)
    layers = keras.layers
    x = keras.Input([7, 12], name="x")
    h = layers.LayerNormalization()(x)
    h = x + layers.MultiHeadAttention(3, 4)(h, h, use_causal_mask=True)
    network = keras.Model(x, layers.Dense(4, activation="gelu")(h))
    value = normal(33, 2, 7, 12)
    return exported(network, folder, value, np.asarray(network(value)), tolerance=2e-5, refused="MatrixBandPart")


def frozen_lstm(folder):
    """TensorFlow 2 freezes a Keras LSTM: its loop becomes Enter, Merge and Switch (openvinotoolkit/openvino 5988)."""
    import tf_keras as keras
    from tensorflow.python.framework import convert_to_constants

    keras.utils.set_random_seed(34)
    network = keras.Sequential(
        [keras.Input([8, 4]), keras.layers.LSTM(5), keras.layers.Dense(6, activation="relu"), keras.layers.Dense(3)]
    )
    function = tf.function(network).get_concrete_function(tf.TensorSpec([None, 8, 4], name="x"))
    graph = convert_to_constants.convert_variables_to_constants_v2(function)
    (folder / "graph.pb").write_bytes(graph.graph.as_graph_def().SerializeToString())
    value = normal(35, 3, 8, 4)
    calls = [Call({"x": value}, {graph.outputs[0].op.name: network(value).numpy()})]
    return Model(folder / "graph.pb", calls, refused="control_flow")


# Signatures, variables, tables.


class Coder(tf.Module):
    def __init__(self):
        self.down, self.up = tf.Variable(normal(36, 10, 6)), tf.Variable(normal(37, 6, 10))

    @tf.function(input_signature=[spec(None, 10, name="sound")])
    def encode(self, sound):
        code = tf.tanh(sound @ self.down)
        return {"z_code": code, "a_norm": tf.sqrt(tf.reduce_sum(code * code, 1)), "output_0": tf.nn.relu(code)}

    @tf.function(input_signature=[spec(None, 6, name="code")])
    def decode(self, code):
        return {"sound": tf.sigmoid(tf.nn.relu(code) @ self.up)}


def two_signatures(folder):
    """Names that are the user's own; one signature's result is another's input (tensorflow/tensorflow 28346, 28812)."""
    coder = Coder()
    signatures = {"serving_default": coder.encode, "decode": coder.decode}
    tf.saved_model.save(coder, folder / "model", signatures=signatures)
    sound, code = normal(38, 4, 10), normal(39, 2, 6)
    calls = [
        Call({"sound": sound}, numpy(coder.encode(sound))),
        Call({"code": code}, numpy(coder.decode(code)), "decode"),
    ]
    return Model(folder / "model", calls)


class Branches(tf.Module):
    def __init__(self):
        self.square = tf.Variable(normal(40, 5, 5, scale=0.5))
        self.head = tf.Variable(normal(41, 5, 3))

    @tf.function(input_signature=[spec(None, 5, name="x"), spec(dtype=tf.bool, name="deep")])
    def serve(self, x, deep):
        h = tf.nn.relu(x) - 0.25
        if deep:
            h = tf.tanh(h @ self.square)
        for _ in tf.range(3):
            h = tf.sigmoid(h @ self.square) * 1.5
        rows = tf.map_fn(lambda row: tf.linalg.matvec(self.head, row, transpose_a=True), h)
        return {"classes": tf.nn.softmax(tf.nn.relu(h @ self.head) + 0.2), "rows": rows}


def weights_in_branches(folder):
    """Branches, loops and maps whose bodies read the model's weights (tensorflow/tensorflow 3667,
    tensorflow/models 9681)."""
    module, x = Branches(), normal(42, 4, 5)
    tf.saved_model.save(module, folder / "model", signatures={"serving_default": module.serve})
    calls = [
        Call({"x": x, "deep": np.array(deep)}, numpy(module.serve(x, tf.constant(deep)))) for deep in (True, False)
    ]
    return Model(folder / "model", calls, refused="control_flow")


class Learner(tf.Module):
    def __init__(self):
        self.matrix, self.rows = tf.Variable(normal(43, 5, 3)), tf.Variable(0, trainable=False)

    @tf.function(input_signature=[spec(None, 5, name="x")])
    def infer(self, x):
        return {"classes": tf.nn.softmax(tf.nn.relu(x @ self.matrix) - 0.5)}

    @tf.function(input_signature=[spec(None, 5, name="x")])
    def train(self, x):
        self.matrix.assign_sub(0.25 * tf.ones_like(self.matrix))
        return {"rows": self.rows.assign_add(tf.shape(x)[0])}


def trains_on_device(folder):
    """One signature changes the weights that another reads (tensorflow/tfjs 1981, tensorflow/tensorflow 43833)."""
    module, x = Learner(), normal(44, 4, 5)
    signatures = {"serving_default": module.infer, "train": module.train}
    tf.saved_model.save(module, folder / "model", signatures=signatures)
    # In turn: what was trained is read afterwards.
    calls = [Call({"x": x}, numpy(module.infer(x)))]
    calls += [Call({"x": x}, numpy(module.train(x)), "train")]
    calls += [Call({"x": x}, numpy(module.infer(x)), planned=False)]
    return Model(folder / "model", calls)


def class_names(folder):
    """TensorFlow 1: variables of both kinds, and names of classes in a table that the main op fills
    (tensorflow/tensorflow 26800, 37660)."""
    with v1.Graph().as_default():
        x = v1.placeholder(tf.float32, [None, 9], name="x")
        matrix = v1.get_variable("matrix", initializer=normal(45, 9, 4), use_resource=False)
        bias = v1.get_variable("bias", initializer=normal(46, 4), use_resource=True)
        classes = tf.nn.softmax(tf.nn.relu(tf.matmul(x, matrix) + bias) @ tf.constant(normal(47, 4, 4)))
        keys = tf.constant([0, 1, 2, 3], tf.int64), tf.constant(["owl", "fox", "elk", "bat"])
        table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(*keys), "other")
        name = table.lookup(tf.argmax(classes, 1))
        with v1.Session() as session:
            session.run([v1.global_variables_initializer(), v1.tables_initializer()])
            value = normal(48, 6, 9)
            want = session.run({"classes": classes, "name": name}, {x: value})
            builder = v1.saved_model.Builder(str(folder / "model"))
            info = v1.saved_model.build_tensor_info
            signature = v1.saved_model.build_signature_def(
                {"x": info(x)}, {"classes": info(classes), "name": info(name)}, "tensorflow/serving/predict"
            )
            builder.add_meta_graph_and_variables(
                session, ["serve"], {"serving_default": signature}, main_op=v1.tables_initializer()
            )
            builder.save()
    return Model(folder / "model", [Call({"x": value}, want)], planned=("classes",))


def many_clients(folder):
    """Threads share one converted model and one plan, each with batches of its own (tensorflow/tensorflow 25187,
    microsoft/onnxruntime 19275)."""
    kernels = normal(49, 3, 3, 3, 8, scale=0.3), normal(50, 3, 3, 8, 8, scale=0.3), normal(51, 8, 5)

    def function(x):
        h = tf.nn.relu(tf.nn.conv2d(x, kernels[0], 1, "SAME"))
        h = h + tf.nn.relu(tf.nn.conv2d(h, kernels[1], 1, "SAME"))
        return {"classes": tf.nn.softmax(tf.reduce_mean(h, [1, 2]) @ kernels[2])}

    return saved(folder, function, spec(None, 16, 16, 3, name="x"), inputs={"x": random(52).random([7, 16, 16, 3], f4)})


MODELS = [
    transposed_and_scaled, quantized_without_range, layer_normalization, volumes, class_names, two_signatures,
    keras_3_export, special_values, wrapping_integers, new_dimensions, calibrated_ids, large_constants, many_clients,
    resized_pictures, padding_and_pooling, any_size, weights_in_branches, trains_on_device, frozen_lstm,
    causal_attention,
]  # fmt: skip
