# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A process that has used two threads, and then forks; and the number of threads itself."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import tensorflow as tf
from graphs import graph

#: A convolution of Graft's own, and a product and a convolution that oneDNN takes.
PRELUDE = """
import multiprocessing, os, signal, sys
import graft
import numpy as np

model = open(sys.argv[1], "rb").read()
x = np.random.default_rng(1).standard_normal((2, 24, 24, 16), "f4")

def run():
    engine = graft.load(graft.build(model, threads=2), threads=2)
    return [engine(x=x)["y"] for _ in range(3)][-1]

def convert():
    return graft.convert(model)

def used():
    y = engine(x=x)["y"]
    assert np.array_equal(y, wanted)
    return y

engine = graft.load(graft.build(model, threads=2), threads=2)
wanted = engine(x=x)["y"]
convert()

def in_child(work):
    child = os.fork()
    if not child:
        signal.alarm(60)  # ends a child that hangs
        work()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, work.__name__
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    random = np.random.default_rng(0)

    def make(x):
        y = tf.nn.relu(tf.nn.conv2d(x, random.standard_normal((3, 3, 16, 32)).astype("f4"), 1, "SAME"))
        y = tf.nn.conv2d(y, random.standard_normal((1, 1, 32, 32)).astype("f4"), 1, "SAME")
        y = tf.reshape(y, [-1, 24 * 24 * 32])
        return {"y": tf.nn.softmax(tf.matmul(y, random.standard_normal((24 * 24 * 32, 64)).astype("f4")))}

    path = tmp_path_factory.mktemp("fork") / "model.pb"
    path.write_bytes(graph(make, x=(tf.float32, [2, 24, 24, 16])))
    return path


def execute(script, *arguments, **environment):
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(script), *map(str, arguments)],
        capture_output=True, text=True, timeout=300, env=dict(os.environ, **environment),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_a_child_runs_builds_and_converts(model):
    execute(
        """
        for work in (used, run, convert):
            in_child(work)
        assert np.array_equal(run(), wanted)
        """,
        model,
    )


def test_multiprocessing(model):
    execute(
        """
        with multiprocessing.get_context("fork").Pool(3) as pool:
            results = [pool.apply_async(work) for work in (used, run, used, run)]
            for result in results:
                assert np.array_equal(result.get(120), wanted)
        """,
        model,
    )


@pytest.mark.parametrize("threads", [257, 65536, 2**31 - 1])
def test_too_many_threads_are_the_most(model, threads):
    execute(
        f"""
        many = graft.load(graft.build(model, threads=2), threads={threads})
        np.testing.assert_allclose(many(x=x)["y"], wanted, rtol=1e-4, atol=1e-6)
        """,
        model,
    )


def test_no_threads_left_is_code_5(model):
    """The plan needs workers for oneDNN's members, and the system has none."""
    out = execute(
        """
        import resource, threading
        few = graft.load(graft.build(model, threads=2), threads=200)
        # Stacks of threads do not fit into the address space.
        size = int(open("/proc/self/statm").read().split()[0]) * 4096
        resource.setrlimit(resource.RLIMIT_AS, (size + (200 << 20), -1))
        try:
            few(x=x)
            print("ran")
        except graft.Error as error:
            print(error)
        resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
        """,
        model,
    )
    assert out.count("\n") == 1
    assert "give fewer threads" in out or out == "ran\n", out


@pytest.mark.parametrize("setting", [
    {"OMP_NUM_THREADS": "3"}, {"OMP_NUM_THREADS": "7"}, {"OMP_NUM_THREADS": "16"}, {"OMP_THREAD_LIMIT": "1"},
    {"ONEDNN_MAX_CPU_ISA": "SSE41"}, {"DNNL_MAX_CPU_ISA": "AVX"}, {"ONEDNN_CPU_ISA_HINTS": "PREFER_YMM"},
    {"ONEDNN_DEFAULT_FPMATH_MODE": "BF16"},
], ids=lambda setting: "=".join(*setting.items()))  # fmt: skip
def test_the_environment_does_not_change_a_plan(model, tmp_path, setting):
    script = "open(sys.argv[2], 'wb').write(bytes(graft.build(model, threads=2)))\nnp.save(sys.argv[3], wanted)"
    plans, answers = [], []
    for name, environment in (("plain", {}), ("set", setting)):
        execute(script, model, tmp_path / f"{name}.plan", tmp_path / f"{name}.npy", **environment)
        plans.append((tmp_path / f"{name}.plan").read_bytes())
        answers.append(np.load(tmp_path / f"{name}.npy"))
    assert plans[0] == plans[1]
    assert np.array_equal(*answers)
