# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One engine in a process of its own, told what to do through a pipe.

    peer.py SPEC.json       (the keys "peer", "model", "onnx", "int8", "arrays", "inputs", "outputs",
                             "threads", "precision")

It loads the model, runs it once and prints one JSON line: the seconds that took and its
peak memory in MB (millions of bytes). Then it answers each line that it reads:

    run SECONDS     measures that long: {"best_ms", "median_ms", "p99_ms", "runs", "peak_mb"}
    answer IN OUT   runs the arrays of one file, a batch at a time; writes the outputs to the other
    layers          microseconds by kernel, where the engine tells: {"layers": [[us, kind]]}
    describe        {"kernels", "plan_bytes"} where the engine tells; last, as it may
                    compile again
"""

import ctypes
import gc
import importlib
import json
import math
import os
import pathlib
import re
import sys
import tempfile
import time

import numpy as np


def tensor(name):
    return name if ":" in name else f"{name}:0"


class TensorFlow:
    """The frozen graph as a tf.function."""

    modules = ["tensorflow"]
    compiled = False

    def __init__(self, spec, arrays):
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(spec["threads"])
        tf.config.threading.set_inter_op_parallelism_threads(1)
        self.spec = spec
        graph = self.graph()
        wrapped = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph, name=""), [])
        pruned = wrapped.prune(*([tensor(name) for name in spec[key]] for key in ("inputs", "outputs")))
        call = lambda *feeds: pruned(*feeds)  # noqa: E731
        self.function = tf.function(call, jit_compile=True) if self.compiled else pruned
        self.feed(arrays)

    def feed(self, arrays):
        import tensorflow as tf

        self.feeds = [tf.constant(arrays[name]) for name in self.spec["inputs"]]

    def graph(self):
        import tensorflow as tf

        return tf.compat.v1.GraphDef.FromString(pathlib.Path(self.spec["model"]).read_bytes())

    def run(self):
        return [value.numpy() for value in self.function(*self.feeds)]

    def layers(self):
        return None

    def describe(self):
        """The nodes that run after TensorFlow's own optimisation."""
        import tensorflow as tf

        options = tf.compat.v1.RunOptions(output_partition_graphs=True)
        data = tf.compat.v1.RunMetadata()
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            tf.import_graph_def(self.graph(), name="")
            feeds = {tensor(n): f.numpy() for n, f in zip(self.spec["inputs"], self.feeds, strict=True)}
            fetches = [tensor(name) for name in self.spec["outputs"]]
            session.run(fetches, feeds, options=options, run_metadata=data)
        passive = {"Const", "_Arg", "_Retval", "NoOp", "Identity", "Placeholder"}
        return {"kernels": sum(n.op not in passive for g in data.partition_graphs for n in g.node)}


class Xla(TensorFlow):
    compiled = True

    def describe(self):
        """The instructions of the compiled entry that do something."""
        text = self.function.experimental_get_compiler_ir(*self.feeds)(stage="optimized_hlo")
        entry = text[text.index("\nENTRY ") :]
        kinds = re.findall(r"^  (?:ROOT )?%?\S+ = .*?[\])}] ([\w-]+)\(", entry, re.MULTILINE)
        passive = {"parameter", "constant", "tuple", "get-tuple-element", "bitcast"}
        return {"kernels": sum(kind not in passive for kind in kinds) or None}


class OpenVino:
    modules = ["openvino"]

    def __init__(self, spec, arrays):
        import openvino

        core = openvino.Core()
        network = core.read_model(spec["int8" if spec["precision"] == "int8" else "model"])
        named = {port.get_any_name().split(":")[0]: port for port in network.inputs}
        network.reshape({port: list(arrays[name].shape) for name, port in named.items()})
        settings = {
            "INFERENCE_NUM_THREADS": spec["threads"], "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1,
            # In a quantized network: of the layers that stay in floats.
            "INFERENCE_PRECISION_HINT": "bf16" if spec["precision"] == "bf16" else "f32",
        }  # fmt: skip
        if spec["layers"]:
            settings["PERF_COUNT"] = True
        self.compiled = core.compile_model(network, "CPU", settings)
        self.names = [port.get_any_name().split(":")[0] for port in self.compiled.inputs]
        self.request = self.compiled.create_infer_request()
        self.feed(arrays)
        self.order = []
        for name in spec["outputs"]:
            spellings = {name, tensor(name)}
            self.order.append(
                next(
                    i for i, port in enumerate(self.compiled.outputs)
                    if spellings & (set(port.get_names()) | {port.node.get_friendly_name()})
                )  # fmt: skip
            )

    def feed(self, arrays):
        self.feeds = [arrays[name] for name in self.names]

    def run(self):
        result = self.request.infer(self.feeds, share_inputs=True, share_outputs=True)
        return [result[i] for i in self.order]

    def _kernels(self):
        """Name and kind of what runs; what depends on constants only ran while compiling."""
        varying = set()
        for op in self.compiled.get_runtime_model().get_ordered_ops():
            name, kind = op.get_friendly_name(), op.get_rt_info()["layerType"].astype(str)
            sources = {value.get_node().get_friendly_name() for value in op.input_values()}
            if kind in ("Parameter", "Input") or sources & varying:
                varying.add(name)
                if kind not in ("Parameter", "Input", "Result", "Output"):
                    yield name, kind

    def layers(self):
        times = {}
        for _ in range(20):
            self.run()
            for counter in self.request.profiling_info:
                us = counter.real_time.total_seconds() * 1e6
                times[counter.node_name] = min(us, times.get(counter.node_name, us))
        return [[times[name], kind] for name, kind in self._kernels() if name in times]

    def describe(self):
        plan = self.compiled.export_model()
        return {"kernels": len(list(self._kernels())), "plan_bytes": plan.getbuffer().nbytes}


class OnnxRuntime:
    modules = ["onnxruntime"]

    def __init__(self, spec, arrays):
        self.spec = spec
        self.session = self._session(spec["onnx"])
        self.feed(arrays)

    def feed(self, arrays):
        self.feeds = {tensor(name): arrays[name] for name in self.spec["inputs"]}

    def _session(self, path, optimized=None):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.spec["threads"]
        options.log_severity_level = 3
        if optimized:
            options.optimized_model_filepath = optimized
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def run(self):
        return self.session.run([tensor(name) for name in self.spec["outputs"]], self.feeds)

    def layers(self):
        return None

    def describe(self):
        import onnx

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "optimized.onnx")
            self._session(self.spec["onnx"], path)
            size = sum(file.stat().st_size for file in pathlib.Path(folder).iterdir())
            nodes = onnx.load(path, load_external_data=False).graph.node
            return {"kernels": len(nodes), "plan_bytes": size}


PEERS = {"tensorflow": TensorFlow, "xla": Xla, "openvino": OpenVino, "onnxruntime": OnnxRuntime}


def peak_mb():
    """Of this program; getrusage would count the process that started it, too."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) * 1024 / 1e6


def measure(peer, seconds):
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        peer.run()
        times.append(1000 * (time.perf_counter() - start))
    times.sort()
    # As `graft bench` has it.
    percentile = lambda share: times[min(len(times), max(1, math.ceil(share * len(times)))) - 1]  # noqa: E731
    return {
        "best_ms": times[0], "median_ms": percentile(0.5), "p99_ms": percentile(0.99), "runs": len(times),
        "peak_mb": peak_mb(),
    }  # fmt: skip


def answer_all(peer, arrays, batch):
    """The outputs of rows of inputs, `batch` at a time."""
    parts = []
    for start in range(0, len(next(iter(arrays.values()))), batch):
        peer.feed({name: value[start : start + batch] for name, value in arrays.items()})
        parts.append([np.array(value) for value in peer.run()])
    return [np.concatenate(values) if len(values) > 1 else values[0] for values in zip(*parts, strict=True)]


def load(path):
    with np.load(path) as file:
        return {key: file[key] for key in file.files}


def main(path):
    results = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the engines print must not mix with the results
    spec = json.loads(pathlib.Path(path).read_text())
    arrays = load(spec["arrays"])

    def answer(value):
        print(json.dumps(value), file=results, flush=True)

    for module in PEERS[spec["peer"]].modules:
        importlib.import_module(module)
    start = time.perf_counter()
    peer = PEERS[spec["peer"]](spec, arrays)
    peer.run()
    answer({"convert_s": time.perf_counter() - start, "peak_mb": peak_mb()})
    # What compiling left behind stays with the process else, gigabytes of it, while the
    # other engines run.
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        if command == "run":
            answer(measure(peer, float(argument)))
        elif command == "answer":
            given, out = argument.split(" ")
            np.savez(out, *answer_all(peer, load(given), len(next(iter(arrays.values())))))
            answer({})
        elif command == "layers":
            answer({"layers": peer.layers()})
        else:
            answer(peer.describe())


if __name__ == "__main__":
    main(sys.argv[1])
