# What nanobind's stubgen puts into graft/*.pyi beside what it finds.
graft._runtime.__prefix__:
    \from collections.abc import Callable
    \from typing import Any
    \from numpy.typing import NDArray
