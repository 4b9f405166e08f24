#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times Graft and its peers on a machine that other processes use, and under a CPU quota.

    scripts/build graft && "$(scripts/deps)/bin/python" bench/busy.py
    ... bench/busy.py --models mobilenet_v2 --loads idle,loops6,compilers4+5,quota1.5 --rounds 5

A load is `idle`; `loopsN`, N processes that only compute; `compilersN`, N that run one short compilation
after the other; either with `+5` behind it for processes of nice 5; or `quotaQ`, where nothing else
runs and a control group grants each engine Q processors. Under each load every round visits every
engine in turn, Graft on one thread as well. A number is the median over the rounds of the median, or
of the 99th percentile, of a round's runs.

Exit code 1: Graft failed. 3: Graft took more than 1.1 times the best peer's median, or on several
threads more than 1.15 times what it took on one.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import run  # first: it knows where the models are
import engines
import zoo

PEERS = ["openvino", "onnxruntime", "tensorflow"]
LOADS = [
    "idle", *(f"{kind}{count}{nice}" for nice in ("", "+5") for kind in ("loops", "compilers") for count in (1, 2, 4, 6)),
    "quota0.5", "quota1", "quota1.5",
]  # fmt: skip
#: What Graft may take, times the best peer's median, and times its own on one thread.
MOST_OF_PEERS, MOST_OF_ONE = 1.1, 1.15
SOURCE = """
#include <map>
#include <string>
int main() { std::map<std::string, int> m; for (auto &[k, v] : m) m[k + k] = v; return int(m.size()); }
"""


class Load:
    """A word of --loads."""

    def __init__(self, word):
        match = re.fullmatch(r"idle|(loops|compilers)([1-9]\d*)(\+\d+)?|quota(\d+\.?\d*)", word)
        if not match or (match[4] and not float(match[4])):
            raise ValueError(f"load '{word}' is none of idle, loopsN, compilersN, loopsN+NICE, compilersN+NICE, quotaQ")
        self.word, self.kind = word, match[1]
        self.count, self.nice = int(match[2] or 0), int(match[3] or 0)
        self.quota = float(match[4] or 0)

    def __str__(self):
        if self.quota:
            return f"quota of {self.quota:g} CPUs"
        return f"{self.count} {self.kind}, nice {self.nice}" if self.count else "idle"

    @contextlib.contextmanager
    def applied(self, pids):
        """While it lasts the load is there, for this process, those of `pids` and their children."""
        if self.quota:
            with Group(self.quota) as group:
                group.hold([os.getpid(), *pids])
                yield
            return
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            for _ in range(self.count):
                stack.enter_context(busy(self.kind, self.nice, folder))
            if self.count:
                time.sleep(0.5)
            yield


@contextlib.contextmanager
def busy(kind, nice, folder):
    """A process of another user of the machine, with what it starts."""
    command = ":"
    if kind == "compilers":
        source = pathlib.Path(folder) / "source.cpp"
        source.write_text(SOURCE)
        command = f"{compiler()} -O2 -c {source} -o /dev/null"
    process = subprocess.Popen(
        ["/bin/sh", "-c", f"while :; do {command}; done"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, preexec_fn=lambda: (os.setpgid(0, 0), os.nice(nice)),
    )  # fmt: skip
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def compiler():
    found = next(filter(None, map(shutil.which, ("c++", "g++", "clang++", "clang++-22"))), None)
    if not found:
        raise engines.Broken("no C++ compiler for the load")
    return found


class Group:
    """A control group with a CPU quota, of version 1 or 2; Broken where none can be made."""

    ROOT = pathlib.Path("/sys/fs/cgroup")
    PERIOD_US = 100_000

    def __init__(self, cpus):
        quota, name = round(cpus * self.PERIOD_US), f"graft-busy-{os.getpid()}"
        version1 = next((self.ROOT / path for path in ("cpu", "cpu,cpuacct") if (self.ROOT / path).is_dir()), None)
        self.above = version1 or self.ROOT
        self.path = self.above / name
        try:
            if not version1:
                (self.above / "cgroup.subtree_control").write_text("+cpu")
            self.path.mkdir()
            if version1:
                (self.path / "cpu.cfs_period_us").write_text(str(self.PERIOD_US))
                (self.path / "cpu.cfs_quota_us").write_text(str(quota))
            else:
                (self.path / "cpu.max").write_text(f"{quota} {self.PERIOD_US}")
        except OSError as error:
            with contextlib.suppress(OSError):
                self.path.rmdir()
            raise engines.Broken(f"no control group with a CPU quota can be made: {error}") from None
        self.held = []

    def hold(self, pids):
        for pid in pids:
            (self.path / "cgroup.procs").write_text(str(pid))
            self.held.append(pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid in self.held:
            with contextlib.suppress(OSError):  # it may have ended
                (self.above / "cgroup.procs").write_text(str(pid))
        for _ in range(50):
            with contextlib.suppress(OSError):
                self.path.rmdir()
                return
            time.sleep(0.1)


def start_all(model, options, python, folder):
    """{column: engine}: Graft on all threads and on one, and the peers that can run the model."""
    task, started = run.make_task(model, options, folder), {}
    graft = started["graft"] = engines.start("graft", task, "fp32", python)
    if options.threads > 1:
        started["graft, 1 thread"] = graft.on_threads(1)
    for name in options.peers:
        try:
            started[name] = engines.start(name, task, "fp32", python)
        except engines.Broken as problem:
            run.say(model, name, problem)
    return started


def measure(model, load, started, options):
    """Under one load: {column: {"median_ms", "p99_ms", "rounds"}}; None where the load cannot be had."""
    rounds = {name: [] for name in started}
    pids = [engine.process.pid for engine in started.values() if hasattr(engine, "process")]
    try:
        with load.applied(pids):
            for _ in range(options.rounds):
                for name, engine in started.items():
                    rounds[name].append(engine.latency(options.seconds))
    except engines.Broken as problem:
        run.say(model, str(load), problem)
        return None
    return {
        name: {"rounds": of_engine} | {key: statistics.median(r[key] for r in of_engine) for key in ("median_ms", "p99_ms")}
        for name, of_engine in rounds.items()
    }  # fmt: skip


def judge(found):
    """Graft's median over the best peer's, and over its own on one thread; None where there is none."""
    medians = {name: of_engine["median_ms"] for name, of_engine in found.items()}
    ours, one = medians.pop("graft"), medians.pop("graft, 1 thread", None)
    return ours / min(medians.values()) if medians else None, ours / one if one else None


def ratio(value, most):
    return "-" if value is None else f"{value:.2f}{' OVER' if value > most else ''}"


def print_table(model, rows, names, options, known):
    heads = [f"{name} {known[name]}" if name in known else name for name in names]
    print(f"\n{model}, batch {options.batch}, {options.threads} threads: milliseconds, median / 99th percentile\n")
    print(f"| load | {' | '.join(heads)} | of best peer | of 1 thread |")
    print("|---" * (len(names) + 3) + "|")
    for load, found in rows:
        cells = [f"{found[name]['median_ms']:.1f} / {found[name]['p99_ms']:.1f}" for name in names]
        peers, one = judge(found)
        print(f"| {load} | {' | '.join(cells)} | {ratio(peers, MOST_OF_PEERS)} | {ratio(one, MOST_OF_ONE)} |")
    sys.stdout.flush()


def compare(options):
    python = engines.environment() if options.peers else None
    known = engines.versions(python) if python else {}
    code, found = 0, []
    for model in options.models:
        with tempfile.TemporaryDirectory() as folder:
            started, rows = {}, []
            try:
                started = start_all(model, options, python, pathlib.Path(folder))
                for load in options.loads:
                    measured = measure(model, load, started, options)
                    if measured:
                        rows.append((load, measured))
            except engines.Broken as problem:
                run.say(model, "graft", problem)
                code = 1
            finally:
                for engine in started.values():
                    engine.close()
        if not rows:
            continue
        print_table(model, rows, list(started), options, known)
        for load, measured in rows:
            found.append({"model": model, "load": load.word, "engines": measured})
            over = [value and value > most for value, most in zip(judge(measured), (MOST_OF_PEERS, MOST_OF_ONE), strict=True)]
            if any(over) and code == 0:
                code = 3
    return code, {"peers": known, "threads": options.threads, "rows": found}


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    comma = lambda text: [word for word in text.split(",") if word]  # noqa: E731
    parser.add_argument("--models", type=comma, default=["mobilenet_v2", "inception_v3"], help=f"of {', '.join(zoo.MODELS)}")
    parser.add_argument("--peers", type=comma, default=PEERS, help=f"of {', '.join(engines.PEERS)}; '' for none")
    parser.add_argument("--loads", type=comma, default=LOADS, help=f"default: {','.join(LOADS)}")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="of one engine in one round")
    parser.add_argument("--json", type=pathlib.Path, help="also write every number there")
    parser.add_argument("--verbose", action="store_true", help="show what the peers print")
    options = parser.parse_args()
    for what, words, known in (("model", options.models, zoo.MODELS), ("peer", options.peers, engines.PEERS)):
        for word in words:
            if word not in known:
                parser.error(f"{what} '{word}' is none of {', '.join(known)}")
    try:
        options.loads = [Load(word) for word in options.loads]
    except ValueError as problem:
        parser.error(str(problem))
    # What run.py's engines look for, and this comparison has no use for.
    vars(options).update(precision=["fp32"], samples=0, tune=False, equalize=False, realtime=False, layers=False)
    return options


def main():
    options = parse()
    code, found = compare(options)
    if options.json:
        options.json.write_text(json.dumps({"schema_version": 1, **found}, indent=2) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
