"""Real pictures for tests: crops of the photographs that scikit-image and scikit-learn carry.

No TensorFlow here, so that tests of the compiler start quickly.
"""

import functools
import pathlib

import numpy as np

# Colour photographs, and grey ones that are texture or text.
_COLOUR = ["astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "ihc.png",
           "hubble_deep_field.jpg", "retina.jpg", "motorcycle_left.png"]  # fmt: skip
_GREY = ["brick.png", "camera.png", "coins.png", "grass.png", "gravel.png",
         "page.png", "moon.png", "text.png"]  # fmt: skip


@functools.lru_cache(maxsize=None)
def _photographs():
    """Every photograph as float32 [height, width, 3] in 0..1."""
    import skimage.color
    import skimage.io
    import sklearn.datasets

    data = pathlib.Path(__import__("skimage").__file__).parent / "data"
    photographs = [skimage.io.imread(data / name)[..., :3] for name in _COLOUR]
    photographs += [skimage.color.gray2rgb(skimage.io.imread(data / name)) for name in _GREY]
    photographs += list(sklearn.datasets.load_sample_images().images)
    return [np.asarray(picture, np.float32) / 255 for picture in photographs]


def crops(count, height, width, seed):
    """`count` crops as float32 [count, height, width, 3] in 0..1.

    Each comes from another photograph, at a random place, size, orientation and
    brightness; the same seed gives the same crops.
    """
    import skimage.transform

    random = np.random.default_rng(seed)
    photographs = _photographs()
    order = random.permutation(len(photographs))
    result = np.empty((count, height, width, 3), np.float32)
    for i in range(count):
        picture = photographs[order[i % len(order)]]
        side = int(random.uniform(0.4, 1.0) * min(picture.shape[:2]))
        top = random.integers(0, picture.shape[0] - side + 1)
        left = random.integers(0, picture.shape[1] - side + 1)
        crop = picture[top : top + side, left : left + side]
        if random.integers(2):
            crop = crop[:, ::-1]
        crop = skimage.transform.resize(crop, (height, width), anti_aliasing=True)
        result[i] = np.clip(crop * random.uniform(0.7, 1.3), 0, 1)
    return result


def digits():
    """scikit-learn's handwritten digits: float32 [1797, 8, 8, 1] in 0..1, and labels."""
    import sklearn.datasets

    data = sklearn.datasets.load_digits()
    return data.images.astype(np.float32)[..., None] / 16, data.target
