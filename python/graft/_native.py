# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Loads the compiler's extension module, apart from TensorFlow's libraries.

TensorFlow loads its libraries into the process's global scope, and they export hundreds of
thousands of symbols of the very libraries that the compiler stands on, MLIR and protobuf, in other
versions. A library that is loaded after them would take theirs and crash. RTLD_DEEPBIND makes it
look in its own dependencies first; RTLD_LOCAL keeps ours from TensorFlow.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

_lock = threading.Lock()
_compiler: ModuleType | None = None


def compiler() -> ModuleType:
    """`graft._compiler`, loaded at the first call: a process that only runs plans never pays for it."""
    global _compiler
    with _lock:
        if _compiler is None:
            flags = sys.getdlopenflags()
            sys.setdlopenflags(os.RTLD_NOW | os.RTLD_LOCAL | os.RTLD_DEEPBIND)
            try:
                from graft import _compiler as module
            finally:
                sys.setdlopenflags(flags)
            _compiler = module
        return _compiler
