# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Time and peak memory of `graft convert` and `graft build` beside what is allowed."""

import pathlib
import sys
import tempfile

import engines
import zoo

#: Peak memory: so many times the model's bytes, and what the program itself takes.
TIMES_MODEL, PLUS_MB = 2.5, 150
#: Seconds of conversion and build together.
MOST_SECONDS = {"inception_v3": 3.0}
#: Without the small ones, whose peak is the program's.
MODELS = ["inception_v3", "resnet50", "mobilenet_v2", "efficientnet_b0", "densenet121", "bert", "vgg16"]


def model_mb(path):
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files) / 1e6


def measure(models, realtime):
    """(exit code, {"conversions": rows}) after printing a table."""
    print(f"{'model':18}{'file':>12}{'model MB':>10}{'command':>9}{'s':>8}{'peak MB':>9}"
          f"{'allowed':>9}{'out MB':>8}")  # fmt: skip
    code, rows = 0, []
    for model in models or MODELS:
        for kind, path in (("GraphDef", zoo.graphdef(model)), ("SavedModel", zoo.saved_model(model))):
            for command in ("convert", "build"):
                row = run(model, kind, path, command, realtime)
                rows.append(row)
                if row.get("error"):
                    print(f"bench: {model}: {kind}: {command}: {row['error']}", file=sys.stderr)
                    code = 1
                    continue
                over = row["peak_mb"] > row["allowed_mb"]
                print(f"{model:18}{kind:>12}{row['model_mb']:10.1f}{command:>9}{row['seconds']:8.2f}"
                      f"{row['peak_mb']:9.0f}{row['allowed_mb']:9.0f}{row['output_mb']:8.1f}"
                      f"{' OVER' if over else ''}", flush=True)  # fmt: skip
                code = code or 3 * over
            together = sum(row.get("seconds", 0) for row in rows[-2:])
            if together > MOST_SECONDS.get(model, float("inf")):
                print(f"bench: {model}: {kind}: convert and build take {together:.2f} s, "
                      f"allowed are {MOST_SECONDS[model]}", file=sys.stderr)  # fmt: skip
                code = code or 3
    return code, {"conversions": rows}


def run(model, kind, path, command, realtime):
    size = model_mb(path)
    row = {"model": model, "file": kind, "command": command, "model_mb": size,
           "allowed_mb": TIMES_MODEL * size + PLUS_MB}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / {"build": "out.plan"}.get(command, "out" if path.is_dir() else "out.pb")
        try:
            _, took = engines.measured([engines.BIN / "graft", command, path, "-o", out], realtime=realtime)
        except engines.Broken as problem:
            return dict(row, error=str(problem))
        return dict(row, output_mb=model_mb(out), seconds=took["seconds"], peak_mb=took["peak_mb"])
