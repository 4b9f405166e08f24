# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What stays native and why, as TF-TRT's segmenter reports it."""

from __future__ import annotations

import collections

import graft

from . import _environment
from ._notices import logger


def show(report: graft.Report) -> None:
    """Logs the operators that stay native, most frequent first, and writes the table of
    reasons if TF_TRT_SHOW_DETAILED_REPORT names a file.

    Args:
      report: of a conversion, as convert_graph_def() gives it.
    """
    native = [node for node in report["native"] if node["code"] != "fed"]
    if not native:
        return
    detailed = _environment.detailed_report()
    if detailed:
        _write(native, detailed)
    reasons: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for node in native:
        reasons[node["op"]][node["reason"]] += 1
    lines = ["", "#" * 80, "TensorRT unsupported/non-converted OP Report:"]
    for op, counts in sorted(reasons.items(), key=lambda item: (-item[1].total(), item[0])):
        lines.append(f"\t- {op} -> {counts.total()}x")
        if detailed is not None:
            lines += [f"\t\t- [Count: {count}x] {reason}" for reason, count in counts.most_common()]
    lines += [
        "-" * 80,
        f"\t- Total nonconverted OPs: {len(native)}",
        f"\t- Total nonconverted OP Types: {len(reasons)}",
        "#" * 80,
    ]
    logger.warning("\n".join(lines))


def _write(native: list[graft.NativeNode], path: str) -> None:
    counts = collections.Counter((node["op"], node["reason"]) for node in native)
    with open(path, "w", encoding="utf-8") as file:
        file.write("OP Name|Reason|Count\n")
        for (op, reason), count in sorted(counts.items()):
            file.write(f"{op}|{reason}|{count}\n")
