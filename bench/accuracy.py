#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What narrow precisions cost, on trained weights and real inputs that neither training nor calibration
has seen: Graft beside OpenVINO, whose INT8 is NNCF's, with the same samples to calibrate.

    "$(scripts/deps)/bin/python" bench/accuracy.py [--precision int8] [--samples 32] [MODEL ...]

A row is one output: its signal over noise in dB, against fp32 of the same engine, and for a classifier how
many of the inputs it classifies rightly. Where Graft leaves convolutions of one channel wide, "int8, alike" is
NNCF made to do the same. Exit code 3: Graft's noise is larger than the peer's.
"""

import argparse
import dataclasses
import os
import pathlib
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test" / "models"))

import engines
import numpy as np
import trained
import zoo

ENGINES = ["graft", "openvino"]
#: Two numbers of dB that are nearer are the same.
NEAR_DB = 0.05


def prepare(model, options, folder):
    """(task, inputs to judge by, their labels or None)."""
    labels = None
    if model == "digits":
        (images, _), (held, labels) = trained.split()
        path, *_ = trained.digits_network(folder, batch=1)
        names = {"inputs": ["x"], "outputs": ["Identity"]}
        samples, fresh = {"x": images[: options.samples]}, {"x": held}
    else:
        path = zoo.graphdef(model, batch=1)
        names = zoo.describe(path)
        every = zoo.inputs(model, options.samples + options.held, seed=0)
        samples = {name: value[: options.samples] for name, value in every.items()}
        fresh = {name: value[options.samples :] for name, value in every.items()}
    first = {name: value[:1] for name, value in fresh.items()}
    return engines.Task(path, names["inputs"], names["outputs"], first, samples, folder, options), fresh, labels


def outputs(name, task, precision, python, fresh):
    """(the outputs, the engine, which is closed)."""
    engine = engines.start(name, task, precision, python)
    try:
        return engine.outputs(fresh), engine
    finally:
        engine.close()


def evaluate(model, options, python):
    """Prints the rows of a model; returns whether Graft is as good as its peer."""
    good = True
    with tempfile.TemporaryDirectory() as folder:
        task, fresh, labels = prepare(model, options, pathlib.Path(folder))
        exact = {name: outputs(name, task, "fp32", python, fresh)[0] for name in ENGINES}

        def show(precision, found):
            nonlocal good
            for i, output in enumerate(task.outputs):
                ours, theirs = (trained.sqnr(exact[name][i], found[name][i]) for name in ENGINES)
                line = f"{model:14}{output:16}{precision:>12}{ours:10.1f}{theirs:12.1f}{ours - theirs:+8.1f}"
                if labels is not None:
                    for name in ENGINES:
                        right = [np.sum(a[name][i].argmax(-1) == labels) for a in (exact, found)]
                        line += f"   {name} {right[0]} -> {right[1]} of {len(labels)} right"
                print(line, flush=True)
                good &= ours >= theirs - NEAR_DB

        for precision in options.precision:
            ours, engine = outputs("graft", task, precision, python, fresh)
            show(precision, {"graft": ours, "openvino": outputs("openvino", task, precision, python, fresh)[0]})
            if precision == "int8" and engine.has_wide_filters():
                alike = dataclasses.replace(task, wide_filters=True)
                show("int8, alike", {"graft": ours, "openvino": outputs("openvino", alike, precision, python, fresh)[0]})
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    comma = lambda text: [word for word in text.split(",") if word]  # noqa: E731
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(zoo.TRAINED)}")
    parser.add_argument("--precision", type=comma, default=["bf16", "int8"], help="bf16, int8")
    parser.add_argument("--equalize", action="store_true", help="have Graft calibrate with --equalize")
    parser.add_argument("--samples", type=int, default=32, help="to calibrate with")
    parser.add_argument("--held", type=int, default=16, help="to judge by; of digits all that were held out")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.set_defaults(tune=False, realtime=False, layers=False, verbose=False)
    options = parser.parse_args()
    narrow = [name for name in engines.PRECISIONS if name != "fp32"]
    for what, words, known in (("model", options.models, zoo.TRAINED), ("precision", options.precision, narrow)):
        for word in words:
            if word not in known:
                parser.error(f"{what} '{word}' is none of {', '.join(known)}")
    python = engines.environment()
    versions = engines.versions(python)
    print(f"dB of signal over noise; openvino {versions['openvino']}, int8 by nncf {versions['nncf']}, "
          f"{options.samples} samples")  # fmt: skip
    print(f"{'model':14}{'output':16}{'precision':>12}{'graft':>10}{'openvino':>12}{'':>8}")
    good = [evaluate(model, options, python) for model in options.models or zoo.TRAINED]
    return 0 if all(good) else 3


if __name__ == "__main__":
    sys.exit(main())
