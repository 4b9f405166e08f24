# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The TF_TRT_* environment variables, read when they are needed.

TF_TRT_ALLOW_ENGINE_NATIVE_SEGMENT_EXECUTION is read by the op library, when an engine runs.
"""

from __future__ import annotations

import os

from ._notices import has_no_meaning

DENYLIST = "TF_TRT_OP_DENYLIST"
MAXIMUM_ENGINES = "TF_TRT_MAX_ALLOWED_ENGINES"
DETAILED_REPORT = "TF_TRT_SHOW_DETAILED_REPORT"
GRAPHVIZ = "TF_TRT_EXPORT_GRAPH_VIZ_PATH"
EXPERIMENTAL = "TF_TRT_EXPERIMENTAL_FEATURES"
ENGINES_FOLDER = "TF_TRT_EXPORT_TRT_ENGINES_PATH"

_MEANINGLESS = {
    "TF_TRT_ENABLE_LAYOUT_OPTIMIZER": "layouts are chosen for each kernel",
    "TF_TRT_FIXED_ALGORITHM_ID": "a build chooses the same kernels each time",
    "TF_TRT_ABORT_CUDA_ENGINE_BUILD": "no engine is built with CUDA",
}


def denied_operators() -> list[str]:
    """The operators that stay native: a list separated by commas."""
    return [op.strip() for op in os.environ.get(DENYLIST, "").split(",") if op.strip()]


def maximum_engines() -> int:
    """How many of the largest engines are kept; 0 keeps all.

    TF-TRT keeps 20 unless told otherwise, which surprised its users and made models slower.
    Graft keeps all unless told otherwise.

    Raises:
      ValueError: if the variable is not a number.
    """
    text = os.environ.get(MAXIMUM_ENGINES, "0")
    try:
        return max(int(text), 0)
    except ValueError:
        raise ValueError(f"{MAXIMUM_ENGINES} should be a number, got '{text}'") from None


def detailed_report() -> str | None:
    """None: operators only. "": with reasons. Otherwise the file for the table of reasons."""
    text = os.environ.get(DETAILED_REPORT, "")
    if text.isdigit() or not text:
        return "" if text and int(text) else None
    return text


def graphviz_path() -> str | None:
    """The .dot file for the converted graph, or None."""
    return os.environ.get(GRAPHVIZ)


def engines_folder() -> str | None:
    """The folder where the plan of each engine is kept as a file of its own, or None."""
    return os.environ.get(ENGINES_FOLDER)


def is_active(feature: str) -> bool:
    """Whether TF_TRT_EXPERIMENTAL_FEATURES, separated by commas, names `feature`."""
    return feature in os.environ.get(EXPERIMENTAL, "").split(",")


def check() -> None:
    """Says once which variables are set that mean nothing here."""
    for name, instead in _MEANINGLESS.items():
        if name in os.environ:
            has_no_meaning(name, instead)
