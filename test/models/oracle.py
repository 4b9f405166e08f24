"""TensorFlow's answers, and how far TensorFlow is from itself.

    answer = oracle.ask(path, {"x": pictures})
    answer.outputs["Identity"]     -> array
    answer.noise                   -> largest difference between TensorFlow with and without
                                      its oneDNN kernels, relative to the largest output

Two correct implementations of a network differ by rounding, which deep networks amplify.
What TensorFlow does to itself is the measure of it: a comparison allows NOISE_FACTOR times that.
Each TensorFlow runs in a process of its own: the choice of kernels is made when it starts.
"""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

NOISE_FACTOR = 3
# Below this a difference is one or two roundings: TensorFlow may agree with itself to the
# bit on a small model, which tells nothing about another order of summation.
NOISE_FLOOR = 2e-7


@dataclasses.dataclass
class Answer:
    outputs: dict
    noise: float

    @property
    def tolerance(self):
        return NOISE_FACTOR * max(self.noise, NOISE_FLOOR)


def distance(got, want):
    """Largest difference over all outputs, each relative to its largest value in `want`.

    Outputs that are not numbers of floating point must be equal. NaN and infinity must be
    where `want` has them.
    """
    assert sorted(got) == sorted(want), f"outputs {sorted(got)}, expected {sorted(want)}"
    worst = 0.0
    for name, reference in want.items():
        value = got[name]
        assert value.shape == reference.shape, f"{name}: {value.shape}, expected {reference.shape}"
        assert value.dtype == reference.dtype, f"{name}: {value.dtype}, expected {reference.dtype}"
        if not np.issubdtype(reference.dtype, np.floating):
            np.testing.assert_array_equal(value, reference, name)
            continue
        if not reference.size:
            continue
        finite = np.isfinite(reference)
        np.testing.assert_array_equal(value[~finite], reference[~finite], name)
        if finite.any():
            difference = np.max(np.abs(value[finite].astype(np.float64) - reference[finite]))
            largest = np.max(np.abs(reference[finite])) or 1.0
            worst = max(worst, float(difference / largest) if np.isfinite(difference) else np.inf)
    return worst


def ask(model, inputs, batch=None, outputs=None, exact=False):
    """Runs `model` (a GraphDef .pb or .pbtxt, or a SavedModel) on `inputs`.

    batch: rows to feed at a time, for models of a static batch. outputs: tensor names
    without ":0"; default all that nothing consumes. exact: the noise is also how far
    TensorFlow is from itself in double precision. With and without oneDNN it shares many
    kernels, and what these round is then in both answers.
    """
    plain = run(model, inputs, batch, outputs, onednn=False)
    noise = distance(run(model, inputs, batch, outputs, onednn=True), plain)
    if exact:
        wide = run(model, inputs, batch, outputs, onednn=False, double=True)
        noise = max(noise, distance({k: v.astype(plain[k].dtype) for k, v in wide.items()}, plain))
    return Answer(plain, noise)


def run(model, inputs, batch=None, outputs=None, onednn=True, repeat=0, double=False):
    """One TensorFlow, in a process of its own: {output name: array}.

    repeat: also time that many runs; the key "latency_ms" then holds them. double: a
    GraphDef's float32 is float64 instead.
    """
    return _process(
        inputs, onednn, model=str(model), batch=batch, outputs=outputs, repeat=repeat, perturb=0, double=double
    )


def perturb(model, inputs, every=1):
    """{layer: distance} of a frozen GraphDef, for every layer that has weights, or one in `every`: how far the
    outputs move when noise of 10 % of the weights' size is added to that layer's."""
    moved = _process(
        inputs, False, model=str(model), batch=None, outputs=None, repeat=0, perturb=every, double=False
    )
    return {layer: float(distance) for layer, distance in moved.items()}


def _process(inputs, onednn, **request):
    """This file as a program, in a process of its own, on one request."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        np.savez(folder / "in.npz", **inputs)
        (folder / "request.json").write_text(json.dumps(request))
        environment = dict(
            os.environ,
            TF_ENABLE_ONEDNN_OPTS="1" if onednn else "0",
            TF_CPP_MIN_LOG_LEVEL="3",
            TF_USE_LEGACY_KERAS="1",
        )
        done = subprocess.run(
            [sys.executable, __file__, folder], env=environment, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"TensorFlow failed on {request['model']}:\n{done.stderr[-4000:]}")
        with np.load(folder / "out.npz") as result:
            return {name: result[name] for name in result.files}


def load_graph(path):
    """The GraphDef in a .pb or .pbtxt file."""
    import protos  # noqa: F401
    from tensorflow.core.framework import graph_pb2

    graph = graph_pb2.GraphDef()
    if str(path).endswith("txt"):
        from google.protobuf import text_format

        text_format.Parse(pathlib.Path(path).read_text(), graph)
    else:
        graph.ParseFromString(pathlib.Path(path).read_bytes())
    return graph


def function_of(path, outputs=None, double=False):
    """A callable {name: tensor} -> {name: tensor} for a model file."""
    import tensorflow as tf

    if pathlib.Path(path).is_dir():
        loaded = tf.saved_model.load(str(path))
        signature = loaded.signatures["serving_default"]
        signature.keep_alive = loaded
        return lambda feeds: signature(**feeds)

    graph = load_graph(path)
    if double:
        import doubled

        graph = doubled.doubled(graph)
    function, _ = _wrapped(graph)
    return function(outputs)


def _wrapped(graph):
    """(function of outputs -> callable, GraphDef): the GraphDef as a TensorFlow function.

    The callable may be given any tensor of the graph to override, a constant too.
    """
    import tensorflow as tf

    wrapped = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph, name=""), [])
    consumed = {edge.lstrip("^").split(":")[0] for node in graph.node for edge in node.input}
    ends = [n.name for n in graph.node if n.name not in consumed and n.op != "NoOp"]
    entries = [n.name for n in graph.node if n.op == "Placeholder"]

    def function(outputs=None, overridden=()):
        names = entries + list(overridden)
        pruned = wrapped.prune(
            [f"{name}:0" for name in names],
            {name: name if ":" in name else f"{name}:0" for name in outputs or ends},
        )
        return lambda feeds: pruned(*(feeds[name] for name in names))

    return function, graph


def _layers(graph):
    """Names of the constants that a heavy node reads as its weights."""
    nodes = {node.name: node for node in graph.node}
    found = []
    for node in graph.node:
        if node.op in ("Conv2D", "MatMul", "DepthwiseConv2dNative"):
            weights = nodes[node.input[1].split(":")[0]]
            while weights.op == "Identity":
                weights = nodes[weights.input[0].split(":")[0]]
            if weights.op == "Const":
                found.append(weights.name)
    return found


def _perturbed(path, feeds, every):
    """perturb(), inside TensorFlow's process: each layer's constant is fed, changed."""
    import tensorflow as tf

    function, graph = _wrapped(load_graph(path))
    nodes = {node.name: node for node in graph.node}
    layers = _layers(graph)
    weights = {layer: tf.make_ndarray(nodes[layer].attr["value"].tensor) for layer in layers}
    call = function(None, layers)

    def outputs(layer=None, changed=None):
        given = dict(feeds, **{name: tf.constant(value) for name, value in weights.items()})
        if layer:
            given[layer] = tf.constant(changed)
        return {name: value.numpy() for name, value in call(given).items()}

    reference = outputs()
    moved = {}
    for i, layer in list(enumerate(layers))[::every]:
        noise = np.random.default_rng(i).normal(0, 0.1 * np.std(weights[layer]), weights[layer].shape)
        changed = (weights[layer] + noise).astype(weights[layer].dtype)
        moved[layer] = np.array(distance(outputs(layer, changed), reference))
    return moved


def _main(folder):
    import time

    import tensorflow as tf  # first: see protos.py

    folder = pathlib.Path(folder)
    request = json.loads((folder / "request.json").read_text())
    with np.load(folder / "in.npz") as file:
        inputs = {name: file[name] for name in file.files}
    if request["perturb"]:
        feeds = {name: tf.constant(value) for name, value in inputs.items()}
        np.savez(folder / "out.npz", **_perturbed(request["model"], feeds, request["perturb"]))
        return
    if request["double"]:
        inputs = {k: v.astype(np.float64) if v.dtype == np.float32 else v for k, v in inputs.items()}
    function = function_of(request["model"], request["outputs"], request["double"])
    count = len(next(iter(inputs.values()))) if inputs else 1
    batch = request["batch"] or count
    rows = []
    for start in range(0, count, batch):
        feeds = {name: tf.constant(value[start : start + batch]) for name, value in inputs.items()}
        rows.append({name: value.numpy() for name, value in function(feeds).items()})
    result = {
        name: np.concatenate([row[name] for row in rows]) if len(rows) > 1 else rows[0][name]
        for name in rows[0]
    }
    latencies = []
    for _ in range(request["repeat"]):
        start = time.perf_counter()
        for value in function(feeds).values():
            value.numpy()
        latencies.append(1000 * (time.perf_counter() - start))
    if latencies:
        result["latency_ms"] = np.array(latencies)
    np.savez(folder / "out.npz", **result)


if __name__ == "__main__":
    _main(sys.argv[1])
