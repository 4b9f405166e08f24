# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A frozen GraphDef as an ONNX file, through tf2onnx.

    to_onnx.py SPEC.json        (the keys "model", "inputs", "outputs", "shapes", "onnx")

It takes tens of seconds and gigabytes, so bench/run.py keeps the result.
"""

import json
import pathlib
import re
import resource
import sys


def main(path):
    spec = json.loads(pathlib.Path(path).read_text())
    # tf2onnx wants many times a model's size: let it fail rather than the machine.
    available = re.search(r"MemAvailable:\s*(\d+) kB", pathlib.Path("/proc/meminfo").read_text())
    resource.setrlimit(resource.RLIMIT_DATA, (int(available[1]) * 1024 * 8 // 10, -1))

    import tensorflow as tf
    import tf2onnx

    graph = tf.compat.v1.GraphDef.FromString(pathlib.Path(spec["model"]).read_bytes())
    converted, _ = tf2onnx.convert.from_graph_def(
        graph,
        input_names=[f"{name}:0" for name in spec["inputs"]],
        output_names=[name if ":" in name else f"{name}:0" for name in spec["outputs"]],
        shape_override={f"{name}:0": shape for name, shape in spec["shapes"].items()},
        opset=17,
    )
    partial = pathlib.Path(spec["onnx"] + ".partial")
    partial.write_bytes(converted.SerializeToString())
    partial.rename(spec["onnx"])


if __name__ == "__main__":
    main(sys.argv[1])
