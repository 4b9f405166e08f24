"""A fresh environment with a wheel and TensorFlow: converts models with loops by the program and by TF-TRT's calls, and
serves them in processes that import TensorFlow alone.

usage: in_a_wheel.py FOLDER VERSION
"""

import os
import subprocess
import sys

import numpy as np
import tensorflow as tf
from graft.tensorflow import trt

SERVE = """
import sys
import numpy as np
import tensorflow as tf

serve = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
(name,) = serve.structured_input_signature[1]
(y,) = serve(**{name: tf.constant(np.load(sys.argv[2]))}).values()
assert not [name for name in sys.modules if name.split(".")[0] == "graft"]
np.save(sys.argv[3], y.numpy())
"""


def recurrent():
    """Keras 3's export() of an LSTM and a GRU over sequences of any length."""
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [layers.Input((None, 8)), layers.Conv1D(16, 3, padding="same", activation="relu"),
         layers.Bidirectional(layers.LSTM(8, return_sequences=True)), layers.GRU(16), layers.Dense(4, activation="softmax")]
    )  # fmt: skip
    return model, model.export


class Loops(tf.Module):
    """map_fn, and a loop over tf.range, both around variables."""

    def __init__(self):
        self.kernel = tf.Variable(tf.random.normal([8, 8], seed=1))
        self.bias = tf.Variable(tf.fill([8], 0.1))

    @tf.function(input_signature=[tf.TensorSpec([None, None, 8], name="x")])
    def __call__(self, x):
        x = tf.map_fn(lambda row: tf.nn.relu(row @ self.kernel) + self.bias, x)
        for i in tf.range(tf.shape(x)[1]):
            x = tf.nn.tanh(x @ self.kernel + self.bias) + 0.1 * tf.cast(i, tf.float32)
        return tf.nn.softmax(x)


def loops():
    model = Loops()
    return model, lambda path: tf.saved_model.save(model, path, signatures=model.__call__)


def main(folder, version):
    assert tf.__version__ == version, tf.__version__
    os.makedirs(folder)
    x = np.random.default_rng(0).normal(size=(3, 7, 8)).astype("f4")
    np.save(f"{folder}/x.npy", x)
    for make in (recurrent, loops):
        model, save = make()
        path = f"{folder}/{make.__name__}"
        save(path)
        subprocess.run([os.path.join(sys.prefix, "bin", "graft"), "convert", path, "-o", f"{path}-program"], check=True)
        converter = trt.TrtGraphConverterV2(input_saved_model_dir=path)
        converter.convert()
        converter.save(f"{path}-calls")
        for way in ("program", "calls"):
            served = f"{path}-{way}"
            subprocess.run([sys.executable, "-c", SERVE, served, f"{folder}/x.npy", f"{served}.npy"], check=True)
            np.testing.assert_allclose(np.load(f"{served}.npy"), model(x).numpy(), rtol=1e-5, atol=1e-6)
    print(f"Python {sys.version.split()[0]}, TensorFlow {version}: converted by the program and by TF-TRT's calls, and served")


if __name__ == "__main__":
    main(*sys.argv[1:])
