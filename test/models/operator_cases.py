"""One small graph per TensorFlow operator and way of using it.

    for case in CASES: case.name, case.inputs, case.build

`build` gets TensorFlow tensors, one for each input, and gives one result or several. An
operator is called by its raw name, so that the graph holds the operator and nothing else.
"""

import dataclasses
from typing import Callable

import numpy as np


@dataclasses.dataclass
class Case:
    name: str
    build: Callable
    inputs: list
    #: Shapes that the placeholders declare; None: those of the inputs.
    shapes: list | None = None
    #: The code with which the conversion must refuse; None: it must convert.
    refused: str | None = None

    def declared(self):
        return self.shapes or [array.shape for array in self.inputs]


CASES = []


def case(name, build, *inputs, dynamic=True, refused=None):
    """Adds a case, and one whose first dimension is unknown unless `dynamic` is false."""
    inputs = [np.asarray(array) for array in inputs]
    CASES.append(Case(name, build, inputs, refused=refused))
    if dynamic and not refused and any(array.ndim for array in inputs):
        shapes = [(None, *array.shape[1:]) if array.ndim else () for array in inputs]
        CASES.append(Case(f"{name}-dynamic", build, inputs, shapes))


def refused(name, code, build, *inputs, shapes=None):
    """Adds a case that the conversion must refuse with `code`."""
    CASES.append(Case(name, build, [np.asarray(a) for a in inputs], shapes, refused=code))


def raw(op, *names, **attributes):
    """A builder that calls the raw operator with its inputs under `names`."""

    def build(tf, *tensors):
        return getattr(tf.raw_ops, op)(**dict(zip(names, tensors)), **attributes)

    return build


def random(*shape, dtype=np.float32, low=-2.0, high=2.0, seed=0):
    values = np.random.default_rng(seed).uniform(low, high, shape)
    return values.astype(dtype)


def integers(*shape, low=-9, high=10, dtype=np.int32, seed=0):
    return np.random.default_rng(seed).integers(low, high, shape).astype(dtype)


# Each element alone

ANY = random(3, 5)
SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e-30, 1e30, -1.5, 2.5], np.float32)
UNARY = {
    "Abs": ("x", ANY), "Acos": ("x", random(3, 5, low=-1, high=1)),
    "Acosh": ("x", random(3, 5, low=1, high=9)), "Asin": ("x", random(3, 5, low=-1, high=1)),
    "Asinh": ("x", ANY), "Atan": ("x", ANY), "Atanh": ("x", random(3, 5, low=-0.9, high=0.9)),
    "Ceil": ("x", ANY), "Cos": ("x", ANY), "Cosh": ("x", ANY), "Elu": ("features", ANY),
    "Erf": ("x", ANY), "Erfc": ("x", ANY), "Exp": ("x", ANY), "Expm1": ("x", ANY),
    "Floor": ("x", ANY), "Inv": ("x", ANY), "Lgamma": ("x", ANY), "Log": ("x", random(3, 5, low=0.1, high=9)),
    "Log1p": ("x", random(3, 5, low=-0.9, high=9)), "Neg": ("x", ANY),
    "Reciprocal": ("x", ANY), "Relu": ("features", ANY),
    "Relu6": ("features", random(3, 5, low=-9, high=9)), "Rint": ("x", ANY),
    "Round": ("x", ANY), "Rsqrt": ("x", random(3, 5, low=0.1, high=9)),
    "Selu": ("features", ANY), "Sigmoid": ("x", ANY), "Sign": ("x", ANY), "Sin": ("x", ANY),
    "Sinh": ("x", ANY), "Softplus": ("features", ANY), "Softsign": ("features", ANY),
    "Sqrt": ("x", random(3, 5, low=0, high=9)), "Square": ("x", ANY), "Tan": ("x", ANY),
    "Tanh": ("x", ANY), "LogSoftmax": ("logits", ANY), "Softmax": ("logits", ANY),
    "ZerosLike": ("x", ANY), "OnesLike": ("x", ANY), "Identity": ("input", ANY),
    "StopGradient": ("input", ANY), "Snapshot": ("input", ANY),
}  # fmt: skip
for op, (name, values) in UNARY.items():
    case(op, raw(op, name), values)
for op in ["Relu", "Sigmoid", "Tanh", "Exp", "Sqrt", "Erf", "Softplus"]:
    for dtype in [np.float16, np.float64]:
        case(f"{op}-{np.dtype(dtype)}", raw(op, UNARY[op][0]), UNARY[op][1].astype(dtype),
             dynamic=False)  # fmt: skip
for op in ["Abs", "Neg", "Relu", "Relu6", "Sign", "Square"]:
    case(f"{op}-int32", raw(op, UNARY[op][0]), integers(3, 5), dynamic=False)
for op in ["Abs", "Neg", "Relu", "Floor", "Ceil", "Sqrt", "Exp", "Sign", "Square", "Round"]:
    case(f"{op}-special", raw(op, UNARY[op][0]), SPECIAL, dynamic=False)
for op in ["IsFinite", "IsInf", "IsNan"]:
    case(op, raw(op, "x"), SPECIAL)
case("Rint-ties", raw("Rint", "x"), np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], np.float32))
case("LeakyRelu", raw("LeakyRelu", "features", alpha=0.3), ANY)
case("LogicalNot", raw("LogicalNot", "x"), ANY > 0)

LEFT, RIGHT = random(4, 1, 3, seed=1), random(5, 3, seed=2)
ARITHMETIC = ["Add", "AddV2", "Div", "FloorDiv", "FloorMod", "Maximum", "Minimum", "Mul", "RealDiv",
              "SquaredDifference", "Sub", "TruncateMod", "Mod", "DivNoNan", "Atan2"]  # fmt: skip
COMPARISONS = ["Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual"]
SIDES = {"Atan2": ("y", "x")}
for op in ARITHMETIC + COMPARISONS:
    names = SIDES.get(op, ("x", "y"))
    case(op, raw(op, *names), LEFT, RIGHT)
    case(f"{op}-scalar", raw(op, *names), LEFT, np.float32(0.5), dynamic=False)
    case(f"{op}-empty", raw(op, *names), LEFT[:0], RIGHT[:1], dynamic=False)
    if op not in ("RealDiv", "DivNoNan", "Atan2"):
        nonzero = integers(3, 4, low=1, seed=5) * np.array([1, -1, 1, -1], np.int32)
        case(f"{op}-int32", raw(op, *names), integers(3, 4, seed=4), nonzero, dynamic=False)
        case(f"{op}-int64", raw(op, *names), integers(3, 4, seed=4).astype(np.int64),
             nonzero.astype(np.int64), dynamic=False)  # fmt: skip
case("Pow", raw("Pow", "x", "y"), np.abs(LEFT), RIGHT)
case("Xlogy", raw("Xlogy", "x", "y"), np.array([0, 1, 2], np.float32), np.array([0, 1, 3], np.float32))
case("TruncateDiv", raw("TruncateDiv", "x", "y"), integers(3, 4), np.int32(-4), dynamic=False)
for op in ["LogicalAnd", "LogicalOr"]:
    case(op, raw(op, "x", "y"), LEFT > 0, RIGHT > 0)
case("AddN", lambda tf, *xs: tf.raw_ops.AddN(inputs=xs), ANY, ANY + 1, ANY * 2)
case("BiasAdd", raw("BiasAdd", "value", "bias"), random(2, 4, 4, 3), random(3), dynamic=False)
case("BiasAdd-nchw", raw("BiasAdd", "value", "bias", data_format="NCHW"), random(2, 3, 4, 5),
     random(3), dynamic=False)  # fmt: skip
case("ClipByValue", lambda tf, x: tf.raw_ops.ClipByValue(t=x, clip_value_min=-0.5, clip_value_max=1.0), ANY)
case("Select", raw("Select", "condition", "x", "y"), ANY > 0, ANY, ANY * 3)
case("Select-rows", raw("Select", "condition", "x", "y"), ANY[:, 0] > 0, ANY, ANY * 3)
case("SelectV2", raw("SelectV2", "condition", "t", "e"), ANY[:, :1] > 0, ANY, np.float32(7), dynamic=False)
for source in [np.float32, np.int32, np.bool_, np.uint8, np.int64, np.float16]:
    for target in ["float32", "int32", "bool", "uint8", "int8", "int64", "float64", "bfloat16"]:
        if target == "bfloat16":
            build = lambda tf, x: tf.cast(tf.cast(x, tf.bfloat16), tf.float32)
        else:
            build = lambda tf, x, t=target: tf.raw_ops.Cast(x=x, DstT=t)
        values = random(3, 5, low=0, high=90).astype(source)
        case(f"Cast-{np.dtype(source)}-{target}", build, values, dynamic=False)
# What does not fit. TensorFlow's answer for the last elements, which fill no vector, is another one: there are none here.
OUTSIDE = np.resize(np.float32([-1e10, -70000, -40000, -300.7, -129, -128, -1.5, 127, 128.9, 200, 255, 256, 300.5, 40000,
                                70000, 3e9, 1e20, np.inf, -np.inf, np.nan]), [4, 32])  # fmt: skip
for source in ["float32", "float64", "float16", "bfloat16"]:
    for target in ["uint8", "int8", "int16", "uint16", "uint32", "int32", "int64"]:
        build = lambda tf, x, s=source, t=target: tf.cast(tf.cast(tf.cast(x, s), t), "float64")
        # TensorFlow's own way from 16 and 64 bits to uint8 loses what int16 cannot hold.
        most = 30000 if target == "uint8" and source in ("float16", "float64") else np.inf
        values = np.where(np.abs(OUTSIDE) > most, -np.inf, OUTSIDE)
        case(f"Cast-outside-{source}-{target}", build, values, dynamic=False)

# Convolutions, products, pooling

IMAGE, FILTER = random(2, 9, 8, 4, seed=6), random(3, 3, 4, 6, seed=7)
for padding in ["SAME", "VALID"]:
    for stride in [1, 2, 3]:
        strides = [1, stride, stride, 1]
        case(f"Conv2D-{padding}-{stride}",
             raw("Conv2D", "input", "filter", strides=strides, padding=padding), IMAGE, FILTER,
             dynamic=False)  # fmt: skip
        case(f"DepthwiseConv2dNative-{padding}-{stride}",
             raw("DepthwiseConv2dNative", "input", "filter", strides=strides, padding=padding),
             IMAGE, random(3, 2, 4, 2, seed=8), dynamic=False)  # fmt: skip
        for op in ["MaxPool", "AvgPool"]:
            case(f"{op}-{padding}-{stride}",
                 raw(op, {"MaxPool": "input", "AvgPool": "value"}[op], ksize=[1, 3, 2, 1],
                     strides=strides, padding=padding), IMAGE)  # fmt: skip


def constant_filter(op, values, **attributes):
    def build(tf, x):
        return getattr(tf.raw_ops, op)(input=x, filter=tf.constant(values), **attributes)

    return build


ONE = [1, 1, 1, 1]
case("Conv2D-constant", constant_filter("Conv2D", FILTER, strides=[1, 2, 2, 1], padding="SAME"), IMAGE)
case("Conv2D-explicit", constant_filter("Conv2D", FILTER, strides=ONE, padding="EXPLICIT",
     explicit_paddings=[0, 0, 1, 2, 0, 1, 0, 0]), IMAGE)  # fmt: skip
case("Conv2D-dilated", constant_filter("Conv2D", FILTER, strides=ONE, padding="SAME", dilations=[1, 2, 3, 1]), IMAGE)
case("Conv2D-grouped", constant_filter("Conv2D", FILTER[:, :, :2], strides=ONE, padding="SAME"), IMAGE)
CASES.append(Case("Conv2D-unknown-size", constant_filter("Conv2D", FILTER, strides=ONE, padding="SAME"),
                  [IMAGE], [(None, None, None, 4)]))  # fmt: skip
refused("Conv2D-unknown-size-strided", "unsupported_shape",
        constant_filter("Conv2D", FILTER, strides=[1, 2, 2, 1], padding="SAME"), IMAGE,
        shapes=[(None, None, None, 4)])  # fmt: skip
for size in [(2, 9, 8, 4), (2, 8, 8, 4)]:
    case(f"Conv2DBackpropInput-{size[1]}", lambda tf, y, s=size: tf.raw_ops.Conv2DBackpropInput(
        input_sizes=tf.constant(s), filter=tf.constant(FILTER), out_backprop=y, strides=[1, 2, 2, 1],
        padding="SAME"), random(2, (size[1] + 1) // 2, 4, 6), dynamic=False)  # fmt: skip
case("MatMul", raw("MatMul", "a", "b"), random(4, 6), random(6, 3, seed=1), dynamic=False)
case("MatMul-transposed", raw("MatMul", "a", "b", transpose_a=True, transpose_b=True), random(6, 4),
     random(3, 6, seed=1), dynamic=False)  # fmt: skip
case("MatMul-float64", raw("MatMul", "a", "b"), random(4, 6, dtype=np.float64), random(6, 3, dtype=np.float64), dynamic=False)
case("MatMul-int32", raw("MatMul", "a", "b"), integers(4, 6), integers(6, 3), dynamic=False)
case("BatchMatMul", raw("BatchMatMul", "x", "y", adj_y=True), random(2, 3, 4, 6), random(2, 3, 5, 6), dynamic=False)
case("BatchMatMulV2", raw("BatchMatMulV2", "x", "y", adj_x=True), random(3, 6, 4), random(2, 1, 6, 5), dynamic=False)
case("BatchMatMulV3", raw("BatchMatMulV3", "x", "y", Tout="float32"), random(3, 4, 6), random(6, 5), dynamic=False)
for equation, a, b in [
    ("ab,bc->ac", (3, 4), (4, 5)), ("abc,cde->abde", (2, 3, 4), (4, 5, 6)),
    ("aecd,abcd->acbe", (2, 3, 4, 5), (2, 6, 4, 5)), ("acbe,aecd->abcd", (2, 4, 3, 5), (2, 5, 4, 6)),
    ("abcd,cde->abe", (2, 3, 4, 5), (4, 5, 6)), ("ij,kj->ik", (3, 4), (5, 4)), ("i,j->ij", (3,), (4,)),
    ("i,i->", (4,), (4,)), ("ij,ij->j", (3, 4), (3, 4)), ("...ij,...jk->...ik", (2, 3, 4), (4, 5)),
    ("bij,bkj->bik", (2, 3, 4), (2, 5, 4)), ("ab,cd->abcd", (2, 3), (4, 5)),
]:  # fmt: skip
    case(f"Einsum-{equation}", lambda tf, x, y, e=equation: tf.raw_ops.Einsum(inputs=[x, y], equation=e),
         random(*a), random(*b, seed=1), dynamic=False)  # fmt: skip
for equation in ["abc->cab", "abc->b", "abc->"]:
    case(f"Einsum-{equation}", lambda tf, x, e=equation: tf.raw_ops.Einsum(inputs=[x], equation=e), random(2, 3, 4))
case("MaxPoolV2", lambda tf, x: tf.raw_ops.MaxPoolV2(input=x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID"), IMAGE)
case("MaxPool-int", raw("MaxPool", "input", ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME"), integers(1, 5, 5, 2), dynamic=False)

# Volumes

VOLUME = random(2, 5, 7, 6, 4)
VOLUME_FILTER = random(3, 2, 3, 4, 5, seed=8)
for padding in ["SAME", "VALID"]:
    for stride in [1, 2]:
        strides = [1, stride, stride, 1, 1]
        case(f"Conv3D-{padding}-{stride}",
             constant_filter("Conv3D", VOLUME_FILTER, strides=strides, padding=padding), VOLUME)  # fmt: skip
        for op in ["MaxPool3D", "AvgPool3D"]:
            case(f"{op}-{padding}-{stride}",
                 raw(op, "input", ksize=[1, 3, 2, 3, 1], strides=strides, padding=padding), VOLUME)  # fmt: skip
case("Conv3D-variable-filter", raw("Conv3D", "input", "filter", strides=[1] * 5, padding="SAME"), VOLUME,
     VOLUME_FILTER, dynamic=False)  # fmt: skip
case("MaxPool3D-large", raw("MaxPool3D", "input", ksize=[1, 2, 2, 2, 1], strides=[1, 3, 1, 3, 1], padding="SAME"), VOLUME)
for padding, depth, strides in [("SAME", 5, [1, 2, 2, 1, 1]), ("SAME", 6, [1, 2, 1, 1, 1]),
                                ("VALID", 9, [1, 3, 2, 1, 1]), ("VALID", 8, [1, 3, 2, 1, 1]),
                                ("SAME", 3, [1, 1, 1, 1, 1])]:  # fmt: skip
    result = [2, depth, 8, 6, 4]

    def backprop(tf, y, result=result, strides=strides, padding=padding):
        return tf.raw_ops.Conv3DBackpropInputV2(
            input_sizes=tf.constant(result), filter=tf.constant(VOLUME_FILTER), out_backprop=y,
            strides=strides, padding=padding)  # fmt: skip

    sizes = [-(-n // s) if padding == "SAME" else (n - f) // s + 1
             for n, s, f in zip(result[1:4], strides[1:4], VOLUME_FILTER.shape)]  # fmt: skip
    case(f"Conv3DBackpropInputV2-{padding}-{depth}", backprop, random(2, *sizes, 5), dynamic=False)

# Normalisation

POSITIVE = random(4, low=0.5, high=2.0, seed=9)
for version in ["", "V2", "V3"]:
    case(f"FusedBatchNorm{version}",
         lambda tf, x, v=version: getattr(tf.raw_ops, f"FusedBatchNorm{v}")(
             x=x, scale=POSITIVE, offset=POSITIVE - 1, mean=POSITIVE - 2, variance=POSITIVE,
             epsilon=1e-3, is_training=False)[0], IMAGE)  # fmt: skip
refused("FusedBatchNorm-training", "unsupported_attribute", lambda tf, x: tf.raw_ops.FusedBatchNormV3(
    x=x, scale=POSITIVE, offset=POSITIVE, mean=[], variance=[], is_training=True)[0], IMAGE)  # fmt: skip
case("LRN", raw("LRN", "input", depth_radius=2, bias=1.5, alpha=0.3, beta=0.7), IMAGE)

# Reductions

CUBE = random(3, 4, 5, seed=10)


def along(op, axes, keep=False):
    def build(tf, x):
        return getattr(tf.raw_ops, op)(input=x, axis=tf.constant(axes, tf.int32), keep_dims=keep)

    return build


for op in ["Mean", "Sum", "Max", "Min", "Prod", "EuclideanNorm"]:
    for axes in [[1], [-1, 0], [0, 1, 2], []]:
        case(f"{op}-{axes}", along(op, axes), CUBE)
    case(f"{op}-keep", along(op, [2], keep=True), CUBE)
for op in ["Mean", "Sum", "Max", "Min", "Prod"]:
    case(f"{op}-int32", along(op, [1]), integers(3, 4, 5), dynamic=False)
case("Max-nan", along("Max", [0]), SPECIAL, dynamic=False)
for op in ["All", "Any"]:
    case(op, along(op, [1]), CUBE > -1)
for op in ["ArgMax", "ArgMin"]:
    case(op, lambda tf, x, o=op: getattr(tf.raw_ops, o)(input=x, dimension=1), CUBE)
    case(f"{op}-int32", lambda tf, x, o=op: getattr(tf.raw_ops, o)(input=x, dimension=-1, output_type=tf.int32),
         np.array([[1, 3, 3], [2, 2, 1]], np.float32))  # fmt: skip
for op in ["Cumsum", "Cumprod"]:
    for exclusive, reverse in [(False, False), (True, False), (False, True), (True, True)]:
        case(f"{op}-{exclusive}-{reverse}", lambda tf, x, o=op, e=exclusive, r=reverse:
             getattr(tf.raw_ops, o)(x=x, axis=1, exclusive=e, reverse=r), CUBE)  # fmt: skip
case("TopKV2", lambda tf, x: tuple(tf.raw_ops.TopKV2(input=x, k=3)), CUBE)
case("TopKV2-ties", lambda tf, x: tuple(tf.raw_ops.TopKV2(input=x, k=2)), np.array([[1, 2, 2, 2, 0]], np.float32))

# Shape and order

case("Reshape", lambda tf, x: tf.raw_ops.Reshape(tensor=x, shape=[-1, 10]), CUBE)
case("Reshape-batch", lambda tf, x: tf.reshape(x, [tf.shape(x)[0], 20]), CUBE)
case("Reshape-empty", lambda tf, x: tf.raw_ops.Reshape(tensor=x, shape=[0, 3]), CUBE[:0], dynamic=False)
case("ExpandDims", lambda tf, x: tf.raw_ops.ExpandDims(input=x, axis=-2), CUBE)
case("Squeeze", raw("Squeeze", "input", axis=[1]), random(3, 1, 4, 1))
case("Squeeze-all", raw("Squeeze", "input"), random(3, 1, 4, 1), dynamic=False)
case("BroadcastTo", lambda tf, x: tf.raw_ops.BroadcastTo(input=x, shape=[2, 3, 4, 5]), random(3, 1, 5), dynamic=False)
case("Transpose", lambda tf, x: tf.raw_ops.Transpose(x=x, perm=[2, 0, 1]), CUBE)
case("Shape", raw("Shape", "input"), CUBE)
case("Shape-int64", raw("Shape", "input", out_type="int64"), CUBE)
case("ShapeN", lambda tf, a, b: tuple(tf.raw_ops.ShapeN(input=[a, b])), CUBE, CUBE[1:])
case("Size", raw("Size", "input"), CUBE)
case("Rank", raw("Rank", "input"), CUBE)
case("ConcatV2", lambda tf, a, b: tf.raw_ops.ConcatV2(values=[a, b], axis=-1), CUBE, CUBE[:, :, :2])
case("Concat", lambda tf, a, b: tf.raw_ops.Concat(concat_dim=1, values=[a, b]), CUBE, CUBE[:, :2])
case("Pack", lambda tf, a, b: tf.raw_ops.Pack(values=[a, b], axis=-1), CUBE, CUBE + 1)
case("Unpack", lambda tf, x: tuple(tf.raw_ops.Unpack(value=x, num=4, axis=-2)), CUBE)
case("Split", lambda tf, x: tuple(tf.raw_ops.Split(axis=1, value=x, num_split=2)), CUBE)
case("SplitV", lambda tf, x: tuple(tf.raw_ops.SplitV(value=x, size_splits=[1, -1, 2], axis=2, num_split=3)), CUBE)
case("Tile", lambda tf, x: tf.raw_ops.Tile(input=x, multiples=[1, 2, 3]), CUBE)
case("Pad", lambda tf, x: tf.raw_ops.Pad(input=x, paddings=[[0, 0], [1, 2], [0, 3]]), CUBE)
case("PadV2", lambda tf, x: tf.raw_ops.PadV2(input=x, paddings=[[1, 0], [1, 2], [0, 3]], constant_values=-7.0), CUBE)
for mode in ["REFLECT", "SYMMETRIC"]:
    case(f"MirrorPad-{mode}", lambda tf, x, m=mode: tf.raw_ops.MirrorPad(
        input=x, paddings=[[0, 0], [1, 2], [0, 3]], mode=m), CUBE)  # fmt: skip
case("ReverseV2", lambda tf, x: tf.raw_ops.ReverseV2(tensor=x, axis=[0, -1]), CUBE)
case("Slice", lambda tf, x: tf.raw_ops.Slice(input=x, begin=[0, 1, 2], size=[-1, 2, -1]), CUBE)
SLICES = {
    "range": lambda x: x[:, 1:3], "step": lambda x: x[..., ::2], "negative": lambda x: x[:, ::-1, -2:],
    "shrink": lambda x: x[:, -1], "new": lambda x: x[:, None, ..., 1:], "ellipsis": lambda x: x[..., 0],
    "clamped": lambda x: x[:, -99:99, 3:2], "mixed": lambda x: x[:, 1, None, 1:4:2], "back": lambda x: x[:, 3:0:-2],
    "row": lambda x: x[1], "new-last": lambda x: x[..., None],
}  # fmt: skip
for name, take in SLICES.items():
    case(f"StridedSlice-{name}", lambda tf, x, t=take: t(x), CUBE)
case("GatherV2", lambda tf, x, i: tf.raw_ops.GatherV2(params=x, indices=i, axis=1), CUBE, np.array([[3, 0], [1, 1]], np.int32), dynamic=False)
case("GatherV2-batch", lambda tf, x, i: tf.raw_ops.GatherV2(params=x, indices=i, axis=1, batch_dims=1), CUBE,
     np.array([[3, 0], [1, 1], [2, 2]], np.int64))  # fmt: skip
case("Gather", raw("Gather", "params", "indices"), CUBE, np.array([2, 0], np.int32), dynamic=False)
case("GatherNd", raw("GatherNd", "params", "indices"), CUBE, np.array([[2, 0], [1, 3]], np.int32), dynamic=False)
case("OneHot", lambda tf, i: tf.raw_ops.OneHot(indices=i, depth=4, on_value=2.0, off_value=-1.0, axis=0),
     np.array([[0, 3], [-1, 9]], np.int32))  # fmt: skip
case("OneHot-int", lambda tf, i: tf.raw_ops.OneHot(indices=i, depth=3, on_value=tf.constant(5), off_value=tf.constant(1)),
     np.array([0, 2], np.int64))  # fmt: skip
case("Fill", lambda tf, v: tf.raw_ops.Fill(dims=[2, 3], value=v), np.float32(1.5))
case("Range", lambda tf, x: tf.raw_ops.Range(start=1, limit=11, delta=3) + x, np.int32(2))
case("Range-dynamic-limit", lambda tf, x: tf.raw_ops.Range(start=0, limit=tf.shape(x)[0], delta=1), CUBE)
case("DataFormatVecPermute", raw("DataFormatVecPermute", "x"), np.array([7, 8, 9, 10], np.int32), dynamic=False)
case("IdentityN", lambda tf, a, b: tuple(tf.raw_ops.IdentityN(input=[a, b])), CUBE, ANY)
case("EnsureShape", lambda tf, x: tf.raw_ops.EnsureShape(input=x, shape=[None, 4, 5]), CUBE)

# Blocks and other sizes

for op in ["SpaceToDepth", "DepthToSpace"]:
    case(op, raw(op, "input", block_size=2), random(2, 4, 6, 8))
case("SpaceToBatchND", lambda tf, x: tf.raw_ops.SpaceToBatchND(input=x, block_shape=[2, 3], paddings=[[1, 0], [0, 2]]), random(2, 5, 7, 3))
case("BatchToSpaceND", lambda tf, x: tf.raw_ops.BatchToSpaceND(input=x, block_shape=[2, 3], crops=[[1, 0], [0, 2]]), random(12, 3, 3, 2))
for op in ["ResizeBilinear", "ResizeNearestNeighbor"]:
    for align, half in [(False, False), (True, False), (False, True)]:
        for size in [(7, 9), (3, 2), (10, 12)]:
            case(f"{op}-{align}-{half}-{size}", lambda tf, x, o=op, a=align, h=half, s=size:
                 getattr(tf.raw_ops, o)(images=x, size=s, align_corners=a, half_pixel_centers=h),
                 random(2, 5, 6, 3), dynamic=size == (7, 9))  # fmt: skip
case("ResizeBilinear-uint8", lambda tf, x: tf.raw_ops.ResizeBilinear(images=x, size=[7, 3]),
     integers(1, 4, 5, 3, low=0, high=255, dtype=np.uint8))  # fmt: skip

# Simulated quantization

WIDE = random(4, 8, low=-8, high=8, seed=11)
case("FakeQuantWithMinMaxArgs", raw("FakeQuantWithMinMaxArgs", "inputs", min=-5.0, max=6.0), WIDE)
case("FakeQuantWithMinMaxVars", lambda tf, x: tf.raw_ops.FakeQuantWithMinMaxVars(inputs=x, min=-3.0, max=4.0, narrow_range=True), WIDE)
for signed in [True, False]:
    case(f"QuantizeAndDequantizeV2-{signed}", lambda tf, x, s=signed: tf.raw_ops.QuantizeAndDequantizeV2(
        input=x, input_min=-4.0 if s else 0.0, input_max=6.0, range_given=True, signed_input=s), WIDE)  # fmt: skip

# Boxes

BOXES = np.concatenate([corner := random(2, 30, 3, 2, low=0, high=1, seed=21),
                        corner + random(2, 30, 3, 2, low=-0.3, high=0.4, seed=22)], -1)  # fmt: skip
BOXES[:, ::7, :, 2] = BOXES[:, ::7, :, 0]
# Few values, hence many ties.
SCORES = integers(2, 30, 3, low=0, high=9, seed=23).astype(np.float32) / 8


def combined(per_class, total, iou=0.3, score=0.2, **attributes):
    """CombinedNonMaxSuppression of boxes and scores, with the thresholds as inputs where None."""

    def build(tf, boxes, scores, *thresholds):
        given = list(thresholds) or [tf.constant(iou), tf.constant(score)]
        return tuple(tf.raw_ops.CombinedNonMaxSuppression(
            boxes=boxes, scores=scores, max_output_size_per_class=per_class, max_total_size=total,
            iou_threshold=given[0], score_threshold=given[1], **attributes))  # fmt: skip

    return build


def padded(version, size, iou, score, sigma=None):
    def build(tf, boxes, scores):
        more = {} if sigma is None else {"soft_nms_sigma": tf.constant(sigma, boxes.dtype)}
        return tuple(getattr(tf.raw_ops, f"NonMaxSuppression{version}")(
            boxes=boxes, scores=scores, max_output_size=size, iou_threshold=tf.constant(iou, boxes.dtype),
            score_threshold=tf.constant(score, boxes.dtype), pad_to_max_output_size=True, **more))  # fmt: skip

    return build


case("CombinedNMS", combined(5, 12), BOXES, SCORES)
case("CombinedNMS-shared", combined(40, 100), BOXES[:, :, :1], SCORES)
case("CombinedNMS-pad", combined(4, 50, pad_per_class=True, clip_boxes=False), BOXES, SCORES)
case("CombinedNMS-pad-more", combined(4, 9, pad_per_class=True), BOXES, SCORES)
case("CombinedNMS-none", combined(4, 9, score=2.0), BOXES, SCORES)
case("CombinedNMS-thresholds", combined(9, 9), BOXES, SCORES, np.float32(0.5), np.float32(0.1))
case("CombinedNMS-nan", combined(9, 9), BOXES, np.where(SCORES == 0.5, np.nan, SCORES).astype(np.float32))
for version, dtype in [("V4", np.float32), ("V5", np.float32), ("V4", np.float16), ("V5", np.float16)]:
    one = BOXES[0, :, 0].astype(dtype), SCORES[0, :, 0].astype(dtype)
    sigmas = [None] if version == "V4" else [0.0, 0.4]
    for sigma in sigmas:
        for size in [7, 40, 0]:
            case(f"NMS{version}-{np.dtype(dtype)}-{sigma}-{size}", padded(version, size, 0.3, 0.1, sigma), *one,
                 dynamic=size == 7)  # fmt: skip
refused("NMSV3", "unsupported_shape", lambda tf, b, s: tf.image.non_max_suppression(b, s, 5), *one)
refused("NMSV5-unpadded", "unsupported_attribute", lambda tf, b, s: tuple(tf.raw_ops.NonMaxSuppressionV5(
    boxes=b, scores=s, max_output_size=5, iou_threshold=tf.constant(0.5, b.dtype),
    score_threshold=tf.constant(0.1, b.dtype), soft_nms_sigma=tf.constant(0.0, b.dtype))), *one)  # fmt: skip
refused("CombinedNMS-threshold", "unsupported_shape", combined(9, 9, iou=2.0), BOXES, SCORES)

# What stays with TensorFlow, and why

refused("unknown operator", "unknown_operator", lambda tf, x: tf.raw_ops.Igamma(a=x, x=x), np.abs(ANY))
refused("complex", "unsupported_type", lambda tf, x: tf.raw_ops.Abs(x=tf.raw_ops.Complex(real=x, imag=x)) if False else tf.raw_ops.Square(x=x), ANY.astype(np.complex64))
refused("axis from outside", "operand_not_constant", lambda tf, x, i: tf.raw_ops.Sum(input=x, axis=i), CUBE, np.array([1], np.int32))
refused("unknown rank", "unsupported_shape", lambda tf, x: tf.raw_ops.Relu(features=x), ANY, shapes=[None])
