#!/usr/bin/env python3
"""Writes tensorflow_cases.txt: small inputs and what TensorFlow makes of them.

Run it with a Python that has TensorFlow, and check the result in:

    tensorflow_cases.py > tensorflow_cases.txt

A case is a line `op KIND TOLERANCE` followed by `attr NAME KIND VALUES`, `in` and
`out` lines of the form `in DTYPE RANK SIZES... VALUES...`. The tolerance is
relative to the larger of 1 and the value.
"""
import math
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np
import tensorflow as tf

NAMES = {
    tf.float32: "f32", tf.float64: "f64", tf.float16: "f16", tf.bfloat16: "bf16",
    tf.int8: "i8", tf.int16: "i16", tf.int32: "i32", tf.int64: "i64",
    tf.uint8: "u8", tf.uint16: "u16", tf.uint32: "u32", tf.uint64: "u64",
    tf.bool: "bool",
}
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.5, -2.5, 3.5, 1e-3, -7.25, 20.0,
           -20.0, math.inf, -math.inf, math.nan]
random = np.random.default_rng(20)


def number(value):
    if isinstance(value, (bool, np.bool_)):
        return "1" if value else "0"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    # The shortest text of that precision.
    return str(value)


def tensor(word, value):
    value = tf.convert_to_tensor(value)
    array = value.numpy()
    if value.dtype == tf.bfloat16:
        array = array.astype(np.float32)
    sizes = " ".join(str(size) for size in value.shape)
    values = " ".join(number(element) for element in array.reshape(-1))
    print(" ".join(x for x in [word, NAMES[value.dtype], str(value.shape.rank),
                               sizes, values] if x))


def case(op, inputs, outputs, tolerance=1e-6, /, **attributes):
    print("op", op, tolerance)
    for name, value in sorted(attributes.items()):
        if isinstance(value, str):
            print("attr", name, "s", value)
        elif isinstance(value, float):
            print("attr", name, "f", number(value))
        elif isinstance(value, (int, bool)):
            print("attr", name, "i", int(value))
        elif value and isinstance(value[0], float):
            print("attr", name, "F", *[number(x) for x in value])
        else:
            print("attr", name, "I", *value)
    for value in inputs:
        tensor("in", value)
    for value in outputs if isinstance(outputs, (list, tuple)) else [outputs]:
        tensor("out", value)


def f32(*shape):
    return tf.constant(random.normal(size=shape).astype(np.float32))


def unary():
    special = tf.constant(SPECIAL, tf.float32)
    functions = {
        "abs": tf.abs, "acos": tf.acos, "acosh": tf.acosh, "asin": tf.asin,
        "asinh": tf.asinh, "atan": tf.atan, "atanh": tf.atanh, "ceil": tf.math.ceil,
        "cos": tf.cos, "cosh": tf.cosh, "elu": tf.nn.elu, "erf": tf.math.erf,
        "erfc": tf.math.erfc, "exp": tf.exp, "expm1": tf.math.expm1,
        "floor": tf.floor, "is_finite": tf.math.is_finite,
        "is_inf": tf.math.is_inf, "is_nan": tf.math.is_nan,
        "leaky_relu": tf.nn.leaky_relu, "lgamma": tf.math.lgamma, "log": tf.math.log,
        "log1p": tf.math.log1p, "neg": tf.negative,
        "reciprocal": tf.math.reciprocal, "relu": tf.nn.relu, "round": tf.round,
        "rsqrt": tf.math.rsqrt, "selu": tf.nn.selu, "sigmoid": tf.sigmoid,
        "sign": tf.sign, "sin": tf.sin, "sinh": tf.sinh,
        "softplus": tf.nn.softplus, "softsign": tf.nn.softsign,
        "sqrt": tf.sqrt, "square": tf.square, "swish": tf.nn.silu,
        "tan": tf.tan, "tanh": tf.tanh,
    }
    for kind, function in functions.items():
        inputs = special
        # Large arguments of these are the platform's business.
        if kind in ("sin", "cos", "tan"):
            inputs = tf.constant(SPECIAL[:-3], tf.float32)
        case(kind, [inputs], function(inputs), 4e-6)
    case("clip", [special], tf.nn.relu6(special), alpha=0.0, beta=6.0)
    case("gelu", [special[:11]], tf.nn.gelu(special[:11], approximate=False), 4e-6)
    case("gelu_tanh", [special[:11]], tf.nn.gelu(special[:11], approximate=True), 4e-6)
    for dtype in (tf.int8, tf.int32, tf.int64):
        x = tf.constant([0, 1, -1, 100, dtype.min, dtype.max], dtype)
        for kind in ("abs", "neg", "sign", "square", "relu"):
            case(kind, [x], functions[kind](x), 0)
    for dtype in (tf.float16, tf.bfloat16):
        x = tf.cast(special, dtype)
        for kind in ("exp", "tanh", "sigmoid", "round", "relu", "rsqrt"):
            case(kind, [x], functions[kind](x), 8e-3 if dtype == tf.bfloat16 else 1e-3)
    truth = tf.constant([True, False])
    case("logical_not", [truth], tf.logical_not(truth), 0)


def binary():
    few = [0.0, -0.0, 1.0, -1.0, 2.5, -0.75, math.inf, -math.inf, math.nan]
    a, b = np.meshgrid(few, few)
    a, b = tf.constant(a.reshape(-1), tf.float32), tf.constant(b.reshape(-1), tf.float32)
    functions = {
        "add": tf.add, "sub": tf.subtract, "mul": tf.multiply,
        "div": tf.divide, "floor_div": lambda x, y: x // y,
        "floor_mod": tf.math.floormod, "trunc_mod": tf.truncatemod,
        "maximum": tf.maximum, "minimum": tf.minimum, "pow": tf.pow,
        "squared_difference": tf.math.squared_difference, "atan2": tf.atan2,
        "div_no_nan": tf.math.divide_no_nan, "equal": tf.equal,
        "not_equal": tf.not_equal, "less": tf.less, "less_equal": tf.less_equal,
        "greater": tf.greater, "greater_equal": tf.greater_equal,
    }
    for kind, function in functions.items():
        case(kind, [a, b], function(a, b), 2e-6)
    # A quotient that rounds up to a whole number.
    x, y = tf.constant([1.0, 0.3, -1.0]), tf.constant([0.1, 0.1, 0.1])
    case("floor_div", [x, y], x // y)
    values = [0, 1, -1, 2, -3, 7, -100]
    for dtype in (tf.int8, tf.int32, tf.int64):
        a, b = np.meshgrid(values + [dtype.min, dtype.max], values[1:] + [dtype.max])
        a, b = tf.constant(a.reshape(-1), dtype), tf.constant(b.reshape(-1), dtype)
        for kind in ("add", "sub", "mul", "maximum", "minimum",
                     "squared_difference", "floor_div", "floor_mod", "less",
                     "equal"):
            # The one quotient that does not fit is undefined there.
            fits = tf.logical_not((a == dtype.min) & (b == -1))
            x, y = tf.boolean_mask(a, fits), tf.boolean_mask(b, fits)
            if dtype == tf.int8 and kind == "squared_difference":
                continue
            case(kind, [x, y], functions[kind](x, y), 0)
        x = tf.boolean_mask(a, fits)
        y = tf.boolean_mask(b, fits)
        case("div", [x, y], tf.truncatediv(x, y), 0)
        case("trunc_mod", [x, y], tf.truncatemod(x, y), 0) if dtype != tf.int8 else None
    x, y = tf.constant([2, -3, 5, 0, 7], tf.int32), tf.constant([10, 3, 0, 0, 2], tf.int32)
    case("pow", [x, y], tf.pow(x, y), 0)
    x = tf.constant([[True, False]])
    y = tf.constant([[True], [False]])
    for kind, function in (("logical_and", tf.logical_and), ("logical_or", tf.logical_or),
                           ("logical_xor", tf.math.logical_xor)):
        case(kind, [x, y], function(x, y), 0)
    for left, right in (((2, 1, 3), (4, 1)), ((), (2, 2)), ((0, 3), (1, 3)), ((1,), (0,))):
        x, y = f32(*left), f32(*right)
        case("add", [x, y], x + y)
    condition = tf.constant([[True], [False]])
    x, y = f32(3), f32(2, 3)
    case("select", [condition, x, y], tf.where(condition, x, y))


def casts():
    values = tf.constant([0.0, -0.0, 1.9, -1.9, 127.6, 255.0, -128.9, 100.5], tf.float32)
    for dtype in (tf.int8, tf.int16, tf.int32, tf.int64, tf.bool, tf.float16,
                  tf.bfloat16, tf.float64):
        x = values[:5] if dtype == tf.int8 else values
        case("cast", [x], tf.cast(x, dtype), 0, to=NAMES[dtype])
    x = tf.constant([math.nan, math.inf, -math.inf, 3e9, -3e9], tf.float32)
    case("cast", [x], tf.cast(x, tf.bool), 0, to="bool")
    x = tf.constant([1e5, 65504.0, 65519.0, 65520.0, 5.96e-8, 2.98e-8, 2.99e-8,
                     6.1e-5, -1e-10, 1.0009765625, 1.00048828125, 1.0014648], tf.float32)
    case("cast", [x], tf.cast(x, tf.float16), 0, to="f16")
    case("cast", [x], tf.cast(x, tf.bfloat16), 0, to="bf16")
    x = tf.constant([300, -1, -300, 2**31 - 1, 128, 70000], tf.int32)
    for dtype in (tf.int8, tf.uint8, tf.int16, tf.uint16, tf.int64, tf.uint32,
                  tf.float32, tf.bool):
        case("cast", [x], tf.cast(x, dtype), 0, to=NAMES[dtype])


def pads_of(size, window, stride, dilation=1):
    """TensorFlow's SAME padding: before and after."""
    reach = (window - 1) * dilation + 1
    total = max((-(-size // stride) - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def products():
    for size, window, stride, dilation in ((7, 3, 1, 1), (8, 3, 2, 1), (9, 2, 1, 2)):
        x, w = f32(1, size, size + 1, 2), f32(window, window, 2, 3)
        rows = pads_of(size, window, stride, dilation)
        columns = pads_of(size + 1, window, stride, dilation)
        case("conv2d", [x, w],
             tf.nn.conv2d(x, w, stride, "SAME", dilations=dilation), 2e-6,
             strides=[stride] * 2, dilations=[dilation] * 2,
             pads=[*rows, *columns])
        case("conv2d", [x, w],
             tf.nn.conv2d(x, w, stride, "VALID", dilations=dilation), 2e-6,
             strides=[stride] * 2, dilations=[dilation] * 2)
    x, w = f32(1, 5, 5, 3), f32(3, 3, 3, 2)
    case("conv2d", [x, tf.reshape(w, (3, 3, 1, 6))],
         tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "SAME"), 2e-6,
         pads=[1, 1, 1, 1], groups=3)
    x, w = f32(1, 3, 4, 2), f32(3, 2, 3, 2)
    for size in ((7, 8), (8, 9)):
        result = tf.nn.conv2d_transpose(x, w, (1, *size, 3), 2, "VALID")
        case("conv2d_transpose", [x, w], result, 2e-6, strides=[2, 2],
             output_size=list(size))
    result = tf.nn.conv2d_transpose(x, w, (1, 5, 8, 3), 2, "SAME")
    case("conv2d_transpose", [x, w], result, 2e-6, strides=[2, 2],
         output_size=[5, 8], pads=[*pads_of(5, 3, 2), *pads_of(8, 2, 2)])
    for a, b, ta, tb in (((2, 3, 4), (2, 4, 5), 0, 0), ((2, 1, 4, 3), (3, 4, 5), 1, 0),
                         ((3, 4), (2, 5, 4), 0, 1), ((0, 4), (4, 2), 0, 0)):
        x, y = f32(*a), f32(*b)
        case("matmul", [x, y], tf.matmul(x, y, transpose_a=bool(ta), transpose_b=bool(tb)),
             2e-6, transpose_a=ta, transpose_b=tb)
    x = f32(1, 6, 7, 2)
    pads = [*pads_of(6, 3, 2), *pads_of(7, 3, 2)]
    case("max_pool2d", [x], tf.nn.max_pool2d(x, 3, 2, "SAME"), window=[3, 3],
         strides=[2, 2], pads=pads)
    case("avg_pool2d", [x], tf.nn.avg_pool2d(x, 3, 2, "SAME"), window=[3, 3],
         strides=[2, 2], pads=pads)
    case("avg_pool2d", [x], tf.nn.avg_pool2d(x, 2, 1, "VALID"), window=[2, 2])
    x = tf.zeros((0, 4, 4, 2))
    case("max_pool2d", [x], tf.nn.max_pool2d(x, 2, 2, "VALID"), window=[2, 2],
         strides=[2, 2])
    # A NaN is no maximum, and the least one is finite.
    nan, inf = math.nan, math.inf
    x = np.reshape([nan, -1, -inf, -inf, -2, nan, -inf, -inf,
                    nan, nan, inf, nan, nan, nan, -3, nan], (1, 4, 4, 1))
    for dtype in (tf.float32, tf.float16, tf.bfloat16):
        y = tf.constant(x, dtype)
        case("max_pool2d", [y], tf.nn.max_pool2d(y, 2, 2, "VALID"), window=[2, 2],
             strides=[2, 2])


def norms():
    x = f32(2, 3, 3, 4)
    parameters = [f32(4), f32(4), f32(4), tf.abs(f32(4))]
    result = tf.compat.v1.nn.fused_batch_norm(
        x, *parameters, epsilon=0.01, is_training=False)[0]
    case("batch_norm", [x, *parameters], result, 4e-6, epsilon=0.01)
    case("lrn", [x], tf.nn.local_response_normalization(x, 1, 1.5, 0.3, 0.7), 4e-6,
         depth_radius=1, bias=1.5, alpha=0.3, beta=0.7)
    x = tf.constant([[1.0, 2.0, 1000.0], [-math.inf, 0.0, 1.0], [math.nan, 0.0, 1.0]])
    case("softmax", [x], tf.nn.softmax(x), 2e-6)
    case("log_softmax", [x], tf.nn.log_softmax(x), 2e-6)
    x = f32(2, 3, 2)
    case("softmax", [x], tf.nn.softmax(x, axis=1), 2e-6, axis=1)
    x, gamma, beta = f32(2, 3, 4), f32(4), f32(4)
    mean, variance = tf.nn.moments(x, -1, keepdims=True)
    case("layer_norm", [x, gamma, beta],
         tf.nn.batch_normalization(x, mean, variance, beta, gamma, 0.01), 4e-6,
         epsilon=0.01)


def reductions():
    x = f32(2, 3, 4)
    functions = {"sum": tf.reduce_sum, "mean": tf.reduce_mean, "max": tf.reduce_max,
                 "min": tf.reduce_min, "prod": tf.reduce_prod}
    for kind, function in functions.items():
        for axes, keep in (([0], 0), ([1, 2], 1), ([0, 1, 2], 0), ([-1], 0)):
            case("reduce", [x], function(x, axes, bool(keep)), 2e-6, kind=kind,
                 axes=axes, keep_dims=keep)
        empty = tf.zeros((2, 0))
        case("reduce", [empty], function(empty, [1]), kind=kind, axes=[1])
        y = tf.constant([[1, -7, 3], [2**31 - 1, 5, -2]], tf.int32)
        case("reduce", [y], function(y, [1]), 0, kind=kind, axes=[1])
        z = tf.constant([[1.0, math.nan], [math.inf, -math.inf], [math.inf, 1.0]])
        case("reduce", [z], function(z, [1]), kind=kind, axes=[1])
    empty = tf.zeros((2, 0), tf.int8)
    case("reduce", [empty], tf.reduce_max(empty, [1]), 0, kind="max", axes=[1])
    truth = tf.constant([[True, False], [True, True], [False, False]])
    case("reduce", [truth], tf.reduce_any(truth, [1]), 0, kind="any", axes=[1])
    case("reduce", [truth], tf.reduce_all(truth, [1]), 0, kind="all", axes=[1])
    x = tf.constant([[1.0, 3.0, 3.0], [-1.0, -5.0, -5.0]])
    for axis in (0, 1):
        case("arg_max", [x], tf.argmax(x, axis), 0, axis=axis, to="i64")
        case("arg_min", [x], tf.argmin(x, axis, tf.int32), 0, axis=axis, to="i32")
    x = f32(2, 4)
    for exclusive in (0, 1):
        for reverse in (0, 1):
            case("cumsum", [x], tf.cumsum(x, 1, bool(exclusive), bool(reverse)), axis=1,
                 exclusive=exclusive, reverse=reverse)
    x = tf.constant([[1.0, 5.0, 5.0, 2.0], [0.0, -1.0, 0.0, -1.0]])
    case("top_k", [x], list(tf.math.top_k(x, 3)), 0, k=3)


def movement():
    x = f32(2, 3, 4)
    case("reshape", [x, tf.constant([4, -1])], tf.reshape(x, (4, -1)), 0)
    case("reshape", [tf.zeros((0, 3))], tf.reshape(tf.zeros((0, 3)), (3, 0)), 0, shape=[3, 0])
    case("reshape", [f := f32(1)], tf.reshape(f, ()), 0, shape=[])
    case("expand_dims", [x], tf.expand_dims(x, -1), 0, axes=[-1])
    y = f32(1, 2, 1)
    case("squeeze", [y], tf.squeeze(y), 0)
    case("squeeze", [y], tf.squeeze(y, [0]), 0, axes=[0])
    case("shape_of", [x], tf.shape(x), 0)
    case("shape_of", [f32()], tf.shape(f32(), tf.int64), 0, to="i64")
    case("transpose", [x], tf.transpose(x, (2, 0, 1)), 0, perm=[2, 0, 1])
    y = f32(2, 1, 4)
    case("concat", [x, y], tf.concat([x, y], 1), 0, axis=1)
    case("concat", [x, tf.zeros((2, 0, 4))], x, 0, axis=-2)
    case("pack", [x, x + 1], tf.stack([x, x + 1], -1), 0, axis=-1)
    case("tile", [y], tf.tile(y, (2, 3, 0)), 0, multiples=[2, 3, 0])
    case("tile", [y], tf.tile(y, (2, 3, 1)), 0, multiples=[2, 3, 1])
    case("broadcast_to", [y], tf.broadcast_to(y, (3, 2, 2, 4)), 0, shape=[3, 2, 2, 4])
    case("fill", [tf.constant(7, tf.int64), tf.constant([2, 2])],
         tf.fill((2, 2), tf.constant(7, tf.int64)), 0)
    for mode in ("constant", "reflect", "symmetric"):
        extra = {"constant_values": 2.5} if mode == "constant" else {}
        case("pad", [x], tf.pad(x, ((0, 0), (1, 2), (3, 1)), mode.upper(), **extra), 0,
             low=[0, 1, 3], high=[0, 2, 1], mode=mode, value=2.5)
    case("slice", [x], tf.slice(x, (0, 1, 2), (1, -1, 2)), 0, begin=[0, 1, 2], size=[1, -1, 2])
    y = f32(5, 6)
    for text, attributes in (
            ("1:4:2,::-1", dict(begin=[1, 0], end=[4, 0], strides=[2, -1], begin_mask=2, end_mask=2)),
            ("-2:,3:1:-1", dict(begin=[-2, 3], end=[0, 1], strides=[1, -1], end_mask=1)),
            ("3,1:100", dict(begin=[3, 1], end=[4, 100], strides=[1, 1], shrink_axis_mask=1)),
            ("-1,-2", dict(begin=[-1, -2], end=[0, 0], strides=[1, 1], shrink_axis_mask=3)),
            ("4:2,:", dict(begin=[4], end=[2], strides=[1])),
            ("-100:100:3,5::-4", dict(begin=[-100, 5], end=[100, 0], strides=[3, -4], end_mask=2))):
        case("strided_slice", [y], eval(f"y[{text}]"), 0, **attributes)
    index = tf.constant([[1, 0], [2, 2]])
    case("gather", [x, index], tf.gather(x, index, axis=1), 0, axis=1)
    case("gather", [x, index], tf.gather(x, index, axis=2, batch_dims=1), 0, axis=2, batch_dims=1)
    case("gather", [x, tf.zeros((0,), tf.int64)], tf.gather(x, tf.zeros((0,), tf.int64)), 0, axis=0)
    index = tf.constant([[1, 2], [0, 0]])
    case("gather_nd", [x, index], tf.gather_nd(x, index), 0)
    index = tf.constant([[[1, 2]], [[0, 0]]])
    case("gather_nd", [x, index], tf.gather_nd(x, index, batch_dims=1), 0, batch_dims=1)
    index = tf.constant([[0, 2], [-1, 9]])
    case("one_hot", [index], tf.one_hot(index, 3, 5.0, -1.0), 0, depth=3, on_value=5.0, off_value=-1.0)
    case("one_hot", [index], tf.one_hot(index, 3, axis=0, dtype=tf.int32), 0, depth=3, axis=0, to="i32")
    for limits in ((0, 10, 3), (5, -3, -4), (2, 2, 1)):
        values = [tf.constant(value) for value in limits]
        case("range", values, tf.range(*values), 0)
    values = [tf.constant(value) for value in (0.0, 1.0, 0.3)]
    case("range", values, tf.range(*values))
    y = f32(1, 4, 6, 4)
    case("space_to_depth", [y], tf.nn.space_to_depth(y, 2), 0, block_size=2)
    case("depth_to_space", [y], tf.nn.depth_to_space(y, 2), 0, block_size=2)
    z = tf.space_to_batch(y, (2, 3), ((1, 1), (0, 3)))
    case("space_to_batch", [y], z, 0, block_shape=[2, 3], pads=[1, 1, 0, 3])
    case("batch_to_space", [z], tf.raw_ops.BatchToSpaceND(
        input=z, block_shape=[2, 3], crops=[[1, 1], [0, 3]]), 0,
         block_shape=[2, 3], crops=[1, 1, 0, 3])


def resizing():
    x = f32(1, 4, 5, 2)
    for size in ((8, 10), (3, 7), (1, 1)):
        for corners, half in ((False, False), (True, False), (False, True)):
            arguments = dict(images=x, size=size, align_corners=corners, half_pixel_centers=half)
            case("resize_bilinear", [x], tf.raw_ops.ResizeBilinear(**arguments), 4e-6,
                 size=list(size), align_corners=corners, half_pixel_centers=half)
            case("resize_nearest", [x], tf.raw_ops.ResizeNearestNeighbor(**arguments), 0,
                 size=list(size), align_corners=corners, half_pixel_centers=half)


def boxes(*shape):
    """Corners in any order; some boxes have no area, some are equal."""
    corner = random.uniform(0, 1, (*shape, 2))
    result = np.concatenate([corner, corner + random.uniform(-0.4, 0.5, (*shape, 2))], -1)
    flat = result.reshape(-1, 4)
    flat[::7, 2] = flat[::7, 0]
    flat[1::5] = flat[:1]
    return tf.constant(result.round(3), tf.float32)


def detection():
    nms = tf.raw_ops.CombinedNonMaxSuppression
    for count, classes, sets, per_class, size, pad, clip in [
        (1, 1, 1, 1, 1, False, True), (7, 3, 1, 3, 5, False, False), (7, 3, 3, 20, 30, False, True),
        (20, 4, 4, 6, 10, True, True), (20, 4, 1, 2, 30, True, False), (25, 2, 1, 20, 40, False, True),
        (0, 2, 1, 3, 4, False, True),
    ]:  # fmt: skip
        # Few scores, hence many that are equal; and all different.
        for scores in (random.integers(0, 6, (2, count, classes)) / 5, random.uniform(0, 1, (2, count, classes)).round(3)):
            inputs = [boxes(2, count, sets), tf.constant(scores, tf.float32),
                      tf.constant(0.3), tf.constant(0.2)]  # fmt: skip
            results = nms(boxes=inputs[0], scores=inputs[1], max_output_size_per_class=per_class,
                          max_total_size=size, iou_threshold=inputs[2], score_threshold=inputs[3],
                          pad_per_class=pad, clip_boxes=clip)  # fmt: skip
            case("combined_non_max_suppression", inputs, list(results), 0, size=size,
                 size_per_class=per_class, pad_per_class=pad, clip_boxes=clip)
    for dtype in (tf.float32, tf.float16):
        for count, size, iou, least, sigma in [
            (1, 3, 0.5, 0.1, 0.0), (30, 10, 0.3, 0.2, 0.0), (20, 25, 0.0, -math.inf, 0.0), (30, 0, 0.3, 0.2, 0.0),
            (30, 12, 0.3, 0.1, 0.3), (20, 25, 1.0, -1.0, 0.7), (20, 25, 0.5, 0.0, 0.05), (0, 3, 0.5, 0.1, 0.0),
        ]:  # fmt: skip
            for scores in (random.integers(-1, 6, count) / 5, random.uniform(-0.2, 1, count).round(3)):
                limits = [tf.constant(value, dtype) for value in (iou, least, sigma)]
                inputs = [tf.cast(boxes(count), dtype), tf.constant(scores, dtype), *limits]
                results = tf.raw_ops.NonMaxSuppressionV5(
                    boxes=inputs[0], scores=inputs[1], max_output_size=size, iou_threshold=limits[0],
                    score_threshold=limits[1], soft_nms_sigma=limits[2], pad_to_max_output_size=True)  # fmt: skip
                case("non_max_suppression", inputs, list(results), 0, size=size)


for family in (unary, binary, casts, products, norms, reductions, movement, resizing, detection):
    family()
