# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow 2.17 still knows TF-TRT's operators: it validates every attribute of what Graft
writes, in the main graph and in the native segments. Graft's own operators it refuses."""

import json
import os
import pathlib
import subprocess

import models
import pytest
import tf217

HERE = pathlib.Path(__file__).parent
MODELS = ["digits", "mobilenet_v2", "resnet50"]


def ask(*arguments):
    """Lines of JSON from TensorFlow 2.17, which must not crash."""
    done = subprocess.run(
        [tf217.python(), HERE / "in_tf217.py", *map(str, arguments)],
        env=dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", PYTHONPATH=str(models.GRAFT.parents[1] / "python")),
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def remove(name):
    return lambda attributes: attributes.pop(name)


def double_inputs(attributes):
    attributes["InT"].list.type[0] = 2  # DT_DOUBLE, which TF-TRT does not allow


def number_for_text(attributes):
    attributes["precision_mode"].i = 1


def unknown(attributes):
    attributes["grafted"].b = True


def unknown_in_segment(graph):
    node = next(node for node in graph.library.function[0].node_def if node.op == "Conv2D")
    node.attr["strides"].s = b"two"


CHANGES = {
    "allowed types": (double_inputs, "InT"),
    "type of a value": (number_for_text, "precision_mode"),
    "unknown name": (unknown, "grafted"),
    "missing value": (remove("serialized_segment"), "serialized_segment"),
    "missing types": (remove("OutT"), "OutT"),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What TensorFlow 2.17 says of each model, and of each change to one; asked at once,
    since it takes seconds to start."""
    folder = tmp_path_factory.mktemp("graphs")
    graphs = {name: models.graph(name)[0] for name in MODELS}
    for change, (apply, _) in CHANGES.items():
        graph, engine = models.graph("digits")
        apply(engine.attr)
        graphs[change] = graph
    segment, _ = models.graph("digits")
    unknown_in_segment(segment)
    graphs["in a segment"] = segment
    paths = []
    for name, graph in graphs.items():
        paths.append(folder / f"{name.replace(' ', '-')}.pb")
        paths[-1].write_bytes(graph.SerializeToString())
    version, *said = ask("import", *paths)
    assert version.startswith("2.17.")
    return dict(zip(graphs, said, strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_accepts_every_attribute(name, answers):
    found = answers[name]
    assert "error" not in found, found["error"]
    graph, engine = models.graph(name)
    assert found["nodes"] == len(graph.node)
    # None was dropped on the way.
    assert set(engine.attr) <= set(found["engines"][engine.name])
    shapes = [[dim.size for dim in shape.dim] for shape in engine.attr["output_shapes"].list.shape]
    assert found["shapes"][engine.name] == [[None if dim < 0 else dim for dim in shape] for shape in shapes]
    (segment,) = found["functions"].items()
    assert segment[0] == engine.attr["segment_func"].func.name and segment[1] > 10


@pytest.mark.parametrize("change", CHANGES)
def test_a_wrong_attribute_is_seen(change, answers):
    assert CHANGES[change][1] in answers[change].get("error", "accepted")


def test_a_wrong_attribute_inside_a_segment_is_seen(answers):
    assert "strides" in answers["in a segment"].get("error", "accepted")


def test_operators_are_refused_with_a_line():
    """They are there already, and built for another TensorFlow."""
    (said,) = ask("load")
    built_for = (models.LIBRARY.with_suffix(".version")).read_text().strip()
    assert said == {
        "error": f"Error: Graft's operators were built for TensorFlow {built_for}, got TensorFlow 2.17.1; "
        f"install tensorflow-cpu=={built_for}"
    }


def test_the_library_alone_is_an_error_not_a_crash():
    (said,) = ask("library", models.LIBRARY)
    assert "libgraft_tensorflow.so" in said["error"] and "\n" not in said["error"]
