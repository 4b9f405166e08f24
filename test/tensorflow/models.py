# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Converted models for the tests of the op library, and changes to their engines."""

import ctypes
import ctypes.util
import functools
import os
import pathlib
import subprocess
import tempfile

import oracle
import zoo

GRAFT = pathlib.Path(os.environ["GRAFT_BIN"]) / "graft"
LIBRARY = GRAFT.parents[1] / "lib" / "libgraft_tensorflow.so"
_folder = tempfile.TemporaryDirectory()


def convert(model, output, *options):
    done = subprocess.run(
        [GRAFT, "convert", model, "-o", output, *options], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return output


def converted(name, batch=1):
    """Path of a converted SavedModel of the zoo."""
    return _converted(name, batch)


@functools.lru_cache(maxsize=None)
def _converted(name, batch):
    output = pathlib.Path(_folder.name) / f"{name}-{batch or 'any'}"
    return convert(zoo.saved_model(name, batch), output)


@functools.lru_cache(maxsize=None)
def _graph(name, batch):
    output = pathlib.Path(_folder.name) / f"{name}-{batch or 'any'}.pb"
    return convert(zoo.graphdef(name, batch), output).read_bytes()


def graph(name, batch=1):
    """A converted GraphDef of the zoo, and its one engine."""
    from tensorflow.core.framework import graph_pb2

    result = graph_pb2.GraphDef.FromString(_graph(name, batch))
    (engine,) = engines_of(result)
    return result, engine


def engines_of(graph):
    return [node for node in graph.node if node.op == "TRTEngineOp"]


def names(name, batch=1):
    """Tensors that a session feeds and fetches."""
    description = zoo.describe(zoo.graphdef(name, batch))
    return [f"{n}:0" for n in description["inputs"]], [f"{n}:0" for n in description["outputs"]]


def session(graph):
    """A session of its own graph."""
    import tensorflow as tf

    with tf.Graph().as_default() as holder:
        tf.import_graph_def(graph, name="")
    return tf.compat.v1.Session(graph=holder)


def run(session, name, values, batch=1):
    feeds, fetches = names(name, batch)
    return session.run(fetches, dict(zip(feeds, values)))


def forget_batch(graph):
    """Lets a graph of batch 1 be fed any batch; its engine is still for 1."""
    for node in graph.node:
        for attr in ("shape", "output_shapes", "input_shapes"):
            if attr not in node.attr or node.op not in ("Placeholder", "TRTEngineOp"):
                continue
            value = node.attr[attr]
            for shape in [value.shape] if value.HasField("shape") else value.list.shape:
                shape.dim[0].size = -1
        node.attr.pop("_output_shapes", None)


def forbid_building(engine):
    engine.attr["_allow_build_at_runtime"].b = False


def damage(plan):
    """The plan with a bit of its weights turned."""
    changed = bytearray(plan)
    changed[-1] ^= 1
    return bytes(changed)


def for_another_cpu(plan):
    """The plan with a feature that no CPU has, and hashes that match."""
    changed = bytearray(plan)
    library = ctypes.CDLL(ctypes.util.find_library("xxhash"))

    class Hash(ctypes.Structure):
        _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]

    library.XXH3_128bits.restype = Hash
    library.XXH3_128bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]

    def hash_of(data):
        value = library.XXH3_128bits(bytes(data), len(data))
        return value.high.to_bytes(8, "big") + value.low.to_bytes(8, "big")

    # The layout is that of runtime/core/PlanContainer.h.
    sections = int.from_bytes(changed[12:16], "little")
    for entry in range(64, 64 + 48 * sections, 48):
        kind = int.from_bytes(changed[entry : entry + 4], "little")
        offset = int.from_bytes(changed[entry + 8 : entry + 16], "little")
        length = int.from_bytes(changed[entry + 16 : entry + 24], "little")
        if kind != 1:
            continue
        metadata = changed[offset : offset + length]
        assert b"sse4.2" in metadata
        changed[offset : offset + length] = metadata.replace(b"sse4.2", b"sse9.9")
        changed[entry + 24 : entry + 40] = hash_of(changed[offset : offset + length])
    changed[24:40] = bytes(16)
    changed[24:40] = hash_of(changed[: 64 + 48 * sections])
    return bytes(changed)


def engine_instance(shapes, plan):
    """A TRTEngineInstance message: repeated TensorShapeProto = 1, bytes = 2."""
    import tensorflow as tf

    def field(number, data):
        length, prefix = len(data), bytearray([number << 3 | 2])
        while length >= 0x80:
            prefix.append(length & 0x7F | 0x80)
            length >>= 7
        return bytes(prefix) + bytes([length]) + data

    protos = [tf.TensorShape(shape).as_proto().SerializeToString() for shape in shapes]
    return b"".join(field(1, proto) for proto in protos) + field(2, plan)


def answer(name, values, batch=1):
    """TensorFlow's own answer for a frozen model of the zoo."""
    with session(oracle.load_graph(zoo.graphdef(name, batch))) as native:
        return run(native, name, values, batch)
