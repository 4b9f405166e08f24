#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares two builds of Graft: what they make of the same models, and how fast that runs.

    "$(scripts/deps)/bin/python" bench/builds.py OLD/bin/graft build/bin/graft
    ... bench/builds.py OLD NEW --models mobilenet_v2 --precision fp32,bf16,int8 --rounds 7 --seconds 1
    ... bench/builds.py OLD NEW --models all --rounds 0     # bytes alone

Each builds a plan, with the same samples for int8, and runs its own. Weights are compared byte by byte, and
the layers as `graft inspect --json` prints them. Rounds visit the two in turn, in the other order each
time; a ratio is the median over the rounds of new over old: of a round's fastest run, and of the seconds and
the peak memory of --builds builds.

Exit code 1: a program failed. 3: weights or layers differ.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import engines
import numpy as np
import run  # first: it knows where the models are
import zoo

SAMPLES = 4


class Build:
    """One of the two, and the plan that it has made last."""

    def __init__(self, program, plan):
        self.program, self.plan = program, plan

    def graft(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"builds: {self.program}: {done.stderr.strip() or done.returncode}")
        return done.stdout

    def build(self, model, options):
        """{"seconds", "peak_mb"} of it."""
        try:
            _, took = engines.measured([self.program, "build", model, "-o", self.plan, *options])
        except engines.Broken as problem:
            sys.exit(f"builds: {self.program}: {problem}")
        self.report = with_names(json.loads(self.graft("inspect", "--json", self.plan)))
        return {key: took[key] for key in ("seconds", "peak_mb")}

    def weights(self):
        """The last section of the file."""
        count = self.report["weight_bytes"]
        return self.plan.read_bytes()[-count:] if count else b""

    def fastest(self, seconds):
        line = self.graft("bench", self.plan, "--json", "--duration", seconds)
        return json.loads(line)["latency_ms"]["min"]


def with_names(report):
    """The report with today's names of precisions; element types have kept theirs."""
    names = {"f32": "fp32", "f16": "fp16"}
    if isinstance(report, list):
        return [with_names(item) for item in report]
    if not isinstance(report, dict):
        return report
    return {
        key: names.get(value, value) if key == "precision" else with_names(value) for key, value in report.items()
    }


def differences(old, new):
    """What of two plans is not alike; fields that only one build knows are no difference."""
    found = [] if old.weights() == new.weights() else ["weights"]
    return found + [key for key in old.report.keys() & new.report.keys() if old.report[key] != new.report[key]]


def ratios(builds, rounds, measure):
    """New over old of each number that `measure` gives of a build: medians."""
    found = {}
    for index in range(rounds):
        first, second = builds[:: 1 - 2 * (index % 2)]
        numbers = {build: measure(build) for build in (first, second)}
        for key, value in numbers[builds[1]].items():
            found.setdefault(key, []).append(value / numbers[builds[0]][key])
    return {key: format(statistics.median(values), ".3f") for key, values in found.items()}


def samples(model, folder):
    batches = [zoo.inputs(model, 1, seed=seed) for seed in range(SAMPLES)]
    path = folder / "samples.npz"
    np.savez(path, **{name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]})
    return path


def compare(builds, model, precision, options, folder):
    """Prints a row; whether the plans differ."""
    path, arguments = zoo.graphdef(model, 1), ["--precision", precision]
    if precision == "int8":
        arguments += ["--calibration-data", samples(model, folder)]
    built = ratios(builds, options.builds, lambda build: build.build(path, arguments))
    found = differences(*builds)
    ran = ratios(builds, options.rounds, lambda build: {"run": build.fastest(options.seconds)})
    print(
        f"| {model} | {precision} | {', '.join(found) + ' differ' if found else 'alike'} "
        f"| {ran.get('run', '-')} | {built['seconds']} | {built['peak_mb']} |",
        flush=True,
    )
    return bool(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=pathlib.Path)
    parser.add_argument("new", type=pathlib.Path)
    parser.add_argument("--models", default=",".join(run.MODELS), help="names, or all")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--builds", type=int, default=1)
    options = parser.parse_args()
    models = sorted(zoo.MODELS) if options.models == "all" else options.models.split(",")
    differ = False
    print("| model | precision | plans | run | build, seconds | build, peak MB |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        builds = [Build(options.old, folder / "old.plan"), Build(options.new, folder / "new.plan")]
        for model in models:
            for precision in options.precision.split(","):
                differ |= compare(builds, model, precision, options, folder)
    return 3 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
