"""Plans from Python: arrays in and out, errors, threads, memory."""

import concurrent.futures
import gc
import os
import resource
import subprocess
import sys
import threading
import time

import graft
import ml_dtypes
import numpy as np
import pytest
import tensorflow as tf
from graphs import graph

from graft import _engine


@pytest.fixture(scope="module")
def affine():
    """y = 2 x + 1 over [?, 3]: an answer that numpy gives to the bit."""
    made = graph(lambda x: {"y": x * 2.0 + 1.0}, x=(tf.float32, [None, 3]))
    return graft.load(graft.build(made))


@pytest.fixture(scope="module")
def heavy():
    """A chain of products that takes a tenth of a second and more."""

    def make(x):
        for _ in range(16):
            x = tf.matmul(x, np.eye(1024, dtype="f4") * np.float32(0.5))
        return {"y": x}

    return graft.load(graft.build(graph(make, x=(tf.float32, [None, 1024]))), threads=1)


@pytest.fixture
def no_copy(monkeypatch):
    """Fails where an input is not read in place: all copies are made by _coerce."""

    def coerce(value, element):
        raise AssertionError("an input was copied")

    monkeypatch.setattr(_engine, "_coerce", coerce)


X = np.arange(12, dtype="f4").reshape(4, 3)
Y = X * 2 + 1


def test_ports(affine):
    assert affine.inputs == (graft.Port("x", np.dtype("f4"), (None, 3)),)
    assert affine.outputs == (graft.Port("y", np.dtype("f4"), (None, 3)),)
    assert affine.precision == "fp32"
    assert repr(affine) == "<graft.Engine of memory: x: float32[?,3] -> y: float32[?,3]>"


@pytest.mark.parametrize("name", sorted({
    "float32", "float64", "float16", "int8", "int16", "int32", "int64",
    "uint8", "uint16", "uint32", "uint64", "bool", "bfloat16",
}))  # fmt: skip
def test_every_type_goes_in_and_out(name):
    type = np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)
    made = graph(lambda x: {"y": tf.reshape(x, [3, 2])}, x=(tf.as_dtype(name), [2, 3]))
    engine = graft.load(graft.build(made))
    assert engine.inputs[0].dtype == engine.outputs[0].dtype == type
    x = np.array([[0, 1, 0], [1, 1, 0]]).astype(type) if name == "bool" else np.arange(6).reshape(2, 3).astype(type)
    y = engine(x=x)["y"]
    assert y.dtype == type and y.shape == (3, 2)
    assert y.tobytes() == x.tobytes()


def test_dense_arrays_are_read_in_place(affine, no_copy):
    readonly = X.copy()
    readonly.flags.writeable = False
    inside = np.zeros((6, 3), "f4")
    inside[1:5] = X
    for x in (X, readonly, inside[1:5], memoryview(X), tf.constant(X)):
        np.testing.assert_array_equal(affine(x=x)["y"], Y)


class OnlyDLPack:
    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **arguments):
        return self.array.__dlpack__(**arguments)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


def test_dlpack_is_read_in_place(affine, no_copy):
    np.testing.assert_array_equal(affine(x=OnlyDLPack(X))["y"], Y)


def test_large_inputs_are_not_copied():
    made = graph(lambda x: {"y": tf.reduce_max(x, axis=1)}, x=(tf.float32, [None, 1024]))
    engine = graft.load(graft.build(made))
    x = np.ones((64 << 10, 1024), "f4")  # 256 MB
    engine(x=x[:1])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert engine(x=x)["y"].shape == (64 << 10,)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


@pytest.mark.parametrize("make", [
    np.asfortranarray,
    lambda x: np.repeat(x, 2, axis=0)[::2],
    lambda x: x[::-1][::-1],
    lambda x: x.astype(">f4"),
    lambda x: x.tolist(),
    lambda x: np.frombuffer(b"?" + x.tobytes(), np.uint8)[1:].view("f4").reshape(x.shape),
])  # fmt: skip
def test_other_arrays_are_made_dense(affine, make):
    np.testing.assert_array_equal(affine(x=make(X))["y"], Y)


def test_outputs_own_their_memory(affine):
    first = affine(x=X)["y"]
    second = affine(x=X + 1)["y"]
    np.testing.assert_array_equal(first, Y)
    assert first.flags.writeable and first.ctypes.data % 64 == 0
    first[:] = 0
    np.testing.assert_array_equal(second, Y + 2)
    engine = graft.load(graft.build(graph(lambda x: {"y": -x}, x=(tf.float32, [2]))))
    y = engine(x=np.ones(2, "f4"))["y"]
    del engine
    gc.collect()
    np.testing.assert_array_equal(y, [-1, -1])


def test_outputs_are_handed_on_by_dlpack(affine):
    y = affine(x=X)["y"]
    again = np.from_dlpack(y)
    assert again.ctypes.data == y.ctypes.data
    assert tf.experimental.dlpack.from_dlpack(y.__dlpack__()).shape == (4, 3)


def test_memory_is_given_back():
    """Two hundred outputs of 4 MB are alive one after the other, never together."""
    engine = graft.load(graft.build(graph(lambda x: {"y": -x}, x=(tf.float32, [1 << 20]))))
    x = np.ones(1 << 20, "f4")
    engine(x=x)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(200):
        engine(x=x)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


def test_sizes_change_between_runs(affine):
    for rows in (1, 7, 0, 4, 1, 300, 7, 2, 5):
        x = np.random.default_rng(rows).random((rows, 3), "f4")
        y = affine(x=x)["y"]
        assert y.shape == (rows, 3)
        np.testing.assert_array_equal(y, x * 2 + 1)


def test_contexts_are_kept_but_few(affine):
    for rows in range(1, 40):
        affine(x=np.zeros((rows, 3), "f4"))
    assert affine.context_bytes < 1 << 20


def test_scalars_and_several_ports():
    made = graph(
        lambda x, s: {"sum": x + s, "product": x * s}, x=(tf.float32, [2]), s=(tf.float32, [])
    )
    engine = graft.load(graft.build(made))
    outputs = engine(s=3, x=[1.0, 2.0])
    assert sorted(outputs) == ["product", "sum"]
    np.testing.assert_array_equal(outputs["sum"], [4, 5])
    np.testing.assert_array_equal(outputs["product"], [3, 6])


def test_names_that_are_not_pythons():
    made = graph(lambda **feeds: {"b/c": -feeds["a/x"]}, **{"a/x": (tf.float32, [1])})
    engine = graft.load(graft.build(made))
    assert engine.run({"a/x": np.ones(1, "f4")})["b/c"] == -1
    assert engine(**{"a/x": np.ones(1, "f4")})["b/c"] == -1


def test_bfloat16_bits_are_taken_as_they_are():
    made = graph(lambda x: {"y": tf.reshape(x, [2])}, x=(tf.bfloat16, [2, 1]))
    bits = np.array([[0x3F80], [0xC000]], np.uint16)
    y = graft.load(graft.build(made))(x=bits)["y"]
    np.testing.assert_array_equal(y.astype("f4"), [1, -2])


@pytest.mark.parametrize("inputs, message", [
    ({}, "input 'x' must be given; the engine's inputs are 'x'"),
    ({"x": X, "z": X}, "the engine's inputs are 'x', got 'z'"),
    ({"x": X.astype("f8")}, "input 'x' must be float32[?,3], got float64[4,3]"),
    ({"x": X.astype("f8").T.copy().T}, "input 'x' must be float32[?,3], got float64[4,3]"),
    ({"x": X[:, :2]}, "input 'x' must be float32[?,3], got float32[4,2]"),
    ({"x": X[0]}, "input 'x' must be float32[?,3], got float32[3]"),
    ({"x": "text"}, "input 'x' must be float32[?,3], got <U4[]"),
    ({"x": None}, "input 'x' must be float32[?,3], got object[]"),
    ({"x": X.astype("c8")}, "input 'x' must be float32[?,3], got complex64[4,3]"),
    ({"x": [[1, 2, 3], [4]]}, "input 'x' must be float32[?,3], got list"),
    ({"x": OnlyDLPack(X.astype("f8"))}, "input 'x' must be float32[?,3], got float64[4,3]"),
    ({"x": X.astype(ml_dtypes.bfloat16)}, "input 'x' must be float32[?,3], got bfloat16[4,3]"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(affine, inputs, message):
    with pytest.raises(graft.UsageError) as raised:
        affine.run(inputs)
    assert str(raised.value) == message
    assert isinstance(raised.value, ValueError) and isinstance(raised.value, graft.Error)
    np.testing.assert_array_equal(affine(x=X)["y"], Y)


def test_numbers_are_not_cut_off():
    engine = graft.load(graft.build(graph(lambda i: {"y": i + 1}, i=(tf.int32, [2]))))
    assert list(engine(i=[1, 2])["y"]) == [2, 3]
    with pytest.raises(graft.UsageError, match="input 'i' must be int32.*got float64"):
        engine(i=[1.5, 2])


def test_plans_that_are_none(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file") as raised:
        graft.load(tmp_path / "none.plan")
    assert raised.value.filename == str(tmp_path / "none.plan")
    assert "\n" not in str(raised.value)
    (tmp_path / "text.plan").write_text("no plan at all" * 100)
    for plan in (tmp_path / "text.plan", b"", b"no plan at all" * 100):
        with pytest.raises(graft.ModelError):
            graft.load(plan)


def test_a_damaged_plan_is_refused():
    plan = bytearray(bytes(graft.build(graph(lambda x: {"y": x * 2.0}, x=(tf.float32, [3])))))
    for at in range(0, len(plan), max(1, len(plan) // 50)):
        broken = bytearray(plan)
        broken[at] ^= 0x40
        with pytest.raises(graft.ModelError):
            graft.load(broken)


def test_a_plan_from_anywhere(tmp_path):
    made = graph(lambda x: {"y": x * 2.0 + 1.0}, x=(tf.float32, [None, 3]))
    plan = graft.build(made)
    written = graft.build(made, tmp_path / "a.plan")
    assert written.path == str(tmp_path / "a.plan") and written.data is None
    assert bytes(written) == bytes(plan)
    assert plan.save(tmp_path / "b.plan") == str(tmp_path / "b.plan")
    assert (tmp_path / "b.plan").read_bytes() == bytes(plan)
    assert sorted(os.listdir(tmp_path)) == ["a.plan", "b.plan"]
    for source in (plan, written, tmp_path / "b.plan", bytes(plan), bytearray(bytes(plan)), plan.data):
        np.testing.assert_array_equal(graft.load(source)(x=X)["y"], Y)
    np.testing.assert_array_equal(plan.load(threads=1)(x=X)["y"], Y)


def test_a_plan_in_memory_stays_in_place():
    """The engine holds the array, so that a bytearray cannot be resized under it."""
    plan = bytearray(bytes(graft.build(graph(lambda x: {"y": x * 2.0}, x=(tf.float32, [3])))))
    engine = graft.load(plan)
    with pytest.raises(BufferError):
        plan.extend(b"more")
    del engine
    gc.collect()
    plan.extend(b"more")


def test_threads_share_an_engine(affine):
    def work(seed):
        rng = np.random.default_rng(seed)
        for _ in range(200):
            x = rng.random((rng.integers(1, 5), 3), "f4")
            np.testing.assert_array_equal(affine(x=x)["y"], x * 2 + 1)
        return True

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def test_python_goes_on_while_an_engine_runs(heavy):
    """With the lock held, the other thread would not count before the run is over."""
    x = np.ones((256, 1024), "f4")
    heavy(x=x)
    start = time.perf_counter()
    heavy(x=x)
    assert time.perf_counter() - start > 0.02
    running = threading.Event()
    seen = []

    def count():
        running.wait()
        while running.is_set():
            seen.append(time.perf_counter())
            time.sleep(0.001)

    counter = threading.Thread(target=count)
    counter.start()
    running.set()
    start = time.perf_counter()
    heavy(x=x)
    end = time.perf_counter()
    running.clear()
    counter.join()
    inside = [at for at in seen if start + 0.1 * (end - start) < at < end - 0.1 * (end - start)]
    assert len(inside) >= 3


def test_threads_are_as_asked(heavy):
    assert heavy.threads == 1
    assert graft.load(graft.build(graph(lambda x: {"y": -x}, x=(tf.float32, [1])))).threads == 0


DAEMONS = """
import sys, threading, time
import numpy as np
import graft

model, plan = sys.argv[1:]
engine = graft.load(plan, threads=2)
x = np.ones((64, 1024), "f4")

def run():
    while True:
        engine(x=x)

def build():
    while True:
        graft.build(model, progress=lambda *_: None)

for work in (run, run, build):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.05)
"""


def test_daemon_threads_at_exit(tmp_path):
    """Threads in the middle of a run or a build, when the interpreter ends, do not end it otherwise."""
    (tmp_path / "m.pb").write_bytes(graph(lambda x: {"y": tf.nn.relu(x)}, x=(tf.float32, [None, 1024])))
    graft.build(tmp_path / "m.pb", tmp_path / "m.plan")
    for _ in range(8):
        done = subprocess.run(
            [sys.executable, "-c", DAEMONS, str(tmp_path / "m.pb"), str(tmp_path / "m.plan")],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
