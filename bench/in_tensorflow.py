#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times a model in TensorFlow before and after its conversion, and its plan without TensorFlow.

    scripts/build && "$(scripts/deps)/bin/python" bench/in_tensorflow.py
    ... bench/in_tensorflow.py --models mobilenet_v2 --rounds 9 --json

Each of the three has a Python process of its own and is visited in turn, round by round, so
that a slow minute of the machine hits all. In TensorFlow the signature of the SavedModel is
called with a tensor and its results are taken to numpy; the plan is called through the module
`graft` with an array. A number is the median over the rounds of a round's median. What
TensorFlow takes for a function that does next to nothing is measured as well.

A second table says what it takes to get there: the time and the peak memory of loading, and of
the first call, above what the process has with TensorFlow imported.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "test" / "models"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
# A native segment must not pass for an engine.
os.environ["TF_TRT_ALLOW_ENGINE_NATIVE_SEGMENT_EXECUTION"] = "False"

import tools  # noqa: E402
import zoo  # noqa: E402

LIBRARY = tools.BIN.parent / "lib" / "libgraft_tensorflow.so"


class Worker:
    """An engine in a Python process of its own: "native", "converted" or "plan"."""

    def __init__(self, kind, model, name):
        command = [sys.executable, __file__, "--serve", kind, str(model), "--models", name]
        package = tools.BIN.parent / "python"
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=dict(os.environ, PYTHONPATH=str(package)),
        )  # fmt: skip
        ready = self.process.stdout.readline()
        if not ready:
            raise RuntimeError(f"{kind}: {model} cannot be served")
        self.start = json.loads(ready)

    def run(self, seconds):
        print(seconds, file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def peak_mb():
    """Peak memory of this process, in millions of bytes."""
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024 / 1e6


def median_ms(call, seconds):
    times, end = [], time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def load_plan(path, name):
    """(what calls the plan, nothing that is to be taken off)."""
    import graft

    plan, feeds = graft.load(path), zoo.inputs(name, 1, seed=2)
    return lambda: plan(**feeds), None


def load_model(path, name):
    """(what calls the signature, what calls a function that only passes a number on)."""
    import tensorflow as tf

    signature = tf.saved_model.load(path).signatures["serving_default"]
    feeds = {key: tf.constant(value) for key, value in zoo.inputs(name, 1, seed=2).items()}

    @tf.function
    def nothing(**tensors):
        return [tf.reshape(tensor, [-1])[0] for tensor in tensors.values()]

    def call():
        for value in signature(**feeds).values():
            value.numpy()

    return call, lambda: [value.numpy() for value in nothing(**feeds)]


def serve(kind, path, name):
    if kind == "plan":
        import graft  # noqa: F401
    else:
        import tensorflow as tf

        tf.load_op_library(str(LIBRARY))
    before, start = peak_mb(), time.perf_counter()
    call, nothing = (load_plan if kind == "plan" else load_model)(path, name)
    loaded = {"load_s": time.perf_counter() - start, "load_mb": peak_mb() - before}
    start = time.perf_counter()
    call()
    first = {"first_s": time.perf_counter() - start, "first_mb": peak_mb() - before}
    print(json.dumps({**loaded, **first}), flush=True)
    for _ in range(5):
        call()
    for line in sys.stdin:
        ms = {"ms": median_ms(call, float(line))}
        if nothing:
            ms["nothing_ms"] = median_ms(nothing, float(line) / 10)
        print(json.dumps(ms), flush=True)


def measure(name, options, folder):
    source, converted, plan = zoo.saved_model(name), folder / "converted", folder / "model.plan"
    tools.tool("graft", "convert", source, "-o", converted)
    tools.tool("graft", "build", source, "-o", plan)
    paths = {"native": source, "converted": converted, "plan": plan}
    engines = {kind: Worker(kind, path, name) for kind, path in paths.items()}
    times = {kind: [] for kind in engines}
    for _ in range(options.rounds):
        for kind, engine in engines.items():
            times[kind].append(engine.run(options.seconds))
    for engine in engines.values():
        engine.close()

    def median(kind, key):
        return statistics.median(row[key] for row in times[kind])

    ms = {kind: median(kind, "ms") for kind in engines}
    return {
        "model": name,
        **{f"{kind}_ms": round(value, 3) for kind, value in ms.items()},
        "nothing_ms": round(median("converted", "nothing_ms"), 3),
        "speedup": round(ms["native"] / ms["converted"], 3),
        "over_plan": round(statistics.median(
            a["ms"] / b["ms"] for a, b in zip(times["converted"], times["plan"])), 3),
        "start": {kind: engine.start for kind, engine in engines.items()},
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["resnet50", "inception_v3", "mobilenet_v2"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each engine in a round")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(*options.serve, options.models[0])
        return
    rows = []
    for name in options.models:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(name, options, pathlib.Path(folder)))
    if options.json:
        print(json.dumps({"schema_version": 1, "rows": rows}, indent=2))
        return
    print(f"{'model':<14}{'native ms':>12}{'converted ms':>14}{'plan ms':>10}{'speedup':>10}{'over plan':>11}"
          f"{'nothing ms':>12}")  # fmt: skip
    for row in rows:
        print(
            f"{row['model']:<14}{row['native_ms']:>12.2f}{row['converted_ms']:>14.2f}"
            f"{row['plan_ms']:>10.2f}{row['speedup']:>9.2f}x{row['over_plan']:>10.3f}x{row['nothing_ms']:>12.2f}"
        )
    print(f"\n{'model':<14}{'':<12}{'load s':>8}{'peak MB':>10}{'first call s':>14}{'peak MB':>10}")
    for row in rows:
        for kind, start in row["start"].items():
            print(
                f"{row['model']:<14}{kind:<12}{start['load_s']:>8.2f}{start['load_mb']:>10.0f}"
                f"{start['first_s']:>14.2f}{start['first_mb']:>10.0f}"
            )


if __name__ == "__main__":
    main()
