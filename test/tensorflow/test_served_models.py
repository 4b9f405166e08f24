# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Converted SavedModels, loaded with tf.saved_model.load and served through their signature:
the answers are TensorFlow's within its own noise, and engines give them, not native segments."""

import sys
import threading

import models
import numpy as np
import oracle
import pytest
import zoo

# Noise is a largest difference: on a single input it may be none at all.
COUNT = 8


@pytest.mark.parametrize("name", ["inception_v3", "resnet50", "mobilenet_v2", "bert"])
def test_served(ops, name):
    import tensorflow as tf

    source = zoo.saved_model(name)
    inputs = zoo.inputs(name, COUNT, seed=5)
    want = oracle.ask(source, inputs, batch=1)
    loaded = tf.saved_model.load(str(models.converted(name)))
    signature = loaded.signatures["serving_default"]
    answers = []
    for i in range(COUNT):
        feeds = {key: tf.constant(value[i : i + 1]) for key, value in inputs.items()}
        answers.append(signature(**feeds))
    got = {key: np.concatenate([answer[key] for answer in answers]) for key in want.outputs}
    assert oracle.distance(got, want.outputs) <= want.tolerance


def test_cancelled(ops):
    """A step that is ended in the middle says so, and the engine runs on."""
    import tensorflow as tf
    from tensorflow.python.eager import cancellation

    loaded = tf.saved_model.load(str(models.converted("resnet50")))
    signature = loaded.signatures["serving_default"]
    feeds = {k: tf.constant(v) for k, v in zoo.inputs("resnet50", 1, seed=3).items()}
    signature(**feeds)
    for _ in range(50):
        manager = cancellation.CancellationManager()
        function = manager.get_cancelable_function(signature)
        timer = threading.Timer(0.004, manager.start_cancel)
        timer.start()
        try:
            function(**feeds)
        except tf.errors.CancelledError:
            break
        finally:
            timer.join()
    else:
        pytest.fail("no step was ended")
    assert signature(**feeds)


if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))
