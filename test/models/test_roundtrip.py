"""Import and export give the same bytes as protobuf's deterministic serialization.

Its libraries order the keys of a map in two ways. A file that C++ wrote in its order comes
back in that order, any other in Python's.
"""

import canonical
import generated
import generated_more
import oracle
import pytest
import tools
import zoo

GENERATED = generated.graphs() | dict(generated_more.generated())


def check(graph, path, tmp_path, suffix, want=None):
    want = want or graph.SerializeToString(deterministic=True)
    module = tools.import_graph(path, tmp_path / f"module{suffix}")
    got = tools.export_graph(module, tmp_path / "back.pb").read_bytes()
    if got != want:
        back = oracle.load_graph(tmp_path / "back.pb")
        nodes = [a.name for a, b in zip(graph.node, back.node) if a != b]
        raise AssertionError(
            f"{len(got)} bytes, expected {len(want)}; nodes that differ: {nodes[:5]}"
            f" of {len(graph.node)} ({len(back.node)} came back)"
        )


@pytest.mark.parametrize("suffix", [".mlir", ".mlirbc"])
@pytest.mark.parametrize("name", GENERATED)
def test_generated(name, suffix, tmp_path):
    path = tmp_path / "in.pb"
    # Python takes keys in any order, now and then in that of C++.
    written = GENERATED[name].SerializeToString()
    path.write_bytes(written)
    check(GENERATED[name], path, tmp_path, suffix, written if written == canonical.canonical(written) else None)


@pytest.mark.parametrize("name", GENERATED)
def test_generated_in_cpp_order(name, tmp_path):
    path = tmp_path / "in.pb"
    path.write_bytes(canonical.canonical(GENERATED[name].SerializeToString()))
    check(GENERATED[name], path, tmp_path, ".mlirbc", path.read_bytes())


@pytest.mark.parametrize("name", zoo.MODELS)
def test_zoo(name, tmp_path):
    path = zoo.graphdef(name, None if name in ("basic_pitch", "bert") else 1)
    check(oracle.load_graph(path), path, tmp_path, ".mlirbc")


def test_text_format(tmp_path):
    path = zoo.graphdef("digits", text=True)
    check(oracle.load_graph(path), path, tmp_path, ".mlirbc")


@pytest.mark.parametrize("name", ["digits", "basic_pitch", "inception_v3"])
def test_graph_of_a_saved_model(name, tmp_path):
    """The main graph as it stands in saved_model.pb, with its whole function library."""
    from tensorflow.core.protobuf import saved_model_pb2

    saved = saved_model_pb2.SavedModel.FromString(
        (zoo.saved_model(name, None) / "saved_model.pb").read_bytes()
    )
    graph = saved.meta_graphs[0].graph_def
    path = tmp_path / "in.pb"
    path.write_bytes(graph.SerializeToString())
    check(graph, path, tmp_path, ".mlirbc")
