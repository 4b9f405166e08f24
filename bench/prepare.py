#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times what a run at new sizes costs first: the context's shapes, arena and kernels.

    scripts/build && "$(scripts/deps)/bin/python" bench/prepare.py
    ... bench/prepare.py --models inception_v3,bert --precision fp32,bf16 --sizes 1,2,3,4 --rounds 9
    ... bench/prepare.py --against OLD/lib/libgraft_runtime.so     # two builds, in turn

Each model's plan takes any batch. A round goes through the sizes, which every unknown dimension of an input gets,
and prepares one context for each of them in turn. A number is the median over the rounds of a round's mean, in
milliseconds of one preparation. Nothing runs.

Exit code 1: a program or a library failed.
"""

import argparse
import ctypes
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import run  # first: it knows where the models are
import zoo


class Port(ctypes.Structure):
    """graft_port of graft_runtime.h."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("dtype", ctypes.c_int),
        ("rank", ctypes.c_int32),
        ("dims", ctypes.POINTER(ctypes.c_int64)),
    )


class Runtime:
    """One build's libgraft_runtime.so, with a context of a plan."""

    def __init__(self, path):
        self.library = ctypes.CDLL(str(path))
        self.library.graft_last_error.restype = ctypes.c_char_p
        self.library.graft_engine_num_inputs.restype = ctypes.c_size_t
        self.library.graft_engine_input.restype = Port
        self.engine, self.context = ctypes.c_void_p(), ctypes.c_void_p()

    def check(self, code):
        if code:
            sys.exit(f"prepare: {self.library.graft_last_error().decode()}")

    def load(self, plan, threads):
        self.close()
        self.check(self.library.graft_engine_load(str(plan).encode(), ctypes.byref(self.engine)))
        self.check(self.library.graft_context_create(self.engine, threads, ctypes.byref(self.context)))
        count = self.library.graft_engine_num_inputs(self.engine)
        ports = [self.library.graft_engine_input(self.engine, ctypes.c_size_t(i)) for i in range(count)]
        self.shapes = [port.dims[: port.rank] for port in ports]

    def close(self):
        self.library.graft_context_destroy(self.context)
        self.library.graft_engine_destroy(self.engine)
        self.engine, self.context = ctypes.c_void_p(), ctypes.c_void_p()

    def prepare(self, size):
        """Seconds that it takes."""
        for i, shape in enumerate(self.shapes):
            dims = (ctypes.c_int64 * len(shape))(*(size if dim < 0 else dim for dim in shape))
            self.check(self.library.graft_context_set_shape(self.context, ctypes.c_size_t(i), dims, len(shape)))
        start = time.perf_counter()
        code = self.library.graft_context_prepare(self.context)
        seconds = time.perf_counter() - start
        self.check(code)
        return seconds


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default="inception_v3")
    parser.add_argument("--precision", default="fp32", help="fp32, bf16")
    parser.add_argument("--sizes", default="1,2,3,4")
    parser.add_argument("--threads", type=int, default=1, help="default: one, since kernels are made by one")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--build", type=pathlib.Path, default=run.ROOT / "build")
    parser.add_argument("--against", type=pathlib.Path, help="another build's libgraft_runtime.so")
    options = parser.parse_args(arguments)
    options.sizes = [int(size) for size in options.sizes.split(",")]
    if len(options.sizes) < 2 or min(options.sizes) < 1 or options.rounds < 1:
        parser.error("sizes must be two or more of at least 1, and rounds at least 1")
    return options


def measure(runtimes, options):
    """Of each runtime, the median of the rounds' means. The first round does not count."""
    means = [[] for _ in runtimes]
    for round_ in range(options.rounds + 1):
        order = list(enumerate(runtimes))
        for i, runtime in order if round_ % 2 else order[::-1]:
            mean = statistics.mean([runtime.prepare(size) for size in options.sizes])
            if round_:
                means[i].append(mean)
    return [statistics.median(of_one) for of_one in means]


def main(arguments):
    options = parse(arguments)
    libraries = [options.build / "lib" / "libgraft_runtime.so", *filter(None, [options.against])]
    runtimes = [Runtime(library.resolve()) for library in libraries]
    for model in options.models.split(","):
        for precision in options.precision.split(","):
            with tempfile.TemporaryDirectory() as folder:
                plan = pathlib.Path(folder, "model.plan")
                source = zoo.graphdef(model, batch=None)
                command = [options.build / "bin" / "graft", "build", source, "-o", plan, "--precision", precision]
                done = subprocess.run(command, capture_output=True, text=True)
                if done.returncode:
                    sys.exit(f"prepare: {done.stderr.strip()}")
                for runtime in runtimes:
                    runtime.load(plan, options.threads)
                times = measure(runtimes, options)
                for runtime in runtimes:
                    runtime.close()
            other = f", {times[0] / times[1]:.3f} of the other's {1e3 * times[1]:.3f} ms" if options.against else ""
            print(f"{model} {precision}: {1e3 * times[0]:.3f} ms{other}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
