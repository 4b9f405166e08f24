#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times Graft and its peers on the same models and inputs, interleaved, and checks counts.

    scripts/build && "$(scripts/deps)/bin/python" bench/run.py
    ... bench/run.py --models resnet50 --peers openvino --precision bf16 --rounds 9

Every round visits every engine in turn, so that a slow minute of the machine hits all; a
number is the median over the rounds of the best run in a round. Each engine gives its
outputs, which are compared with TensorFlow's: a fast wrong answer is marked. Counts (nodes,
kernels, bytes) do not vary and are held against bench/goldens.json; --update rewrites it.
Exit code 3: a count differs from its golden.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "test" / "models"))

import numpy as np  # noqa: E402
import oracle  # noqa: E402
import tools  # noqa: E402
import zoo  # noqa: E402

GOLDENS = ROOT / "bench" / "goldens.json"
PEERS = ["tensorflow", "xla", "onnxruntime", "openvino"]
MODELS = ["resnet50", "inception_v3"]


class Peer:
    """bench/peer.py in the peers' own environment."""

    def __init__(self, name, python, model, inputs, options):
        self.name = name
        environment = dict(
            os.environ, TF_CPP_MIN_LOG_LEVEL="3", OMP_NUM_THREADS=str(options.threads)
        )
        self.process = subprocess.Popen(
            [python, ROOT / "bench" / "peer.py", name, model, inputs, str(options.threads), options.precision],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=None if options.verbose else subprocess.DEVNULL, text=True,
        )  # fmt: skip
        ready = self._answer()
        self.convert_s, self.kernels, self.peak_mb = (ready[k] for k in ("convert_s", "kernels", "peak_mb"))
        self.plan_bytes = None

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} failed")
        return json.loads(line)

    def _ask(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        return self._answer()

    def run(self, seconds):
        return self._ask("run", seconds)["best_ms"]

    def outputs(self, folder):
        self._ask("save", folder / f"{self.name}.npz")
        with np.load(folder / f"{self.name}.npz") as file:
            return [file[key] for key in file.files]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Graft:
    """`graft build` once, then `graft bench` on the plan."""

    name = "graft"

    def __init__(self, model, inputs, folder, options):
        self.plan, self.inputs, self.options, self.model = folder / "m.plan", inputs, options, model
        precision = {"f32": "fp32"}.get(options.precision, options.precision)
        arguments = ["build", model, "-o", self.plan, "--precision", precision]
        if options.tune:
            arguments.append("--tune")
        self.convert_s, self.peak_mb = tools.peak_mb("graft", *arguments)
        self.plan_bytes = self.plan.stat().st_size
        layers = json.loads(tools.tool("graft", "inspect", self.plan, "--json").out)["layers"]
        self.kernels = len(layers)

    def run(self, seconds):
        done = tools.tool(
            "graft", "bench", self.plan, "--inputs", self.inputs, "--threads", self.options.threads,
            "--warmup", 0.2, "--duration", seconds, "--json", threads=self.options.threads,
        )  # fmt: skip
        return json.loads(done.out)["latency_ms"]["min"]

    def outputs(self, folder):
        out = folder / "graft.npz"
        tools.tool("graft", "run", self.plan, "--inputs", self.inputs, "--outputs", out)
        with np.load(out) as file:
            return [file[name] for name in zoo.describe(self.model)["outputs"]]

    def close(self):
        pass


def measure(name, options, folder):
    """Rows of one model, Graft first: dicts."""
    model = zoo.graphdef(name, options.batch)
    inputs = folder / "inputs.npz"
    arrays = zoo.inputs(name, options.batch, seed=2)
    np.savez(inputs, **arrays)
    answer = oracle.ask(model, arrays)
    reference = dict(enumerate(answer.outputs[key] for key in zoo.describe(model)["outputs"]))

    python = pathlib.Path(_peers_environment()) / "bin" / "python" if options.peers else None
    engines = [Graft(model, inputs, folder, options)]
    for peer in options.peers:
        try:
            engines.append(Peer(peer, python, model, inputs, options))
        except RuntimeError as error:
            print(f"bench: {name}: {error}", file=sys.stderr)
    times = {engine.name: [] for engine in engines}
    for _ in range(options.rounds):
        for engine in engines:
            times[engine.name].append(engine.run(options.seconds))
    rows = []
    for engine in engines:
        got = {str(i): value for i, value in enumerate(engine.outputs(folder))}
        rows.append(
            {
                "model": name,
                "engine": engine.name,
                "ms": statistics.median(times[engine.name]),
                "rounds_ms": times[engine.name],
                "kernels": engine.kernels,
                "plan_bytes": engine.plan_bytes,
                "peak_mb": engine.peak_mb,
                "convert_s": engine.convert_s,
                "difference": oracle.distance(got, {str(i): v for i, v in reference.items()}),
                "tolerance": answer.tolerance,
            }
        )
        engine.close()
    rows[0]["nodes"] = len(oracle.load_graph(model).node)
    return rows


def _peers_environment():
    return subprocess.run(
        [ROOT / "bench" / "deps"], check=True, capture_output=True, text=True
    ).stdout.strip()


def table(rows, options):
    def number(value, form):
        return "-" if value is None else format(value, form)

    print(f"\n{rows[0]['model']}: {rows[0]['nodes']} nodes, batch {options.batch}, "
          f"{options.threads} threads, {options.precision}, median of {options.rounds} rounds")  # fmt: skip
    print(f"  {'engine':12}{'ms':>9}{'vs graft':>10}{'kernels':>9}{'plan MB':>9}{'peak MB':>9}"
          f"{'convert s':>11}{'difference':>12}")  # fmt: skip
    for row in rows:
        # In a narrower precision the difference is information, not a verdict.
        wrong = options.precision == "f32" and row["difference"] > row["tolerance"]
        plan_mb = row["plan_bytes"] and row["plan_bytes"] / 1e6
        print(f"  {row['engine']:12}{row['ms']:9.2f}{row['ms'] / rows[0]['ms']:9.2f}x{number(row['kernels'], 'd'):>9}"
              f"{number(plan_mb, '.1f'):>9}{row['peak_mb']:9.0f}{row['convert_s']:11.2f}"
              f"{row['difference']:12.1e}{' WRONG' if wrong else ''}")  # fmt: skip


def check_goldens(rows, options):
    """Compares Graft's counts; returns whether they are as they were."""
    goldens = json.loads(GOLDENS.read_text()) if GOLDENS.exists() else {}
    key = f"{rows[0]['model']} batch {options.batch} {options.precision}"
    counts = {name: rows[0][name] for name in ("nodes", "kernels", "plan_bytes")}
    if options.update:
        goldens[key] = counts
        GOLDENS.write_text(json.dumps(goldens, indent=2, sort_keys=True) + "\n")
        return True
    known = goldens.get(key)
    if known is None:
        return True
    for name, value in counts.items():
        if value != known[name]:
            print(f"bench: {key}: {name} is {value}, its golden {known[name]} (--update accepts it)",
                  file=sys.stderr)  # fmt: skip
    return counts == known


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    comma = lambda text: [word for word in text.split(",") if word]  # noqa: E731
    parser.add_argument("--models", type=comma, default=MODELS, help=f"of {', '.join(zoo.MODELS)}")
    parser.add_argument("--peers", type=comma, default=PEERS, help=f"of {', '.join(PEERS)}; '' for none")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--precision", default="f32", choices=["f32", "bf16"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of one engine in one round")
    parser.add_argument("--tune", action="store_true", help="let Graft time its candidates")
    parser.add_argument("--update", action="store_true", help="accept the counts as goldens")
    parser.add_argument("--json", type=pathlib.Path, help="also write every number there")
    parser.add_argument("--verbose", action="store_true", help="show what the peers print")
    options = parser.parse_args()
    if options.precision != "f32":
        options.peers = [peer for peer in options.peers if peer == "openvino"]

    same, everything = True, []
    for name in options.models:
        with tempfile.TemporaryDirectory() as folder:
            rows = measure(name, options, pathlib.Path(folder))
        table(rows, options)
        same = check_goldens(rows, options) and same
        everything += rows
    if options.json:
        options.json.write_text(json.dumps({"schema_version": 1, "rows": everything}, indent=2) + "\n")
    return 0 if same else 3


if __name__ == "__main__":
    sys.exit(main())
