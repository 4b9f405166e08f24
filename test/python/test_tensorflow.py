"""graft.tensorflow.load(): the operators of converted models in stock TensorFlow."""

import os
import pathlib
import shutil
import subprocess
import sys
import textwrap

import graft
import pytest
import zoo

LIBRARY = pathlib.Path(os.environ["GRAFT_BIN"]).parent / "lib" / "libgraft_tensorflow.so"
needs_operators = pytest.mark.skipif(not LIBRARY.exists(), reason="this build has no operators for TensorFlow")


def python(code, *arguments, path=None):
    """What a program prints."""
    variables = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3")
    if path:
        variables["PYTHONPATH"] = f"{path}:{variables['PYTHONPATH']}"
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        env=variables, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()


REFUSED = """
import graft.tensorflow
try:
    graft.tensorflow.load()
except Exception as error:
    print(type(error).__name__, error)
"""


def test_without_tensorflow(tmp_path):
    (tmp_path / "tensorflow.py").write_text("raise ModuleNotFoundError('No module named tensorflow')")
    assert python(REFUSED, path=tmp_path) == (
        "ImportError graft.tensorflow needs TensorFlow; install tensorflow-cpu, or run plans with graft.load"
    )


@needs_operators
def test_another_tensorflow_is_refused(tmp_path):
    (tmp_path / "tensorflow.py").write_text("__version__ = '2.17.1'")
    assert python(REFUSED, path=tmp_path) == (
        "Error Graft's operators were built for TensorFlow 2.21.0, got TensorFlow 2.17.1; "
        "install tensorflow-cpu==2.21.0"
    )


def test_a_build_without_operators_says_so(tmp_path):
    (tmp_path / "tensorflow.py").write_text("__version__ = '2.21.0'")
    absent = "import graft.tensorflow, pathlib; graft.tensorflow._LIBRARY = pathlib.Path('none.so')"
    assert python(absent + REFUSED, path=tmp_path) == (
        "Error none.so: this build of Graft must have been made beside TensorFlow, got one without its "
        "operators; use the wheel, or pip install . -C cmake.define.GRAFT_PYTHON=PYTHON, where PYTHON has "
        "TensorFlow"
    )


@needs_operators
def test_a_converted_model_runs_in_tensorflow(tmp_path):
    """From the SavedModel to the answer, in one process."""
    assert python(
        """
        import sys
        import graft, graft.tensorflow
        import numpy as np
        import tensorflow as tf

        saved, converted = sys.argv[1:]
        result = graft.convert(saved, converted)
        assert result.report["engines"]
        graft.tensorflow.load()
        graft.tensorflow.load()
        x = tf.constant(np.random.default_rng(3).random((5, 8, 8, 1), "f4"))
        def answer(path):
            model = tf.saved_model.load(path)
            return next(iter(model.signatures["serving_default"](x).values())).numpy()
        got, want = answer(converted), answer(saved)
        assert np.abs(got - want).max() < 1e-5
        print("same answers")
        """,
        zoo.saved_model("digits", batch=None), tmp_path / "converted",
    ) == "same answers"  # fmt: skip


@pytest.fixture
def packages(tmp_path):
    """A folder as a wheel leaves it, with links to this build's libraries."""
    folder = tmp_path / "site-packages"
    for place, name, source in (
        ("tensorflow-plugins", "libgraft_plugin.so", "libgraft_plugin.so"),
        ("graft/lib", "libgraft_tensorflow-2.21.so", "libgraft_tensorflow.so"),
        ("graft/lib", "libdnnl.so.3", "libdnnl.so.3"),
    ):
        (folder / place).mkdir(parents=True, exist_ok=True)
        if source == "libgraft_plugin.so":
            shutil.copy(LIBRARY.with_name(source), folder / place / name)  # it looks from where it lies
        else:
            (folder / place / name).symlink_to(LIBRARY.with_name(source).resolve())
    return folder


@needs_operators
def test_importing_tensorflow_is_enough(tmp_path, packages):
    """A program that knows nothing of Graft runs a converted model; one that does may still load the operators."""
    saved = zoo.saved_model("digits", batch=None)
    graft.convert(saved, tmp_path / "converted")
    assert python(
        """
        import sys
        import numpy as np
        import tensorflow as tf

        x = tf.constant(np.random.default_rng(3).random((5, 8, 8, 1), "f4"))
        def answer(path):
            return next(iter(tf.saved_model.load(path).signatures["serving_default"](x).values())).numpy()
        assert np.abs(answer(sys.argv[1]) - answer(sys.argv[2])).max() < 1e-5
        assert not [name for name in sys.modules if name.startswith("graft")]
        import graft.tensorflow
        graft.tensorflow.load()
        print("loaded", graft.tensorflow._loaded.create_trt_resource_handle(resource_name="a").dtype.name)
        """,
        tmp_path / "converted", saved, path=packages,
    ) == "loaded resource"  # fmt: skip


@needs_operators
@pytest.mark.parametrize("change", ["another version", "damaged", "twice"])
def test_the_plugin_never_ends_tensorflows_import(tmp_path, packages, change):
    library = packages / "graft/lib/libgraft_tensorflow-2.21.so"
    path = str(packages)
    if change == "another version":
        library.rename(library.with_name("libgraft_tensorflow-2.20.so"))
    elif change == "damaged":
        library.unlink()
        library.write_bytes(b"no library")
    else:  # two installations, each with a plug-in and a copy of the operators
        second = tmp_path / "second" / "site-packages"
        shutil.copytree(packages, second)
        path += f":{second}"
    count = "1" if change == "twice" else "0"
    assert python(
        """
        import tensorflow
        from tensorflow.python.framework import kernels
        print(len(kernels.get_registered_kernels_for_op("TRTEngineOp").kernel))
        """,
        path=path,
    ) == count  # fmt: skip
