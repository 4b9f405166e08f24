# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Networks that are trained here, on the digits that scikit-learn carries: narrow precisions
must be judged on trained weights and data that was held out."""

import numpy as np
import pictures


def sqnr(exact, rounded):
    """Signal over noise in dB."""
    noise = np.square(np.float64(exact) - rounded).sum()
    return 10 * np.log10(np.square(np.float64(exact)).sum() / max(noise, 1e-300))


def split():
    """(images, labels) to train on, the same held out."""
    images, labels = pictures.digits()
    order = np.random.default_rng(3).permutation(len(images))
    train, held = order[:1200], order[1200:]
    return (images[train], labels[train]), (images[held], labels[held])


def _layers(entry):
    import tf_keras

    layers = tf_keras.layers
    x = layers.Conv2D(16, 3, padding="same", use_bias=False)(entry)
    x = short = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    x = layers.ReLU(6)(layers.BatchNormalization()(x))
    x = layers.Add()([layers.Conv2D(16, 1)(x), short])
    x = layers.MaxPooling2D()(x)
    x = layers.concatenate([layers.Conv2D(16, 1, activation="relu")(x), layers.AveragePooling2D(1)(x)])
    x = layers.Conv2D(32, 3, padding="same", activation="swish")(x)
    x = layers.Flatten()(x)
    return tf_keras.Model(entry, layers.Dense(10, activation="softmax")(x))


def freeze(keras, batch, path):
    """Writes a Keras model of digits as a frozen GraphDef of that batch."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    traced = tf.function(lambda x: {"y": keras(x, training=False)})
    spec = tf.TensorSpec((batch, 8, 8, 1), tf.float32, name="x")
    frozen = convert_variables_to_constants_v2(traced.get_concrete_function(spec))
    path.write_bytes(frozen.graph.as_graph_def().SerializeToString(deterministic=True))
    return path


def digits_network(folder, batch=None):
    """A network with a residual, a depthwise convolution, a pooling and a concatenation, as a
    GraphDef of that batch, or of all held-out images at once: (path, held-out images, their labels)."""
    import tf_keras

    tf_keras.utils.set_random_seed(11)
    train, held = split()
    batch = batch or len(held[0])
    # Trained with batches of any size, then given the fixed one.
    twin = _layers(tf_keras.Input((8, 8, 1), name="x"))
    twin.compile(tf_keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    twin.fit(*train, batch_size=64, epochs=12, verbose=0)
    keras = _layers(tf_keras.Input((8, 8, 1), batch_size=batch, name="x"))
    keras.set_weights(twin.get_weights())
    return freeze(keras, batch, folder / "digits.pb"), *held


def quantization_aware_network(folder):
    """A network that TensorFlow's own toolkit has trained with simulated quantization, as a
    GraphDef of one image: (path, the Keras model, held-out images, their labels)."""
    import tensorflow_model_optimization as tfmot
    import tf_keras

    tf_keras.utils.set_random_seed(5)
    train, held = split()
    layers = tf_keras.layers
    entry = tf_keras.Input((8, 8, 1), name="x")
    x = layers.Conv2D(16, 3, padding="same", use_bias=False)(entry)
    x = short = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Conv2D(16, 3, padding="same", use_bias=False)(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.Add()([x, short])
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(32, 1, activation="relu")(x)
    x = layers.Flatten()(x)
    keras = tf_keras.Model(entry, layers.Dense(10)(x))
    loss = tf_keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    keras.compile(tf_keras.optimizers.Adam(3e-3), loss)
    keras.fit(*train, batch_size=64, epochs=8, verbose=0)
    aware = tfmot.quantization.keras.quantize_model(keras)
    aware.compile(tf_keras.optimizers.Adam(1e-3), loss)
    aware.fit(*train, batch_size=64, epochs=2, verbose=0)
    return freeze(aware, 1, folder / "aware.pb"), aware, *held
