"""Protobuf's deterministic serialization of a GraphDef, as its C++ library defines it: keys in byte order.

The C extension behind Python's protobuf, which writes nearly every file that users have,
orders "Tidx" before "T"; its pure Python implementation orders as C++ does. That choice is made when a process starts, so this file
is also a program: canonical.py IN OUT.
"""

import os
import pathlib
import subprocess
import sys
import tempfile


def canonical(data):
    """`data`, a serialized GraphDef, in the canonical order."""
    with tempfile.TemporaryDirectory() as folder:
        entry, result = pathlib.Path(folder, "in"), pathlib.Path(folder, "out")
        entry.write_bytes(data)
        environment = dict(os.environ, PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION="python")
        subprocess.run(
            [sys.executable, __file__, entry, result], env=environment, check=True, capture_output=True
        )
        return result.read_bytes()


def _main(entry, result):
    from google.protobuf.internal import api_implementation

    assert api_implementation.Type() == "python"
    import protos  # noqa: F401
    from tensorflow.core.framework import graph_pb2

    graph = graph_pb2.GraphDef.FromString(pathlib.Path(entry).read_bytes())
    pathlib.Path(result).write_bytes(graph.SerializeToString(deterministic=True))


if __name__ == "__main__":
    _main(*sys.argv[1:])
