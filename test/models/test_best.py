# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`--precision best` on trained weights: what the table says is what is built, a budget holds, and the
answers are TensorFlow's. Which precision wins is the machine's business, and no test's."""

import json

import numpy as np
import oracle
import pytest
import tools
import trained
from tensorflow.core.framework import graph_pb2


@pytest.fixture(scope="module")
def network(digits, tmp_path_factory):
    """(path, samples to calibrate with, held-out images, TensorFlow's answer to them)."""
    path, images, _ = digits
    (samples, _), _ = trained.split()
    data = tmp_path_factory.mktemp("best") / "data.npz"
    np.savez(data, x=samples[: len(images)])
    (answer,) = oracle.ask(path, {"x": images}).outputs.values()
    return path, data, images, answer


def calibrate(network, folder, *arguments):
    table = folder / "table.json"
    tools.tool("graft", "calibrate", network[0], "--data", network[1], "-o", table, *arguments)
    return table, json.loads(table.read_text())


def build(network, folder, *arguments, name="best"):
    plan = folder / f"{name}.plan"
    tools.tool("graft", "build", network[0], "-o", plan, *arguments)
    return plan


def inspect(plan):
    return json.loads(tools.tool("graft", "inspect", "--json", plan).out)


def products(plan):
    return [layer for layer in inspect(plan)["layers"] if layer["kind"] in ("conv2d", "matmul")]


def answer(plan, images, folder):
    (found,) = tools.run_plan(plan, {"x": images}, folder).values()
    return found


def chosen(table, layer):
    """The precision that the table has for a layer of the plan, or None."""
    named = {wide["node"]: wide["precision"] for wide in table["wide"]}
    return next((named[node] for node in layer["nodes"] if node in named), None)


def test_table_is_what_is_built(network, tmp_path):
    table, found = calibrate(network, tmp_path, "--precision", "best")
    speed = found["speed"]["microseconds"]
    assert set(speed) == {"best", "fp32", "bf16", "int8"}
    assert speed["best"] <= min(speed.values())
    first = build(network, tmp_path, "--precision", "best", "--calibration", table)
    second = build(network, tmp_path, "--precision", "best", "--calibration", table, name="again")
    assert first.read_bytes() == second.read_bytes()
    assert inspect(first)["precision"] == "best"
    for layer in products(first):
        assert chosen(found, layer) in (None, layer["precision"])
        if chosen(found, layer) is None:
            # What is not named is int8, but for the filter on a single channel.
            assert layer["precision"] == "int8" or layer["inputs"][0]["shape"][-1] == 1
    assert trained.sqnr(network[3], answer(first, network[2], tmp_path)) >= 35


@pytest.mark.parametrize("limit", [-60, -140])
def test_budget_holds(network, limit, tmp_path):
    """In int8 these digits are worse than -60 dB; only fp32 is better than -140."""
    options = ["--precision", "best", "--accuracy-budget", f"noise_db<={limit}"]
    table, found = calibrate(network, tmp_path, *options)
    assert found["budget"] == {"limit": f"noise_db<={limit}", "reached": found["budget"]["reached"]}
    assert found["budget"]["reached"] <= limit and found["wide"]
    plan = build(network, tmp_path, "--precision", "best", "--calibration", table)
    exact = build(network, tmp_path, name="fp32")
    with np.load(network[1]) as data:
        wanted, got = (answer(each, data["x"], tmp_path) for each in (exact, plan))
    assert -trained.sqnr(wanted, got) <= limit + 0.5
    # On images that the search has not seen.
    assert trained.sqnr(network[3], answer(plan, network[2], tmp_path)) >= min(-limit, 100) - 10


def test_any_mix_runs(network, tmp_path):
    """A table by hand: int8, bf16 and fp32 in one plan, from bf16 to int8 and back."""
    table, found = calibrate(network, tmp_path)
    assert "wide" not in found
    everything = products(build(network, tmp_path, "--precision", "int8", "--calibration", table))
    narrow = [layer for layer in everything if layer["precision"] == "int8"]
    wanted = dict(zip([layer["nodes"][0] for layer in narrow], ["bf16", "int8", "fp32", "bf16", "int8"]))
    assert set(wanted.values()) == {"int8", "bf16", "fp32"}
    found["speed"] = {"threads": 1, "microseconds": {"best": 1}}
    found["wide"] = [
        {"node": node, "precision": precision, "microseconds": 0}
        for node, precision in wanted.items() if precision != "int8"
    ]  # fmt: skip
    table.write_text(json.dumps(found))
    plan = build(network, tmp_path, "--precision", "best", "--calibration", table)
    got = {node: layer["precision"] for layer in products(plan) for node in layer["nodes"] if node in wanted}
    assert got == wanted
    # The mix is the table's, not the word's.
    other = build(network, tmp_path, "--precision", "int8", "--calibration", table, name="int8")
    mixed = answer(plan, network[2], tmp_path)
    np.testing.assert_array_equal(mixed, answer(other, network[2], tmp_path))
    assert trained.sqnr(network[3], mixed) >= 35

    converted, report = tmp_path / "converted.pb", tmp_path / "report.json"
    tools.tool(
        "graft", "convert", network[0], "-o", converted, "--precision", "best", "--calibration", table,
        "--report", report,
    )  # fmt: skip
    (engine,) = json.loads(report.read_text())["engines"]
    assert set(engine["precisions"]) >= {"int8", "bf16", "fp32"}
    assert sum(engine["precisions"].values()) == engine["launches"]
    graph = graph_pb2.GraphDef()
    graph.ParseFromString(converted.read_bytes())
    (node,) = (node for node in graph.node if node.op == "TRTEngineOp")
    assert node.attr["precision_mode"].s == b"INT8"
    assert json.loads(node.attr["calibration_data"].s)["wide"] == found["wide"]


def test_data_can_be_given_at_once(network, tmp_path):
    plan = build(network, tmp_path, "--precision", "best", "--calibration-data", network[1])
    assert trained.sqnr(network[3], answer(plan, network[2], tmp_path)) >= 35


def test_nothing_becomes_int8_without_data(network, tmp_path):
    done = tools.tool("graft", "build", network[0], "-o", tmp_path / "x.plan", "--precision", "best")
    assert "without calibration data or a table, best chooses between fp32 and bf16" in done.err
    assert {layer["precision"] for layer in products(tmp_path / "x.plan")} <= {"fp32", "bf16"}
    assert trained.sqnr(network[3], answer(tmp_path / "x.plan", network[2], tmp_path)) >= 40
