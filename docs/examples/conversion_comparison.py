#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convert one model by every way there is, and compare the results byte by byte.

    python conversion_comparison.py MODEL [--compare partial|frozen|e2e] [--cpp PROGRAM] [--work FOLDER]

MODEL is a SavedModel. `frozen` freezes it in Python and with the command line. `partial` converts
one frozen GraphDef in Python and with the command line (and, with --cpp, with a C++ program that
is called as PROGRAM FROZEN.pb CONVERTED.pb PLAN, such as examples/cpp/convert_and_run.cpp). `e2e` converts
the SavedModel itself. Without --compare all three are done.

FOLDER then has the converted graph, its conversion report (report.json), the plan of each engine
(engines/), what is in each (engines/*.txt and .json), and the graph as a drawing for Graphviz
(graph.dot). The exit code is 1 if two results differ.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import graft


def program(*arguments):
    """Runs `graft`, of the folder GRAFT_BIN or of the path; gives its output."""
    name = str(pathlib.Path(os.environ["GRAFT_BIN"]) / "graft") if "GRAFT_BIN" in os.environ else "graft"
    return subprocess.run([name, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def first_difference(a, b):
    """The first node in which two serialized graphs differ, or None."""
    from tensorflow.core.framework import graph_pb2

    left, right = (graph_pb2.GraphDef.FromString(data) for data in (a, b))
    for x, y in zip(left.node, right.node):
        if x != y:
            return f"node '{x.name}' ({x.op}) against '{y.name}' ({y.op})"
    if len(left.node) != len(right.node):
        return f"{len(left.node)} nodes against {len(right.node)}"
    return None if left == right else "the function libraries"


def same(title, results):
    """Prints whether all results, {name: bytes}, are the first one."""
    names = list(results)
    passed = True
    for name in names[1:]:
        equal = results[name] == results[names[0]]
        # A C++ program's protobuf may write the attributes of a node in another order.
        difference = None if equal else first_difference(results[names[0]], results[name])
        passed &= difference is None
        verdict = "identical bytes" if equal else difference or "equal messages"
        print(f"{title:8} {names[0]} | {name}: {verdict}, {len(results[name])} bytes")
    return passed


def compare_frozen(model, work):
    program("freeze", model, "-o", work / "frozen.pb")
    return same(
        "frozen",
        {"python": bytes(graft.freeze(model)), "command line": (work / "frozen.pb").read_bytes()},
    )


def compare_partial(model, work, cpp):
    frozen = work / "frozen.pb"
    graft.freeze(model, frozen)
    program("convert", frozen, "-o", work / "converted.pb", "--report", work / "report.json")
    results = {
        "python": bytes(graft.convert(frozen)),
        "command line": (work / "converted.pb").read_bytes(),
    }
    if cpp:
        subprocess.run([cpp, frozen, work / "cpp.pb", work / "cpp.plan"], check=True, stdout=sys.stderr)
        results["c++"] = (work / "cpp.pb").read_bytes()
    return same("partial", results)


def compare_e2e(model, work):
    graft.convert(model, work / "python")
    program("convert", model, "-o", work / "command_line")
    python, command_line = (
        {path.relative_to(work / name): path.read_bytes() for path in (work / name).rglob("*") if path.is_file()}
        for name in ("python", "command_line")
    )
    graph = pathlib.Path("saved_model.pb")
    passed = same("e2e", {"python": python.pop(graph), "command line": command_line.pop(graph)})
    # The engines, and the constants of the nodes that they replace.
    for path in sorted(python.keys() | command_line.keys()):
        equal = python.get(path) == command_line.get(path)
        passed &= equal
        print(f"e2e      python | command line: {'identical' if equal else 'different'} {path}")
    return passed


def visualize(model, work):
    """The engines as plans and as text, and the graph as a drawing."""
    from graft.tensorflow import trt
    from graft.tensorflow.trt import _graphviz

    graph = graft.convert(model).graph_def()
    _graphviz.write(graph, work / "graph.dot")
    for plan in trt.export_engines(graph, work / "engines"):
        plan.with_suffix(".txt").write_text(program("inspect", plan))
        plan.with_suffix(".json").write_text(program("inspect", plan, "--json"))
        print(f"engine   {plan}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="SavedModel directory")
    parser.add_argument("--compare", choices=["partial", "frozen", "e2e"])
    parser.add_argument("--cpp", help="a program that converts with the C++ API")
    parser.add_argument("--work", type=pathlib.Path, help="folder for the results")
    options = parser.parse_args()
    work = options.work or pathlib.Path(tempfile.mkdtemp(prefix="comparison-"))
    work.mkdir(parents=True, exist_ok=True)
    wanted = [options.compare] if options.compare else ["frozen", "partial", "e2e"]
    passed = True
    if "frozen" in wanted:
        passed &= compare_frozen(options.model, work)
    if "partial" in wanted:
        passed &= compare_partial(options.model, work, options.cpp)
    if "e2e" in wanted:
        passed &= compare_e2e(options.model, work)
    visualize(options.model, work)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
