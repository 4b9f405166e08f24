"""graft_runtime.h from Python: what a program in another language does with a plan."""

import ctypes
import os
import pathlib

import numpy as np

DTYPES = ["f4", "f8", "f2", "V2", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]


class Port(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("dtype", ctypes.c_int),
        ("rank", ctypes.c_int32),
        ("dims", ctypes.POINTER(ctypes.c_int64)),
    ]

    def shape(self):
        return self.dims[: self.rank]


def _load():
    programs = os.environ.get("GRAFT_BIN") or pathlib.Path(__file__).parents[2] / "build" / "bin"
    library = ctypes.CDLL(str(pathlib.Path(programs).parent / "lib" / "libgraft_runtime.so"))
    library.graft_last_error.restype = ctypes.c_char_p
    for name in ("graft_engine_input", "graft_engine_output", "graft_context_output"):
        getattr(library, name).restype = Port
        getattr(library, name).argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    for name in ("graft_engine_num_inputs", "graft_engine_num_outputs"):
        getattr(library, name).restype = ctypes.c_size_t
        getattr(library, name).argtypes = [ctypes.c_void_p]
    for name in ("graft_engine_destroy", "graft_context_destroy"):
        getattr(library, name).restype = None
        getattr(library, name).argtypes = [ctypes.c_void_p]
    return library


class Engine:
    """An engine plan, loaded. Raises RuntimeError with the runtime's one line."""

    def __init__(self, path):
        self.library = _load()
        self.handle = ctypes.c_void_p()
        self.check(self.library.graft_engine_load(os.fsencode(path), ctypes.byref(self.handle)))
        self.inputs = [
            self.library.graft_engine_input(self.handle, i)
            for i in range(self.library.graft_engine_num_inputs(self.handle))
        ]
        self.outputs = self.library.graft_engine_num_outputs(self.handle)

    def __del__(self):
        self.library.graft_engine_destroy(self.handle)

    def check(self, code):
        if code:
            raise RuntimeError(self.library.graft_last_error().decode())

    def context(self, threads=0):
        return Context(self, threads)


class Context:
    """Runs an engine, one call at a time."""

    def __init__(self, engine, threads):
        self.engine, self.library = engine, engine.library
        self.handle = ctypes.c_void_p()
        engine.check(
            self.library.graft_context_create(engine.handle, threads, ctypes.byref(self.handle))
        )

    def __del__(self):
        self.library.graft_context_destroy(self.handle)

    def run(self, inputs):
        """{input name: array} to {output name: array}."""
        arrays = []
        for i, port in enumerate(self.engine.inputs):
            array = np.ascontiguousarray(inputs[port.name.decode()], DTYPES[port.dtype])
            dims = (ctypes.c_int64 * array.ndim)(*array.shape)
            self.engine.check(
                self.library.graft_context_set_shape(self.handle, ctypes.c_size_t(i), dims, array.ndim)
            )
            arrays.append(array)
        self.engine.check(self.library.graft_context_prepare(self.handle))
        results = {}
        for i in range(self.engine.outputs):
            port = self.library.graft_context_output(self.handle, i)
            results[port.name.decode()] = np.empty(port.shape(), DTYPES[port.dtype])

        def pointers(buffers):
            return (ctypes.c_void_p * len(buffers))(*(b.ctypes.data for b in buffers))

        self.engine.check(
            self.library.graft_context_run(self.handle, pointers(arrays), pointers(list(results.values())))
        )
        return results
