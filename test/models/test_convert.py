"""Models built into plans and run without TensorFlow, against TensorFlow.

The largest difference, relative to the largest output, may be three times what TensorFlow
differs from itself, measured here on the same inputs (oracle.py).
"""

import json

import oracle
import pytest
import tools
import zoo

MODELS = ["digits", "inception_v3", "resnet50"]
# Noise is a largest difference too, so it takes as many inputs to see it.
COUNT = 100
# What repeats the comparison for another shape or number of threads takes some of them, in uneven batches too.
SAMPLE = 30


def build(path, plan, *options):
    tools.tool("graft", "build", path, "-o", plan, *options)
    return plan


def by_position(outputs, path):
    """Outputs without their names, which differ between a GraphDef and a SavedModel."""
    names = zoo.describe(path)["outputs"]
    return {str(i): outputs[name] for i, name in enumerate(names)}


@pytest.fixture(scope="module", params=MODELS)
def case(request):
    """(name, inputs, answer of the frozen batch-1 model)."""
    name = request.param
    inputs = zoo.inputs(name, COUNT, seed=21)
    return name, inputs, oracle.ask(zoo.graphdef(name, 1), inputs, batch=1)


def check(plan, path, case, batch, threads, tmp_path):
    name, inputs, answer = case
    got = tools.run_plan(plan, inputs, tmp_path, batch, threads)
    distance = oracle.distance(
        by_position(got, path), by_position(answer.outputs, zoo.graphdef(name, 1))
    )
    print(f"{name} {path.name}: {distance:.2e}, noise {answer.noise:.2e}")
    assert distance <= answer.tolerance


def full_batches(inputs, answer, batch, most):
    """As many of the first `most` inputs as fill batches, and their answer."""
    count = most // batch * batch
    outputs = {key: value[:count] for key, value in answer.outputs.items()}
    return {key: value[:count] for key, value in inputs.items()}, oracle.Answer(outputs, answer.noise)


@pytest.mark.parametrize("kind", ["graphdef", "saved_model"])
@pytest.mark.parametrize("batch", [1, 8])
def test_static_batch(case, kind, batch, tmp_path):
    name, inputs, answer = case
    path = getattr(zoo, kind)(name, batch)
    most = COUNT if (kind, batch) == ("graphdef", 1) else SAMPLE
    whole, part = full_batches(inputs, answer, batch, most)
    check(build(path, tmp_path / "m.plan"), path, (name, whole, part), batch, 2, tmp_path)


@pytest.mark.parametrize("kind", ["graphdef", "saved_model"])
def test_unknown_batch(case, kind, tmp_path):
    """One plan for a range of batch sizes: full, uneven and single ones."""
    name, inputs, answer = case
    path = getattr(zoo, kind)(name, None)
    ranges = ",".join(
        f"{key}=1..16x" + "x".join(map(str, shape)) for key, shape in zoo.MODELS[name].shapes.items()
    )
    plan = build(path, tmp_path / "m.plan", "--shapes", ranges)
    whole, part = full_batches(inputs, answer, 1, SAMPLE)
    for batch in (1, 7, 16):
        check(plan, path, (name, whole, part), batch, 2, tmp_path)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_threads(case, threads, tmp_path):
    name, inputs, answer = case
    whole, part = full_batches(inputs, answer, 8, SAMPLE)
    path = zoo.graphdef(name, 8)
    check(build(path, tmp_path / "m.plan"), path, (name, whole, part), 8, threads, tmp_path)


@pytest.mark.parametrize("name", MODELS)
def test_converted_graph_has_one_engine(name, tmp_path):
    """`graft convert`: one engine node, its native segment kept, hardly anything else."""
    tools.tool(
        "graft", "convert", zoo.graphdef(name), "-o", tmp_path / "out.pb",
        "--report", tmp_path / "report.json",
    )  # fmt: skip
    graph = oracle.load_graph(tmp_path / "out.pb")
    engines = [node for node in graph.node if node.op == "TRTEngineOp"]
    assert len(engines) == 1
    assert engines[0].attr["serialized_segment"].s
    segment = engines[0].attr["segment_func"].func.name
    assert segment in [function.signature.name for function in graph.library.function]
    others = {node.op for node in graph.node if node.op != "TRTEngineOp"}
    assert others <= {"Placeholder", "Identity", "NoOp", "Const"}
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["schema_version"] >= 1
    assert {"nodes", "converted", "engines", "native"} <= set(report)


@pytest.mark.parametrize("name", ["inception_v3", "resnet50"])
def test_mutated_layer_is_seen(name, tmp_path):
    """The comparison would notice: a plan of a model with one layer's weights 10 % off fails it."""
    import numpy as np

    inputs = zoo.inputs(name, 1, seed=22)
    answer = oracle.ask(zoo.graphdef(name), inputs)
    graph = oracle.load_graph(zoo.graphdef(name))
    weights = [
        node for node in graph.node
        if node.op == "Const" and len(node.attr["value"].tensor.tensor_shape.dim) == 4
    ]  # fmt: skip
    for i in (0, len(weights) // 2, len(weights) - 1):
        tensor = weights[i].attr["value"].tensor
        kept = tensor.tensor_content
        tensor.tensor_content = (np.frombuffer(kept, np.float32) * np.float32(1.1)).tobytes()
        path = tmp_path / "changed.pb"
        path.write_bytes(graph.SerializeToString())
        tensor.tensor_content = kept
        got = tools.run_plan(build(path, tmp_path / "m.plan"), inputs, tmp_path)
        assert oracle.distance(got, answer.outputs) > answer.tolerance, weights[i].name
