"""What the graph passes know of integers that follow from shapes, against TensorFlow.

Random arithmetic on the shapes of tensors whose sizes are partly unknown, folded by Graft and run by
TensorFlow for several sizes: whatever was folded or inferred must hold for all of them. The operators are
those that Graft follows, and others, of which it must not claim anything.
"""

import contextlib
import os
import pathlib
import random
import re

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
import tensorflow as tf
import tools

raw = tf.raw_ops
SOURCE = pathlib.Path(__file__).parents[2] / "passes" / "graph" / "PartialValues.cpp"
INPUTS = {"x": (None, 4, None, 3), "y": (2, None), "z": (3,), "s": ()}
SIZES = [(1, 1, 1), (2, 5, 3), (7, 1, 2)]
# Nodes that pass on are followed and not folded; a constant is one already.
FOLLOWED = {"Const", "Identity", "PreventGradient", "Snapshot", "StopGradient"}


def operators():
    """The operators that the evaluator takes, by its own table."""
    return set(re.findall(r'^      \{"(\w+)", ', SOURCE.read_text(), re.MULTILINE))


def binary(name):
    return lambda draw: (name, draw.alike(2), {})


def unary(name, **attrs):
    return lambda draw: (name, [draw.value()], attrs)


def sliced(draw):
    x = draw.value(1)
    bound = lambda: draw.constant([draw.integer(-4, 5)])  # noqa: E731
    shrink = draw.integer(0, 1)
    stride = draw.constant([1 if shrink else draw.choice([1, 1, 1, 2, -1, -2, 100, -100])])
    masks = {"begin_mask": draw.integer(0, 1), "end_mask": draw.integer(0, 1), "shrink_axis_mask": shrink}
    return "StridedSlice", [x, bound(), bound(), stride], masks


def reduced(name):
    def build(draw):
        axes = draw.choice([[0], [-1], [], 0, -1])
        return name, [draw.value(1), draw.constant(axes)], {"keep_dims": draw.choice([False, True])}

    return build


# What draws the operands of an operator: its name, the operands' numbers, the attributes.
FOLLOWED_RULES = {
    **{name: binary(name) for name in
       ("Add", "AddV2", "Div", "FloorDiv", "FloorMod", "Maximum", "Minimum", "Mod", "Mul", "Sub", "TruncateDiv",
        "TruncateMod")},
    **{name: unary(name) for name in ("Identity", "Neg", "PreventGradient", "Snapshot", "StopGradient")},
    "Cast": lambda draw: ("Cast", [draw.value()], {"DstT": draw.choice([tf.int32, tf.int64])}),
    "ConcatV2": lambda draw: ("ConcatV2", [draw.alike(draw.integer(2, 3), rank=1), draw.constant(draw.choice([0, -1]))], {}),
    "Const": lambda draw: ("Const", [], {"value": draw.numbers()}),
    "ExpandDims": lambda draw: ("ExpandDims", [draw.value(0), draw.constant(draw.choice([0, -1]))], {}),
    "GatherV2": lambda draw: ("GatherV2", [draw.value(1), draw.constant(draw.choice([0, 1, [0], [1, 0], [0, 0, 0]])),
                                           draw.constant(0)], {}),
    "Pack": lambda draw: ("Pack", [draw.alike(draw.integer(1, 3), rank=0)], {"axis": draw.choice([0, -1])}),
    "Prod": reduced("Prod"),
    "Rank": lambda draw: ("Rank", [draw.choice(list(INPUTS))], {}),
    "Reshape": lambda draw: ("Reshape", [draw.value(), draw.constant(draw.choice([[-1], [1], []]))], {}),
    "Shape": lambda draw: ("Shape", [draw.choice(list(INPUTS))], {"out_type": draw.choice([tf.int32, tf.int64])}),
    "Size": lambda draw: ("Size", [draw.choice(list(INPUTS))], {"out_type": draw.choice([tf.int32, tf.int64])}),
    "Squeeze": lambda draw: ("Squeeze", [draw.value()], {"axis": draw.choice([[], [0]])}),
    "StridedSlice": sliced,
}  # fmt: skip
OTHER_RULES = {
    **{name: binary(name) for name in ("SquaredDifference", "BitwiseAnd", "BitwiseXor")},
    **{name: unary(name) for name in ("Abs", "Square", "Sign", "Invert")},
    "Tile": lambda draw: ("Tile", [draw.value(1), draw.constant([draw.integer(1, 3)])], {}),
    "Fill": lambda draw: ("Fill", [draw.constant([draw.integer(0, 3)]), draw.value(0)], {}),
    "FillOf": lambda draw: ("Fill", [draw.value(1), draw.value(0)], {}),
    "BroadcastTo": lambda draw: ("BroadcastTo", [draw.value(), draw.constant([3])], {}),
    "Range": lambda draw: ("Range", [draw.constant(0), draw.value(0), draw.constant(1)], {}),
    "ReverseV2": lambda draw: ("ReverseV2", [draw.value(1), draw.constant([0])], {}),
    "Sum": reduced("Sum"),
    "Max": reduced("Max"),
    "Cumsum": lambda draw: ("Cumsum", [draw.value(1), draw.constant(0)], {}),
    "PadV2": lambda draw: ("PadV2", [draw.value(1), draw.constant([[1, 0]]), draw.value(0)], {}),
    "Slice": lambda draw: ("Slice", [draw.value(1), draw.constant([0]), draw.constant([draw.choice([-1, 1])])], {}),
    "Contents": lambda draw: ("Contents", [draw.choice(["z", "s"])], {}),
}  # fmt: skip


class Draw:
    """Draws operands among the values so far: (dtype, shapes for each size) by number."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.known = []  # (dtype, rank)
        self.constants = []

    def integer(self, low, high):
        return self.random.randint(low, high)

    def choice(self, list):
        return self.random.choice(list)

    def numbers(self):
        sizes = self.choice([(), (1,), (2,), (3,)])
        dtype = self.choice([np.int32, np.int64])
        return np.array([self.integer(-2, 6) for _ in range(int(np.prod(sizes)))], dtype).reshape(sizes)

    def value(self, rank=None, dtype=None):
        fitting = [i for i, (d, r) in enumerate(self.known) if rank in (None, r) and dtype in (None, d)]
        if not fitting:
            raise LookupError
        # Recent values make deep expressions.
        return self.choice(fitting[-12:] if self.integer(0, 1) else fitting)

    def alike(self, count, rank=None):
        dtype = self.choice([tf.int32, tf.int64])
        return [self.value(rank, dtype) for _ in range(count)]

    @staticmethod
    def constant(value):
        return np.array(value, np.int32)


def apply(name, operands, attrs, values, inputs):
    """The operator on tensors, eager ones or those of a graph."""

    def tensor(operand):
        if isinstance(operand, str):
            return inputs[operand]
        if isinstance(operand, list):
            return [tensor(each) for each in operand]
        return values[operand] if isinstance(operand, int) else tf.constant(operand)

    if name == "Const":
        return tf.constant(attrs["value"])
    if name == "Contents":
        return tf.cast(inputs[operands[0]], tf.int32)
    arguments = [tensor(each) for each in operands]
    if name == "Range":  # whose constants have the type of the value
        arguments = [tf.cast(each, arguments[1].dtype) for each in arguments]
    order = {"Pack": ["values"], "ConcatV2": ["values", "axis"], "Fill": ["dims", "value"],
             "StridedSlice": ["input", "begin", "end", "strides"], "GatherV2": ["params", "indices", "axis"],
             "Reshape": ["tensor", "shape"], "ExpandDims": ["input", "axis"], "Prod": ["input", "axis"],
             "Sum": ["input", "axis"], "Max": ["input", "axis"], "Cast": ["x"], "Squeeze": ["input"],
             "Tile": ["input", "multiples"], "BroadcastTo": ["input", "shape"], "Range": ["start", "limit", "delta"],
             "ReverseV2": ["tensor", "axis"], "Cumsum": ["x", "axis"], "PadV2": ["input", "paddings", "constant_values"],
             "Slice": ["input", "begin", "size"], "Shape": ["input"], "Size": ["input"], "Rank": ["input"],
             "Identity": ["input"], "Snapshot": ["input"], "StopGradient": ["input"], "PreventGradient": ["input"],
             }  # fmt: skip
    names = order.get(name, ["x", "y"])
    return getattr(raw, name)(**dict(zip(names, arguments)), **attrs)


def program(seed, count):
    """[(name, operands, attrs)] that TensorFlow runs for all sizes, the values for each, the inputs, and the
    lines as tensors of a graph."""
    draw = Draw(seed)
    graph = tf.Graph()
    with graph.as_default():
        holders = {key: tf.compat.v1.placeholder(tf.float32, shape, key) for key, shape in INPUTS.items()}
    tensors = []
    inputs = [
        {key: tf.reshape(tf.range(int(np.prod(shape)), dtype=tf.float32), shape) for key, shape in
         {"x": (a, 4, b, 3), "y": (2, c), "z": (3,), "s": ()}.items()}
        for a, b, c in SIZES
    ]  # fmt: skip
    lines, values = [], [[] for _ in SIZES]
    rules = list(FOLLOWED_RULES.values()) * 2 + list(OTHER_RULES.values())
    while len(lines) < count:
        try:
            line = draw.choice(rules)(draw)
            made = [apply(*line, known, each) for known, each in zip(values, inputs)]
            with graph.as_default():
                tensor = apply(*line, tensors, holders)
        except (LookupError, ValueError, TypeError, tf.errors.OpError):
            continue
        ranks = {each.shape.rank for each in made}
        if ranks not in ({0}, {1}) or any(
            tf.size(each) > 64 or np.any(np.abs(each.numpy().astype(np.float64)) > 2**31 - 1) for each in made
        ):
            continue
        lines.append(line)
        tensors.append(tensor)
        draw.known.append((made[0].dtype, made[0].shape.rank))
        for known, each in zip(values, made):
            known.append(each)
    return lines, values, inputs, tensors


@pytest.fixture(scope="module")
def folded(tmp_path_factory):
    """The program, its values, the folded graph and the types that Graft found."""
    folder = tmp_path_factory.mktemp("values")
    lines, values, inputs, tensors = program(seed=16, count=1200)
    graph = tensors[0].graph
    with graph.as_default():
        # Nobody reads these, so they stay, and with them what they read.
        wanted = [tf.identity(tensor) for tensor in tensors]
        filled = {}
        for number, tensor in enumerate(tensors):
            sizes = [each[number].numpy() for each in values]
            if tensor.shape.rank == 1 and all(0 < len(s) < 6 and min(s) >= 0 and np.prod(s) < 1000 for s in sizes):
                with contextlib.suppress(ValueError):  # TensorFlow cannot infer some backward slices
                    filled[number] = tf.fill(tensor, 0.0)
    path = folder / "in.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString(deterministic=True))
    module, out = tools.import_graph(path, folder / "in.mlirbc"), folder / "out.mlir"
    tools.tool("graft-opt", module, "--graph-infer-shapes", "--graph-fold-constants", "--graph-infer-shapes", "-o", out)
    result = tf.compat.v1.GraphDef.FromString(tools.export_graph(out, folder / "out.pb").read_bytes())
    types = dict(re.findall(r'graph\.node "\w+"\([^)]*\)(?: \[[^]]*\])? "([^"]+)".* -> (.*)$', out.read_text(), re.MULTILINE))
    return lines, wanted, values, inputs, filled, graph.as_graph_def(), result, types


def test_every_operator_is_tried():
    assert operators() == set(FOLLOWED_RULES)


def test_what_is_folded_holds_for_all_sizes(folded):
    lines, tensors, values, inputs, _, _, result, _ = folded
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(result, name="")
    with tf.compat.v1.Session(graph=graph) as session:
        for known, feeds in zip(values, inputs):
            got = session.run([t.name for t in tensors], {f"{k}:0": v.numpy() for k, v in feeds.items()})
            for line, each, want in zip(lines, got, known):
                np.testing.assert_array_equal(each, want.numpy(), str(line))
                assert each.shape == want.shape and each.dtype == want.dtype.as_numpy_dtype, line


def test_what_is_inferred_holds_for_all_sizes(folded):
    _, _, values, _, filled, _, _, types = folded
    said = 0
    for number, tensor in filled.items():
        found = re.search(r"tensor<(\*x|(?:[\d?]+x)*)", types[tensor.op.name]).group(1).split("x")[:-1]
        if found == ["*"]:
            continue
        for known in values:
            sizes = known[number].numpy()
            assert len(found) == len(sizes), (tensor.op.name, found, sizes)
            for size, want in zip(found, sizes):
                assert size == "?" or int(size) == want, (tensor.op.name, found, sizes)
        said += any(size != "?" for size in found)
    assert said > 50


def test_every_operator_is_folded_somewhere(folded):
    before, after = ({node.name: node.op for node in graph.node} for graph in folded[5:7])
    done = {op for name, op in before.items() if op != "Const" and after.get(name) == "Const"}
    assert operators() - FOLLOWED <= done
