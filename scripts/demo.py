# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What scripts/demo runs once Graft is built: convert, compile, check, time, and a table."""

import argparse
import collections
import json
import os
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "test" / "models"))

import oracle  # noqa: E402
import tools  # noqa: E402
import zoo  # noqa: E402

MODEL = "inception_v3"
PICTURES = 100  # noise is a maximum: of a few pictures it says little


def step(text):
    print(f"demo: {text}", file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(prog="scripts/demo")
    parser.add_argument("--pictures", type=int, default=PICTURES, help="compared with TensorFlow (default %(default)s)")
    pictures = parser.parse_args().pictures
    out = ROOT / "build" / "demo"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    threads = os.cpu_count()

    step("InceptionV3 as Keras saves it (made once, then kept in the cache)")
    model = zoo.saved_model(MODEL, 1)
    step("graft convert: engines in the graph")
    converted = tools.tool("graft", "convert", model, "-o", out / "converted", "--report", out / "report.json")
    step("graft build: the whole graph as a plan")
    built = tools.tool("graft", "build", model, "-o", out / "model.plan")
    report = json.loads((out / "report.json").read_text())
    layers = json.loads(tools.tool("graft", "inspect", out / "model.plan", "--json").out)["layers"]

    step(f"TensorFlow and the plan on {pictures} pictures")
    inputs = zoo.inputs(MODEL, pictures, seed=1)
    answer = oracle.ask(model, inputs, batch=1)
    difference = oracle.distance(tools.run_plan(out / "model.plan", inputs, out, batch=1), answer.outputs)
    timed = oracle.run(model, {k: v[:1] for k, v in inputs.items()}, repeat=50)["latency_ms"]
    bench = json.loads(
        tools.tool("graft", "bench", out / "model.plan", "--threads", threads, "--json").out
    )["latency_ms"]  # fmt: skip

    engines = report["engines"]
    kinds = collections.Counter(layer["kind"] for layer in layers)
    rows = [
        ("nodes of the graph, frozen", report["nodes"]),
        ("left to TensorFlow (native)", len(report["native"])),
        ("engines", len(engines) if isinstance(engines, list) else engines),
        ("kernels in the plan", len(layers)),
        ("  of these", ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(4))),
        ("size of the plan", f"{(out / 'model.plan').stat().st_size / 1e6:.1f} MB"),
        ("conversion, compilation", f"{converted.seconds:.1f} s, {built.seconds:.1f} s"),
        (f"TensorFlow {_tensorflow()}, batch 1, {threads} threads", f"{min(timed):.1f} ms"),
        (f"the plan, batch 1, {threads} threads", f"{bench['min']:.1f} ms"),
        ("largest difference, of the largest output", f"{difference:.1e}"),
        ("  allowed: 3 x TensorFlow's own noise", f"{answer.tolerance:.1e}"),
    ]
    width = max(len(name) for name, _ in rows)
    print("\nInceptionV3, a Keras SavedModel")
    for name, value in rows:
        print(f"  {name:{width}}  {value}")
    if difference > answer.tolerance:
        print("demo: the plan differs from TensorFlow by more than rounding explains", file=sys.stderr)
        return 1
    return 0


def _tensorflow():
    import importlib.metadata

    return importlib.metadata.version("tensorflow-cpu")


if __name__ == "__main__":
    sys.exit(main())
