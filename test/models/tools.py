"""Runs Graft's programs from the build."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np
import runtime

HERE = pathlib.Path(__file__).parent
BIN = pathlib.Path(os.environ.get("GRAFT_BIN") or HERE.parents[1] / "build" / "bin")


@dataclasses.dataclass
class Done:
    code: int
    out: str
    err: str
    seconds: float
    peak_mb: float


def tool(name, *arguments, threads=None, check=True, environment=None, timeout=600):
    """Runs one program; a failure is an AssertionError that shows its messages."""
    variables = dict(os.environ, **(environment or {}))
    if threads is not None:
        variables["OMP_NUM_THREADS"] = str(threads)
    command = [str(BIN / name), *map(str, arguments)]
    start = time.monotonic()
    process = subprocess.Popen(
        command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, errors="replace",
    )  # fmt: skip
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise AssertionError(f"{' '.join(command)}: still running after {timeout} s") from None
    seconds = time.monotonic() - start
    if check:
        assert process.returncode == 0, f"{' '.join(command)}: exit {process.returncode}\n{err[-4000:]}"
    return Done(process.returncode, out, err, seconds, 0.0)


def peak_mb(name, *arguments):
    """(seconds, peak memory in millions of bytes) of one program run, measured by the kernel."""
    command = [str(BIN / name), *map(str, arguments)]
    done = subprocess.run(
        [sys.executable, "-S", HERE / "measured.py", *command], stdout=subprocess.PIPE, check=True
    )
    took = json.loads(done.stdout.splitlines()[-1])
    assert took["code"] == 0, f"{command}: exit {took['code']}"
    return took["seconds"], took["peak_mb"]


def import_graph(path, to):
    tool("graft-translate", "--graphdef-to-mlir", path, "-o", to)
    return to


def export_graph(path, to):
    tool("graft-translate", "--mlir-to-graphdef", path, "-o", to)
    return to


def run_plan(plan, inputs, folder, batch=None, threads=None):
    """A plan through the C API, loaded once: {output name: array}; rows go in `batch` at a time."""
    count = len(next(iter(inputs.values())))
    engine = runtime.Engine(plan)
    context = engine.context(threads or 0)
    rows = [
        context.run({k: v[start : start + (batch or count)] for k, v in inputs.items()})
        for start in range(0, count, batch or count)
    ]
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}