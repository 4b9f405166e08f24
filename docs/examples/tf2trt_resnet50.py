#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A TensorFlow graph becomes an engine that runs without TensorFlow, checked against it.

    python tf2trt_resnet50.py [--engine FILE] [--unknown]

The five steps of TF2TRT: freeze, parse, construct, optimize, test. ResNet50 comes from Keras, with the weights
that a training starts with. --unknown puts an operator into the graph that no engine runs, and
shows how it is reported.
"""

import argparse
import os
import pathlib
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

import numpy as np
import tensorflow as tf

from graft import tf2trt


def freeze(unknown):
    """Step 1: the graph and its weights as one GraphDef; its input and output."""
    import tf_keras
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    tf_keras.utils.set_random_seed(1)
    network = tf_keras.applications.ResNet50(weights=None)

    def serve(input_tensor):
        x = tf.math.bessel_i0e(input_tensor, name="unusual") if unknown else input_tensor
        return tf.identity(network(x, training=False), name="probabilities")

    function = tf.function(serve).get_concrete_function(tf.TensorSpec([1, 224, 224, 3]))
    frozen = convert_variables_to_constants_v2(function)
    # With shapes, which the compiler cannot infer behind an operator that it does not know.
    return frozen.graph.as_graph_def(add_shapes=True), frozen.inputs[0].name, frozen.outputs[0].name


def picture():
    """A photograph as the network takes it."""
    import skimage.data
    import skimage.transform

    image = skimage.transform.resize(skimage.data.astronaut(), (224, 224), anti_aliasing=True)
    return (255 * image[None] - 118).astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", type=pathlib.Path, default=pathlib.Path("resnet50.plan"))
    parser.add_argument("--unknown", action="store_true")
    options = parser.parse_args()
    graph_def, source, target = freeze(options.unknown)

    # Steps 2 and 3: every node is known, and its shape is one that an engine takes.
    try:
        network = tf2trt.from_tensorflow_graph_def(graph_def, [source], [[1, 224, 224, 3]], [target])
    except tf2trt.UnsupportedError as error:
        print(f"tf2trt_resnet50: {error}", file=sys.stderr)
        return 1
    # Step 4, and the engine as a file.
    engine = tf2trt.optimize_network(network)
    tf2trt.store_engine(engine, options.engine)
    print(f"{options.engine}: {len(engine)} bytes")
    # Step 5: an inference, and TensorFlow's answer beside it.
    feeds = {source: picture()}
    with tf2trt.inference_engine(tf2trt.load_engine(options.engine)) as inference:
        inference.run(feeds)
        start = time.perf_counter()
        (answer,) = inference.run(feeds).values()
        print(f"class {answer.argmax()}, {1000 * (time.perf_counter() - start):.1f} ms")
    for difference in tf2trt.check(engine, graph_def, feeds):
        print(f"{difference.output}: {difference.relative:.1e} from TensorFlow, relative to its largest element")
    return 0


if __name__ == "__main__":
    sys.exit(main())
