"""graft.h from Python: the compiler as a program in another language calls it."""

import ctypes
import os
import pathlib

PROGRAMS = pathlib.Path(os.environ.get("GRAFT_BIN") or pathlib.Path(__file__).parents[2] / "build" / "bin")
LIBRARY = PROGRAMS.resolve().parent / "lib" / "libgraft.so"


class Model(ctypes.Structure):
    _fields_ = [("path", ctypes.c_char_p), ("data", ctypes.c_void_p), ("size", ctypes.c_size_t)]


class Bytes(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t), ("reserved", ctypes.c_size_t)]


class Graft:
    """libgraft.so. TensorFlow's wheel exports MLIR and protobuf of its own, so the library
    must look for its symbols in its own dependencies first: RTLD_DEEPBIND."""

    def __init__(self, library=LIBRARY):
        self.library = ctypes.CDLL(str(library), mode=os.RTLD_NOW | os.RTLD_LOCAL | os.RTLD_DEEPBIND)
        self.library.graft_last_error.restype = ctypes.c_char_p
        self.library.graft_options_destroy.argtypes = [ctypes.c_void_p]
        self.library.graft_options_destroy.restype = None
        self.library.graft_bytes_free.restype = None

    def check(self, code):
        if code:
            raise RuntimeError(self.library.graft_last_error().decode())

    def call(self, function, model, output=None, **options):
        """Calls graft_convert, graft_build or graft_freeze on a path or bytes. The result's
        bytes, or None where it goes to `output`."""
        handle = ctypes.c_void_p()
        self.check(self.library.graft_options_create(ctypes.byref(handle)))
        try:
            for name, value in options.items():
                self.check(self.library.graft_options_set(handle, name.encode(), str(value).encode()))
            if isinstance(model, bytes):
                source = Model(None, ctypes.cast(ctypes.c_char_p(model), ctypes.c_void_p), len(model))
            else:
                source = Model(os.fsencode(model), None, 0)
            result = Bytes()
            arguments = [ctypes.byref(source), handle, os.fsencode(output) if output else None]
            arguments.append(None if output else ctypes.byref(result))
            if function == "convert":
                arguments.append(None)
            self.check(getattr(self.library, f"graft_{function}")(*arguments))
            if output:
                return None
            copy = ctypes.string_at(result.data, result.size)
            self.library.graft_bytes_free(ctypes.byref(result))
            assert not result.data
            return copy
        finally:
            self.library.graft_options_destroy(handle)
