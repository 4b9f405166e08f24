"""Small GraphDefs, as TensorFlow writes them."""

import tensorflow as tf


def graph(make, **inputs):
    """The bytes of a GraphDef. `inputs` gives (type, shape) by name; `make` takes them as tensors
    and returns {output name: tensor}."""
    with tf.Graph().as_default() as made:
        feeds = {name: tf.compat.v1.placeholder(type, shape, name) for name, (type, shape) in inputs.items()}
        for name, tensor in make(**feeds).items():
            tf.identity(tensor, name)
    return made.as_graph_def().SerializeToString(deterministic=True)
