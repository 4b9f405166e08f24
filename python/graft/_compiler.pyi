"""
The compiler. The package's functions are the interface; these are what they stand on.
"""



def convert(path: bytes, data: object | None, output: bytes | None, options: list[tuple[str, str]], progress: object | None, samples: object | None) -> tuple[memoryview | None, str, str]:
    """
    The converted graph, unless it is written, the report as JSON and as text.
    """

def rescue(path: bytes, data: object | None, output: bytes | None, options: list[tuple[str, str]], progress: object | None) -> tuple[memoryview | None, str, str]:
    """
    The native graph, unless it is written, the report as JSON and as text.
    """

def build(path: bytes, data: object | None, output: bytes | None, options: list[tuple[str, str]], progress: object | None, samples: object | None) -> memoryview | None:
    """The plan, unless it is written."""

def build_with_engines(path: bytes, data: object | None, output: bytes | None, options: list[tuple[str, str]], progress: object | None) -> tuple[memoryview | None, str, str]:
    """
    The plan in which a converted model's engines run, unless it is written, the report as JSON and as text.
    """

def freeze(path: bytes, data: object | None, output: bytes | None, options: list[tuple[str, str]], progress: object | None) -> memoryview | None:
    """The frozen graph, unless it is written."""

def calibrate(path: bytes, data: object | None, folder: bytes | None, output: bytes | None, options: list[tuple[str, str]], progress: object | None, samples: object | None) -> memoryview | None:
    """The table of ranges, unless it is written."""

def merge_calibrations(tables: list[bytes], output: bytes | None, options: list[tuple[str, str]]) -> memoryview | None:
    """One table for several, unless it is written."""

def summarize(path: bytes, data: object | None, options: list[tuple[str, str]], progress: object | None) -> str:
    """What the model is made of, as JSON."""

def compare(left_path: bytes, left: object | None, right_path: bytes, right: object | None, limit: int) -> tuple[str, str]:
    """Where two models or plans differ, as JSON and as text."""

def options() -> list[tuple[str, str, str]]:
    """Name, default and meaning of every option."""
