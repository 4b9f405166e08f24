"""Each graph pass alone: imported, run through graft-opt, exported, and run by TensorFlow.

The exported graph must be one that TensorFlow accepts and that says what the original said.
"""

import pathlib
import re

import oracle
import pytest
import tools
import zoo

MODELS = ["digits", "inception_v3", "mobilenet_v2"]
# Passes that need to be told something, or that leave more than one operator can say.
OPTIONS = {}
# Whose rank TensorFlow learns from a value, or from a table when there is one.
KNOWS_MORE = {"LookupTableFindV2", "MatrixDiagPartV2", "MatrixDiagPartV3", "MatrixDiagV2", "MatrixDiagV3"}


def graph_passes():
    """The passes over the graph dialect that graft-opt knows."""
    if not (tools.BIN / "graft-opt").exists():
        return []
    text = tools.tool("graft-opt", "--help").out
    return sorted(set(re.findall(r"^\s+--(graph-[a-z-]+)\s", text, re.MULTILINE)))


@pytest.fixture(scope="module", params=MODELS)
def model(request, tmp_path_factory):
    """(name, path of the imported module, inputs, TensorFlow's answer), made once."""
    name = request.param
    folder = tmp_path_factory.mktemp(name)
    module = tools.import_graph(zoo.graphdef(name), folder / "in.mlirbc")
    inputs = zoo.inputs(name, 2, seed=8)
    return name, module, inputs, oracle.ask(zoo.graphdef(name), inputs, batch=1)


@pytest.mark.parametrize("graph_pass", graph_passes())
def test_pass_alone(graph_pass, model, tmp_path):
    name, module, inputs, answer = model
    options = OPTIONS.get(graph_pass, "")
    pipeline = f"--pass-pipeline=builtin.module({graph_pass}{{{options}}})"
    changed = tmp_path / "out.mlirbc"
    tools.tool("graft-opt", module, pipeline, "--emit-bytecode", "-o", changed)
    graph = tools.export_graph(changed, tmp_path / "out.pb")
    got = oracle.run(graph, inputs, batch=1, outputs=list(answer.outputs), onednn=False)
    assert oracle.distance(got, answer.outputs) <= answer.tolerance


def test_there_are_passes():
    """The table above is read from graft-opt; an empty one would pass in silence."""
    assert {
        "graph-eliminate-dead-outputs",
        "graph-fold-constants",
        "graph-infer-shapes",
        "graph-inline-calls",
        "graph-segment",
        "graph-simplify",
    } <= set(graph_passes())


def test_shapes_and_values_follow_from_each_other(tmp_path):
    """Dilated convolutions that compute their paddings, each from the shape that the one before gives."""
    import numpy as np
    import tensorflow as tf
    from tensorflow.python.ops import nn_ops

    weights = np.random.default_rng(15).normal(scale=0.3, size=(6, 3, 4, 4)).astype(np.float32)
    with tf.Graph().as_default() as graph:
        y = tf.compat.v1.placeholder(tf.float32, (None, None, 4), "x")
        for kernel, dilation in zip(weights, (2, 4, 8, 2, 4, 8)):
            y = nn_ops.with_space_to_batch(
                y, [dilation], "SAME", lambda a, num_spatial_dims, padding: tf.nn.conv1d(a, kernel, 1, padding),
                filter_shape=tf.constant([3, 4, 4]), data_format="NWC",
            )  # fmt: skip
            y = tf.nn.relu(y)
        tf.identity(y, "y")
    path, plan = tmp_path / "dilated.pb", tmp_path / "dilated.plan"
    path.write_bytes(graph.as_graph_def().SerializeToString())
    inputs = {"x": np.random.default_rng(16).normal(size=(1, 30, 4)).astype(np.float32)}
    tools.tool("graft", "build", path, "-o", plan, "--outputs", "y", "--shapes", "x=1x30x4")
    with tf.compat.v1.Session(graph=graph) as session:
        want = {"y": session.run("y:0", {"x:0": inputs["x"]})}
    assert oracle.distance(tools.run_plan(plan, inputs, tmp_path), want) <= 1e-5


def lists_of_native_operators():
    """The operators in the three lists of NativeShapes.cpp, and those of its table of rules."""
    source = (pathlib.Path(tools.__file__).parents[2] / "passes" / "graph" / "NativeShapes.cpp").read_text()
    lists = {
        name: set(re.findall(r'"(\w+)"', re.search(rf"bool {name}\(.*?^}}", source, re.MULTILINE | re.DOTALL)[0]))
        for name in ("keepsShape", "broadcasts", "isScalar")
    }
    return lists, set(re.findall(r'^      {"(\w+)", ', source, re.MULTILINE))


def nodes_of(operator, shapes):
    """The operator on placeholders of such shapes, all of them or in turn; None where TensorFlow refuses."""
    import tensorflow as tf
    from tensorflow.python.framework import op_def_registry

    wanted = [tf.float32, tf.int32, tf.int64, tf.bool, tf.string, tf.complex64, tf.uint8, tf.quint8]
    definition = op_def_registry.get(operator)
    types, arguments = {}, {}
    for attr in definition.attr:
        if attr.type == "type":
            allowed = [tf.as_dtype(each) for each in attr.allowed_values.list.type] or wanted
            types[attr.name] = next((each for each in wanted if each in allowed), allowed[0])
            if attr.name.startswith(("Tidx", "Tind", "Taxis", "Tshift", "Tpaddings", "Index", "out_idx")):
                types[attr.name] = tf.int32
        elif not attr.HasField("default_value"):
            strings = attr.allowed_values.list.s
            arguments[attr.name] = {"int": 1, "bool": False, "float": 1.0, "list(float)": [1.0],
                                    "string": strings[0].decode() if strings else "a"}.get(attr.type)  # fmt: skip
    arguments.update({k: v for k, v in types.items() if all(k != arg.type_attr for arg in definition.input_arg)})
    if None in arguments.values():
        return None
    try:
        for number, argument in enumerate(definition.input_arg):
            dtype = types.get(argument.type_attr) or tf.as_dtype(argument.type)
            arguments[argument.name] = tf.compat.v1.placeholder(dtype, shapes[number % len(shapes)])
        made = getattr(tf.raw_ops, operator)(**arguments)
    except (ValueError, TypeError, NotImplementedError):  # the last of what is no more
        return None
    return made if isinstance(made, (tuple, list)) else [made]


def types_of(graph, tmp_path):
    """{name of the node: types of its results, as text} as graph-infer-shapes finds them."""
    path = tmp_path / "native.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString(deterministic=True))
    inferred = tools.tool("graft-opt", tools.import_graph(path, tmp_path / "in.mlirbc"), "--graph-infer-shapes").out
    return dict(re.findall(r'graph\.node "\w+"\([^)]*\) "([^"]+)".* -> (.*)$', inferred, re.MULTILINE))


def sizes_of(types, tensor):
    """The sizes that Graft knows of a result, "?" for one that it does not know; None without a rank."""
    found = re.findall(r"tensor<(\*x|(?:[\d?]+x)*)", types[tensor.op.name])[tensor.value_index]
    sizes = found.split("x")[:-1]
    return None if sizes == ["*"] else sizes


def test_lists_of_native_nodes_are_tensorflows(tmp_path):
    """Every operator that NativeShapes.cpp knows, on inputs of many ranks: never more than TensorFlow says, and
    of results like an input not less than the rank."""
    import tensorflow as tf

    lists, table = lists_of_native_operators()
    ranks = [(), (3,), (2, 3), (None, 3, 3), (2, None, None, 3), (2, 3, 3, 3, 1)]
    # One shape for all inputs, another for all but the first, and some that broadcast.
    shapes = [(s,) for s in ranks] + [(s, *[t] * 3) for s in ranks[2:] for t in ((), (3,))]
    shapes += [((2, 1, 3), (4, 1)), ((None, 3), (1, 1)), ((4, None), (1, 3))]
    tried, outputs = set(), []
    with tf.Graph().as_default() as graph:
        for operator in sorted(set().union(table, *lists.values())):
            for each in shapes:
                made = nodes_of(operator, each)
                if made and all(isinstance(tensor, tf.Tensor) for tensor in made):
                    tried.add(operator)
                    outputs += made
    types = types_of(graph, tmp_path)
    for tensor in outputs:
        sizes, kind, rank = sizes_of(types, tensor), tensor.op.type, tensor.shape.rank
        says = f"{tensor.op.name} ({kind}): {sizes}, TensorFlow says {tensor.shape} of {tensor.op.inputs}"
        if rank is None:
            assert sizes is None or kind in KNOWS_MORE, says
        elif sizes is None:
            assert not any(kind in names for names in lists.values()), says
        else:
            assert len(sizes) == rank, says
            for size, dim in zip(sizes, tensor.shape):
                assert size in ("?", str(dim)), says
    assert len(tried) > 200, sorted(set().union(table, *lists.values()) - tried)


def test_shapes_of_native_nodes_are_tensorflows(tmp_path):
    """What the graph says of operators without a conversion: never more than TensorFlow itself, and of each
    family what an engine behind it has to know."""
    import tensorflow as tf

    raw = tf.raw_ops
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, (None, 4, 4), "x")
        text = tf.compat.v1.placeholder(tf.string, (None, 3), "text")
        spectrum = raw.FFT2D(input=tf.cast(x, tf.complex64))
        table = raw.HashTableV2(key_dtype=tf.string, value_dtype=tf.int64)
        boxes = tf.compat.v1.placeholder(tf.float32, (None, 4), "boxes")
        best = {"boxes": boxes, "scores": tf.compat.v1.placeholder(tf.float32, (None,), "scores"),
                "max_output_size": 3, "iou_threshold": 0.5}  # fmt: skip
        soft = {**best, "score_threshold": 0.1, "soft_nms_sigma": 0.2}
        size = tf.compat.v1.placeholder(tf.int32, (), "size")
        made = [
            raw.Digamma(x=x), raw.Lgamma(x=x), raw.Erfinv(x=x), raw.BesselI0e(x=x), raw.Cholesky(input=x),
            raw.MatrixInverse(input=x), spectrum, raw.Real(input=spectrum), raw.ComplexAbs(x=spectrum),
            raw.MatrixBandPart(input=x, num_lower=1, num_upper=1), raw.RandomShuffle(value=x),
            raw.ReverseSequence(input=x, seq_lengths=size[None], seq_dim=1), raw.Bucketize(input=x, boundaries=[0.5]),
            raw.AsString(input=x), raw.StringLower(input=text), raw.StringToNumber(string_tensor=text),
            raw.StringToHashBucketFast(input=text, num_buckets=7), raw.StaticRegexReplace(input=text, pattern="a", rewrite="b"),
            raw.LookupTableFindV2(table_handle=table, keys=text, default_value=tf.constant(0, tf.int64)),
            raw.Where(condition=x > 0), raw.Unique(x=best["scores"]), raw.NonMaxSuppressionV3(**best, score_threshold=0.1),
            raw.NonMaxSuppressionV5(**soft), raw.DecodePng(contents=text[0, 0], channels=3),
            raw.RandomUniform(shape=tf.stack([size, 2]), dtype=tf.float32), raw.Roll(input=x, shift=1, axis=0),
            raw.StatelessTruncatedNormalV2(shape=tf.stack([size, 2]), key=[1], counter=[1, 2], alg=1),
        ]  # fmt: skip
    outputs = [tensor for each in made for tensor in (each if isinstance(each, tuple) else [each])]
    types = types_of(graph, tmp_path)
    for tensor in outputs:
        sizes = sizes_of(types, tensor)
        assert sizes is not None, f"{tensor.op.type}: nothing is known"
        if tensor.op.type == "LookupTableFindV2":  # TensorFlow asks the table itself, when there is one
            assert sizes == ["?", "3"]
            continue
        assert len(sizes) == tensor.shape.rank, f"{tensor.op.type}: {sizes}, TensorFlow says {tensor.shape}"
        for size, dim in zip(sizes, tensor.shape):
            assert size == "?" or int(size) == dim, f"{tensor.op.type}: {sizes}, TensorFlow says {tensor.shape}"
