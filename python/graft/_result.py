# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the compiler makes: bytes, in memory or in a file."""

from __future__ import annotations

import dataclasses
import os


@dataclasses.dataclass(frozen=True)
class Result:
    """A result of the compiler: bytes in memory, or a path."""

    data: memoryview | None
    """The bytes, where no output was named."""
    path: str | None
    """Where the result was written, where an output was named."""

    def __bytes__(self) -> bytes:
        """A copy of the bytes; those of the file, where the result was written to one."""
        if self.data is not None:
            return self.data.tobytes()
        assert self.path is not None
        with open(self.path, "rb") as file:
            return file.read()

    def save(self, path: str | os.PathLike[str]) -> str:
        """Writes the bytes to a file, which appears whole or not at all. Returns the path."""
        path = os.fspath(path)
        partial = f"{path}.{os.getpid()}.partial"
        try:
            with open(partial, "wb") as file:
                file.write(bytes(self) if self.data is None else self.data)
            os.replace(partial, path)
        except BaseException:
            if os.path.exists(partial):
                os.unlink(partial)
            raise
        return path
