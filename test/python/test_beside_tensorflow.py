"""Graft and TensorFlow in one process, whichever comes first.

Both bring MLIR and protobuf, in versions that do not mix: see python/graft/_native.py.
"""

import os
import subprocess
import sys

import pytest
import zoo

GRAFT = "import graft"
COMPILER = "import graft; graft.options()  # loads MLIR and protobuf"
TENSORFLOW = "import tensorflow as tf"

WORK = """
import sys
import numpy as np
import graft
import tensorflow as tf

frozen, saved, folder = sys.argv[1:]
x = np.random.default_rng(7).random((3, 8, 8, 1), "f4")

def convert():
    result = graft.convert(saved, folder + "/converted")
    assert result.report["engines"], result
    assert graft.convert(frozen).graph_def().node
    return graft.load(graft.build(frozen, shapes={"x": (3, 8, 8, 1)}))(x=x)

def answer():
    model = tf.saved_model.load(saved)
    (y,) = model.signatures["serving_default"](tf.constant(x)).values()
    # TensorFlow's own MLIR and protobuf at work.
    tf.function(lambda v: v * 2.0, jit_compile=True)(tf.constant(1.0))
    tf.mlir.experimental.convert_graph_def(tf.Graph().as_graph_def())
    return y.numpy()

got, want = FIRST
(got,) = got.values()
assert np.abs(got - want).max() < 1e-5, (got, want)
assert all(np.array_equal(a, got) for a in graft.load(graft.build(frozen, shapes={"x": (3, 8, 8, 1)}))(x=x).values())
print("same answers")
"""


CONVERT_FIRST, RUN_FIRST = "convert(), answer()", "(answer(), convert())[::-1]"


@pytest.mark.parametrize("imports, first", [
    ((GRAFT, TENSORFLOW), CONVERT_FIRST),
    ((COMPILER, TENSORFLOW), CONVERT_FIRST),
    ((TENSORFLOW, GRAFT), RUN_FIRST),
], ids=["graft-first", "compiler-first", "tensorflow-first"])  # fmt: skip
def test_both_orders(imports, first, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(imports) + WORK.replace("FIRST", first),
         zoo.graphdef("digits", batch=None), zoo.saved_model("digits", batch=None), tmp_path],
        env=dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3"), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout == "same answers\n"


def test_the_trap_is_there():
    """Loaded after TensorFlow without RTLD_DEEPBIND, the compiler ends the process: the flags are not for show."""
    done = subprocess.run(
        [sys.executable, "-c", """
import sys
import tensorflow
from graft import _compiler
_compiler.build(sys.argv[1].encode(), None, None, [], None, None)
print("alive")
""", zoo.graphdef("digits", batch=None)], capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode < 0 and done.stdout == ""


def test_a_process_that_runs_plans_loads_no_compiler(tmp_path):
    """No MLIR, no protobuf, no TensorFlow: the price of serving a plan."""
    import graft

    graft.build(zoo.graphdef("digits", batch=1), tmp_path / "a.plan")
    done = subprocess.run(
        [sys.executable, "-c", f"""
import sys
import graft, numpy
graft.load({str(tmp_path / 'a.plan')!r})(x=numpy.zeros((1, 8, 8, 1), "f4"))
libraries = {{line.split()[-1].split("/")[-1] for line in open("/proc/self/maps") if ".so" in line}}
print(sorted(l for l in libraries if l.startswith(("libMLIR", "libLLVM", "libprotobuf", "libgraft", "libtensorflow"))))
print("tensorflow" in sys.modules)
"""], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "['libgraft_runtime.so']\nFalse\n"
