# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a program and prints what it took as one JSON line, after the program's output.

    python -S measured.py PROGRAM ARGUMENTS...   -> {"code", "seconds", "peak_mb"}

A program's peak memory counts from the process that started it, until it is loaded: so
the starter is this small one, not a harness with arrays. MB are millions of bytes.
"""

import os
import sys
import time


def main(command):
    start = time.monotonic()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.monotonic() - start
    code = os.waitstatus_to_exitcode(status)
    print(f'\n{{"code": {code}, "seconds": {seconds:.4f}, "peak_mb": {usage.ru_maxrss * 1024 / 1e6:.1f}}}')


if __name__ == "__main__":
    main(sys.argv[1:])
