#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""From a checkpoint to the class of a picture, without TensorFlow at the end.

    python checkpoint_to_plan.py train  --checkpoint_folder=model
    python checkpoint_to_plan.py freeze --checkpoint_folder=model --output_node_names=softmax_tensor
    python checkpoint_to_plan.py deploy --frozen_file=model/frozen_model.pb --input_placeholder=images_placeholder \\
        --dimensions=3,64,64 --output_placeholders=softmax_tensor --file_path=model/model.PLAN --max_batch_size=1
    python checkpoint_to_plan.py infer  --plan_file=model/model.PLAN --desired_size=3,64,64

`train` makes a binary classifier, flower or no flower, of crops of the two photographs that scikit-learn
carries. The other steps take any model, and stand on `graft freeze`, `graft build` and graft.lite:
the same without Python is

    graft freeze model --outputs softmax_tensor -o model/frozen_model.pb
    graft build model/frozen_model.pb --shapes images_placeholder=1x64x64x3 -o model/model.PLAN

Dimensions are channels, height and width, as in the walkthrough; the graph has its pictures with the
channels last. Without --image_path, `infer` looks at both photographs.
"""

import argparse
import os
import pathlib
import sys

import numpy as np

CLASSES = ["no flower", "flower"]


def photographs():
    """scikit-learn's two, as float32 in 0..1: no flower, flower."""
    import sklearn.datasets

    return [
        sklearn.datasets.load_sample_image(name).astype(np.float32) / 255
        for name in ("china.jpg", "flower.jpg")
    ]


def resized(picture, channels, height, width):
    """The picture as the network takes it."""
    import skimage.transform

    picture = np.stack([picture] * channels, -1) if picture.ndim == 2 else picture[..., :channels]
    return skimage.transform.resize(picture, (height, width), anti_aliasing=True).astype(np.float32)


def crops(count, side, random):
    """Parts of the photographs, and which photograph each comes from."""
    sources = photographs()
    labels = random.integers(0, 2, count)
    pictures = np.empty((count, side, side, 3), np.float32)
    for i, label in enumerate(labels):
        height, width = sources[label].shape[:2]
        size = random.integers(160, height)
        top, left = random.integers(0, height - size), random.integers(0, width - size)
        # Every so many pixels; quicker than a filter, and good enough to learn from.
        rows = top + np.arange(side) * size // side
        columns = left + np.arange(side) * size // side
        pictures[i] = sources[label][rows][:, columns]
    return pictures, labels


def train(options):
    """Leaves a checkpoint of TensorFlow 1 in the folder."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    v1 = tf.compat.v1
    random = np.random.default_rng(1)
    with tf.Graph().as_default(), v1.Session() as session:
        v1.set_random_seed(1)
        x = v1.placeholder(tf.float32, [None, 64, 64, 3], name="images_placeholder")
        y = v1.placeholder(tf.int64, [None], name="labels_placeholder")
        h = x
        for i, channels in enumerate((16, 32, 32)):
            w = v1.get_variable(f"w{i}", [3, 3, h.shape[-1], channels])
            b = v1.get_variable(f"b{i}", [channels], initializer=tf.zeros_initializer())
            h = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(h, w, 2, "SAME"), b))
        logits = tf.matmul(tf.reduce_mean(h, [1, 2]), v1.get_variable("w", [32, 2]))
        tf.nn.softmax(logits, name="softmax_tensor")
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
        right = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), y), tf.float32))
        step = v1.train.AdamOptimizer(0.01).minimize(tf.reduce_mean(loss))
        session.run(v1.global_variables_initializer())
        for _ in range(options.steps):
            pictures, labels = crops(32, 64, random)
            session.run(step, {x: pictures, y: labels})
        pictures, labels = crops(200, 64, random)
        accuracy = session.run(right, {x: pictures, y: labels})
        v1.train.Saver().save(session, str(options.checkpoint_folder / "model.ckpt"))
    print(f"{options.checkpoint_folder}: {accuracy:.2f} of new crops right")


def freeze(options):
    """The variables of the newest checkpoint become constants."""
    import graft

    output = options.checkpoint_folder / "frozen_model.pb"
    graft.freeze(options.checkpoint_folder, output, outputs=options.output_node_names.split(","))
    print(output)


def deploy(options):
    """The frozen graph becomes a plan."""
    import graft

    channels, height, width = map(int, options.dimensions.split(","))
    batch = options.max_batch_size
    graft.build(
        options.frozen_file,
        options.file_path,
        shapes={options.input_placeholder: (batch if batch == 1 else (1, batch), height, width, channels)},
        inputs=[options.input_placeholder],
        outputs=options.output_placeholders.split(","),
    )
    print(options.file_path)


def infer(options):
    """The probabilities of each class, and the class."""
    from graft import lite

    if options.image_path:
        import skimage.io

        pictures = {options.image_path: skimage.io.imread(options.image_path) / 255.0}
    else:
        pictures = dict(zip(("china.jpg", "flower.jpg"), photographs()))
    engine = lite.Engine(PLAN=options.plan_file)
    for name, picture in pictures.items():
        (result,) = engine.infer(resized(picture, *map(int, options.desired_size.split(","))))
        print(f"{name}: {np.array2string(result[0], precision=3)} {CLASSES[result[0].argmax()]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)

    def command(function, **arguments):
        sub = commands.add_parser(function.__name__, help=function.__doc__)
        sub.set_defaults(run=function)
        for name, settings in arguments.items():
            sub.add_argument("--" + name, **settings)

    path, required = dict(type=pathlib.Path), dict(required=True)
    command(train, checkpoint_folder=path | required, steps=dict(type=int, default=150))
    command(freeze, checkpoint_folder=path | required, output_node_names=required)
    command(
        deploy, frozen_file=path | required, input_placeholder=required,
        dimensions=dict(default="3,64,64"), output_placeholders=required, file_path=path | required,
        max_batch_size=dict(type=int, default=1),
    )  # fmt: skip
    command(
        infer, plan_file=path | required, image_path={}, desired_size=dict(default="3,64,64")
    )  # fmt: skip
    options = parser.parse_args()
    options.run(options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
