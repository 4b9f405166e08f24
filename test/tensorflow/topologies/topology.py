# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a topology is, and the words that the topologies are written in."""

import dataclasses
from typing import Callable

import numpy as np
import tensorflow as tf

ALL = {}


@dataclasses.dataclass(frozen=True)
class Topology:
    """A small graph, and what a conversion has to make of it.

    build: a function of tensors; it gives a tensor, or a tuple of them.
    inputs: for each call, the shapes of its inputs. The first decides the signature.
    engines: how many engines there are, no more and no less.
    inside: operators that are in an engine, all of them. TF-TRT has these there, or fewer.
    native: operators that no engine takes, of those that TF-TRT leaves to TensorFlow.
    """

    name: str
    build: Callable
    inputs: list
    engines: int
    inside: frozenset
    native: frozenset
    known: tuple  # which dimensions the signature fixes, for each input; None is all but the first
    dtype: tf.DType
    values: Callable  # (random, shape) -> array
    reference: Callable  # the function in operators that TensorFlow has on a CPU

    @property
    def specs(self):
        """The signature's tensors."""
        result = []
        for i, shape in enumerate(self.inputs[0]):
            known = self.known[i] if self.known else (False,) + (True,) * (len(shape) - 1)
            dims = [size if fixed else None for size, fixed in zip(shape, known)]
            result.append(tf.TensorSpec(dims, self.dtype, f"input_{i}"))
        return result

    def calls(self, seed=5):
        """The inputs of each call, {name: array}."""
        random = np.random.default_rng(seed)
        return [
            {
                f"input_{i}": np.asarray(self.values(random, shape), self.dtype.as_numpy_dtype)
                for i, shape in enumerate(shapes)
            }
            for shapes in self.inputs
        ]


def normal(random, shape):
    return random.normal(size=shape)


def positive(random, shape):
    return random.uniform(0.1, 1, shape)


def small_integers(random, shape):
    return random.integers(-4, 5, shape)


def topology(
    *shapes, engines=1, inside=(), native=(), more=(), known=None, dtype=tf.float32, values=normal,
    reference=None,
):  # fmt: skip
    """Makes a Topology of the decorated function, in ALL by the function's name.

    more: the shapes of further calls.
    """

    def register(build):
        ALL[build.__name__] = Topology(
            build.__name__, build, [list(shapes), *more], engines, frozenset(inside),
            frozenset(native), known, dtype, values, reference or build,
        )  # fmt: skip
        return build

    return register


def weights(*shape, seed=0, scale=0.5):
    """A constant of varied values."""
    return tf.constant(np.random.default_rng(seed).normal(0, scale, shape), tf.float32)


# An operator that no engine takes, as TF-TRT's tests have erfc and igamma; engines take erfc here.
unconvertible = tf.math.bessel_i0e
