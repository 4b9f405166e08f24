"""A chain of a million nodes: it goes all the way, memory grows no faster than the chain, and
a stack of 256 KB is enough, so that nothing recurses on the depth of a graph."""

import resource

import tools
from tensorflow.core.framework import graph_pb2

PASSES = "builtin.module(graph-simplify,graph-eliminate-dead-outputs)"


def chain(path, length):
    graph = graph_pb2.GraphDef()
    graph.versions.producer = 1882
    graph.node.add(name="x", op="Placeholder").attr["dtype"].type = 1
    before = "x"
    for i in range(length):
        node = graph.node.add(name=f"i{i}", op="Identity", input=[before])
        node.attr["T"].type = 1
        before = node.name
    path.write_bytes(graph.SerializeToString(deterministic=True))
    return before


def travel(folder, length):
    """Import, simplify and export; (names of the nodes that are left, peak MB of a step)."""
    model, imported, simplified, exported = (folder / f"{length}{end}" for end in (".pb", ".mlirbc", "s.mlirbc", "s.pb"))
    last = chain(model, length)
    steps = [
        ("graft-translate", "--graphdef-to-mlir", f"--outputs={last}", model, "-o", imported),
        ("graft-opt", imported, f"--pass-pipeline={PASSES}", "-emit-bytecode", "-o", simplified),
        ("graft-translate", "--mlir-to-graphdef", imported, "-o", exported),
    ]
    peak = max(tools.peak_mb(*step)[1] for step in steps)
    assert exported.read_bytes() == model.read_bytes()
    tools.tool("graft-translate", "--mlir-to-graphdef", simplified, "-o", exported)
    left = graph_pb2.GraphDef()
    left.ParseFromString(exported.read_bytes())
    return [node.name for node in left.node], peak


def test_a_million_nodes(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    resource.setrlimit(resource.RLIMIT_STACK, (256 << 10, hard))
    try:
        small, small_peak = travel(tmp_path, 100_000)
        large, large_peak = travel(tmp_path, 1_000_000)
    finally:
        resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))
    assert small == ["x", "i99999"] and large == ["x", "i999999"]
    assert large_peak <= 10 * small_peak, (small_peak, large_peak)
