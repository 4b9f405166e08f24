# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow, which a type checker knows too little of."""

import importlib
from typing import Any

tf: Any = importlib.import_module("tensorflow")
v1: Any = tf.compat.v1

Tensor = Any
GraphDef = Any
NodeDef = Any
ConcreteFunction = Any
"""Names for readers: objects of TensorFlow."""
