"""graft.rescue: what `graft rescue` does, from Python. test_rescue.py of test/models has the eras."""

import os
import pathlib
import subprocess

import graft
import pytest
import tensorflow as tf
from graphs import graph
from tensorflow.core.framework import graph_pb2

CLI = pathlib.Path(os.environ["GRAFT_BIN"]) / "graft"


@pytest.fixture(scope="module")
def native():
    def make(x):
        for _ in range(4):
            x = tf.nn.relu(x * 2.0 + 1.0)
        return {"y": x}

    return graph(make, x=(tf.float32, [None, 3]))


@pytest.fixture(scope="module")
def old(native):
    """Graft writes engines as TF-TRT 2.17 does."""
    return bytes(graft.convert(native))


def nodes(model):
    return {node.name: node.op for node in graph_pb2.GraphDef.FromString(bytes(model)).node}


def test_gives_the_nodes_back(native, old):
    assert "TRTEngineOp" in nodes(old).values()
    rescued = graft.rescue(old)
    assert rescued.report["conversion"] is None
    (engine,) = rescued.report["restored"]
    assert engine["name"].startswith("TRTEngineOp") and engine["function"] == "" and engine["nodes"] >= 12
    assert str(rescued).startswith("1 engine(s) of TF-TRT put back\n  restored: TRTEngineOp")
    before, after = nodes(native), nodes(rescued)
    assert {name: after.get(name) for name in before} == before


def test_same_bytes_as_the_command_line(old, tmp_path):
    (tmp_path / "old.pb").write_bytes(old)
    for name, flags, options in (
        ("native", [], {}),
        ("converted", ["--convert", "--deny", "Relu"], {"convert": True, "deny": ["Relu"], "minimum_segment_size": 1}),
    ):
        flags = [*flags, "--minimum-segment-size", "1"] if options else flags
        subprocess.run([CLI, "rescue", tmp_path / "old.pb", tmp_path / f"{name}.pb", *flags], check=True)
        want = (tmp_path / f"{name}.pb").read_bytes()
        assert bytes(graft.rescue(old, **options)) == want
        written = graft.rescue(tmp_path / "old.pb", tmp_path / "again.pb", **options)
        assert written.data is None and bytes(written) == want


def test_converts_at_once(old):
    rescued = graft.rescue(old, convert=True)
    conversion = rescued.report["conversion"]
    assert conversion is not None and conversion["engines"] and conversion["converted"] > 10
    assert "TRTEngineOp" in nodes(rescued).values()
    assert "of Graft" in str(rescued)


def test_errors(native, old, tmp_path):
    with pytest.raises(graft.ModelError):
        graft.rescue(native)
    with pytest.raises(graft.UsageError, match="option 'deny' is for a conversion"):
        graft.rescue(old, deny=["Relu"])
    with pytest.raises(graft.UsageError, match="'tune_more'"):
        graft.rescue(old, tune_more=True)
    with pytest.raises(FileNotFoundError):
        graft.rescue(tmp_path / "none.pb")
