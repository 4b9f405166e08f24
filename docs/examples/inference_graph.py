#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A frozen GraphDef gets engines, in one call, and runs in a TensorFlow 1 session.

    python inference_graph.py [--precision FP32|FP16|INT8] [--batch 8]

The steps are those of TensorFlow 1's `contrib.tensorrt`: a frozen graph; create_inference_graph();
import_graph_def() and a session. With INT8 the converter sees the calibration data in between.
The graph is a small classifier of scikit-learn's handwritten digits, trained here in seconds.
"""

import argparse
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import sklearn.datasets
import tensorflow as tf

from graft.tensorflow import trt

v1 = tf.compat.v1


def digits():
    """Pictures [1797, 8, 8, 1] and what they show."""
    data = sklearn.datasets.load_digits()
    return data.images[..., None].astype(np.float32) / 16, data.target


def train(images, labels, steps):
    """A frozen GraphDef with "input" and "output"."""
    v1.set_random_seed(1)
    x = v1.placeholder(tf.float32, [None, 8, 8, 1], name="input")
    y = v1.placeholder(tf.int64, [None], name="labels")

    def variable(*shape):
        return v1.get_variable(f"w{len(v1.trainable_variables())}", shape)

    h = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, variable(3, 3, 1, 16), 1, "SAME"), variable(16)))
    h = tf.nn.max_pool2d(h, 2, 2, "SAME")
    h = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(h, variable(3, 3, 16, 32), 1, "SAME"), variable(32)))
    logits = tf.matmul(tf.reduce_mean(h, [1, 2]), variable(32, 10)) + variable(10)
    tf.nn.softmax(logits, name="output")
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    step = v1.train.AdamOptimizer(0.01).minimize(loss)
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        random = np.random.default_rng(1)
        for _ in range(steps):
            rows = random.integers(0, len(images), 128)
            session.run(step, {x: images[rows], y: labels[rows]})
        return v1.graph_util.convert_variables_to_constants(
            session, session.graph.as_graph_def(), ["output"]
        )


def run(graph_def, images, batch):
    """The session of the tutorial: import, then one run for each batch."""
    config = v1.ConfigProto(
        gpu_options=v1.GPUOptions(per_process_gpu_memory_fraction=0.5, allow_growth=True)
    )
    with tf.Graph().as_default() as graph:
        inp, out = tf.import_graph_def(graph_def, return_elements=["input", "output"])
        inp, out = inp.outputs[0], out.outputs[0]
        with v1.Session(graph=graph, config=config) as session:
            rows = range(0, len(images), batch)
            return np.concatenate([session.run(out, {inp: images[i : i + batch]}) for i in rows])


def convert(graph_def, precision, batch, images):
    if precision != "INT8":
        return trt.create_inference_graph(
            input_graph_def=graph_def, outputs=["output"], max_batch_size=batch,
            max_workspace_size_bytes=1 << 25, precision_mode=precision, minimum_segment_size=2,
        )  # fmt: skip
    converter = trt.TrtGraphConverter(
        input_graph_def=graph_def, nodes_denylist=["output"], max_batch_size=None,
        precision_mode="INT8", is_dynamic_op=True, use_calibration=True,
    )  # fmt: skip
    converter.convert()
    batches = iter(np.split(images[: 16 * batch], 16))
    return converter.calibrate(
        fetch_names=["output:0"], num_runs=16, feed_dict_fn=lambda: {"input:0": next(batches)}
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--precision", default="FP32", choices=["FP32", "FP16", "INT8"])
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--steps", type=int, default=1000, help="of the training")
    options = parser.parse_args()
    images, labels = digits()
    with tf.Graph().as_default():
        graph_def = train(images[300:], labels[300:], options.steps)
        try:
            converted = convert(graph_def, options.precision, options.batch, images[300:])
        except ValueError as error:
            print(f"inference_graph: {error}", file=sys.stderr)
            return 1
    engines = [node.name for node in converted.node if node.op == "TRTEngineOp"]
    want = run(graph_def, images[:300], options.batch)
    got = run(converted, images[:300], options.batch)
    print(f"{len(graph_def.node)} nodes became {len(converted.node)}, {len(engines)} of them engines")
    for name, answers in (("TensorFlow", want), (options.precision, got)):
        print(f"{name}: {np.mean(answers.argmax(1) == labels[:300]):.3f} of the digits right")
    print(f"largest difference: {np.abs(got - want).max():.1e}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
