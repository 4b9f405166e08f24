"""Weights that make an untrained network worth comparing.

With plain random weights a deep network hardly looks at its input, and a broken
engine would pass. Here each batch norm gets the statistics of real activations and
varied scales and shifts, and the last layer's logits are spread, so that two pictures
give clearly different answers and every layer's weights matter.
"""

import numpy as np


def calibrate(model, pictures, seed):
    """Sets the weights of a Keras application.

    model: ends in a Dense layer, with or without a softmax.
    pictures: float32 [n, height, width, 3], varied, as the model expects them.
    """
    import tf_keras

    random = np.random.default_rng(seed)
    layers = tf_keras.layers
    normalised = any(isinstance(l, layers.BatchNormalization) for l in model.layers)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.0  # one call sets the moving statistics
            if layer.scale:
                layer.gamma.assign(random.uniform(0.6, 1.4, layer.gamma.shape))
            if layer.center:
                layer.beta.assign(random.normal(0, 0.3, layer.beta.shape))
        elif isinstance(layer, layers.Dropout):
            layer.rate = 0.0
        elif hasattr(layer, "kernel") or hasattr(layer, "depthwise_kernel"):
            if getattr(layer, "bias", None) is not None:
                layer.bias.assign(random.normal(0, 0.1, layer.bias.shape))
            if not normalised:
                # Keep the variance through ReLUs, which batch norm does elsewhere.
                fan_in = int(np.prod(layer.kernel.shape[:-1]))
                kernel = random.normal(0, np.sqrt(2 / fan_in), layer.kernel.shape)
                layer.kernel.assign(kernel)

    if normalised:
        model(pictures, training=True)
    _spread_logits(model, pictures)


def _spread_logits(model, pictures):
    """Scales and shifts the last Dense layer: over the pictures, each logit has mean 0
    and, on average, standard deviation 2."""
    import tf_keras

    last = [l for l in model.layers if isinstance(l, tf_keras.layers.Dense)][-1]
    features = tf_keras.Model(model.inputs, last.input)
    rows = np.concatenate(
        [features(pictures[i : i + 8], training=False).numpy() for i in range(0, len(pictures), 8)]
    )
    kernel = last.kernel.numpy()
    logits = rows @ kernel
    scale = 2 / np.mean(np.std(logits, axis=0))
    last.kernel.assign(kernel * scale)
    last.bias.assign(-np.mean(logits, axis=0) * scale)


def vary_transformer(model, seed):
    """BERT's fresh layer norms are all ones and its biases zeros: vary both."""
    random = np.random.default_rng(seed)
    for variable in model.trainable_variables:
        if variable.name.endswith("gamma:0"):
            variable.assign(random.uniform(0.6, 1.4, variable.shape))
        elif variable.name.endswith(("beta:0", "bias:0")):
            variable.assign(random.normal(0, 0.1, variable.shape))
