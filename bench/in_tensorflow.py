#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times a model in TensorFlow before and after its conversion, and its plan without TensorFlow.

    scripts/build && "$(scripts/deps)/bin/python" bench/in_tensorflow.py
    ... bench/in_tensorflow.py --models mobilenet_v2 --rounds 9 --json

Each of the three has a process of its own and is visited in turn, round by round, so that a
slow minute of the machine hits all. In TensorFlow the signature of the SavedModel is called
with a tensor and its results are taken to numpy. A number is the median over the rounds of a
round's median.
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
    """A SavedModel in a TensorFlow of its own."""

    def __init__(self, model, name):
        command = [sys.executable, __file__, "--serve", str(model), "--models", name]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        if not self.process.stdout.readline():
            raise RuntimeError(f"TensorFlow failed on {model}")

    def run(self, seconds):
        print(seconds, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def serve(path, name):
    import tensorflow as tf

    tf.load_op_library(str(LIBRARY))
    loaded = tf.saved_model.load(path)
    signature = loaded.signatures["serving_default"]
    feeds = {key: tf.constant(value) for key, value in zoo.inputs(name, 1, seed=2).items()}
    for _ in range(5):
        signature(**feeds)
    print("ready", flush=True)
    for line in sys.stdin:
        times, end = [], time.perf_counter() + float(line)
        while len(times) < 5 or time.perf_counter() < end:
            start = time.perf_counter()
            for value in signature(**feeds).values():
                value.numpy()
            times.append(1e3 * (time.perf_counter() - start))
        print(statistics.median(times), flush=True)


class Plan:
    """The same model as a plan, in `graft bench`."""

    def __init__(self, model, folder):
        self.plan = folder / "model.plan"
        tools.tool("graft", "build", model, "-o", self.plan)

    def run(self, seconds):
        done = tools.tool("graft", "bench", self.plan, "--duration", seconds, "--json")
        return json.loads(done.out)["latency_ms"]["median"]

    def close(self):
        pass


def measure(name, options, folder):
    source, converted = zoo.saved_model(name), folder / "converted"
    tools.tool("graft", "convert", source, "-o", converted)
    engines = {
        "native": Worker(source, name),
        "converted": Worker(converted, name),
        "plan": Plan(source, folder),
    }
    times = {key: [] for key in engines}
    for _ in range(options.rounds):
        for key, engine in engines.items():
            times[key].append(engine.run(options.seconds))
    for engine in engines.values():
        engine.close()
    ms = {key: statistics.median(values) for key, values in times.items()}
    return {
        "model": name,
        **{f"{key}_ms": round(value, 3) for key, value in ms.items()},
        "speedup": round(ms["native"] / ms["converted"], 3),
        "over_plan": round(ms["converted"] / ms["plan"], 3),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["resnet50", "inception_v3", "mobilenet_v2"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each engine in a round")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.models[0])
        return
    rows = []
    for name in options.models:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(name, options, pathlib.Path(folder)))
    if options.json:
        print(json.dumps({"schema_version": 1, "rows": rows}, indent=2))
        return
    print(f"{'model':<14}{'native ms':>12}{'converted ms':>14}{'plan ms':>10}{'speedup':>10}{'over plan':>11}")
    for row in rows:
        print(
            f"{row['model']:<14}{row['native_ms']:>12.2f}{row['converted_ms']:>14.2f}"
            f"{row['plan_ms']:>10.2f}{row['speedup']:>9.2f}x{row['over_plan']:>10.3f}x"
        )


if __name__ == "__main__":
    main()
