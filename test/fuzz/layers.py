"""One small network around each kind of layer, for plans of every kernel.

graphs() -> (name, bytes of a GraphDef, samples for its input x), whose batch is static in
one and unknown in the other.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

_random = np.random.default_rng(0)


def _weights(*shape):
    return tf.constant(_random.normal(size=shape).astype("f4") * 0.2)


def _conv(x, size, channels, stride=1, **more):
    filters = _weights(size, size, x.shape[-1], channels)
    return tf.nn.conv2d(x, filters, stride, "SAME", **more) + _weights(channels)


def _depthwise(x, size, stride):
    filters = _weights(size, size, x.shape[-1], 1)
    return tf.nn.depthwise_conv2d(x, filters, [1, stride, stride, 1], "SAME")


def _heads(x):
    product = tf.reshape(x, (-1, 16)) @ _weights(16, 16)
    return tf.transpose(tf.reshape(product, (-1, 8, 2, 8)), (0, 2, 1, 3))


def _attention(x):
    query, key, value = (_heads(x) for _ in range(3))
    scores = tf.matmul(query, key, transpose_b=True) * 0.35
    return tf.transpose(tf.nn.softmax(scores) @ value, (0, 2, 1, 3))


def _layer_norm(x):
    mean, variance = tf.nn.moments(x, [-1], keepdims=True)
    return tf.nn.batch_normalization(x, mean, variance, _weights(16), _weights(16), 1e-5)


def _suppressed(x):
    boxes = tf.reshape(x, (-1, 20, 1, 4))
    scores = tf.sigmoid(tf.reshape(x[:, :, :2], (-1, 20, 2)))
    found = tf.image.combined_non_max_suppression(boxes, scores, 5, 8)
    return tf.concat([found[0], found[1][..., None]], -1)


def _squeeze_excite(x):
    gate = tf.reduce_mean(x, [1, 2], keepdims=True)
    return x * tf.sigmoid(_conv(gate, 1, 16))


def _parts(x):
    branches = [tf.nn.relu(_conv(x, 1, 8)), tf.nn.relu(_conv(x, 3, 8)), tf.nn.max_pool2d(x, 3, 1, "SAME")]
    return tf.concat(branches, -1)


def _selected(x):
    y = tf.gather(tf.cumsum(tf.pad(x, [[0, 0], [1, 2], [0, 0]]), 1), [0, 5, 2], axis=1)
    return tf.concat([tf.math.top_k(y, 4)[0], tf.cast(tf.argmax(y, -1)[..., None], tf.float32)], -1)


#: The shape of x without the batch, and what is made of it.
LAYERS = {
    "conv": ((14, 14, 32), lambda x: tf.nn.relu(_conv(x, 3, 32))),
    "conv_stride": ((11, 9, 8), lambda x: tf.nn.relu6(_conv(x, 3, 24, 2))),
    "conv_image": ((20, 20, 3), lambda x: _conv(x, 7, 16, 2)),
    "conv_dilated": ((9, 9, 8), lambda x: _conv(x, 3, 8, dilations=2)),
    "conv_point": ((7, 7, 32), lambda x: tf.nn.silu(_conv(x, 1, 48))),
    "conv_groups": ((6, 6, 16), lambda x: tf.nn.conv2d(x, _weights(3, 3, 4, 16), 1, "SAME")),
    "depthwise": ((9, 9, 24), lambda x: tf.nn.relu6(_depthwise(_depthwise(x, 3, 1), 5, 2))),
    "residual": ((8, 8, 16), lambda x: tf.nn.relu(x + _conv(tf.nn.relu(_conv(x, 1, 16)), 3, 16))),
    "parts": ((8, 8, 8), _parts),
    "dense": ((32,), lambda x: tf.nn.softmax(tf.nn.gelu(x @ _weights(32, 24)) @ _weights(24, 10))),
    "pools": ((9, 9, 16), lambda x: tf.nn.avg_pool2d(tf.nn.max_pool2d(x, 3, 2, "SAME"), 2, 2, "VALID")),
    "mean": ((7, 7, 16), lambda x: tf.reduce_mean(_conv(x, 1, 16), [1, 2]) @ _weights(16, 8)),
    "attention": ((8, 16), _attention),
    "layer_norm": ((5, 16), _layer_norm),
    "gate": ((6, 6, 16), _squeeze_excite),
    "resize": ((4, 4, 8), lambda x: tf.image.resize(_conv(x, 1, 8), (9, 7))),
    "suppression": ((20, 4), _suppressed),
    "selected": ((6, 8), _selected),
}


def graphs():
    for name, (shape, layer) in LAYERS.items():
        for batch in (2, None):
            graph = tf.Graph()
            with graph.as_default():
                x = tf.compat.v1.placeholder(tf.float32, (batch, *shape), name="x")
                tf.identity(layer(x), name="y")
            samples = _random.normal(size=(2, *shape)).astype("f4")
            yield f"{name}_{batch}", graph.as_graph_def().SerializeToString(), samples
