#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convert InceptionV3 in several precisions, look at pictures with each, and measure them.

    python inception_v3.py [--precisions FP32,FP16,INT8] [--weights imagenet|FILE] [--folder FOLDER] [PICTURE...]

FOLDER gets inceptionv3_saved_model and, for each precision, inceptionv3_saved_model_TFTRT_<precision>. The
pictures are scikit-image's unless some are named. Without --weights the network has the weights
that Keras starts a training with: its classes mean nothing, its speed is the same.

A precision that this Graft does not compile for is left out of the table, with the reason.
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

from graft.tensorflow import trt

SIDE = 299


def read(path):
    """A picture as the network takes it: [299, 299, 3] in -1..1."""
    import skimage.io
    import skimage.transform

    picture = skimage.io.imread(path)
    picture = np.stack([picture] * 3, -1) if picture.ndim == 2 else picture[..., :3]
    picture = skimage.transform.resize(picture / 255.0, (SIDE, SIDE), anti_aliasing=True)
    return (2 * picture - 1).astype(np.float32)


def pictures(paths):
    if not paths:
        import skimage

        folder = pathlib.Path(skimage.__file__).parent / "data"
        paths = [folder / name for name in ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")]
    return [pathlib.Path(path).name for path in paths], np.stack([read(path) for path in paths])


def save_model(folder, weights):
    """The SavedModel that everything is converted from."""
    import tf_keras

    tf_keras.utils.set_random_seed(1)
    network = tf_keras.applications.InceptionV3(weights=weights)

    @tf.function(input_signature=[tf.TensorSpec([None, SIDE, SIDE, 3], name="input_1")])
    def serve(input_1):
        return {"predictions": network(input_1, training=False)}

    tf.saved_model.save(network, str(folder), signatures=serve)


def convert(source, target, precision, data):
    """One call of the tutorial: parameters, convert, build, save."""
    params = trt.DEFAULT_TRT_CONVERSION_PARAMS._replace(
        precision_mode=precision, max_workspace_size_bytes=8000000000, minimum_segment_size=3
    )
    converter = trt.TrtGraphConverterV2(input_saved_model_dir=str(source), conversion_params=params)

    def batches():
        yield (tf.constant(data),)

    if precision == trt.TrtPrecisionMode.INT8:
        converter.convert(calibration_input_fn=batches)
    else:
        converter.convert()
    converter.build(input_fn=batches)
    converter.save(output_saved_model_dir=str(target))
    converter.summary(detailed=False)


def measure(folder, data, runs):
    """(answers, pictures a second) of a SavedModel, each picture on its own."""
    loaded = tf.saved_model.load(str(folder))
    serve = loaded.signatures["serving_default"]
    singles = [tf.constant(picture[None]) for picture in data]
    answers = np.concatenate([serve(input_1=single)["predictions"].numpy() for single in singles])
    start = time.perf_counter()
    for i in range(runs):
        serve(input_1=singles[i % len(singles)])["predictions"].numpy()
    return answers, runs / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", nargs="*", help="files; scikit-image's by default")
    parser.add_argument("--precisions", default="FP32,FP16,INT8", help="separated by commas")
    parser.add_argument("--weights", help="imagenet (downloads them), or a file of weights")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("."))
    parser.add_argument("--runs", type=int, default=100, help="that a measurement takes")
    options = parser.parse_args()
    names, data = pictures(options.pictures)
    native = options.folder / "inceptionv3_saved_model"
    if not native.exists():
        save_model(native, options.weights)
    answers, speed = measure(native, data, options.runs)
    rows = [("TensorFlow", speed, 1.0, 0.0)]
    for precision in options.precisions.split(","):
        target = options.folder / f"inceptionv3_saved_model_TFTRT_{precision}"
        try:
            convert(native, target, precision, data)
        except ValueError as error:
            print(f"{precision}: {error}", file=sys.stderr)
            continue
        got, faster = measure(target, data, options.runs)
        rows.append((precision, faster, faster / speed, float(np.abs(got - answers).max())))
    print(f"{'':12}{'pictures/s':>12}{'speed-up':>10}{'largest difference':>20}")
    for name, throughput, factor, difference in rows:
        print(f"{name:12}{throughput:12.1f}{factor:10.2f}{difference:20.1e}")
    for name, row in zip(names, answers):
        best = np.argsort(-row)[:3]
        print(f"{name}: " + ", ".join(f"class {i} ({row[i]:.3f})" for i in best))
    return 0


if __name__ == "__main__":
    sys.exit(main())
