"""The wheel stands alone: built from this tree's libraries, installed into a fresh environment, used there.

The environment sees TensorFlow and numpy of the test environment through a .pth file, which spares
a download of 250 MB. The full variant runs where an environment for it is kept (docs/python.md):

    python3 -m venv ~/.cache/graft/venv-stock && ~/.cache/graft/venv-stock/bin/pip install tensorflow-cpu==2.21.0
"""

import os
import pathlib
import re
import subprocess
import sys
import sysconfig
import zipfile

import pytest
import zoo

BUILD = pathlib.Path(os.environ["GRAFT_BIN"]).parent
STOCK = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "graft" / "venv-stock"


def run(*command, **options):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel():
    run("cmake", "--build", BUILD, "--target", "graft_wheel")
    (made,) = (BUILD / "wheel").glob("*.whl")
    return made


@pytest.fixture(scope="module")
def fresh(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fresh")
    run(sys.executable, "-m", "venv", folder)
    (packages,) = folder.glob("lib/python3*/site-packages")
    (packages / "tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    run(folder / "bin/pip", "install", "--disable-pip-version-check", "--no-index", wheel)
    return folder


def python(environment, code, *arguments):
    """What a program prints that inherits nothing from this process."""
    return run(
        environment / "bin/python", "-c", code, *arguments,
        env={"PATH": "/usr/bin", "TF_CPP_MIN_LOG_LEVEL": "3"}, cwd=environment,
    )  # fmt: skip


def test_what_the_wheel_holds(wheel):
    version = f"{sys.version_info[0]}{sys.version_info[1]}"
    assert re.fullmatch(rf"graft_tf-[\d.]+-cp{version}-cp{version}-manylinux_2_\d+_x86_64\.whl", wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(n for n in names if n.endswith(".dist-info/METADATA"))).decode()
    assert "Name: graft-tf" in metadata and "Requires-Dist: numpy" in metadata
    assert {"graft/__init__.py", "graft/py.typed", "graft/_runtime.pyi", "graft/_compiler.pyi",
            "graft/tensorflow/__init__.py", "graft/lib/libgraft.so", "graft/lib/libgraft_runtime.so"} <= set(names)  # fmt: skip
    assert any(n.endswith("licenses/LICENSE") for n in names)
    assert not [n for n in names if "__pycache__" in n or n.endswith((".cpp", ".h", ".cmake"))]
    version = BUILD / "lib" / "libgraft_tensorflow.version"
    if (BUILD / "lib" / "libgraft_tensorflow.so").exists():
        series = ".".join(version.read_text().split(".")[:2])
        assert {f"graft/lib/libgraft_tensorflow-{series}.so", "tensorflow-plugins/libgraft_plugin.so"} <= set(names)
        names = [n for n in names if not n.startswith("tensorflow-plugins/")]
    assert {n.split("/")[0].split("-")[0] for n in names} == {"graft", "graft_tf"}


def test_libraries_look_only_beside_themselves(fresh):
    package = next(fresh.glob("lib/python3*/site-packages/graft"))
    for library in [package / "bin/graft", *package.glob("*.so"), *package.glob("lib/*.so*")]:
        dynamic = run("readelf", "-d", library)
        (path,) = re.findall(r"\(RUNPATH\)\s+Library runpath: \[(.*)\]", dynamic)
        assert path in ("$ORIGIN", "$ORIGIN/lib", "$ORIGIN/../lib"), library


USE = """
import sys

def libraries():
    return {line.split()[-1] for line in open("/proc/self/maps") if ".so" in line}

import json, numpy as np
x = np.random.default_rng(5).random((2, 8, 8, 1), "f4")
before = libraries()
import graft
plan = graft.build(sys.argv[1], shapes={"x": (2, 8, 8, 1)})
(y,) = graft.load(plan)(x=x).values()
package = graft.__path__[0]
print(package.startswith(sys.prefix), y.shape)
print(sorted(path.split("/")[-1] for path in libraries() - before if not path.startswith(package)))
import bz2, ctypes, hashlib, lzma, ssl, zlib  # whose libraries have the names of ours
"""

SYSTEM = {f"lib{name}.so" for name in ("c", "m", "dl", "rt", "pthread", "gcc_s", "stdc++")}


def test_it_works_alone(fresh):
    first, rest = python(fresh, USE, zoo.graphdef("digits", batch=None)).strip().splitlines()
    assert first == "True (2, 10)"
    loaded = {re.sub(r"\.so.*", ".so", name) for name in eval(rest)}
    # A shared build of Python has modules in files of their own; they are not the wheel's.
    assert {name for name in loaded if name.startswith("lib")} <= SYSTEM


def test_the_program_comes_along(fresh, tmp_path):
    model, plan = zoo.graphdef("digits", batch=1), tmp_path / "a.plan"
    run(fresh / "bin/graft", "build", model, "-o", plan, env={})
    assert python(fresh, "import graft, sys; print(bytes(graft.build(sys.argv[1])) == open(sys.argv[2], 'rb').read())",
                  model, plan) == "True\n"  # fmt: skip
    missing = subprocess.run([fresh / "bin/graft", "build", "no.pb", "-o", plan], capture_output=True, text=True)
    assert missing.returncode == 4 and missing.stderr.count("\n") == 1


WITH_TENSORFLOW = """
import sys
import numpy as np
FIRST
saved, folder = sys.argv[1:]
x = np.random.default_rng(5).random((2, 8, 8, 1), "f4")
result = graft.convert(saved, folder)
(got,) = graft.load(graft.build(saved, shapes={"x": (2, 8, 8, 1)}))(x=x).values()
import tensorflow as tf
(want,) = tf.saved_model.load(saved).signatures["serving_default"](tf.constant(x)).values()
assert np.abs(got - want.numpy()).max() < 1e-5
import graft.tensorflow
if OPERATORS:
    graft.tensorflow.load()
    (again,) = tf.saved_model.load(folder).signatures["serving_default"](tf.constant(x)).values()
    assert np.abs(again.numpy() - want.numpy()).max() < 1e-5
print(len(result.report["engines"]))
"""


def with_tensorflow(environment, first, folder):
    operators = (BUILD / "lib" / "libgraft_tensorflow.so").exists()
    code = WITH_TENSORFLOW.replace("FIRST", first).replace("OPERATORS", str(operators))
    assert int(python(environment, code, zoo.saved_model("digits", batch=None), folder)) >= 1


def test_it_works_with_tensorflow(fresh, tmp_path):
    with_tensorflow(fresh, "import tensorflow, graft", tmp_path / "converted")
    # Whoever loads the converted model need not know of Graft.
    if (BUILD / "lib" / "libgraft_tensorflow.so").exists():
        said = python(fresh, "import tensorflow as tf, sys; print(list(tf.saved_model.load(sys.argv[1]).signatures)); "
                      "print([m for m in sys.modules if m.startswith('graft')])", tmp_path / "converted")  # fmt: skip
        assert said == "['serving_default']\n[]\n"


@pytest.mark.skipif(not (BUILD / "lib" / "libgraft_tensorflow.so").exists(), reason="the build has no operators")
def test_loops_are_served_by_tensorflow_alone(fresh, tmp_path):
    version = (BUILD / "lib" / "libgraft_tensorflow.version").read_text().strip()
    script = pathlib.Path(__file__).with_name("in_a_wheel.py")
    said = run(
        fresh / "bin/python", script, tmp_path / "models", version,
        env={"PATH": "/usr/bin", "TF_CPP_MIN_LOG_LEVEL": "3"}, cwd=fresh,
    )  # fmt: skip
    assert "and served" in said


@pytest.mark.skipif(not STOCK.exists(), reason="no environment with stock TensorFlow is kept (docs/python.md)")
def test_it_works_with_stock_tensorflow(wheel, tmp_path):
    run(STOCK / "bin/pip", "install", "--disable-pip-version-check", "--force-reinstall", "--no-deps", wheel)
    with_tensorflow(STOCK, "import graft", tmp_path / "one")
    with_tensorflow(STOCK, "import tensorflow, graft", tmp_path / "two")
