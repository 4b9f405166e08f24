# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What goes wrong, as exceptions. The text is always one line."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping

__all__ = [
    "Error",
    "InternalError",
    "MissingError",
    "ModelError",
    "ResourceError",
    "UsageError",
    "called",
    "from_code",
]


class Error(Exception):
    """A model could not be converted, built or run; also the base of all below."""


class UsageError(Error, ValueError):
    """A shape, type, name or option that does not fit: what was expected, and what was given."""


class ModelError(Error, ValueError):
    """A model or plan is damaged, or not for this processor."""


class MissingError(ModelError, FileNotFoundError):
    """There is no such file. `filename` is its path."""

    def __str__(self) -> str:
        return str(self.args[0])


class ResourceError(Error, MemoryError):
    """Out of memory or another resource."""


class InternalError(Error, RuntimeError):
    """A bug in Graft."""


# By graft_code.
_CLASSES: dict[int, type[Error]] = {
    2: UsageError,
    4: ModelError,
    5: ResourceError,
    70: InternalError,
}


def from_code(code: int, message: str) -> Error:
    """The exception for a `graft_code`; the extension modules raise it."""
    return _CLASSES.get(code, Error)(message)


@contextlib.contextmanager
def called(names: Mapping[str, str]) -> Iterator[None]:
    """Errors call files that the user knows nothing of by another name.

    Args:
      names: what to say, by path. The longest path that a message has is taken.
    """
    try:
        yield
    except Error as error:
        text = str(error)
        for path in sorted(names, key=len, reverse=True):
            text = text.replace(path, names[path])
        if text == str(error):
            raise
        raise type(error)(text) from None


def missing(path: str) -> MissingError:
    """The exception for a file that is not there."""
    error = MissingError(f"{path}: {os.strerror(errno.ENOENT).lower()}")
    error.errno, error.filename = errno.ENOENT, path
    return error
