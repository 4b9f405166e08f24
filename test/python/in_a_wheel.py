"""A fresh environment with a wheel and TensorFlow: converts a Keras LSTM and serves it in a process that imports
TensorFlow alone (scripts/wheel --try).

usage: in_a_wheel.py FOLDER VERSION
"""

import subprocess
import sys

import numpy as np

SERVE = """
import sys
import numpy as np
import tensorflow as tf

model = tf.saved_model.load(sys.argv[1])
x = tf.constant(np.load(sys.argv[2]))
(y,) = model.signatures["serving_default"](x).values()
assert not [name for name in sys.modules if name.split(".")[0] == "graft"]
np.save(sys.argv[3], y.numpy())
"""


def main(folder, version):
    import tensorflow as tf

    assert tf.__version__ == version, tf.__version__
    model = tf.keras.Sequential(
        [tf.keras.layers.Input((12, 8)), tf.keras.layers.Conv1D(16, 3, activation="relu"), tf.keras.layers.LSTM(16),
         tf.keras.layers.Dense(4, activation="softmax")]
    )  # fmt: skip
    model.export(folder)
    x = np.random.default_rng(0).normal(size=(5, 12, 8)).astype("f4")
    np.save(f"{folder}.npy", x)
    want = model(x).numpy()

    import graft
    from graft.tensorflow import trt

    graft.convert(folder, f"{folder}-graft")
    converter = trt.TrtGraphConverterV2(input_saved_model_dir=folder)
    converter.convert()
    converter.save(f"{folder}-trt")
    for name in ("graft", "trt"):
        served = f"{folder}-{name}"
        subprocess.run([sys.executable, "-c", SERVE, served, f"{folder}.npy", f"{served}.npy"], check=True)
        np.testing.assert_allclose(np.load(f"{served}.npy"), want, rtol=1e-5, atol=1e-6)
    print(f"Python {sys.version.split()[0]}, TensorFlow {version}: converted by graft and by TF-TRT's calls, and served")


if __name__ == "__main__":
    main(*sys.argv[1:])
