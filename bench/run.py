#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times Graft and its peers on the same models and inputs, interleaved, and checks counts.

    scripts/build && "$(scripts/deps)/bin/python" bench/run.py
    ... bench/run.py --models resnet50 --peers openvino --precision bf16 --rounds 9
    ... bench/run.py --models resnet50 --peers openvino --layers
    ... bench/run.py --conversion

Every round visits every engine in turn, so that a slow minute of the machine hits all; a
number is the median over the rounds of the best run in a round. Each engine gives its
outputs, which are compared with TensorFlow's: a fast wrong answer is marked. A peer that
fails is one line. Counts (nodes, kernels, bytes) do not vary and are held against
bench/goldens.json; --update rewrites it. docs/benchmarks.md explains every column.

Exit code 1: Graft failed on a model. 3: a count differs from its golden, or with
--conversion a limit is passed.
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

import conversion  # noqa: E402
import engines  # noqa: E402
import oracle  # noqa: E402
import report  # noqa: E402
import zoo  # noqa: E402

GOLDENS = ROOT / "bench" / "goldens.json"
MODELS = ["inception_v3", "resnet50", "mobilenet_v2", "efficientnet_b0", "densenet121", "bert"]


def say(model, engine, problem):
    print(f"bench: {model}: {engine}: {problem}", file=sys.stderr, flush=True)


def start(task, model, python):
    """Graft and the peers that can run the model, and what the others said."""
    started, broken = [engines.Graft(task)], {}
    for peer in task.options.peers:
        try:
            started.append(engines.Peer(peer, task, python))
        except engines.Broken as problem:
            say(model, peer, problem)
            broken[peer] = str(problem)
    return started, broken


def attempt(model, engine, broken, action):
    """action(), or None and a line when the engine fails."""
    if engine.name in broken:
        return None
    try:
        return action()
    except (engines.Broken, AssertionError) as problem:
        line = str(problem).strip().splitlines()[0]
        say(model, engine.name, line)
        broken[engine.name] = line
        return None


def measure(model, options, python, folder):
    """One model: its rows, Graft first."""
    path = zoo.graphdef(model, options.batch)
    named = zoo.describe(path)
    arrays = zoo.inputs(model, options.batch, seed=2)
    task = engines.Task(path, named["inputs"], named["outputs"], arrays, folder, options)
    answer = oracle.ask(path, arrays, outputs=named["outputs"], exact=True)
    reference = {name: answer.outputs[name] for name in named["outputs"]}

    def difference(engine):
        got = dict(zip(named["outputs"], engine.outputs(), strict=True))
        return oracle.distance(got, reference)

    started, broken = start(task, model, python)
    times = {engine.name: [] for engine in started}
    try:
        for _ in range(options.rounds):
            for engine in started:
                best = attempt(model, engine, broken, lambda e=engine: e.run(options.seconds))
                if best is not None:
                    times[engine.name].append(best)
        rows = []
        for engine in started:
            row = {"model": model, "engine": engine.name}
            if engine.name not in broken:
                row["difference"] = attempt(model, engine, broken, lambda e=engine: difference(e))
            layers = attempt(model, engine, broken, engine.layers) if options.layers else None
            if engine.name not in broken:
                # Not knowing a peer's counts does not make its times worse.
                attempt(model, engine, dict(broken), engine.describe)
                ms = statistics.median(times[engine.name])
                row.update(engine.facts, ms=ms, rounds_ms=times[engine.name], layers=layers)
            rows.append(row)
    finally:
        for engine in started:
            engine.close()
    rows += [{"model": model, "engine": name} for name in broken if name not in times]
    for row in rows:
        row["error"] = broken.get(row["engine"])
    rows[0].update(nodes=len(oracle.load_graph(path).node), tolerance=answer.tolerance)
    return rows


def check_goldens(row, options):
    """Compares Graft's counts; returns whether they are as they were."""
    goldens = json.loads(GOLDENS.read_text()) if GOLDENS.exists() else {}
    key = f"{row['model']} batch {options.batch} {options.precision}"
    counts = {name: row[name] for name in ("nodes", "kernels", "plan_bytes")}
    if options.update:
        goldens[key] = counts
        GOLDENS.write_text(json.dumps(goldens, indent=2, sort_keys=True) + "\n")
        return True
    known = goldens.get(key, counts)
    for name, value in counts.items():
        if value != known[name]:
            say(key, name, f"{value}, its golden is {known[name]} (--update accepts it)")
    return counts == known


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    comma = lambda text: [word for word in text.split(",") if word]  # noqa: E731
    parser.add_argument("--models", type=comma, help=f"of {', '.join(zoo.MODELS)}")
    parser.add_argument("--peers", type=comma, default=engines.PEERS, help=f"of {', '.join(engines.PEERS)}; '' for none")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--precision", default="f32", choices=["f32", "bf16"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of one engine in one round")
    parser.add_argument("--tune", action="store_true", help="let Graft time its candidates")
    parser.add_argument("--realtime", action="store_true",
                        help="every engine runs before all else on the machine (needs the right to)")  # fmt: skip
    parser.add_argument("--layers", action="store_true", help="also the time of each launch and its nodes")
    parser.add_argument("--conversion", action="store_true",
                        help="instead: time and peak memory of convert and build")  # fmt: skip
    parser.add_argument("--update", action="store_true", help="accept the counts as goldens")
    parser.add_argument("--json", type=pathlib.Path, help="also write every number there")
    parser.add_argument("--verbose", action="store_true", help="show what the peers print")
    options = parser.parse_args()
    for what, words, known in (("model", options.models or [], zoo.MODELS), ("peer", options.peers, engines.PEERS)):
        for word in words:
            if word not in known:
                parser.error(f"{what} '{word}' is none of {', '.join(known)}")
    if options.precision != "f32":
        options.peers = [peer for peer in options.peers if peer == "openvino"]
    return options


def compare(options):
    python = None
    if options.peers:
        home = subprocess.run([ROOT / "bench" / "deps"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        python = pathlib.Path(home) / "bin" / "python"
    known = engines.versions(python) if python else {}
    code, rows = 0, []
    for model in options.models or MODELS:
        with tempfile.TemporaryDirectory() as folder:
            try:
                of_model = measure(model, options, python, pathlib.Path(folder))
            except engines.Broken as problem:
                say(model, "graft", problem)
                code = 1
                continue
        report.print_model(of_model, options)
        if of_model[0]["error"]:
            code = 1
        elif not check_goldens(of_model[0], options) and code == 0:
            code = 3
        rows += of_model
    report.print_summary(rows, options, known)
    return code, {"peers": known, "rows": rows}


def main():
    options = parse()
    code, found = conversion.measure(options.models, options.realtime) if options.conversion else compare(options)
    if options.json:
        options.json.write_text(json.dumps({"schema_version": 2, **found}, indent=2) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
