#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How well the ranges of each calibration algorithm fit: signal over noise of a network whose weights and
tensors TensorFlow's own FakeQuant operators round to 8 bits, on inputs that calibration has not seen.

    python bench/calibration.py [--samples 64] [MODEL ...]      (of the zoo; default: those with trained weights)

It says nothing about kernels: it compares ranges with ranges. For digits it also gives the accuracy.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test" / "models"))

import numpy as np
import pictures
import tensorflow as tf
import zoo

BIN = pathlib.Path(os.environ.get("GRAFT_BIN") or ROOT / "build" / "bin")
ALGORITHMS = [
    ("minmax",), ("moving-average",), ("percentile", "99.9"), ("percentile", "99.99"), ("percentile", "99.999"),
    ("entropy",), ("mse",),
]  # fmt: skip
HEAVY = {"Conv2D", "DepthwiseConv2dNative", "MatMul"}


def graft(*arguments):
    subprocess.run([BIN / "graft", *map(str, arguments)], check=True, stderr=subprocess.DEVNULL)


def round_weights(array, op):
    """Symmetric, with a step for each output channel."""
    axes = tuple(range(2)) if op == "DepthwiseConv2dNative" else tuple(range(array.ndim - 1))
    step = np.maximum(np.abs(array).max(axis=axes, keepdims=True), 1e-30) / 127
    return np.rint(array / step) * step


def rounded(graph_def, ranges):
    """The graph with rounded weights, and with every tensor that has a range rounded where weights meet it."""
    new = type(graph_def)()
    new.CopyFrom(graph_def)
    nodes = {node.name: node for node in new.node}

    def producer(name):
        while nodes[name].op == "Identity":
            name = nodes[name].input[0].split(":")[0]
        return nodes[name]

    added = {}
    for node in list(new.node):
        if node.op not in HEAVY or (weights := producer(node.input[1].split(":")[0])).op != "Const":
            continue
        value = tf.make_ndarray(weights.attr["value"].tensor)
        if node.op == "Conv2D" and value.shape[2] == 1:
            continue  # a filter on samples, such as those of sound, which stays wide
        name = f"{node.name}/rounded_weights"
        constant = new.node.add(name=name, op="Const")
        constant.CopyFrom(weights)
        constant.name = name
        constant.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(round_weights(value, node.op)))
        node.input[1] = name
        text = node.input[0]
        source = text if text in ranges else producer(text.split(":")[0]).name
        if source in ranges:
            if source not in added:
                low, high = ranges[source]["min"], ranges[source]["max"]
                if low < 0:
                    low, high = -max(-low, high), max(-low, high)
                fake = new.node.add(name=f"{source}/rounded", op="FakeQuantWithMinMaxArgs", input=[source])
                fake.attr["min"].f, fake.attr["max"].f = low, high if high > low else low + 1e-6
                fake.attr["num_bits"].i, fake.attr["narrow_range"].b = 8, low < 0
                added[source] = fake.name
            node.input[0] = added[source]
    return new


def answer(graph_def, feeds, fetches):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.import_graph_def(graph_def, name="")
        count = len(next(iter(feeds.values())))
        results = [
            session.run([f"{name}:0" for name in fetches], {f"{k}:0": v[i : i + 1] for k, v in feeds.items()})
            for i in range(count)
        ]
    return [np.concatenate(parts).astype(np.float64) for parts in zip(*results)]


def decibels(exact, changed):
    """Of the output that has suffered most."""
    noise = [np.square(a - b).sum() / np.square(a).sum() for a, b in zip(exact, changed)]
    return -10 * np.log10(max(*noise, 1e-30))


def evaluate(model, samples, held):
    path = zoo.graphdef(model, batch=1)
    names = zoo.describe(path)
    graph_def = tf.compat.v1.GraphDef.FromString(path.read_bytes())
    data = zoo.inputs(model, samples, seed=0)
    fresh = zoo.inputs(model, held, seed=1)
    exact = answer(graph_def, fresh, names["outputs"])
    labels = None
    if model == "digits":
        images, all_labels = pictures.digits()
        labels = all_labels[np.random.default_rng(1).permutation(len(images))[:held]]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        np.savez(folder / "data.npz", **data)
        whole = folder / "whole.json"
        graft("calibrate", path, "--data", folder / "data.npz", "-o", whole, "--histograms")
        for algorithm, *percentile in ALGORITHMS:
            further = ["--calibration-percentile", *percentile] if percentile else []
            table = folder / "table.json"
            graft("calibrate", "--merge", whole, "-o", table, "--calibration-algorithm", algorithm, *further)
            ranges = json.loads(table.read_text())["tensors"]
            changed = answer(rounded(graph_def, ranges), fresh, names["outputs"])
            line = f"{model:16}{' '.join([algorithm, *percentile]):20}{decibels(exact, changed):8.1f} dB"
            if labels is not None:
                right = [np.mean(a[0].argmax(-1) == labels) for a in (exact, changed)]
                line += f"   accuracy {100 * right[0]:.2f} % -> {100 * right[1]:.2f} %"
            print(line, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL")
    parser.add_argument("--samples", type=int, default=64, help="to calibrate with")
    parser.add_argument("--held", type=int, default=16, help="samples to judge by; 500 for digits")
    options = parser.parse_args()
    for model in options.models or zoo.TRAINED:
        evaluate(model, options.samples, 500 if model == "digits" else options.held)


if __name__ == "__main__":
    main()
