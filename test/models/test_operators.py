"""Every converted operator against TensorFlow, on small graphs of one operator.

The graph is imported, converted to nn, and run by the interpreter; TensorFlow runs the
graph itself. Exact for integers and truth values, to a few roundings for floats.
"""

import os
import pathlib
import subprocess

import numpy as np
import oracle
import pytest
from operator_cases import CASES

BIN = pathlib.Path(os.environ.get("GRAFT_BIN", "build/bin"))
#: Relative to the largest output. TensorFlow's own functions are approximations.
TOLERANCE = {"float16": 2e-3, "float32": 4e-6, "float64": 1e-12}


def tensorflow():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    return tf


def build(case):
    """The graph, the names of its inputs and outputs, and TensorFlow's answers."""
    tf = tensorflow()
    graph = tf.Graph()
    with graph.as_default():
        placeholders = [
            tf.compat.v1.placeholder(array.dtype, shape, name=f"x{i}")
            for i, (array, shape) in enumerate(
                zip(case.inputs, case.shapes if case.shapes else case.declared())
            )
        ]
        results = case.build(tf, *placeholders)
        results = results if isinstance(results, tuple) else (results,)
        outputs = [tf.identity(result, name=f"y{i}") for i, result in enumerate(results)]
    answers = {}
    if case.refused is None:
        with tf.compat.v1.Session(graph=graph) as session:
            fed = dict(zip(placeholders, case.inputs))
            for i, value in enumerate(session.run(outputs, fed)):
                answers[f"y{i}"] = value
    return graph.as_graph_def(), [f"y{i}" for i in range(len(outputs))], answers


def graft(*command):
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=60
    )


def convert(graph, outputs, folder, *passes):
    """Imports and converts; the finished process of graft-opt."""
    (folder / "graph.pb").write_bytes(graph.SerializeToString())
    imported = graft(
        BIN / "graft-translate", "--graphdef-to-mlir", folder / "graph.pb",
        "--outputs", ",".join(outputs), "-o", folder / "graph.mlirbc",
    )  # fmt: skip
    assert imported.returncode == 0, imported.stderr
    return graft(BIN / "graft-opt", folder / "graph.mlirbc", "--convert-graph-to-nn", *passes)


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.refused is None], ids=lambda case: case.name
)
def test_computes_what_tensorflow_computes(case, tmp_path):
    graph, outputs, want = build(case)
    np.savez(tmp_path / "in.npz", **{f"x{i}": array for i, array in enumerate(case.inputs)})
    files = f"--nn-interpret=inputs={tmp_path}/in.npz outputs={tmp_path}/out.npz"
    done = convert(graph, outputs, tmp_path, "--canonicalize", files)
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "out.npz") as archive:
        got = {name: archive[name] for name in archive.files}
    tolerance = max(TOLERANCE.get(str(value.dtype), 0) for value in want.values())
    assert oracle.distance(got, want) <= tolerance


@pytest.mark.parametrize("case", [c for c in CASES if c.refused], ids=lambda case: case.name)
def test_refuses_with_a_code(case, tmp_path):
    graph, outputs, _ = build(case)
    done = convert(graph, outputs, tmp_path)
    assert done.returncode == 1
    assert f"[{case.refused}]" in done.stderr, done.stderr
