"""Each graph pass alone: imported, run through graft-opt, exported, and run by TensorFlow.

The exported graph must be one that TensorFlow accepts and that says what the original said.
"""

import re

import oracle
import pytest
import tools
import zoo

MODELS = ["digits", "inception_v3", "resnet50"]
# Passes that need to be told something, or that leave more than one operator can say.
OPTIONS = {}


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
