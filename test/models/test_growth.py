"""A graph that is four times as large takes about four times as long and as much memory.

Each family has one thing that a pass could handle by going over all others: long chains, one node
of many inputs or outputs, many nodes that read one, many names, functions, engines. And bombs: a
few kilobytes that stand for gigabytes cost a stated budget.
"""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import tools
from generated import AttrValue, node, shape, tensor_attr
from tensorflow.core.framework import graph_pb2, types_pb2

F, I, B = types_pb2.DT_FLOAT, types_pb2.DT_INT32, types_pb2.DT_BOOL
NUMPY = {F: "f4", I: "i4"}


class Graph:
    """Builds a GraphDef; add() returns the node's name."""

    def __init__(self):
        self.graph = graph_pb2.GraphDef()
        self.graph.versions.producer = 1882
        self.into, self.count = self.graph, 0

    def add(self, op, *inputs, name=None, **attributes):
        self.count += 1
        name = name or f"n{self.count}"
        values = {key: value if isinstance(value, AttrValue) else attr(value) for key, value in attributes.items()}
        node(self.into, name, op, [str(i) for i in inputs], **values)
        return name

    def input(self, *dims, name="x", dtype=F):
        return self.add("Placeholder", name=name, dtype=Type(dtype), shape=AttrValue(shape=shape(*dims)))

    def constant(self, value, dtype=F):
        value = np.asarray(value, NUMPY[dtype])
        return self.add("Const", dtype=Type(dtype), value=tensor_attr(dtype, value.shape, tensor_content=value.tobytes()))


class Type(int):
    pass


def attr(value):
    if isinstance(value, Type):
        return AttrValue(type=int(value))
    if isinstance(value, bool):
        return AttrValue(b=value)
    if isinstance(value, int):
        return AttrValue(i=value)
    if isinstance(value, str):
        return AttrValue(s=value.encode())
    return AttrValue(list=AttrValue.ListValue(i=value))


TF, TI = Type(F), Type(I)
FAMILIES = {}


def family(base, commands=("build", "convert")):
    def register(make):
        FAMILIES[make.__name__] = (make, base, commands)
        return make

    return register


@family(2000)
def chain(g, n):
    x = g.input(2, 3)
    for i in range(n):
        x = g.add(("Relu", "Tanh")[i % 2], x, T=TF)


@family(2000)
def many_readers(g, n):
    x = g.input(2, 3)
    g.add("AddN", *[g.add("Tanh", x, T=TF) for _ in range(n)], N=n, T=TF)


@family(2000)
def many_results(g, n):
    x = g.input(2, 3)
    for _ in range(n):
        g.add("Tanh", x, T=TF)


@family(4000)
def sum_of_one(g, n):
    g.add("AddN", *[g.input(2, 3)] * n, N=n, T=TF)


@family(4000)
def pack_of_one(g, n):
    g.add("Pack", *[g.input(2, 3)] * n, N=n, T=TF, axis=0)


@family(4000)
def concat_of_one(g, n):
    g.add("ConcatV2", *[g.input(2, 3)] * n, g.constant(0, I), N=n, T=TF, Tidx=TI)


@family(4000)
def split(g, n):
    g.add("Split", g.constant(0, I), g.input(n, 1), T=TF, num_split=n)


@family(4000)
def unpack(g, n):
    g.add("Unpack", g.input(n, 1), T=TF, num=n, axis=0)


@family(2000)
def control_edges(g, n):
    x = g.input(2, 3)
    g.add("Relu", x, *["^" + g.add("Tanh", x, T=TF) for _ in range(n)], T=TF)


@family(2000)
def inputs(g, n):
    g.add("AddN", *[g.input(2, name=f"x{i}") for i in range(n)], N=n, T=TF)


@family(2000)
def doubling(g, n):
    x = g.input(2, 3)
    for _ in range(n):
        x = g.add("AddV2", x, x, T=TF)


@family(1000)
def constants(g, n):
    x = g.input()
    for i in range(n):
        x = g.add("AddV2", x, g.constant(float(i)), T=TF)


@family(500)
def products(g, n):
    x = g.input(1, 4)
    for _ in range(n):
        x = g.add("MatMul", x, g.constant(np.eye(4)), T=TF, transpose_a=False, transpose_b=False)


def convolution(g, x, weights):
    return g.add(
        "Conv2D", x, weights, T=TF, strides=[1, 1, 1, 1], dilations=[1, 1, 1, 1], padding="SAME", data_format="NHWC"
    )


@family(200)
def convolutions(g, n):
    x, weights = g.input(1, 8, 8, 4), g.constant(np.full((3, 3, 4, 4), 0.1))
    for _ in range(n):
        x = g.add("Relu", convolution(g, x, weights), T=TF)


@family(200)
def residuals(g, n):
    x, weights = g.input(1, 8, 8, 4), g.constant(np.full((1, 1, 4, 4), 0.1))
    for _ in range(n):
        x = g.add("AddV2", x, convolution(g, x, weights), T=TF)


@family(8)
def dense(g, n):
    """Each convolution reads all before it: the file grows with n squared."""
    xs, axis = [g.input(1, 8, 8, 4)], g.constant(3, I)
    for _ in range(int(n**0.5 * 16)):
        x = g.add("ConcatV2", *xs, axis, N=len(xs), T=TF, Tidx=TI) if len(xs) > 1 else xs[0]
        weights = g.constant(np.full((1, 1, 4 * len(xs), 4), 0.1))
        xs.append(g.add("Relu", convolution(g, x, weights), T=TF))


@family(200)
def engines(g, n):
    x = g.input(2, 3)
    for _ in range(n):
        for op in ("Relu", "Tanh", "Abs"):
            x = g.add(op, x, T=TF)
        shapes = AttrValue(list=AttrValue.ListValue(shape=[shape(2, 3)]))
        x = g.add("Asinh", x, T=TF, _output_shapes=shapes)


@family(1000)
def transpositions(g, n):
    x, order = g.input(2, 3, 4), g.constant([1, 2, 0], I)
    for _ in range(n):
        x = g.add("Tanh", g.add("Transpose", x, order, T=TF, Tperm=TI), T=TF)


@family(1000)
def reshapes(g, n):
    x, dims = g.input(2, 3, 4), [g.constant(d, I) for d in ([6, 4], [2, 12])]
    for i in range(n):
        x = g.add("Tanh", g.add("Reshape", x, dims[i % 2], T=TF, Tshape=TI), T=TF)


@family(2000)
def identities(g, n):
    x = g.input(2, 3)
    for _ in range(n):
        x = g.add("Identity", x, T=TF)
    g.add("Relu", x, T=TF)


@family(1000)
def calls(g, n):
    function = g.graph.library.function.add()
    function.signature.name = "f"
    function.signature.input_arg.add(name="a", type=F)
    function.signature.output_arg.add(name="r", type=F)
    function.ret["r"] = "b:activations:0"
    body = function.node_def.add(name="b", op="Relu", input=["a"])
    body.attr["T"].type = F
    x = g.input(2, 3)
    for _ in range(n):
        x = g.add("f", x)


@family(500)
def shapes(g, n):
    x = g.input(-1, 3)
    for _ in range(n):
        dims = g.add("Shape", x, T=TF, out_type=TI)
        x = g.add("Tanh", g.add("Reshape", x, dims, T=TF, Tshape=TI), T=TF)


@family(500)
def slices(g, n):
    x, one, parts = g.input(n, 4), g.constant([1], I), []
    for i in range(n):
        begin, end = g.constant([i], I), g.constant([i + 1], I)
        parts.append(g.add("StridedSlice", x, begin, end, one, T=TF, Index=TI, shrink_axis_mask=1))
    g.add("AddN", *parts, N=n, T=TF)


@family(500, ["convert"])
def conditions(g, n):
    x, p = g.input(2, 3), g.input(name="p", dtype=B)
    for _ in range(n):
        branch = g.add("Switch", x, p, T=TF)
        x = g.add("Merge", branch, branch + ":1", T=TF, N=2)
    g.add("Relu", x, T=TF)


def cost(command, model, out):
    """Seconds of the processor and MB of one run."""
    code = (
        "import os, sys, json\n"
        "child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)\n"
        "_, status, usage = os.wait4(child, 0)\n"
        "print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e3]))"
    )
    arguments = [tools.BIN / "graft", command, model, "-o", out, *(["--threads", 1] if command == "build" else [])]
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, *map(str, arguments)], capture_output=True, text=True, timeout=120,
        env=dict(os.environ, OMP_NUM_THREADS="1"),
    )  # fmt: skip
    code, seconds, mb = json.loads(done.stdout.splitlines()[-1])
    return code, seconds, mb, done.stderr


@pytest.mark.parametrize("name", FAMILIES)
def test_family(name, tmp_path):
    make, base, commands = FAMILIES[name]
    models = []
    for count in (base, 4 * base):
        g = Graph()
        make(g, count)
        models.append(tmp_path / f"{count}.pb")
        models[-1].write_bytes(g.graph.SerializeToString())
    for command in commands:
        taken = [cost(command, model, tmp_path / f"out-{command}-{model.stem}.pb") for model in models]
        for code, _, _, err in taken:
            assert code == 0, err
        (_, small, small_mb, _), (_, large, large_mb, _) = taken
        start, start_mb = 0.15, 60.0  # what an empty graph takes
        assert large <= start + 6 * max(small, 0.1), (command, small, large)
        assert large_mb <= start_mb + 6 * small_mb, (command, small_mb, large_mb)


# ---- bombs -----------------------------------------------------------------


def bomb(g, length, op):
    """A constant that each step makes twice as large."""
    x, axis = g.constant(np.arange(16.0)), g.constant(0, I)
    for _ in range(length):
        if op == "ConcatV2":
            x = g.add(op, x, x, axis, N=2, T=TF, Tidx=TI)
        else:
            x = g.add(op, x, g.constant([2], I), T=TF, Tmultiples=TI)
    g.add("AddV2", g.add("Slice", x, g.constant([0], I), g.constant([16], I), T=TF, Index=TI), g.input(16), T=TF)


@pytest.mark.parametrize("op", ["ConcatV2", "Tile"])
@pytest.mark.parametrize("command", ["build", "convert"])
def test_constants_that_double(op, command, tmp_path):
    g = Graph()
    bomb(g, 50, op)
    (tmp_path / "m.pb").write_bytes(g.graph.SerializeToString())
    code, seconds, mb, err = cost(command, tmp_path / "m.pb", tmp_path / "out.pb")
    assert code in (0, 1, 5), err
    assert seconds < 5 and mb < 1000, (seconds, mb)
    if code == 0:
        assert (tmp_path / "out.pb").stat().st_size < 100e6


@pytest.mark.parametrize("op", ["Neg", "Sqrt"])
def test_one_large_constant_in_many_places(op, tmp_path):
    """A splat of 64 MB in 100 bytes, that 300 nodes would make something else of."""
    g = Graph()
    x = g.add("Const", dtype=TF, value=tensor_attr(F, (1 << 24,), float_val=[2.0]))
    begin, size, y = g.constant([0], I), g.constant([4], I), g.input(4)
    for _ in range(300):
        part = g.add("Slice", g.add(op, x, T=TF), begin, size, T=TF, Index=TI)
        y = g.add("AddV2", y, part, T=TF)
    (tmp_path / "m.pb").write_bytes(g.graph.SerializeToString())
    code, seconds, mb, err = cost("convert", tmp_path / "m.pb", tmp_path / "out.pb")
    assert code in (0, 1, 5), err
    assert seconds < 20 and mb < 2500, (seconds, mb)


def test_functions_that_call_twice(tmp_path):
    """Six kilobytes that inline to 2^40 nodes: the line says how many may be."""
    g = Graph()
    for i in range(40):
        function = g.graph.library.function.add()
        function.signature.name = f"f{i}"
        function.signature.input_arg.add(name="a", type=F)
        function.signature.output_arg.add(name="r", type=F)
        callee = f"f{i + 1}" if i < 39 else "Relu"
        ends = ["r", "r"] if i < 39 else ["activations"] * 2
        names = [("p", "a"), ("q", f"p:{ends[0]}:0")]
        for name, read in names:
            call = function.node_def.add(name=name, op=callee, input=[read])
            if callee == "Relu":
                call.attr["T"].type = F
        function.ret["r"] = f"q:{ends[1]}:0"
    g.add("f0", g.input(2))
    (tmp_path / "m.pb").write_bytes(g.graph.SerializeToString())
    code, seconds, mb, err = cost("convert", tmp_path / "m.pb", tmp_path / "out.pb")
    assert code == 1 and "at most 1000000 nodes" in err, err
    assert seconds < 10 and mb < 1500, (seconds, mb)


def test_many_results_in_few_bytes(tmp_path):
    """A hundred thousand results in 155 bytes."""
    g = Graph()
    split(g, 100000)
    (tmp_path / "m.pb").write_bytes(g.graph.SerializeToString())
    for command in ("convert", "build"):
        code, seconds, mb, err = cost(command, tmp_path / "m.pb", tmp_path / f"{command}.pb")
        assert code == 0, err
        assert seconds < 20 and mb < 1500, (command, seconds, mb)
