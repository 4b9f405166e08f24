# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A second target, which only the tests have (test/targets/sim), builds and runs real networks.

Its memory cannot be touched by the host, its queue works later, its buffers are aligned to 256
bytes, its filters have a layout of their own, and its int8 is signed and symmetric.
"""

import json
import os

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
import tools
import zoo


NETWORKS = ["mobilenet_v2", "inception_v3"]


def run(program, plan, folder):
    output = folder / "out.npz"
    tools.tool(program, "run", plan, "--inputs", folder / "in.npz", "--outputs", output)
    with np.load(output) as file:
        return {name: file[name] for name in file.files}


def prepare(name, folder):
    """Path of the network; an input is in in.npz."""
    np.savez(folder / "in.npz", **zoo.inputs(name, 1, seed=1))
    return zoo.graphdef(name, 1)


def build(program, path, folder, *arguments):
    plan = folder / f"{program}.plan"
    tools.tool(program, "build", path, "-o", plan, *arguments)
    return plan


def db(got, want):
    noise = np.sum((got.astype("f8") - want) ** 2)
    return np.inf if noise == 0 else 10 * np.log10(np.sum(want.astype("f8") ** 2) / noise)


@pytest.mark.parametrize("name", NETWORKS)
def test_fp32_gives_what_the_cpu_gives(name, tmp_path):
    path, folder = prepare(name, tmp_path), tmp_path
    want = run("graft", build("graft", path, folder), folder)
    plan = build("graft-sim", path, folder, "--target", "sim")
    report = json.loads(tools.tool("graft-sim", "inspect", "--json", plan).out)
    assert report["target"] == "sim"
    assert {layer["provider"] for layer in report["layers"]} == {"sim"}
    got = run("graft-sim", plan, folder)
    for name, values in want.items():
        np.testing.assert_allclose(got[name], values, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_int8_is_as_good_as_the_cpus(name, tmp_path):
    path, folder = prepare(name, tmp_path), tmp_path
    want = run("graft", build("graft", path, folder), folder)
    int8 = ["--precision", "int8", "--calibration-data", folder / "in.npz"]
    cpu = run("graft", build("graft", path, folder, *int8), folder)
    plan = build("graft-sim", path, folder, "--target", "sim", *int8)
    layers = json.loads(tools.tool("graft-sim", "inspect", "--json", plan).out)["layers"]
    products = [layer for layer in layers if layer["kind"] == "conv2d"]
    assert sum(layer["precision"] == "int8" for layer in products) > len(products) / 2
    got = run("graft-sim", plan, folder)
    for name, values in want.items():
        # Symmetric ranges have half the steps where values are positive.
        assert db(got[name], values) > db(cpu[name], values) - 9


def test_graft_names_the_targets_that_it_has(tmp_path):
    path, folder = prepare(NETWORKS[0], tmp_path), tmp_path
    plan = build("graft-sim", path, folder, "--target", "sim")
    refused = tools.tool(
        "graft", "run", plan, "--inputs", folder / "in.npz", "--outputs", folder / "out.npz", check=False
    )
    assert refused.code == 4 and not (folder / "out.npz").exists()
    assert "the plan's target must be one of cpu, got 'sim'" in refused.err


def test_converted_models_run_their_engines(tmp_path):
    path, folder = prepare(NETWORKS[0], tmp_path), tmp_path
    model, output = folder / "converted.pb", folder / "out.npz"
    tools.tool("graft-sim", "convert", path, "-o", model, "--target", "sim")
    want = run("graft", build("graft", path, folder), folder)
    for program, note in (("graft-sim", "run as they are: 1"), ("graft", "must be one of cpu, got 'sim'")):
        done = tools.tool(program, "run", model, "--inputs", folder / "in.npz", "--outputs", output)
        assert note in done.err
        with np.load(output) as got:
            for name, values in want.items():
                np.testing.assert_allclose(got[name], values, rtol=0, atol=1e-5)
