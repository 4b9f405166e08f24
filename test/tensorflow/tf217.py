# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow 2.17, the last one that has TF-TRT's operators, in an environment of its own.

    tf217.python()  -> path of its interpreter

Made on first use, under a lock, and kept in the user's cache under a hash of
requirements-tf217.txt. It is a download of 600 MB.
"""

import fcntl
import functools
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

REQUIREMENTS = pathlib.Path(__file__).parent / "requirements-tf217.txt"


@functools.lru_cache(maxsize=None)
def python():
    key = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    root = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "graft"
    venv = root / f"tf217-{key}"
    interpreter, complete = venv / "bin" / "python", venv / ".complete"
    if complete.exists():
        return interpreter
    root.mkdir(parents=True, exist_ok=True)
    with open(root / f"tf217-{key}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            shutil.rmtree(venv, ignore_errors=True)
            _run(sys.executable, "-m", "venv", venv)
            _run(
                interpreter, "-m", "pip", "--disable-pip-version-check", "install",
                "--no-deps", "--no-cache-dir", "-r", REQUIREMENTS,
            )  # fmt: skip
            complete.touch()
    return interpreter


def _run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}:\n{(done.stdout + done.stderr)[-4000:]}")


if __name__ == "__main__":
    print(python())
