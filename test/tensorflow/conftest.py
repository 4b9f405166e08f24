# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where these tests find the zoo, and the op library, loaded."""

import os
import pathlib
import sys

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "1"  # warnings are looked at
# What is tested is the engine, unless a test says otherwise.
os.environ["TF_TRT_ALLOW_ENGINE_NATIVE_SEGMENT_EXECUTION"] = "False"
HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "models")]

import pytest  # noqa: E402


@pytest.fixture(scope="session")
def ops():
    """The operators of the op library, as Python functions."""
    import tensorflow as tf

    import models

    return tf.load_op_library(str(models.LIBRARY))


@pytest.fixture
def native_allowed(monkeypatch):
    monkeypatch.setenv("TF_TRT_ALLOW_ENGINE_NATIVE_SEGMENT_EXECUTION", "True")
