#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares two builds of Graft: what they make of the same models, and how fast that runs.

    "$(scripts/deps)/bin/python" bench/builds.py OLD/bin/graft build/bin/graft
    ... bench/builds.py OLD NEW --models mobilenet_v2 --precision fp32,bf16,int8 --rounds 7 --seconds 1
    ... bench/builds.py OLD NEW --models all --rounds 0     # bytes alone

Each builds a plan, with the same samples for int8, and runs its own. Weights are compared byte by byte, and
the layers as `graft inspect --json` prints them. Rounds visit the two in turn, in the other order each
time; a ratio is the median over the rounds of new over old, of a round's fastest run.

Exit code 1: a program failed. 3: weights or layers differ.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

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
        self.graft("build", model, "-o", self.plan, *options)
        self.report = json.loads(self.graft("inspect", "--json", self.plan))

    def weights(self):
        """The last section of the file."""
        count = self.report["weight_bytes"]
        return self.plan.read_bytes()[-count:] if count else b""

    def fastest(self, seconds):
        line = self.graft("bench", self.plan, "--json", "--duration", seconds)
        return json.loads(line)["latency_ms"]["min"]


def differences(old, new):
    """What of two plans is not alike; fields that only one build knows are no difference."""
    found = [] if old.weights() == new.weights() else ["weights"]
    return found + [key for key in old.report.keys() & new.report.keys() if old.report[key] != new.report[key]]


def ratio(builds, rounds, seconds):
    ratios = []
    for index in range(rounds):
        first, second = builds[:: 1 - 2 * (index % 2)]
        times = {build: build.fastest(seconds) for build in (first, second)}
        ratios.append(times[builds[1]] / times[builds[0]])
    return statistics.median(ratios) if ratios else None


def samples(model, folder):
    batches = [zoo.inputs(model, 1, seed=seed) for seed in range(SAMPLES)]
    path = folder / "samples.npz"
    np.savez(path, **{name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]})
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=pathlib.Path)
    parser.add_argument("new", type=pathlib.Path)
    parser.add_argument("--models", default=",".join(run.MODELS), help="names, or all")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    models = sorted(zoo.MODELS) if options.models == "all" else options.models.split(",")
    differ = False
    print("| model | precision | plans | new / old |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        builds = [Build(options.old, folder / "old.plan"), Build(options.new, folder / "new.plan")]
        for model in models:
            for precision in options.precision.split(","):
                arguments = ["--precision", precision]
                if precision == "int8":
                    arguments += ["--calibration-data", samples(model, folder)]
                for build in builds:
                    build.build(zoo.graphdef(model, 1), arguments)
                found = differences(*builds)
                differ |= bool(found)
                factor = ratio(builds, options.rounds, options.seconds)
                print(
                    f"| {model} | {precision} | {', '.join(found) + ' differ' if found else 'alike'} "
                    f"| {'-' if factor is None else format(factor, '.3f')} |",
                    flush=True,
                )
    return 3 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
