# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Graft and its peers behind one interface, each in processes of its own.

    engine = start("graft", task, "bf16", python)
    engine.run(seconds)      -> best milliseconds
    engine.latency(seconds)  -> {"median_ms", "p99_ms", "runs"}
    engine.outputs(arrays)   -> [array], in the order of task.outputs; any number of batches
    engine.facts             -> "convert_s", "convert_mb", "run_mb", "kernels", "plan_bytes"

What goes wrong is a Broken with one line.
"""

import contextlib
import copy
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import selectors
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(os.environ.get("GRAFT_BIN") or HERE.parent / "build" / "bin")
MEASURED = HERE.parent / "test" / "models" / "measured.py"
PEERS = ["tensorflow", "xla", "onnxruntime", "openvino"]
#: Who computes in which precision.
PRECISIONS = {"fp32": PEERS, "bf16": ["openvino"], "int8": ["openvino"], "best": []}
#: Those that Graft gets samples for.
CALIBRATED = ["int8", "best"]
# XLA compiles for a minute and more, and the machine may be busy.
PATIENCE_S = 900


class Broken(Exception):
    pass


@dataclasses.dataclass
class Task:
    """One model to run, and how. `samples` are what int8 is calibrated with; with
    `wide_filters` a peer's int8 leaves convolutions of one channel alone, as Graft's does."""

    model: pathlib.Path
    inputs: list
    outputs: list
    arrays: dict
    samples: dict
    folder: pathlib.Path
    options: object
    wide_filters: bool = False

    def file(self, what="arrays"):
        path = self.folder / f"{what}.npz"
        if not path.exists():
            np.savez(path, **getattr(self, what))
        return path

    def batches(self, arrays):
        """The arrays, so many rows at a time as the model takes."""
        batch = len(next(iter(self.arrays.values())))
        for start in range(0, len(next(iter(arrays.values()))), batch):
            yield {name: value[start : start + batch] for name, value in arrays.items()}


def last_line(text):
    """What a failed program said last, without where in its sources."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"[\w.]*(Error|Exception|Fail\w*|InvalidGraph)\b", line)]
    return (errors or lines or ["no message"])[-1][:200]


def measured(command, environment=None, timeout=PATIENCE_S, realtime=False):
    """(what it printed, {"seconds", "peak_mb"}) of a program; Broken when it fails."""
    with tempfile.TemporaryFile("w+") as errors:
        try:
            done = subprocess.run(
                [sys.executable, "-S", str(MEASURED), *map(str, command)],
                env=dict(os.environ, **(environment or {})), stdout=subprocess.PIPE, stderr=errors,
                text=True, timeout=timeout, preexec_fn=urgent if realtime else None,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise Broken(f"{command[0]}: still running after {timeout} s") from None
        errors.seek(0)
        said = errors.read()
    out, _, line = done.stdout.rstrip().rpartition("\n")
    took = json.loads(line) if line else {"code": done.returncode}
    if took["code"]:
        raise Broken(f"exit {took['code']}: {last_line(said)}")
    return out, took


def joined(parts):
    """Each output of all batches."""
    return [np.concatenate(values) if len(values) > 1 else values[0] for values in zip(*parts, strict=True)]


def urgent():
    """This process, and all that it starts, before every other one of the machine."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))


def relax(pid):
    """The process with all its threads, as others again."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(ProcessLookupError):
            os.sched_setscheduler(int(thread), os.SCHED_OTHER, os.sched_param(0))


class Graft:
    """`graft build` once, then `graft bench` on the plan."""

    name = "graft"

    def __init__(self, task, precision):
        self.task, self.precision, self.plan = task, precision, task.folder / f"{precision}.plan"
        options = task.options
        self.threads = options.threads
        command = self._build(self.plan) + ["--threads", self.threads]
        _, took = measured(command + ["--tune"] * options.tune, realtime=options.realtime)
        self.launches = json.loads(measured([BIN / "graft", "inspect", self.plan, "--json"])[0])["layers"]
        self.facts = {
            "convert_s": took["seconds"],
            "convert_mb": took["peak_mb"],
            "run_mb": 0.0,
            "kernels": len(self.launches),
            "plan_bytes": self.plan.stat().st_size,
        }

    def _build(self, plan):
        command = [BIN / "graft", "build", self.task.model, "-o", plan, "--precision", self.precision]
        if self.precision in CALIBRATED:
            command += ["--calibration-data", self.task.file("samples")]
            command += ["--equalize"] * self.task.options.equalize
        return command

    def portable_counts(self):
        """Of the plan for a named architecture, which every machine builds to the same bytes."""
        plan = self.task.folder / "portable.plan"
        measured([*self._build(plan), "--target", "cpu:x86-64-v3"])
        layers = json.loads(measured([BIN / "graft", "inspect", plan, "--json"])[0])["layers"]
        return {"kernels": len(layers), "plan_bytes": plan.stat().st_size}

    def _bench(self, seconds, *more):
        options = self.task.options
        command = [
            BIN / "graft", "bench", self.plan, "--inputs", self.task.file(), "--threads", self.threads,
            "--warmup", "0.2", "--duration", seconds, *more,
        ]  # fmt: skip
        out, took = measured(command, realtime=options.realtime)
        self.facts["run_mb"] = max(self.facts["run_mb"], took["peak_mb"])
        return out

    def run(self, seconds):
        return json.loads(self._bench(seconds, "--json"))["latency_ms"]["min"]

    def latency(self, seconds):
        found = json.loads(self._bench(seconds, "--json"))
        of_runs = found["latency_ms"]
        return {"median_ms": of_runs["median"], "p99_ms": of_runs["p99"], "runs": found["runs"]}

    def on_threads(self, threads):
        """The same plan, run on so many threads."""
        other = copy.copy(self)
        other.threads, other.facts = threads, dict(self.facts)
        return other

    def outputs(self, arrays):
        given, out, parts = self.task.folder / "given.npz", self.task.folder / "graft.npz", []
        for batch in self.task.batches(arrays):
            np.savez(given, **batch)
            measured([BIN / "graft", "run", self.plan, "--inputs", given, "--outputs", out])
            with np.load(out) as file:
                parts.append([file[name] for name in self.task.outputs])
        return joined(parts)

    def layers(self):
        """[(microseconds, layer of `graft inspect`)], of one run."""
        rows = re.findall(r"^ +([\d.]+) +[\d.]+  \S", self._bench(1, "--profile"), re.MULTILINE)
        return [(float(us), layer) for us, layer in zip(rows, self.launches, strict=True)]

    def has_wide_filters(self):
        return any(layer["kind"] == "conv2d" and layer["precision"] == "fp32" for layer in self.launches)

    def describe(self):
        pass

    def close(self):
        pass


class Peer:
    """bench/peer.py in the peers' own environment."""

    def __init__(self, name, task, precision, python):
        self.name, self.task, self.precision, options = name, task, precision, task.options
        spec = {
            "peer": name,
            "model": str(task.model),
            "inputs": task.inputs,
            "outputs": task.outputs,
            "shapes": {key: list(value.shape) for key, value in task.arrays.items()},
            "arrays": str(task.file()),
            "threads": options.threads,
            "precision": precision,
            "layers": options.layers,
        }
        before = {"seconds": 0.0, "peak_mb": 0.0}
        if name == "onnxruntime":
            before = prepare(spec, "onnx", "tf2onnx", ".onnx", python, options.realtime)
        if precision == "int8":
            spec["samples"] = str(task.file("samples"))
            spec["wide_filters"] = task.wide_filters
            name = digest(task.samples) + "-wide" * task.wide_filters
            before = prepare(spec, "int8", "nncf", f"-{name}.xml", python, options.realtime)
        path = task.folder / f"{name}-{precision}.json"
        path.write_text(json.dumps(spec))
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [python, HERE / "peer.py", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=None if options.verbose else self.errors, text=True, bufsize=1,
            env=dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", OMP_NUM_THREADS=str(options.threads)),
            preexec_fn=urgent if options.realtime else None,
        )  # fmt: skip
        ready = self._answer(PATIENCE_S)
        self.facts = {
            "convert_s": before["seconds"] + ready["convert_s"],
            "convert_mb": max(before["peak_mb"], ready["peak_mb"]),
            "run_mb": ready["peak_mb"],
            "kernels": None,
            "plan_bytes": None,
        }

    def _answer(self, timeout):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(timeout):
                self.process.kill()
                raise Broken(f"no answer in {timeout} s")
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.errors.seek(0)
            raise Broken(last_line(self.errors.read()))
        return json.loads(line)

    def _ask(self, *words, timeout=PATIENCE_S):
        try:
            print(*words, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            raise Broken("it has ended") from None
        return self._answer(timeout)

    def run(self, seconds):
        answer = self._ask("run", seconds, timeout=60 + 10 * seconds)
        self.facts["run_mb"] = answer["peak_mb"]
        return answer["best_ms"]

    def latency(self, seconds):
        answer = self._ask("run", seconds, timeout=60 + 10 * seconds)
        return {key: answer[key] for key in ("median_ms", "p99_ms", "runs")}

    def outputs(self, arrays):
        given, out = self.task.folder / "given.npz", self.task.folder / "peer.npz"
        np.savez(given, **arrays)
        self._ask("answer", given, out)
        with np.load(out) as file:
            return [file[key] for key in file.files]

    def layers(self):
        return self._ask("layers")["layers"]

    def describe(self):
        if self.task.options.realtime:
            relax(self.process.pid)  # not a measurement, and long
        self.facts.update(self._ask("describe"))

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(name, task, precision, python):
    if name == "graft":
        return Graft(task, precision)
    return Peer(name, task, precision, python)


def environment():
    """The Python of the peers, which are installed on first use."""
    home = subprocess.run([HERE / "deps"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return pathlib.Path(home) / "bin" / "python"


def digest(arrays):
    """Short, and another one for other arrays."""
    code = hashlib.sha256()
    for name in sorted(arrays):
        code.update(name.encode() + arrays[name].tobytes())
    return code.hexdigest()[:8]


def prepare(spec, kind, package, suffix, python, realtime):
    """Has to_KIND.py make the model that a peer reads, and enters its path into the spec. Returns what that
    took: it is made once, then kept beside the model."""
    version = subprocess.run(
        [python, "-c", f"import importlib.metadata as m; print(m.version('{package}'))"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    path = pathlib.Path(spec["model"]).with_suffix(f".{package}-{version}{suffix}")
    spec[kind] = str(path)
    record = pathlib.Path(f"{path}.json")
    if not record.exists():
        request = pathlib.Path(spec["arrays"]).parent / f"to_{kind}.json"
        request.write_text(json.dumps(spec))
        command = [python, HERE / f"to_{kind}.py", request]
        try:
            _, took = measured(command, {"TF_CPP_MIN_LOG_LEVEL": "3"}, realtime=realtime)
        except Broken as error:
            raise Broken(f"{package}: {error}") from None
        record.write_text(json.dumps(took))
    return json.loads(record.read_text())


def versions(python):
    """{peer: version} of the peers' environment."""
    names = {"tensorflow": "tensorflow-cpu", **{name: name for name in ("onnxruntime", "openvino", "nncf")}}
    code = f"import importlib.metadata as m, json; print(json.dumps({{k: m.version(v) for k, v in {names}.items()}}))"
    done = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    return dict(found, xla=found["tensorflow"])
