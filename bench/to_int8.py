# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A frozen GraphDef as an OpenVINO model that NNCF's post-training quantization has put into INT8.

    to_int8.py SPEC.json        (the keys "model", "shapes", "samples", "wide_filters", "int8")

All settings are NNCF's own defaults, but that every sample is used, and that "wide_filters" asks for what
Graft does by itself: convolutions of one channel stay wide. It takes long, so bench/run.py keeps the result.
"""

import json
import pathlib
import sys

import nncf
import numpy as np
import openvino


def filters(network):
    """Convolutions of one channel: filters on samples, which have more digits than 8 bits."""
    return [
        operation.get_friendly_name()
        for operation in network.get_ops()
        if operation.get_type_name() == "Convolution" and operation.get_input_partial_shape(0)[1] == 1
    ]


def main(path):
    spec = json.loads(pathlib.Path(path).read_text())
    network = openvino.Core().read_model(spec["model"])
    named = {port.get_any_name().split(":")[0]: port for port in network.inputs}
    network.reshape({port: spec["shapes"][name] for name, port in named.items()})
    with np.load(spec["samples"]) as file:
        samples = {name: file[name] for name in file.files}
    batch = next(iter(spec["shapes"].values()))[0]
    count = len(next(iter(samples.values()))) // batch
    rows = [
        {port.get_any_name(): samples[name][i * batch : (i + 1) * batch] for name, port in named.items()}
        for i in range(count)
    ]
    wide = nncf.IgnoredScope(names=filters(network) if spec["wide_filters"] else [])
    quantized = nncf.quantize(network, nncf.Dataset(rows), subset_size=count, ignored_scope=wide)
    openvino.save_model(quantized, spec["int8"], compress_to_fp16=False)


if __name__ == "__main__":
    main(sys.argv[1])
