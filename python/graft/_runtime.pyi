"""
Engine plans. The package's functions are the interface; these are what they stand on.
"""

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray



def version() -> str:
    """Version of the runtime library."""

class Engine:
    """A loaded plan and its pool of contexts."""

    @staticmethod
    def load(path: bytes, threads: int) -> Engine:
        """Maps the plan in a file."""

    @staticmethod
    def from_memory(data: bytes | bytearray | memoryview, threads: int) -> Engine:
        """
        Takes a plan in memory, without a copy where it is aligned to 64 bytes.
        """

    def run(self, inputs: dict[str, Any], coerce: Callable[[Any, str], object]) -> dict[str, NDArray[Any]]:
        """
        Runs once. `coerce(value, element)` makes a dense array of what is none, or says what it is.
        """

    def trace(self, inputs: dict[str, Any], coerce: Callable[[Any, str], object]) -> tuple[dict[str, NDArray[Any]], list[tuple[str, str, str, tuple[NDArray[Any], ...]]]]:
        """As `run`, with name, kind, precision and numbers of each launch."""

    @property
    def inputs(self) -> tuple[tuple[str, str, tuple[int, ...]], ...]:
        """Name, element and shape of each input; -1: known at run time."""

    @property
    def outputs(self) -> tuple[tuple[str, str, tuple[int, ...]], ...]:
        """As `inputs`."""

    @property
    def precision(self) -> str:
        """As `graft.Engine.precision`."""

    @property
    def context_bytes(self) -> int:
        """Memory that idle contexts hold, in bytes."""
