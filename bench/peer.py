# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One engine in a process of its own, told what to do through a pipe.

    peer.py NAME MODEL.pb INPUTS.npz THREADS PRECISION

It loads the model and prints one JSON line: seconds to convert and compile, kernels (where
the engine tells), peak memory. Then, for each line read, "run SECONDS" measures that long
and prints {"best_ms", "runs"}, and "save FILE" writes the outputs.
"""

import importlib
import json
import os
import resource
import sys
import tempfile
import time

import numpy as np


class TensorFlow:
    """The frozen graph as a tf.function."""

    modules = ["tensorflow"]
    compiled = False

    def __init__(self, model, inputs, threads, precision):
        import tensorflow as tf

        assert precision == "f32"
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        graph = tf.compat.v1.GraphDef.FromString(open(model, "rb").read())
        consumed = {edge.lstrip("^").split(":")[0] for node in graph.node for edge in node.input}
        ends = [n.name for n in graph.node if n.name not in consumed and n.op != "NoOp"]
        entries = [n.name for n in graph.node if n.op == "Placeholder"]
        wrapped = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph, name=""), [])
        pruned = wrapped.prune([f"{n}:0" for n in entries], [f"{n}:0" for n in ends])
        self.feeds = [tf.constant(inputs[name]) for name in entries]
        self.kernels = None
        call = lambda *feeds: pruned(*feeds)  # noqa: E731
        self.function = tf.function(call, jit_compile=True) if self.compiled else pruned

    def run(self):
        return [value.numpy() for value in self.function(*self.feeds)]


class Xla(TensorFlow):
    compiled = True


class OpenVino:
    modules = ["openvino"]

    def __init__(self, model, inputs, threads, precision):
        import openvino

        core = openvino.Core()
        network = core.read_model(model)
        named = {port.get_any_name().split(":")[0]: port for port in network.inputs}
        network.reshape({port: list(inputs[name].shape) for name, port in named.items()})
        self.compiled = core.compile_model(
            network, "CPU",
            {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1,
             "INFERENCE_PRECISION_HINT": precision},
        )  # fmt: skip
        order = [port.get_any_name().split(":")[0] for port in self.compiled.inputs]
        self.request = self.compiled.create_infer_request()
        self.feeds = [inputs[name] for name in order]
        passive = {"Parameter", "Const", "Constant", "Result", "Input", "Output"}
        self.kernels = sum(
            op.get_rt_info()["layerType"].astype(str) not in passive
            for op in self.compiled.get_runtime_model().get_ops()
            if "layerType" in op.get_rt_info()
        )

    def run(self):
        result = self.request.infer(self.feeds, share_inputs=True, share_outputs=True)
        return [result[i] for i in range(len(self.compiled.outputs))]


class OnnxRuntime:
    modules = ["tensorflow", "tf2onnx", "onnx", "onnxruntime"]

    def __init__(self, model, inputs, threads, precision):
        import onnx
        import onnxruntime
        import tensorflow as tf
        import tf2onnx

        assert precision == "f32"
        graph = tf.compat.v1.GraphDef.FromString(open(model, "rb").read())
        consumed = {edge.lstrip("^").split(":")[0] for node in graph.node for edge in node.input}
        ends = [f"{n.name}:0" for n in graph.node if n.name not in consumed and n.op != "NoOp"]
        entries = [f"{n.name}:0" for n in graph.node if n.op == "Placeholder"]
        shapes = {name: list(inputs[name[:-2]].shape) for name in entries}
        converted, _ = tf2onnx.convert.from_graph_def(
            graph, input_names=entries, output_names=ends, shape_override=shapes, opset=17
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        with tempfile.TemporaryDirectory() as folder:
            options.optimized_model_filepath = os.path.join(folder, "optimized.onnx")
            options.log_severity_level = 3
            self.session = onnxruntime.InferenceSession(
                converted.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
            optimized = onnx.load(options.optimized_model_filepath, load_external_data=False)
            self.kernels = len(optimized.graph.node)
        self.feeds = {name: inputs[name[:-2]] for name in entries}

    def run(self):
        return self.session.run(None, self.feeds)


PEERS = {"tensorflow": TensorFlow, "xla": Xla, "openvino": OpenVino, "onnxruntime": OnnxRuntime}


def main(name, model, inputs, threads, precision):
    results = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the engines print must not mix with the results
    with np.load(inputs) as file:
        arrays = {key: file[key] for key in file.files}
    for module in PEERS[name].modules:
        importlib.import_module(module)
    start = time.perf_counter()
    peer = PEERS[name](model, arrays, int(threads), precision)
    outputs = peer.run()
    ready = {
        "convert_s": time.perf_counter() - start,
        "kernels": peer.kernels,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(ready), file=results, flush=True)
    for line in sys.stdin:
        command, argument = line.split()
        if command == "save":
            np.savez(argument, *outputs)
            print("{}", file=results, flush=True)
            continue
        times = []
        end = time.perf_counter() + float(argument)
        while time.perf_counter() < end or len(times) < 5:
            start = time.perf_counter()
            peer.run()
            times.append(1000 * (time.perf_counter() - start))
        print(json.dumps({"best_ms": min(times), "runs": len(times)}), file=results, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
