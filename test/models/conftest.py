"""Where the tests find the tools and the zoo.

Run one file at a time, as ctest does: some want all of TensorFlow in their process, others
its messages alone (protos.py).
"""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    """(path, held-out images, their labels) of a network that is trained here."""
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import trained

    return trained.digits_network(tmp_path_factory.mktemp("digits"))
