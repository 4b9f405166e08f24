#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times Graft and its peers on the same models and inputs, interleaved, and checks counts.

    scripts/build && "$(scripts/deps)/bin/python" bench/run.py
    ... bench/run.py --models resnet50 --peers openvino --precision fp32,bf16,int8 --rounds 9
    ... bench/run.py --models resnet50 --peers openvino --layers
    ... bench/run.py --conversion

Every round visits every engine in every precision in turn, so that a slow minute of the machine
hits all; a number is the median over the rounds of the best run in a round. Each engine gives its
outputs, which are compared with TensorFlow's: a fast wrong answer is marked. Narrow precisions
round, so their column says by how much. A peer that fails is one line. Counts (nodes, kernels, bytes) of plans
for cpu:x86-64-v3 are the same on every machine and are held against bench/goldens.json; --update rewrites it.
`--precision best`, which measures, has none. docs/benchmarks.md explains every column.

Exit code 1: Graft failed on a model. 3: a count differs from its golden, or with
--conversion a limit is passed.
"""

import argparse
import json
import os
import pathlib
import statistics
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "test" / "models"))

import conversion  # noqa: E402
import engines  # noqa: E402
import oracle  # noqa: E402
import report  # noqa: E402
import trained  # noqa: E402
import zoo  # noqa: E402

GOLDENS = ROOT / "bench" / "goldens.json"
MODELS = ["inception_v3", "resnet50", "mobilenet_v2", "efficientnet_b0", "densenet121", "bert"]


def say(model, engine, problem):
    print(f"bench: {model}: {engine}: {problem}", file=sys.stderr, flush=True)


def start_all(task, model, python):
    """Graft and the peers that can run the model, by precision, and what the others said."""
    started, broken = [], {}
    for precision in task.options.precision:
        for name in ["graft", *(peer for peer in task.options.peers if peer in engines.PRECISIONS[precision])]:
            try:
                started.append(engines.start(name, task, precision, python))
            except engines.Broken as problem:
                say(model, f"{name} {precision}", problem)
                broken[name, precision] = str(problem)
    return started, broken


def attempt(model, engine, broken, action):
    """action(), or None and a line when the engine fails."""
    if (engine.name, engine.precision) in broken:
        return None
    try:
        return action()
    except (engines.Broken, AssertionError) as problem:
        line = str(problem).strip().splitlines()[0]
        say(model, f"{engine.name} {engine.precision}", line)
        broken[engine.name, engine.precision] = line
        return None


class Judge:
    """What outputs are worth. In fp32: the distance to TensorFlow's. Narrower: signal over noise, both of the
    same engine, as rounding is no error."""

    def __init__(self, task, python):
        self.task, self.python, self.wide = task, python, {}
        self.answer = oracle.ask(task.model, task.arrays, outputs=task.outputs, exact=True)

    def __call__(self, engine):
        outputs = engine.outputs(self.task.arrays)
        if engine.precision == "fp32":
            self.wide[engine.name] = outputs
            reference = {name: self.answer.outputs[name] for name in self.task.outputs}
            got = dict(zip(self.task.outputs, outputs, strict=True))
            return {"difference": oracle.distance(got, reference)}
        pairs = zip(self._wide_outputs(engine.name), outputs, strict=True)
        return {"sqnr_db": min(trained.sqnr(exact, rounded) for exact, rounded in pairs)}

    def _wide_outputs(self, name):
        if name not in self.wide:
            engine = engines.start(name, self.task, "fp32", self.python)
            try:
                self.wide[name] = engine.outputs(self.task.arrays)
            finally:
                engine.close()
        return self.wide[name]


def make_task(model, options, folder):
    path = zoo.graphdef(model, options.batch)
    named = zoo.describe(path)
    arrays = zoo.inputs(model, options.batch, seed=2)
    calibrated = set(engines.CALIBRATED) & set(options.precision)
    samples = zoo.inputs(model, options.samples * options.batch, seed=0) if calibrated else {}
    return engines.Task(path, named["inputs"], named["outputs"], arrays, samples, folder, options)


def measure(model, options, python, folder):
    """One model: its rows, by precision, Graft first."""
    task = make_task(model, options, folder)
    judge = Judge(task, python)
    nodes = len(oracle.load_graph(task.model).node)
    common = {"model": model, "nodes": nodes, "tolerance": judge.answer.tolerance}
    started, broken = start_all(task, model, python)
    times = {engine: [] for engine in started}
    rows = {}
    try:
        for _ in range(options.rounds):
            for engine in started:
                best = attempt(model, engine, broken, lambda e=engine: e.run(options.seconds))
                if best is not None:
                    times[engine].append(best)
        for engine in started:
            key = engine.name, engine.precision
            layers = attempt(model, engine, broken, engine.layers) if options.layers else None
            verdict = attempt(model, engine, broken, lambda e=engine: judge(e))
            if key not in broken:
                # Not knowing a peer's counts does not make its times worse.
                attempt(model, engine, dict(broken), engine.describe)
                ms = statistics.median(times[engine])
                rows[key] = dict(engine.facts, ms=ms, rounds_ms=times[engine], layers=layers, **verdict)
                if engine.name == "graft" and engine.precision != "best":
                    rows[key]["portable"] = engine.portable_counts()
    finally:
        for engine in started:
            engine.close()
    order = [(name, precision) for precision in options.precision for name in ["graft", *options.peers]]
    return [
        {"engine": name, "precision": precision, **common, **rows.get((name, precision), {}),
         "error": broken.get((name, precision))}
        for name, precision in order if (name, precision) in rows or (name, precision) in broken
    ]  # fmt: skip


def is_known(name, value, known, precision):
    """Of int8, bytes differ a little between machines: what the models' weights come from, a run of TensorFlow, has
    other last bits there, and then other constants are equal and stored once."""
    return abs(value - known) <= (known / 1000 if (name, precision) == ("plan_bytes", "int8") else 0)


def check_goldens(row, options):
    """Compares Graft's counts; returns whether they are as they were."""
    goldens = json.loads(GOLDENS.read_text()) if GOLDENS.exists() else {}
    key = f"{row['model']} batch {options.batch} {row['precision']}"
    counts = {"nodes": row["nodes"], **row["portable"]}
    if options.update:
        goldens[key] = counts
        GOLDENS.write_text(json.dumps(goldens, indent=2, sort_keys=True) + "\n")
        return True
    known = goldens.get(key, counts)
    changed = [name for name in counts if not is_known(name, counts[name], known[name], row["precision"])]
    for name in changed:
        say(key, name, f"{counts[name]}, its golden is {known[name]} (--update accepts it)")
    return not changed


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    comma = lambda text: [word for word in text.split(",") if word]  # noqa: E731
    parser.add_argument("--models", type=comma, help=f"of {', '.join(zoo.MODELS)}")
    parser.add_argument("--peers", type=comma, default=engines.PEERS, help=f"of {', '.join(engines.PEERS)}; '' for none")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--precision", type=comma, default=["fp32"], help=f"of {', '.join(engines.PRECISIONS)}")
    parser.add_argument("--samples", type=int, default=32, help="to calibrate with, Graft and NNCF alike")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of one engine in one round")
    parser.add_argument("--tune", action="store_true", help="let Graft time its candidates")
    parser.add_argument("--equalize", action="store_true", help="have Graft calibrate with --equalize")
    parser.add_argument("--realtime", action="store_true",
                        help="every engine runs before all else on the machine (needs the right to)")  # fmt: skip
    parser.add_argument("--layers", action="store_true", help="also the time of each launch and its nodes")
    parser.add_argument("--conversion", action="store_true",
                        help="instead: time and peak memory of convert and build")  # fmt: skip
    parser.add_argument("--update", action="store_true", help="accept the counts as goldens")
    parser.add_argument("--json", type=pathlib.Path, help="also write every number there")
    parser.add_argument("--verbose", action="store_true", help="show what the peers print")
    options = parser.parse_args()
    for what, words, known in (
        ("model", options.models or [], zoo.MODELS), ("peer", options.peers, engines.PEERS),
        ("precision", options.precision, engines.PRECISIONS),
    ):  # fmt: skip
        for word in words:
            if word not in known:
                parser.error(f"{what} '{word}' is none of {', '.join(known)}")
    options.precision = [name for name in engines.PRECISIONS if name in options.precision]
    options.peers = [
        peer for peer in options.peers if any(peer in engines.PRECISIONS[p] for p in options.precision)
    ]
    return options


def compare(options):
    python = engines.environment() if options.peers else None
    known = engines.versions(python) if python else {}
    code, rows = 0, []
    for model in options.models or MODELS:
        with tempfile.TemporaryDirectory() as folder:
            of_model = measure(model, options, python, pathlib.Path(folder))
        report.print_model(of_model, options)
        for row in of_model:
            if row["engine"] != "graft":
                continue
            if row["error"]:
                code = 1
            elif row["precision"] != "best" and not check_goldens(row, options) and code == 0:
                code = 3
        rows += of_model
    report.print_summary(rows, options, known)
    return code, {"peers": known, "rows": rows}


def main():
    options = parse()
    code, found = conversion.measure(options.models, options.realtime) if options.conversion else compare(options)
    if options.json:
        options.json.write_text(json.dumps({"schema_version": 3, **found}, indent=2) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
