# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Topologies about operators, and the shapes and types that they are for."""

import tensorflow as tf
from topology import positive, small_integers, topology, weights


@topology((12, 5, 8, 12), (12, 5, 12, 7), inside=["BatchMatMulV2"])
def batch_matmul_two_tensors(a, b):
    return tf.nn.relu(tf.matmul(a, b) * 0.5 + 1.0)


@topology((12, 5, 8, 12), inside=["BatchMatMulV2"])
def batch_matmul_weight_broadcast(a):
    return tf.nn.relu(tf.matmul(a, weights(12, 7)[None, None]) * 0.5 + 1.0)


@topology((12, 5, 8, 12), inside=["BatchMatMulV2"])
def batch_matmul_weight_broadcast_two_dims(a):
    return tf.nn.relu(tf.matmul(a, weights(5, 12, 7)) - 0.5) * 2.0


@topology((48, 12), inside=["MatMul", "BiasAdd"])
def biasadd_matmul(x):
    """Products with and without transposition, and biases of ranks two to five."""
    a = tf.nn.bias_add(tf.matmul(x, weights(12, 4)), weights(4))
    b = tf.matmul(x, weights(3, 12, seed=1), transpose_b=True) + weights(3, seed=2)
    c = tf.nn.bias_add(tf.reshape(a, [-1, 2, 2, 1]), weights(1, seed=3))
    d = tf.nn.bias_add(tf.reshape(b, [-1, 1, 1, 1, 3]), weights(3, seed=4))
    flat = [tf.reshape(value, [-1, size]) for value, size in ((a, 4), (b, 3), (c, 4), (d, 3))]
    return tf.concat(flat, 1)


@topology((10, 24, 24, 20), inside=["AddV2", "Mul"])
def binary_tensor_weight_broadcast(x):
    """Constants of every shape that broadcasts against the tensor, on both sides."""
    shapes = [(1,), (20,), (1, 20), (24, 1), (24, 20), (1, 24, 20), (24, 24, 20), (1, 24, 24, 20),
              (24, 24, 1), (1, 1, 20), (1, 1, 1, 20)]  # fmt: skip
    for i, shape in enumerate(shapes):
        constant = weights(*shape, seed=i, scale=0.2)
        x = x + constant if i % 2 else tf.tanh(constant * x)
    return x


@topology((48, 12), (48, 12), inside=["LogicalAnd", "LogicalOr", "LogicalNot", "SelectV2"])
def bool_logic(a, b):
    both = tf.logical_and(a > 0.0, b < 0.5)
    either = tf.logical_or(both, tf.logical_not(a >= b))
    return tf.where(either, a * 2.0, b - 1.0), either


@topology((48, 12), inside=["Cast"], values=small_integers)
def cast(x):
    """Through half precision and integers, and back."""
    half = tf.cast(tf.cast(x * 0.5, tf.float16), tf.float32)
    whole = tf.cast(tf.cast(half + 0.25, tf.int32), tf.float32)
    return whole + tf.cast(whole > 0.0, tf.float32)


@topology((2, 3, 3, 4), inside=["ConcatV2"])
def concatenation(x):
    """Along every dimension, of parts that are computed and parts that are constant."""
    parts = [x + 1.0, tf.nn.relu(x), x * weights(3, 3, 4)]
    a = tf.concat(parts, -1)
    b = tf.concat([tf.concat(parts, 1), tf.concat([x, x, x], 1)], 2)
    return tf.reshape(a, [-1, 108]), tf.reduce_sum(b, [1, 2])


@topology((5, 12, 12, 2), inside=["Conv2D", "Relu"])
def const_broadcast(x):
    """Filters that are one value, spread over their shape."""
    x = tf.nn.relu(tf.nn.conv2d(x, tf.fill([3, 3, 2, 4], 0.3), 1, "SAME"))
    x = tf.nn.conv2d(x, tf.fill([3, 3, 4, 2], 0.2), 1, "SAME") + tf.fill([2], 0.1)
    return tf.nn.relu(x)


def _convolutions(x, data_format):
    x = tf.nn.conv2d(x, weights(3, 3, 3, 8), 1, "SAME", data_format)
    x = tf.nn.relu(tf.nn.bias_add(x, weights(8), data_format))
    strides = [1, 1, 2, 2] if data_format == "NCHW" else [1, 2, 2, 1]
    x = tf.nn.conv2d(x, weights(5, 5, 8, 4, seed=1), strides, "VALID", data_format)
    return tf.nn.relu(tf.nn.bias_add(x, weights(4), data_format)) * 0.5


def _channels_last(build):
    """The same in the layout that TensorFlow has on a CPU."""

    def reference(x):
        return tf.transpose(build(tf.transpose(x, [0, 2, 3, 1])), [0, 3, 1, 2])

    return reference


@topology((5, 3, 16, 16), inside=["Conv2D", "BiasAdd", "Relu"],
          reference=_channels_last(lambda x: _convolutions(x, "NHWC")))  # fmt: skip
def conv2d_nchw(x):
    return _convolutions(x, "NCHW")


@topology((5, 16, 16, 3), inside=["Conv2D", "BiasAdd", "Relu"])
def conv2d_nhwc(x):
    return _convolutions(x, "NHWC")


@topology((5, 16, 17, 3), inside=["Conv2D", "Relu"])
def conv2d_strided(x):
    x = tf.nn.relu(tf.nn.conv2d(x, weights(3, 3, 3, 6), [1, 2, 3, 1], "SAME") + weights(6))
    return tf.nn.conv2d(x, weights(2, 1, 6, 3, seed=1), [1, 3, 1, 1], "VALID") * 2.0


@topology((5, 16, 16, 3), inside=["Conv2D", "Relu"])
def conv2d_dilated(x):
    x = tf.nn.relu(tf.nn.conv2d(x, weights(3, 3, 3, 6), 1, "SAME", dilations=2) + weights(6))
    return tf.nn.conv2d(x, weights(3, 3, 6, 3, seed=1), 1, "VALID", dilations=[1, 3]) * 2.0


@topology((5, 8, 8, 3), inside=["Conv2DBackpropInput"], known=((True,) * 4,))
def conv2d_transposed(x):
    x = tf.nn.conv2d_transpose(x, weights(4, 4, 6, 3), [5, 16, 16, 6], 2, "SAME")
    return tf.nn.relu(x + weights(6)) * 0.5


@topology((5, 8, 8, 3), inside=["DepthwiseConv2dNative"])
def conv2d_depthwise(x):
    x = tf.nn.depthwise_conv2d(x, weights(3, 3, 3, 2), [1, 2, 2, 1], "SAME")
    return tf.nn.relu6(x + weights(6)) * 0.5


@topology((100, 4), inside=["AddV2", "Mul"], dtype=tf.int32, values=small_integers)
def int32(x):
    """Whole numbers from end to end, which TF-TRT leaves to TensorFlow."""
    return (x * 3 + 7) * x - tf.maximum(x, 2)


@topology((12, 5), (12, 5), inside=["AddV2", "MatMul"])
def rank_two(x, y):
    """Tensors of rank two, which TF-TRT joins only after expanding them."""
    joined = tf.expand_dims(x * 0.5 + 1.0, -1) - tf.expand_dims(y, -1)
    flat = tf.reshape(joined, [-1, 5])
    return tf.matmul(flat, weights(5, 3)) + tf.expand_dims(flat[:, 0], -1)


@topology((100, 24, 24, 2), inside=["Reshape"])
def reshape(x):
    """Reshapes of all but the batch, and of the batch as well, which splits engines in TF-TRT."""
    x = tf.reshape(x * 2.0, [-1, 24 * 24, 2])
    x = tf.reshape(x + 1.0, [-1, 24, 24 * 2])
    x = tf.reshape(tf.nn.relu(x), [-1, 24, 24, 2])
    return tf.reshape(x - 0.5, [-1, 2])


@topology((2, 6, 7, 3), inside=["Transpose", "Conv2D"])
def transpose(x):
    x = tf.transpose(x + 0.5, [0, 3, 1, 2]) * 2.0
    x = tf.nn.conv2d(tf.transpose(x, [0, 2, 3, 1]), weights(3, 3, 3, 4), 1, "SAME")
    return tf.transpose(x - 1.0, [1, 0, 3, 2])


@topology((2, 3, 5), more=[[(4, 7, 2)]], known=((False,) * 3,), inside=["Shape"], values=positive)
def shape_output(x):
    """The shape of a tensor is a result."""
    x = tf.sqrt(x) * 2.0
    return tf.shape(x), x + 1.0


@topology((2, 3, 5), (2, 15), more=[[(4, 7, 2), (4, 14)]], known=((False,) * 3, (False,) * 2),
          inside=["Shape", "Reshape"])  # fmt: skip
def shape_used(x, y):
    """The shape of one tensor is what another is reshaped to."""
    return tf.nn.relu(tf.reshape(y * 2.0, tf.shape(x)) + x) - 0.5


@topology((2, 3, 5), more=[[(4, 7, 2)]], known=((False,) * 3,), inside=["Shape", "StridedSlice"])
def shape_arithmetic(x):
    """Sizes are computed with before they are used."""
    sizes = tf.shape(x)
    flat = tf.reshape(x * 0.5, tf.stack([sizes[0] * sizes[1], sizes[2]]))
    return tf.tanh(flat) + tf.cast(sizes[2], tf.float32)


@topology((64, 30), inside=["TopKV2"])
def top_k(x):
    """Values and their places, which are whole numbers at the border of the engine."""
    values, indices = tf.math.top_k(x * 2.0 + 1.0, 5)
    return values - 0.5, indices


_UNARY = [
    tf.abs, tf.exp, tf.sin, tf.cos, tf.sinh, tf.asin, tf.atan, tf.asinh, tf.atanh, tf.tan, tf.cosh,
    tf.math.ceil, tf.floor, tf.round, tf.sign, tf.math.erf, tf.math.reciprocal, tf.sqrt, tf.math.rsqrt,
    tf.math.log, tf.negative, tf.square, tf.nn.relu, tf.nn.relu6, tf.sigmoid, tf.tanh, tf.nn.elu,
    tf.nn.selu, tf.nn.softplus, tf.nn.softsign, tf.nn.leaky_relu, tf.math.erfc, tf.math.expm1,
    tf.math.log1p,
]  # fmt: skip


@topology((12, 5, 8, 1, 12), values=lambda random, shape: random.uniform(0.1, 0.9, shape),
          inside=["Exp", "Sinh", "Atanh", "Rsqrt", "Selu", "Softsign", "Erf"])  # fmt: skip
def unary(x):
    """Every function of one tensor, each on a value that it is for."""
    values = [function(x) * 0.1 for function in _UNARY]
    return tf.add_n([*values, tf.acosh(x + 1.5), tf.acos(x)])


def _vgg_block(x, data_format):
    scale, offset, mean, variance = (weights(2, seed=seed) for seed in range(4))
    x = tf.compat.v1.nn.fused_batch_norm(
        x, scale, offset, mean, tf.abs(variance) + 0.5, data_format=data_format, is_training=False
    )[0]
    strides = [1, 1, 2, 2] if data_format == "NCHW" else [1, 2, 2, 1]
    x = tf.nn.conv2d(x, weights(1, 1, 2, 6), strides, "SAME", data_format)
    x = tf.identity(tf.nn.relu(tf.nn.bias_add(x, weights(6), data_format)))
    return tf.nn.max_pool2d(x, 2, 2, "VALID", data_format) * 1.0


@topology((5, 8, 8, 2), inside=["FusedBatchNormV3", "Conv2D", "BiasAdd", "Relu", "MaxPool"])
def vgg_block(x):
    return _vgg_block(x, "NHWC")


@topology((5, 2, 8, 8), inside=["FusedBatchNormV3", "Conv2D", "BiasAdd", "Relu", "MaxPool"],
          reference=_channels_last(lambda x: _vgg_block(x, "NHWC")))  # fmt: skip
def vgg_block_nchw(x):
    return _vgg_block(x, "NCHW")


@topology((8, 8), inside=["FakeQuantWithMinMaxArgs"])
def quantization(x):
    """Ranges in the graph, which an engine of single precision keeps to."""
    x = tf.quantization.fake_quant_with_min_max_args(x * 2.0, -6.0, 6.0)
    x = tf.matmul(x, weights(8, 4)) + 1.0
    return tf.quantization.fake_quant_with_min_max_args(tf.nn.relu(x), -4.0, 8.0)


@topology((4, 28, 28, 1), inside=["QuantizeAndDequantizeV2", "Conv2D", "MatMul"])
def quantization_mnist(x):
    """A small network with quantization around each layer."""

    def quantized(value, limit):
        return tf.raw_ops.QuantizeAndDequantizeV2(
            input=value, input_min=-limit, input_max=limit, signed_input=True, num_bits=8,
            range_given=True, round_mode="HALF_TO_EVEN", narrow_range=True, axis=-1,
        )  # fmt: skip

    x = tf.nn.conv2d(quantized(x, 3.0), weights(3, 3, 1, 4), 2, "SAME") + weights(4)
    x = tf.nn.max_pool2d(quantized(tf.nn.relu(x), 6.0), 2, 2, "VALID")
    return tf.matmul(quantized(tf.reshape(x, [-1, 196]), 6.0), weights(196, 10, scale=0.1))


@topology((2, 40, 1, 4), (2, 40, 3), inside=["Sigmoid", "CombinedNonMaxSuppression"], values=positive)
def combined_nms(boxes, scores):
    """Boxes are chosen by scores that the engine has computed."""
    return tuple(
        tf.image.combined_non_max_suppression(
            boxes, tf.sigmoid(scores * 2.0 - 1.0), 3, 5, iou_threshold=0.4, score_threshold=0.1
        )
    )
