#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""picture.py [FILE]: README's picture, of what `graft inspect` draws: a residual block as a graph, and as a plan.

Needs a build, and the Python of scripts/deps: "$(scripts/deps)/bin/python" scripts/picture.py
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = pathlib.Path(__file__).resolve().parents[1]
GRAFT = pathlib.Path(os.environ.get("GRAFT_BIN") or ROOT / "build" / "bin") / "graft"
MARGIN, TITLE, GAP = 16, 34, 60
STYLE = """
text { font: 11px sans-serif; fill: #1a1a2e }
.title { font: bold 15px sans-serif }
rect { fill: #eef3fb; stroke: #6f8fc9; rx: 4px }
.port rect { fill: #fdf3e3; stroke: #d9a441 }
.plan rect { fill: #e9f7ec; stroke: #5aa469 }
.plan .port rect { fill: #fdf3e3; stroke: #d9a441 }
path { fill: none; stroke: #9aa5b1 }
"""


def write_model(path):
    """A GraphDef: two convolutions with batch norms, a shortcut, a classifier."""
    import numpy as np
    import tensorflow as tf

    random = np.random.default_rng(1)

    def constant(name, *shape):
        return tf.constant(random.normal(size=shape).astype("f4") * 0.1, name=name)

    def normalized(x, name):
        ones = tf.constant(np.ones(16, "f4"), name=f"{name}/scale")
        shift, mean = constant(f"{name}/shift", 16), constant(f"{name}/mean", 16)
        return tf.raw_ops.FusedBatchNormV3(
            x=x, scale=ones, offset=shift, mean=mean, variance=ones, is_training=False, name=name
        ).y

    with tf.Graph().as_default() as graph:
        image = tf.compat.v1.placeholder(tf.float32, [1, 32, 32, 16], name="image")
        h = tf.nn.conv2d(image, constant("conv1/kernel", 3, 3, 16, 16), 1, "SAME", name="conv1")
        h = tf.nn.relu(normalized(h, "norm1"), name="relu1")
        h = tf.nn.conv2d(h, constant("conv2/kernel", 3, 3, 16, 16), 1, "SAME", name="conv2")
        h = tf.nn.relu(tf.add(normalized(h, "norm2"), image, name="shortcut"), name="relu2")
        h = tf.reduce_mean(h, [1, 2], name="pool")
        h = tf.matmul(h, constant("dense/kernel", 16, 10), name="dense")
        tf.nn.softmax(tf.nn.bias_add(h, constant("dense/bias", 10), name="bias"), name="classes")
    path.write_bytes(graph.as_graph_def().SerializeToString())


def drawing(file):
    """(svg, width, height) of the graph on the page that inspect writes of a file."""
    page = file.with_suffix(".html")
    subprocess.run([GRAFT, "inspect", file, "--html", page], check=True)
    svg = re.search(r"<svg xmlns[^>]*>.*?</svg>", page.read_text(), re.S)[0]
    width, height = (int(re.search(rf'{name}="(\d+)"', svg)[1]) for name in ("width", "height"))
    return svg, width, height


def picture():
    with tempfile.TemporaryDirectory(prefix="graft-") as folder:
        model, plan = pathlib.Path(folder, "model.pb"), pathlib.Path(folder, "model.plan")
        write_model(model)
        subprocess.run([GRAFT, "build", model, "-o", plan], check=True, stderr=subprocess.DEVNULL)
        parts = [("TensorFlow's graph", "graph", drawing(model)), ("Graft's plan", "plan", drawing(plan))]
    width = sum(each[1] for _, _, each in parts) + GAP + 2 * MARGIN
    height = max(each[2] for _, _, each in parts) + TITLE + 2 * MARGIN
    body, x = "", MARGIN
    for title, kind, (svg, wide, _) in parts:
        svg = svg.replace("<svg ", f'<svg x="{x}" y="{MARGIN + TITLE}" class="{kind}" ', 1)
        body += f'<text class="title" x="{x}" y="{MARGIN + 16}">{title}</text>\n{svg}\n'
        x += wide + GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">\n'
        f"<style>{STYLE}</style>\n<rect x=\"0\" y=\"0\" width=\"100%\" height=\"100%\" style=\"fill: white; stroke: none\"/>\n"
        f"{body}</svg>\n"
    )


if __name__ == "__main__":
    target = sys.argv[1] if len(sys.argv) > 1 else ROOT / "docs" / "pictures" / "plan.svg"
    pathlib.Path(target).write_text(picture())
